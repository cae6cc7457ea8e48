"""What paying on a card terminal looks like: frozen values made from where the payment stands."""

from __future__ import annotations

import msgspec

from pos_app.domain.day import parse_utc
from pos_app.presenters.desk import Desk
from pos_app.presenters.views import dotted
from pos_app.till.card import ASKS, Attempt
from pos_app.words import _, clock, number, point

LOCKED = frozenset(
    {"starting", "waiting", "stopping", "checking", "open", "wrong", "returning", "asking_back"}
)
"""Phases in which money may be on its way: nothing else is charged, taken back or left."""

UNSAVED = frozenset(
    {"disk_full", "commit_unknown", "ledger_write_failed", "ledger_read_only", "file_locked"}
)
"""Why an answer of the terminal is not written yet."""


class Evidence(msgspec.Struct, frozen=True):
    """One thing that is known, and how."""

    tone: str
    """done, now, warn, bad or todo."""
    title: str
    proof: str = ""
    time: str = ""


class CardButton(msgspec.Struct, frozen=True):
    """A button under the evidence."""

    act: str
    words: str
    icon: str
    key: str = ""
    enabled: bool = True


class CardView(msgspec.Struct, frozen=True):
    """The card's page while a payment runs, or right after it was not taken."""

    phase: str
    locked: bool
    tone: str
    """info, warn, bad or good."""
    icon: str
    title: str
    detail: str
    evidence: tuple[Evidence, ...]
    amount: str
    screen_words: str
    """What stands on the drawn terminal under the amount."""
    buttons: tuple[CardButton, ...]
    asks: str = ""
    """What the slip's number is typed for: approved or declined; empty for nothing."""
    state: str = ""
    time: str = ""
    words: str = ""
    """What the payment is called in the list."""
    pill: str = ""
    pill_tone: str = "info"
    pill_icon: str = ""
    button: str = ""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return " ".join(part for part in (self.title, self.detail) if part)


class Standing(msgspec.Struct, frozen=True):
    """Where a payment stands; monotonic milliseconds, 0 for not yet."""

    phase: str
    attempt: Attempt | None
    now_ms: int
    began_ms: int
    shown_ms: int = 0
    shown_at: str = ""
    card_at: str = ""
    doubt_at: str = ""
    why: str = ""
    """The code of what was raised."""
    silent_s: int = 30
    asks: int = 0
    next_ask_ms: int = 0
    slip_for: str = ""
    amount: int = 0
    """What it is about where no attempt was made yet."""
    rest: int = 0
    """What is still due after a partial approval."""


def card_view(desk: Desk, standing: Standing) -> CardView:
    """The page for where a payment stands."""
    return _View(desk, standing).whole()


