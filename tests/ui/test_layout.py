"""Every screen and sheet at every size and in both directions: nothing clipped, nothing lost."""

from __future__ import annotations

import re
from gettext import NullTranslations
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QWidget

from pos_app.ui import paint, theme
from pos_app.ui.basket_list import LineActions
from pos_app.ui.buttons import Button
from pos_app.ui.key_table import KeyTable
from pos_app.ui.labels import Label
from pos_app.ui.lists import ThinBar
from pos_app.ui.overlays import FocusRing, Toast
from pos_app.ui.shell import RailItem, SheetHost, SyncPill
from pos_app.words import language
from tests.ui.shots import walk

pytestmark = pytest.mark.slow

TARGET = 44
OVERLAYS = (SheetHost, Toast, FocusRing, KeyTable, LineActions, ThinBar)


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
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractItemView):
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
        if scrolled(widget) and not isinstance(widget, QAbstractItemView):
            continue
        area = place(widget, window)
        if not window.rect().contains(area) and not isinstance(widget, FocusRing):
            faults.append(f"outside the window: {named(widget)}")
        if isinstance(widget, QAbstractButton):
            faults += button_faults(widget)
        elif isinstance(widget, Label):
            faults += label_faults(widget)
        elif isinstance(widget, QLineEdit | QAbstractItemView) and not widget.accessibleName():
            faults.append(f"no name: {named(widget)}")
    faults += overlaps(everything)
    return [f"{where}: {fault}" for fault in faults]


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
        return [(button.text(), theme.font(12, 600), width)]
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


@pytest.mark.parametrize(
    "look",
    [
        {"size": (1024, 768)},
        {"size": (1366, 768)},
        {"size": (1920, 1080), "theme": "dark"},
        {"size": (1024, 768), "locale": "ar"},
        {"size": (1366, 768), "locale": "ar", "theme": "dark"},
        {"size": (1366, 700)},
    ],
    ids=lambda look: "-".join(str(part) for part in look.values()),
)
def test_every_screen_holds_together(window_of, data, look):
    hand = window_of(data, **look)
    faults: list[str] = []

    def shot(name: str) -> None:
        hand.settle()
        faults.extend(check(hand.window, name))

    walk(hand, shot)
    assert not faults, "\n".join(dict.fromkeys(faults))


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
    return word[:-1] + "e" * more + word[-1:]


@pytest.mark.parametrize("size", [(1024, 768), (1366, 768)], ids=str)
def test_long_words_have_room(window_of, data, size, monkeypatch):
    longer = Longer()
    monkeypatch.setattr(language, "catalogue", lambda _locale, _directory: longer)
    hand = window_of(data, size=size)
    faults: list[str] = []

    def shot(name: str) -> None:
        hand.settle()
        faults.extend(check(hand.window, name))

    walk(hand, shot)
    assert not faults, "\n".join(dict.fromkeys(faults))


def test_the_smallest_window_is_no_larger_than_the_smallest_screen(window_of, data):
    hand = window_of(data, size=(1024, 768))
    for screen in ("sell", "pay", "close_shift", "open_shift", "lock"):
        hand.window.build(screen)
        work, panel = hand.window.works[screen], hand.window.panels[screen]
        hand.window.work.setCurrentWidget(work)
        hand.window.panel.setCurrentWidget(panel)
        hand.settle()
        needed = 72 + work.minimumSizeHint().width() + 381
        assert needed <= 1024, f"{screen}: {needed}"
        assert max(work.minimumSizeHint().height(), panel.minimumSizeHint().height()) <= 768, screen
