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
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.returns import Before, Left, RefundFigures
from pos_app.domain.tender import EXCHANGE, Payment, tender_of
from pos_app.domain.text import plain
from pos_app.store.reader import LedgerReads
from pos_app.store.records import Position, new_id
from pos_app.store.rights_held import HeldRight
from pos_app.store.transaction import Transaction
from pos_app.till import card, points_back, return_words, value_back
from pos_app.till.documents import refunded_fact
from pos_app.till.papers import refund_order
from pos_app.till.permission import Approval
from pos_app.till.refund_rules import (
    ACTION,
    ORDER,
    approver,
    before,
    days_left,
    spent,
    spent_key,
    standing,
)
from pos_app.till.refund_targets import Target, target, targets
from pos_app.till.returning import (
    HERE,
    STORE,
    Found,
    RefundDone,
    Returning,
    begin_again,
    choose,
    label_of,
    pay_by,
    serials_missing,
    with_serial,
    with_slip,
)
from pos_app.till.till import USED, Till, stamp
from sync.protocol import FactPayment, Refunded, Sale, SaleRefRow

__all__ = [
    "ACTION",
    "Found",
    "RefundDone",
    "Returning",
    "Target",
    "authorise",
    "before",
    "begin",
    "begin_again",
    "by_terminal",
    "choose",
    "complete",
    "days_left",
    "figures_of",
    "find",
    "find_by_id",
    "is_ours_alone",
    "left",
    "must_ask",
    "names_receipt",
    "pay_by",
    "spent",
    "standing",
    "target",
    "targets",
    "with_serial",
    "with_slip",
]

CODE_BEGINS: Final = "HF1:"
_NUMBER: Final = re.compile(
    r"[0-9A-Za-z]{1,12}-[0-9A-Za-z]{1,12}-[0-9]{1,9}\.[0-9]{1,12}", re.ASCII
)
_TAIL: Final = re.compile(r"[0-9]{1,7}", re.ASCII)


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


def find_by_id(till: Till, sale_id: str, reads: LedgerReads | None = None) -> Found:
    """The same for a sale chosen from a list."""
    sale = (reads or till.view).sale(sale_id)
    if sale is not None:
        return _own(till, sale, reads)
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


def _own(till: Till, sale: Sale, reads: LedgerReads | None = None) -> Found:
    reads = reads or till.view
    row = reads.sale_row(sale.id)
    voided = reads.voided_by(sale.id) if row is not None and row.voided else ""
    return _with_refs(till, sale, own=True, voided=voided)


def _elsewhere(till: Till, told: SaleRefRow) -> Found:
    return _with_refs(till, told, own=False, voided="")


def _with_refs(till: Till, sale: Sale | SaleRefRow, *, own: bool, voided: str) -> Found:
    refs = till.catalogue.refs_of(sale.id)
    voided = voided or next((ref.doc_no for ref in refs if ref.kind == "void"), "")
    back = tuple(ref for ref in refs if ref.kind == "refund")
    return Found(
        *(sale, own, voided, back, till.catalogue.as_of),
        told_by=HERE if own else STORE,
        customer=getattr(sale, "customer", ""),
    )


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


def left(till: Till, back: Returning) -> tuple[Left, ...]:
    """What of each line can still come back."""
    return returns.left(back.sale, before(till.view, back))


def figures_of(
    till: Till, back: Returning, carried: int = 0, reads: LedgerReads | None = None
) -> RefundFigures:
    """What it comes to as it is chosen now; raises as `domain.returns.refund` does."""
    known = before(reads or till.view, back)
    return returns.refund(back.sale, known, back.choices, back.tender, carried)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A return that may be written: everything was looked at and nothing was written yet."""

    back: Returning
    figures: RefundFigures
    carried: int
    word: HeldRight | None
    offline: bool
    approver: str
    parts: tuple[tuple[FactPayment, int], ...]
    """Card charges of this till's terminal, and what it gives back of each."""

    @property
    def by_terminal(self) -> int:
        """What the till's card terminal gives back by itself."""
        return sum(part for _of, part in self.parts)

    @property
    def kick(self) -> bool:
        """Whether money comes out of the drawer."""
        return any(tender_of(paid.tender).opens_drawer for paid in self.figures.payments)


