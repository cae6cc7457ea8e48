"""The hub's word that goods may come back: asked for what another till sold, never waited for long.

With the word nobody else can take the same goods back meanwhile. Without one (no line, no answer, a
hub that does not hold the sale yet) the counter goes on by the rules of a till without its hub.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.returns import Choice
from pos_app.store.records import new_id
from pos_app.store.rights_held import HeldRight
from pos_app.store.transaction import Transaction
from pos_app.till import rights
from pos_app.till.till import Till
from sync.protocol import ReturnAsk, RightReply

USED = "RETURNED"


def ask(till: Till, sale: str, choices: Sequence[Choice], before: str = "") -> str:
    """*Writes.* Asks for the word on these lines; its id, or "" where nobody can be asked now.

    `before` is what was asked for an earlier choice: it is given back.
    """
    if before:
        give_back(till, before)
    if not may_ask(till) or not choices:
        return ""
    ask_id, epoch = new_id(till.now()), till.identity.epoch
    message = ReturnAsk(ask_id, epoch, sale, lines_of(choices), instead_of=before)
    rights.ask(till, rights.RETURNS, message, ask_id)
    return ask_id


def may_ask(till: Till) -> bool:
    """True where there is somebody to ask, and this till may."""
    return not (till.offline or till.suspect or till.training)


def lines_of(choices: Sequence[Choice]) -> tuple[tuple[int, int], ...]:
    """What the word is about: (line, thousandths). Why it comes back is nothing to the hub."""
    return tuple((each.line, each.qty) for each in choices)


def give_back(till: Till, ask_id: str) -> None:
    """*Writes.* Nothing comes back by it after all."""
    rights.give_up(till, ask_id)
    rights.release(till, ask_id)


def waits(till: Till, ask_id: str) -> bool:
    """True while the hub has not answered: a moment's patience may spare a limit."""
    question = till.view.question(ask_id) if ask_id else None
    return question is not None and question.open


def in_vain(till: Till, ask_id: str) -> bool:
    """True where the hub could not decide: it may be asked once more."""
    question = till.view.question(ask_id) if ask_id else None
    return question is not None and not question.open and question.status != 200


def refusal(till: Till, ask_id: str) -> Refused | None:
    """Why the hub says no: who has the goods, and since when, as far as it knows; None for no no."""
    question = till.view.question(ask_id) if ask_id else None
    if question is None or question.status != 200:
        return None
    told = msgspec.json.decode(question.answer, type=RightReply)
    return _refused(till, told) if told.state == "REFUSED" else None


def _refused(till: Till, told: RightReply) -> Refused:
    who = told.taken
    if who is None or not who.store:
        return Refused("return_not_authorised")
    zone = till.own.store.zone if till.own.store else "UTC"
    now, at = utc_text(till.now()), who.at
    if who.kind == "word":
        return Refused("return_under_way", till=who.till, store=who.store)
    if who.store == till.identity.store:
        return Refused("return_came_back", till=who.till, at=at, now=now, zone=zone)
    return Refused(
        "return_came_back_store", till=who.till, store=who.store, at=at, now=now, zone=zone
    )


def unknown(till: Till, ask_id: str) -> bool:
    """True where the hub does not hold the sale yet; of our own then nobody else knows either."""
    question = till.ledger.question(ask_id) if ask_id else None
    return question is not None and question.code == "sale_unknown"


def had(till: Till, ask_id: str, choices: Sequence[Choice]) -> HeldRight | None:
    """The word, if it is here and for just these lines.

    Raises Refused("return_came_back" | "return_came_back_store" | "return_under_way" |
    "return_not_authorised") where the hub says that they came back before, or are about to.
    """
    question = till.ledger.question(ask_id) if ask_id else None
    told = rights.answer(till, ask_id) if question is not None else None
    if question is None or told is None:
        return None
    if msgspec.json.decode(question.body, type=ReturnAsk).lines != lines_of(choices):
        return None
    if told.state == "REFUSED":
        raise _refused(till, told)
    right = till.ledger.held_right(ask_id)
    if right is None or not right.spendable or rights.is_over(till, right):
        return None
    return right


def use(till: Till, tx: Transaction, ask_id: str, word: HeldRight | None) -> None:
    """After the refund's fact, in its transaction: the word is used, or nobody waits for it."""
    if word is not None:
        tx.take_off(word, word.remaining)
        tx.close_right(word.right_id, USED)
        return
    question = till.ledger.question(ask_id) if ask_id else None
    if question is not None and question.open:
        rights.give_up_in(till, tx, question, "given_up")
    right = till.ledger.held_right(ask_id) if ask_id else None
    if right is not None and right.spendable:
        rights.let_go(till, tx, right, "not_needed")
