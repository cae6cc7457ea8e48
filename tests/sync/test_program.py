"""An update ends the sync process that was started before it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sync.engine.shell.program import ROOMS, ROOT, Program


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for room in ROOMS:
        (tmp_path / room).mkdir(parents=True, exist_ok=True)
        (tmp_path / room / "one.py").write_text("1")
    return tmp_path


def test_nothing_changed_is_no_update(root: Path) -> None:
    program = Program(root, look_every_s=0)
    (root / "sync" / "notes.txt").write_text("not of the program")
    assert not program.changed()


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_of_each_room_counts(root: Path, room: str) -> None:
    program = Program(root, look_every_s=0)
    os.utime(root / room / "one.py", ns=(1, 1))
    assert program.changed()


def test_files_that_come_and_go_count(root: Path) -> None:
    program = Program(root, look_every_s=0)
    (root / "sync" / "two.py").write_text("2")
    assert program.changed()
    (root / "sync" / "two.py").unlink()
    assert not program.changed()


def test_it_looks_seldom(root: Path) -> None:
    program = Program(root, look_every_s=3_600)
    (root / "sync" / "two.py").write_text("2")
    assert not program.changed()


def test_the_rooms_are_those_of_this_program() -> None:
    assert all(list((ROOT / room).glob("*.py")) for room in ROOMS)
