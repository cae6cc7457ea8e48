"""The till's files as the engine uses them: what is kept where, and what survives what."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random

import pytest

from pos_app.domain.errors import PosError
from pos_app.store.catalogue import CURRENT, NEXT, PREVIOUS, Catalogue
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.replica import ReplicaWriter
from sync.engine.files import TillFiles
from sync.protocol import Head, PullReply
from sync.simulation.disk import Disk, Process
from sync.simulation.shop import Seller
from tests.sync.conftest import PRODUCTS


class Nobody:
    clients = 0


@pytest.fixture
def data(tmp_path: Path, enrolled: Path) -> Path:
    shutil.copytree(enrolled / "till", tmp_path / "till")
    return tmp_path / "till"


@pytest.fixture
def keys(data: Path) -> Keys:
    return Keys.load(data)


def opened(data: Path, keys: Keys) -> TillFiles:
    return TillFiles(data, keys, Nobody())


def empty_page(files: TillFiles, stream: str, feed: str = "new") -> None:
    files.apply(PullReply(stream, feed, 0, 0, False, "2026-11-25T13:00:00.000Z", []))


def finish(files: TillFiles) -> None:
    """As a thread does it."""
    aside = files.finishing()
    aside.run()
    assert files.ended(aside)


def test_what_the_till_noted_survives_a_new_replica(data: Path, keys: Keys) -> None:
    files = opened(data, keys)
    head = files.journal.head()
    files.keep_ack(Head(1, 1, head.hash), "sig", "2026-11-25T13:00:00.000Z")
    files.keep_sent(7)
    files.build()
    empty_page(files, "global")
    files.keep_sent(9)
    finish(files)
    files.swap()
    assert files.acked() == 1
    assert files.sent_upto() == 9
    assert files.view().cursors == {"global": ("new", 0)}
    files.close()


def test_an_ack_of_another_life_s_entry_proves_nothing(data: Path, keys: Keys) -> None:
    """The ledger alone was put back, and journalled something else in that place since."""
    files = opened(data, keys)
    head = files.journal.head()
    files.keep_ack(Head(head.epoch, head.seq, "ab" * 32), "sig", "2026-11-25T13:00:00.000Z")
    assert files.acked() == files.view().acked == 0
    further = Head(head.epoch, head.seq + 5, "ab" * 32)
    files.keep_ack(further, "sig", "2026-11-25T13:00:00.000Z")
    assert files.acked() == head.seq + 5, "the hub has more than we have"
    files.keep_ack(head, "sig", "2026-11-25T13:00:00.000Z")
    assert files.acked() == head.seq
    files.close()


def test_how_far_was_sent_goes_back_only_when_told_so(data: Path, keys: Keys) -> None:
    files = opened(data, keys)
    files.keep_sent(9)
    files.keep_sent(3)
    assert files.sent_upto() == 9
    files.keep_sent(3, lowered=True)
    assert files.sent_upto() == 3
    files.keep_sent(4, lowered=True)
    assert files.sent_upto() == 4
    files.close()


def test_a_crash_while_the_only_file_is_indexed_takes_all_as_sent(data: Path, keys: Keys) -> None:
    """What was sent meanwhile is not known any more; what was acked the hub tells again."""
    (data / CURRENT).write_bytes(b"")
    files = opened(data, keys)
    files.build()
    empty_page(files, "global")
    head = files.journal.head()
    aside = files.finishing()
    files.keep_sent(head.seq + 3)
    assert files.sent_upto() >= head.seq + 3
    files.keep_ack(head, "sig", "2026-11-25T13:00:00.000Z")
    assert files.acked() == head.seq
    crashed = opened(data, keys)
    assert (crashed.sent_upto(), crashed.acked()) == (crashed.journal.head().seq, 0)
    crashed.close()
    aside.stop()
    files.close()


def test_indexing_that_is_broken_off_leaves_what_was_noted(data: Path, keys: Keys) -> None:
    (data / CURRENT).write_bytes(b"")
    files = opened(data, keys)
    files.build()
    empty_page(files, "global")
    head = files.journal.head()
    aside = files.finishing()
    files.keep_ack(head, "sig", "2026-11-25T13:00:00.000Z")
    files.build(afresh=False)
    aside.run()
    assert not files.ended(aside), "nobody waits for it any more"
    assert files.acked() == head.seq
    finish(files)
    files.swap()
    assert (files.view().ready, files.acked()) == (True, head.seq)
    files.close()


def test_sent_never_goes_back(data: Path, keys: Keys) -> None:
    files = opened(data, keys)
    files.keep_sent(9)
    files.keep_sent(3)
    assert files.sent_upto() == 9
    files.close()


def test_a_replica_from_nothing_takes_all_as_sent(data: Path, keys: Keys) -> None:
    """Nobody knows any more what left the till: a void must then ask the hub."""
    for path in data.glob("replica.*"):
        path.unlink()
    files = opened(data, keys)
    assert files.view().ready is False
    files.build()
    assert files.sent_upto() == files.journal.head().seq
    files.close()


class FullAt(Process):
    """Its disk has no room for one of its writes."""

    at = 0

    def full(self) -> bool:
        return self.writes == self.at


def test_a_replica_begun_on_a_full_disk_is_not_yet_the_tills(data: Path, keys: Keys) -> None:
    """Found by a simulated day: with the mark not written, nothing would count as sent."""
    disk = Disk()
    for at in count(1):
        for path in data.glob("replica.*"):
            path.unlink()
        process = FullAt("sync", Random(0))
        with disk.installed(), disk.acting(process):
            files = opened(data, keys)
            process.at = process.writes + at
            with suppress(PosError):
                files.build()
            sent, head = files.sent_upto(), files.journal.head().seq
            assert not files.view().building or sent == head
            files.close()
        if process.writes < process.at:
            return  # it was done before that write


def test_a_build_goes_on_after_a_restart(data: Path, keys: Keys) -> None:
    files = opened(data, keys)
    files.build()
    empty_page(files, "global")
    files.close()
    files = opened(data, keys)
    view = files.view()
    assert (view.ready, view.building, view.cursors) == (True, True, {"global": ("new", 0)})
    files.build()
    assert files.view().cursors == {}, "asked anew it begins anew"
    files.close()


@pytest.mark.parametrize("damage", [b"", b"not a database" * 400])
def test_a_damaged_replica_is_replaced_and_the_good_copy_before_it_kept(
    data: Path, keys: Keys, damage: bytes
) -> None:
    shutil.copy(data / CURRENT, data / PREVIOUS)
    (data / CURRENT).write_bytes(damage)
    files = opened(data, keys)
    assert files.view().ready is False
    window = Catalogue.open(data, keys.db_key)
    assert (window.source, window.counts()["products"]) == ("previous", PRODUCTS)
    window.close()
    files.build()
    empty_page(files, "global")
    finish(files)
    files.swap()
    assert files.view().ready is True
    assert not (data / NEXT).exists()
    files.close()
    (data / CURRENT).unlink()
    window = Catalogue.open(data, keys.db_key)
    assert (window.source, window.counts()["products"]) == ("previous", PRODUCTS)
    window.close()


def test_entries_are_read_as_they_were_written(data: Path, keys: Keys) -> None:
    with Ledger.open(data, keys) as ledger:
        seller = Seller(ledger, Random(1), PRODUCTS)
        seller.open_shift()
        seller.sell_many(30)
        files = opened(data, keys)
        assert files.read(ledger.head().seq, 500, 1 << 20) is None
        batch = files.read(10, 5, 1 << 20)
        assert batch is not None
        assert (batch.after, batch.last, batch.packed) == (10, 15, True)
        small = files.read(10, 500, 1)
        assert small is not None
        assert small.last == 11, "never none where there is one"
        assert files.own_hash(ledger.head()) == ledger.head().hash
        assert files.own_hash(Head(1, 999, "")) is None
        assert files.own_hash(Head(2, 1, "")) is None
        files.close()


NOON = dt.datetime(2026, 11, 25, 13, tzinfo=dt.UTC)


def sold_often(data: Path, keys: Keys) -> str:
    with Ledger.open(data, keys) as ledger:
        seller = Seller(ledger, Random(1), PRODUCTS)
        seller.open_shift()
        for _ in range(10):
            sold = seller.sell(1).lines[0].sku
    return sold


def ranked(files: TillFiles, now: dt.datetime) -> bool:
    """As a thread does it."""
    aside = files.ranking(now)
    if aside is None:
        return False
    aside.run()
    return files.ended(aside)


def test_the_search_is_ranked_by_what_sold_once_a_day(data: Path, keys: Keys) -> None:
    sold = sold_often(data, keys)
    files = opened(data, keys)
    assert ranked(files, NOON)
    assert not ranked(files, NOON + dt.timedelta(hours=2))
    assert ranked(files, NOON + dt.timedelta(days=1))
    files.close()
    window = Catalogue.open(data, keys.db_key)
    assert sold in [article.product.sku for article in window.favourites(10)]
    window.close()


def test_sales_go_to_the_hub_while_the_search_is_ranked(data: Path, keys: Keys) -> None:
    """What is noted meanwhile waits in memory: the file has one writer at a time."""
    sold_often(data, keys)
    files = opened(data, keys)
    head = files.journal.head()
    begun, go_on = threading.Event(), threading.Event()
    aside = files.ranking(NOON)
    assert aside is not None

    def held_open() -> None:
        with ReplicaWriter.open(data, keys.db_key) as writer, writer._transaction():
            begun.set()
            assert go_on.wait(20)
        aside.run()

    thread = threading.Thread(target=held_open)
    thread.start()
    assert begun.wait(20)
    files.keep_sent(head.seq)
    files.keep_ack(head, "sig", "2026-11-25T13:00:00.000Z")
    files.keep_contact("ok", 40, NOON)
    assert files.acked() == head.seq
    assert files.ranking(NOON) is None, "one at a time"
    go_on.set()
    thread.join()
    assert files.ended(aside)
    assert (files.sent_upto(), files.acked()) == (head.seq, head.seq)
    assert files.note("hub_time_offset_ms") == "40"
    files.close()


def test_a_crash_while_the_search_is_ranked_takes_all_as_sent(data: Path, keys: Keys) -> None:
    sold_often(data, keys)
    files = opened(data, keys)
    files.keep_sent(2)
    assert files.ranking(NOON) is not None
    crashed = opened(data, keys)
    assert crashed.sent_upto() == crashed.journal.head().seq
    crashed.keep_sent(3, lowered=True)
    assert crashed.sent_upto() == 3, "from then on it is known again"
    crashed.close()


def test_a_ranking_that_is_broken_off_leaves_what_was_noted(data: Path, keys: Keys) -> None:
    files = opened(data, keys)
    files.keep_sent(2)
    aside = files.ranking(NOON)
    assert aside is not None
    head = files.journal.head()
    files.keep_ack(head, "sig", "2026-11-25T13:00:00.000Z")
    files.build()
    aside.run()
    assert not files.ended(aside)
    assert (files.sent_upto(), files.acked()) == (2, head.seq)
    assert files.note("search_ranked") == "", "it is tried again"
    files.close()


def test_a_till_without_a_ledger_is_one_error(tmp_path: Path, keys: Keys) -> None:
    with pytest.raises(PosError, match="ledger_missing"):
        opened(tmp_path, keys)
