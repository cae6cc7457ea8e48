"""What the Pickup screen shows: the queue, a pick list, an order's card. Frozen, in words."""

from __future__ import annotations

import msgspec

from pos_app.presenters.exception_views import ChoiceView
from pos_app.presenters.hand_over_views import HandOverView, PersonView

QUEUE, BENEATH, HEADING, MORE = "order", "beneath", "heading", "more"
"""Kinds of a row of the queue."""
DONE, NEXT, OPEN, SHORT = "done", "next", "open", "short"
"""How far a line of a pick list is."""


class QueueRow(msgspec.Struct, frozen=True):
    """An order of the queue, or what stands between them."""

    kind: str
    reservation: str
    title: str
    detail: str = ""
    note: str = ""
    """Who picks it."""
    note_tone: str = "plain"
    """mine where it is the person at this till."""
    chip: str = ""
    chip_tone: str = "plain"
    """plain, warn or bad."""
    tag: str = ""
    """Its shelf."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        parts = (self.title, self.detail, self.note, self.chip, self.tag)
        return ", ".join(part for part in parts if part)


class PickRow(msgspec.Struct, frozen=True):
    """A line of the pick list."""

    line: str
    title: str
    detail: str
    place: str
    state: str
    count: str
    """How much of it is found: 0/1."""
    note: str = ""
    """What to do, or what became of it."""
    note_tone: str = "info"
    icon: str = ""
    tint: str = ""
    fresh: bool = True
    """Nothing of it is found yet."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        parts = (self.title, self.detail, self.place, self.count, self.note)
        return ", ".join(part for part in parts if part)


class PickList(msgspec.Struct, frozen=True):
    """What is taken from the shelves for one order."""

    rows: tuple[PickRow, ...]
    done: str
    """2 of 4 picked."""
    part_ppm: int
    """How far it is, millionths."""
    open: bool = True
    """False for an order that is not picked any more."""


class StepView(msgspec.Struct, frozen=True):
    """A step of an order's history."""

    title: str
    detail: str
    when: str
    kind: str
    """done, now, todo, warn or bad."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ", ".join(part for part in (self.title, self.detail, self.when) if part)


class Promise(msgspec.Struct, frozen=True):
    """By when it is to be ready."""

    words: str
    left: str
    """12:04, or how late it is."""
    part_ppm: int
    tone: str
    """plain, warn or bad."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return f"{self.words}, {self.left}"


class OrderCard(msgspec.Struct, frozen=True):
    """The order in the panel."""

    title: str
    detail: str
    pill: str
    pill_tone: str
    person: PersonView
    promise: Promise | None
    note: str
    history: tuple[StepView, ...]
    shelves: tuple[ChoiceView, ...] = ()
    told: str = ""
    """A fact tied to this order: the shop took it back, another till has it, it leaves by carrier."""
    told_detail: str = ""
    told_tone: str = "warn"
    carrier: str | None = None
    """What is typed into the field of the carrier; None where nobody fetches it by a carrier."""
    button: str = ""
    button_end: str = ""
    why_not: str = ""


class PickupState(msgspec.Struct, frozen=True):
    """The whole screen."""

    segments: tuple[ChoiceView, ...] = ()
    rows: tuple[QueueRow, ...] = ()
    chosen: str = ""
    text: str = ""
    empty: str = ""
    empty_detail: str = ""
    refused: str = ""
    """What was scanned last does not fit: what it is, what is wanted."""
    refused_detail: str = ""
    picks: PickList | None = None
    card: OrderCard | None = None
    giving: HandOverView | None = None
    """Set where the chosen order is handed over."""
    can_pick: bool = False
    bag_here: bool = False
    """True where the customer is here and the bag may be: another till packed it."""
    put_back: bool = False
    """True where the marked line is found already: it can be taken out again."""
    take_over: str = ""
    """What the button says; empty where there is nothing to take over."""
    busy: bool = False


class WayOut(msgspec.Struct, frozen=True):
    """What can be done about a piece that is not found."""

    way: str
    """resource, substitute or refund."""
    title: str
    detail: str
    icon: str
    chosen: bool
    why_not: str = ""


class MissingState(msgspec.Struct, frozen=True):
    """The sheet for what cannot be found."""

    title: str = ""
    detail: str = ""
    ways: tuple[WayOut, ...] = ()
    instead: str = ""
    """What was scanned in its place."""
    instead_detail: str = ""
    scanning: bool = False
    """True where something is to be scanned."""
    problem: str = ""
    button: str = ""
    why_not: str = ""


class ReachState(msgspec.Struct, frozen=True):
    """The sheet with a customer's number and what can be said."""

    title: str = ""
    detail: str = ""
    phone: str = ""
    email: str = ""
    sentences: tuple[str, ...] = ()
