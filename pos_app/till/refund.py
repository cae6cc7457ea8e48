"""Taking goods of a sale back and giving the money for them: a document over lines of that sale.

    found = find(till, "HF1:S:…")            # a receipt's code, its barcode, a typed number
    back = begin(till, found)
    back = choose(back, 1, 1_000, "too_small")
    figures = figures_of(till, back)          # what the screen shows
    done = complete(till, back)               # writes; asked twice, the money goes out once

The sale may be of this till (its journal) or of another till of the store (as the hub told of it).
What other tills took back in the meantime is known as of `Returning.known`; whatever was not, the
hub finds out and tells a person. Nothing is ever taken back of a sale nobody here has a copy of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pos_app.domain import returns
from pos_app.domain.errors import Refused
from pos_app.domain.returns import SELLABLE, Before, Choice, Left, RefundFigures
from pos_app.domain.staff import Decision, Outcome
from pos_app.domain.tender import REFERENCE_MAX, Payment, tender_of
from pos_app.domain.text import plain
from pos_app.store.reader import LedgerReads
from pos_app.store.records import Position, new_id
from pos_app.till import card, return_words
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.documents import refunded_fact
from pos_app.till.papers import refund_order
from pos_app.till.permission import Approval, decide, reason_text, require
from pos_app.till.till import USED, Till, stamp
from sync.protocol import FactPayment, Refunded, Sale, SaleRefRow

ACTION: Final = "refund"
OTHER_TENDER: Final = "refund_other_tender"
LATE: Final = "return_late"
CODE_BEGINS: Final = "HF1:"
_NUMBER: Final = re.compile(
    r"[0-9A-Za-z]{1,12}-[0-9A-Za-z]{1,12}-[0-9]{1,9}\.[0-9]{1,12}", re.ASCII
)
_TAIL: Final = re.compile(r"[0-9]{1,7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Found:
    """A sale this till has a copy of."""

    sale: Sale | SaleRefRow
    own: bool
    """Whether this till made it: then its whole past is known here."""
    voided: str = ""
    """Number of the document that took it back as a whole."""
    elsewhere: tuple[SaleRefRow, ...] = ()
    """What other tills took back of it, as the hub told."""
    known: str = ""
    """As of when (hub time); empty where the hub never told anything."""


@dataclass(frozen=True, slots=True)
class Returning:
    """A return that is being put together: a value; nothing is written before `complete`."""

    refund_id: str
    found: Found
    choices: tuple[Choice, ...] = ()
    tender: str = ""
    """Another way to pay it back than it was paid; empty for the way it was."""
    reference: str = ""
    """The slip of a card refund."""
    auth: str = ""
    """Under which id the hub's word was asked (`authorise`); empty where nobody asked."""

    @property
    def sale(self) -> Sale | SaleRefRow:
        """The sale it is about."""
        return self.found.sale

    def choice(self, line: int) -> Choice | None:
        """What comes back of a line."""
        return next((each for each in self.choices if each.line == line), None)


@dataclass(frozen=True, slots=True)
class RefundDone:
    """A refund that is a fact."""

    refund: Refunded
    position: Position
    job_id: str
    """Its receipt in the print queue, "" where it was queued before."""
    again: bool = False
    """True where it had been written already: nothing was paid twice."""
    by_terminal: int = 0
    """What of it the till's card terminal gives back by itself, minor units."""


def names_receipt(code: str) -> bool:
    """True for a scanned text that is a receipt's code or number, whoever made it."""
    return code.upper().startswith(CODE_BEGINS) or _NUMBER.fullmatch(code.strip()) is not None


