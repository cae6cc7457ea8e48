"""Sync and hub are killed again and again while a till sells: everything arrives, once.

The till's own process is killed two hundred times in `tests/scenarios/test_kill.py`.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import closing
from random import Random

import pytest

from pos_app.store.catalogue import CURRENT, Catalogue
from pos_app.store.schema import connect
from sync.hub.database import Database
from tests.sync.conftest import PRODUCTS, Pair

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SYNC_KILLS, HUB_KILLS = 30, 15


def test_whoever_dies_whenever_nothing_is_lost_and_nothing_comes_twice(pair: Pair) -> None:
    draw, waiting = Random(20261125), threading.Event()
    killed = {"sync": 0, "hub": 0}
    pair.sync.ensure()
    for nth in range(SYNC_KILLS):
        pair.sell(draw.randint(1, 4))
        if draw.random() < 0.5:  # at work; else while it starts
            pair.until(lambda now: now.pid == pair.sync.pid, "running", 90)
            pair.sell(draw.randint(1, 4))
        waiting.wait(draw.random() ** 2 * 0.1)
        if nth % 2:
            pair.hub.kill()
            killed["hub"] += 1
        os.kill(pair.sync.pid, signal.SIGKILL)
        killed["sync"] += 1
        if nth % 2:
            pair.hub.start()
        pair.restart()
    assert killed == {"sync": SYNC_KILLS, "hub": HUB_KILLS}
    pair.until_synced(90)
    pair.check()
    with closing(connect(pair.data / CURRENT, pair.keys.db_key, write=False)) as replica:
        assert replica.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(Database(f"sqlite:///{pair.hub.database}").connect(write=True)) as books:
        assert books.text("PRAGMA integrity_check") == [("ok",)]
    catalogue = Catalogue.open(pair.data, pair.keys.db_key)
    assert catalogue.counts()["products"] == PRODUCTS
    catalogue.close()
