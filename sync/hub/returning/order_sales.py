"""An order as a sold document: what of it was handed over, at what price and tax, how it was paid.

Each line has a number that it keeps for good, so `order id/number` is an account like a sold line of
a till. What comes back is counted over all tills, over slips that were paid, and over what the shop
gave back itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import structs
from sqlalchemy import bindparam, select

from pos_app.domain.day import business_date, parse_utc
from pos_app.domain.errors import Refused
from pos_app.domain.pricing import tax_of
from pos_app.domain.returns import share
from pos_app.domain.tax import TaxRules
from sync.hub import schema, sold, store
from sync.hub.channels import mapping
from sync.hub.channels.canonical import ChannelLine, ChannelOrder, ChannelRefund
from sync.hub.database import Connection, Statement, adding
from sync.hub.orders import kept, money, rows
from sync.hub.orders.kept import Part, Whole
from sync.protocol import SaleRefRow
from sync.protocol.messages import RefLine, RefPayment, RefTax
from sync.protocol.orders import BRING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ORDER: Final = "order"
SHOP: Final = "shop"
"""The tender of what was paid in an online shop: it goes back there."""

_n, _p, _pay = schema.order_line.c, schema.product.c, schema.payment.c
_e = schema.event.c
_NUMBERS = Statement("order_id", select(_n.line, _n.no).where(_n.order_id == bindparam("order_id")))
_ADD_NUMBER = adding(schema.order_line, ignore=True)
_PRODUCT = Statement(
    "sku",
    select(_p.name, _p.variant, _p.unit, _p.tax_code, _p.department).where(
        _p.sku == bindparam("sku")
    ),
)
_CHANNEL = Statement(
    "channel",
    select(schema.channel.c.channel).where(schema.channel.c.channel == bindparam("channel")),
)
_STORES = Statement("", select(schema.store.c.store_id).order_by(schema.store.c.store_id))
_TENDERS = Statement(
    "id",
    select(_pay.tender, _pay.amount)
    .select_from(schema.event.join(schema.payment, _pay.n == _e.n))
    .where(_e.id == bindparam("id"))
    .order_by(_pay.place),
)


@dataclass(frozen=True, slots=True)
class Handed:
    """A line of an order, as much of it as somebody got."""

    no: int
    line: str
    """The shop's own id of it."""
    sku: str
    """What was given."""
    title: str
    variant: str
    qty: int
    total: int
    """What the customer paid for that much, tax in."""
    store_id: str
    """Whose goods they were; empty where the shop sent them itself."""
    told: ChannelLine | None
    fixed: bool = False


@dataclass(slots=True)
class OrderSale:
    """An order and what of it went out of the door."""

    whole: Whole
    told: ChannelOrder
    parts: list[Part]
    lines: list[Handed] = field(default_factory=list)
    waiting: list[tuple[str, int]] = field(default_factory=list)
    """(title, thousandths) of what nobody got yet, and may still."""

    @property
    def store_id(self) -> str:
        """Who handed the first of it over; empty where the shop sent it."""
        return next((line.store_id for line in self.lines if line.store_id), "")


def numbers(connection: Connection, whole: Whole) -> dict[str, int]:
    """The shop's id of each line -> its number; those that have none are given the next ones."""
    held = {str(line): int(no) for line, no in connection.all(_NUMBERS, (whole.order_id,))}
    wanted = dict.fromkeys(_line_ids(connection, whole))
    fresh = [line for line in wanted if line and line not in held]
    if fresh:
        kept.lock(connection, whole.order_id)
        held = {str(line): int(no) for line, no in connection.all(_NUMBERS, (whole.order_id,))}
        for line in fresh:
            if line not in held:
                held[line] = max(held.values(), default=0) + 1
                connection.run(_ADD_NUMBER, (whole.order_id, line, held[line]))
    return held


def _line_ids(connection: Connection, whole: Whole) -> Iterator[str]:
    told = whole.told
    yield from (line.external_line_id for line in (told.lines if told is not None else ()))
    for part in kept.parts_of(connection, whole.order_id):
        yield from (line.line for line in part.row.lines)


def find(connection: Connection, order_id: str) -> OrderSale | None:
    """The order of that id as a sale; None where there is none, or nothing is known of it."""
    whole = kept.find(connection, order_id)
    told = whole.told if whole is not None else None
    if whole is None or told is None:
        return None
    found = OrderSale(whole, told, kept.parts_of(connection, order_id))
    _fill(connection, found, numbers(connection, whole))
    return found