def agree(
    till: Till,
    back: Returning,
    carried: int = 0,
    *,
    approval: Approval | None = None,
    settled: str | None = None,
) -> Agreed:
    """*Ledger lane.* Whether it may be written now: what came back before is read again in here.

    `settled` is who agreed, where that was settled before the customer paid.
    Raises what `complete` does.
    """
    till.need_shift()
    row = till.ledger.sale_row(back.sale.id)
    if back.found.voided or (row is not None and row.voided):
        raise Refused("already_voided", doc_no=back.sale.doc_no)
    missing = serials_missing(back)
    if missing:
        raise Refused("serial_missing", label=label_of(back, missing[0]))
    fixed = [each.line for each in back.choices if each.line in back.found.fixed]
    if fixed:
        raise Refused("line_fixed", label=label_of(back, fixed[0]))
    known = before(till.ledger, back)
    figures = returns.refund(back.sale, known, back.choices, back.tender, carried)
    figures = replace(figures, payments=_placed(till, back, figures))
    word = return_words.had(till, back.auth, back.choices)
    ours = back.found.own and return_words.unknown(till, back.auth)
    offline = till.offline or (back.auth != "" and word is None and not ours)
    if settled is not None:
        by = settled
    else:
        if back.found.channel and (offline or (word is None and not till.training)):
            raise Unavailable("needs_hub", action=ORDER, limit=0)
        by = approver(till, back, figures, carried, approval, offline=offline)
    parts = _terminal_parts(till, back.sale, figures.payments, known)
    return Agreed(back, figures, carried, word, offline, by, tuple(parts))


def write(
    till: Till, tx: Transaction, agreed: Agreed, sale: str = "", day: str = ""
) -> tuple[Refunded, Position]:
    """*In a transaction.* The fact of the refund and what hangs on it.

    `sale` is made with it, on the business `day`; without one it is today's.
    """
    back = agreed.back
    figures, codes = value_back.with_codes(agreed.figures)
    fields = stamp(
        *(till, tx),
        approver=agreed.approver,
        document=True,
        fact_id=back.refund_id,
        business_date=day,
    )
    fact = refunded_fact(
        fields,
        back.sale,
        figures,
        other_tender=back.tender,
        offline=agreed.offline,
        known=back.found.known,
        auth=agreed.word.right_id if agreed.word else "",
        customer=back.found.customer,
        channel=back.found.channel,
        exchange=sale,
    )
    position = tx.append(fact)
    value_back.book(till, tx, fact, codes)
    points_back.take_back(till, tx, fact, back.sale)
    return_words.use(till, tx, back.auth, agreed.word)
    card.owe_back(till, tx, fact.id, agreed.parts)
    for key, total in _counted(till, agreed).items():
        tx.set_reference(USED, key, str(total).encode())
    return fact, position


def _counted(till: Till, agreed: Agreed) -> dict[str, int]:
    """What was given in this shift without the hub, with this; nothing where the hub was there."""
    if not agreed.offline:
        return {}
    given = {ACTION: -agreed.figures.total - agreed.carried, EXCHANGE: agreed.carried}
    keys = {spent_key(till, action): amount for action, amount in given.items() if amount}
    return {key: till.used.get(key, 0) + amount for key, amount in keys.items()}


def count(till: Till, agreed: Agreed) -> None:
    """After the commit: what was given without the hub is known here too."""
    till.used.update(_counted(till, agreed))


def complete(till: Till, back: Returning, *, approval: Approval | None = None) -> RefundDone:
    """*Writes.* The refund: fact, stock, totals and its receipt in the queue, in one commit.

    What came back before is read again in here, so of two returns of one thing the second is
    refused. Raises what `domain.returns.refund` does, Refused("already_voided" | "no_open_shift" |
    "reason_missing" | "serial_missing" | "line_fixed" | "needs_manager" | "not_allowed" …),
    Unavailable("needs_hub", limit=) over what may be paid back without the hub,
    Unavailable("disk_full" | …), Uncertain("commit_unknown").
    """
    made = till.ledger.refund(back.refund_id)
    if made is not None:
        return _again(till, back, made)
    agreed = agree(till, back, approval=approval)
    with till.ledger.transaction() as tx:
        fact, position = write(till, tx, agreed)
        job_id = tx.queue_print(
            "refund",
            refund_order(till, fact, position),
            doc_no=fact.doc_no,
            sale_id=fact.id,
            kick=agreed.kick,
        )
    count(till, agreed)
    till.printing.committed(job_id)
    till.after_commit()
    return RefundDone(fact, position, job_id, by_terminal=agreed.by_terminal)


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


def _placed(till: Till, back: Returning, figures: RefundFigures) -> tuple[Payment, ...]:
    """The payments with the number of the card's slip, and where stored value goes.

    It goes back to the accounts it came from, to the one that was named, or else to a slip of its
    own, whose code is made with the fact.
    """
    found: list[Payment] = []
    for paid in figures.payments:
        kind = tender_of(paid.tender).kind
        if kind == "card":
            found.append(replace(paid, reference=back.reference))
        elif kind == "value":
            found += value_back.placed(till.ledger, back, paid)
        else:
            found.append(paid)
    return tuple(found)
