"""Receipts from facts: what a sale, a void, a copy and a Z say on paper, in the store's language.

Everything printed comes from the fact (never from today's catalogue), so a copy made next year says
what was sold. Amounts in the facts are minor units; a void's are negative and stay so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pos_app import words
from pos_app.domain.document import DiscountRow, LineRow, TaxLine
from pos_app.domain.money import MILLI
from pos_app.domain.receipt import Align, Blank, Block, Pair, Qr, Receipt, Row, Rule, Size, Text
from pos_app.domain.store import Store
from sync.protocol import Sale, ShiftClosed, Voided


def sale_receipt(
    sale: Sale,
    store: Store,
    locale: str = "",
    copy_no: int = 0,
    *,
    cashier: str = "",
    reference: str = "",
) -> Receipt:
    """The receipt of a sale; `copy_no` from 1 marks a numbered copy.

    `locale` empty is the store's. `cashier` is the name to print (the staff id where empty),
    `reference` the text of a `domain.proof.SaleProof`: without it there is no QR code.
    """
    paper = _Paper(store, locale, sale.currency)
    _ = paper.say
    blocks = paper.head(_("Receipt"), sale.doc_no, sale.t.wall, sale.till, cashier or sale.actor)
    blocks[:0] = paper.copy_mark(copy_no)
    marks = _tax_marks(sale.taxes)
    for line in sale.lines:
        blocks += paper.line(line, marks)
    blocks.append(Rule())
    if sale.disc:
        lines_total = sum(line.total + line.basket_disc for line in sale.lines)
        blocks.append(Pair(_("Subtotal"), paper.money(lines_total)))
        blocks += [paper.discount(given) for given in sale.disc]
    if not sale.tax_included:
        blocks.append(Pair(_("Net"), paper.money(sale.net)))
        blocks += [Pair(paper.rate(row), paper.money(row.tax)) for row in sale.taxes]
    blocks.append(paper.total(_("Total"), sale.total))
    blocks += paper.rounding(sale.rounding, sale.payable)
    for payment in sale.payments:
        shown = payment.given if payment.change else payment.amount
        blocks.append(Pair(paper.tender(payment.tender), paper.money(shown)))
        if payment.ref:
            blocks.append(Text(f"  {payment.ref}"))
    if sale.change:
        blocks.append(Pair(_("Change"), paper.money(sale.change), bold=True))
    blocks += paper.tax_table(sale.taxes, marks)
    if sale.note:
        blocks += [Rule(), Text(sale.note)]
    blocks += paper.foot(sale.doc_no, reference, copy_no)
    return Receipt(tuple(blocks), title=sale.doc_no, locale=paper.locale)


def void_receipt(
    void: Voided,
    store: Store,
    locale: str = "",
    copy_no: int = 0,
    *,
    cashier: str = "",
    reference: str = "",
) -> Receipt:
    """The counter-document of a sale: every amount negative, with the sale it takes back."""
    paper = _Paper(store, locale, void.currency)
    _ = paper.say
    blocks = paper.head(_("Void"), void.doc_no, void.t.wall, void.till, cashier or void.actor)
    blocks[:0] = paper.copy_mark(copy_no)
    blocks += [
        Pair(_("Takes back"), void.sale_doc),
        Text(_("Reason: {reason}").format(reason=void.reason)),
        Rule(),
    ]
    marks = _tax_marks(void.taxes)
    for line in void.lines:
        blocks += paper.line(line, marks)
    blocks += [Rule(), paper.total(_("Total"), void.total)]
    blocks += paper.rounding(void.rounding, void.payable)
    blocks += [
        Pair(paper.tender(payment.tender), paper.money(payment.amount)) for payment in void.payments
    ]
    blocks += paper.tax_table(void.taxes, marks)
    blocks += [Blank(2), Rule(), Text(_("Customer's signature"))]
    blocks += paper.foot(void.doc_no, reference, copy_no)
    return Receipt(tuple(blocks), title=void.doc_no, locale=paper.locale)


def z_receipt(z: ShiftClosed, store: Store, locale: str = "", *, cashier: str = "") -> Receipt:
    """The report of a closed shift: totals, taxes, what was counted, and what is still unsent."""
    paper = _Paper(store, locale, z.currency)
    _ = paper.say
    number = _("Z {number}").format(number=z.z_no)
    blocks = paper.head(_("Shift report"), number, z.t.wall, z.till, cashier or z.actor)
    blocks += [
        Pair(_("Business day"), words.date(z.biz_date, paper.locale)),
        Pair(_("Shift"), str(z.number)),
        Pair(_("Opened"), paper.moment(z.opened)),
        Pair(_("Closed"), paper.moment(z.t.wall)),
        Rule(),
        Pair(_("Sales"), str(z.sales)),
        Pair(_("Voids"), str(z.voids)),
        Pair(_("Before discounts"), paper.money(z.gross)),
        Pair(_("Discounts"), paper.money(-z.discount)),
        Pair(_("Net"), paper.money(z.net)),
        Pair(_("Tax"), paper.money(z.tax)),
        paper.total(_("Total"), z.total),
    ]
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
    blocks += [
        Rule(),
        Pair(_("Drawer opened without a sale"), str(z.drawer_opens)),
        Pair(_("Baskets cancelled"), str(z.cancelled)),
        Pair(_("Copies printed"), str(z.copies)),
        Pair(_("Journal entries"), f"{z.first_seq} - {z.last_seq}"),
    ]
    if z.unsent:
        blocks.append(Pair(_("Not yet at head office"), str(z.unsent), bold=True))
        blocks.append(Pair(_("of them worth"), paper.money(z.unsent_total)))
    blocks += [Blank(2), Rule(), Text(_("Signature"))]
    return Receipt(tuple(blocks), title=number, locale=paper.locale)


def trial_page(
    store: Store, printer: str, profile: str, now: datetime, locale: str = ""
) -> Receipt:
    """A page that shows whether a printer is set up rightly: width, characters, sizes, QR, cut.

    `now` is UTC and aware; `printer` and `profile` are printed as they are named.
    """
    paper = _Paper(store, locale, store.currency)
    _ = paper.say
    blocks: list[Block] = [
        Text(_("Test page"), Align.CENTRE, bold=True, size=Size.LARGE),
        Text(store.name, Align.CENTRE),
        Pair(_("Printer"), printer),
        Pair(_("Profile"), profile),
        Pair(_("Printed"), paper.moment(now.isoformat())),
        Rule(double=True),
        Pair(_("The amount stands at the edge"), paper.money(123_456)),
        Row((_("Tax"), paper.amount(1_000), paper.amount(200), paper.amount(1_200))),
        Text("ÄÖÜäöüß ÀÉÈÊÎÔÛÇ éèêëïñ ÅÆØåæø"),
        Text("€ £ ¥ “ ” … \N{EN DASH} \N{MULTIPLICATION SIGN} \N{MINUS SIGN}"),
        Text("Ελληνικά Кириллица Čeština Łódź"),
        Text("العربية עברית 日本語"),
        Text(_("bold"), bold=True),
        Rule(),
        Qr("HOLDFAST TEST"),
        Text(_("If this is cut below the line, all is well."), Align.CENTRE),
        Rule(),
    ]
    return Receipt(tuple(blocks), title=_("Test page"), locale=paper.locale)


def with_reference(receipt: Receipt, reference: str) -> Receipt:
    """The receipt with its QR code: for a document built before its entry had a hash."""
    kept = [block for block in receipt.blocks if not isinstance(block, Qr)]
    at = next(
        (place for place, block in enumerate(kept) if block == _number(receipt.title)), len(kept)
    )
    return replace(receipt, blocks=(*kept[:at], Qr(reference), *kept[at:]))


def mark_duplicate(receipt: Receipt) -> Receipt:
    """The receipt marked as one that may be on paper already: what a spool prints after doubt."""
    mark = Text(words.gettext("POSSIBLE DUPLICATE", receipt.locale), Align.CENTRE, bold=True)
    return replace(receipt, blocks=(mark, Rule(), *receipt.blocks))


class _Paper:
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
        _ = self.say
        return {"cash": _("Cash"), "card": _("Card")}.get(code, code)

    def copy_mark(self, copy_no: int) -> list[Block]:
        """The line that tells a copy from the receipt; nothing for the receipt itself."""
        if not copy_no:
            return []
        told = self.say("COPY {number}").format(number=copy_no)
        return [Text(told, Align.CENTRE, bold=True)]

    def money(self, minor: int) -> str:
        return words.money(minor, self.currency, self.locale)

    def amount(self, minor: int) -> str:
        return words.amount(minor, self.currency, self.locale)

    def moment(self, wall: str) -> str:
        when = datetime.fromisoformat(wall)
        date = words.date_of(when, self.store.zone, self.locale)
        return f"{date} {words.clock(when, self.store.zone, self.locale)}"

    def head(self, kind: str, number: str, wall: str, till: str, cashier: str) -> list[Block]:
        _ = self.say
        blocks: list[Block] = [Text(self.store.name, Align.CENTRE, bold=True, size=Size.LARGE)]
        blocks += [Text(line, Align.CENTRE) for line in self.store.address if line]
        if self.store.vat_id:
            vat = _("VAT id {number}").format(number=self.store.vat_id)
            blocks.append(Text(vat, Align.CENTRE))
        return [
            *blocks,
            Blank(),
            Pair(kind, number, bold=True),
            Pair(self.moment(wall), _("Till {till} · {name}").format(till=till, name=cashier)),
            Rule(),
        ]

    def line(self, line: LineRow, marks: dict[str, str]) -> list[Block]:
        mark = marks.get(line.tax_code, "")
        shown = f"{self.money(line.gross)} {mark}" if mark else self.money(line.gross)
        blocks: list[Block] = [Pair(line.label, shown)]
        if line.variant:
            blocks.append(Text(f"  {line.variant}"))
        if abs(line.qty) != MILLI or line.unit != "piece":
            quantity = words.quantity(line.qty, line.unit, self.locale)
            blocks.append(
                Text(f"  {quantity} \N{MULTIPLICATION SIGN} {self.money(line.unit_price)}")
            )
        blocks += [self.discount(given, mark) for given in line.disc]
        if line.note:
            blocks.append(Text(f"  {line.note}"))
        return blocks

    def discount(self, given: DiscountRow, mark: str = "") -> Block:
        _ = self.say
        name = _("Discount")
        if given.kind == "percent":
            name = f"{name} {words.percent(given.value, self.locale)}"
        if given.reason:
            name = f"{name} · {given.reason}"
        shown = self.money(-given.amount)
        return Pair(f"  {name}", f"{shown} {mark}" if mark else shown)

    def total(self, name: str, minor: int) -> Block:
        return Pair(name, self.money(minor), bold=True, size=Size.LARGE)

    def rounding(self, rounding: int, payable: int) -> list[Block]:
        _ = self.say
        if not rounding:
            return []
        return [
            Pair(_("Cash rounding"), self.money(rounding)),
            Pair(_("To pay"), self.money(payable), bold=True),
        ]

    def rate(self, row: TaxLine) -> str:
        _ = self.say
        if row.exempt:
            return row.label or _("Exempt")
        return f"{row.label} {words.rate(row.rate_ppm, self.locale)}".strip()

    def tax_table(self, taxes: Sequence[TaxLine], marks: dict[str, str]) -> list[Block]:
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
        return blocks

    def foot(self, number: str, reference: str, copy_no: int) -> list[Block]:
        blocks: list[Block] = [Rule()]
        if reference:
            blocks.append(Qr(reference))
        blocks.append(_number(number))
        blocks += [Text(line, Align.CENTRE) for line in self.store.footer.splitlines() if line]
        return blocks + self.copy_mark(copy_no)


def _number(number: str) -> Text:
    return Text(number, Align.CENTRE, size=Size.SMALL)


def _tax_marks(taxes: Sequence[TaxLine]) -> dict[str, str]:
    """Tax code -> the letter its lines carry; none where all lines have one rate."""
    if len(taxes) < 2:
        return {}
    return {row.code: chr(ord("A") + place) for place, row in enumerate(taxes)}
