"""Taking goods in without giving money: nobody here can say what they are worth, or to whom.

    goods = of_return(till, back)                     # a sale that is known, but not what came back
    goods = of_order(till, order)                     # an order whose figures the hub alone has
    goods = without_receipt(till)                     # nothing at all; `add` each piece
    done = pend(till, goods)                          # goods in, a slip with a code

The slip has no value before the hub has found the sale and agrees; `look` asks what became of it.
What was taken in here is back: the same receipt is not taken in twice, and a refund knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pos_app.domain.basket import AMOUNT_MAX, LINES_MAX, QTY_MAX, TEXT_MAX
from pos_app.domain.bringing import CONDITIONS, SELLABLE
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import Refused
from pos_app.domain.money import MILLI
from pos_app.domain.text import plain
from pos_app.domain.value_code import CREDIT, ValueCode, account_of, new_code
from pos_app.store.records import Position, new_id
from pos_app.till import inquiries, papers, refund, scanning, taken_in
from pos_app.till.permission import Approval, decide, reason_text, require
from pos_app.till.refund_rules import of_other_store
from pos_app.till.returning import Returning
from pos_app.till.taken_in import TakenIn
from pos_app.till.till import Till, stamp
from sync.protocol import PendedLine, PendedLook, PendedReply, ReturnPended
from sync.protocol.orders import OrderRow

if TYPE_CHECKING:
    from pos_app.domain.staff import Decision

ACTION: Final = "take_in"
NO_RECEIPT_ACTION: Final = "take_in_no_receipt"
OFFLINE, OTHER_STORE, ORDER, NO_RECEIPT, NO_COPY = (
    "offline",
    "other_store",
    "order",
    "no_receipt",
    "no_copy",
)
"""Why nothing was paid for it."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What is about to be taken in: a value; nothing is written before `pend`."""

    pend_id: str
    why: str
    currency: str
    lines: tuple[PendedLine, ...] = ()
    sale: str = ""
    """Id of the sale or order, where it is known."""
    sale_doc: str = ""
    """What stood on the paper."""
    customer: str = ""
    code: ValueCode | None = None
    """The slip's; made once, so that asking twice gives one slip."""
    auth: str = ""
    """The hub's word that was asked for and is not needed any more."""
    back: Returning | None = None
    """The return it would have been, where the sale is known here."""

    @property
    def amount(self) -> int:
        """What the receipt or the customer says it cost."""
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class Pended:
    """Goods that are in, and the slip."""

    fact: ReturnPended
    position: Position
    job_id: str
    """The slip in the print queue, "" where it was queued before."""
    again: bool = False


def why_not(till: Till, back: Returning) -> str:
    """Why a return is taken in instead of paid; empty where it can be paid as ever."""
    if back.found.channel and till.offline:
        return ORDER
    if till.offline and of_other_store(till, back):
        return OTHER_STORE
    return OFFLINE if till.offline or till.suspect else ""


def of_return(till: Till, back: Returning) -> Goods:
    """What is chosen of a sale that this till knows; raises as `refund.figures_of` does."""
    figures = refund.figures_of(till, back)
    lines = tuple(
        PendedLine(
            *(row.source.sku, row.source.label, -row.qty, -row.net - row.tax, row.source.line),
            *(row.reason, row.condition, row.source.variant, row.source.unit),
        )
        for row in figures.lines
    )
    sale = back.sale
    return Goods(
        *(new_id(till.now()), why_not(till, back) or OFFLINE, sale.currency, lines),
        *(sale.id, sale.doc_no, back.found.customer),
        code=new_code(CREDIT),
        auth=back.auth,
        back=back,
    )


def of_order(till: Till, order: OrderRow) -> Goods:
    """Of a customer's order whose goods this store knows: nothing chosen yet, see `take`."""
    currency = order.currency or till.store.currency
    return replace(_empty(till, ORDER), currency=currency, sale=order.order, sale_doc=order.name)


