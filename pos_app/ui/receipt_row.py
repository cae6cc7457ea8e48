"""What the customer gets of the sale: a strip under the ways to pay."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.ui.buttons import Button, Segment
from pos_app.ui.labels import Label
from pos_app.words import _


class ReceiptRow(QWidget):
    """Print, mail or none, and a gift receipt with it. `act` says what was pressed."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(Label(_("Receipt"), 14, 600))
        choices = [
            ("receipt", _("Print"), "printer"),
            ("email", _("Email"), "mail"),
            ("none", _("None"), "ban"),
        ]
        self.segment = Segment(choices, _("Receipt"))
        for value, button in self.segment.buttons.items():
            button.clicked.connect(
                lambda _checked=False, what=value: self.act.emit(f"paper_{what}")
            )
        row.addWidget(self.segment, 1)
        self.gift = Button(_("Gift receipt"), icon="gift")
        self.gift.setCheckable(True)
        self.gift.clicked.connect(self._gift)
        row.addWidget(self.gift)
        self.setFixedHeight(48)
        self.show_paper("receipt")

    def show_paper(self, paper: str) -> None:
        """What is chosen: receipt, gift, email or none."""
        self.segment.choose(paper if paper in ("email", "none") else "receipt")
        self.gift.setChecked(paper == "gift")

    def _gift(self) -> None:
        self.act.emit("paper_gift" if self.gift.isChecked() else "paper_receipt")