def find(till: Till, text: str) -> Found:
    """The sale a person means: a receipt's QR code, its number, or the end of that number.

    Reads only; belongs on the GUI thread. Raises Refused("sale_not_here", doc_no=) where this till
    has no copy, and what `believing.believe` raises for a code that is not to be believed.
    """
    text = plain(text, 400)
    if text.upper().startswith(CODE_BEGINS):
        from pos_app.till.believing import believe

        proof = believe(till, text)
        found = _by_number(till, proof.doc_no)
        if found.own and not till.view.hash_of(found.sale.id).startswith(proof.hash8):
            raise Refused("receipt_not_believed", doc_no=proof.doc_no)
        return found
    if _TAIL.fullmatch(text):
        sale = till.view.sale_by_tail(int(text))
        if sale is None:
            raise Refused("sale_not_here", doc_no=text)
        return _own(till, sale)
    return _by_number(till, text)


def find_by_id(till: Till, sale_id: str) -> Found:
    """The same for a sale chosen from a list."""
    sale = till.view.sale(sale_id)
    if sale is not None:
        return _own(till, sale)
    told = till.catalogue.sale_ref_by_id(sale_id)
    if told is None or told.kind != "sale":
        raise Refused("sale_not_here", doc_no="")
    return _elsewhere(till, told)


def _by_number(till: Till, number: str) -> Found:
    for doc_no in dict.fromkeys((number, number.upper())):
        sale = till.view.sale_by_number(doc_no)
        if sale is not None:
            return _own(till, sale)
        told = till.catalogue.sale_ref(doc_no)
        if told is not None:
            return _elsewhere(till, told)
    raise Refused("sale_not_here", doc_no=number)


def _own(till: Till, sale: Sale) -> Found:
    row = till.view.sale_row(sale.id)
    voided = till.view.voided_by(sale.id) if row is not None and row.voided else ""
    return _with_refs(till, sale, own=True, voided=voided)


def _elsewhere(till: Till, told: SaleRefRow) -> Found:
    return _with_refs(till, told, own=False, voided="")


def _with_refs(till: Till, sale: Sale | SaleRefRow, *, own: bool, voided: str) -> Found:
    refs = till.catalogue.refs_of(sale.id)
    voided = voided or next((ref.doc_no for ref in refs if ref.kind == "void"), "")
    back = tuple(ref for ref in refs if ref.kind == "refund")
    return Found(sale, own, voided, back, till.catalogue.as_of)


def begin(till: Till, found: Found) -> Returning:
    """A return of that sale, with nothing chosen yet.

    Raises Refused("already_voided" | "nothing_left", doc_no=).
    """
    if found.voided:
        raise Refused("already_voided", doc_no=found.sale.doc_no)
    back = Returning(new_id(till.now()), found)
    if not any(row.qty for row in left(till, back)):
        raise Refused("nothing_left", doc_no=found.sale.doc_no)
    return back


def begin_again(back: Returning) -> Returning:
    """The same return with nothing chosen yet."""
    return replace(back, choices=())


def before(reads: LedgerReads, back: Returning) -> Before:
    """What came back of the sale already: here by the journal, elsewhere as the hub told."""
    return Before.of([*reads.refunds_of(back.sale.id), *back.found.elsewhere])


def left(till: Till, back: Returning) -> tuple[Left, ...]:
    """What of each line can still come back."""
    return returns.left(back.sale, before(till.view, back))


def choose(
    back: Returning, line: int, qty: int, reason: str = "", condition: str = SELLABLE
) -> Returning:
    """The return with so much of a line (thousandths); 0 takes the line out of it again."""
    chosen = Choice(line, qty, reason_text(reason), condition)
    kept = {each.line: each for each in back.choices}
    if qty:
        kept[line] = chosen
    else:
        kept.pop(line, None)
    order = [row.line for row in back.sale.lines]
    ordered = sorted(
        kept.values(), key=lambda each: order.index(each.line) if each.line in order else -1
    )
    return replace(back, choices=tuple(ordered))


def pay_by(back: Returning, tender: str) -> Returning:
    """The return paid back another way; empty for the way it was paid.

    Raises Refused("tender_unknown").
    """
    if tender:
        tender_of(tender)
    paid = {row.tender for row in back.sale.payments}
    return replace(back, tender="" if paid == {tender} else tender)


