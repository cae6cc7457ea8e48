"""The program's own window in a process of its own, for tests that kill it: scans, then waits.

`python -m tests.ui.window_child DATA sell|tender CODE…` signs in, scans, tenders, says so and
waits to be killed; with `look` it signs in and says what it found.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from pos_app.app import build_window
from tests.ui.shop import Hand

ALT = Qt.KeyboardModifier.AltModifier


def main(data: Path, mode: str, codes: list[str]) -> None:
    window = build_window(data, offscreen=True)
    window.show()
    window.activateWindow()
    QApplication.processEvents()
    nothing: Any = None
    hand = Hand(window, window.till, nothing, nothing, (nothing, nothing, nothing))
    hand.settle()
    if mode == "look":
        hand.sign_in()
    else:
        hand.ready()
        for code in codes:
            hand.scan(code)
        if mode == "tender":
            hand.key(Qt.Key.Key_F12)
            hand.key(Qt.Key.Key_1, ALT)
            hand.type("5")
            hand.key(Qt.Key.Key_F12)
    selling = window.selling
    card = selling.state.card
    told = {
        "place": window.place,
        "lines": [[line.name, line.qty, line.total] for line in selling.state.lines],
        "total": selling.state.total,
        "payments": [[each.tender, each.amount] for each in selling.payments],
        "due": selling.settlement.due if selling.settlement else 0,
        "opened": selling.state.title,
        "card": [card.title, card.detail] if card is not None else [],
        "shown": window.screens.cart.card.isVisible(),
        "sales": len(window.till.ledger.sales(10)),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    if mode == "look":
        window.close()
        return
    QApplication.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
