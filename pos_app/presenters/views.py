"""What the basket, a sale and a tile look like in words: frozen values, made once and kept."""

from __future__ import annotations

import msgspec

from pos_app import words as texts
from pos_app.domain.basket import Basket, Discount, DiscountKind, Line, Override
from pos_app.domain.cash import coins
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI, minor_digits
from pos_app.domain.pricing import Priced, PricedLine
from pos_app.domain.tender import TENDERS, Payment
from pos_app.domain.value_code import TENDERS as VALUE_TENDERS
from pos_app.words import (
    _,
    current,
    date,
    is_rtl,
    money,
    ngettext,
    number,
    percent,
    quantity,
    rate,
)

TAX_ROWS = 2
"""More rates than this are one row in the basket; the receipt has them all."""


class Tag(msgspec.Struct, frozen=True):
    """Why a line costs less, and by how much: a row of its own under it."""

    words: str
    cut: str
    promotion: bool = False
    """True for a rule of the shop, False for what somebody gave by hand."""


class LineView(msgspec.Struct, frozen=True):
    """A line of the basket."""

    line_id: int
    qty: str
    name: str
    detail: str
    total: str
    struck: str = ""
    tags: tuple[Tag, ...] = ()
    warn: str = ""
    """What somebody must still do about it: check an age."""
    note: str = ""

    @property
    def tag(self) -> str:
        """The first reason why it costs less."""
        return self.tags[0].words if self.tags else ""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        tags = ", ".join(f"{tag.words} {tag.cut}" for tag in self.tags)
        parts = (self.qty, self.name, self.detail, self.total, tags, self.warn, self.note)
        return ", ".join(part for part in parts if part)


class Row(msgspec.Struct, frozen=True):
    """A row of totals; `tone` is plain, good or faint."""

    label: str
    amount: str
    tone: str = "plain"


class PaymentView(msgspec.Struct, frozen=True):
    """A payment taken, in the list under the total."""

    icon: str
    words: str
    amount: str
    pill: str = ""
    pill_tone: str = "info"
    pill_icon: str = ""
    locked: bool = False
    """True where it cannot be taken out now."""


class Coin(msgspec.Struct, frozen=True):
    """How many of one note or coin to give back."""

    label: str
    count: int
    note: bool
    """True for paper."""


def dotted(*parts: str) -> str:
    """Parts with a dot between them; empty ones left out.

    Where people read from right to left each part keeps its own direction and the first stands
    at the right: a Latin name does not turn the date beside it around.
    """
    kept = [part for part in parts if part]
    if is_rtl(current()):
        return "\u200f" + " \u00b7 ".join(f"\u2068{part}\u2069" for part in kept)
    return " \u00b7 ".join(kept)


def _name(line: Line) -> str:
    """What a line is called; money on a card or on credit by the reader's own word."""
    if not line.value:
        return line.label
    kind = line.value.partition("/")[0]
    return texts.tender_name(VALUE_TENDERS.get(kind, kind))


