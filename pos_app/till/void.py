"""Taking a whole sale back: a counter-document, never a change of the sale."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.errors import Refused
from pos_app.domain.sale import figures_of, reverse
from pos_app.domain.staff import Outcome
from pos_app.domain.tender import tender_of
from pos_app.store.records import Position
from pos_app.till import card
from pos_app.till.documents import voided_fact
from pos_app.till.papers import void_order
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import Till, age_s, stamp
from sync.protocol import Sale, Voided

UNDO_S = 60
"""How long one's own cash sale may be undone without anybody's consent."""


@dataclass(frozen=True, slots=True)
class Voiding:
    """A sale taken back."""

    void: Voided
    position: Position
    job_id: str
    by_terminal: int = 0
    """What of it the till's card terminal gives back by itself, minor units."""


def may_undo(till: Till, sale: Sale) -> bool:
    """True for the policy's `undo_sale`: own, cash, a minute old at most and not yet at the hub."""
    person = till.person
    if person is None or person.staff_id != sale.actor:
        return False
    acked = till.acked()
    sent = acked is not None and (acked.epoch, acked.seq) >= (sale.epoch, sale.seq)
    if sale.exchange or till.view.steps_of_sale(sale.id):
        return False
    cash = all(tender_of(payment.tender).kind == "cash" for payment in sale.payments)
    fresh = 0 <= age_s(sale.t.wall, till.now()) <= UNDO_S
    answer = till.policy.decide(
        *(person.role, "undo_sale", sale.payable),
        offline=till.offline,
        suspect=till.suspect and not till.training,
    )
    return cash and fresh and not sent and answer.outcome is Outcome.ALLOWED


def void_sale(
    till: Till, sale_id: str, reason: str, *, approval: Approval | None = None
) -> Voiding:
    """*Writes.* The counter-document of one of this till's sales of today, queued for the printer.

    The money goes back as it came (cash out of this shift's drawer, a card at its terminal). Raises
    Refused("no_such_sale" | "already_voided" | "exchange_not_voided" | "sale_has_refunds" |
    "void_other_day" | "no_open_shift" | "reason_missing" | "needs_manager" |
    "text_is_card_number" | "chain_in_doubt" …); the action is `void_sale`.
    """
    till.need_shift()
    sale = till.ledger.sale(sale_id)
    if sale is None:
        raise Refused("no_such_sale")
    _check_whole(till, sale)
    today = till.business_date()
    if sale.biz_date != today:
        raise Refused("void_other_day", doc_no=sale.doc_no)
    reason = reason_text(reason)
    if not reason:
        raise Refused("reason_missing", action="void_sale")
    approver = ""
    if not may_undo(till, sale):
        approver = require(till, "void_sale", sale.payable, approval=approval, reason=reason)
    negative = reverse(figures_of(sale))
    kick = any(tender_of(payment.tender).opens_drawer for payment in sale.payments)
    parts = card.goes_back(till, sale.payments, sale.payable)
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approver, document=True)
        void = voided_fact(fields, sale, negative, reason)
        position = tx.append(void)
        card.owe_back(till, tx, void.id, parts)
        if any(paid.account for paid in void.payments) or any(line.value for line in void.lines):
            from pos_app.till import value_books  # nothing a plain sale needs

            value_books.book_back(till, tx, void)
        if sale.points is not None:
            from pos_app.till import points_back  # nothing a plain sale needs

            points_back.take_all_back(till, tx, void, sale)
        job_id = tx.queue_print(
            "void",
            void_order(till, void, position),
            doc_no=void.doc_no,
            sale_id=sale_id,
            kick=kick,
        )
    till.printing.committed(job_id)
    till.after_commit()
    return Voiding(void, position, job_id, sum(part for _of, part in parts))


def _check_whole(till: Till, sale: Sale) -> None:
    """Refuses a sale of which a part is gone another way."""
    if till.ledger.steps_of_sale(sale.id):
        raise Refused("order_handed_over_for_good", doc_no=sale.doc_no)
    if sale.exchange:
        raise Refused("exchange_not_voided", doc_no=sale.doc_no)
    row = till.ledger.sale_row(sale.id)
    if row is not None and row.voided:
        raise Refused("already_voided", doc_no=sale.doc_no)
    if till.ledger.refunds_of(sale.id) or any(
        ref.kind == "refund" for ref in till.catalogue.refs_of(sale.id)
    ):
        raise Refused("sale_has_refunds", doc_no=sale.doc_no)
