"""A card terminal's inside: what it charged, by reference, durable; and scripted faults.

One machine serves the simulator process and the terminal in memory, so both fail alike. See
PROTOCOL.md for the promises it keeps and for the script's words.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hardware.devices import CardAnswer, CardResult
from pos_app.domain.day import utc_text

ALIVE_S = 5.0
"""A terminal that waits says so at least this often."""
_SCHEMES = ("Visa", "Mastercard", "Maestro")
Entry = Mapping[str, Any]


@dataclass
class Charge:
    """What the terminal knows of one reference."""

    reference: str
    kind: str
    """pay or refund."""
    asked: int
    currency: str
    of: str = ""
    answer: CardAnswer | None = None
    """Its last word; None while it runs, or after it died there."""


class Busy(Exception):
    """Another payment runs."""


class Book:
    """The terminal's durable log, a JSON object a line, flushed to disk before anything is said."""

    def __init__(self, path: Path | None = None) -> None:
        self.charges: dict[str, Charge] = {}
        self.begun = 0
        """How many payments and refunds ever began: where the script stands."""
        self._path = path
        if path is not None and path.exists():
            for line in path.read_text("utf-8").splitlines():
                try:
                    row = json.loads(line)
                except ValueError:
                    continue  # the power went while it was written: it was never said
                self._take(row)

    def write(self, **row: Any) -> None:
        """One more line, durable when this returns."""
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
                file.flush()
                os.fsync(file.fileno())
        self._take(row)

    def _take(self, row: Mapping[str, Any]) -> None:
        reference = str(row["reference"])
        if row["what"] == "begun":
            self.begun += 1
            of = str(row.get("of", ""))
            self.charges[reference] = Charge(
                reference, str(row["kind"]), int(row["amount"]), str(row["currency"]), of
            )
            return
        answer = CardAnswer(**{**row["answer"], "result": CardResult(row["answer"]["result"])})
        charge = self.charges.setdefault(reference, Charge(reference, "pay", 0, ""))
        charge.answer = answer

    def charged(self) -> list[Charge]:
        """What money was taken, oldest first."""
        return [
            each
            for each in self.charges.values()
            if each.kind == "pay" and each.answer and each.answer.result is CardResult.APPROVED
        ]

    def given_back(self, of: str) -> int:
        """What was refunded of a charge, minor units."""
        return sum(
            each.answer.amount
            for each in self.charges.values()
            if each.kind == "refund"
            and each.of == of
            and each.answer is not None
            and each.answer.result is CardResult.APPROVED
        )


@dataclass
class Ending:
    """How the machine answers: the words, and what goes wrong on the way."""

    answer: CardAnswer | None
    how: str = "once"
    """once, twice, silent, garbage, drop or die."""