def of_paper(till: Till, doc_no: str) -> Goods:
    """Of a sale nobody here has a copy of: what stands on its paper, and the goods by `add`.

    Raises Refused("receipt_number_missing").
    """
    told = plain(doc_no, TEXT_MAX)
    if not told:
        raise Refused("receipt_number_missing")
    why = NO_COPY if told.startswith(f"{till.identity.store}-") else OTHER_STORE
    return replace(_empty(till, why), sale_doc=told)


def without_receipt(till: Till) -> Goods:
    """Of nothing that can be shown: the goods by `add`."""
    return _empty(till, NO_RECEIPT)


def _empty(till: Till, why: str) -> Goods:
    return Goods(new_id(till.now()), why, till.store.currency, code=new_code(CREDIT))


def add(
    till: Till,
    goods: Goods,
    code: str,
    qty: int = MILLI,
    reason: str = "",
    condition: str = SELLABLE,
    amount: int | None = None,
) -> Goods:
    """With goods of the catalogue; `amount` is what the customer says they cost, in sum.

    Without one it is today's price. Raises Refused("unknown_code" | "quantity_out_of_range" |
    "quantity_not_whole" | "amount_out_of_range" | "basket_full" | "price_missing").
    """
    from pos_app.domain.barcode import read

    article = till.catalogue.by_sku(code) or till.catalogue.by_code(read(code).keys)
    if article is None:
        raise Refused("unknown_code", scanned=code)
    product = article.product
    if amount is None:
        from pos_app.till import checkout

        price = scanning.price_of(till, checkout.start(till), article)
        if price is None:
            raise Refused("price_missing", sku=product.sku, name=product.name)
        amount = (qty * price.amount + MILLI // 2) // MILLI if type(qty) is int else 0
    line = PendedLine(
        *(product.sku, product.name, qty, amount, 0, reason_text(reason), condition),
        *(product.variant, product.unit),
    )
    return with_line(goods, line)


def take(goods: Goods, order: OrderRow, line: str, qty: int, reason: str = "") -> Goods:
    """With so much of a line of a customer's order (its own id), at what was paid for it.

    Raises Refused("no_such_line" | "more_than_sold" …).
    """
    place = next((at for at, row in enumerate(order.lines, 1) if row.line == line), 0)
    if not place:
        raise Refused("no_such_line", line_id=0)
    row = order.lines[place - 1]
    most = row.handed or row.qty
    if type(qty) is int and qty > most:
        raise Refused("more_than_sold", line_id=place, label=row.title, left=most, unit=PIECE)
    worth = row.total * qty // row.qty if type(qty) is int and row.qty > 0 else 0
    told = PendedLine(
        *(row.instead or row.sku, row.title, qty, worth, 0, reason_text(reason)),
        variant=row.variant,
    )
    return with_line(goods, told)


def with_line(goods: Goods, line: PendedLine) -> Goods:
    """With one more line; refuses what no goods can be."""
    if type(line.qty) is not int or not 0 < line.qty <= QTY_MAX:
        raise Refused("quantity_out_of_range", limit=QTY_MAX, unit=line.unit)
    if line.unit == PIECE and line.qty % MILLI:
        raise Refused("quantity_not_whole", unit=line.unit)
    if type(line.amount) is not int or not 0 <= line.amount <= AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    if line.condition not in CONDITIONS:
        raise Refused("condition_unknown", condition=line.condition)
    if len(goods.lines) >= LINES_MAX:
        raise Refused("basket_full", limit=LINES_MAX)
    return replace(goods, lines=(*goods.lines, line))


def without_line(goods: Goods, place: int) -> Goods:
    """Without the line at that place, counted from 0."""
    return replace(goods, lines=(*goods.lines[:place], *goods.lines[place + 1 :]))


def action_of(goods: Goods) -> str:
    """The policy's row for it."""
    return NO_RECEIPT_ACTION if goods.why == NO_RECEIPT else ACTION


def decided(till: Till, goods: Goods) -> Decision:
    """What the policy says to who is signed in."""
    return decide(till, action_of(goods), goods.amount)


def pend(till: Till, goods: Goods, *, approval: Approval | None = None) -> Pended:
    """*Writes.* The goods are in: fact, stock, and the slip in the queue, in one commit.

    Asked twice, there is one slip. Raises Refused("nothing_chosen" | "reason_missing" |
    "already_taken_in", doc_no=, at= | "no_open_shift" | "needs_manager" | "not_allowed" …).
    """
    made = till.ledger.fact(goods.pend_id)
    if isinstance(made, ReturnPended):
        place = Position(made.dev, made.epoch, made.seq, till.ledger.hash_of(made.id), made.doc_no)
        return Pended(made, place, "", again=True)
    till.need_shift()
    if not goods.lines or goods.code is None:
        raise Refused("nothing_chosen")
    if not all(line.reason for line in goods.lines):
        raise Refused("reason_missing", action=action_of(goods))
    _refuse_twice(till, goods)
    reason = "; ".join(dict.fromkeys(line.reason for line in goods.lines))
    approver = require(till, action_of(goods), goods.amount, approval=approval, reason=reason)
    return _write(till, goods, goods.code, approver)


def _write(till: Till, goods: Goods, code: ValueCode, approver: str) -> Pended:
    from pos_app.till import return_words

    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approver, fact_id=goods.pend_id)
        fact = ReturnPended(
            **fields,
            slip=account_of(code),
            why=goods.why,
            currency=goods.currency,
            lines=goods.lines,
            amount=goods.amount,
            sale=goods.sale,
            sale_doc=goods.sale_doc,
            customer=goods.customer,
        )
        position = tx.append(fact)
        taken_in.keep(tx, fact)
        return_words.use(till, tx, goods.auth, None)
        order = papers.pended_order(till, fact, position, code.qr)
        job_id = tx.queue_print(papers.VALUE, order, doc_no=fact.sale_doc, sale_id=fact.id)
    till.printing.committed(job_id)
    till.after_commit()
    return Pended(fact, position, job_id)


