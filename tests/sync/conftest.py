"""One hub and one enrolled till per test, in real processes over real HTTP."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from sync.link import LinkClient, SyncStatus, SyncSupervisor
from sync.proxy import FaultProxy
from sync.simulation.shop import Seller, make_hub
from tests.sync.server import HOLDFAST, ROOT, Hub, served

PRODUCTS = 300


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub's database and a till's directory, enrolled and filled once; copied for each test."""
    room = tmp_path_factory.mktemp("enrolled")
    make_hub(room / "hub.sqlite", PRODUCTS)
    with served(room / "hub.sqlite") as hub:
        enrol(hub, room / "till")
    return room


def enrol(hub: Hub, data: Path, till: str = "1") -> str:
    """`holdfast till enrol`, approved at the hub by its six words; what it printed."""
    code = json.loads(hub.run("enrol-code", "--till", till, "--json"))["code"]
    words = [*HOLDFAST, "till", "enrol", "--data", str(data), "--hub", hub.url, "--code", code]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"words: (.*)", line):
                hub.run("approve", *found[1].split())
        assert process.wait() == 0, "".join(said)
    return "".join(said)


class Pair:
    """A till and its hub, with a proxy between them."""

    def __init__(self, room: Path, enrolled: Path) -> None:
        self.data = room / "till"
        shutil.copytree(enrolled / "till", self.data)
        for path in enrolled.glob("hub.sqlite*"):  # its log too: the hub was killed
            shutil.copy(path, room / path.name)
        self.hub = Hub(room / "hub.sqlite")
        self.hub.start()
        self.proxy = FaultProxy("127.0.0.1", self.hub.port)
        self.point_to(self.proxy.url)
        self.keys = Keys.load(self.data)
        self.ledger = Ledger.open(self.data, self.keys)
        self.seller = Seller(self.ledger, Random(1), PRODUCTS)
        self.seller.open_shift()
        self.link = LinkClient(self.data)
        self.sync = SyncSupervisor(self.data)

    def point_to(self, url: str) -> None:
        """Another address for the hub; sync reads it when it starts."""
        Settings(hub_url=url).save(self.data)

    def sell(self, count: int) -> None:
        for _ in range(count):
            self.seller.sell(3)
        self.link.nudge()

    def restart(self) -> None:
        """A fresh supervisor: the pauses between restarts are another test's."""
        self.sync.stop()
        self.sync = SyncSupervisor(self.data)
        assert self.sync.ensure()

    def until(self, what, told: str, patience_s: float = 30) -> SyncStatus:
        """Poll the link until `what(status)`; fails with the last status."""
        deadline = time.monotonic() + patience_s
        waiting = threading.Event()
        while time.monotonic() < deadline:
            self.link.poll()
            if self.link.connected and what(self.link.status):
                return self.link.status
            waiting.wait(0.01)
        raise AssertionError(f"never {told}: {self.link.status}")

    def until_synced(self, patience_s: float = 30) -> SyncStatus:
        seq = self.ledger.head().seq
        return self.until(lambda now: now.acked[1] == seq, f"at {seq}", patience_s)

    def report(self) -> dict:
        return json.loads(self.hub.run("report", "--json"))

    def check(self) -> None:
        """The hub has each sale once, to the cent."""
        report = self.report()
        assert report["sales"] == len(self.seller.totals)
        assert report["total"] == sum(self.seller.totals.values())
        assert report["quarantined"] == 0
        assert report["exceptions"] == []

    def close(self) -> None:
        self.sync.stop()
        self.link.close()
        self.ledger.close()
        self.proxy.close()
        self.hub.kill()


@pytest.fixture
def pair(tmp_path: Path, enrolled: Path) -> Iterator[Pair]:
    both = Pair(tmp_path, enrolled)
    yield both
    both.close()