@dataclass
class Machine:
    """A terminal without its line. Thread-safe; one payment at a time, as on a counter."""

    book: Book = field(default_factory=Book)
    script: Sequence[str | Entry] = ()
    terminal: str = "T-1"

    def __post_init__(self) -> None:
        self._there = threading.Condition()
        self._running = ""
        self._cancel = self._paid = self._dead = False
        self.deaf = 0
        """So many questions are not answered."""

    def pay(
        self, reference: str, amount: int, currency: str, told: Callable[[str], None]
    ) -> Ending:
        """Charges once; raises Busy."""
        return self._do("pay", reference, "", amount, currency, told)

    def refund(self, reference: str, of: str, amount: int, currency: str) -> Ending:
        """Gives back once; raises Busy."""
        return self._do("refund", reference, of, amount, currency, lambda _event: None)

    def ask(self, reference: str) -> Ending:
        """The answer that is there; an unknown reference is closed for ever."""
        with self._there:
            if self.deaf:
                self.deaf -= 1
                return Ending(None, "silent")
            return Ending(self._found(reference) or self._close(reference))

    def cancel(self, reference: str) -> Ending:
        """Stops what runs under that reference."""
        with self._there:
            found = self._found(reference)
            if found is not None and found.result is CardResult.RUNNING:
                self._cancel = True
                self._there.notify_all()
            return Ending(found or self._close(reference))

    def customer_pays(self) -> None:
        """Somebody holds a card to a terminal that holds."""
        with self._there:
            self._paid = True
            self._there.notify_all()

    def die(self) -> None:
        """The power goes while it may be waiting."""
        with self._there:
            self._dead = True
            self._there.notify_all()

    @property
    def waiting(self) -> bool:
        """True while a payment runs."""
        return bool(self._running)

    @property
    def _moved(self) -> bool:
        return self._cancel or self._paid or self._dead

    def _found(self, reference: str) -> CardAnswer | None:
        if self._running == reference:
            return CardAnswer(reference, CardResult.RUNNING)
        charge = self.book.charges.get(reference)
        return charge.answer if charge is not None else None

    def _close(self, reference: str) -> CardAnswer:
        return self._say(CardAnswer(reference, CardResult.NEVER, reason="closed"))

    def _say(self, answer: CardAnswer) -> CardAnswer:
        row = {name: getattr(answer, name) for name in CardAnswer.__slots__}
        self.book.write(what="answer", reference=answer.reference, answer=row)
        return answer

    def _do(
        self,
        kind: str,
        reference: str,
        of: str,
        amount: int,
        currency: str,
        told: Callable[[str], None],
    ) -> Ending:
        with self._there:
            known = self.book.charges.get(reference)
            if known is not None:
                return Ending(self._found(reference) or self._close(reference))
            if self._running:
                raise Busy
            place = self.book.begun
            self._running, self._cancel, self._paid = reference, False, False
            self.book.write(
                what="begun",
                kind=kind,
                reference=reference,
                of=of,
                amount=amount,
                currency=currency,
            )
        entry = self.script[place] if place < len(self.script) else "approve"
        entry = {"do": entry} if isinstance(entry, str) else entry
        try:
            return self._play(entry, self.book.charges[reference], told)
        finally:
            with self._there:
                self._running = ""

    def _play(self, entry: Entry, charge: Charge, told: Callable[[str], None]) -> Ending:
        what = str(entry["do"])
        told("shown")
        if what == "die_before_charging":
            return Ending(None, "die")
        if what in ("slow", "hold"):
            self._wait(int(entry.get("ms", 3_600_000)) / 1000, told)
        with self._there:
            if self._dead:
                return Ending(None, "die")
            if self._cancel or what == "customer_cancels":
                reason = "till" if self._cancel else "customer"
                answer = CardAnswer(charge.reference, CardResult.CANCELLED, reason=reason)
                return Ending(self._say(answer))
            if what == "decline" or not self._may(charge):
                reason = str(entry.get("reason", "refused"))
                answer = CardAnswer(charge.reference, CardResult.DECLINED, reason=reason)
                return Ending(self._say(answer))
            if charge.kind == "pay":
                told("card")
            if not entry.get("charged", True):
                return self._unsaid(what, entry, None)
            answer = self._approve(charge, entry)
        return self._unsaid(what, entry, answer)

    def _unsaid(self, what: str, entry: Entry, answer: CardAnswer | None) -> Ending:
        if what == "silent":
            self.deaf = int(entry.get("asks", 0))
        how = {"die_after_charging": "die"}.get(what, what)
        known = ("twice", "silent", "garbage", "drop", "die")
        return Ending(answer, how if how in known else "once")

    def _may(self, charge: Charge) -> bool:
        if charge.kind == "pay":
            return charge.asked > 0
        whole = self.book.charges.get(charge.of)
        if whole is None or whole.answer is None or whole.kind != "pay":
            return False
        left = whole.answer.amount - self.book.given_back(charge.of)
        return 0 < charge.asked <= left and charge.currency == whole.currency

    def _approve(self, charge: Charge, entry: Entry) -> CardAnswer:
        nth = self.book.begun
        amount = charge.asked
        partial = entry["do"] == "partial"
        if partial or entry["do"] == "wrong_amount":
            amount = int(entry.get("amount", max(1, amount // 2)))
        last4, scheme = f"{(4_409 + nth) % 10_000:04d}", _SCHEMES[nth % len(_SCHEMES)]
        auth = f"{(710_000 + 137 * nth) % 1_000_000:06d}"
        slip = "\n".join((f"{scheme} **** {last4}", f"Auth {auth}", f"{self.terminal} {nth:06d}"))
        at = utc_text(datetime.now(UTC))
        return self._say(
            CardAnswer(
                *(charge.reference, CardResult.APPROVED, amount, charge.currency, partial),
                *(auth, last4, scheme, self.terminal, slip, at),
            )
        )

    def _wait(self, seconds: float, told: Callable[[str], None]) -> None:
        """Until then, or until somebody cancels or pays; says now and then that it lives."""
        with self._there:
            while seconds > 0 and not self._moved:
                self._there.wait(min(seconds, ALIVE_S))
                seconds -= ALIVE_S
                if seconds > 0 and not self._moved:
                    told("alive")