def _refuse_twice(till: Till, goods: Goods) -> None:
    """The same receipt at the same till: what of it is back already does not come in again.

    Of a sale that is known the figures tell; of a paper it is what was taken in of each product.
    """
    before = [
        row
        for row in taken_in.every(till.ledger)
        if goods.sale_doc and row.sale_doc.upper() == goods.sale_doc.upper()
    ]
    if goods.back is not None:
        lines = {line.of for row in before for line in row.lines}
        try:
            refund.figures_of(till, goods.back, reads=till.ledger)
        except Refused as no:
            if no.code == "more_than_sold" and no.facts.get("line_id") in lines:
                raise _twice(before[-1]) from no
            raise
        return
    skus = {line.sku for line in goods.lines}
    for row in before:
        if skus & {line.sku for line in row.lines}:
            raise _twice(row)


def _twice(row: TakenIn) -> Refused:
    return Refused("already_taken_in", doc_no=row.sale_doc, at=row.at)


# --- what became of it --------------------------------------------------------------------


def waiting(till: Till) -> list[TakenIn]:
    """The slips of this till that nobody decided on yet, the oldest first."""
    return [each for each in taken_in.every(till.view) if each.state not in taken_in.DECIDED]


def look(till: Till, slip: str) -> str:
    """Asks the hub what became of a slip (its account); the id of the question."""
    return inquiries.ask(till, inquiries.PENDED, PendedLook(slip))


def told(till: Till, slip: str, ask_id: str) -> PendedReply | None:
    """*Writes.* What the hub said of it, None where it did not; what it says is kept."""
    reply = inquiries.answer(till, ask_id, PendedReply)
    if reply is None:
        return None
    row = next((each for each in taken_in.every(till.ledger) if each.slip == slip), None)
    if row is not None and row.state != reply.state:
        with till.ledger.transaction() as tx:
            taken_in.told(tx, row, reply.state)
    return reply
