"""A recorded life of a process, and the disks it may have left behind."""

from __future__ import annotations

import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.power.disk import Disk, Record, read_record

ROOT: Final = Path(__file__).resolve().parents[2]
MEMORY: Final = Path("/dev/shm")
SOURCE: Final = Path(__file__).with_name("recorder.c")
SYSTEMATIC: Final = 700
"""At each of so many first calls the power is cut."""


def why_not() -> str:
    """Why nothing can be recorded here; empty where it can."""
    if not sys.platform.startswith("linux"):
        return "calls are recorded by LD_PRELOAD, which only Linux has"
    if shutil.which("gcc") is None:
        return "the recorder is C: `make deps` says how to install gcc"
    return ""


@contextmanager
def room() -> Iterator[Path]:
    """A directory in memory: what is flushed here is decided by the record, not by a disk."""
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where, prefix="power-") as made:
        yield Path(made)


def build_recorder(folder: Path) -> Path:
    """The recorder as a library, compiled here and now."""
    library = folder / "recorder.so"
    subprocess.run(
        [
            *("gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC"),
            *("-o", str(library), str(SOURCE), "-ldl"),
        ],
        check=True,
    )
    return library


@dataclass(frozen=True, slots=True)
class Cut:
    """One way in which the power may have gone."""

    name: str
    """Says it again: the call after which, and which of the ways."""
    files: dict[str, bytes]
    said: list[list[str]]
    """What had been said until then, a list of words a line."""

    def lay(self, folder: Path) -> None:
        """Puts the files into an empty directory."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)


class Recording:
    """What one process did to a directory, from the first call to the last."""

    def __init__(self, before: Disk, calls: list[Record]) -> None:
        self._before = before
        self._calls = calls
        self.changes = [nth for nth, call in enumerate(calls, 1) if call.op not in ("O", "A")]
        """After these calls the disk was another than before them."""
        said = b"".join(call.data for call in calls if call.op == "A").decode()
        self.said = [line.split() for line in said.splitlines()]

    @classmethod
    def of(
        cls, library: Path, data: Path, story: str, how: str, seed: int, count: int
    ) -> Recording:
        """Plays a story of `tests/power/child.py` over a directory."""
        before = Disk(data)
        log = data.parent / "record"
        log.unlink(missing_ok=True)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.power.child"),
                *(str(data), story, how, str(seed), str(count)),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "LD_PRELOAD": str(library),
                "POWER_UNDER": str(data),
                "POWER_RECORD": str(log),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = cls(before, read_record(log))
        assert [line.split() for line in done.stdout.splitlines()] == found.said
        return found

    def cuts(self, number: int, seed: int, *, last: int = 0) -> Iterator[Cut]:
        """So many cuts: at each of the first calls in turn, then anywhere.

        With `last` only the last so many calls are cut at.
        """
        draw = random.Random(seed)
        changes = self.changes[-last:] if last else self.changes
        places = changes[: min(SYSTEMATIC, number)]
        places += draw.choices(changes, k=number - len(places))
        disk, at = copy.deepcopy(self._before), 0
        for nth, place in enumerate(sorted(places)):
            for call in self._calls[at:place]:
                disk.take(call)
            at = max(at, place)
            way = random.Random(f"{seed}/{place}/{nth}")
            said = [line.split() for line in disk.said.decode().split("\n")[:-1]]
            yield Cut(f"seed {seed}, call {place}, way {nth}", disk.after_a_cut(way), said)
