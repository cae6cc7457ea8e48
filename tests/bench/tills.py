"""Many tills at once: made without a person, driven by a few processes with the real engine."""

from __future__ import annotations

import faulthandler
import os
import queue
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from random import Random
from typing import Any, Self

import zstandard

from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.records import Identity
from sync.engine import outgo
from sync.engine.runner import Runner
from sync.engine.shell.process import SyncProcess
from sync.hub import devices
from sync.hub.answers import RandomIds, SystemClock
from sync.hub.database import Database
from sync.hub.identity import load_keys, new_code
from sync.protocol import EnrolRequest
from sync.sealing import seal
from sync.simulation.shop import Seller, make_hub

PRODUCTS = 200
PATIENCE_S = 90


@dataclass
class Served:
    """A hub in a process of its own."""

    process: subprocess.Popen[str]
    database: Database
    url: str

    def peak_mb(self) -> float:
        """The most memory it ever held."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in text.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def cpu_s(self) -> float:
        """Processor time it took so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")")[-1]
        ticks = sum(int(each) for each in fields.split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def hub_of(folder: Path) -> Iterator[Served]:
    """A new hub that listens; gone at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    database = make_hub(folder / "hub.sqlite", PRODUCTS)
    command = [sys.executable, "-m", "pos_app", "hub", "serve", "--database", database.url]
    process = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        url = (process.stdout.readline() if process.stdout else "").split()[-1]
        yield Served(process, database, url)
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()


def make_till(folder: Path, hub: Served, number: int) -> Path:
    """A till enrolled at the hub and approved there; its data directory."""
    data = folder / f"till-{number}"
    data.mkdir(parents=True)
    keys = Keys.create(data)
    connection = hub.database.connect(write=True)
    try:
        own = load_keys(connection)
        now, ids = SystemClock().now(), RandomIds()
        with connection.transaction():
            code = new_code(ids)
            devices.issue_code(connection, "1", str(number), code, now, replaces=False)
            sealed = seal(keys.db_key, own.sealing_hex)
            asked = EnrolRequest(code, keys.public_hex, f"till {number}", sealed_key=sealed)
            reply = devices.enrol(connection, asked, own, now, ids)
            devices.approve(connection, reply.device, now)
    finally:
        connection.close()
    identity = Identity(
        reply.device,
        reply.epoch,
        reply.store,
        reply.till,
        reply.nonce,
        hub_key=reply.hub_key,
        pubkey=keys.public_hex,
        hub_url=hub.url,
    )
    Ledger.create(data, keys, identity).close()
    Settings(hub_url=hub.url).save(data)
    return data


def sell(data: Path, sales: int, seed: int) -> int:
    """So many sales into a till's journal while nobody talks to the hub; what they came to."""
    ledger = Ledger.open(data, Keys.load(data))
    try:
        seller = Seller(ledger, Random(seed), PRODUCTS)
        seller.open_shift()
        seller.sell_many(sales, 3)
        return sum(seller.totals.values())
    finally:
        ledger.close()


class Crowd:
    """Tills whose sync runs in a few processes of ours, all from the same moment on.

    `live` tills stay connected until the end; others go when everything they hold is at the hub
    and, `whole`, everything of the hub is here.
    """

    def __init__(
        self, tills: list[Path], processes: int, *, live: bool = False, whole: bool = False
    ) -> None:
        context = get_context("spawn")
        parties = min(processes, len(tills))
        self._ready = context.Barrier(parties + 1)
        self._told = context.Queue()
        self._stop = context.Event()
        self._parties = parties
        self._tills = len(tills)
        given = (self._ready, self._told, self._stop, live, live or whole)
        self._processes = [
            context.Process(target=_drive, args=(tills[place::parties], *given), daemon=True)
            for place in range(parties)
        ]

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        return self

    def __exit__(self, *_told: object) -> None:
        self._stop.set()
        for process in self._processes:
            process.join(60)
            if process.is_alive():
                process.kill()

    def go(self) -> float:
        """All of them now; the moment it was."""
        self._ready.wait(PATIENCE_S)
        return time.perf_counter()

    def until_reached(self) -> list[tuple[float, str]]:
        """Seconds after its start at which each till was done (or connected), and what failed."""
        return [self._next() for _ in range(self._tills)]

    def _next(self) -> tuple[float, str]:
        while True:
            try:
                return self._told.get(timeout=1)
            except queue.Empty:
                died = [each.exitcode for each in self._processes if each.exitcode]
                if died:
                    raise RuntimeError(f"a process of tills died: {died}") from None


def _drive(
    tills: list[Path], ready: Barrier, told: Any, stop: Event, live: bool, whole: bool
) -> None:
    _raise_limits()
    faulthandler.enable()
    # A till's process has one thread that packs, so it keeps its packer, which bears no second.
    outgo._packer = lambda: zstandard.ZstdCompressor(level=1)
    threading.stack_size(4 << 20)
    ready.wait(PATIENCE_S)
    began = time.perf_counter()
    threads = [
        threading.Thread(target=_one, args=(data, began, told, stop, live, whole)) for data in tills
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _raise_limits() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _one(data: Path, began: float, told: Any, stop: Event, live: bool, whole: bool) -> None:
    said = False

    def say(code: str) -> None:
        nonlocal said
        if not said:
            said = True
            told.put((time.perf_counter() - began, code))

    def done(runner: Runner) -> bool:
        reached = runner.idle if whole else runner.view.acked >= runner.view.head
        if reached:
            say("")
        late = time.perf_counter() - began > PATIENCE_S
        return stop.is_set() or late or (reached and not live)

    try:
        process = SyncProcess(data)
        process.longest_s = 0.5
        process.run(done, stays=True)
    except Exception as error:  # noqa: BLE001 - told to who waits for it
        say(repr(error))
    say("late")
