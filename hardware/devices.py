"""What a till's devices do, whoever made them; the drivers are known to `hardware.connect` alone.

A device says what went wrong by the two families of `pos_app.domain.errors`:

* `Unavailable`: nothing reached paper (or the drawer). Try again later, unmarked.
* `Uncertain`: it may have happened. Ask `Printer.outcome()`; where that stays UNKNOWN the receipt is
  printed again *marked as a possible duplicate*: two slips can be told apart, a lost one can't.

All calls block, at most for the driver's time limits (seconds), so they belong on the device's lane.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from pos_app.domain.receipt import Receipt


class PrinterStatus(StrEnum):
    """What the printer itself said. UNKNOWN is what one-way connections give: never show it as ok."""

    READY = "ready"
    PAPER_LOW = "paper_low"
    """Prints; the roll ends soon."""
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    OFFLINE = "offline"
    """Not reachable, or reachable and refusing to print for another reason."""
    UNKNOWN = "unknown"


PRINTING = frozenset({PrinterStatus.READY, PrinterStatus.PAPER_LOW})
"""The states in which a printer said that it prints."""


class Outcome(StrEnum):
    """What is known of the last job given to `send`."""

    PRINTED = "printed"
    """The printer confirmed it, or took all bytes of it where it can't confirm."""
    HELD = "held"
    """The printer still has the job and answers (paper out): it prints when paper is back."""
    UNKNOWN = "unknown"
    """The connection ended before an answer: it may be on paper, in part or in whole."""
    NOT_PRINTED = "not_printed"
    """Nothing of it reached paper; also where no job was given yet."""


class Printer(Protocol):
    """Prints finished bytes; knows nothing of receipts."""

    @property
    def name(self) -> str:
        """Which printer, for people: its address."""

    @property
    def two_way(self) -> bool:
        """Whether it can confirm a job and tell its state."""

    @property
    def paper_low(self) -> bool:
        """Whether its last answer said that the roll ends soon; False where it can't tell."""

    def send(self, data: bytes, *, document: Receipt | None = None) -> None:
        """Return when `data` is printed (confirmed where two-way, else wholly handed over).

        `document` is what `data` was made from: a printer that is a directory keeps it as text
        and picture too, every other one has no use for it.
        Raises Unavailable("printer_offline" | "printer_silent" | "printer_paper_out" |
        "printer_cover_open" | "printer_busy" | "printer_garbled") when nothing was printed, and
        Uncertain("print_unknown", status=…) when something may have been. A program that was
        killed inside `send` knows nothing either: on its next start that job is a possible
        duplicate.
        """

    def outcome(self) -> Outcome:
        """What became of the last job, asked after an Uncertain; waits a moment, never raises.

        While it says HELD nothing else can be sent: ask again later, do not send the job again.
        """

    def command(self, data: bytes) -> None:
        """Hand over a few bytes at once, whatever the paper: the drawer's way through.

        Raises Unavailable("printer_offline" | "printer_busy").
        """

    def status(self) -> PrinterStatus:
        """The state now; never raises."""

    def close(self) -> None:
        """Let go of the connection; the next call opens it again."""


class Drawer(Protocol):
    """A cash drawer. Its command bytes come from here and from nowhere else."""

    def open(self) -> None:
        """Kick it open. Raises Unavailable("drawer_unavailable", reason=…)."""

    def is_open(self) -> bool | None:
        """Whether it stands open; None where it can't tell."""


class Scanner(Protocol):
    """A scanner with a line of its own (not one that types like a keyboard)."""

    def read(self, timeout_s: float) -> str | None:
        """The next code, or None when none came in time.

        1 to 128 printable characters; GS1 codes may hold their separator (U+001D).

        Raises Unavailable("scanner_offline") when the scanner is gone; the next call tries anew.
        """

    def close(self) -> None:
        """Let go of the line."""


class Scale(Protocol):
    """A scale the till can ask."""

    name: str

    def weight(self) -> int:
        """What lies on it, thousandths of a kilogram, above 0, once it is steady.

        Waits some seconds for that. Raises Unavailable("scale_offline" | "scale_silent" |
        "scale_moving" | "scale_over" | "scale_under" | "scale_empty"): then nothing was weighed.
        """

    def close(self) -> None:
        """Let go of the line; the next call opens it again."""


