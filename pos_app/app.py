"""The till's window put together: settings, devices, ledger, the line to sync, and the crash net."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication

from pos_app import words
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Cancelled, PosError
from pos_app.settings import Settings
from pos_app.store.reads import LEDGER_FILE
from pos_app.till import chain
from pos_app.till.till import Till, open_till
from pos_app.ui import theme
from pos_app.ui.memory import Memory
from pos_app.ui.sounds import Sounds
from pos_app.ui.window import Window
from pos_app.workshop import Workshop, devices_of
from sync.link import LinkClient, SyncStatus, SyncSupervisor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


LINE_MS = 500
NUMBERS_MS = 250
"""How often the line's numbers are shown anew while nothing but they moves."""
COPY_AGAIN_MS = 1_000
"""How long after a copy of the hub's rules the next one waits."""
MOVING = frozenset(
    {
        "stock",
        "reflected",
        "sale_ref",
        "exception",
        "order",
        "stock_elsewhere",
        "store_heard",
        "store_name",
    }
)
"""Rows that come down after every sale of the store, of which the ledger keeps no copy."""
"""How often the line to sync is looked at when nothing arrives by itself."""
IDLE_MS = 20_000
"""How often the ledger's log is moved into its file, when no one is selling."""
SCANNER_MS = 2_000
CRASH_FILES = 20
SCALE_VARIABLE = "QT_SCALE_FACTOR"
LANES_YIELD_S = 0.0005
"""A lane that computes gives way to a scan after so long; Python's own 5 ms can be seen."""


def application(data: Path, *, offscreen: bool = False) -> QApplication:
    """The process's one Qt application, in the till's size, theme and direction of reading."""
    found = QApplication.instance()
    settings = Settings()
    with contextlib.suppress(PosError):  # what is wrong with it is said when the till is opened
        settings = Settings.load(data)
    if isinstance(found, QApplication):
        made = found
    else:
        if offscreen:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        if settings.scale != 100:
            os.environ[SCALE_VARIABLE] = f"{settings.scale / 100:.2f}"
        # By the command line: `setStyle` would make the system's style first, and then this one.
        made = QApplication([*sys.argv[:1], "-style", "fusion"])
        made.setApplicationName("Holdfast")
        made.setApplicationDisplayName("Holdfast")
        made.setCursorFlashTime(1_000)
    dress(settings, "")
    return made


def dress(settings: Settings, store_locale: str) -> None:
    """Language, direction, fonts and colours, as the settings or else the store say."""
    locale = settings.locale or store_locale or "en"
    words.use(locale)
    rtl = words.is_rtl(locale)
    theme.load_fonts(other_scripts=rtl)
    theme.direction(rtl=rtl)
    theme.use(settings.theme)


class CrashNet:
    """Faults of our own: a short reference, a file for support, the basket kept, the window open."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.tell: Callable[[str], None] = lambda text: print(text, file=sys.stderr)  # noqa: T201 - there is no window yet

    def caught(self, error: BaseException) -> str:
        """Writes what is known about `error`; the reference to tell support."""
        import traceback

        reference = secrets.token_hex(3).upper()
        told = "".join(traceback.format_exception(error))
        with contextlib.suppress(OSError):
            room = self.data / "log"
            room.mkdir(mode=0o700, exist_ok=True)
            path = room / f"crash-{reference}.txt"
            path.touch(mode=0o600)
            path.write_text(told, encoding="utf-8")
            old = sorted(room.glob("crash-*.txt"), key=lambda one: one.stat().st_mtime)
            for one in old[:-CRASH_FILES]:
                one.unlink(missing_ok=True)
        self.tell(str(words.text_of_bug(reference)))
        return reference

    def hook(
        self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        """For `sys.excepthook`: what nobody caught on the GUI thread."""
        if isinstance(error, KeyboardInterrupt):
            QApplication.quit()
        elif not isinstance(error, Cancelled):
            self.caught(error)

    def lost(self, error: BaseException) -> None:
        """An error of a lane's job that nobody asked about."""
        if isinstance(error, PosError):
            self.tell(str(words.text_of(error)))
        else:
            self.caught(error)


