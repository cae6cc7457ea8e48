"""The paper of an exchange: what came back, what went out, and the money between them, as one."""

from __future__ import annotations

from collections.abc import Sequence

from pos_app.domain.receipt import Blank, Block, Pair, Receipt, Rule, Text
from pos_app.domain.store import Store
from pos_app.domain.tender import EXCHANGE
from pos_app.receipts.paper import Paper, tax_marks
from pos_app.receipts.points import points_lines
from pos_app.receipts.refund import points_back, returned_line
from sync.protocol import FactTax, Refunded, Sale


def exchange_receipt(
    sale: Sale,
    refund: Refunded,
    store: Store,
    locale: str = "",
    copy_no: int = 0,
    *,
    cashier: str = "",
    approver: str = "",
    reference: str = "",
    return_days: int = 0,
    points: tuple[int, int] = (0, 0),
) -> Receipt:
    """Both documents with their numbers; the code is the new sale's, which can come back too."""
    paper = Paper(store, locale, sale.currency)
    _ = paper.say
    by = cashier or sale.actor
    blocks = paper.head(_("Exchange"), sale.doc_no, sale.t.wall, sale.till, by)
    blocks[:0] = paper.copy_mark(copy_no)
    taxes = together(refund.taxes, sale.taxes)
    marks = tax_marks(taxes)
    blocks += [Text(_("Coming back"), bold=True), Pair(_("Of sale"), refund.sale_doc)]
    blocks.append(Pair(_("Refund"), refund.doc_no))
    for back in refund.lines:
        blocks += returned_line(paper, back, marks)
    blocks += [Rule(), Text(_("Going out"), bold=True)]
    for line in sale.lines:
        blocks += paper.line(line, marks)
    blocks.append(Rule())
    blocks += paper.basket_cuts(sale)
    blocks.append(Pair(_("Coming back"), paper.money(refund.total)))
    blocks.append(Pair(_("Going out"), paper.money(sale.total)))
    blocks += _money(paper, sale, refund)
    blocks += paper.tax_table(taxes, marks)
    blocks += points_back(paper, points)
    blocks += points_lines(paper, sale.points)
    if sale.note:
        blocks += [Rule(), Text(sale.note)]
    if approver:
        blocks.append(Text(_("Agreed: {name}").format(name=approver)))
    blocks += [Blank(2), Rule(), Text(_("Customer's signature"))]
    foot = paper.foot(sale.doc_no, reference, copy_no)
    blocks += [foot[0], *paper.back_by(sale.biz_date, return_days), *foot[1:]]
    return Receipt(tuple(blocks), title=sale.doc_no, locale=paper.locale)


def _money(paper: Paper, sale: Sale, refund: Refunded) -> list[Block]:
    """What is left between the two: paid, paid back, or nothing."""
    _ = paper.say
    rest = sale.total + refund.total
    name = _("To pay") if rest > 0 else _("Paid back") if rest < 0 else _("Nothing to pay")
    blocks: list[Block] = [paper.total(name, rest)]
    rounding = sale.rounding + refund.rounding
    if rounding:
        blocks.append(Pair(_("Cash rounding"), paper.money(rounding)))
    for paid in (*refund.payments, *sale.payments):
        if paid.tender != EXCHANGE:
            shown = paid.given if paid.change else paid.amount
            blocks += paper.payment(paid, paper.tender(paid.tender), shown)
    if sale.change:
        blocks.append(Pair(_("Change"), paper.money(sale.change), bold=True))
    return blocks


def together(back: Sequence[FactTax], out: Sequence[FactTax]) -> list[FactTax]:
    """The tax of both documents by rate, highest first; what comes to nothing stays to be seen."""
    sums: dict[tuple[str, int], list[int]] = {}
    told = {(row.code, row.rate_ppm): row for row in (*back, *out)}
    for row in (*back, *out):
        both = sums.setdefault((row.code, row.rate_ppm), [0, 0, 0])
        both[0] += row.net
        both[1] += row.tax
        both[2] += row.gross
    rows = [
        FactTax(code, rate, net, tax, gross, told[code, rate].label, told[code, rate].exempt)
        for (code, rate), (net, tax, gross) in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row.rate_ppm, row.code))
