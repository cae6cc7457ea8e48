"""The open basket: lines, discounts, notes. Every change gives a new basket."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from pos_app.domain.bringing import Bringing
from pos_app.domain.catalogue import PIECE, Price, Product
from pos_app.domain.errors import Refused
from pos_app.domain.handing import Handing
from pos_app.domain.member import Attached, Reward
from pos_app.domain.money import MILLI
from pos_app.domain.text import plain

PERCENT_WHOLE = 10_000
"""100 % in the basis points a percent discount is counted in."""
QTY_MAX = 9_999_999
"""The largest quantity of a line, thousandths: a scanned code typed as a quantity is longer."""
UNIT_PRICE_MAX = 99_999_999_999
"""The largest price of one piece or kilogram, minor units."""
AMOUNT_MAX = 999_999_999_999_999
"""The largest amount of a document, minor units: exact in 64 bits, in a double, and in a sum
of thousands of documents."""
LINES_MAX = 5_000
TEXT_MAX = 200
"""Characters of a note, a reason or a label typed by a person."""


class DiscountKind(StrEnum):
    """What a discount's `value` counts."""

    PERCENT = "percent"
    """Basis points: 1_500 is 15 %."""
    AMOUNT = "amount"
    """Minor units off the whole line, or off the whole basket."""
    REWARD = "reward"
    """Points it was had for: no person gave it, see `Basket.rewards`."""


@dataclass(frozen=True, slots=True)
class Discount:
    """A reduction given by a person, always with a reason and with who allowed it."""

    kind: DiscountKind
    value: int
    reason: str
    given_by: str
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """Another price than the catalogue's, with what it was and who answers for it."""

    price_from: int
    """What a piece or kilogram cost before, minor units."""
    reason: str
    given_by: str
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket. Quantity in thousandths, prices in minor units per unit."""

    line_id: int
    """Unique in its basket and never used again in it; 0 until it is in one."""
    sku: str
    label: str
    qty: int
    unit_price: int
    tax_code: str
    variant: str = ""
    unit: str = PIECE
    was: int = 0
    code: str = ""
    """What was scanned, empty when chosen by hand."""
    price_list: str = "retail"
    custom: bool = False
    """Typed by a person: no catalogue entry, no stock."""
    age_limit: int = 0
    """Years a buyer must be; 0 for anyone."""
    age_checked: str = ""
    """Id of the person who checked the buyer's age, where the product asks for it."""
    note: str = ""
    discounts: tuple[Discount, ...] = ()
    department: str = ""
    override: Override | None = None
    label_price: int = 0
    """What the label on the goods says they cost, minor units: the line costs just that, whatever
    quantity times price is; 0 for none."""
    lot: str = ""
    expiry: str = ""
    """Last day of use or of best quality, as the code on the goods says; ISO date."""
    serial: str = ""
    by: str = ""
    """Id of the person who put it in: a till changes hands while a sale is open."""
    order: str = ""
    """Reservation of the customer's order of which this line is what is due: no goods, no tax of
    ours, no discount, no turnover."""
    value: str = ""
    """`card/ACCOUNT` or `credit/ACCOUNT` that this line puts money on: no goods, no tax, no
    discount, no turnover. `card/` alone is a card that is made when the sale is."""

    @property
    def fixed(self) -> bool:
        """True of money that is no price of goods: what is due of an order, or put on a card."""
        return self.order != "" or self.value != ""


@dataclass(frozen=True, slots=True)
class Basket:
    """What the customer is about to buy; it has no number until it is a sale."""

    basket_id: str
    """UUIDv7 text; becomes the id of the sale, so a retry can never make a second one."""
    currency: str
    opened_at: str
    """UTC, ISO 8601."""
    business_date: str
    lines: tuple[Line, ...] = ()
    discounts: tuple[Discount, ...] = ()
    next_line: int = 1
    note: str = ""
    coupons: tuple[str, ...] = ()
    """Codes of coupons the customer gave, as they were read."""
    handing: Handing | None = None
    """The customer's order that goes over the counter with this sale."""
    customer: Attached | None = None
    """Whom it is for."""
    rewards: tuple[Reward, ...] = ()
    """What they get for points."""
    bringing: Bringing | None = None
    """What comes back in exchange for it."""

    def line(self, line_id: int) -> Line:
        """The line with that id; raises Refused("no_such_line")."""
        for line in self.lines:
            if line.line_id == line_id:
                return line
        raise Refused("no_such_line", line_id=line_id)