def _fill(connection: Connection, sale: OrderSale, known: dict[str, int]) -> None:
    """The lines that went out, by their numbers; and what is still to be had."""
    asked = {line.external_line_id: line for line in sale.told.lines}
    given = _given(connection, sale)
    for line, no in sorted(known.items(), key=lambda each: each[1]):
        said, gone = asked.get(line), given.get(line)
        # Some shops take what came back off what they sent, so it is added again.
        by_shop = min(said.fulfilled + shop_took(sale.told.refunds, line), said.qty) if said else 0
        by_shop = by_shop if said is not None and said.fulfilled else 0
        if gone is not None and gone.qty >= by_shop:
            sale.lines.append(_numbered(gone, no, said))
        elif said is not None and by_shop:
            # The shop sent it itself, or tells of more than a store does.
            total = said.gross * by_shop // max(said.qty, 1)
            sku = mapping.sku_of(connection, sale.whole.channel, said.sku, said.barcode)
            where = gone.store_id if gone is not None else ""
            sale.lines.append(
                Handed(
                    *(no, line, sku or said.sku, said.title, said.variant, by_shop, total, where),
                    said,
                    said.fixed,
                )
            )
    waits: dict[str, int] = {}
    for part in sale.parts:
        for row in part.row.lines if part.open and part.row.way != BRING else ():
            left = rows.to_hand(row)
            if left:
                waits[row.title] = waits.get(row.title, 0) + left
    sale.waiting = list(waits.items())


def _numbered(gone: Handed, no: int, said: ChannelLine | None) -> Handed:
    return Handed(
        *(no, gone.line, gone.sku, gone.title, gone.variant, gone.qty, gone.total, gone.store_id),
        said,
        said.fixed if said is not None else False,
    )


def _given(connection: Connection, sale: OrderSale) -> dict[str, Handed]:
    """What the parts of stores handed over, by the shop's id of the line."""
    cheaper = {
        source.removeprefix("less:instead:"): amount
        for source, kind, amount, _part in money.entries(connection, sale.whole.order_id)
        if kind == money.LESS and source.startswith("less:instead:")
    }
    found: dict[str, Handed] = {}
    for part in sale.parts:
        if part.row.way == BRING:
            continue  # it went to another store, whose own part hands it over
        for row in part.row.lines:
            if not row.handed or not row.line:
                continue
            less = cheaper.get(f"{part.row.reservation}:{row.line}", 0)
            total = rows.worth(row, row.handed) - less
            before = found.get(row.line)
            qty = row.handed + (before.qty if before else 0)
            total += before.total if before else 0
            found[row.line] = Handed(
                *(0, row.line, rows.given(row), row.title, row.variant, qty, total),
                before.store_id if before else part.store_id,
                None,
            )
    return found


# --- as a document --------------------------------------------------------------------------------


def sale_of(connection: Connection, order_id: str) -> SaleRefRow | None:
    """An order as tills know a sale (`kind` order): what was handed over, and how it was paid.

    None where there is no such order, or where nobody got anything of it yet.
    """
    found = find(connection, order_id)
    return document(connection, found) if found is not None and found.lines else None


def document(connection: Connection, sale: OrderSale) -> SaleRefRow:
    """The same of an order that was read; without lines where nobody got anything."""
    from sync.hub.loyalty.orders import points_of  # which reads orders itself

    whole, told = sale.whole, sale.told
    rules, day = _rules(connection, sale), ""
    try:
        shop = store.load(connection, sale.store_id or _any_store(connection)).store
        day = business_date(parse_utc(last_step(sale) or told.placed_at), shop)
    except (Refused, ValueError):
        day = told.placed_at[:10]
    lines = tuple(_ref_line(connection, line, rules, told.placed_at[:10]) for line in sale.lines)
    account, earned = points_of(connection, whole.order_id)
    if earned:
        lines = tuple(structs.replace(line, points=earned.get(line.line, 0)) for line in lines)
    codes = dict.fromkeys(line.tax_code for line in lines)
    named = {rate.code: rate for rate in rules.rates}
    total = sum(line.total for line in lines)
    payments = _payments(connection, sale)
    return SaleRefRow(
        id=whole.order_id,
        kind=ORDER,
        of="",
        doc_no=whole.external_name,
        store=sale.store_id,
        till="",
        biz_date=day,
        wall=last_step(sale) or told.placed_at,
        actor="",
        currency=whole.currency,
        total=total,
        payable=sum(one.amount for one in payments),
        tax_included=True,
        lines=lines,
        taxes=tuple(
            RefTax(code, named[code].label, named[code].exempt) if code in named else RefTax(code)
            for code in codes
        ),
        payments=payments,
        points_account=account,
    )


_STEPS: Final = frozenset({"ready", "collected", "partly", "sent", "cancelled"})


def steps(sale: OrderSale) -> list[tuple[str, str]]:
    """(what, UTC) that happened to it, oldest first: ordered, ready, collected, partly, sent."""
    found = [("ordered", sale.told.placed_at)]
    for part in sale.parts:
        found += [(one.what, one.at) for one in part.row.history if one.what in _STEPS]
    return sorted(dict.fromkeys(found), key=lambda each: each[1])


def _gone(sale: OrderSale) -> list[str]:
    return [
        event.at
        for part in sale.parts
        if part.row.way != BRING and any(line.handed for line in part.row.lines)
        for event in part.row.history
        if event.what in ("collected", "partly", "sent")
    ]


def first_step(sale: OrderSale) -> str:
    """When the first of it went out of a store (UTC); empty where no store did."""
    return min(_gone(sale), default="")


