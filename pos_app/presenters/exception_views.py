"""What the screen of what needs attention shows: frozen, in words, nothing to work out."""

from __future__ import annotations

import msgspec


class CaseView(msgspec.Struct, frozen=True):
    """A case of the queue."""

    case_id: str
    icon: str
    tone: str
    title: str
    place: str
    """Where, by whom and on which paper."""
    amount: str
    age: str
    age_tone: str = "plain"
    """bad where its time is over."""
    note: str = ""
    """Who has it, or that it was decided here and is not sent."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        told = (self.title, self.place, self.amount, self.age, self.note)
        return ", ".join(part for part in told if part)


class Fact(msgspec.Struct, frozen=True):
    """A row of a paper: what, and its value."""

    words: str
    value: str


class PaperView(msgspec.Struct, frozen=True):
    """One of the papers that stand beside each other."""

    title: str
    number: str
    pill: str
    tone: str
    rows: tuple[Fact, ...]

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        rows = (f"{row.words}: {row.value}" for row in self.rows)
        return ". ".join((self.title, self.number, self.pill, *rows))


class KnownView(msgspec.Struct, frozen=True):
    """A step of what is known, oldest first."""

    icon: str
    tone: str
    title: str
    detail: str
    when: str


class WayView(msgspec.Struct, frozen=True):
    """A way to settle it."""

    way: str
    title: str
    detail: str
    chosen: bool


class ChangeView(msgspec.Struct, frozen=True):
    """What the chosen way means."""

    icon: str
    words: str
    value: str


class ChoiceView(msgspec.Struct, frozen=True):
    """A filter: its words with how many there are."""

    key: str
    words: str
    count: str
    chosen: bool


class ShownCase(msgspec.Struct, frozen=True):
    """The case that is open."""

    case_id: str
    title: str
    number: str
    """E-71, and who has it."""
    icon: str
    tone: str
    headline: str
    sentence: str
    papers: tuple[PaperView, ...]
    known: tuple[KnownView, ...]
    stake_words: str
    stake: str
    happened: str
    ways: tuple[WayView, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    take: str = ""
    """What the button says that takes it or gives it back; empty where there is none."""
    signer: str = ""
    signer_tone: str = "plain"
    button: str = ""
    button_amount: str = ""
    why_not: str = ""
    sale: str = ""
    """Id of the document that can be looked at here."""
    sale_words: str = ""
    settled: str = ""
    """How it was settled; empty while it waits."""
    settled_detail: str = ""
    details: str = ""
    """What is copied for support."""


class AttentionState(msgspec.Struct, frozen=True):
    """The whole screen."""

    title: str = ""
    detail: str = ""
    groups: tuple[ChoiceView, ...] = ()
    tabs: tuple[ChoiceView, ...] = ()
    rows: tuple[CaseView, ...] = ()
    text: str = ""
    empty: str = ""
    empty_detail: str = ""
    foot: str = ""
    """How many were settled lately."""
    patterns: str = ""
    """What the button says that shows what is out of the ordinary; empty where there is none."""
    shown: ShownCase | None = None