class Line(QObject):
    """The window's end of the link: hears what sync says, and keeps a sync process alive."""

    def __init__(self, window: Window, link: LinkClient, supervisor: SyncSupervisor | None) -> None:
        super().__init__(window)
        self.window_, self.link, self.supervisor = window, link, supervisor
        self._notifier: QSocketNotifier | None = None
        self._watched = -1
        self._copying = self._again = self._settling = False
        self._told: tuple[str, str] = ("", "")
        self._told_ms = 0
        self._timer = QTimer(self)
        self._timer.setInterval(LINE_MS)
        self._timer.timeout.connect(self.look)
        window.connection.try_hub = link.try_now

    def start(self) -> None:
        """From now on."""
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """Hangs up; sync goes on by itself until everything is sent."""
        self._timer.stop()
        self._unwatch()
        self.link.close()

    def committed(self) -> None:
        """Something was journalled: sync should look."""
        self.link.nudge()
        self.window_.committed()

    def look(self) -> None:
        """Hears what was said."""
        if self.supervisor is not None:
            self.supervisor.ensure()
        heard = self.link.poll()
        self._watch()
        for message in heard:
            self._hear(message)
        if heard:
            self._show_line()

    def _show_line(self) -> None:
        """Shows at once that something else is to be said, moved numbers a few times a second.

        A backlog on its way is confirmed many times, and somebody may be typing.
        """
        status, now_ms = self.link.status, self.window_.till.clock.monotonic_ms()
        told = (status.state, status.error_code)
        if told != self._told or now_ms - self._told_ms >= NUMBERS_MS:
            self._told, self._told_ms = told, now_ms
            self.window_.connection.refresh()

    def _watch(self) -> None:
        number = self.link.fileno()
        if number == self._watched:
            return
        self._unwatch()
        if number >= 0:
            self.window_.run("ledger", lambda: tend_rights(self.window_.till))
            self._notifier = QSocketNotifier(number, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self.look)
            self._new_reference()  # what arrived before somebody listened was told to nobody
        self._watched = number

    def _unwatch(self) -> None:
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
        self._notifier, self._watched = None, -1

    def _hear(self, message: dict[str, object]) -> None:
        till, window = self.window_.till, self.window_
        said = message.get("op")
        if said == "release":
            till.catalogue.close()
            self.link.released()
        elif said == "swapped":
            till.catalogue.reopen()
            self._new_reference()
        elif said == "changed":
            kinds = message.get("kinds")
            if isinstance(kinds, list) and "order" in kinds:
                window.orders.moved_orders()
            if isinstance(kinds, list) and MOVING.issuperset(kinds):
                window.stock_moved()
            else:
                self._new_reference()
        elif said == "answer":
            word = window.returns.word
            asked = str(message.get("id", ""))

            def heard(_changed: object) -> None:
                word.heard()
                window.returns.heard()
                window.stocking.reserve.heard(asked)
                window.points.heard()
                window.values.heard()
                window.members.heard(asked)
                window.casework.heard(asked)

            window.run("ledger", lambda: till.hear(message), heard)
        elif said == "status":
            status = self.link.status
            self._hub_said(status)
            till.stand(status.cursors)
            if status.offset_ms is not None and status.last_contact:
                till.ledger.set_hub_offset(status.offset_ms, parse_utc(status.last_contact))

    def _hub_said(self, status: SyncStatus) -> None:
        """What the hub thinks of this till is noted, where it is news; a stopped till is locked."""
        till = self.window_.till
        if self._settling or not chain.news(till.guard, status, till.order):
            return
        self._settling = True

        def settle() -> None:
            chain.settle(till.guard, status)
            till.order = chain.order_of(till.guard)

        self.window_.run("ledger", settle, self._settled, self._not_settled)

    def _settled(self, _nothing: object) -> None:
        self._settling = False
        window = self.window_
        if window.till.stopped and window.till.person is not None:
            window.acts.lock()
        window.connection.refresh()

    def _not_settled(self, error: BaseException) -> None:
        self._settling = False
        self.window_.desk.tell(error)

    def _new_reference(self) -> None:
        """Copied once for all that is said meanwhile: a backlog on its way says it again and again."""
        if self._copying:
            self._again = True
            return
        self._copying, self._again = True, False
        window = self.window_
        window.run("ledger", window.till.refresh_reference, self._referenced, self._not_referenced)

    def _referenced(self, _changed: object) -> None:
        self._copying = False
        self.window_.catalogue_changed()
        if self._again:
            self._copying = True  # until then: what is said meanwhile is in the next copy
            QTimer.singleShot(COPY_AGAIN_MS, self, self._copy_again)

    def _copy_again(self) -> None:
        self._copying = False
        if self._timer.isActive():
            self._new_reference()

    def _not_referenced(self, error: BaseException) -> None:
        self._copying = False
        self.window_.desk.tell(error)


def tend_rights(till: Till) -> None:
    """*Ledger lane.* What the hub has not answered is asked again; what is over is given back."""
    from pos_app.till import points, rights

    if rights.ask_again(till) or till.ledger.held_rights():
        points.tidy(till)
        rights.release_booked(till, (points.KIND, "card", "credit"), rights.kept_by_basket(till))
        rights.release_over(till)


