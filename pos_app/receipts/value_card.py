"""The paper that is a gift card or a credit slip: its code, what is on it, how long it is good."""

from __future__ import annotations

from typing import Any

from pos_app import words
from pos_app.domain.errors import PosError
from pos_app.domain.receipt import Align, Blank, Block, Pair, Qr, Receipt, Rule, Size, Text
from pos_app.domain.store import Store
from pos_app.domain.value_code import CARD, ValueCode, read_code
from pos_app.receipts.paper import Paper


def value_paper(order: dict[str, Any], store: Store, locale: str = "") -> Receipt | None:
    """The card or slip of an order in the print queue; None for one whose code is gone."""
    try:
        code = read_code(str(order.get("code", "")))
    except PosError:
        return None
    paper = Paper(store, locale, str(order.get("currency", "")))
    _ = paper.say
    card, pending = code.kind == CARD, bool(order.get("pending"))
    title = _("Gift card") if card else _("Credit slip")
    amount = paper.money(int(order.get("amount", 0)))
    blocks: list[Block] = [
        *paper.seller(),
        Blank(),
        Text(title, Align.CENTRE, bold=True, size=Size.LARGE),
        Text(amount, Align.CENTRE, bold=True, size=Size.LARGE),
    ]
    if pending:
        blocks.append(Text(_("No value yet: head office looks first."), Align.CENTRE, bold=True))
    blocks += [Blank(), Qr(code.qr), *_signs(code), Rule()]
    blocks += _dates(paper, order)
    blocks += [
        Text(
            _("Keep it like cash. Whoever has this code can pay with it."),
            Align.CENTRE,
        ),
        Text(_("Good in all our stores and online."), Align.CENTRE),
    ]
    if order.get("doc_no"):
        blocks.append(Pair(_("Receipt"), str(order["doc_no"])))
    return Receipt(tuple(blocks), title=title, locale=paper.locale)


def _signs(code: ValueCode) -> list[Block]:
    """The code for people, in two rows: it is typed where no camera reads it."""
    groups = code.typed.split("-")
    half = (len(groups) + 1) // 2
    rows = (groups[:half], groups[half:])
    return [Text(" ".join(row), Align.CENTRE, bold=True) for row in rows if row]


def _dates(paper: Paper, order: dict[str, Any]) -> list[Block]:
    _ = paper.say
    blocks: list[Block] = []
    if order.get("at"):
        blocks.append(Pair(_("Issued"), words.date(str(order["at"]), paper.locale)))
    if order.get("expires"):
        day = words.date(str(order["expires"]), paper.locale)
        blocks.append(Pair(_("Good until"), day, bold=True))
    else:
        blocks.append(Pair(_("Good until"), _("no end")))
    return blocks
