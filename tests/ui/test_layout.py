"""Every screen and sheet at every size and in both directions: nothing clipped, nothing lost."""

from __future__ import annotations

import re
from gettext import NullTranslations
from itertools import combinations

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRect
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QLineEdit,
    QWidget,
)

from pos_app.ui import keys, paint, theme
from pos_app.ui.basket_list import LineActions
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.key_table import KeyTable
from pos_app.ui.labels import Label
from pos_app.ui.lists import ThinBar
from pos_app.ui.overlays import FocusRing, Toast
from pos_app.ui.people import WarnStrip
from pos_app.ui.shell import Rail, RailItem, SheetHost, SyncPill
from pos_app.words import language
from tests.ui.stops import everywhere

pytestmark = pytest.mark.slow

TARGET, APART = 48, 8
OVERLAYS = (SheetHost, Toast, FocusRing, KeyTable, LineActions, ThinBar, WarnStrip)
SIZES = ((1024, 768), (1366, 768), (1920, 1080), (1188, 668))
"""The last: a screen of 1366x768 with everything 15 % larger."""


def shown(window: QWidget) -> list[QWidget]:
    """Visible widgets; what lies under a sheet is not looked at."""
    found = [each for each in window.findChildren(QWidget) if each.isVisible()]
    host = next((each for each in found if isinstance(each, SheetHost)), None)
    if host is None:
        return found
    room = host.parentWidget()
    return [
        each
        for each in found
        if not room.isAncestorOf(each) or host.isAncestorOf(each) or each is host
    ]


