"""A window with a sentence in it: for a till that cannot be opened, and for one not set up yet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout

from pos_app.ui import theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Card, Disc, Ground, Label
from pos_app.words import Wording, _


class PlainWindow(Ground):
    """What happened, what is safe, what to do, and a button that closes."""

    def __init__(
        self, told: Wording, *, icon: str, tone: str, commands: tuple[str, ...] = ()
    ) -> None:
        super().__init__("app")
        self.setWindowTitle("Holdfast")
        self.setMinimumSize(640, 420)
        self.resize(760, 480)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 32, 32, 32)
        card = Card()
        column = QVBoxLayout(card)
        column.setContentsMargins(32, 28, 32, 28)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(Disc(icon, tone, 64, 30))
        column.addSpacing(6)
        column.addWidget(Label(told.title, 24, 700, wrap=True))
        for text in (told.safe, told.todo):
            if text:
                column.addWidget(Label(text, 16, 400, "text2", wrap=True))
        for text in commands:
            box = Card("sunken", "", 10)
            row = QHBoxLayout(box)
            row.setContentsMargins(14, 10, 14, 10)
            line = Label(text, 14, 600, wrap=True)
            line.setFont(theme.font(14, 600, tabular=False))
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            row.addWidget(line)
            column.addWidget(box)
        column.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(Label(told.code, 12, 500, "text3"), 1)
        self.button = Button(_("Close"), "soft", icon="x")
        self.button.clicked.connect(self.close)
        if commands:
            self.copy = Button(_("Copy the command"), icon="file-text")
            self.copy.clicked.connect(lambda: QApplication.clipboard().setText(commands[-1]))
            row.addWidget(self.copy)
        row.addWidget(self.button)
        column.addLayout(row)
        outer.addWidget(card)
        self.button.setFocus()
