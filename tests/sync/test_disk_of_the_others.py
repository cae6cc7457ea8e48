"""The disk of sync, or of the hub, takes nothing more while both run: what each had promised stays.

The limit is the system's own, on the size of a file, set on the running process and taken away
again; the till's own disk is in `tests/store/test_kill.py`.
"""

from __future__ import annotations

import resource
import sys
from contextlib import closing

import pytest

from pos_app.store.catalogue import CURRENT, Catalogue
from pos_app.store.schema import connect
from sync.hub.database import Database
from tests.sync.conftest import Pair

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prlimit is Linux's"),
]

NO_MORE = 20_000
"""Bytes a file may have: less than any of them has already."""


def full(pid: int) -> None:
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (NO_MORE, resource.RLIM_INFINITY))


def room_again(pid: int) -> None:
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_a_till_whose_sync_cannot_write_sells_and_catches_up(pair: Pair) -> None:
    pair.sync.ensure()
    pair.sell(2)
    pair.until_synced(90)
    full(pair.sync.pid)
    prices = pair.data.parent / "prices.csv"
    prices.write_text(
        "sku,name,price,tax\n" + "".join(f"NEW-{n},New {n},1.00,standard\n" for n in range(400))
    )
    pair.hub.run("import-catalogue", str(prices), "--store", "1")
    pair.sell(20)
    pair.until(lambda now: "disk" in now.error_code or "write" in now.error_code, "full", 90)
    assert len(pair.seller.totals) == 22
    room_again(pair.sync.pid)
    pair.link.try_now()
    pair.until_synced(90)
    pair.check()

    def there(_now: object) -> bool:
        with closing(Catalogue.open(pair.data, pair.keys.db_key)) as catalogue:
            return catalogue.by_sku("NEW-399") is not None

    pair.until(there, "at the new goods", 90)
    with closing(connect(pair.data / CURRENT, pair.keys.db_key, write=False)) as replica:
        assert replica.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_hub_that_cannot_write_confirms_nothing_and_goes_on_when_it_can(pair: Pair) -> None:
    pair.sync.ensure()
    pair.sell(2)
    before = pair.until_synced(90).acked
    process = pair.hub._process
    assert process is not None
    full(process.pid)
    pair.sell(30)
    pair.until(lambda now: now.error_code == "hub_busy", "told that the hub cannot", 90)
    assert pair.link.status.acked == before, "it confirmed what it could not keep"
    room_again(process.pid)
    pair.link.try_now()
    pair.until_synced(90)
    pair.check()
    with closing(Database(f"sqlite:///{pair.hub.database}").connect(write=True)) as books:
        assert books.text("PRAGMA integrity_check") == [("ok",)]
    assert process.poll() is None, "the same process"
