"""The window's frame: rail, work area with its sheets, decision panel, and what lies over them.

It knows no presenter; `window.Window` fills it and says what each key and button does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from pos_app.ui import keys, theme
from pos_app.ui.key_table import KeyTable
from pos_app.ui.lanes import Lanes
from pos_app.ui.overlays import FocusRing, Toasts, scroll_area
from pos_app.ui.shell import RAIL, RAIL_NARROW, Rail, Sheet, SheetHost
from pos_app.ui.taps import Taps

COMPACT_BELOW = 1_200
WIDE_FROM = 1_600
PANELS = {"compact": 381, "normal": 446, "wide": 518}
SMALLEST = QSize(1_024, 660)
AFTER_PAINT = QEvent.Type(QEvent.registerEventType())
_KEYBOARD = frozenset(
    {
        *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Down),
        *(Qt.Key.Key_Left, Qt.Key.Key_Right),
    }
)


class Frame(QWidget):
    """Three zones and one finish. Also the hands of the presenters (`presenters.desk.Hands`)."""

    def __init__(self, lost: Callable[[BaseException], None]) -> None:
        super().__init__()
        self.setWindowTitle("Holdfast")
        self.setMinimumSize(SMALLEST)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a tap beside a field leaves the caret in it
        self.setAccessibleName("Holdfast")
        self.lanes = Lanes(self, lost)
        self.sounds: Callable[[str], None] = lambda _cue: None
        self.layout_mode = ""
        self._later = 0
        self._painted_jobs: list[Callable[[], None]] = []
        self._announced: dict[str, bool] = {}
        """What a screen reader is told after the next paint, and whether at once."""
        self.place = ""
        self.sheet_name = ""
        self.works: dict[str, QWidget] = {}
        self.panels: dict[str, QWidget] = {}
        self.sheets: dict[str, Sheet] = {}
        self.clock_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000
        """What the guard after a screen change is measured by."""
        self._guarded_until = 0
        self._sheet_focus: QWidget | None = None
        self.over = QVBoxLayout(self)
        self.over.setContentsMargins(0, 0, 0, 0)
        self.over.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.over.addLayout(row, 1)
        self.rail = Rail()
        self.work_room = QWidget()
        column = QVBoxLayout(self.work_room)
        column.setContentsMargins(0, 0, 0, 0)
        self.work = QStackedWidget()
        column.addWidget(self.work)
        self.panel = QStackedWidget()
        row.addWidget(self.rail)
        row.addWidget(self.work_room, 1)
        row.addWidget(self.panel)
        self.host = SheetHost(self.work_room)
        self.host.closed.connect(self._sheet_closed)
        self.toasts = Toasts(self.work_room)
        self.ring = FocusRing(self)
        self.taps = Taps(self)
        self.key_table = KeyTable(self)
        self.shortcuts: dict[str, QShortcut] = {}
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_changed)

    # ---- parts

    def add_screen(self, name: str, work: QWidget, panel: QWidget) -> None:
        """A screen: what stands in the work area, and its panel (screens may share one)."""
        self.works[name], self.panels[name] = work, panel
        self.work.addWidget(work)
        if self.panel.indexOf(panel) < 0:
            self.panel.addWidget(panel)

    def add_sheet(self, name: str, sheet: Sheet) -> None:
        """A sheet, by the name it is opened by."""
        self.sheets[name] = sheet
        sheet.setParent(self.host)
        sheet.hide()
        sheet.closed.connect(self.close_sheet)

    def add_shortcuts(self, pressed: Callable[[str], None]) -> None:
        """One shortcut for each key of the keyboard table; what it means depends on the screen.

        Called again after a key was changed.
        """
        for shortcut in self.shortcuts.values():
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self.shortcuts = {}
        for chord in dict.fromkeys(key.chord for key in keys.KEYS.values()):
            if chord == keys.KEYS["help"].chord:
                continue  # it is held: the window itself sees it go down and up
            shortcut = QShortcut(QKeySequence(chord), self)
            shortcut.setAutoRepeat(False)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(lambda what=chord: self._shortcut(what, pressed))
            self.shortcuts[chord] = shortcut

    def _shortcut(self, chord: str, pressed: Callable[[str], None]) -> None:
        self.touched()  # the window is not told of a key that is a shortcut
        action = keys.action_of(chord, self.place)
        if not action or (action in keys.GUARDED and self.guarded):
            return
        pressed(action)

    @property
    def guarded(self) -> bool:
        """True for a moment after a screen changed: keys that move money wait."""
        return self.clock_ms() < self._guarded_until

    # ---- the hands of the presenters

    def run(
        self,
        lane: str,
        job: Callable[[], Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Runs a job on a lane."""
        self.lanes.run(lane, job, done, failed)

    def after_paint(self, job: Callable[[], None]) -> None:
        """Runs a job after what is to be painted was painted.

        Qt asks for a paint by an event of low priority; ours is lower still.
        """
        self._painted_jobs.append(job)
        QCoreApplication.postEvent(
            self, QEvent(AFTER_PAINT), Qt.EventPriority.LowEventPriority.value - 1
        )

    def event(self, event: QEvent) -> bool:
        if event.type() == AFTER_PAINT:
            jobs, self._painted_jobs = self._painted_jobs, []
            for job in jobs:
                job()
            return True
        return super().event(event)

    def later(self, ms: int, job: Callable[[], None]) -> None:
        """Runs a job after that many milliseconds."""
        self._later += 1

        def run() -> None:
            self._later -= 1
            job()

        QTimer.singleShot(ms, self, run)

    @property
    def busy(self) -> bool:
        """True while a lane works, or something was put off for a moment."""
        return self.lanes.busy or self._later > 0 or bool(self._painted_jobs)

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """A line that goes by itself, told to a screen reader too."""
        self.toasts.show(text, undo)
        self.announce(text)

    def announce(self, text: str, *, at_once: bool = False) -> None:
        """Tells a screen reader, once it can be seen too; what is said twice is said once."""
        if not text:
            return
        if not self._announced:
            self.after_paint(self._tell_reader)
        self._announced[text] = self._announced.get(text, False) or at_once

    def _tell_reader(self) -> None:
        said, self._announced = self._announced, {}
        for text, at_once in said.items():
            self.tell_reader(text, at_once=at_once)

    def tell_reader(self, text: str, *, at_once: bool) -> None:
        """Gives one announcement to the system: polite, or at once for what must be known."""
        from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

        if not QAccessible.isActive():
            return
        event = QAccessibleAnnouncementEvent(self, text)
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if at_once else politeness.Polite)
        QAccessible.updateAccessibility(event)

    def sound(self, cue: str) -> None:
        """A tone, where there is a speaker; what it tells is on the screen as well."""
        self.sounds(cue)

    def go(self, screen: str) -> None:
        """Shows a screen."""
        if screen == self.place:
            return
        self.close_sheet()
        self.toasts.clear()
        self.place = screen
        if screen not in self.works:
            self.build(screen)
        self.work.setCurrentWidget(self.works[screen])
        self.panel.setCurrentWidget(self.panels[screen])
        self._guarded_until = self.clock_ms() + keys.GUARD_MS
        self.focus_screen()

    def focus_screen(self) -> None:
        """Puts the focus where typing belongs; a window with fields does better."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_sheet(self, sheet: str) -> None:
        """Lays a sheet over the work area."""
        if not self.sheet_name:
            self._sheet_focus = QApplication.focusWidget()
        self.sheet_name = sheet
        self.host.open(self.sheet_of(sheet))

    def sheet_of(self, name: str) -> Sheet:
        """A sheet, made now where it was never shown."""
        if name not in self.sheets:
            self.build(name)
        return self.sheets[name]

    def build(self, name: str) -> None:
        """A screen or sheet is shown for the first time: a window makes it and adds it."""

    def close_sheet(self) -> None:
        """Takes it away."""
        self.host.close_sheet()

    def _sheet_closed(self) -> None:
        name, self.sheet_name = self.sheet_name, ""
        self.sheet_left(name)
        if self.place:
            self._focus_back()

    def _focus_back(self) -> None:
        """Where the focus was before the sheet, where that is still there."""
        before, self._sheet_focus = self._sheet_focus, None
        if (
            before is not None
            and isValid(before)
            and before.isVisible()
            and before.isEnabled()
            and self.isAncestorOf(before)
        ):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.focus_screen()

    def sheet_left(self, name: str) -> None:
        """A sheet was closed."""

    def touched(self) -> None:
        """Somebody is here: a key, a tap, a scan."""

    # ---- size, focus, painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = event.size().width()
        mode = "compact" if width < COMPACT_BELOW else "wide" if width >= WIDE_FROM else "normal"
        if mode != self.layout_mode:
            self.layout_mode = mode
            self.rail.setFixedWidth(RAIL_NARROW if mode == "compact" else RAIL)
            self.panel.setFixedWidth(PANELS[mode])
            self.mode_changed(compact=mode == "compact")
        self.key_table.hide()

    def mode_changed(self, *, compact: bool) -> None:
        """The window became narrow, or wide again."""

    def _focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        area = scroll_area(now) if now is not None and self.isAncestorOf(now) else None
        if area is not None and now is not None:
            area.ensureWidgetVisible(now, 0, theme.GAP)
        self.ring.follow(now)

    def watch(self, *filters: QObject) -> None:
        """Lets these filters, and the focus ring, see the window's own key and mouse events.

        On the native window, not on the application: each event is seen once, and Python is not
        asked about every paint and timer.
        """
        self.winId()
        handle = self.windowHandle()
        if handle is not None:
            for each in (self, *filters, self.taps):  # the last one installed looks first
                handle.installEventFilter(each)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress):
            self.touched()
        if kind == QEvent.Type.MouseButtonPress:
            self.ring.follow(QApplication.focusWidget(), by_keyboard=False)
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress:
            self.ring.by_keyboard = self.ring.by_keyboard or event.key() in _KEYBOARD
        return super().eventFilter(watched, event)
