"""The hub as a process of its own, for tests that need a real socket or a real death."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sync.hub.database import Database


@dataclass
class RunningHub:
    """A hub that listens."""

    process: subprocess.Popen[str]
    url: str

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=10)

    def memory_kib(self) -> int:
        """The most memory it ever held, KiB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in text.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])


@contextmanager
def serving(database: Database, *more: str) -> Iterator[RunningHub]:
    """`holdfast hub serve` on a free port; stopped at the end, whatever happened."""
    command = [sys.executable, "-m", "pos_app", "hub", "serve", "--database", database.url]
    process = subprocess.Popen([*command, "--port", "0", *more], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        assert line.startswith("listening on http://"), line
        yield RunningHub(process, line.split()[-1])
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
