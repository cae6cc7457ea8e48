"""A shop's server from an install of its packages: started against a fresh database, and ended."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.postgres.server import Databases, NoServer, Server

SHOPS = "HOLDFAST_SHOPS"
PACKAGING = Path(__file__).parents[2] / "packaging" / "shops"
SECONDS = 240
"""How long a shop may take to start on a busy machine."""
_PR_SET_PDEATHSIG = 1


class NoShop(Exception):
    """Why there is none here."""


@dataclass(frozen=True)
class Seen:
    """What a shop says of an order, whichever shop it is; money in minor units."""

    state: str
    over: bool
    """All of it is with the customer."""
    hand_overs: int
    pieces: int
    taken: int
    given_back: int
    refunds: int


def installed(name: str) -> Path:
    """The folder of a shop's install, with the bridge of this tree copied into it."""
    told = os.environ.get(SHOPS, "")
    if not told:
        raise NoShop(f"{SHOPS} names no directory of an install: `make shops` makes one")
    if shutil.which("node") is None:
        raise NoShop("no Node.js on the path")
    place = Path(told).resolve() / name
    if not (place / "node_modules").is_dir():
        raise NoShop(f"{place} holds no install of {name}: `make shops` makes one")
    shutil.copytree(PACKAGING / name, place, dirs_exist_ok=True)
    return place


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _die_with_us() -> None:
    """Linux: a shop never outlives the tests that started it, however they end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Postgres:
    """A PostgreSQL server that is reached over TCP, as shops want it."""

    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        try:
            self._server = Server()
            self._server.start(listen_addresses="127.0.0.1", port=str(self.port), timezone="UTC")
        except NoServer as why:
            raise NoShop(str(why)) from None
        self._databases = Databases(self._server.admin + f"&port={self.port}")

    def make(self) -> str:
        """The name of a fresh database."""
        return self._databases.make().rpartition("/")[2].partition("?")[0]

    def close(self) -> None:
        self._server.remove()


@dataclass
class Process:
    """A program of a shop: what it prints goes to a file, kept for whoever looks for a cause."""

    words: list[str]
    place: Path
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    _starter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def start(self) -> None:
        # Linux: what a thread started is told when that very thread ends.
        self.process = self._starter.submit(self._start).result()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.words,
                cwd=self.place,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_us,  # noqa: PLW1509 - it only asks to be ended with us
            )

    def wait_for(self, url: str, expected: int = 200) -> None:
        """Until it answers at `url`; raises NoShop with what it printed where it does not."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(url, timeout=10).status_code == expected:
                    return
            except httpx.HTTPError:
                threading.Event().wait(0.2)
        told = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise NoShop(f"{self.words} does not answer at {url}: {told}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=60)
            self.process = None

    def end(self) -> None:
        self.stop()
        self._starter.shutdown()
