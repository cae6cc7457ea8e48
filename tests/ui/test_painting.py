"""What a key costs is painted once."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject


class Paints(QObject):
    """How often a widget is painted."""

    def __init__(self, widget) -> None:
        super().__init__()
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched, event) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_results_of_a_key_are_painted_once(hand):
    """Rows that came and rows that went: Qt would paint them before and after it places them."""
    paints = Paints(hand.window.screens.sell_work.grid.viewport())
    counts = []
    for mark in "milk":
        before = paints.count
        hand.type(mark)
        counts.append(paints.count - before)
    assert max(counts) == 1, counts
    assert sum(counts) > 1, counts