def with_slip(back: Returning, reference: str) -> Returning:
    """The return with the number of the card terminal's slip.

    Raises Refused("reference_is_card_number").
    """
    refuse_card_number(reference, "reference_is_card_number")
    return replace(back, reference=plain(reference, REFERENCE_MAX))


def figures_of(till: Till, back: Returning) -> RefundFigures:
    """What it comes to as it is chosen now; raises as `domain.returns.refund` does."""
    return returns.refund(back.sale, before(till.view, back), back.choices, back.tender)


def standing(till: Till, back: Returning, figures: RefundFigures) -> tuple[str, Decision]:
    """Which action decides over it, and what the policy says to who is signed in.

    The amount is what of that receipt came back with this: a large refund in small parts is large.
    """
    amount = before(till.view, back).total - figures.total
    told = decide(till, ACTION, amount, spent=_spent_else(till, till.view, back))
    if told.outcome is Outcome.REFUSED:
        return ACTION, told
    for action, size in _besides(till, back, figures):
        other = decide(till, action, size)
        if not other.allowed:
            return action, other
    return ACTION, told


def days_left(till: Till, back: Returning) -> int | None:
    """Days until the last one for it, below 0 so many too late; None where there is no end."""
    if not till.return_days:
        return None
    return returns.days_left(back.sale.biz_date, till.business_date(), till.return_days)


def _besides(till: Till, back: Returning, figures: RefundFigures) -> list[tuple[str, int]]:
    """What has to be allowed besides the amount, and how much of it."""
    left_over = days_left(till, back)
    needed = [(LATE, 0)] if left_over is not None and left_over < 0 else []
    return [*needed, (OTHER_TENDER, -figures.total)] if back.tender else needed


def spent(till: Till) -> int:
    """What this till paid back in this shift without the hub."""
    return till.used.get(_spent_key(till), 0)


def _spent_else(till: Till, reads: LedgerReads, back: Returning) -> int:
    """The same without this receipt, of which all that came back is counted anyway."""
    shift = till.need_shift().shift_id
    made = [each for each in reads.refunds_of(back.sale.id) if each.offline]
    return spent(till) + sum(each.total for each in made if each.shift == shift)


def _spent_key(till: Till) -> str:
    return f"{till.need_shift().shift_id}/{ACTION}_offline"


def complete(till: Till, back: Returning, *, approval: Approval | None = None) -> RefundDone:
    """*Writes.* The refund: fact, stock, totals and its receipt in the queue, in one commit.

    What came back before is read again in here, so of two returns of one thing the second is
    refused. Raises what `domain.returns.refund` does, Refused("already_voided" | "no_open_shift" |
    "reason_missing" | "needs_manager" | "not_allowed" …), Unavailable("needs_hub", limit=) over what
    may be paid back without the hub, Unavailable("disk_full" | …), Uncertain("commit_unknown").
    """
    made = till.ledger.refund(back.refund_id)
    if made is not None:
        return _again(till, back, made)
    till.need_shift()
    row = till.ledger.sale_row(back.sale.id)
    if back.found.voided or (row is not None and row.voided):
        raise Refused("already_voided", doc_no=back.sale.doc_no)
    known = before(till.ledger, back)
    figures = returns.refund(back.sale, known, back.choices, back.tender)
    figures = replace(figures, payments=_with_slips(figures, back.reference))
    word = return_words.had(till, back.auth, back.choices)
    ours = back.found.own and return_words.unknown(till, back.auth)
    offline = till.offline or (back.auth != "" and word is None and not ours)
    approver = _agreed(till, back, figures, known.total, approval, offline=offline)
    key, total = _spent_key(till), spent(till) - figures.total
    kick = any(tender_of(paid.tender).opens_drawer for paid in figures.payments)
    parts = _terminal_parts(till, back.sale, figures.payments, known)
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approver, document=True, fact_id=back.refund_id)
        fact = refunded_fact(
            fields,
            back.sale,
            figures,
            other_tender=back.tender,
            offline=offline,
            known=back.found.known,
            auth=word.right_id if word else "",
        )
        position = tx.append(fact)
        return_words.use(till, tx, back.auth, word)
        card.owe_back(till, tx, fact.id, parts)
        if offline:
            tx.set_reference(USED, key, str(total).encode())
        job_id = tx.queue_print(
            "refund",
            refund_order(till, fact, position),
            doc_no=fact.doc_no,
            sale_id=fact.id,
            kick=kick,
        )
    if offline:
        till.used[key] = total
    till.printing.committed(job_id)
    till.after_commit()
    return RefundDone(fact, position, job_id, by_terminal=sum(part for _of, part in parts))