def line_view(basket: Basket, line: Line, priced: PricedLine) -> LineView:
    """A line in words."""
    currency = basket.currency
    own = [cut for cut in priced.promotions if not cut.whole]
    tags = [] if line.override is None else [_new_price(line, line.override, priced, currency)]
    tags += [Tag(cut.label, money(-cut.amount, currency), True) for cut in own]
    tags += [
        Tag(discount_words(discount, currency), money(-amount, currency))
        for discount, amount in zip(line.discounts, _shares(line, priced), strict=True)
    ]
    total = priced.gross - sum(cut.amount for cut in own) - priced.line_discount
    before = max(priced.gross, line.was * line.qty // MILLI)
    struck = money(before, currency) if total < before else ""
    shown_qty = quantity(line.qty) if line.unit == PIECE else line.unit
    return LineView(
        line.line_id,
        shown_qty,
        _name(line),
        dotted(*_details(line, currency)),
        money(total, currency),
        struck,
        tuple(tags),
        _warning(basket, line),
        line.note,
    )


def _details(line: Line, currency: str) -> list[str]:
    """What stands under a line's name."""
    detail = [line.variant] if line.variant else []
    if line.unit != PIECE:
        detail.append(f"{quantity(line.qty, line.unit)} \u00d7 {money(line.unit_price, currency)}")
    elif line.qty != MILLI:
        detail.append(_("{price} each").format(price=money(line.unit_price, currency)))
    if line.custom:
        detail.append(_("Typed by hand"))
    if line.lot:
        detail.append(_("Lot {lot}").format(lot=line.lot))
    if line.serial:
        detail.append(_("No. {serial}").format(serial=line.serial))
    return detail


def _warning(basket: Basket, line: Line) -> str:
    """What somebody must still do about a line, or know of it."""
    if line.age_limit and not line.age_checked:
        return _("Check age: {age} or older").format(age=line.age_limit)
    if line.expiry and line.expiry < basket.business_date:
        return _("Best before {day}").format(day=date(line.expiry))
    return ""


def _new_price(line: Line, given: Override, priced: PricedLine, currency: str) -> Tag:
    """Another price than the catalogue's, and why: what it makes of the line."""
    before = (line.qty * given.price_from + MILLI // 2) // MILLI
    return Tag(dotted(_("New price"), given.reason), money(priced.gross - before, currency))


def _shares(line: Line, priced: PricedLine) -> tuple[int, ...]:
    """What each discount of a line took off; all in the first where it is not known apart."""
    if len(priced.discounts) == len(line.discounts):
        return priced.discounts
    return (priced.line_discount, *(0 for _discount in line.discounts[1:]))


def discount_words(discount: Discount, currency: str) -> str:
    """A discount and why: 10 % · Damaged."""
    much = (
        percent(discount.value)
        if discount.kind is DiscountKind.PERCENT
        else money(discount.value, currency)
    )
    return dotted(much, discount.reason)


def total_rows(basket: Basket, priced: Priced) -> tuple[Row, ...]:
    """What stands between the lines and the total."""
    currency = basket.currency
    rows = [Row(_("Subtotal"), money(priced.gross, currency))]
    promoted = sum(given.amount for given in priced.promotions)
    rows += _promotion_rows(basket, priced)
    for_points = sum(priced.discounts[len(basket.discounts) :]) if basket.rewards else 0
    if priced.discount > promoted + for_points:
        label = _("Discounts")
        if basket.discounts:
            label = _("Discounts, with {words} on the sale").format(
                words=discount_words(basket.discounts[0], currency)
            )
        by_hand = priced.discount - promoted - for_points
        rows.append(Row(label, money(-by_hand, currency), "good"))
    if for_points:
        rows.append(Row(_("For points"), money(-for_points, currency), "good"))
    included = priced.tax_included
    if len(priced.taxes) <= TAX_ROWS:
        for row in priced.taxes:
            if row.exempt:
                rows.append(Row(_("Tax exempt"), money(row.gross, currency), "faint"))
                continue
            form = _("VAT {rate} included") if included else _("VAT {rate}")
            words = form.format(rate=rate(row.rate_ppm))
            rows.append(Row(words, money(row.tax, currency), "faint"))
    else:
        form = _("VAT, {count} rates, included") if included else _("VAT, {count} rates")
        words = form.format(count=len(priced.taxes))
        rows.append(Row(words, money(priced.tax, currency), "faint"))
    return tuple(rows)


def _promotion_rows(basket: Basket, priced: Priced) -> list[Row]:
    """What promotions took off the goods together, those of the basket, coupons that wait."""
    currency = basket.currency
    of_goods = sum(given.amount for given in priced.promotions if not given.whole)
    rows = [Row(_("Promotions"), money(-of_goods, currency), "good")] if of_goods else []
    rows += [
        Row(given.label, money(-given.amount, currency), "good")
        for given in priced.promotions
        if given.whole
    ]
    used = {given.coupon for given in priced.promotions}
    rows += [
        Row(_("Coupon {code}").format(code=code), _("nothing fits yet"), "faint")
        for code in basket.coupons
        if code not in used
    ]
    return rows


def points_text(count: int) -> str:
    """1,240 pts."""
    form = ngettext("{points} pt", "{points} pts", count)
    return form.format(points=number(count))


def items_text(basket: Basket) -> str:
    """How many pieces: 6 items; a weighed line counts as one."""
    count = sum(line.qty // 1_000 if line.unit == PIECE else 1 for line in basket.lines)
    return ngettext("{count} item", "{count} items", count).format(count=count)


def payment_view(payment: Payment, currency: str) -> PaymentView:
    """A payment in words."""
    words = [tender_name(payment.tender)]
    if payment.given and payment.change:
        words.append(_("{amount} given").format(amount=money(payment.given, currency)))
    if payment.terminal:
        words.append(
            f"\u2022\u2022\u2022\u2022 {payment.last4}" if payment.last4 else payment.terminal
        )
    elif payment.account and payment.last4:
        words[0] += f" \u2022{payment.last4}"
    elif payment.reference:
        words.append(_("slip {reference}").format(reference=payment.reference))
    if payment.account and payment.left is not None:
        words.append(_("{amount} left").format(amount=money(payment.left, currency)))
    return PaymentView(
        TENDERS[payment.tender].icon,
        dotted(*words),
        money(-payment.amount, currency),
        locked=TENDERS[payment.tender].kind == "exchange",
    )


def tender_name(code: str) -> str:
    """What people call a tender."""
    return texts.tender_name(code)


def coin_views(change: int, currency: str) -> tuple[Coin, ...]:
    """The fewest notes and coins that make `change`; none where coins cannot."""
    try:
        pieces = coins(change, currency)
    except PosError:
        return ()
    cents = _("{count} c").format(count="")
    return tuple(
        Coin(denomination(worth, currency).removesuffix(cents), count, is_note(worth, currency))
        for worth, count in pieces[:6]
    )


def denomination(worth: int, currency: str) -> str:
    """A note or coin in a few signs: €5, 50 c."""
    whole = 10 ** minor_digits(currency)
    if worth >= whole or whole == 1:
        return short_money(worth, currency)
    return _("{count} c").format(count=worth) if whole == 100 else money(worth, currency)


def short_money(minor: int, currency: str) -> str:
    """An amount without decimals where it has none: €160."""
    text = money(minor, currency)
    whole = 10 ** minor_digits(currency)
    if whole == 1 or minor % whole:
        return text
    zeros = "0" * minor_digits(currency)
    for mark in (f".{zeros}", f",{zeros}"):
        if mark in text:
            return text.replace(mark, "")
    return text


def is_note(worth: int, currency: str) -> bool:
    """True for what is paper nearly everywhere: five whole units and more."""
    small = {"JPY": 1_000, "HUF": 50_000, "SEK": 2_000, "NOK": 5_000, "DKK": 5_000, "CZK": 10_000}
    return worth >= small.get(currency, 5 * int(10 ** minor_digits(currency)))
