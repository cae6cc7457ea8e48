"""Pictures of a till that may be a copy of itself, that is enrolled again, or that was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.store.doubt import BEHIND, ChainState
from pos_app.till.chain import ORDER
from pos_app.ui.first_start import FirstStartWindow
from tests.ui.shop import CASHIER, MANAGER, Hand, opened

Shot = Callable[[Hand, str], None]
WORDS = "amber boat cedar delta ember frost"


def stop(hand: Hand, word: str) -> None:
    """As the ledger notes it once sync has heard of a person's order."""
    ledger = hand.till.guard
    with ledger.transaction() as tx:
        tx.set_reference(ORDER, ORDER, word.encode() or None)
    hand.till.order = word
    hand.window.connection.refresh()
    hand.settle()


def doubt(hand: Hand, why: str = BEHIND, state: ChainState = ChainState.SUSPECT) -> None:
    """From here on this till may be a copy of itself."""
    hand.till.guard.believe(state, why)
    hand.window.connection.refresh()
    hand.settle()


def lives_shots(data: Path, shot: Shot, **look: Any) -> None:
    """A copy that sells on, and what it is told; a stopped till's lock."""
    with opened(data, **look) as hand:
        window = hand.window
        hand.ready(MANAGER)
        doubt(hand)
        shot(hand, "90_copy_sells_on")
        window.acts.sync()
        hand.settle()
        shot(hand, "91_copy_sync")
        window.close_sheet()
        window.acts.lock()
        stop(hand, "suspend")
        shot(hand, "92_stopped_lock")
        hand.sign_in(CASHIER)
        hand.settle()
        shot(hand, "93_stopped_told")


def rejoin_stops(data: Path, visit: Callable[[QWidget, str], None]) -> None:
    """The window that enrols a till again, in its steps."""
    window = FirstStartWindow(data, again=True)
    window.show()
    QApplication.processEvents()
    visit(window, "rejoin_empty")
    for name, line in (
        ("refused", {"state": "failed", "family": "Refused", "code": "code_wrong"}),
        ("words", {"state": "waiting", "words": WORDS}),
        ("enrolled", {"state": "enrolled", "store": "1", "till": "2", "epoch": 2}),
        ("done", {"state": "done", "again": 3, "brought": 12, "kept": "ledger.before-2.sqlite"}),
    ):
        window.presenter.hear(json.dumps(line))
        QApplication.processEvents()
        visit(window, f"rejoin_{name}")
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