def build_window(data: Path, *, offscreen: bool = False) -> Window:
    """The till's window, not shown yet, its ledger open; `close` gives everything back.

    Raises Refused("ledger_in_use" | "ledger_missing" | …) and Unavailable("ledger_corrupt" | …).
    """
    sys.setswitchinterval(LANES_YIELD_S)
    application(data, offscreen=offscreen)
    net = CrashNet(data)
    settings = Settings.load(data)
    link = LinkClient(data)
    devices = devices_of(data, settings, selling=True)
    till = open_till(data, devices=devices, link=link)
    store = till.own.store
    dress(settings, store.locale if store else "")
    window = Window(till, net.lost)
    net.tell = window.toast
    sounds = Sounds(lambda: till.devices.speaker, till.clock.monotonic_ms, settings.quiet)
    window.sounds = sounds
    window.preferences.workshop = Workshop(window)
    window.net = net
    line = Line(window, link, SyncSupervisor(data) if settings.hub_url else None)
    till.after_commit = lambda: window.lanes.call(line.committed)
    till.to_hub = lambda *asked: window.lanes.call(lambda: link.ask(*asked))
    memory = Memory(window, lambda: window.busy)
    window.finished.connect(lambda: _give_back(till, line, memory))
    if settings.display == "screen":
        from pos_app.ui.customer_display import CustomerDisplay

        shown = CustomerDisplay(window.customer)
        window.finished.connect(shown.close)
        shown.attach()
    window.resize(1366, 768)
    window.open()
    QTimer.singleShot(0, line, line.start)
    idle = QTimer(window)
    idle.setInterval(IDLE_MS)
    idle.timeout.connect(lambda: window.run("ledger", lambda: chain.rest(till)))
    idle.timeout.connect(lambda: window.run("ledger", lambda: tend_rights(till)))
    idle.start()
    return window


def _give_back(till: Till, line: Line, memory: Memory) -> None:
    memory.stop()
    line.stop()
    till.close()


def run_window(data: Path) -> int:
    """Opens the till in `data` and returns when its window is closed: the exit status."""
    made = application(data)
    if not (data / LEDGER_FILE).exists() and not _first_start(data):
        return 0
    try:
        window = build_window(data)
    except PosError as error:
        from pos_app.ui.plain import PlainWindow

        told = words.text_of(error)
        return _show(made, PlainWindow(told, icon="circle-alert", tone="warn"), status=1)
    while True:
        sys.excepthook = window.net.hook
        _listen(window)
        window.showMaximized()
        status = made.exec()
        if window.again == "program":
            os.execve(*program_again(Settings.load(data)))  # noqa: S606 - ourselves
        if window.again == "rejoin":
            _join_again(data)
        elif window.again != "window":
            return status
        window = _made_anew(window)


def program_again(settings: Settings) -> tuple[str, list[str], dict[str, str]]:
    """Our own program as it was called: its path, its words, its surroundings.

    Without the size that it was given at the start where the settings now want none.
    """
    env = dict(os.environ)
    if settings.scale == 100:
        env.pop(SCALE_VARIABLE, None)
    return sys.executable, [sys.executable, *sys.orig_argv[1:]], env


def _made_anew(old: Window) -> Window:
    """A window in place of one that has closed: same till, same sale, same person."""
    window = build_window(old.till.data)
    person = old.till.person
    if person is not None and person.staff_id in window.till.staff:
        window.welcome(window.till.staff[person.staff_id])
    old.deleteLater()
    return window


def _listen(window: Window) -> None:
    """Reads a scanner with a line of its own, on its own lane, one code after the other.

    Without one it looks again now and then: the settings may name one.
    """
    scanner = window.till.devices.scanner

    def heard(code: object) -> None:
        if isinstance(code, str):
            window.scanned(code)
        _listen(window)

    def failed(_error: BaseException) -> None:
        QTimer.singleShot(2_000, window, lambda: _listen(window))

    if window.ended:
        return
    if scanner is None:
        QTimer.singleShot(SCANNER_MS, window, lambda: _listen(window))
    else:
        window.run("scanner", lambda: scanner.read(0.5), heard, failed)


def _first_start(data: Path) -> bool:
    """Shows the window that makes a till of this machine; True when it is one."""
    from pos_app.ui.first_start import FirstStartWindow

    settings = Settings()
    with contextlib.suppress(PosError):
        settings = Settings.load(data)
    window = FirstStartWindow(data, settings.hub_url)
    _show(application(data), window)
    return window.done


def _join_again(data: Path) -> None:
    """Shows the window that enrols this till again; closed without, the till opens as it was."""
    from pos_app.ui.first_start import FirstStartWindow

    _show(application(data), FirstStartWindow(data, again=True))


def _show(made: QApplication, window: QWidget, status: int = 0) -> int:
    window.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose)
    window.show()
    made.exec()
    return status
