"""The document of a refund: what came back of which sale, the money that went with it, a signature."""

from __future__ import annotations

from pos_app import words
from pos_app.domain.money import MILLI
from pos_app.domain.receipt import Blank, Block, Pair, Receipt, Rule, Text
from pos_app.domain.returns import DAMAGED, SUPPLIER
from pos_app.domain.store import Store
from pos_app.domain.tender import EXCHANGE
from pos_app.receipts.paper import TIMES, Paper, tax_marks
from sync.protocol import Refunded, RefundedLine


def refund_receipt(
    refund: Refunded,
    store: Store,
    locale: str = "",
    copy_no: int = 0,
    *,
    cashier: str = "",
    approver: str = "",
    points: tuple[int, int] = (0, 0),
) -> Receipt:
    """Every amount negative; each line with what was taken off it when it was sold.

    `points` are those taken back of what the sale earned, and given back of what was spent on it.
    """
    paper = Paper(store, locale, refund.currency)
    _ = paper.say
    by = cashier or refund.actor
    blocks = paper.head(_("Refund"), refund.doc_no, refund.t.wall, refund.till, by)
    blocks[:0] = paper.copy_mark(copy_no)
    blocks += [Pair(_("Of sale"), refund.sale_doc), Rule()]
    marks = tax_marks(refund.taxes)
    for line in refund.lines:
        blocks += returned_line(paper, line, marks)
    blocks.append(Rule())
    if not refund.tax_included:
        blocks.append(Pair(_("Net"), paper.money(refund.net)))
        blocks += [Pair(paper.rate(row), paper.money(row.tax)) for row in refund.taxes]
    blocks.append(paper.total(_("Total"), refund.total))
    if refund.rounding:
        blocks.append(Pair(_("Cash rounding"), paper.money(refund.rounding)))
    for paid in refund.payments:
        blocks.append(Pair(paper.tender(paid.tender), paper.money(paid.amount)))
        if paid.ref and paid.tender != EXCHANGE:
            blocks.append(Text(f"  {paid.ref}"))
    blocks += paper.tax_table(refund.taxes, marks)
    blocks += points_back(paper, points)
    if approver:
        blocks.append(Text(_("Agreed: {name}").format(name=approver)))
    blocks += [Blank(2), Rule(), Text(_("Customer's signature"))]
    blocks += paper.foot(refund.doc_no, "", copy_no)
    return Receipt(tuple(blocks), title=refund.doc_no, locale=paper.locale)


def points_back(paper: Paper, points: tuple[int, int]) -> list[Block]:
    """What a return did to points; nothing where it did nothing."""
    _ = paper.say
    taken, given = points
    told = ((_("Points taken back"), -taken), (_("Points given back"), given))
    return [Pair(name, words.number(count, paper.locale)) for name, count in told if count]


def returned_line(paper: Paper, line: RefundedLine, marks: dict[str, str]) -> list[Block]:
    """A line that came back: what it cost, what was taken off it when it was sold, how it is."""
    _ = paper.say
    mark = marks.get(line.tax_code, "")
    blocks: list[Block] = [Pair(line.label, f"{paper.money(line.gross)} {mark}".rstrip())]
    if abs(line.qty) != MILLI or line.unit != "piece":
        blocks.append(Text(f"  {_quantity(paper, line)} {TIMES} {paper.money(line.unit_price)}"))
    if line.variant:
        blocks.append(Text(f"  {line.variant}"))
    taken = line.total - line.gross
    if taken:
        blocks.append(Pair(f"  {_('Discount')}", f"{paper.money(taken)} {mark}".rstrip()))
    told = {DAMAGED: _("Damaged"), SUPPLIER: _("Goes back to the supplier")}.get(line.condition)
    if told:
        blocks.append(Text(f"  {told}"))
    return blocks


def _quantity(paper: Paper, line: RefundedLine) -> str:
    return words.quantity(line.qty, line.unit, paper.locale)
