"""The window of a till that is not set up yet: address, code, six words, and it is a till."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QProcess, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.first_start import FirstStart, FirstStartState
from pos_app.ui import paint
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Disc, Ground, Label, Notice
from pos_app.words import _

ICONS = {"ask": ("plug", "info"), "done": ("check", "done"), "words": ("key-round", "info")}


class FirstStartWindow(Ground):
    """Runs the enrolment beside itself and shows how far it is; `opened` when it is a till."""

    opened = Signal()

    def __init__(self, data: Path, hub_url: str = "", *, again: bool = False) -> None:
        super().__init__("app")
        self.data = data
        self.done = False
        self.presenter = FirstStart(self._enrol, again=again)
        self.setWindowTitle("Holdfast")
        self.setAccessibleName(_("Enrol this till again") if again else _("Set up this till"))
        self.setMinimumSize(720, 560)
        self.resize(820, 640)
        self._process: QProcess | None = None
        self._line = ""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 32, 32, 32)
        card = Card()
        column = QVBoxLayout(card)
        column.setContentsMargins(40, 32, 40, 32)
        column.setSpacing(10)
        self.disc = Disc("plug", "info", 64, 30)
        self.title = Label("", 24, 700, wrap=True)
        self.detail = Label("", 16, 400, "text2", wrap=True)
        for part in (self.disc, self.title, self.detail):
            column.addWidget(part)
        self.ask = self._fields(hub_url)
        column.addWidget(self.ask)
        self.words = Words()
        column.addWidget(self.words)
        self.problem = Notice("warn", "circle-alert")
        column.addWidget(self.problem)
        column.addStretch(1)
        row = QHBoxLayout()
        self.close_button = Button(_("Close"), icon="x")
        self.close_button.clicked.connect(self.close)
        self.button = Button("", "primary", key="F12")
        self.button.clicked.connect(self.presenter.go)
        row.addWidget(self.close_button)
        row.addWidget(self.button, 1)
        column.addLayout(row)
        outer.addWidget(card)
        self.presenter.on_change = self._show
        self.presenter.on_done = self._open
        self._typed()
        self._show(self.presenter.state)
        (self.code if hub_url or again else self.address).edit.setFocus()

    def _fields(self, hub_url: str) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        self.address = Field(_("Address of the hub"), "https://hub.example:8470", icon="store")
        self.address.edit.setText(hub_url)
        self.code = Field(_("One-time code"), _("As head office reads it to you"), icon="key-round")
        for label, field in (
            (_("Address of the hub"), self.address),
            (_("One-time code"), self.code),
        ):
            if field is self.address and self.presenter.again:
                continue  # its hub is the one that it has
            column.addWidget(Label(label, 13, 600, "text2"))
            column.addWidget(field)
            field.edit.textEdited.connect(self._typed)
        self.address.edit.returnPressed.connect(self.code.edit.setFocus)
        self.code.edit.returnPressed.connect(self.presenter.go)
        return room

    def _typed(self, _text: str = "") -> None:
        self.presenter.type(self.address.text, self.code.text)

    def _show(self, state: FirstStartState) -> None:
        icon, tone = ICONS.get(state.step, ("refresh-cw", "info"))
        self.disc.show_icon(icon, tone)
        self.title.say(state.title)
        self.detail.say(state.detail)
        self.ask.setVisible(state.step == "ask")
        self.words.say(state.words)
        told = state.problem
        detail = " ".join(line for line in (told.safe, told.todo) if line) if told else ""
        self.problem.say(told.title if told else "", detail)
        self.button.say(state.button, reason=state.reason, enabled=state.ready)
        if state.ready and state.step == "done":
            self.button.setFocus()

    # ---- the enrolment, a process of its own

    def _enrol(self, address: str, code: str) -> None:
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        process.readyReadStandardOutput.connect(self._heard)
        process.finished.connect(lambda status, _how: self._ended(process, status))
        process.errorOccurred.connect(lambda _error: self._ended(process, 1))
        self._process, self._line = process, ""
        verb = "rejoin" if self.presenter.again else "enrol"
        words = ["-m", "pos_app", "till", verb, "--json", "--data", str(self.data)]
        hub = [] if self.presenter.again else ["--hub", address or "-"]
        process.start(sys.executable, [*words, *hub, "--code", code or "-"])

    def _heard(self) -> None:
        if self._process is None:
            return
        self._line += bytes(self._process.readAllStandardOutput().data()).decode(errors="replace")
        *whole, self._line = self._line.split("\n")
        for line in whole:
            self.presenter.hear(line)

    def _ended(self, process: QProcess, status: int) -> None:
        """One that said its last word may end when the next has begun already."""
        if process is self._process:
            self._heard()
            self._process = None
            self.presenter.ended(status)
        process.deleteLater()

    def _open(self) -> None:
        self.done = True
        self.opened.emit()
        QTimer.singleShot(0, self, self.close)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F12 and not event.isAutoRepeat():
            self.presenter.go()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """An enrolment that runs is ended; with the same code it goes on where it was."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(2_000)
        super().closeEvent(event)


class Words(QWidget):
    """Six words in two rows, large enough to read them out over a telephone."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 12, 0, 8)
        self.grid.setSpacing(8)
        self.labels: list[Label] = []
        for place in range(6):
            card = Card("primary_soft", "", 12)
            row = QHBoxLayout(card)
            row.setContentsMargins(12, 12, 12, 12)
            label = Label("", 22, 700, "primary_ink", across=paint.CENTRE)
            row.addWidget(label)
            self.labels.append(label)
            self.grid.addWidget(card, place // 3, place % 3)
        self.hide()

    def say(self, words: tuple[str, ...]) -> None:
        """Other words; none hide it."""
        for label, word in zip(self.labels, (*words, *[""] * 6), strict=False):
            label.say(word)
        self.setAccessibleName(" ".join(words))
        self.setVisible(bool(words))