class _View:
    def __init__(self, desk: Desk, standing: Standing) -> None:
        self.desk, self.at = desk, standing
        attempt = standing.attempt
        minor = attempt.amount if attempt else standing.amount
        self.amount = desk.money(minor)
        self.name = f"P-{attempt.number}" if attempt else ""

    def whole(self) -> CardView:
        at = self.at
        tone, icon, title, detail = self._banner()
        state, pill, pill_tone, pill_icon, button, screen = self._states()
        seconds = max(0, at.now_ms - at.began_ms) // 1_000
        return CardView(
            phase=at.phase,
            locked=at.phase in LOCKED,
            tone=tone,
            icon=icon,
            title=title,
            detail=detail,
            evidence=self._evidence(),
            amount=self.amount,
            screen_words=screen,
            buttons=self._buttons(),
            asks=at.slip_for,
            state=state,
            time=f"{seconds // 60}:{seconds % 60:02d}",
            words=dotted(_("Card"), self.name),
            pill=pill,
            pill_tone=pill_tone,
            pill_icon=pill_icon,
            button=button,
        )

    def _banner(self) -> tuple[str, str, str, str]:
        at, amount = self.at, self.amount
        again = _("Try again or another way.")
        told: dict[str, tuple[str, str, str, str]] = {
            "waiting": (
                *("info", "nfc", _("Ask the customer to pay")),
                _("Tap, insert or swipe on the terminal."),
            ),
            "stopping": (
                *("info", "x", _("Cancelling on the terminal")),
                _("Until it answers, nothing else is charged."),
            ),
            "open": (
                *("warn", "circle-question-mark", _("Still no answer from the terminal")),
                _("Look at the terminal, or keep this sale as open."),
            ),
            "wrong": (
                *("bad", "circle-alert", self._wrong_title()),
                _("It is no payment of this sale. Keep the sale as open, and tell a manager."),
            ),
            "returning": (
                *("info", "undo-2", _("Giving {amount} back").format(amount=amount)),
                _("The terminal is doing it. Nothing to do yet."),
            ),
            "asking_back": (
                *("warn", "circle-question-mark", _("No answer from the terminal")),
                _("Checking whether {amount} went back. Nothing to do yet.").format(amount=amount),
            ),
            "declined": (
                *("bad", "circle-alert", _("Card declined. Nothing was charged.")),
                self._reason() or again,
            ),
            "cancelled": ("info", "x", _("Cancelled. Nothing was charged."), again),
            "never": ("info", "circle-check", _("Not charged."), again),
            "offline": (
                *("warn", "plug", _("Terminal not connected.")),
                _("Cash still works. Nothing was charged."),
            ),
            "busy": (
                *("warn", "clock", _("The terminal is busy with another payment.")),
                _("Nothing was charged. Try again in a moment."),
            ),
            "partial": (
                *("warn", "circle-check", self._partial_title()),
                _("{amount} is still due. Take it another way.").format(
                    amount=self.desk.money(at.rest)
                ),
            ),
            "unsaved": (
                *("bad", "circle-alert", _("Charged, but the sale is not saved yet")),
                _("It is tried again by itself. Nothing is charged twice. Call support."),
            ),
            "kept": (
                *("bad", "circle-alert", _("The terminal did not give it back.")),
                _("The payment stays in this sale."),
            ),
        }
        told["starting"] = told["waiting"]
        told["checking"] = (
            *("warn", "circle-question-mark", _("No answer from the terminal")),
            _("Checking before you charge again. Nothing to do yet."),
        )
        if at.why in UNSAVED and at.phase in ("checking", "open", "asking_back"):
            return (
                *("warn", "circle-alert", _("This till cannot save what the terminal answered")),
                _("It is tried again by itself. Nothing is charged twice. Call support."),
            )
        return told[at.phase]

    def _wrong_title(self) -> str:
        answer = self.at.attempt.answer if self.at.attempt else None
        charged = self.desk.money(answer.amount) if answer else ""
        form = _("The terminal charged {amount}, not {asked}")
        return form.format(amount=charged, asked=self.amount)

    def _partial_title(self) -> str:
        answer = self.at.attempt.answer if self.at.attempt else None
        charged = self.desk.money(answer.amount) if answer else ""
        return _("The bank approved {amount} of {asked}").format(amount=charged, asked=self.amount)

    def _reason(self) -> str:
        """What the terminal said, where people can use it."""
        reason = self.at.attempt.answer.reason if self.at.attempt else ""
        return {
            "funds": _("Not enough on the card. Try again or another way."),
            "expired": _("The card has expired. Try another one."),
            "timeout": _("Nobody held a card to it. Try again or another way."),
        }.get(reason, "")

    def _states(self) -> tuple[str, str, str, str, str, str]:
        """Hero, pill with tone and icon, the blue button, the drawn terminal's screen."""
        phase = self.at.phase
        if phase in ("starting", "waiting"):
            words = _("Waiting")
            return words, words, "info", "", _("Waiting for the card"), _("Hold card here")
        if phase == "stopping":
            words = _("Cancelling")
            return words, words, "info", "", _("Cancelling on the terminal"), _("Cancelling")
        if phase in ("checking", "open", "asking_back"):
            return (
                *(_("Not known yet"), _("Checking"), "warn", "refresh-cw"),
                *(_("Checking the payment"), _("No answer")),
            )
        if phase == "wrong":
            words = _("Wrong amount")
            return words, words, "bad", "circle-alert", _("Checking the payment"), words
        if phase == "returning":
            words = _("Giving back")
            return words, words, "info", "", _("Giving it back on the terminal"), words
        words = _("Declined") if phase == "declined" else _("Not charged")
        button = ""
        if phase == "unsaved":
            words, button = _("Charged"), _("Complete sale")
        return words, "", "plain", "", button, words

    def _evidence(self) -> tuple[Evidence, ...]:
        at, attempt = self.at, self.at.attempt
        if at.phase == "unsaved":
            return self._of_unsaved(attempt)
        if attempt is None:
            return (Evidence("now", _("Writing it down before the terminal is asked")),)
        if attempt.kind == "refund":
            return self._of_refund(attempt)
        lines = [
            Evidence(
                "done",
                _("Written down on this till"),
                dotted(self.amount, _("payment {name}").format(name=self.name)),
                self._time(attempt.begun_at),
            )
        ]
        if at.card_at:
            took = _("Answered in {seconds} s").format(seconds=self._took())
            lines.append(Evidence("done", _("Card was read"), took, self._time(at.card_at)))
        elif at.shown_at:
            took = _("Answered in {seconds} s").format(seconds=self._took())
            lines.append(
                Evidence("done", _("Terminal shows the amount"), took, self._time(at.shown_at))
            )
        return (*lines, *self._end())

    def _of_unsaved(self, attempt: Attempt | None) -> tuple[Evidence, ...]:
        name = _("payment {name}").format(name=self.name) if attempt else ""
        charged = Evidence("done", _("Charged on the terminal"), dotted(self.amount, name))
        kept = Evidence("done", _("The basket and its payment are kept"), "")
        return (charged, kept, Evidence("now", _("Saving the sale\u2026"), "", _("Now")))

    def _took(self) -> str:
        tenths = max(1, (self.at.shown_ms - self.at.began_ms + 50) // 100)
        return f"{number(tenths // 10)}{point()}{tenths % 10}"

    def _end(self) -> tuple[Evidence, ...]:
        at, now = self.at, _("Now")
        if at.phase in ("starting", "waiting"):
            first = (
                Evidence("now", _("Waiting for the card"), _("Tap, insert or swipe"), now)
                if at.shown_at
                else Evidence("now", _("Sending the amount to the terminal"), "", now)
            )
            return (
                first,
                Evidence("todo", _("Approved"), _("Sale ends by itself, receipt prints")),
            )
        if at.phase == "stopping":
            return (Evidence("now", _("Cancelling on the terminal"), "", now),)
        if at.phase in ("checking", "open"):
            return (self._doubt(), self._asking(), self._to_come())
        if at.phase == "wrong":
            return (Evidence("bad", self._wrong_title(), "", self._changed()),)
        tone = "bad" if at.phase in ("declined", "kept") else "done"
        return (Evidence(tone, self._banner()[2], "", self._changed()),)

    def _changed(self) -> str:
        return self._time(self.at.attempt.changed_at) if self.at.attempt else ""

    def _doubt(self) -> Evidence:
        at = self.at
        texts = {
            "terminal_silent": _("No answer for {count} seconds").format(count=number(at.silent_s)),
            "terminal_garbled": _("The answer could not be read"),
            "terminal_lost": _("The line to the terminal was lost"),
            "restart": _("This till was restarted while it waited"),
        }
        title = texts.get(at.why, _("The terminal cannot be reached"))
        if at.why in UNSAVED:
            title = _("The disk did not take the answer")
        return Evidence("warn", title, _("Nothing is charged twice"), self._time(at.doubt_at))

    def _asking(self) -> Evidence:
        at = self.at
        title = _("Asking what became of {name}").format(name=self.name)
        left = max(0, at.next_ask_ms - at.now_ms + 999) // 1_000
        proof = _("Try {nth} of {count}").format(nth=number(max(1, at.asks)), count=number(ASKS))
        if at.asks > ASKS:
            proof = _("Asked {count} times").format(count=number(at.asks))
        if left:
            proof = dotted(proof, _("next in {count} s").format(count=number(left)))
        return Evidence("now", title, proof, _("Now"))

    def _to_come(self) -> Evidence:
        return Evidence(
            "todo", _("Charged, or not charged"), _("The till says which; then you go on")
        )

    def _of_refund(self, attempt: Attempt) -> tuple[Evidence, ...]:
        at = self.at
        first = Evidence(
            "done",
            _("Written down on this till"),
            dotted(self.amount, _("payment {name}").format(name=self.name)),
            self._time(attempt.begun_at),
        )
        if at.phase == "asking_back":
            return (first, self._doubt(), self._asking())
        if at.phase == "returning":
            return (first, Evidence("now", _("The terminal gives it back"), "", _("Now")))
        return (first, Evidence("bad", _("Not given back"), "", self._changed()))

    def _time(self, moment: str) -> str:
        return clock(parse_utc(moment), self.desk.zone, seconds=True) if moment else ""

    def _buttons(self) -> tuple[CardButton, ...]:
        phase = self.at.phase
        if phase in ("starting", "waiting", "stopping"):
            on = phase == "waiting"
            return (
                CardButton("card_cancel", _("Cancel on terminal"), "x", "Del", enabled=on),
                CardButton("card_part", _("Pay only part by card"), "split", enabled=on),
            )
        by_hand = (
            CardButton("card_says_approved", _("Terminal says approved"), "check"),
            CardButton("card_says_declined", _("Terminal says declined"), "x"),
        )
        keep = CardButton("card_keep", _("Keep as open"), "pause")
        if phase in ("checking", "open"):
            return by_hand if phase == "checking" else (*by_hand, keep)
        if phase == "wrong":
            return (keep,)
        if phase == "unsaved":
            return (CardButton("finish", _("Try again"), "rotate-ccw"),)
        if phase in ("partial", "kept"):
            return (CardButton("card_done", _("Go on"), "check"),)
        again = (
            CardButton("card_again", _("Try again"), "rotate-ccw"),
            CardButton("card_part", _("Pay only part by card"), "split"),
        )
        return () if phase in ("returning", "asking_back") else again