class Display(Protocol):
    """The customer's two lines of twenty characters."""

    def show(self, upper: str, lower: str) -> None:
        """Show two lines, cut and padded to fit. Raises Unavailable("display_offline")."""

    def clear(self) -> None:
        """Blank it. Raises Unavailable("display_offline")."""

    def close(self) -> None:
        """Let go of the line."""


class Speaker(Protocol):
    """Short sounds, named for what they tell: ok, again, refused, paid, attention."""

    volume: int
    """Percent; 0 is silence."""

    def play(self, cue: str) -> None:
        """Sound it soon; never waits, never raises: what is told is on the screen as well."""

    def close(self) -> None:
        """Let go of the output."""


class CardResult(StrEnum):
    """What a terminal says of a reference. Every one but RUNNING is its last word on it."""

    APPROVED = "approved"
    DECLINED = "declined"
    """By the bank, or because nobody held a card to it: nothing was charged."""
    CANCELLED = "cancelled"
    """By the till or by the customer: nothing was charged."""
    NEVER = "never"
    """It was never asked that, or died before it charged; asked now, it never will charge it."""
    RUNNING = "running"
    """It is still at it: the customer has not paid yet."""


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """A terminal's answer about one reference; amounts in minor units. No card number, ever."""

    reference: str
    result: CardResult
    amount: int = 0
    """What was charged or given back; 0 where nothing was."""
    currency: str = ""
    partial: bool = False
    """True where the bank approved less than was asked, and the terminal says so."""
    auth: str = ""
    last4: str = ""
    scheme: str = ""
    terminal: str = ""
    """The terminal's own id."""
    slip: str = ""
    """Text for the customer's receipt, lines with a newline between."""
    at: str = ""
    """When, UTC, as the terminal's clock says it."""
    reason: str = ""
    """Why it was declined, in the terminal's word."""


class Terminal(Protocol):
    """Takes cards. A reference is asked for once; whatever happens, asking with it is safe.

    All calls may come from several threads at once: a cancellation while `begin` waits.
    """

    @property
    def name(self) -> str:
        """Which terminal, for people: its address."""

    def begin(
        self, reference: str, amount: int, currency: str, told: Callable[[str], None]
    ) -> CardAnswer:
        """Charge `amount`; returns with the terminal's last word.

        `told` hears on this thread how far it is: "shown" when the amount is on its screen, "card"
        when a card was read. The same reference again gives the answer that is there.
        Raises Unavailable("terminal_offline" | "terminal_busy"): it was not asked, nothing is
        charged; Uncertain("terminal_silent" | "terminal_lost" | "terminal_garbled"): ask.
        """

    def ask(self, reference: str) -> CardAnswer:
        """What became of a reference, and that nothing else becomes of it later.

        Raises Unavailable("terminal_offline") and Uncertain as `begin`: still not known.
        """

    def cancel(self, reference: str) -> None:
        """Stop it if that is still possible; `begin` or `ask` say what it came to.

        Raises Unavailable("terminal_offline").
        """

    def refund(self, reference: str, of: str, amount: int, currency: str) -> CardAnswer:
        """Give back `amount` of what was charged under `of`; the same card, without the card.

        A reversal is a refund of all of it. Raises as `begin`; never twice for one `reference`.
        """

    def ready(self) -> bool:
        """Whether it answers now; never raises."""

    def close(self) -> None:
        """Let go of every connection; what runs there comes back as Uncertain."""


@dataclass(frozen=True, slots=True)
class Devices:
    """What is connected to one till; None where there is none."""

    printer: Printer | None = None
    profile: str = "generic-80"
    """Name of the printer's profile in `resources/printers`, for the receipt encoder."""
    drawer: Drawer | None = None
    scanner: Scanner | None = None
    display: Display | None = None
    speaker: Speaker | None = None
    terminal: Terminal | None = None
    """A card terminal on the till's line; None where a person types from a slip."""
    scale: Scale | None = None

    def close(self) -> None:
        """Let go of every connection."""
        if self.printer is not None:
            self.printer.close()
        if self.scanner is not None:
            self.scanner.close()
        if self.display is not None:
            self.display.close()
        if self.terminal is not None:
            self.terminal.close()
        if self.speaker is not None:
            self.speaker.close()
        if self.scale is not None:
            self.scale.close()
