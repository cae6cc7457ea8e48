"""An invoice: the sale once more, made out to a name, with a number of its own.

It states what tax law asks of an invoice to a business: both parties with their VAT ids, its own
number and date, the day of supply, each line with quantity, price, rate and amount, and net, tax
and gross by rate. It asks for no money: the receipt it names says how the sale was paid.
"""

from __future__ import annotations

from pos_app import words
from pos_app.domain.document import DiscountRow
from pos_app.domain.receipt import Block, Pair, Receipt, Row, Rule, Text
from pos_app.domain.store import Store
from pos_app.receipts.paper import Paper, tax_marks
from sync.protocol import FactBuyer, Invoiced, Sale


def invoice(
    invoiced: Invoiced,
    sale: Sale,
    store: Store,
    locale: str = "",
    copy_no: int = 0,
    *,
    cashier: str = "",
    reference: str = "",
) -> Receipt:
    """The invoice `invoiced` for `sale`; for rolls of paper and for A4 alike."""
    paper = Paper(store, locale, sale.currency)
    _ = paper.say
    moment = paper.moment(invoiced.t.wall)
    blocks: list[Block] = [
        *paper.copy_mark(copy_no),
        *paper.seller(),
        Rule(),
        *_buyer(paper, invoiced.buyer),
        Rule(),
        Pair(_("Invoice"), invoiced.doc_no, bold=True),
        Pair(_("Date of invoice"), moment),
        Pair(_("Date of supply"), words.date(sale.biz_date, paper.locale)),
        Pair(_("Receipt"), sale.doc_no),
        Pair(_("Issued by"), cashier or invoiced.actor),
        Rule(),
        *_lines(paper, sale),
        Rule(),
    ]
    blocks += paper.basket_cuts(sale)
    blocks += [
        Pair(_("Net"), paper.money(sale.net)),
        *(Pair(paper.rate(row), paper.money(row.tax)) for row in sale.taxes),
        paper.total(_("Total"), sale.total),
        *paper.rounding(sale.rounding, sale.payable),
        *paper.tax_table(sale.taxes, tax_marks(sale.taxes)),
        Rule(),
    ]
    for payment in sale.payments:
        told = _("Paid: {tender}").format(tender=paper.tender(payment.tender))
        blocks.append(Pair(told, paper.money(payment.amount)))
    blocks.append(Pair(_("Still to pay"), paper.money(0), bold=True))
    blocks += paper.foot(invoiced.doc_no, reference, copy_no)
    return Receipt(tuple(blocks), title=invoiced.doc_no, locale=paper.locale)


def _buyer(paper: Paper, buyer: FactBuyer) -> list[Block]:
    _ = paper.say
    blocks: list[Block] = [Text(_("Made out to")), Text(buyer.name, bold=True)]
    blocks += [Text(line) for line in buyer.address if line]
    if buyer.vat_id:
        blocks.append(Text(_("VAT id {number}").format(number=buyer.vat_id)))
    return blocks


def _lines(paper: Paper, sale: Sale) -> list[Block]:
    """A table of the lines; what was taken off a line is a row of its own under it."""
    _ = paper.say
    marks = tax_marks(sale.taxes)
    rows: list[Block] = [
        Row((_("Item"), _("Quantity"), _("Price"), _("Tax"), _("Amount")), bold=True)
    ]
    for line in sale.lines:
        rate = words.rate(line.rate_ppm, paper.locale)
        rows.append(
            Row(
                (
                    words.listed(filter(None, (line.label, line.variant)), paper.locale),
                    paper.quantity(line),
                    paper.amount(line.unit_price),
                    f"{marks.get(line.tax_code, '')} {rate}".strip(),
                    paper.amount(line.gross),
                )
            )
        )
        rows += [
            Row((block.text, "", "", "", ""))
            for block in (*paper.about(line)[bool(line.variant) :], *paper.instead(line))
            if isinstance(block, Text)
        ]
        for row in line.promo:
            if not row.whole:
                name = paper.promotion(row).left
                rows.append(Row((name, "", "", "", paper.amount(-row.amount))))
        rows += [_taken(paper, given) for given in line.disc]
    return rows


def _taken(paper: Paper, given: DiscountRow) -> Row:
    name = paper.discount(given).left
    return Row((name, "", "", "", paper.amount(-given.amount)))
