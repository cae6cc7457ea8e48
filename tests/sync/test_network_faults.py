"""Eight faults of a network, each in four kinds of requests, between real processes over real TCP.

One hub, one till and its sync live through all of them, one after the other. In each: sales go on
while the fault lasts, sync gives a request up in the time it is told to and asks again, and when
the fault is over everything is at the hub, once, and down here again.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pos_app.settings import Settings
from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from sync.hub import devices
from sync.hub.database import Database
from sync.proxy import KINDS, Fault
from tests.sync.conftest import Pair
from tests.sync.server import HOLDFAST, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NETWORK = {"connect_s": 1, "write_s": 1, "answer_s": 1, "whole_s": 1, "poll_s": 1}
GIVEN_UP_S = 1 + 1 + 1 + 4 + 1
"""To connect, to send, to think, what a question for news may take longer, to arrive; with air."""
SALE_S = 0.5
"""What a sale may take on a busy machine; with the hub in its way it would be a second and more."""
GOES_WELL = ("latency", "replayed")
"""After these an answer comes all the same: late, or an old one."""
REQUESTS = {
    "hello": b"POST /v1/sync/hello",
    "push": b"POST /v1/sync/push",
    "pull": b"GET /v1/sync/pull",
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, enrolled: Path) -> Iterator[Pair]:
    room = tmp_path_factory.mktemp("faults")
    both = Pair(room, enrolled)
    Settings(hub_url=both.proxy.url, network=NETWORK).save(both.data)
    both.sync.ensure()
    both.sell(1)
    both.until_synced()
    yield both
    both.close()


def sold_without_waiting(pair: Pair, count: int) -> None:
    for _ in range(count):
        began = time.monotonic()
        pair.sell(1)
        assert time.monotonic() - began < SALE_S


def heard_of(pair: Pair, hits: int, patience_s: float) -> float:
    """How long it took until so many requests had met the fault; sales go on meanwhile."""
    began, waiting = time.monotonic(), threading.Event()
    while pair.proxy.hits < hits:
        sold_without_waiting(pair, 1)
        pair.link.poll()
        pair.link.try_now()
        waiting.wait(0.1)
        assert time.monotonic() - began < patience_s, f"stuck: {pair.link.status}"
    return time.monotonic() - began


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("kind", KINDS)
def test_while_it_lasts_sales_go_on_and_after_it_all_is_there_once(
    pair: Pair, kind: str, request_: str
) -> None:
    sold_without_waiting(pair, 2)
    before = pair.proxy.hits
    pair.proxy.fault = Fault(kind, REQUESTS[request_])
    try:
        if request_ == "hello":
            pair.restart()
        heard_of(pair, before + 1, 60)
        if kind not in GOES_WELL:
            # The first was given up, and what came in its place asks again.
            took = heard_of(pair, before + 2, 60)
            assert took < 4 * GIVEN_UP_S, "a request was not given up in its time"
    finally:
        pair.proxy.on()
    pair.link.try_now()
    pair.until_synced(90)
    pair.check()
    everything_is_down_here(pair)


def everything_is_down_here(pair: Pair) -> None:
    """The stock in the till's replica is the hub's: no row is missing, none came twice."""
    with closing(Database(f"sqlite:///{pair.hub.database}").connect(write=False)) as books:
        heads = dict(books.text("SELECT stream, pos FROM feed_head"))
        stock = dict(books.text("SELECT sku, on_hand FROM stock"))
    pair.until(
        lambda now: all(heads[name] <= pos for name, pos in now.cursors.items()),
        f"at {heads}",
        90,
    )
    catalogue = Catalogue.open(pair.data, pair.keys.db_key)
    found = {sku: catalogue.stock(sku)[0][1] for sku in stock}
    catalogue.close()
    assert found == stock


def enrols(pair: Pair, data: Path, code: str, *, hits: int = 0) -> int:
    """The command a person types; whoever is at the hub lets the till in. Its status.

    With `hits` the fault is over when so many requests have met it.
    """
    words = ("till", "enrol", "--data", str(data), "--hub", pair.proxy.url, "--code", code)
    with (
        subprocess.Popen(
            [*HOLDFAST, *words], stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as asking,
        closing(Database(f"sqlite:///{pair.hub.database}").connect(write=True)) as books,
    ):
        heard_of(pair, hits, 60)
        if hits and pair.proxy.fault and pair.proxy.fault.kind in GIVES_UP:
            assert asking.wait(60) != 0
        pair.proxy.on()
        while asking.poll() is None:
            for (device,) in books.text("SELECT device FROM device WHERE state = 'pending'"):
                with books.transaction():
                    devices.approve(books, device, datetime.now(UTC))
            with contextlib.suppress(subprocess.TimeoutExpired):
                asking.communicate(timeout=0.1)
    return asking.returncode


GIVES_UP = [kind for kind in KINDS if kind != "latency"]
"""Before the hub was heard of once, whoever enrols is told and types it again."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_till_enrols_once_whatever_happens_to_its_question(
    pair: Pair, tmp_path: Path, kind: str
) -> None:
    number = str(20 + KINDS.index(kind))
    data = tmp_path / "new"
    Settings(network=NETWORK).save(data)
    code = json.loads(pair.hub.run("enrol-code", "--till", number, "--json"))["code"]
    if kind == "replayed":
        another_has_just_enrolled(pair, tmp_path / "other")
    pair.proxy.fault = Fault(kind, b"POST /v1/devices/enrol")
    status = enrols(pair, data, code, hits=pair.proxy.hits + 1)
    assert (status != 0) == (kind in GIVES_UP)
    if status:
        assert enrols(pair, data, code) == 0
    mine = [row for row in json.loads(pair.hub.run("devices", "--json")) if row["till"] == number]
    assert [row["state"] for row in mine] == ["active"]
    assert Ledger.open(data, Keys.load(data)).identity.till == number
    pair.until_synced(90)


def another_has_just_enrolled(pair: Pair, data: Path) -> None:
    """Its answer is the one that comes again: not a till's that asked for itself."""
    Settings(network=NETWORK).save(data)
    code = json.loads(pair.hub.run("enrol-code", "--till", "40", "--json"))["code"]
    assert enrols(pair, data, code) == 0
