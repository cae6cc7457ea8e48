"""What came back: checked against the sale and against every other refund of it, and booked.

The rule R1: of a sold line no more comes back than was sold, over all tills together. Two tills that
could not see each other may break it; then the goods and the money are where they are, so both are
booked and a person is told by how much (`over_return`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, func, select, update

from pos_app.domain import exchange
from pos_app.domain.errors import PosError
from pos_app.domain.loyalty import spent_on
from pos_app.domain.money import cash_step
from pos_app.domain.returns import CONDITIONS, SELLABLE, back_line
from pos_app.domain.tender import EXCHANGE, paid_as, tender_of
from sync.hub import schema
from sync.hub.checks import told
from sync.hub.database import Connection, Statement, adding
from sync.hub.feed import positions
from sync.protocol import Refunded, RefundedLine, Sale, SaleRefRow, Voided, decode_fact
from sync.protocol.messages import RefLine, RefPayment, RefTax

if TYPE_CHECKING:
    from sync.hub.booking import Booking

REFS_PER_POSITION: Final = 50
"""Documents that share a feed position: a page of them stays well below what a till takes."""
KEPT_DAYS: Final = 60
"""So long a till can take back what another till of its store sold."""

_r, _l, _feed = schema.refund.c, schema.refund_line.c, schema.feed.c
_s, _event = schema.pended_line.c, schema.event.c
_ADD_REFUND = adding(schema.refund)
_ADD_LINE = adding(schema.refund_line)
_CAME_BACK = Statement(
    "sale",
    select(_l.of, func.sum(_l.qty), func.sum(_l.amount))
    .where(_l.sale == bindparam("sale"))
    .group_by(_l.of),
)
_PAID_SLIPS = Statement(
    "sale",
    select(_s.of, func.sum(_s.qty), func.sum(_s.amount))
    .where(_s.sale == bindparam("sale"))
    .group_by(_s.of),
)
_BODY = Statement("id", select(_event.body).where(_event.id == bindparam("id")))
_NEXT_ROWS = Statement(
    "stream after upto",
    select(_feed.pos, _feed.kind, _feed.rows)
    .where(
        _feed.stream == bindparam("stream"),
        _feed.pos > bindparam("after"),
        _feed.pos <= bindparam("upto"),
    )
    .order_by(_feed.pos),
)
_EMPTY_ROW = Statement(
    "rows stream at",
    update(schema.feed)
    .where(_feed.stream == bindparam("stream"), _feed.pos == bindparam("at"))
    .values(rows=bindparam("rows")),
)
LOOKED_AT: Final = 500
"""Positions of a stream that are looked at in one go."""
_refs = msgspec.json.Decoder(list[SaleRefRow])
_FIGURES = ("gross", "basket_disc", "total", "net", "tax")


class Returns:
    """The refunds among the facts of one booking."""

    def __init__(self, books: Booking, connection: Connection, store_id: str) -> None:
        self._books = books
        self._connection = connection
        self._store_id = store_id
        self._refunds: list[tuple[object, ...]] = []
        self._lines: list[tuple[object, ...]] = []
        self._exchanged: dict[str, Refunded] = {}
        """Those of this booking that a sale was made with."""
        self._came_back: dict[str, dict[int, list[int]]] = {}
        """Sale -> its line -> [quantity, amount] over all refunds, those gathered here too."""

    def add(self, n: int, fact: Refunded, sale: Sale | None, *, voided: bool) -> None:
        """Gathers a refund; tells of what is wrong with it.

        Of a customer's order that is known when it is booked (`returning.order_returns`).
        """
        books = self._books
        if fact.channel:
            pass
        elif sale is None:
            books.flag("refund_without_sale", n, fact, fact.sale_doc, -fact.total)
        else:
            found = list(differences(fact, sale))
            if found:
                books.flag("refund_differs", n, fact, told(found), fact.total)
        if not fact.channel:
            self._check_right(n, fact, sale, voided=voided)
        if fact.exchange:
            self._exchanged[fact.id] = fact
        self._refunds.append(
            (
                *(n, fact.sale, fact.sale_store, fact.sale_date, self._store_id, fact.biz_date),
                *(fact.currency, fact.total, fact.offline),
            )
        )
        self._lines += [
            (
                *(n, line.line, fact.sale, line.of, line.sku, -line.qty),
                *(-line.net - line.tax, line.reason, line.condition),
            )
            for line in fact.lines
        ]

    def void(self, n: int, void: Voided) -> None:
        """Tells of a void whose sale had come back in part already."""
        amount = sum(back for _, back in self._sums(void.sale).values())
        if self._sums(void.sale):
            detail = f"{void.sale_doc} was refunded before it was voided"
            self._books.flag("over_return", n, void, detail, amount)

    def exchanged(self, n: int, sale: Sale) -> None:
        """Tells of a sale whose goods were paid by others that came back otherwise than they say."""
        back = self._exchanged.get(sale.exchange) or self._stored(sale.exchange)
        if back is None:
            self._books.flag("figures_differ", n, sale, "exchange: no such refund", sale.total)
            return
        found = [f"exchange: {each}" for each in exchange.differences(back, sale)]
        if found:
            self._books.flag("figures_differ", n, sale, told(found), sale.total, (back.id,))

    def _stored(self, refund: str) -> Refunded | None:
        row = self._connection.one(_BODY, (refund,))
        fact = decode_fact(row[0]) if row else None
        return fact if isinstance(fact, Refunded) else None

    def write(self) -> None:
        """Writes everything gathered."""
        self._connection.many(_ADD_REFUND, self._refunds)
        self._connection.many(_ADD_LINE, self._lines)

    def _sums(self, sale: str) -> dict[int, list[int]]:
        found = self._came_back.get(sale)
        if found is None:
            # Nobody else may take something of it back until it is known whether this was too much.
            self._connection.lock_name(f"sale:{sale}")
            found = {}
            for statement in (_CAME_BACK, _PAID_SLIPS):
                for of, qty, amount in self._connection.all(statement, (sale,)):
                    both = found.setdefault(int(of), [0, 0])
                    both[0] += int(qty)
                    both[1] += int(amount)
            self._came_back[sale] = found
        return found

    def _check_right(self, n: int, fact: Refunded, sale: Sale | None, *, voided: bool) -> None:
        """R1 over all refunds of the sale; how much of this one is beyond what was sold."""
        sums = self._sums(fact.sale)
        sold = {line.line: line for line in sale.lines} if sale else {}
        over, beyond = 0, []
        for back in fact.lines:
            both = sums.setdefault(back.of, [0, 0])
            was = both[1]
            both[0] -= back.qty
            both[1] -= back.net + back.tax
            line = sold.get(back.of)
            qty = 0 if voided else line.qty if line else 0 if sale else back.sold
            worth = 0 if voided or line is None else line.net + line.tax
            if sale is not None:
                over += max(0, both[1] - worth) - max(0, was - worth)
            elif both[0] > qty:
                over -= back.net + back.tax
            if both[0] > qty:
                beyond.append(f"line {back.of}: {both[0]} of {qty} came back")
        if over or beyond:
            detail = told(beyond) or "more money than the line cost"
            if voided:
                detail = f"{fact.sale_doc} was voided as a whole"
            self._books.flag("over_return", n, fact, detail, over)


def differences(fact: Refunded, sale: Sale | SaleRefRow) -> Iterator[str]:
    """Each figure of a refund that is not its share of the sale, or money that was not paid so.

    What the till knew to be back already (`before`) is taken as it says: whether that was all of it
    is the other question.
    """
    sold = {line.line: line for line in sale.lines}
    for back in fact.lines:
        line = sold.get(back.of)
        if line is None or line.sku != back.sku:
            yield f"line {back.line}: the sale has no such line"
        elif back.qty >= 0 or line.qty <= 0:
            yield f"line {back.line} qty: {back.qty}, should be below 0"
        elif fact.channel and back.sold < line.qty:
            continue  # more of the order was handed over since the till looked
        else:
            yield from _line_differences(back, line)
    net, tax = sum(row.net for row in fact.lines), sum(row.tax for row in fact.lines)
    paid = sum(row.amount for row in fact.payments)
    sums = {
        "currency": (fact.currency, sale.currency),
        "net": (fact.net, net),
        "tax": (fact.tax, tax),
        "total": (fact.total, net + tax),
        "gross": (fact.gross, sum(row.gross for row in fact.lines)),
        "discount": (fact.discount, fact.gross - sum(row.total for row in fact.lines)),
        "payable": (fact.payable, paid),
        "rounding": (fact.rounding, paid - net - tax),
    }
    yield from _compared("", sums)
    yield from _tax_differences(fact)
    yield from _payment_differences(fact, sale)


def _line_differences(back: RefundedLine, line: Any) -> Iterator[str]:
    right = back_line(line, back.before, -back.qty)
    named = {name: (getattr(back, name), getattr(right, name)) for name in _FIGURES}
    named |= {
        "sold": (back.sold, line.qty),
        "unit_price": (back.unit_price, line.unit_price),
        "rate_ppm": (back.rate_ppm, line.rate_ppm),
        "tax_code": (back.tax_code, line.tax_code),
    }
    yield from _compared(f"line {back.line} ", named)
    if back.condition not in CONDITIONS:
        yield f"line {back.line} condition: {back.condition}"


def _tax_differences(fact: Refunded) -> Iterator[str]:
    right: dict[tuple[str, int], list[int]] = {}
    for line in fact.lines:
        both = right.setdefault((line.tax_code, line.rate_ppm), [0, 0])
        both[0] += line.net
        both[1] += line.tax
    said = {(row.code, row.rate_ppm): [row.net, row.tax] for row in fact.taxes}
    if said != right or any(row.gross != row.net + row.tax for row in fact.taxes):
        yield "the tax table is not the sum of its lines"


def _payment_differences(fact: Refunded, sale: Sale | SaleRefRow) -> Iterator[str]:
    """Back the way it was paid; in cash up to the rounding.

    What an exchange carries over is in the sale that was made with it.
    """
    try:
        cash = any(tender_of(row.tender).kind == "cash" for row in fact.payments)
        step = cash_step(fact.currency) if cash else 1
    except PosError as cause:
        yield f"not computable: {cause}"
        return
    if abs(fact.rounding) > (step if step > 1 else 0):
        yield f"rounding: {fact.rounding}, cash goes in steps of {step}"
    paid: dict[str, int] = {}
    for row in sale.payments:
        paid[paid_as(row)] = paid.get(paid_as(row), 0) + row.amount
    for row in fact.payments:
        if fact.exchange and row.tender == EXCHANGE:
            continue
        if -row.amount > paid.get(row.tender, 0) + step - 1 and row.tender != fact.other_tender:
            yield f"{row.tender}: {-row.amount} back, {paid.get(row.tender, 0)} was paid so"


def _compared(where: str, named: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    for name, (said, right) in named.items():
        if said != right:
            yield f"{where}{name}: {said}, should be {right}"


# --- what the store's other tills are told ------------------------------------------------


def stock_back(fact: Refunded) -> Iterator[tuple[str, int]]:
    """(sku, thousandths) that can be sold again: not what is damaged."""
    for line in fact.lines:
        if not line.custom and line.condition == SELLABLE:
            yield line.sku, -line.qty


def ref_of(fact: Sale | Voided | Refunded) -> SaleRefRow:
    """A document as the store's tills need it to take goods back."""
    kind, of = "sale", ""
    if isinstance(fact, Voided):
        kind, of = "void", fact.sale
    elif isinstance(fact, Refunded):
        kind, of = "refund", fact.sale
    included = True if isinstance(fact, Voided) else fact.tax_included
    # What was due of a customer's order is no goods, and nothing of it comes back over a counter.
    goods = (line for line in fact.lines if not getattr(line, "order", ""))
    points = fact.points if isinstance(fact, Sale) else None
    rewards = fact.rewards if isinstance(fact, Sale) else ()
    spent = spent_on(fact.lines, rewards) if rewards else {}
    lines = () if kind == "void" else tuple(_ref_line(line, spent) for line in goods)
    return SaleRefRow(
        id=fact.id,
        kind=kind,
        of=of,
        doc_no=fact.doc_no,
        store=fact.store,
        till=fact.till,
        biz_date=fact.biz_date,
        wall=fact.t.wall,
        actor=fact.actor,
        currency=fact.currency,
        total=fact.total,
        payable=fact.payable,
        tax_included=included,
        lines=lines,
        taxes=tuple(RefTax(row.code, row.label, row.exempt) for row in fact.taxes),
        payments=tuple(RefPayment(paid_as(row), row.amount) for row in fact.payments),
        customer=getattr(fact, "customer", ""),
        points_account=points.account if points is not None else "",
    )


