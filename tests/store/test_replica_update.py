"""An update of the program: the replica of the version before is sold from until another is built."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.domain import barcode
from pos_app.domain.errors import Refused
from pos_app.store import catalogue as reading
from pos_app.store.catalogue import CURRENT, NEXT, PREVIOUS, VERSION, Catalogue
from pos_app.store.ledger import Ledger
from pos_app.store.replica import ReplicaWriter, swap
from pos_app.store.schema import connect
from sync.engine.files import TillFiles
from sync.protocol.messages import Head
from tests.store.books import KEYS, new_ledger
from tests.store.replica_feed import HUB_TIME, KEY, product, reply

KEPT = Path(__file__).parents[1] / "databases"
TEA = product("T1", "Green tea")


class Nobody:
    clients = 0


def version_of(path: Path) -> int:
    with closing(connect(path, KEY, write=False)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def build_beside(data: Path) -> None:
    with ReplicaWriter.create_beside(data, KEY) as writer:
        writer.apply(reply(0, ("product", [TEA])))
        writer.finish()


@pytest.fixture(params=range(1, VERSION))
def before(request: pytest.FixtureRequest) -> int:
    """An earlier version of the tables."""
    version: int = request.param
    return version


def kept(version: int) -> Path:
    return KEPT / f"replica_v{version}.sqlite"


@pytest.fixture
def data(tmp_path: Path, before: int) -> Path:
    shutil.copy(kept(before), tmp_path / CURRENT)
    (tmp_path / CURRENT).chmod(0o600)
    return tmp_path


def test_everything_a_window_asks_is_answered_by_the_version_before(data: Path) -> None:
    with closing(Catalogue.open(data, KEY)) as catalogue:
        assert catalogue.source == "current"
        milk = catalogue.by_code(barcode.read("4006381333931").keys)
        assert milk is not None
        price = milk.price("2026-11-25", "retail", "EUR")
        assert price is not None
        assert (milk.product.name, price.amount, milk.on_hand) == ("Whole milk 1l", 129, 5000)
        for typed, sku in (
            ("creme", "C1"),
            ("rye br", "B1"),
            ("hole", "M1"),
            ("whole mlik", "M1"),
        ):
            assert [each.product.sku for each in catalogue.search(typed)] == [sku], typed
        assert [each.product.sku for each in catalogue.favourites(3)] == ["B1", "M1", "C1"]
        assert catalogue.departments() == [("Bakery", 1), ("Dairy", 2)]
        assert catalogue.counts() == {"products": 3}
        assert catalogue.cursors() == {"global": ("f1", 2), "store:1": ("f1", 1)}
        assert catalogue.stock("M1")[0][1] == 5000
        assert catalogue.ack() == Head(1, 5, "aa" * 32)


def test_it_stays_until_the_new_one_is_whole_and_is_kept_then(data: Path, before: int) -> None:
    with ReplicaWriter.create_beside(data, KEY) as writer:
        writer.apply(reply(0, ("product", [TEA])))
        with closing(Catalogue.open(data, KEY)) as catalogue:
            assert catalogue.counts() == {"products": 3}
        writer.finish()
    swap(data, KEY)
    assert (version_of(data / CURRENT), version_of(data / PREVIOUS)) == (VERSION, before)
    (data / CURRENT).write_bytes(b"")
    with closing(Catalogue.open(data, KEY)) as catalogue:
        assert (catalogue.source, catalogue.counts()) == ("previous", {"products": 3})


def test_statements_that_differ_are_asked_in_the_words_of_that_version(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version 0 is made up, with a table of another name."""
    with closing(connect(data / CURRENT, KEY, write=True)) as connection:
        connection.execute("ALTER TABLE stock RENAME TO shelf")
        connection.execute("PRAGMA user_version=0")
    with closing(Catalogue.open(data, KEY)) as catalogue:
        assert catalogue.source == "none", "nobody has words for it"
    ours = (reading._STOCK_ONE, reading._STOCK_MANY)
    words = {each: each.replace("FROM stock", "FROM shelf") for each in ours}
    monkeypatch.setitem(reading.WORDED, 0, words)
    with closing(Catalogue.open(data, KEY)) as catalogue:
        milk = catalogue.by_sku("M1")
        assert milk is not None
        assert milk.on_hand == 5000
        assert [each.on_hand for each in catalogue.search("milk")] == [5000]


def test_a_later_version_does_not_push_out_a_copy_that_can_be_read(data: Path, before: int) -> None:
    """The program was put back: its own file is still the copy before."""
    shutil.copy(data / CURRENT, data / PREVIOUS)
    with closing(connect(data / CURRENT, KEY, write=True)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(Refused, match="replica_other_version"):
        ReplicaWriter.open_earlier(data, KEY)
    build_beside(data)
    swap(data, KEY)
    assert (version_of(data / CURRENT), version_of(data / PREVIOUS)) == (VERSION, before)


def test_sync_notes_in_the_old_one_and_builds_the_new_one_beside(
    tmp_path: Path, before: int
) -> None:
    data = tmp_path / "till"
    ledger: Ledger = new_ledger(data)
    ledger.close()
    shutil.copy(kept(before), data / CURRENT)
    with closing(TillFiles(data, KEYS, Nobody())) as files:
        view = files.view()
        assert (view.ready, view.building, view.cursors) == (False, False, {})
        assert (view.acked, files.sent_upto()) == (5, 7), "what it noted is not lost"
        files.build()
        files.keep_sent(9)
        files.keep_ack(Head(1, 8, "bb" * 32), "sig", HUB_TIME)
        with closing(Catalogue.open(data, KEY)) as catalogue:
            assert (catalogue.source, catalogue.counts()) == ("current", {"products": 3})
            assert catalogue.ack() == Head(1, 8, "bb" * 32)
        files.apply(reply(0, ("product", [TEA])))
        assert (data / NEXT).exists()
        aside = files.finishing()
        aside.run()
        assert files.ended(aside)
        files.swap()
        view = files.view()
        assert (view.ready, view.building, view.acked) == (True, False, 8)
        assert files.sent_upto() == 9
    assert (version_of(data / CURRENT), version_of(data / PREVIOUS)) == (VERSION, before)
