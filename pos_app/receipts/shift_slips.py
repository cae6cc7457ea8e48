"""Paper about the drawer: the Z of a shift, the X that is no document, and each cash movement.

A Z and a movement are built from their facts alone. An X is a look at the running totals: it has no
number, changes nothing, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from pos_app import words
from pos_app.domain.receipt import Align, Blank, Block, Pair, Receipt, Row, Rule, Size, Text
from pos_app.domain.shift import ShiftTotals
from pos_app.domain.store import Store
from pos_app.domain.tender import ACCOUNT_KINDS
from pos_app.receipts.paper import Paper
from sync.protocol import CashMoved, ShiftClosed


class Moved(Protocol):
    """A movement of cash, by the names read here; `kind` is in, out or drop."""

    @property
    def kind(self) -> str:
        """In, out or drop."""

    @property
    def amount(self) -> int:
        """Minor units, positive."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def reference(self) -> str:
        """The bag of a drop."""


def move_name(kind: str, say: Callable[[str], str]) -> str:
    """What a movement is called, in the language of `say`."""
    _ = say
    return {"in": _("Cash in"), "out": _("Cash out"), "drop": _("Safe drop")}.get(kind, kind)


def z_receipt(z: ShiftClosed, store: Store, locale: str = "", *, cashier: str = "") -> Receipt:
    """The report of a closed shift: totals, taxes, what was counted, and what is still unsent."""
    paper = Paper(store, locale, z.currency)
    _ = paper.say
    number = _("Z {number}").format(number=z.z_no)
    blocks = paper.head(_("Shift report"), number, z.t.wall, z.till, cashier or z.actor)
    blocks += [
        Pair(_("Business day"), words.date(z.biz_date, paper.locale)),
        Pair(_("Shift"), str(z.number)),
        Pair(_("Opened"), paper.moment(z.opened)),
        Pair(_("Closed"), paper.moment(z.t.wall)),
    ]
    if z.late:
        blocks.append(Text(_("Closed after its business day was over."), bold=True))
    blocks.append(Rule())
    blocks += _trade(paper, (z.sales, z.voids, z.refunds), (z.gross, z.discount, z.net, z.tax))
    blocks.append(paper.total(_("Total"), z.total))
    blocks += _orders(paper, z.orders)
    redeemed = sum(row.expected for row in z.tenders if row.tender in ACCOUNT_KINDS)
    blocks += _values(paper, z.values, redeemed)
    if z.rounding:
        blocks.append(Pair(_("Cash rounding"), paper.money(z.rounding)))
    blocks += paper.tax_table(z.taxes, {})
    blocks += [
        Rule(),
        Row((_("Tender"), _("Expected"), _("Counted"), _("Difference")), bold=True),
    ]
    for row in z.tenders:
        amounts = (row.expected, row.counted, row.difference)
        blocks.append(Row((paper.tender(row.tender), *map(paper.amount, amounts))))
    if z.reason:
        blocks.append(Text(_("Reason: {reason}").format(reason=z.reason)))
    in_drawer = sum(row.expected for row in z.tenders if row.tender == "cash")
    moved = (z.cash_in, z.cash_out, z.drops)
    sales = in_drawer - z.float_amount - z.cash_in + z.cash_out + z.drops + z.cash_back
    blocks += _cash(paper, (z.float_amount, sales, z.cash_back), moved, z.moves)
    blocks.append(Pair(_("Expected in the drawer"), paper.money(in_drawer), bold=True))
    blocks += _left(paper, z)
    blocks += [Rule(), *_counts(paper, z.drawer_opens, z.cancelled, z.copies)]
    blocks.append(Pair(_("Journal entries"), f"{z.first_seq} - {z.last_seq}"))
    if z.parked:
        blocks.append(Pair(_("Baskets still parked"), str(z.parked)))
    if z.unsent:
        blocks.append(Pair(_("Not yet at head office"), str(z.unsent), bold=True))
        blocks.append(Pair(_("of them worth"), paper.money(z.unsent_total)))
    blocks += _to_settle(paper, z)
    blocks += [Blank(2), Rule(), Text(_("Signature"))]
    return Receipt(tuple(blocks), title=number, locale=paper.locale)


def _to_settle(paper: Paper, z: ShiftClosed) -> list[Block]:
    """What of this till waits for a person, as far as head office had said, and when it did."""
    _ = paper.say
    blocks: list[Block] = []
    if z.exceptions:
        blocks.append(Pair(_("To be settled by a person"), str(z.exceptions), bold=True))
        blocks.append(Pair(_("at stake"), paper.money(z.exceptions_total)))
    if z.set_aside:
        blocks.append(Pair(_("Put aside at head office"), str(z.set_aside), bold=True))
        blocks.append(Pair(_("of them worth"), paper.money(z.set_aside_total)))
    if blocks and z.exceptions_as_of:
        blocks.append(Pair(_("As known at"), paper.moment(z.exceptions_as_of)))
    return blocks