def scrolled(widget: QWidget) -> bool:
    """True for what scrolls: it may lie outside, and is brought into sight by the focus."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def named(widget: QWidget) -> str:
    text = getattr(widget, "text", lambda: "")
    text = text() if callable(text) else text
    return f"{type(widget).__name__} {text!r} {widget.accessibleName()!r} {widget.geometry().getRect()}"


def check(window: QWidget, where: str) -> list[str]:
    faults = []
    everything = shown(window)
    for widget in everything:
        inside = scrolled(widget) and not isinstance(widget, QAbstractScrollArea)
        if not inside and not isinstance(widget, FocusRing):
            area = place(widget, window)
            if not window.rect().contains(area):
                faults.append(f"outside the window: {named(widget)}")
        if isinstance(widget, QAbstractButton):
            faults += button_faults(widget)
        elif isinstance(widget, Label):
            faults += label_faults(widget)
        elif isinstance(widget, QLineEdit | QAbstractItemView) and not widget.accessibleName():
            faults.append(f"no name: {named(widget)}")
    faults += overlaps(everything)
    faults += crowded(everything, window)
    return [f"{where}: {fault}" for fault in faults]


def crowded(everything: list[QWidget], window: QWidget) -> list[str]:
    """Targets so near that one is hit for the other; choices of one strip may touch."""
    faults = []
    targets = [
        (each, seen(each, window).adjusted(0, 0, APART - 1, APART - 1))
        for each in everything
        if isinstance(each, QAbstractButton)
        and not isinstance(each.parentWidget(), Segment | Rail)
        and not each.visibleRegion().isEmpty()
    ]
    for (one, area), (other, beside) in combinations(targets, 2):
        if area.intersects(beside) and not layered(one, other):
            faults.append(f"too near: {named(one)} and {named(other)}")
    return faults


def seen(widget: QWidget, window: QWidget) -> QRect:
    """The part of a widget that has not been scrolled away."""
    area = place(widget, window)
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            area = area.intersected(place(parent, window))
        parent = parent.parentWidget()
    return area


def layered(one: QWidget, other: QWidget) -> bool:
    """True where one of them lies over the other on purpose."""
    return over(one) is not over(other)


def over(widget: QWidget) -> QWidget | None:
    parent: QWidget | None = widget
    while parent is not None and not isinstance(parent, OVERLAYS):
        parent = parent.parentWidget()
    return parent


def button_faults(button: QAbstractButton) -> list[str]:
    faults = []
    if not button.accessibleName():
        faults.append(f"no name: {named(button)}")
    if button.width() < TARGET or button.height() < TARGET:
        faults.append(f"too small to hit: {named(button)}")
    for words, font, room in texts(button):
        if paint.width_of(words, font) > room:
            faults.append(f"clipped {words!r}: {named(button)}")
    return faults


def texts(button: QAbstractButton) -> list[tuple[str, QFont, int]]:
    """What a button says, in which font, and the room there is for it."""
    width = button.width()
    if isinstance(button, SyncPill):
        lines = ((button.first, theme.font(14, 600)), (button.second, theme.font(12, 500)))
        return [(words, font, width - 54) for words, font in lines]
    if isinstance(button, RailItem):
        return [(button.text(), button.word_font(), width)]
    if isinstance(button, Button) and button.kind == "primary":
        words = button.reason if not button.isEnabled() and button.reason else button.text()
        rows = paint.wrapped(words, theme.font(14, 700), width - 84, 2)
        return [(row, theme.font(14, 700), width - 84) for row in rows if "\u2026" in row[-1:]]
    if type(button) is Button:
        size, icon, cap = button.fitted()
        font = theme.font(size, button.dress.weight)
        beside = button.content_width(size, icon=icon, cap=cap) - paint.width_of(
            button.text(), font
        )
        rows = paint.wrapped(button.text(), font, width - 12 - beside, 2 if size == 13 else 1)
        return [(row, font, width - 12 - beside) for row in rows if "\u2026" in row[-1:]]
    return []


def label_faults(label: Label) -> list[str]:
    if not label.text():
        return []
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if label.height() < needed:
            return [f"cut at the bottom, needs {needed}: {named(label)}"]
    elif not label.data and paint.width_of(label.text(), label.font()) > label.width():
        return [f"clipped: {named(label)}"]
    return []


def overlaps(everything: list[QWidget]) -> list[str]:
    faults = []
    families: dict[QWidget, list[QWidget]] = {}
    for widget in everything:
        if isinstance(widget, OVERLAYS) or scrolled(widget):
            continue
        families.setdefault(widget.parentWidget(), []).append(widget)
    for children in families.values():
        faults += [
            f"overlap: {named(one)} and {named(other)}"
            for one, other in combinations(children, 2)
            if one.geometry().intersects(other.geometry())
        ]
    return faults


class Looks:
    """At each stop the window in every size, and what its painters had to shorten."""

    def __init__(self, sizes: tuple[tuple[int, int], ...]) -> None:
        self.sizes = sizes
        self.faults: dict[str, None] = {}
        self.stops = 0

    def visit(self, window: QWidget, name: str) -> None:
        self.stops += 1
        first = window.size()
        for size in self.sizes:
            keys_shown = getattr(window, "key_table", None) and window.key_table.isVisible()
            window.resize(*size)
            if keys_shown and not window.key_table.isVisible():
                window.key_table.open()
            settle()
            self.faults |= dict.fromkeys(check(window, f"{name} {size[0]}x{size[1]}"))
        window.resize(first)
        settle()


def settle() -> None:
    """Twice: a clock may have told another minute between the layout and the look at it."""
    for _again in range(2):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents()


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """The guard after a screen change is tested elsewhere; here its waits would add up."""
    monkeypatch.setattr(keys, "GUARD_MS", 0)


@pytest.mark.parametrize(("locale", "sizes"), [("", SIZES), ("ar", SIZES[:2])], ids=["ltr", "rtl"])
def test_every_screen_holds_together(made, tmp_path, qapp, locale, sizes):
    looks = Looks(sizes)
    everywhere(made, tmp_path, looks.visit, locale=locale, size=SIZES[0])
    assert looks.stops > 100
    assert not looks.faults, "\n".join(looks.faults)


STRETCH = "\u0115"
"""A letter of no word of ours: where it stands, the words are ours and not from data."""


class Longer(NullTranslations):
    """Every sentence as long as German makes it: two fifths more letters."""

    def gettext(self, message: str) -> str:
        return re.sub(r"\{[^}]*\}|[^\W\d_]+", lambda found: _stretched(found[0]), message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def _stretched(word: str) -> str:
    if word.startswith("{"):
        return word
    more = -(-len(word) * 2 // 5)
    return word[:-1] + STRETCH * more + word[-1:]


@pytest.fixture
def shortened(monkeypatch):
    """Every text of ours that a painter had to shorten."""
    found: dict[str, str] = {}
    plain = paint.shorten

    def watched(text: str, font: QFont, width: int) -> str:
        fitting = plain(text, font, width)
        if fitting != text and STRETCH in text:
            found[text] = fitting
        return fitting

    for kept in (paint._laid, paint.wrapped, paint.shorten):
        kept.cache_clear()
    monkeypatch.setattr(paint, "shorten", watched)
    yield found
    paint._laid.cache_clear()
    paint.wrapped.cache_clear()


def test_long_words_have_room(made, tmp_path, qapp, monkeypatch, shortened):
    longer = Longer()
    monkeypatch.setattr(language, "catalogue", lambda _locale, _directory: longer)
    looks = Looks(SIZES[:2])

    def visit(window: QWidget, name: str) -> None:
        before = set(shortened)
        looks.visit(window, name)
        window.grab()
        for each in sorted(set(shortened) - before):
            looks.faults[f"{name}: painted as {shortened[each]!r}: {each!r}"] = None

    everywhere(made, tmp_path, visit, locale="", size=SIZES[0])
    assert not looks.faults, "\n".join(looks.faults)


def test_the_smallest_window_is_no_larger_than_the_smallest_screen(window_of, data):
    hand = window_of(data, size=(1024, 768))
    for screen in ("sell", "pay", "pickup", "close_shift", "open_shift", "lock"):
        hand.window.build(screen)
        work, panel = hand.window.works[screen], hand.window.panels[screen]
        hand.window.work.setCurrentWidget(work)
        hand.window.panel.setCurrentWidget(panel)
        hand.settle()
        needed = 72 + work.minimumSizeHint().width() + 381
        assert needed <= 1024, f"{screen}: {needed}"
        assert max(work.minimumSizeHint().height(), panel.minimumSizeHint().height()) <= 768, screen
