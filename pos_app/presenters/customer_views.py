"""What the Customers screen shows, frozen."""

from __future__ import annotations

import msgspec

MATCHES, RECENT = "matches", "recent"
ALL, ORDERS, RETURNS, SUPPORT, POINTS = "", "orders", "returns", "support", "points"
FILTERS = (ALL, ORDERS, RETURNS, SUPPORT, POINTS)


class PersonRow(msgspec.Struct, frozen=True):
    """Somebody in the list."""

    customer: str
    letters: str
    name: str
    tier: str
    tone: str
    """gold, guest or plain: the ink of the tier."""
    seen: str

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ", ".join(part for part in (self.name, self.tier, self.seen) if part)


class ContactBox(msgspec.Struct, frozen=True):
    """A way to reach or know them."""

    icon: str
    title: str
    value: str
    verified: bool = False


class Figure(msgspec.Struct, frozen=True):
    """A number about them: what it is, the number, a word under it."""

    label: str
    value: str
    detail: str = ""
    tone: str = "text"
    detail_tone: str = "text2"


class MomentRow(msgspec.Struct, frozen=True):
    """One thing that happened."""

    icon: str
    tone: str
    title: str
    detail: str
    amount: str
    when: str
    sale: str = ""
    """Id of a document that this till can show."""
    last: bool = False

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        parts = (self.title, self.detail, self.amount, self.when)
        return ", ".join(part for part in parts if part)


class Tip(msgspec.Struct, frozen=True):
    """Something to offer them."""

    sku: str
    icon: str
    tint: str
    name: str
    detail: str
    price: str


class ConsentRow(msgspec.Struct, frozen=True):
    """A purpose, and what they said to it."""

    purpose: str
    icon: str
    title: str
    detail: str
    words: str
    look: str
    """yes, no or open."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return f"{self.title}: {self.words}. {self.detail}"


class Proposed(msgspec.Struct, frozen=True):
    """Somebody who may be the same person."""

    other: str
    title: str
    detail: str
    merge: str = ""
    """What the button says."""


class Profile(msgspec.Struct, frozen=True):
    """Somebody, as far as who is signed in may see them."""

    customer: str
    name: str
    letters: str
    tier: str
    tone: str
    since: str
    known: str
    boxes: tuple[ContactBox, ...]
    masked: bool
    """True while addresses are not shown in full."""
    may_show: bool
    figures: tuple[Figure, ...]
    subtitle: str
    waits: str = ""
    """Says that something of theirs has not reached head office."""
    note: str = ""
    proposed: Proposed | None = None
    tips_title: str = ""
    tips_note: str = ""
    tips: tuple[Tip, ...] = ()
    consents: tuple[ConsentRow, ...] = ()
    message: str = ""
    message_why: str = ""
    credit_why: str = ""
    may_edit: bool = True


class History(msgspec.Struct, frozen=True):
    """What happened between them and the shop."""

    chosen: str = ALL
    rows: tuple[MomentRow, ...] = ()
    note: str = ""
    more: bool = False
    busy: bool = False
    empty: str = ""


class CustomersState(msgspec.Struct, frozen=True):
    """The whole screen."""

    text: str = ""
    note: str = ""
    tab: str = RECENT
    matches: str = ""
    rows: tuple[PersonRow, ...] = ()
    chosen: str = ""
    profile: Profile | None = None
    history: History = History()
    empty: str = ""
    empty_detail: str = ""
    elsewhere: str = ""
    """What the button that asks all stores says; empty where it is not there."""
    elsewhere_why: str = ""
    finish: str = ""
    finish_amount: str = ""
    finish_why: str = ""
    title: str = ""


class FormState(msgspec.Struct, frozen=True):
    """New, or changed."""

    customer: str = ""
    title: str = ""
    detail: str = ""
    name: str = ""
    mail: str = ""
    phone: str = ""
    card: str = ""
    birthday: str = ""
    language: str = ""
    member: bool = True
    said: tuple[tuple[str, str], ...] = ()
    """(purpose, state) of what somebody new said."""
    wrong: str = ""
    wrong_field: str = ""
    button: str = ""


class AskState(msgspec.Struct, frozen=True):
    """A sheet that asks for one consent, or for words."""

    kind: str = ""
    """consent, note or support."""
    title: str = ""
    detail: str = ""
    sentence: str = ""
    """What is read aloud."""
    now: str = ""
    button: str = ""
    wrong: str = ""
    text: str = ""
    """What stands in its field at first."""


class Side(msgspec.Struct, frozen=True):
    """One of two people who may be one."""

    name: str
    detail: str
    rows: tuple[tuple[str, str], ...]


class CompareState(msgspec.Struct, frozen=True):
    """Both side by side, and what would move."""

    customer: str = ""
    other: str = ""
    left: Side | None = None
    right: Side | None = None
    moves: tuple[str, ...] = ()
    button: str = ""
    why: str = ""