def x_receipt(
    totals: ShiftTotals,
    moves: Iterable[Moved],
    store: Store,
    locale: str = "",
    *,
    shift: int,
    opened: str,
    now: datetime,
    till: str,
    cashier: str,
) -> Receipt:
    """A look at an open shift. Without a number: it is no document and nothing is closed by it."""
    paper = Paper(store, locale, totals.currency)
    _ = paper.say
    title = _("X report")
    blocks = paper.head(title, "", now.isoformat(), till, cashier)
    blocks += [
        Text(_("For information. Not a document, nothing is closed."), Align.CENTRE, bold=True),
        Pair(_("Shift"), str(shift)),
        Pair(_("Opened"), paper.moment(opened)),
        Rule(),
    ]
    counts = (totals.sales, totals.voids, totals.refunds)
    blocks += _trade(paper, counts, (totals.gross, totals.discount, totals.net, totals.tax))
    blocks.append(paper.total(_("Total"), totals.total))
    blocks += _orders(paper, totals.orders)
    blocks += _values(paper, totals.values, totals.redeemed)
    blocks += paper.tax_table(totals.tax_rows(), {})
    blocks += [Rule(), Row((_("Tender"), _("Expected")), bold=True)]
    for tender, amount in totals.expected().items():
        blocks.append(Row((paper.tender(tender), paper.amount(amount))))
    moved = (totals.cash_in, totals.cash_out, totals.drops)
    drawer = (totals.float_amount, totals.cash_sales, totals.cash_back)
    blocks += _cash(paper, drawer, moved, moves)
    blocks.append(Pair(_("Expected in the drawer"), paper.money(totals.expected_cash), bold=True))
    blocks += [Rule(), *_counts(paper, totals.drawer_opens, totals.cancelled, totals.copies)]
    return Receipt(tuple(blocks), title=title, locale=paper.locale)


def cash_slip(
    moved: CashMoved, store: Store, locale: str = "", *, cashier: str = "", approver: str = ""
) -> Receipt:
    """What lies in the drawer or goes with the bag: how much, why, who, and room to sign."""
    paper = Paper(store, locale, moved.currency)
    _ = paper.say
    title = move_name(moved.kind, _)
    blocks = paper.head(title, "", moved.t.wall, moved.till, cashier or moved.actor)
    blocks += [
        paper.total(title, moved.amount),
        Text(_("Reason: {reason}").format(reason=moved.reason)),
    ]
    if moved.reference:
        blocks.append(Pair(_("Bag"), moved.reference, bold=True))
    if moved.approver:
        blocks.append(Pair(_("Agreed to by"), approver or moved.approver))
    blocks.append(Pair(_("Journal entry"), str(moved.seq)))
    blocks += [Blank(2), Rule(), Text(_("Signature"))]
    return Receipt(tuple(blocks), title=title, locale=paper.locale)


def _trade(
    paper: Paper, counts: tuple[int, int, int], sums: tuple[int, int, int, int]
) -> list[Block]:
    _ = paper.say
    sales, voids, refunds = counts
    gross, discount, net, tax = sums
    blocks: list[Block] = [Pair(_("Sales"), str(sales)), Pair(_("Voids"), str(voids))]
    if refunds:
        blocks.append(Pair(_("Refunds"), str(refunds)))
    return [
        *blocks,
        Pair(_("Before discounts"), paper.money(gross)),
        Pair(_("Discounts"), paper.money(-discount)),
        Pair(_("Net"), paper.money(net)),
        Pair(_("Tax"), paper.money(tax)),
    ]


def _orders(paper: Paper, paid: int) -> list[Block]:
    """What was paid here of customers' orders: in the tenders below, not in the total above."""
    _ = paper.say
    return [Pair(_("Orders paid here"), paper.money(paid))] if paid else []


def _values(paper: Paper, sold: int, redeemed: int) -> list[Block]:
    """What was put on gift cards and credit, and paid by them: neither is in the total above."""
    _ = paper.say
    blocks: list[Block] = []
    if sold:
        blocks.append(Pair(_("Gift cards and credit, sold"), paper.money(sold)))
    if redeemed:
        blocks.append(Pair(_("Gift cards and credit, redeemed"), paper.money(redeemed)))
    return blocks


def _cash(
    paper: Paper,
    drawer: tuple[int, int, int],
    moved: tuple[int, int, int],
    moves: Iterable[Moved],
) -> list[Block]:
    """How the drawer comes to what it should hold, and each movement with its reason."""
    _ = paper.say
    float_amount, sales, back = drawer
    cash_in, cash_out, drops = moved
    rows = (
        (_("Float at open"), float_amount, True),
        (_("Cash sales"), sales, True),
        (_("Given back in cash"), -back, False),
        (_("Cash in"), cash_in, False),
        (_("Cash out"), -cash_out, False),
        (_("Safe drops"), -drops, False),
    )
    blocks: list[Block] = [Rule(), Text(_("Cash"), bold=True)]
    blocks += [
        Pair(name, paper.money(amount), bold=False)
        for name, amount, always in rows
        if always or amount
    ]
    for one in moves:
        told = " · ".join(part for part in (one.reason, one.reference) if part)
        sign = 1 if one.kind == "in" else -1
        blocks.append(Pair(f"  {move_name(one.kind, _)}", paper.money(sign * one.amount)))
        blocks.append(Text(f"    {told}", size=Size.SMALL))
    return blocks


def _left(paper: Paper, z: ShiftClosed) -> list[Block]:
    """What stays in the drawer and what goes to the safe; nothing for an older Z."""
    _ = paper.say
    counted = sum(row.counted for row in z.tenders if row.tender == "cash")
    if not z.left and not z.left_counts:
        return []
    blocks: list[Block] = [
        Pair(_("Stays in the drawer"), paper.money(z.left)),
        Pair(_("Goes to the safe"), paper.money(counted - z.left)),
    ]
    return blocks + _pieces(paper, z.left_counts)


def _pieces(paper: Paper, counts: Mapping[str, int]) -> list[Block]:
    return [
        Text(f"    {pieces} \N{MULTIPLICATION SIGN} {paper.money(int(worth))}", size=Size.SMALL)
        for worth, pieces in counts.items()
    ]


def _counts(paper: Paper, opens: int, cancelled: int, copies: int) -> list[Block]:
    _ = paper.say
    return [
        Pair(_("Drawer opened without a sale"), str(opens)),
        Pair(_("Baskets cancelled"), str(cancelled)),
        Pair(_("Copies printed"), str(copies)),
    ]
