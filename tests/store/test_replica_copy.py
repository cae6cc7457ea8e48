"""The last good copy: made of a sound file alone, in quiet moments, and never in the way."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import stat
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.domain.errors import Unavailable
from pos_app.store import replica_copy
from pos_app.store.catalogue import CURRENT, PREVIOUS, Catalogue
from pos_app.store.replica import ReplicaWriter
from pos_app.store.replica_copy import COPY, ROOM_BYTES, copy_due, make_copy
from pos_app.store.schema import connect
from tests.store.replica_feed import KEY, price, product, reply

NOW = dt.datetime(2026, 11, 25, 13, tzinfo=dt.UTC)
MANY = [product(f"S{n}", f"Thing number {n}", department="All") for n in range(2_000)]


def never() -> bool:
    return False


def no_pause(_seconds: float) -> None:
    pass


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("product", MANY)))
    return tmp_path


def names(data: Path) -> set[str]:
    return {path.name for path in data.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def test_a_copy_is_whole_private_and_sold_from_when_the_file_is_lost(data: Path) -> None:
    make_copy(data, KEY, never)
    assert names(data) == {CURRENT, PREVIOUS}
    assert stat.S_IMODE((data / PREVIOUS).stat().st_mode) == 0o600
    with closing(connect(data / PREVIOUS, KEY, write=False)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    (data / CURRENT).write_bytes(b"nothing of it is left" * 500)
    with closing(Catalogue.open(data, KEY)) as catalogue:
        assert (catalogue.source, catalogue.counts()) == ("previous", {"products": 2_000})
        assert [each.product.sku for each in catalogue.search("number 77", 1)] == ["S77"]
        assert catalogue.as_of == "2026-11-25T13:00:00.000Z"


def test_it_is_one_moment_of_the_file_while_the_writer_goes_on(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_copy, "STEP_PAGES", 20)
    with ReplicaWriter.open(data, KEY) as writer:
        start = iter(range(1, 10_000))

        def meanwhile(_seconds: float) -> None:
            number = next(start)
            writer.apply(reply(number, ("price", [price(f"S{number}", 100)])))

        make_copy(data, KEY, never, meanwhile)
        assert writer.cursors()["global"][1] > 5
    with closing(connect(data / PREVIOUS, KEY, write=False)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT pos FROM cursor").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM price").fetchone() == (0,)


@pytest.mark.parametrize("part", range(10))
def test_a_damaged_file_does_not_take_the_place_of_a_good_copy(data: Path, part: int) -> None:
    make_copy(data, KEY, never)
    good = (data / PREVIOUS).read_bytes()
    with (data / CURRENT).open("r+b") as file:
        file.seek((data / CURRENT).stat().st_size // 4096 * part // 10 * 4096 + 300)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(Unavailable) as told:
        make_copy(data, KEY, never, no_pause)
    assert (told.value.code, told.value.facts["file"]) == ("replica_corrupt", CURRENT)
    assert (data / PREVIOUS).read_bytes() == good
    assert names(data) == {CURRENT, PREVIOUS}


def test_one_that_is_no_longer_wanted_leaves_the_copy_before(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_copy, "STEP_PAGES", 20)
    (data / PREVIOUS).write_bytes(b"before")
    asked = iter([False, False, True])
    make_copy(data, KEY, lambda: next(asked), no_pause)
    assert (data / PREVIOUS).read_bytes() == b"before"
    assert names(data) == {CURRENT, PREVIOUS}


def test_after_each_step_others_have_the_disk_for_as_long(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_copy, "STEP_PAGES", 20)
    pauses: list[float] = []
    make_copy(data, KEY, never, pauses.append)
    assert len(pauses) >= (data / CURRENT).stat().st_size // 4096 // 20
    assert all(0 < pause <= replica_copy.STEP_PAUSE_MOST_S for pause in pauses)


def test_a_copy_is_due_when_there_is_none_of_today_and_room_for_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copy_due(data, NOW)
    make_copy(data, KEY, never, no_pause)
    for age, due in ((3_600, False), (86_399, False), (86_400, True), (-86_400, True)):
        then = NOW.timestamp() - age
        os.utime(data / PREVIOUS, (then, then))
        assert copy_due(data, NOW) is due, age
    usage = shutil.disk_usage(data)
    size = (data / CURRENT).stat().st_size
    for free, due in ((size + ROOM_BYTES, True), (size + ROOM_BYTES - 1, False)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        assert copy_due(data, NOW) is due, free
    assert COPY not in names(data)
