"""What a receipt says of its customer's points: earned, used, and how many there are now."""

from __future__ import annotations

from pos_app import words
from pos_app.domain.receipt import Block, Pair, Rule
from pos_app.receipts.paper import Paper
from sync.protocol import FactPoints


def points_lines(paper: Paper, told: FactPoints | None) -> list[Block]:
    """Nothing where the sale did nothing to any points.

    What they have now is as of when the till last heard of it, so that moment stands beside it.
    """
    if told is None or not (told.earned or told.spent):
        return []
    _ = paper.say

    def count(points: int) -> str:
        return words.number(points, paper.locale)

    blocks: list[Block] = [Rule()]
    if told.spent:
        blocks.append(Pair(_("Points used"), count(told.spent)))
    if told.earned:
        blocks.append(Pair(_("Points earned"), count(told.earned)))
    now = count(max(told.before + told.earned - told.spent, 0))
    if told.as_of:
        form = _("Points, as of {moment}")
        blocks.append(Pair(form.format(moment=paper.moment(told.as_of)), now))
    else:
        blocks.append(Pair(_("Points now"), now))
    return blocks
