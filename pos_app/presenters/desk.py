"""What all presenters of one window share: the till, its lanes, and how a person is told things.

A presenter holds one frozen state, and gives it to `on_change` after each action; it knows no
widget. What the window does for it (lanes, timers, sheets) comes in as plain callables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from pos_app.domain.errors import Cancelled, PosError
from pos_app.till.permission import Approval
from pos_app.till.till import Till
from pos_app.words import Wording, money, text_of

Done = Callable[[Any], None]
Failed = Callable[[BaseException], None]
LEDGER = "ledger"
PRINTER = "printer"


class Hands(Protocol):
    """What the window does for its presenters."""

    def run(
        self,
        lane: str,
        job: Callable[[], Any],
        done: Done | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Runs a job on a lane; the answer comes back on this thread."""

    def after_paint(self, job: Callable[[], None]) -> None:
        """Runs a job once what was just shown is on the screen."""

    def later(self, ms: int, job: Callable[[], None]) -> None:
        """Runs a job after that many milliseconds."""

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """A line that goes by itself, with one way back where there is one."""

    def announce(self, text: str, *, at_once: bool = False) -> None:
        """Tells a screen reader."""

    def sound(self, cue: str) -> None:
        """A tone: ok, refused, paid."""

    def go(self, screen: str) -> None:
        """Shows a screen: lock, open_shift, sell, pay, close_shift."""

    def open_sheet(self, sheet: str) -> None:
        """Lays a sheet over the work area."""

    def close_sheet(self) -> None:
        """Takes it away."""


class Consent(msgspec.Struct, frozen=True):
    """What a verb may need besides the act itself."""

    reason: str = ""
    approval: Approval | None = None


Act = Callable[[Consent], Any]


class Asked(msgspec.Struct, frozen=True):
    """An act that waits for a reason or for somebody's word."""

    act: Act
    done: Done
    refused: Callable[[PosError], None]
    lane: str
    """The lane it runs on; empty for this thread."""
    title: str
    action: str
    amount: int
    needs: str
    """`reason` or `manager`."""
    told: Wording
    consent: Consent


class Desk:
    """The shared part. `asked` is the act that waits; `on_asked` is called when it changes."""

    def __init__(self, till: Till, hands: Hands) -> None:
        self.till = till
        self.hands = hands
        self.asked: Asked | None = None
        self.on_asked: Callable[[], None] = _nothing
        self.on_printed: Callable[[], None] = _nothing

    @property
    def currency(self) -> str:
        """The store's; empty before its data came."""
        store = self.till.own.store
        return store.currency if store else ""

    @property
    def zone(self) -> str:
        """The store's time zone."""
        store = self.till.own.store
        return store.zone if store else "UTC"

    def money(self, minor: int) -> str:
        """An amount in the store's currency."""
        return money(minor, self.currency)

    def words(self, error: PosError) -> Wording:
        """What to tell a person."""
        return text_of(error, currency=self.currency)

    def name_of(self, staff_id: str) -> str:
        """A person's name, or the id where nobody is known by it."""
        person = self.till.staff.get(staff_id)
        return person.name if person else staff_id

    def attempt(
        self,
        act: Act,
        done: Done,
        refused: Callable[[PosError], None],
        *,
        title: str,
        lane: str = "",
        consent: Consent | None = None,
    ) -> None:
        """Does `act`; asks for a reason or a manager where it needs one, then does it again.

        What else it raises goes to `refused`. With a `lane` it runs there.
        """
        consent = consent or Consent()

        def failed(error: BaseException) -> None:
            if not isinstance(error, PosError):
                raise error
            if isinstance(error, Cancelled):
                return
            if error.code in ("needs_manager", "reason_missing"):
                self._ask(error, act, done, refused, title, lane, consent)
            else:
                refused(error)

        def settled(result: Any) -> None:
            self._settled()
            done(result)

        if lane:
            self.hands.run(lane, lambda: act(consent), settled, failed)
            return
        try:
            result = act(consent)
        except PosError as error:
            failed(error)
            return
        settled(result)

    def _ask(
        self,
        error: PosError,
        act: Act,
        done: Done,
        refused: Callable[[PosError], None],
        title: str,
        lane: str,
        consent: Consent,
    ) -> None:
        amount = error.facts.get("amount", 0)
        reason = consent.reason or str(error.facts.get("reason", ""))
        self.asked = Asked(
            act,
            done,
            refused,
            lane,
            title,
            str(error.facts.get("action", "")),
            amount if isinstance(amount, int) else 0,
            "manager" if error.code == "needs_manager" else "reason",
            self.words(error),
            Consent(reason, consent.approval),
        )
        self.on_asked()
        self.hands.open_sheet("consent")

    def answer(self, consent: Consent) -> None:
        """What was asked for is here: the act is tried again."""
        asked = self.asked
        if asked is not None:
            self.attempt(
                asked.act,
                asked.done,
                asked.refused,
                title=asked.title,
                lane=asked.lane,
                consent=consent,
            )

    def drop(self) -> None:
        """Nobody gave it: the act is forgotten."""
        self.asked = None

    def _settled(self) -> None:
        if self.asked is not None:
            self.asked = None
            self.hands.close_sheet()

    def tell(self, error: BaseException) -> None:
        """A refusal as a line that goes by itself; anything else is a fault of ours."""
        if not isinstance(error, PosError):
            raise error
        if not isinstance(error, Cancelled):
            told = self.words(error)
            self.hands.toast(str(told))
            self.hands.announce(str(told), at_once=True)


def _nothing() -> None:
    """Nobody listens yet."""
