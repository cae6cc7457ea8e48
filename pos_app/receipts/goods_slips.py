"""Papers of goods that move without a customer: the note that travels with them, a label put aside."""

from __future__ import annotations

from collections.abc import Sequence

from pos_app.domain.receipt import Align, Barcode, Blank, Block, Pair, Receipt, Rule, Size, Text
from pos_app.domain.store import Store
from pos_app.receipts.order_slips import count
from pos_app.receipts.paper import Paper


def transfer_note(
    name: str,
    target: str,
    goods: Sequence[tuple[str, int, str]],
    wall: str,
    till: str,
    store: Store,
    *,
    sender: str = "",
    locale: str = "",
) -> Receipt:
    """What travels with goods for another store: (title, thousandths, box); scanned, it opens there."""
    paper = Paper(store, locale, store.currency)
    _ = paper.say
    blocks: list[Block] = paper.head(_("Transfer"), name, wall, till, sender)
    blocks.append(Pair(_("To"), target, bold=True))
    blocks.append(Rule())
    for title, qty, box in goods:
        blocks.append(Pair(title, count(qty, locale or store.locale)))
        if box:
            blocks.append(Text(f"    {_('Box {label}').format(label=box)}"))
    blocks += [Rule(), Barcode(name)]
    return Receipt(tuple(blocks), title=name, locale=paper.locale)


def aside_label(
    order: str, goods: Sequence[tuple[str, int]], store: Store, locale: str = ""
) -> Receipt:
    """What sticks on a piece that somebody waits for: goods are (title, thousandths)."""
    paper = Paper(store, locale, store.currency)
    _ = paper.say
    blocks: list[Block] = [
        Text(_("Put aside"), Align.CENTRE, bold=True),
        Text(order, Align.CENTRE, bold=True, size=Size.LARGE),
    ]
    blocks += [Pair(title, count(qty, locale or store.locale)) for title, qty in goods]
    blocks += [Blank(), Barcode(order)]
    return Receipt(tuple(blocks), title=order, locale=paper.locale)
