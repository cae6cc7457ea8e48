"""Every control of every screen: it has a name, it says what is painted on it, keys reach it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor, QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QWidget,
)

from pos_app.ui import keys, paint
from pos_app.ui.buttons import Segment
from pos_app.ui.counting import CheckTile
from pos_app.ui.hour_chart import Bars
from pos_app.ui.labels import Label
from pos_app.ui.lists import List
from pos_app.ui.lock import Face
from pos_app.ui.matrix import MatrixGrid
from pos_app.ui.pads import Pad
from pos_app.ui.window import Window
from tests.ui.shop import Hand
from tests.ui.stops import everywhere
from tests.ui.test_layout import named, shown

pytestmark = pytest.mark.slow

Role = QAccessible.Role
SPEAKING = {
    Role.Button,
    Role.CheckBox,
    Role.RadioButton,
    Role.EditableText,
    Role.List,
    Role.ListItem,
}
NUMBER = re.compile(r"\d[\d.,:\u00a0]*\d|\d")


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """The guard after a screen change is tested elsewhere; here its waits would add up."""
    monkeypatch.setattr(keys, "GUARD_MS", 0)


@pytest.fixture
def painted(monkeypatch):
    """Widget -> the texts that it painted itself, the caps of keys left out."""
    found: dict[QWidget, list[str]] = {}
    plain = paint.write

    def write(painter, rect, text: str, font: QFont, ink: QColor, *more, **also) -> None:
        frame = sys._getframe(1)
        inside = []
        while frame is not None:
            inside.append(frame.f_code.co_name)
            me = frame.f_locals.get("self")
            if isinstance(me, QWidget) and frame.f_code.co_name == "paintEvent":
                if "cap" not in inside and text:
                    found.setdefault(me, []).append(text)
                break
            if isinstance(me, QWidget) is False and frame.f_code.co_name == "paint":
                break  # a row of a list: it speaks by its model
            frame = frame.f_back
        plain(painter, rect, text, font, ink, *more, **also)

    monkeypatch.setattr(paint, "write", write)
    return found


def twins(painted: dict[QWidget, list[str]]) -> Iterator[str]:
    """What is painted and told to nobody who cannot see it."""
    for widget, texts in painted.items():
        if isinstance(widget, Label | Face):
            continue
        proxy = widget.focusProxy() or widget
        told = f"{proxy.accessibleName()} {proxy.accessibleDescription()}"
        if not told.strip():
            yield f"painted, not said: {type(widget).__name__} {texts[:4]}"
            continue
        numbers = set(NUMBER.findall(plain(" ".join(texts))))
        missing = sorted(each for each in numbers if each not in plain(told))
        if missing and not isinstance(widget, Bars):  # its scale and its rounded best
            yield f"numbers that are not said: {type(widget).__name__} {missing} of {texts}: {told!r}"


def plain(text: str) -> str:
    return re.sub("[\u2066-\u2069\u200e\u200f]", "", text)


def tree(everything: list[QWidget]) -> Iterator[str]:
    """Controls that are nameless in the tree a screen reader walks."""
    for widget in everything:
        role, name = told(widget)
        if role in SPEAKING and not name.strip():
            yield f"no name: {role.name} {named(widget)}"


def told(widget: QWidget) -> tuple[QAccessible.Role, str]:
    """What the system is told of a widget; the node itself is not kept, Qt owns it."""
    node = QAccessible.queryAccessibleInterface(widget)
    return node.role(), node.text(QAccessible.Text.Name)


def rows(everything: list[QWidget]) -> Iterator[str]:
    """Rows that say less than a sentence."""
    for view in everything:
        if not isinstance(view, QAbstractItemView) or view.model() is None:
            continue
        for row in range(min(view.model().rowCount(), 12)):
            spoken = view.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)
            if not spoken or len(spoken.split()) < 2:
                yield f"a row without a sentence: {view.accessibleName()} {spoken!r}"


def reachable(everything: list[QWidget]) -> Iterator[str]:
    """Buttons that only a finger reaches; a pad is typed, in strips and grids arrows move."""
    for button in everything:
        if (
            isinstance(button, QAbstractButton)
            and button.isEnabled()
            and not isinstance(button.parentWidget(), Pad | Segment | MatrixGrid)
            and not isinstance(button, CheckTile)
            and not button.focusPolicy() & Qt.FocusPolicy.TabFocus
        ):
            yield f"not reached by keys: {named(button)}"


def tab_round(window: QWidget) -> Iterator[str]:
    """Once around by Tab: everything comes, the focus is always seen, and one gets out again."""
    handle = window.windowHandle()
    sheet = window.host.sheet if isinstance(window, Window) else None
    room: QWidget = sheet or window
    wanted = {
        each
        for each in shown(room if sheet is not None else window)
        if each.isEnabled()
        and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.focusProxy() is None
        and isinstance(each, QAbstractButton | QLineEdit)
        and not (isinstance(each.parentWidget(), Segment) and not each.isChecked())
        and not (sheet is not None and not sheet.isAncestorOf(each))
    }
    before = QApplication.focusWidget()
    seen: list[QWidget] = []
    for _step in range(len(wanted) + 12):
        QTest.keyClick(handle, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is None:
            yield f"Tab loses the focus after {named(seen[-1]) if seen else 'nothing'}"
            return
        if focus in seen[:1]:
            break
        seen.append(focus)
        yield from unseen(window, focus)
    else:
        yield f"Tab does not come round: {[type(each).__name__ for each in seen[-4:]]}"
    missed = wanted - set(seen)
    if len(seen) > 1 or missed:
        yield from (f"Tab passes by: {named(each)}" for each in missed)
    if before is not None and before.isVisible():
        before.setFocus(Qt.FocusReason.OtherFocusReason)


def unseen(window: QWidget, focus: QWidget) -> Iterator[str]:
    """Fields and lists paint their own focus; buttons have the ring."""
    if isinstance(focus, QAbstractButton) and isinstance(window, Window):
        ring = window.ring
        if not ring.isVisible() or ring.target is not focus:
            yield f"no ring around {named(focus)}"
        corner = focus.mapTo(window, QPoint(0, 0)) - QPoint(4, 4)
        if ring.pos() != corner:
            yield f"the ring is elsewhere: {named(focus)}"
    seen = focus.viewport() if isinstance(focus, QAbstractItemView) else focus
    if isinstance(focus, List) and focus.model_.rows and not focus.currentIndex().isValid():
        yield f"a list with the focus marks no row: {named(focus)}"
    if not focus.isVisible() or seen.visibleRegion().isEmpty():
        yield f"the focus is out of sight: {named(focus)}"


def test_every_control_has_a_name_a_text_and_a_key(made, tmp_path, qapp, painted):
    faults: dict[str, str] = {}
    walked: set[tuple[str, ...]] = set()

    def visit(window: QWidget, name: str) -> None:
        painted.clear()
        window.grab()
        everything = shown(window)
        found = [*twins(painted), *tree(everything), *rows(everything), *reachable(everything)]
        where = (
            type(window).__name__,
            getattr(window, "place", name),
            getattr(window, "sheet_name", ""),
        )
        if where not in walked:
            walked.add(where)
            found += tab_round(window)
        for fault in found:
            faults.setdefault(fault, name)

    everywhere(made, tmp_path, visit)
    assert len(walked) > 25
    assert not faults, "\n".join(f"{name}: {fault}" for fault, name in faults.items())


def press(
    hand: Hand, key: Qt.Key, mods: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(hand.window.windowHandle(), key, mods)
    hand.settle()


def test_arrows_choose_in_a_strip_and_move_in_a_matrix(hand, codes):
    hand.scan(codes[0])
    hand.window.acts.discount(line=True)
    hand.settle()
    strip = hand.window.screens.discount.findChild(Segment)
    first, second = list(strip.buttons)[:2]
    strip.buttons[first].setFocus(Qt.FocusReason.TabFocusReason)
    press(hand, Qt.Key.Key_Right)
    assert strip.value == second
    assert hand.window.discounting.state.kind == second
    assert strip.buttons[second].hasFocus()
    press(hand, Qt.Key.Key_Left)
    assert hand.window.discounting.state.kind == first
    hand.window.close_sheet()
    hand.window.about.show("W110-WHT-M")
    hand.settle()
    grid = hand.window.screens.product.findChild(MatrixGrid)
    grid.focus_cell().setFocus(Qt.FocusReason.TabFocusReason)
    reached = set()
    for turn in range(3):
        for _step in range(6):
            reached.add(hand.window.about.state.sku)
            press(hand, Qt.Key.Key_Left if turn % 2 else Qt.Key.Key_Right)
        press(hand, Qt.Key.Key_Down)
        press(hand, Qt.Key.Key_Up if turn == 2 else Qt.Key.Key_Down)
    assert len(reached) > 5


SHEETS = (
    "more", "custom", "coupon", "quantity", "note", "discount", "sale_discount", "product", "sync",
    "park_named", "shelves", "commands", "preferences", "cash_move",
)  # fmt: skip


def test_a_sheet_gives_the_focus_back(hand, codes):
    hand.scan(codes[0])
    hand.scan(codes[1])
    hand.window.selling.select(hand.window.selling.state.lines[0].line_id)
    hand.settle()
    before = hand.window.screens.cart.more
    for act in SHEETS:
        before.setFocus(Qt.FocusReason.TabFocusReason)
        hand.window.acts.do(act)
        hand.settle()
        sheet = hand.window.host.sheet
        assert sheet is not None, act
        assert sheet.isAncestorOf(QApplication.focusWidget()), act
        press(hand, Qt.Key.Key_Escape)
        assert hand.window.host.sheet is None, act
        assert before.hasFocus(), act
    assert len(hand.window.selling.state.lines) == 2


def test_a_sheet_reached_by_keys_alone_shows_its_focus_and_every_row(hand):
    """The settings are longer than the window: what Tab reaches is brought into sight."""
    press(hand, Qt.Key.Key_Tab)
    hand.window.acts.do("preferences")
    hand.settle()
    sheet = hand.window.host.sheet
    for _step in range(40):
        press(hand, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert sheet.isAncestorOf(focus)
        assert not list(unseen(hand.window, focus))
