"""Damage inside the till's copy of the catalogue: what can be read sells, and another is fetched."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

import pytest

from hardware.devices import Devices
from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.store.catalogue import CURRENT, DAMAGED, PREVIOUS, VERSION, Catalogue
from pos_app.store.keys import Keys
from pos_app.store.schema import connect
from pos_app.till import checkout, lookup, open_till
from pos_app.till.till import Till
from sync.engine.files import TillFiles
from tests.faults.said import OPEN_SHIFT, SALE, SIGN_IN, play, run, sync
from tests.scenarios.hub import Hub

pytestmark = pytest.mark.slow

PAGE = 4_096
NOW = dt.datetime(2026, 11, 25, 13, tzinfo=dt.UTC)


class Alone:
    """No window is connected."""

    clients = 0


def spoil(data: Path, *tables: str) -> None:
    """One byte of the page on which each table begins."""
    file = data / CURRENT
    with closing(connect(file, Keys.load(data).db_key, write=False)) as connection:
        wanted = ",".join("?" * len(tables))
        query = f"SELECT rootpage FROM sqlite_master WHERE name IN ({wanted})"
        pages = [row[0] for row in connection.execute(query, tables)]
    assert len(pages) == len(tables)
    for page in pages:
        with file.open("r+b") as held:
            held.seek((page - 1) * PAGE + 200)
            byte = held.read(1)[0]
            held.seek((page - 1) * PAGE + 200)
            held.write(bytes([byte ^ 0xFF]))


def is_whole(data: Path) -> bool:
    with closing(connect(data / CURRENT, Keys.load(data).db_key, write=False)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)])


def test_one_bad_page_costs_what_is_on_it_until_the_hub_answers(data: Path, hub: Hub) -> None:
    spoil(data, "stock")
    till = open_till(data, devices=Devices())
    try:
        assert till.catalogue.by_code(("04006381333931",)) is None, "its stock cannot be read"
        assert till.catalogue.source == "current", "there is no copy before: this one stays"
        assert till.catalogue.departments() is not None
        assert till.catalogue.counts()["staff"] == 2
    finally:
        till.close()
    assert (data / DAMAGED).exists()
    _, said = run("doctor", "--data", str(data))
    assert "is damaged" in said
    assert sync(data) == (0, "")
    assert is_whole(data)
    assert not (data / DAMAGED).exists()
    assert play(data, SIGN_IN + OPEN_SHIFT + SALE, "--alone")[0] == 0


def refused(till: Till, code: str) -> str:
    with pytest.raises(PosError) as told:
        checkout.scan(till, checkout.start(till), code)
    return told.value.code


def test_a_code_on_a_bad_page_is_not_said_to_be_unknown(data: Path) -> None:
    spoil(data, "barcode")
    till = open_till(data, devices=Devices())
    try:
        assert refused(till, "4006381333931") == "catalogue_in_part"
        with pytest.raises(Unavailable, match="catalogue_in_part"):
            lookup.by_code(till, "4006381333931")
        with pytest.raises(Refused, match="unknown_code"):
            checkout.add(till, checkout.start(till), "no such sku")
    finally:
        till.close()


def test_a_code_on_a_bad_page_is_sold_from_the_copy_before(data: Path) -> None:
    with closing(TillFiles(data, Keys.load(data), Alone())) as files:
        copying = files.copying(NOW)
        assert copying is not None
        copying.run()
        assert files.ended(copying)
    spoil(data, "barcode")
    till = open_till(data, devices=Devices())
    try:
        basket, _ = checkout.scan(till, checkout.start(till), "4006381333931")
        assert basket.lines
        assert till.catalogue.source == "previous"
        assert refused(till, "4006381333948") == "catalogue_in_part", "newer than that copy, maybe"
    finally:
        till.close()


@pytest.mark.parametrize("table", ["cursor", "department"])
def test_sync_that_meets_a_bad_page_builds_another_copy(data: Path, hub: Hub, table: str) -> None:
    assert play(data, SIGN_IN + OPEN_SHIFT + SALE, "--alone")[0] == 0
    spoil(data, table)
    assert sync(data) == (0, "")
    assert is_whole(data)
    assert hub.report()["sales"] == 1


def test_sync_that_runs_hears_of_damage_a_window_met(data: Path) -> None:
    with closing(TillFiles(data, Keys.load(data), Alone())) as files:
        assert files.view().ready
        (data / DAMAGED).touch()
        assert not files.view().ready


def test_looking_alone_marks_nothing(data: Path) -> None:
    spoil(data, "stock")
    with closing(Catalogue.open(data, Keys.load(data).db_key)) as catalogue:
        assert catalogue.by_code(("04006381333931",)) is None
    assert not (data / DAMAGED).exists()


def test_a_till_whose_catalogue_is_lost_offline_sells_from_the_last_good_copy(data: Path) -> None:
    keys = Keys.load(data)
    with closing(TillFiles(data, keys, Alone())) as files:
        copying = files.copying(NOW)
        assert copying is not None
        copying.run()
        assert files.ended(copying)
        assert files.copying(dt.datetime.now(dt.UTC)) is None, "one a day"
    (data / CURRENT).write_bytes(b"not a database" * 500)
    _, said = run("doctor", "--data", str(data))
    assert "the last good one is used" in said
    assert play(data, SIGN_IN + OPEN_SHIFT + SALE, "--alone")[0] == 0
    till = open_till(data, devices=Devices())
    try:
        assert till.catalogue.source == "previous"
        age_s = till.catalogue.age_s(till.now())
        assert age_s is not None
        assert till.catalogue.state("last_contact"), "the window says of when it is"
        article = till.catalogue.by_code(("04006381333931",))
        assert article is not None
    finally:
        till.close()


def test_a_copy_that_meets_a_bad_page_has_sync_build_another(data: Path, hub: Hub) -> None:
    spoil(data, "stock")
    with closing(TillFiles(data, Keys.load(data), Alone())) as files:
        copying = files.copying(NOW)
        assert copying is not None
        copying.run()
        with pytest.raises(Unavailable, match="replica_corrupt"):
            files.ended(copying)
        assert not files.view().ready
    assert not (data / PREVIOUS).exists()
    assert sync(data) == (0, "")
    assert is_whole(data)


def test_after_an_update_the_till_sells_from_the_old_tables_until_the_hub_answers(
    data: Path, hub: Hub
) -> None:
    key = Keys.load(data).db_key
    with closing(connect(data / CURRENT, key, write=True)) as connection:
        connection.execute("PRAGMA user_version=1")
    assert play(data, SIGN_IN + OPEN_SHIFT + SALE, "--alone")[0] == 0
    assert sync(data) == (0, "")
    with closing(Catalogue.open(data, key)) as catalogue:
        assert catalogue.source == "current"
    with closing(connect(data / CURRENT, key, write=False)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    with closing(connect(data / PREVIOUS, key, write=False)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert hub.report()["sales"] == 1
