"""What the hub answered about customers: laid over at once, and wiped where it was asked.

A question about a customer names them, so once it is answered neither it nor the answer stays in
the ledger; what they say is kept for the screen in memory, and the row until the feed brings it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from pos_app.domain.day import utc_text
from pos_app.store.rights_held import Question
from pos_app.till.till import Till
from sync.protocol.customers import CustomerReply

KEPT: Final = 40
"""So many answers are remembered; the oldest goes."""
_reply = msgspec.json.Decoder(CustomerReply)


def heard(till: Till, question: Question, status: int, body: bytes, code: str) -> bool:
    """*Writes.* The answer to a question about a customer; False where nobody can read it."""
    reply: CustomerReply | None = None
    if status == 200:
        try:
            reply = _reply.decode(body)
        except msgspec.MsgspecError:
            return False
        code = reply.why
    at = utc_text(till.now())
    with till.guard.transaction() as tx:
        tx.answered(question.ask_id, status, b"", at, code=code)
        tx.wipe_question(question.ask_id)
        row = reply.row if reply is not None else None
        if row is not None and (row.erased or row.merged_into):
            tx.forget_customer(row.customer)
        elif row is not None:
            tx.keep_customer(row, at)
    told = reply or CustomerReply(question.ask_id, "REFUSED", code)
    till.customer_replies[question.ask_id] = told
    while len(till.customer_replies) > KEPT:
        del till.customer_replies[next(iter(till.customer_replies))]
    return True


def settle(till: Till) -> int:
    """*Writes.* Lets go of rows that the feed has brought meanwhile, or ended; how many."""
    if till.training:
        return 0
    kept = till.ledger.kept_customers()
    gone = [row.customer for row in kept if _is_told(till, row.customer, row.version)]
    if gone:
        with till.ledger.transaction() as tx:
            for customer in gone:
                tx.forget_customer(customer)
    return len(gone)


def _is_told(till: Till, customer: str, version: int) -> bool:
    from pos_app.till.customer_overlay import told

    if till.catalogue.customer_gone(customer) is not None:
        return True
    row = told(till, customer)
    return row is not None and row.version >= version


def reply_to(till: Till, ask_id: str) -> CustomerReply | None:
    """What the hub said, while it is remembered."""
    return till.customer_replies.get(ask_id)


def state_of(till: Till, ask_id: str) -> str:
    """Queued (no line), asked, done, or the reason why not."""
    question = till.view.question(ask_id)
    if question is None:
        return ""
    if question.open:
        return "queued" if till.offline else "asked"
    reply = till.customer_replies.get(ask_id)
    if reply is not None and reply.state == "DONE":
        return "done"
    return question.code or "done"