def authorise(till: Till, back: Returning) -> Returning:
    """*Writes.* Asks the hub's word on what others may take back too, before money is given for it.

    Called when the choice is made: the answer comes while people look for the goods. Without one
    `complete` goes by the rules of a till without its hub.
    """
    if is_ours_alone(till, back):
        return back
    return replace(back, auth=return_words.ask(till, back.sale.id, back.choices, back.auth))


def is_ours_alone(till: Till, back: Returning) -> bool:
    """True for a sale of this till that the hub has not confirmed: nobody else knows of it."""
    acked = till.acked()
    sale = back.sale
    if not back.found.own or isinstance(sale, SaleRefRow):
        return False
    return acked is None or (sale.epoch, sale.seq) > (acked.epoch, acked.seq)


def must_ask(till: Till, back: Returning) -> bool:
    """True where the hub's word is wanted on what is chosen, and can be asked for. Reads only."""
    return bool(back.choices) and return_words.may_ask(till) and not is_ours_alone(till, back)


def _again(till: Till, back: Returning, made: Refunded) -> RefundDone:
    position = Position(made.dev, made.epoch, made.seq, till.ledger.hash_of(made.id), made.doc_no)
    earlier = [each for each in till.ledger.refunds_of(back.sale.id) if each.id != made.id]
    known = Before.of([*earlier, *back.found.elsewhere])
    parts = _terminal_parts(till, back.sale, made.payments, known)
    by_terminal = sum(part for _of, part in parts)
    return RefundDone(made, position, "", again=True, by_terminal=by_terminal)


def by_terminal(till: Till, back: Returning, figures: RefundFigures) -> int:
    """How much of it the till's card terminal will give back by itself: nobody types a slip."""
    parts = _terminal_parts(till, back.sale, figures.payments, before(till.view, back))
    return sum(part for _of, part in parts)


def _terminal_parts(
    till: Till, sale: Sale | SaleRefRow, payments: Sequence[Payment | FactPayment], known: Before
) -> list[tuple[FactPayment, int]]:
    amount = -sum(each.amount for each in payments if each.tender == card.CARD)
    return card.goes_back(till, sale.payments, amount, known.tenders.get(card.CARD, 0))


def _with_slips(figures: RefundFigures, reference: str) -> tuple[Payment, ...]:
    return tuple(
        replace(paid, reference=reference) if tender_of(paid.tender).kind == "card" else paid
        for paid in figures.payments
    )


def _agreed(
    till: Till,
    back: Returning,
    figures: RefundFigures,
    before_total: int,
    given: Approval | None,
    *,
    offline: bool,
) -> str:
    """Who agreed, "" where nobody had to: to being late, to another way to pay, to the amount.

    One word covers all where whoever gave it may give all of them.
    """
    reason = "; ".join(choice.reason for choice in back.choices)
    agreed = ""
    asked = [(*each, 0) for each in _besides(till, back, figures)]
    elsewhere = _spent_else(till, till.ledger, back)
    for action, amount, used in [*asked, (ACTION, before_total - figures.total, elsewhere)]:
        if given is not None and agreed == given.staff_id:
            given = replace(given, action=action, amount=amount)
        by = require(
            *(till, action, amount),
            approval=given,
            reason=reason,
            spent=used,
            offline=offline,
        )
        agreed = by or agreed
    return agreed


def reasons(choices: Sequence[Choice]) -> bool:
    """True where every line that comes back says why."""
    return all(choice.reason for choice in choices)
