"""A second copy of the journal: what was copied outlives the till's disk, to the cent, once."""

from __future__ import annotations

import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_app.settings import Settings
from sync.journal_copy import _HEAD, Frame, files_in, frames_of
from tests.sync.conftest import Pair
from tests.sync.server import holdfast

PATIENCE_S = 90


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk than the till's."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has no second file system")
    with tempfile.TemporaryDirectory(dir=memory) as made:
        yield Path(made)


def set_up(data: Path, **changed: str) -> None:
    replace(Settings.load(data), **changed).save(data)


def copied(status, seq: int) -> bool:
    return status.copied(1) >= seq


def brought_back(pair: Pair, place: Path, *more: str, check: bool = True) -> list[dict]:
    """What `import-journal` says."""
    url = f"sqlite:///{pair.hub.database}"
    done = holdfast(
        "hub", "import-journal", str(place), "--database", url, "--json", *more, check=check
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def tampered(frame: Frame) -> bytes:
    """One bit of the box is another, and the checksum that anybody can compute fits it."""
    box = frame.box[:30] + bytes([frame.box[30] ^ 1]) + frame.box[31:]
    place = frame.raw[_HEAD.size : -len(box)]
    head = _HEAD.pack(b"HFC1", len(place), len(box), zlib.crc32(box, zlib.crc32(place)))
    return head + place + box


def reached(said: list[dict]) -> int:
    """The last entry that is at the hub now."""
    assert len(said) == 1
    return said[0]["held"] + said[0]["booked"]


def test_a_dead_disk_in_an_outage_loses_nothing_that_was_copied(pair: Pair, stick: Path) -> None:
    set_up(pair.data, journal_copy=str(stick))
    assert pair.sync.ensure()
    pair.sell(3)
    pair.until_synced(PATIENCE_S)
    pair.proxy.off()
    pair.sell(20)
    head = pair.ledger.head().seq
    status = pair.until(lambda now: copied(now, head), "copied", PATIENCE_S)
    assert status.acked[1] < head, "the hub was away"
    assert status.copies[0]["code"] == ""
    looked = holdfast("doctor", "--data", str(pair.data), "--json", check=False)
    (line,) = [one for one in json.loads(looked.stdout)["checks"] if one["name"] == "copy"]
    assert (line["state"], line["facts"]["seq"], line["facts"]["at_risk"]) == ("ready", head, 0)
    pair.sync.stop()
    pair.ledger.close()
    shutil.rmtree(pair.data)
    assert pair.report()["sales"] == 3
    dry = brought_back(pair, stick, "--dry-run")
    assert (dry[0]["booked"], pair.report()["sales"]) == (20, 3)
    said = brought_back(pair, stick)
    assert (said[0]["booked"], said[0]["told"], said[0]["last"]) == (20, "", head)
    pair.check()
    again = brought_back(pair, stick)
    assert again[0]["booked"] == 0
    pair.check()


def test_a_living_till_and_its_copy_bring_each_sale_once(pair: Pair, stick: Path) -> None:
    set_up(pair.data, journal_copy=str(stick))
    pair.proxy.off()
    assert pair.sync.ensure()
    pair.sell(5)
    head = pair.ledger.head().seq
    pair.until(lambda now: copied(now, head), "copied", PATIENCE_S)
    assert reached(brought_back(pair, stick)) == head
    pair.sell(2)
    pair.proxy.on()
    pair.link.try_now()
    pair.until_synced(PATIENCE_S)
    pair.check()


def test_a_thief_of_the_stick_reads_nothing_and_changes_nothing(pair: Pair, stick: Path) -> None:
    set_up(pair.data, journal_copy=str(stick))
    pair.proxy.off()
    assert pair.sync.ensure()
    for _ in range(2):
        pair.sell(2)
        head = pair.ledger.head().seq
        pair.until(lambda now, seq=head: copied(now, seq), "copied", PATIENCE_S)
    pair.sync.stop()
    (path,) = files_in(stick)
    held = path.read_bytes()
    assert b"Article" not in held
    assert b"SKU-" not in held
    frames = [frame for frame, _end in frames_of(path)]
    assert frames[-1].place.last == head
    path.write_bytes(held[: -len(frames[-1].raw)] + tampered(frames[-1]))
    before = frames[-1].place.first - 1
    said = brought_back(pair, stick, check=False)
    assert (reached(said), said[0]["told"]) == (before, "copy_sealed")
    path.write_bytes(held)
    assert reached(brought_back(pair, stick)) == head
    pair.check()


def test_a_stick_that_is_pulled_or_written_in_half_is_made_whole(pair: Pair, stick: Path) -> None:
    room = stick / "in"
    room.mkdir()
    set_up(pair.data, journal_copy=str(room))
    pair.proxy.off()
    assert pair.sync.ensure()
    pair.sell(3)
    pair.until(lambda now: copied(now, pair.ledger.head().seq), "copied", PATIENCE_S)
    room.rename(stick / "out")
    pair.sell(3)
    told = pair.until(lambda now: now.copies[0]["code"] != "", "missed", PATIENCE_S)
    assert told.copies[0]["code"] == "copy_missing"
    looked = holdfast("doctor", "--data", str(pair.data), "--json", check=False)
    (line,) = [one for one in json.loads(looked.stdout)["checks"] if one["name"] == "copy"]
    assert (line["state"], line["facts"]["code"]) == ("not_ready", "copy_missing")
    (path,) = files_in(stick / "out")
    with path.open("ab") as file:
        file.write(b"HFC1 half a frame")
    (stick / "out").rename(room)
    head = pair.ledger.head().seq
    pair.until(lambda now: copied(now, head) and not now.copies[0]["code"], "copied", PATIENCE_S)
    assert reached(brought_back(pair, room)) == head
    pair.check()


def test_a_folder_on_the_tills_own_disk_is_no_second_copy(pair: Pair, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    set_up(pair.data, journal_copy=str(here))
    assert pair.sync.ensure()
    pair.sell(1)
    told = pair.until(lambda now: now.copies and now.copies[0]["code"], "refused", PATIENCE_S)
    assert told.copies[0]["code"] == "copy_same_disk"
    assert list(here.iterdir()) == []
    pair.until_synced(PATIENCE_S)
