"""What the papers of one store have in common: its head, its lines, taxes, foot and markings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from pos_app import words
from pos_app.domain import value_code
from pos_app.domain.basket import DiscountKind
from pos_app.domain.document import DiscountRow, LineRow, PaymentRow, PromoRow, TaxLine
from pos_app.domain.money import MILLI
from pos_app.domain.promotion import SWAPPED
from pos_app.domain.receipt import Align, Barcode, Blank, Block, Pair, Qr, Row, Rule, Size, Text
from pos_app.domain.returns import last_day
from pos_app.domain.store import Store
from pos_app.domain.tender import EXCHANGE

BULLETS = "\N{BULLET}" * 4
TIMES = "\N{MULTIPLICATION SIGN}"


class Reduced(Protocol):
    """A sale, by what takes off its whole basket."""

    @property
    def lines(self) -> Sequence[LineRow]:
        """Its lines."""

    @property
    def promo(self) -> Sequence[PromoRow]:
        """Promotions of the document."""

    @property
    def disc(self) -> Sequence[DiscountRow]:
        """What somebody took off the basket."""


class Paper:
    """One receipt's store, language and currency."""

    def __init__(self, store: Store, locale: str, currency: str) -> None:
        self.store = store
        self.locale = locale or store.locale
        self.currency = currency

    def say(self, message: str) -> str:
        """A text in the receipt's language, whatever the window's is."""
        return words.gettext(message, self.locale)

    def tender(self, code: str) -> str:
        """What a way to pay is called."""
        return words.tender_name(code, self.locale)

    def money(self, minor: int) -> str:
        """An amount with its currency."""
        return words.money(minor, self.currency, self.locale)

    def amount(self, minor: int) -> str:
        """An amount for a column that names the currency once."""
        return words.amount(minor, self.currency, self.locale)

    def moment(self, wall: str) -> str:
        """A UTC moment of a fact as the shop's calendar and clock said it."""
        when = datetime.fromisoformat(wall)
        date = words.date_of(when, self.store.zone, self.locale)
        return f"{date} {words.clock(when, self.store.zone, self.locale)}"

    def copy_mark(self, copy_no: int) -> list[Block]:
        """The line that tells a copy from the receipt; nothing for the receipt itself."""
        if not copy_no:
            return []
        _ = self.say
        told = _("COPY {number}").format(number=copy_no)
        return [Text(told, Align.CENTRE, bold=True)]

    def seller(self) -> list[Block]:
        """Who sells: name, address, VAT id."""
        _ = self.say
        blocks: list[Block] = [Text(self.store.name, Align.CENTRE, bold=True, size=Size.LARGE)]
        blocks += [Text(line, Align.CENTRE) for line in self.store.address if line]
        if self.store.vat_id:
            vat = _("VAT id {number}").format(number=self.store.vat_id)
            blocks.append(Text(vat, Align.CENTRE))
        return blocks

    def head(self, kind: str, number: str, wall: str, till: str, cashier: str) -> list[Block]:
        """The seller, which document this is, when and by whom it was made."""
        _ = self.say
        return [
            *self.seller(),
            Blank(),
            Pair(kind, number, bold=True),
            Pair(self.moment(wall), _("Till {till} · {name}").format(till=till, name=cashier)),
            Rule(),
        ]

    def line(self, line: LineRow, marks: dict[str, str]) -> list[Block]:
        """A sold line: its price before discounts, then what was taken off and why."""
        if line.order:
            _ = self.say
            named = Pair(_("Order {name}").format(name=line.label), self.money(line.gross))
            told = (line.variant, line.note)  # of goods that another store hands over
            return [named, *(Text(f"  {text}") for text in told if text)]
        if line.value:
            masked = [Text(f"  {value_code.shown(line.variant)}")] if line.variant else []
            kind = line.value.partition("/")[0]
            name = self.tender(value_code.TENDERS.get(kind, kind))
            return [Pair(name, self.money(line.gross)), *masked]
        mark = marks.get(line.tax_code, "")
        shown = f"{self.money(line.gross)} {mark}" if mark else self.money(line.gross)
        blocks: list[Block] = [Pair(line.label, shown), *self.about(line), *self.instead(line)]
        if abs(line.qty) != MILLI or line.unit != "piece":
            blocks.insert(1, Text(f"  {self.quantity(line)} {TIMES} {self.money(line.unit_price)}"))
        blocks += [self.promotion(each, mark) for each in line.promo if not each.whole]
        blocks += [self.discount(given, mark) for given in line.disc]
        if line.note:
            blocks.append(Text(f"  {line.note}"))
        return blocks

    def about(self, line: LineRow) -> list[Block]:
        """Which of its kind it was: size and colour, lot, best before, its very number."""
        _ = self.say
        told = [line.variant] if line.variant else []
        if line.lot:
            told.append(_("Lot {number}").format(number=line.lot))
        if line.expiry:
            told.append(_("Best before {date}").format(date=self._date(line.expiry)))
        if line.serial:
            told.append(_("No. {serial}").format(serial=line.serial))
        return [Text(f"  {text}") for text in told]

    def _date(self, text: str) -> str:
        """A date of a label, written as the shop writes dates; as it came where it is none."""
        try:
            return words.date(text, self.locale)
        except ValueError:
            return text

    def instead(self, line: LineRow) -> list[Block]:
        """What it would have cost, where somebody sold it at another price, and why."""
        changed = line.override
        if changed is None:
            return []
        _ = self.say
        told = _("Instead of {amount}").format(amount=self.money(changed.price_from))
        why = _("the price once paid") if changed.reason == SWAPPED else changed.reason
        return [Text(f"  {told} · {why}" if why else f"  {told}")]

    def basket_cuts(self, sale: Reduced) -> list[Block]:
        """What its lines come to and what was taken off the whole; nothing where nothing was."""
        whole = [given for given in sale.promo if given.whole]
        if not (whole or sale.disc):
            return []
        _ = self.say
        off = sum(line.basket_disc for line in sale.lines) + sum(each.amount for each in whole)
        return [
            Pair(_("Subtotal"), self.money(sum(line.total for line in sale.lines) + off)),
            *(self.promotion(given) for given in whole),
            *(self.discount(given) for given in sale.disc),
        ]

    def payment(self, paid: PaymentRow, name: str, shown: int) -> list[Block]:
        """A payment; of a card what its holder finds on the statement."""
        card = f"{BULLETS} {paid.last4}" if paid.last4 else ""
        ref = "" if paid.tender == EXCHANGE else paid.ref  # of an exchange it is a word of ours
        told = " · ".join(part for part in (card, paid.auth, ref) if part)
        rows: list[Block] = [Pair(name, self.money(shown)), *([Text(f"  {told}")] if told else [])]
        if paid.account and paid.left is not None:
            _ = self.say
            left = _("Left on it: {amount}").format(amount=self.money(paid.left))
            rows.append(Text(f"  {left}"))
        return rows

    def quantity(self, line: LineRow) -> str:
        """How much of it, in its unit."""
        return words.quantity(line.qty, line.unit, self.locale)

    def promotion(self, given: PromoRow, mark: str = "") -> Pair:
        """What a promotion took off, by the name the shop gave it."""
        shown = self.money(-given.amount)
        return Pair(f"  {given.label}", f"{shown} {mark}" if mark else shown)

    def discount(self, given: DiscountRow, mark: str = "") -> Pair:
        """What somebody took off, and why."""
        _ = self.say
        if given.kind == DiscountKind.REWARD:
            count = words.number(given.value, self.locale)
            name = _("For {points} points").format(points=count)
            return Pair(f"  {name}", self.money(-given.amount))
        name = _("Discount")
        if given.kind == "percent":
            name = f"{name} {words.percent(given.value, self.locale)}"
        if given.reason:
            name = f"{name} · {given.reason}"
        shown = self.money(-given.amount)
        return Pair(f"  {name}", f"{shown} {mark}" if mark else shown)

    def total(self, name: str, minor: int) -> Pair:
        """The one large amount."""
        return Pair(name, self.money(minor), bold=True, size=Size.LARGE)

    def rounding(self, rounding: int, payable: int) -> list[Block]:
        """What small coins that do not exist made of the total."""
        _ = self.say
        if not rounding:
            return []
        return [
            Pair(_("Cash rounding"), self.money(rounding)),
            Pair(_("To pay"), self.money(payable), bold=True),
        ]

    def rate(self, row: TaxLine) -> str:
        """A tax in a sum: its name and rate, or that there is none."""
        _ = self.say
        if row.exempt:
            return row.label or _("Exempt")
        return f"{row.label} {words.rate(row.rate_ppm, self.locale)}".strip()

    def tax_table(self, taxes: Sequence[TaxLine], marks: dict[str, str]) -> list[Block]:
        """Net, tax and gross by rate; under it why what is exempt is exempt."""
        _ = self.say
        if not taxes:
            return []
        head = Row((_("Tax"), _("Net"), _("Tax"), _("Gross")), bold=True)
        blocks: list[Block] = [Rule(), head]
        for row in taxes:
            mark = marks.get(row.code, "")
            name = _("Exempt") if row.exempt else words.rate(row.rate_ppm, self.locale)
            cells = map(self.amount, (row.net, row.tax, row.gross))
            blocks.append(Row((f"{mark} {name}".strip(), *cells)))
        for row in taxes:
            if row.exempt and row.label:
                why = _("Exempt: {reason}").format(reason=row.label)
                blocks.append(Text(f"{marks.get(row.code, '')} {why}".strip()))
        return blocks

    def back_by(self, sold: str, days: int) -> list[Block]:
        """Until when goods sold on that business day may come back; nothing without an end."""
        if days <= 0:
            return []
        form = words.ngettext(
            "Return within {count} day, until {date}.",
            "Return within {count} days, until {date}.",
            days,
            self.locale,
        )
        told = form.format(
            count=words.number(days, self.locale),
            date=words.date(last_day(sold, days), self.locale),
        )
        return [Text(told, Align.CENTRE)]

    def foot(self, number: str, reference: str, copy_no: int) -> list[Block]:
        """Codes to find the sale by, and what the shop wants to say."""
        blocks: list[Block] = [Rule()]
        if reference:
            blocks.append(Qr(reference))
        blocks.append(Barcode(number))
        blocks += [Text(line, Align.CENTRE) for line in self.store.footer.splitlines() if line]
        return blocks + self.copy_mark(copy_no)


def tax_marks(taxes: Sequence[TaxLine]) -> dict[str, str]:
    """Tax code -> the letter its lines carry; none where all lines have one rate."""
    if len(taxes) < 2:
        return {}
    return {row.code: chr(ord("A") + place) for place, row in enumerate(taxes)}


def marked(blocks: Iterable[Block], mark: list[Block]) -> list[Block]:
    """The blocks with a mark at both ends, so that neither can be torn off unseen."""
    return [*mark, *blocks, *mark]
