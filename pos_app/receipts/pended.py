"""The slip for goods that were taken in and nobody paid for yet: what came in, and the code."""

from __future__ import annotations

from pos_app import words
from pos_app.domain import value_code
from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI
from pos_app.domain.receipt import Align, Blank, Block, Pair, Qr, Receipt, Rule, Size, Text
from pos_app.domain.returns import DAMAGED, SUPPLIER
from pos_app.domain.store import Store
from pos_app.receipts.paper import TIMES, Paper
from sync.protocol import PendedLine, ReturnPended


def pended_slip(
    fact: ReturnPended,
    store: Store,
    locale: str = "",
    copy_no: int = 0,
    *,
    cashier: str = "",
    approver: str = "",
    code: str = "",
) -> Receipt:
    """What the customer keeps; without `code` (it was printed once) only what came in.

    It says twice that it is no money yet: who pays with it is told to wait.
    """
    paper = Paper(store, locale, fact.currency)
    _ = paper.say
    by = cashier or fact.actor
    blocks = paper.head(_("Taken in"), fact.sale_doc, fact.t.wall, fact.till, by)
    blocks[:0] = paper.copy_mark(copy_no)
    blocks.append(Text(_("No value yet"), Align.CENTRE, bold=True, size=Size.LARGE))
    told = _("This slip is worth something once the sale was found and agreed to.")
    blocks += [Text(told, Align.CENTRE), Rule()]
    for line in fact.lines:
        blocks += _line(paper, line)
    blocks += [Rule(), Pair(_("Said to be worth"), paper.money(fact.amount))]
    if approver:
        blocks.append(Text(_("Agreed: {name}").format(name=approver)))
    blocks += [Blank(2), Rule(), Text(_("Customer's signature"))]
    if code:
        blocks += [Rule(), Qr(code), Text(_shown(code), Align.CENTRE)]
        blocks.append(Text(_("Keep this slip: it is the money."), Align.CENTRE))
        blocks.append(Text(_("No value yet"), Align.CENTRE, bold=True))
    blocks += [Text(line, Align.CENTRE) for line in store.footer.splitlines() if line]
    return Receipt(tuple(blocks), title=fact.sale_doc or fact.id, locale=paper.locale)


def _line(paper: Paper, line: PendedLine) -> list[Block]:
    _ = paper.say
    name = line.label
    if line.qty != MILLI or line.unit != "piece":
        name = f"{words.quantity(line.qty, line.unit, paper.locale)} {TIMES} {name}"
    blocks: list[Block] = [Pair(name, paper.money(line.amount))]
    if line.variant:
        blocks.append(Text(f"  {line.variant}"))
    said = {DAMAGED: _("Damaged"), SUPPLIER: _("Goes back to the supplier")}.get(line.condition)
    if said:
        blocks.append(Text(f"  {said}"))
    return blocks


def _shown(code: str) -> str:
    """The code in groups, for who types it."""
    try:
        return value_code.read_code(code).typed
    except PosError:
        return code
