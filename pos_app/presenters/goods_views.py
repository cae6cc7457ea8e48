"""What the screen of deliveries, transfers and counts shows: frozen, words ready to be read."""

from __future__ import annotations

import msgspec

from pos_app.presenters.return_views import StepView

COME, GO, COUNT = "come", "go", "count"
TABS = (COME, GO, COUNT)
LIST, WORK = "list", "work"
ALL, TO_COUNT, DIFFERENCES, COMPLETE = "all", "to_count", "differences", "complete"
CHIPS = (ALL, TO_COUNT, DIFFERENCES, COMPLETE)


class TabView(msgspec.Struct, frozen=True):
    """A tab or chip: its words, how many are under it."""

    key: str
    words: str
    count: str = ""
    chosen: bool = False


class EntryView(msgspec.Struct, frozen=True):
    """A row of the list: something to receive, to send, to count; or a way to begin."""

    key: str
    icon: str
    title: str
    detail: str
    amount: str = ""
    state: str = ""
    tone: str = ""

    @property
    def shown(self) -> tuple[str, str, str, str, str, str]:
        """As a list draws it."""
        return (self.icon, self.title, self.detail, self.amount, self.state, self.tone)

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        told = (self.title, self.detail, self.state, self.amount)
        return ", ".join(each for each in told if each)


class HeaderView(msgspec.Struct, frozen=True):
    """What is being counted, and how far it has come."""

    icon: str = "truck"
    title: str = ""
    detail: str = ""
    count: str = ""
    count_words: str = ""
    part_ppm: int = 0
    has_whole: bool = True
    """False where nobody said how much there is to come: no bar."""
    steps: tuple[StepView, ...] = ()


class CountRow(msgspec.Struct, frozen=True):
    """A product with its stepper."""

    sku: str
    name: str
    detail: str
    icon: str
    tint: str
    count: str
    expected: str = ""
    """Empty where nothing is said of it: a blind count."""
    expected_words: str = ""
    pill: str = ""
    tone: str = "plain"
    pill_icon: str = ""
    marked: bool = False
    whole: bool = True
    """False for what is sold by weight: the stepper is for pieces."""
    done: bool = False
    can_finish: bool = False
    """True where the pill is a button: no more of it comes."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        told = (self.name, self.detail, self.pill, self.expected_words, self.expected, self.count)
        return ", ".join(each for each in told if each)


class ReasonView(msgspec.Struct, frozen=True):
    """One thing that can be said of a difference."""

    key: str
    words: str
    chosen: bool = False


class DifferenceView(msgspec.Struct, frozen=True):
    """What differs, with its reasons."""

    sku: str
    kind: str
    icon: str
    tone: str
    title: str
    detail: str
    reasons: tuple[ReasonView, ...] = ()


class PanelView(msgspec.Struct, frozen=True):
    """The panel at the end: what is left to decide, and the ways on."""

    title: str = ""
    detail: str = ""
    pill: str = ""
    pill_tone: str = "info"
    banner: str = ""
    banner_detail: str = ""
    banner_button: str = ""
    """Words of the button in the banner: the piece lies aside. Empty for none."""
    head: str = ""
    head_detail: str = ""
    differences: tuple[DifferenceView, ...] = ()
    empty: str = ""
    empty_detail: str = ""
    damaged: str = ""
    """Words of the button that marks one of the chosen line as damaged."""
    pause: str = ""
    rest: str = ""
    finish: str = ""
    finish_amount: str = ""
    why_not: str = ""
    """Why the blue button does nothing; shown in it."""


class GoodsState(msgspec.Struct, frozen=True):
    """The whole screen."""

    stage: str = LIST
    tabs: tuple[TabView, ...] = ()
    entries: tuple[EntryView, ...] = ()
    marked: str = ""
    empty: str = ""
    empty_detail: str = ""
    header: HeaderView = HeaderView()
    chips: tuple[TabView, ...] = ()
    rows: tuple[CountRow, ...] = ()
    more: str = ""
    """How many rows are not shown: a scan brings them up."""
    times: str = ""
    """`12 \u00d7`: what the next scan counts."""
    panel: PanelView = PanelView()
