"""A till's own rights, and what it asked the hub about them: rows of the ledger, no facts.

A question is durable before it is sent, so its id is the same after a power cut. What is left of a
right changes in the transaction of the fact that spends it, and the table refuses less than nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.store.reads import Reads

OPEN, ANSWERED, DROPPED = "open", "answered", "dropped"
ACTIVE, HELD, AUTHORISED = "ACTIVE", "HELD", "AUTHORISED"
SPENDABLE: Final = (ACTIVE, HELD, AUTHORISED)
QUESTIONS_KEPT: Final = 500
"""Answered questions that stay: who asks again under an old id is answered from here."""

_QUESTION: Final = (
    "SELECT ask_id, path, state, code, asked_at, answered_at, epoch, status, body, answer "
    "FROM question"
)
_RIGHT: Final = (
    "SELECT right_id, form, kind, account, state, boot, got_at, document, epoch, amount, remaining, "
    "ttl_s, mono, proof FROM held_right"
)
_ASK: Final = (
    "INSERT INTO question (ask_id, path, state, code, asked_at, answered_at, epoch, status, "
    "body, answer) VALUES (?, ?, 'open', '', ?, '', ?, 0, ?, x'')"
)
_ANSWER: Final = (
    "UPDATE question SET state = ?, code = ?, answered_at = ?, status = ?, answer = ? "
    "WHERE ask_id = ? AND state = 'open'"
)
_CLOSE_QUESTION: Final = (
    "UPDATE question SET state = 'dropped', code = ?, answered_at = ? WHERE ask_id = ?"
)
_FORGET: Final = (
    "DELETE FROM question WHERE state <> 'open' AND ask_id NOT IN "
    "(SELECT ask_id FROM question WHERE state <> 'open' ORDER BY answered_at DESC LIMIT ?)"
)
_KEEP: Final = (
    "INSERT INTO held_right (right_id, form, kind, account, state, boot, got_at, "
    "document, epoch, amount, remaining, ttl_s, mono, proof) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (right_id) DO NOTHING"
)
_SPEND: Final = (
    "UPDATE held_right SET remaining = remaining - ?1 "
    "WHERE right_id = ?2 AND state = ?3 AND epoch = ?4 AND remaining >= ?1"
)
_CLOSE: Final = "UPDATE held_right SET state = ?, remaining = 0 WHERE right_id = ?"
SHOWN: Final = (
    "SELECT proof FROM held_right WHERE epoch = ? AND length(proof) > 0 "
    "ORDER BY state IN ('ACTIVE', 'HELD', 'AUTHORISED') DESC, got_at DESC, right_id LIMIT ?"
)
_FREEZE: Final = (
    "UPDATE held_right SET state = 'FROZEN' "
    "WHERE epoch <> ? AND state IN ('ACTIVE', 'HELD', 'AUTHORISED')"
)
_DROP: Final = (
    "UPDATE question SET state = 'dropped', code = 'fenced' WHERE epoch <> ? AND state = 'open'"
)


class Question(msgspec.Struct, frozen=True):
    """What the hub was asked under an id, and what it said."""

    ask_id: str
    path: str
    state: str
    code: str
    asked_at: str
    answered_at: str
    epoch: int
    status: int
    body: bytes
    answer: bytes

    @property
    def open(self) -> bool:
        """True until the hub's answer is here."""
        return self.state == OPEN


class HeldRight(msgspec.Struct, frozen=True):
    """A right of this till's; `mono` and `boot` say when it was got on a clock nobody sets."""

    right_id: str
    form: str
    kind: str
    account: str
    state: str
    boot: str
    got_at: str
    document: str
    epoch: int
    amount: int
    remaining: int
    ttl_s: int
    mono: int
    proof: bytes

    @property
    def spendable(self) -> bool:
        """True until it is used up, given back or frozen."""
        return self.state in SPENDABLE


class RightReads(Reads):
    """The part of a ledger's reads that is about rights."""

    def question(self, ask_id: str) -> Question | None:
        """What was asked under that id."""
        rows = self._rows(f"{_QUESTION} WHERE ask_id = ?", (ask_id,))
        return Question(*rows[0]) if rows else None

    def open_questions(self) -> list[Question]:
        """Those without an answer, oldest first."""
        rows = self._rows(f"{_QUESTION} WHERE state = 'open' ORDER BY asked_at, ask_id")
        return [Question(*row) for row in rows]

    def open_questions_at(self, path: str) -> list[Question]:
        """Those asked at an address, oldest first."""
        rows = self._rows(
            f"{_QUESTION} WHERE state = 'open' AND path = ? ORDER BY asked_at, ask_id", (path,)
        )
        return [Question(*row) for row in rows]

    def last_question(self, path: str) -> Question | None:
        """The one asked last at an address."""
        order = "ORDER BY asked_at DESC, ask_id DESC LIMIT 1"
        rows = self._rows(f"{_QUESTION} WHERE path = ? {order}", (path,))
        return Question(*rows[0]) if rows else None

    def held_right(self, right_id: str) -> HeldRight | None:
        """The right of that id."""
        rows = self._rows(f"{_RIGHT} WHERE right_id = ?", (right_id,))
        return HeldRight(*rows[0]) if rows else None

    def held_rights(self, *, spendable: bool = True) -> list[HeldRight]:
        """All rights here, or those that may still be spent."""
        rows = self._rows(f"{_RIGHT} ORDER BY got_at, right_id")
        found = [HeldRight(*row) for row in rows]
        return [right for right in found if right.spendable or not spendable]


class RightWrites:
    """What a transaction does with rights."""

    _execute: Callable[..., Any]

    def ask(self, ask_id: str, path: str, body: bytes, epoch: int, at: str) -> None:
        """A question, before it is sent."""
        self._execute(_ASK, (ask_id, path, at, epoch, body))

    def answered(
        self,
        ask_id: str,
        status: int,
        answer: bytes,
        at: str,
        *,
        state: str = ANSWERED,
        code: str = "",
    ) -> None:
        """The hub's answer to it; the oldest answered ones go."""
        self._execute(_ANSWER, (state, code, at, status, answer, ask_id))
        self._execute(_FORGET, (QUESTIONS_KEPT,))

    def close_question(self, ask_id: str, code: str, at: str) -> None:
        """What was asked for, and given, was taken back by this till."""
        self._execute(_CLOSE_QUESTION, (code, at, ask_id))

    def keep_right(self, right: HeldRight) -> None:
        """A right that was got; one that is here already is left as it is."""
        self._execute(_KEEP, msgspec.structs.astuple(right))

    def take_off(self, right: HeldRight, amount: int) -> None:
        """E2: so much less is left of a right, with the fact that spends it.

        Raises Refused("right_not_enough", left=) where it has less, is over, or is of another life.
        """
        values = (amount, right.right_id, right.state, right.epoch)
        if not right.spendable or self._execute(_SPEND, values).rowcount != 1:
            raise Refused("right_not_enough", left=right.remaining if right.spendable else 0)

    def close_right(self, right_id: str, state: str) -> None:
        """Nothing is left of a right."""
        self._execute(_CLOSE, (state, right_id))

    def freeze_rights(self, epoch: int) -> None:
        """A new epoch begins: rights of another are never spent, its questions never asked."""
        self._execute(_FREEZE, (epoch,))
        self._execute(_DROP, (epoch,))