def line_gross(line: Line) -> int:
    """Quantity times price in minor units, half a unit rounded up, before any discount.

    A label's own price is what the line costs.
    """
    if line.label_price:
        return line.label_price
    return (line.qty * line.unit_price + MILLI // 2) // MILLI


def check_line(line: Line) -> None:
    """Refuses a line no basket may hold.

    Raises Refused("quantity_out_of_range" | "quantity_not_whole" | "amount_out_of_range").
    """
    _check_quantity(line.qty, line.unit)
    for amount in (line.unit_price, line.label_price):
        if not 0 <= amount <= UNIT_PRICE_MAX:
            raise Refused("amount_out_of_range", limit=UNIT_PRICE_MAX)


def _check_quantity(qty: int, unit: str) -> None:
    if type(qty) is not int or not 1 <= qty <= QTY_MAX:
        raise Refused("quantity_out_of_range", limit=QTY_MAX, unit=unit)
    if unit == PIECE and qty % MILLI:
        raise Refused("quantity_not_whole", unit=unit)


def line_from(product: Product, price: Price | None, code: str, qty: int = MILLI) -> Line:
    """A line for `qty` of a product at a price, ready for `add_line`.

    Raises Refused("not_for_sale") for a product taken off sale, Refused("price_missing") for
    no price or 0, and what `check_line` raises.
    """
    if not product.active:
        raise Refused("not_for_sale", sku=product.sku, name=product.name)
    if price is None or price.amount == 0:
        raise Refused("price_missing", sku=product.sku, name=product.name)
    line = Line(
        line_id=0,
        sku=product.sku,
        label=product.name,
        qty=qty,
        unit_price=price.amount,
        tax_code=product.tax_code,
        variant=product.variant,
        unit=product.unit,
        was=price.was,
        code=code,
        price_list=price.price_list,
        age_limit=product.age_limit,
        department=product.department,
    )
    check_line(line)
    return line


def custom_line(sku: str, label: str, unit_price: int, tax_code: str, qty: int = MILLI) -> Line:
    """A line for something the catalogue does not know, named and priced by a person.

    Raises Refused("label_missing" | "price_missing") and what `check_line` raises.
    """
    label = plain(label, TEXT_MAX)
    if not label:
        raise Refused("label_missing")
    if unit_price == 0:
        raise Refused("price_missing", sku=sku, name=label)
    line = Line(0, sku, label, qty, unit_price, tax_code, custom=True)
    check_line(line)
    return line


def order_line(handing: Handing) -> Line:
    """What is due of a customer's order, as a line: one piece at that price.

    Raises what `check_line` raises.
    """
    line = Line(0, "", handing.name, MILLI, handing.due, "", order=handing.reservation)
    check_line(line)
    return line


def away_line(reservation: str, name: str, goods: str, how: str, amount: int) -> Line:
    """Goods of another store that are paid here: an order of that store, all of it.

    `goods` says what it is and `how` how the customer gets it. Raises what `check_line` raises.
    """
    line = Line(0, "", name, MILLI, amount, "", variant=goods, note=how, order=reservation)
    check_line(line)
    return line


def value_line(kind: str, account: str, label: str, amount: int, last4: str = "") -> Line:
    """Money that is put on an account: one piece at that price.

    Raises Refused("amount_out_of_range") for nothing, and what `check_line` raises.
    """
    if type(amount) is not int or amount <= 0:
        raise Refused("amount_out_of_range", limit=UNIT_PRICE_MAX)
    line = Line(0, "", label, MILLI, amount, "", value=f"{kind}/{account}", variant=last4)
    check_line(line)
    return line


def _merges(old: Line, new: Line) -> bool:
    return (
        old.sku == new.sku
        and old.unit_price == new.unit_price
        and old.tax_code == new.tax_code
        and old.unit == new.unit == PIECE
        and not (old.custom or new.custom or old.fixed or new.fixed)
        and not (old.discounts or new.discounts)
        and not (old.note or new.note)
        and not (old.override or new.override or old.label_price or new.label_price)
        and not (old.serial or new.serial)
        and (old.lot, old.expiry) == (new.lot, new.expiry)
        and old.price_list == new.price_list
        and new.age_checked in ("", old.age_checked)
        and old.by in ("", new.by)
    )


def add_line(basket: Basket, line: Line, by: str = "") -> tuple[Basket, int]:
    """The basket with `line`, put in by somebody, and the id of the line it is now in.

    A piece of the same product at the same price joins the line that is there, unless one of
    the two has a discount or a note or was typed by hand, or somebody else put it in. Raises Refused("basket_full") and
    what `check_line` raises.
    """
    check_line(line)
    line = replace(line, by=by or line.by)
    for place, old in enumerate(basket.lines):
        if _merges(old, line):
            together = replace(old, qty=old.qty + line.qty)
            _check_quantity(together.qty, together.unit)
            lines = (*basket.lines[:place], together, *basket.lines[place + 1 :])
            return replace(basket, lines=lines), old.line_id
    if len(basket.lines) >= LINES_MAX:
        raise Refused("basket_full", limit=LINES_MAX)
    line_id = basket.next_line
    lines = (*basket.lines, replace(line, line_id=line_id))
    return replace(basket, lines=lines, next_line=line_id + 1), line_id


def _with_line(basket: Basket, line: Line) -> Basket:
    lines = tuple(line if old.line_id == line.line_id else old for old in basket.lines)
    return replace(basket, lines=lines)


def set_quantity(basket: Basket, line_id: int, qty: int) -> Basket:
    """The basket with another quantity (thousandths) on a line.

    What a label priced, or one serial number names, is there once: Refused("label_fixed").
    Raises Refused("no_such_line" | "quantity_out_of_range" | "quantity_not_whole").
    """
    line = _changeable(basket, line_id)
    _check_quantity(qty, line.unit)
    if qty != line.qty and (line.label_price or line.serial):
        raise Refused("label_fixed", name=line.label)
    return _with_line(basket, replace(line, qty=qty))


def remove_line(basket: Basket, line_id: int) -> Basket:
    """The basket without a line; its id is not used again.

    Raises Refused("no_such_line" | "order_line_fixed").
    """
    line = basket.line(line_id)
    handing = basket.handing
    if line.order and handing is not None and line.order == handing.reservation:
        raise Refused("order_line_fixed", name=line.label)
    return replace(basket, lines=tuple(old for old in basket.lines if old is not line))


def _changeable(basket: Basket, line_id: int) -> Line:
    """The line, where a person may change it: what is due of an order stands as it is."""
    line = basket.line(line_id)
    if line.order:
        raise Refused("order_line_fixed", name=line.label)
    if line.value:
        raise Refused("value_line_fixed", name=line.label)
    return line


def _check_discount(discount: Discount, gross: int) -> Discount:
    most = PERCENT_WHOLE if discount.kind == DiscountKind.PERCENT else gross
    if type(discount.value) is not int or not 1 <= discount.value <= most:
        raise Refused("discount_out_of_range", kind=str(discount.kind), limit=most)
    reason = plain(discount.reason, TEXT_MAX)
    if not reason:
        raise Refused("reason_missing")
    return replace(discount, kind=DiscountKind(discount.kind), reason=reason)


def discount_line(basket: Basket, line_id: int, discount: Discount | None) -> Basket:
    """The basket with `discount` as the only one on a line, or with none.

    Raises Refused("no_such_line" | "discount_out_of_range" | "reason_missing"); an amount may
    not be more than the line costs. Who may give how much is the policy's business.
    """
    line = _changeable(basket, line_id)
    given = () if discount is None else (_check_discount(discount, line_gross(line)),)
    return _with_line(basket, replace(line, discounts=given))


def discount_basket(basket: Basket, discount: Discount | None) -> Basket:
    """The basket with `discount` as the only one on the whole, or with none.

    Raises Refused("basket_empty" | "discount_out_of_range" | "reason_missing").
    """
    if discount is None:
        return replace(basket, discounts=())
    goods = [line for line in basket.lines if not line.fixed]
    if not goods:
        raise Refused("basket_empty")
    gross = sum(map(line_gross, goods))
    return replace(basket, discounts=(_check_discount(discount, gross),))


def override_price(basket: Basket, line_id: int, override: Override | None, price: int) -> Basket:
    """The basket with another price on a line (minor units a piece or kilogram), or its own again.

    `override` None gives back what it cost before. The price before any override stays as `was`.
    Raises Refused("no_such_line" | "reason_missing" | "price_missing" | "amount_out_of_range" |
    "label_fixed").
    """
    line = _changeable(basket, line_id)
    if override is None:
        back = line.override.price_from if line.override else line.unit_price
        return _with_line(basket, replace(line, unit_price=back, was=0, override=None))
    reason = plain(override.reason, TEXT_MAX)
    if not reason:
        raise Refused("reason_missing")
    if price == 0:
        raise Refused("price_missing", sku=line.sku, name=line.label)
    if line.label_price:
        raise Refused("label_fixed", name=line.label)
    before = line.override.price_from if line.override else line.unit_price
    given = replace(override, price_from=before, reason=reason)
    changed = replace(line, unit_price=price, was=max(line.was, before), override=given)
    check_line(changed)
    return _with_line(basket, changed)


def with_coupon(basket: Basket, code: str) -> Basket:
    """The basket with a coupon's code on it, once; see `domain.promotion`."""
    if code in basket.coupons:
        return basket
    return replace(basket, coupons=(*basket.coupons, code))


def note_line(basket: Basket, line_id: int, note: str) -> Basket:
    """The basket with a note on a line (hidden characters dropped, cut at `TEXT_MAX`)."""
    return _with_line(basket, replace(basket.line(line_id), note=plain(note, TEXT_MAX)))


def set_age_checked(basket: Basket, line_id: int, staff_id: str) -> Basket:
    """The basket with who checked the buyer's age for a line; empty takes the check back."""
    return _with_line(basket, replace(basket.line(line_id), age_checked=staff_id))
