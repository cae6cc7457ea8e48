"""Every screen and sheet of the till, one after another: the one list of places to look at."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.presenters.preferences import DEVICES, KEYS, LOOKS, TILL, WORK
from pos_app.store.witness import PLACE_VARIABLE
from pos_app.ui import keys, theme
from pos_app.ui.first_start import FirstStartWindow
from pos_app.workshop import Workshop
from tests.ui.shop import MANAGER, Hand, opened
from tests.ui.shots import _codes, walk
from tests.ui.shots_attention import attention_shots
from tests.ui.shots_card import card_shots
from tests.ui.shots_customers import customer_shots
from tests.ui.shots_goods import goods_shots
from tests.ui.shots_lives import lives_shots, rejoin_stops
from tests.ui.shots_member import member_shots
from tests.ui.shots_offers import offer_shots
from tests.ui.shots_papers import paper_shots
from tests.ui.shots_pickup import pickup_shots
from tests.ui.shots_returns import returns_of
from tests.ui.shots_shift import shift_shots
from tests.ui.shots_stock import stock_shots
from tests.ui.shots_values import value_shots

Visit = Callable[[QWidget, str], None]


def everywhere(made: Path, room: Path, visit: Visit, **look: Any) -> None:
    """Calls `visit` with the window and a name at each stop; `made` is a till never opened."""

    def settled(hand: Hand, name: str) -> None:
        hand.settle()
        visit(hand.window, name)

    def fresh(name: str) -> Path:
        os.environ[PLACE_VARIABLE] = str(room / f"{name}-machine")
        return Path(shutil.copytree(made, room / name))

    with opened(fresh("day"), **look) as hand:
        walk(hand, lambda name: settled(hand, name))
    card_shots(fresh("card"), settled, **look)
    shift_shots(fresh("shift"), settled, **look)
    offer_shots(fresh("offers"), settled, **look)
    returns_of(fresh("returns"), settled, **look)
    paper_shots(fresh("papers"), settled, **look)
    attention_shots(fresh("attention"), settled, **look)
    pickup_shots(fresh("pickup"), settled, **look)
    stock_shots(fresh("stock"), settled, **look)
    customer_shots(fresh("customers"), settled, **look)
    member_shots(fresh("member"), settled, **look)
    goods_shots(fresh("goods"), settled, **look)
    value_shots(fresh("values"), settled, **look)
    lives_shots(fresh("lives"), settled, **look)
    with opened(fresh("settings"), **look) as hand:
        settings(hand, settled)
    first_start(room / "nothing_yet", visit)
    rejoin_stops(room / "nothing_yet", visit)


def settings(hand: Hand, visit: Callable[[Hand, str], None]) -> None:
    """The pages of the settings, as a manager sees them and as nobody does."""
    window = hand.window
    window.preferences.workshop = Workshop(window)
    window.acts.do("lock_language")
    visit(hand, "settings_alone")
    window.close_sheet()
    window.acts.do("lock_look")
    visit(hand, "lock_look")
    hand.scan(_codes()[0])
    visit(hand, "lock_price")
    window.close_sheet()
    hand.sign_in(MANAGER)
    hand.open_shift()
    for page in (LOOKS, DEVICES, WORK, KEYS, TILL):
        window.preferences.open(page)
        visit(hand, f"settings_{page}")
    hand.line.status = replace(hand.line.status, offset_ms=600_000)
    window.tick()
    visit(hand, "settings_till_attention")
    window.close_sheet()
    hand.settle()
    keys.reset()
    theme.use("light")


def first_start(data: Path, visit: Visit) -> None:
    """A machine that is no till yet, in the steps of becoming one."""
    window = FirstStartWindow(data)
    window.show()
    QApplication.processEvents()
    visit(window, "first_start_empty")
    window.presenter.type("http://127.0.0.1:9", "AAAA-BBBB")
    for name, line in (
        ("refused", {"state": "failed", "family": "Refused", "code": "code_wrong"}),
        ("words", {"state": "waiting", "words": "amber boat cedar delta ember frost"}),
        ("fetching", {"state": "fetching", "products": 12_345}),
        ("done", {"state": "done", "products": 12_345}),
    ):
        window.presenter.hear(json.dumps(line))
        QApplication.processEvents()
        visit(window, f"first_start_{name}")
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
