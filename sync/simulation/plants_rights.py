"""Planted bugs of rights and promises: at the hub that gives them, at the till that spends them."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import msgspec

from pos_app.domain.day import parse_utc, utc_text
from pos_app.store.rights_held import DROPPED, RightWrites
from pos_app.till import rights as own
from sync.hub import accounts, reservations, right_books, right_desk, rights, sold
from sync.hub.answers import stamp
from sync.protocol import HoldCaptured, RightReply
from sync.simulation.chance import fresh_id

Rows = list[tuple[Any, str, Any]]


def _given_unseen() -> Rows:
    """Two may be given the same: nobody holds the account's row while he looks."""
    return [(rights, "_short", lambda *_given: "")]


def _hold_expires() -> Rows:
    real = right_desk._fresh

    def fresh(asked: Any, wanted: Any) -> Any:
        for one in rights.every(asked.connection):
            age = (asked.now - parse_utc(one.made)).total_seconds()
            if one.state == "HELD" and age > one.ttl_s:
                rights.set_state(asked.connection, one, rights.VOIDED, stamp(asked.now), "ttl")
        return real(asked, wanted)

    return [(right_desk, "_fresh", fresh)]


def _outlives_its_life() -> Rows:
    return [(rights, "freeze", lambda *_given: 0)]


def _other_words() -> Rows:
    def known(connection: Any, wanted: Any, _device: str) -> Any:
        return rights.find(connection, wanted.right_id)

    return [(rights, "known", known)]


def captured_twice(self: Any, n: int, fact: Any) -> None:
    """A hold's own booking, without a look at what became of it before."""
    right = self._right(n, fact.right, fact, fact.amount)
    if right is not None:
        part = rights.parts_of(self._connection, right.right_id)[0]
        self.burn(n, fact, right, part.kind, part.account, fact.amount)
        rights.set_state(self._connection, right, rights.CAPTURED, self._at)


def _captured_twice() -> Rows:
    return [(right_books, "_EFFECTS", {**right_books._EFFECTS, HoldCaptured: captured_twice})]


def _promised_twice() -> Rows:
    real = accounts.held_back

    def held_back(connection: Any, kind: str, account: str) -> int:
        return 0 if kind == "stock" else real(connection, kind, account)

    return [(accounts, "held_back", held_back)]


def _fetched_twice() -> Rows:
    ways = {**reservations.NEXT, "COLLECTED": frozenset({"COLLECTED"})}
    return [(reservations, "NEXT", ways), (reservations, "_times", lambda *_given: 0)]


def _not_taken_off() -> Rows:
    return [(RightWrites, "take_off", lambda *_given: None)]


def _earned_for_all() -> Rows:
    """What a till earned is free at once, and the till's own right to it is nowhere."""
    return [(rights, "self_grant", lambda *_given: None)]


def _late_answer_kept() -> Rows:
    """An answer is taken also where its question was given up, by a fact that the hub books."""
    real = own.heard

    def heard(till: Any, message: Any) -> bool:
        question = till.ledger.question(message["id"])
        if question is not None and not question.open and message["status"] == 200:
            reply = msgspec.json.decode(message["body"], type=RightReply)
            with till.ledger.transaction() as tx:
                own._keep(till, tx, question, reply)
        return real(till, message)

    return [(own, "heard", heard)]


def _asked_anew() -> Rows:
    """Who asks again asks under another id, and forgets the first."""

    def ask_again(till: Any) -> int:
        waiting = till.ledger.open_questions()
        for question in waiting:
            if question.path.endswith("/capture") or question.epoch != till.identity.epoch:
                own.send(till, question)
                continue
            ask_id = fresh_id(till.now(), Random(question.ask_id))
            body = question.body.replace(question.ask_id.encode(), ask_id.encode())
            with till.ledger.transaction() as tx:
                tx.answered(question.ask_id, 0, b"", utc_text(till.now()), state=DROPPED)
                tx.ask(ask_id, question.path, body, question.epoch, utc_text(till.now()))
            till.to_hub(ask_id, question.path, body)
        return len(waiting)

    return [(own, "ask_again", ask_again)]


def _word_forgets_what_came() -> Rows:
    """The hub looks at what was sold, not at what came back of it."""

    def left_of(connection: Any, name: str, _now: object = None) -> int:
        sale, _, number = name.rpartition("/")
        row = connection.one(sold._LINE, (sale, int(number)))
        return int(row[0]) if row else 0

    return [(sold, "left_of", left_of)]


ROWS: Final = (
    (
        "right_given_unseen",
        "A right is given without a look at what the others have.",
        *("rights", 4, _given_unseen),
    ),
    (
        "hold_expires_at_the_hub",
        "A hold is over when the hub's clock says so, whatever its till did with it.",
        *("rights", 16, _hold_expires),
    ),
    (
        "right_outlives_its_life",
        "A till that is enrolled again leaves the rights of its ended life as they are.",
        *("rights", 20, _outlives_its_life),
    ),
    (
        "same_id_other_words",
        "An id that is known is answered, whatever is asked under it.",
        *("rights", 8, _other_words),
    ),
    (
        "captured_twice",
        "What was captured at once is captured again by the fact that says so.",
        *("rights", 28, _captured_twice),
    ),
    (
        "promised_twice",
        "Goods are promised without a look at other promises.",
        *("rights", 20, _promised_twice),
    ),
    (
        "fetched_twice",
        "A promise is fetched as often as somebody says so.",
        *("rights", 18, _fetched_twice),
    ),
    (
        "rest_not_taken_off",
        "A till spends of a right and has as much left as before.",
        *("rights", 4, _not_taken_off),
    ),
    (
        "earned_for_all",
        "What a till earned may be given to another while the first spends it.",
        *("rights", 4, _earned_for_all),
    ),
    (
        "late_answer_kept",
        "An answer is believed after its question was given up.",
        *("rights", 12, _late_answer_kept),
    ),
    (
        "asked_anew",
        "A question without an answer is asked again under another id.",
        *("rights", 8, _asked_anew),
    ),
    (
        "word_forgets_what_came",
        "The hub gives its word for goods that came back already.",
        *("rights", 16, _word_forgets_what_came),
    ),
)
