"""Receipts from facts: what a sale, a void, a copy and a Z say on paper, in the store's language.

Everything printed comes from the fact (never from today's catalogue), so a copy made next year says
what was sold. Amounts in the facts are minor units; a void's are negative and stay so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pos_app import words
from pos_app.domain.receipt import (
    Align,
    Barcode,
    Blank,
    Block,
    Pair,
    Qr,
    Receipt,
    Row,
    Rule,
    Size,
    Text,
)
from pos_app.domain.store import Store
from pos_app.receipts.order_slips import handed_lines
from pos_app.receipts.paper import Paper, marked, tax_marks
from pos_app.receipts.points import points_lines
from sync.protocol import Sale, Voided


def sale_receipt(
    sale: Sale,
    store: Store,
    locale: str = "",
    copy_no: int = 0,
    *,
    cashier: str = "",
    reference: str = "",
    return_days: int = 0,
    handed: tuple[str, Sequence[tuple[str, int]]] = ("", ()),
) -> Receipt:
    """The receipt of a sale; `copy_no` from 1 marks a numbered copy.

    `locale` empty is the store's. `cashier` is the name to print (the staff id where empty),
    `reference` the text of a `domain.proof.SaleProof`: without it there is no QR code. Goods may
    come back for `return_days`; 0 says nothing of it. `handed` is the customer's order that was
    handed over with it, and (title, thousandths) of its goods.
    """
    paper = Paper(store, locale, sale.currency)
    _ = paper.say
    blocks = paper.head(_("Receipt"), sale.doc_no, sale.t.wall, sale.till, cashier or sale.actor)
    blocks[:0] = paper.copy_mark(copy_no)
    marks = tax_marks(sale.taxes)
    for line in sale.lines:
        blocks += paper.line(line, marks)
    blocks.append(Rule())
    blocks += paper.basket_cuts(sale)
    if not sale.tax_included:
        blocks.append(Pair(_("Net"), paper.money(sale.net)))
        blocks += [Pair(paper.rate(row), paper.money(row.tax)) for row in sale.taxes]
    blocks.append(paper.total(_("Total"), sale.total))
    blocks += paper.rounding(sale.rounding, sale.payable)
    for payment in sale.payments:
        shown = payment.given if payment.change else payment.amount
        blocks += paper.payment(payment, paper.tender(payment.tender), shown)
    if sale.change:
        blocks.append(Pair(_("Change"), paper.money(sale.change), bold=True))
    blocks += paper.tax_table(sale.taxes, marks)
    blocks += points_lines(paper, sale.points)
    name, goods = handed
    if goods:
        told = _("Handed over of order {name}").format(name=name)
        blocks += [Rule(), Text(told, bold=True), *handed_lines(goods, paper.locale)]
    if sale.note:
        blocks += [Rule(), Text(sale.note)]
    foot = paper.foot(sale.doc_no, reference, copy_no)
    blocks += [foot[0], *paper.back_by(sale.biz_date, return_days), *foot[1:]]
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
    paper = Paper(store, locale, void.currency)
    _ = paper.say
    blocks = paper.head(_("Void"), void.doc_no, void.t.wall, void.till, cashier or void.actor)
    blocks[:0] = paper.copy_mark(copy_no)
    blocks += [
        Pair(_("Takes back"), void.sale_doc),
        Text(_("Reason: {reason}").format(reason=void.reason)),
        Rule(),
    ]
    marks = tax_marks(void.taxes)
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


def trial_page(
    store: Store, printer: str, profile: str, now: datetime, locale: str = ""
) -> Receipt:
    """A page that shows whether a printer is set up rightly: width, characters, sizes, QR, cut.

    `now` is UTC and aware; `printer` and `profile` are printed as they are named.
    """
    paper = Paper(store, locale, store.currency)
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


def mark_duplicate(receipt: Receipt) -> Receipt:
    """The receipt marked as one that may be on paper already: what a spool prints after doubt."""
    mark = Text(words.gettext("POSSIBLE DUPLICATE", receipt.locale), Align.CENTRE, bold=True)
    return replace(receipt, blocks=(mark, Rule(), *receipt.blocks))


def mark_copy(receipt: Receipt) -> Receipt:
    """The receipt marked as a copy that nobody numbered: what support looks at."""
    said = words.gettext("COPY", receipt.locale)
    mark: list[Block] = [Text(said, Align.CENTRE, bold=True)]
    return replace(receipt, blocks=tuple(marked(receipt.blocks, mark)))


def mark_training(receipt: Receipt) -> Receipt:
    """The receipt of an exercise: says so at both ends and in the middle, and has no codes."""
    said = words.gettext("TRAINING", receipt.locale)
    told = words.gettext("Not a receipt. Nothing was sold.", receipt.locale)
    mark: list[Block] = [
        Text(said, Align.CENTRE, bold=True, size=Size.LARGE),
        Text(told, Align.CENTRE, bold=True),
        Rule(double=True),
    ]
    kept = [block for block in receipt.blocks if not isinstance(block, Qr | Barcode)]
    total = next((place for place, block in enumerate(kept) if _is_total(block)), len(kept) // 2)
    middle = Text(f"*** {said} ***", Align.CENTRE, bold=True)
    return replace(receipt, blocks=tuple(marked([*kept[:total], middle, *kept[total:]], mark)))


def _is_total(block: Block) -> bool:
    return isinstance(block, Pair) and block.size is Size.LARGE
