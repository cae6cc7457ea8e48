"""What a card terminal was asked: rows that are durable before the terminal hears a word.

They are the till's own state, no facts. A sale's commit takes those away that the terminal itself
has settled; one that nobody knows the end of stays until somebody does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pos_app.store.reads import Reads, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

CHARGE, REFUND = "charge", "refund"
RUNNING: Final = ("begun", "sent", "unknown")
"""A charge in one of these may yet come to money: nothing else is charged for its basket."""
SETTLED: Final = ("approved", "declined", "cancelled", "reversed")
"""The terminal itself said so."""
KEPT_OPEN, BY_HAND = "kept_open", "settled_by_hand"

_COLUMNS: Final = (
    "number, reference, kind, of_reference, basket_id, currency, state, terminal, staff, "
    "begun_at, sent_at, changed_at, amount, asked, answer"
)
NEXT_NUMBER: Final = (
    "INSERT INTO setting (name, value) VALUES ('payment_number', CAST(1 AS BLOB)) "
    "ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS BLOB) "
    "RETURNING CAST(value AS INTEGER)"
)
BEGIN: Final = (
    "INSERT INTO payment_attempt (number, reference, kind, of_reference, basket_id, currency, "
    "state, terminal, staff, begun_at, sent_at, changed_at, amount, asked, answer) "
    "VALUES (?, ?, ?, ?, ?, ?, 'begun', ?, ?, ?, '', ?, ?, 0, ?)"
)
CHANGE: Final = (
    "UPDATE payment_attempt SET state = ?, sent_at = ?, changed_at = ?, asked = ?, answer = ? "
    "WHERE number = ?"
)
FORGET_SETTLED: Final = (
    "DELETE FROM payment_attempt WHERE basket_id = ? "
    "AND state IN ('approved', 'declined', 'cancelled', 'reversed')"
)
FORGET: Final = "DELETE FROM payment_attempt WHERE number = ?"
OF_BASKET: Final = f"SELECT {_COLUMNS} FROM payment_attempt WHERE basket_id = ? ORDER BY number"  # noqa: S608 - constants
OF_REFERENCE: Final = f"SELECT {_COLUMNS} FROM payment_attempt WHERE reference = ?"  # noqa: S608 - constants
ALL: Final = f"SELECT {_COLUMNS} FROM payment_attempt ORDER BY number"  # noqa: S608 - constants


class AttemptAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of the end: the terminal's words, or a person's where `typed`."""

    result: str = ""
    amount: int = 0
    currency: str = ""
    partial: bool = False
    auth: str = ""
    last4: str = ""
    scheme: str = ""
    terminal: str = ""
    slip: str = ""
    at: str = ""
    reason: str = ""
    typed: bool = False


class Attempt(msgspec.Struct, frozen=True):
    """One question to the terminal, by the reference both sides call it."""

    number: int
    """The P-number people see; dense per till, never given again."""
    reference: str
    kind: str
    of_reference: str
    """The charge a refund belongs to."""
    basket_id: str
    currency: str
    state: str
    terminal: str
    staff: str
    begun_at: str
    sent_at: str
    """When the terminal showed it; empty where that was never heard."""
    changed_at: str
    amount: int
    asked: int
    answer: AttemptAnswer

    @property
    def running(self) -> bool:
        """True while it may come to money that is in no payment yet."""
        return self.kind == CHARGE and self.state in RUNNING

    @property
    def open(self) -> bool:
        """True until the terminal itself has said its last word."""
        return self.state not in SETTLED


_encode: Callable[[AttemptAnswer], bytes] = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(AttemptAnswer)


def _attempt(row: Any) -> Attempt:
    values = list(row)
    values[-1] = whole(_decoder.decode, row[-1])
    return Attempt(*values)


class AttemptReads(Reads):
    """The part of a ledger's reads that is about attempts."""

    def attempts(self, basket_id: str = "") -> list[Attempt]:
        """Those of a basket, or all there are, oldest first."""
        rows = self._rows(OF_BASKET, (basket_id,)) if basket_id else self._rows(ALL)
        return [_attempt(row) for row in rows]

    def attempt(self, reference: str) -> Attempt | None:
        """The one with that reference."""
        rows = self._rows(OF_REFERENCE, (reference,))
        return _attempt(rows[0]) if rows else None


class AttemptWrites:
    """What a transaction does with attempts."""

    _execute: Callable[..., Any]

    def begin_attempt(
        self,
        prefix: str,
        *,
        kind: str,
        basket_id: str,
        amount: int,
        currency: str,
        terminal: str,
        staff: str,
        at: str,
        of_reference: str = "",
    ) -> Attempt:
        """A new attempt under the next P-number; `prefix` is what makes it this till's own."""
        number = int(self._execute(NEXT_NUMBER).fetchone()[0])
        reference = f"{prefix}P{number}"
        answer = AttemptAnswer()
        self._execute(
            BEGIN,
            (
                *(number, reference, kind, of_reference, basket_id, currency, terminal, staff),
                *(at, at, amount, _encode(answer)),
            ),
        )
        return Attempt(
            *(number, reference, kind, of_reference, basket_id, currency, "begun", terminal),
            *(staff, at, "", at, amount, 0, answer),
        )

    def change_attempt(self, attempt: Attempt) -> None:
        """The attempt as it is now."""
        self._execute(
            CHANGE,
            (
                *(attempt.state, attempt.sent_at, attempt.changed_at, attempt.asked),
                *(_encode(attempt.answer), attempt.number),
            ),
        )

    def forget_attempts(self, numbers: Iterable[int]) -> None:
        """Attempts that are settled and in no basket any more."""
        for number in numbers:
            self._execute(FORGET, (number,))