def last_step(sale: OrderSale) -> str:
    """When the last of it went out of a store (UTC); empty where no store did."""
    return max(_gone(sale), default="")


def _any_store(connection: Connection) -> str:
    row = connection.one(_STORES)
    return str(row[0]) if row else ""


def _rules(connection: Connection, sale: OrderSale) -> TaxRules:
    """The tax set of the store that handed it over; of the first where the shop sent it."""
    try:
        return store.load(connection, sale.store_id or _any_store(connection)).rules
    except Refused:
        return TaxRules(())


def _ref_line(connection: Connection, line: Handed, rules: TaxRules, day: str) -> RefLine:
    row = connection.one(_PRODUCT, (line.sku,)) if line.sku else None
    name, variant, unit, code = row[:4] if row else (line.title, line.variant, "piece", "standard")
    said = line.told
    rate = said.tax_rate_ppm if said is not None else 0
    try:
        own = rules.rate_on(str(code), day).rate_ppm
    except Refused:
        own = 0
    if said is not None and said.gross > 0 and (said.tax or rate):
        tax = share(said.tax, line.total, said.gross) if said.tax else 0
        if said.tax and not rate:
            rate = own
    else:
        rate = own
        tax = tax_of(max(line.total, 0), rate, included=True)
    if rate != own:
        code = next((one.code for one in rules.rates if one.rate_ppm == rate), code)
    off = said.discount * line.qty // max(said.qty, 1) if said is not None else 0
    unit_price = said.list_unit if said is not None and said.list_unit else 0
    unit_price = unit_price or (line.total * 1_000 // max(line.qty, 1))
    return RefLine(
        *(line.no, line.sku, line.title or name, line.variant or variant, unit, line.qty),
        *(unit_price, line.total + max(off, 0), line.total, 0, str(code), rate),
        *(line.total - tax, tax, not row),
    )


def _payments(connection: Connection, sale: OrderSale) -> tuple[RefPayment, ...]:
    """How it was paid: tills by what each took, the rest in the shop, bringing it included."""
    account = money.account_of(connection, sale.whole, sale.told)
    by_tills: dict[str, int] = {}
    for source, kind, amount, _part in money.entries(connection, sale.whole.order_id):
        if kind == money.TILL:
            for tender, part in _tenders(connection, source.partition(":")[0], amount):
                by_tills[tender] = by_tills.get(tender, 0) + part
    paid = sum(by_tills.values())
    in_shop = max(account.paid - paid, 0)
    found = [RefPayment(SHOP, in_shop)] if in_shop else []
    found += [RefPayment(tender, amount) for tender, amount in by_tills.items() if amount]
    return tuple(found)


def _tenders(connection: Connection, fact: str, amount: int) -> list[tuple[str, int]]:
    """What a till took for an order, by tender: of a mixed document the first that reach that far."""
    left, found = abs(amount), []
    for tender, paid in connection.all(_TENDERS, (fact,)):
        part = min(left, abs(int(paid)))
        if part:
            found.append((str(tender), part if amount > 0 else -part))
            left -= part
    return found or [("cash", amount)]


def has_shop(connection: Connection, channel: str) -> bool:
    """True where somebody can be asked to give back what was paid in the shop."""
    return connection.one(_CHANNEL, (channel,)) is not None


# --- R1 -------------------------------------------------------------------------------------------


def by_shop(connection: Connection, sale: OrderSale) -> list[tuple[ChannelRefund, str]]:
    """What the shop gave back itself, not asked by us, after something was handed over."""
    gone = first_step(sale)
    return [
        (one, at)
        for one, at in money.unasked(connection, sale.whole, sale.told)
        if not gone or at >= gone
    ]


def left_of(connection: Connection, order_id: str, number: int) -> int | None:
    """Thousandths of an order's line that were handed over and did not come back; None: no line."""
    found = find(connection, order_id)
    line = next((one for one in found.lines if one.no == number), None) if found else None
    if found is None or line is None:
        return None
    return line.qty - came_back(connection, found, line)


def shop_took_of(connection: Connection, order_id: str, number: int) -> tuple[str, str, str] | None:
    """("", "", when) of the last time that the shop itself gave a line back; None where it did not."""
    found = find(connection, order_id)
    line = next((one.line for one in found.lines if one.no == number), "") if found else ""
    if found is None or not line:
        return None
    times = [at for one, at in by_shop(connection, found) if shop_took((one,), line)]
    return ("", "", max(times)) if times else None


def came_back(connection: Connection, sale: OrderSale, line: Handed) -> int:
    """Thousandths of a line that came back, to tills and to the shop."""
    back = sold.came_back(connection, sale.whole.order_id, line.no)
    # What nobody got is given back first: that is no return.
    never = max(line.told.qty - line.qty, 0) if line.told is not None else 0
    took = shop_took([one for one, _at in by_shop(connection, sale)], line.line)
    return back + max(took - never, 0)


def shop_took(refunds: Iterable[ChannelRefund], line: str) -> int:
    """Thousandths of a line in refunds of the shop."""
    return sum(qty for one in refunds for own, qty in one.lines if own == line)
