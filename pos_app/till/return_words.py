"""The hub's word that goods may come back: asked for what another till sold, never waited for long.

With the word nobody else can take the same goods back meanwhile. Without one (no line, no answer, a
hub that does not hold the sale yet) the counter goes on by the rules of a till without its hub.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pos_app.domain.errors import Refused
from pos_app.domain.returns import Choice
from pos_app.store.records import new_id
from pos_app.store.rights_held import HeldRight
from pos_app.store.transaction import Transaction
from pos_app.till import rights
from pos_app.till.till import Till
from sync.protocol import ReturnAsk

USED = "RETURNED"


def ask(till: Till, sale: str, choices: Sequence[Choice], before: str = "") -> str:
    """*Writes.* Asks for the word on these lines; its id, or "" where nobody can be asked now.

    `before` is what was asked for an earlier choice: it is given back.
    """
    if before:
        give_back(till, before)
    if till.offline or till.suspect or till.training or not choices:
        return ""
    ask_id, epoch = new_id(till.now()), till.identity.epoch
    lines = tuple((each.line, each.qty) for each in choices)
    rights.ask(till, rights.RETURNS, ReturnAsk(ask_id, epoch, sale, lines), ask_id)
    return ask_id


def give_back(till: Till, ask_id: str) -> None:
    """*Writes.* Nothing comes back by it after all."""
    rights.give_up(till, ask_id)
    rights.release(till, ask_id)


def waits(till: Till, ask_id: str) -> bool:
    """True while the hub has not answered: a moment's patience may spare a limit."""
    question = till.ledger.question(ask_id) if ask_id else None
    return question is not None and question.open


def had(till: Till, ask_id: str, choices: Sequence[Choice]) -> HeldRight | None:
    """The word, if it is here and for just these lines.

    Raises Refused("return_not_authorised") where the hub says that they came back before.
    """
    told = rights.answer(till, ask_id) if ask_id else None
    if told is None:
        return None
    if told.state == "REFUSED":
        raise Refused("return_not_authorised")
    question, right = till.ledger.question(ask_id), till.ledger.held_right(ask_id)
    if question is None or right is None or not right.spendable or rights.is_over(till, right):
        return None
    asked = msgspec.json.decode(question.body, type=ReturnAsk)
    same = asked.lines == tuple((each.line, each.qty) for each in choices)
    return right if same else None


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
