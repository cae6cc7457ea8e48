"""A hub in its own process, and a till's command line, for tests over real HTTP."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Hub:
    """`holdfast hub serve` on a free port; may be killed and started again on the same one."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [*HOLDFAST, "hub", "serve", *self._on, "--port", str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise AssertionError("the hub did not start")
        # Whatever it says later must not fill the pipe.
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [*HOLDFAST, "hub", words[0], *self._on, *words[1:]],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def _on(self) -> list[str]:
        return ["--database", f"sqlite:///{self.database}"]


HOLDFAST = [sys.executable, "-m", "pos_app"]


def holdfast(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*HOLDFAST, *words], capture_output=True, text=True, cwd=ROOT, check=False, env=os.environ
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@contextlib.contextmanager
def served(database: Path) -> Iterator[Hub]:
    hub = Hub(database)
    hub.start()
    try:
        yield hub
    finally:
        hub.kill()