def _ref_line(line: Any, spent: Mapping[int, int]) -> RefLine:
    return RefLine(
        line.line,
        line.sku,
        line.label,
        line.variant,
        line.unit,
        line.qty,
        line.unit_price,
        line.gross,
        line.total,
        line.basket_disc,
        line.tax_code,
        line.rate_ppm,
        line.net,
        line.tax,
        line.custom,
        getattr(line, "of", 0),
        getattr(line, "points", 0),
        spent.get(line.line, 0),
    )


def ref_batches(refs: Sequence[SaleRefRow]) -> list[bytes]:
    """The rows of the feed that tell of documents."""
    return [
        msgspec.json.encode(refs[start : start + REFS_PER_POSITION])
        for start in range(0, len(refs), REFS_PER_POSITION)
    ]


class OldRefs:
    """Empties `sale_ref` positions that no till keeps any more, a stretch of each stream at a time.

    The position stays: a feed has no holes. The oldest come first, so the first one that is still
    wanted ends the stretch; where it stood is remembered, so that nothing is looked at twice.
    """

    def __init__(self) -> None:
        self._at: dict[str, int] = {}

    def forget(self, connection: Connection, before: str) -> int:
        """Those whose documents are all of before that business day; how many were emptied."""
        count = 0
        for stream, last in positions(connection).items():
            if not stream.startswith("store:"):
                continue
            at = self._at.get(stream, 0)
            rows = connection.all(_NEXT_ROWS, (stream, at, min(last, at + LOOKED_AT)))
            for pos, kind, data in rows:
                if kind == "sale_ref" and data != b"[]":
                    if any(row.biz_date >= before for row in _refs.decode(data)):
                        break
                    connection.run(_EMPTY_ROW, (b"[]", stream, pos))
                    count += 1
                self._at[stream] = pos
        return count
