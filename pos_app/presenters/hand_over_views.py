"""What is shown while an order is handed over: bag, extras, who is here, money. Frozen, in words."""

from __future__ import annotations

import msgspec

from pos_app.presenters.exception_views import ChoiceView
from pos_app.presenters.views import Row


class BagLine(msgspec.Struct, frozen=True):
    """A line of what lies in the bag."""

    line: str
    title: str
    detail: str
    amount: str
    paid: str
    paid_tone: str
    icon: str = ""
    tint: str = ""
    chosen: bool = True
    """False where the bag is open and this stays in it."""
    qty: str = ""
    """1 of 2, where the bag is open and there are several."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        parts = (self.title, self.detail, self.qty, self.amount, self.paid)
        return ", ".join(part for part in parts if part)


class ExtraView(msgspec.Struct, frozen=True):
    """Something that goes with it."""

    sku: str
    title: str
    detail: str
    price: str
    added: bool
    icon: str = ""
    tint: str = ""


class Fact(msgspec.Struct, frozen=True):
    """A banner: an icon, what is so, what to do."""

    title: str
    detail: str
    tone: str
    icon: str


class PersonView(msgspec.Struct, frozen=True):
    """Whose order it is."""

    initials: str
    name: str
    detail: str
    reach: bool = False
    """True where there is a number to call or to write to."""


class HandOverView(msgspec.Struct, frozen=True):
    """One order on the counter."""

    title: str
    detail: str
    pill: str
    pill_tone: str
    person: PersonView
    shelf: str
    fetch: str
    """Fetch the bag from shelf B3."""
    bag: str
    packed_by: str
    packed: str
    """2 of 2 packed."""
    lines: tuple[BagLine, ...]
    opened: bool
    """True while somebody chooses what of the bag is handed over."""
    extras: tuple[ExtraView, ...]
    proof: Fact
    who: tuple[ChoiceView, ...]
    identity: Fact | None
    money: tuple[Row, ...]
    offline: Fact | None
    due_words: str
    due: str
    settled: bool
    """True where nothing is to be paid."""
    button: str
    button_end: str
    why_not: str = ""
    can_give: bool = True
    """False for what is not on the shelf any more: it is only looked at."""
    can_keep: bool = True
