"""The replica: all or nothing with its cursor, built beside, swapped, and read from what is whole."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlcipher3 import dbapi2

from pos_app.domain import barcode
from pos_app.domain.errors import Refused, Unavailable
from pos_app.store.catalogue import CURRENT, NEXT, PREVIOUS
from pos_app.store.replica import Catalogue, ReplicaWriter, swap
from pos_app.store.schema import connect
from sync.protocol.messages import (
    FeedRow,
    Head,
    PriceRow,
    PullReply,
    ReflectedRow,
    StaffRow,
    StoreRow,
)
from tests.store.replica_feed import HUB_TIME, KEY, price, product, reply, stock

MILK = product("M1", "Whole milk 1l", "4006381333931", department="Dairy")
BREAD = product("B1", "Rye bread", "96385074", "03600029145", department="Bakery", style="bread")


def filled(data: Path, *, beside: bool = False) -> None:
    with (
        ReplicaWriter.create_beside(data, KEY)
        if beside
        else ReplicaWriter.open(data, KEY) as writer
    ):
        writer.apply(reply(0, ("product", [MILK, BREAD]), ("price", [price("M1", 129)])))
        writer.apply(reply(0, ("stock", [stock("M1", 5000)]), stream="store:1"))
        if beside:
            writer.finish()


def answer(start: int, places: list[int], end: int) -> PullReply:
    body = msgspec.Raw(msgspec.json.encode([price("M1", 1)]))
    rows = [FeedRow(place, "price", body) for place in places]
    return PullReply("global", "f1", start, end, False, HUB_TIME, rows)


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(path.stat().st_size // 4096):
            file.seek(page * 4096 + 2000)
            file.write(b"damage" * 50)


@pytest.mark.parametrize("beside", [False, True], ids=["in use", "beside"])
def test_an_article_is_found_by_every_form_of_its_code(tmp_path, beside):
    filled(tmp_path, beside=beside)
    if beside:
        swap(tmp_path, KEY)
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.source == "current"
    for code in ("4006381333931", "04006381333931", "400638 1333931"):
        article = catalogue.by_code(barcode.read(code).keys)
        assert article is not None
        assert article.product.name == "Whole milk 1l"
        assert article.product.barcodes == ("4006381333931",)
        assert article.price("2026-11-25").amount == 129
        assert article.on_hand == 5000
        assert article.stock_as_of == HUB_TIME
    assert catalogue.by_code(barcode.read("96385074").keys).product.sku == "B1"
    assert catalogue.by_code(barcode.read("03600029145").keys).product.sku == "B1"
    assert catalogue.by_code(("M1",)).product.sku == "M1"
    assert catalogue.by_code(barcode.read("4006381333930").keys) is None, "digits are not repaired"
    bread = catalogue.by_sku("B1")
    assert bread.price("2026-11-25") is None
    assert bread.on_hand is None
    assert catalogue.departments() == [("Bakery", 1), ("Dairy", 1)]
    assert [each.product.sku for each in catalogue.department("Dairy", 5)] == ["M1"]
    assert [each.product.sku for each in catalogue.variants("bread")] == ["B1"]
    assert catalogue.variants("") == []
    assert catalogue.counts() == {"products": 2}
    assert catalogue.stock("M1") == [("1", 5000, HUB_TIME)]
    catalogue.close()


def test_upc_e_and_upc_a_find_each_other(tmp_path):
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("product", [product("E", "Filed short", "04252614")])))
        writer.apply(reply(1, ("product", [product("A", "Filed long", "042100005264")])))
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.by_code(barcode.read("04252614").keys) is not None
    assert catalogue.by_code(barcode.read("042100005264").keys) is not None
    catalogue.close()


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (reply(1, ("price", [price("M1", 1)])), "feed_hole"),
        (reply(3, ("price", [price("M1", 1)])), "feed_hole"),
        (reply(2, ("price", [price("M1", 1)]), feed="other"), "feed_changed"),
        (answer(2, [4, 3], 4), "feed_hole"),
        (answer(7, [3], 3), "feed_hole"),
        (
            msgspec.structs.replace(reply(2, ("price", [price("M1", 1)])), end=4),
            "feed_hole",
        ),
        (
            PullReply(
                "global",
                "f1",
                2,
                4,
                False,
                "2026-12-01T00:00:00.000Z",
                [
                    FeedRow(3, "price", msgspec.Raw(msgspec.json.encode([price("M1", 1)]))),
                    FeedRow(4, "price", msgspec.Raw(b'[["M1", 7]]')),
                ],
            ),
            "feed_unreadable",
        ),
    ],
    ids=[
        "again",
        "hole before",
        "other feed",
        "out of order",
        "another start",
        "end too far",
        "rows of another shape",
    ],
)
def test_a_wrong_answer_changes_nothing(tmp_path, bad, code):
    filled(tmp_path)
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        with pytest.raises(Refused) as refused:
            writer.apply(bad)
        assert refused.value.code == code
        assert writer.cursors() == {"global": ("f1", 2), "store:1": ("f1", 1)}
        catalogue = Catalogue.open(tmp_path, KEY)
        assert catalogue.by_sku("M1").price("2026-11-25").amount == 129
        writer.apply(reply(2, ("price", [price("M1", 139)])))
    assert catalogue.by_sku("M1").price("2026-11-25").amount == 139
    assert catalogue.as_of == HUB_TIME
    catalogue.close()


def test_an_unknown_kind_is_passed_over_with_its_position(tmp_path):
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        applied = writer.apply(reply(0, ("hologram", [{"a": 1}]), ("product", [MILK])))
        assert (applied.kinds, applied.rows) == ({"product"}, 1)
        assert writer.cursors() == {"global": ("f1", 2)}


def test_reference_rows_come_back_byte_for_byte(tmp_path):
    body = b'{"staff_id":"7","name":"Ana","role":"cashier","pin":"$argon2id$x","later_field":[1]}'
    row = FeedRow(1, "staff", msgspec.Raw(b"[" + body + b"]"))
    shop = StoreRow("1", "Shop", "EUR", "Europe/Vienna", "de-AT", ("Street 1",), "ATU1", 0, "", "r")
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(PullReply("store:1", "f", 0, 1, False, HUB_TIME, [row]))
        writer.apply(
            reply(
                1,
                ("store", [shop]),
                ("reflected", [ReflectedRow("d1", 2, 40)]),
                stream="store:1",
                feed="f",
            )
        )
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.rows("staff") == [("7", body)]
    assert msgspec.json.decode(catalogue.rows("staff")[0][1], type=StaffRow).active
    assert catalogue.rows("store") == [("1", msgspec.json.encode(shop))]
    assert catalogue.reflected("d1") == (2, 40)
    assert catalogue.reflected("d2") == (0, 0)
    assert catalogue.counts()["staff"] == 1
    catalogue.close()


def test_what_the_till_noted_survives_a_new_catalogue(tmp_path):
    filled(tmp_path)
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        assert writer.ack() is None
        writer.set_ack(Head(1, 9, "ab" * 32), "sig", HUB_TIME)
        writer.set_sent_upto(1, 12)
        writer.set_state("offset_ms", "-3")
    filled(tmp_path, beside=True)
    swap(tmp_path, KEY)
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        assert writer.ack() == Head(1, 9, "ab" * 32)
        assert writer.sent_upto() == (1, 12)
        assert writer.state("offset_ms") == "-3"
        assert not writer.building
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.ack() == Head(1, 9, "ab" * 32)
    catalogue.close()


def test_a_reader_keeps_the_old_copy_until_the_swap(tmp_path):
    filled(tmp_path)
    catalogue = Catalogue.open(tmp_path, KEY)
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("product", [product("N", "New")])))
        assert catalogue.by_sku("N") is None
        with pytest.raises(Refused, match="replica_unfinished"):
            swap(tmp_path, KEY)
        writer.finish()
        assert writer.counts() == {"products": 1}
    assert catalogue.by_sku("M1") is not None
    catalogue.close()
    swap(tmp_path, KEY)
    catalogue.reopen()
    assert catalogue.by_sku("N") is not None
    assert catalogue.by_sku("M1") is None
    assert (tmp_path / PREVIOUS).exists()
    assert not (tmp_path / NEXT).exists()
    catalogue.close()


def test_building_goes_on_where_it_was_broken_off(tmp_path):
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("product", [MILK, BREAD])))
    assert Catalogue.open(tmp_path, KEY).source == "none", "half a catalogue is none"
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        assert writer.building
        assert writer.cursors() == {"global": ("f1", 1)}
        writer.apply(reply(1, ("product", [product("M1", "Oat milk")])))
        writer.finish()
    swap(tmp_path, KEY)
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.by_sku("M1").product.name == "Oat milk"
    assert catalogue.by_code(barcode.read("4006381333931").keys) is None, "the later row has none"
    assert [each.product.name for each in catalogue.search("milk")] == ["Oat milk"]
    catalogue.close()


def test_a_swap_broken_off_between_two_renames_is_finished(tmp_path):
    filled(tmp_path)
    filled(tmp_path, beside=True)
    (tmp_path / CURRENT).rename(tmp_path / PREVIOUS)
    assert Catalogue.open(tmp_path, KEY).source == "previous", "meanwhile the old one serves"
    ReplicaWriter.open(tmp_path, KEY).close()
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.source == "current"
    assert catalogue.counts() == {"products": 2}
    catalogue.close()


def test_another_version_is_built_beside_and_the_old_stays(tmp_path):
    filled(tmp_path)
    connection = connect(tmp_path / CURRENT, KEY, write=True)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(Refused) as refused:
        ReplicaWriter.open(tmp_path, KEY)
    assert refused.value.code == "replica_other_version"
    assert Catalogue.open(tmp_path, KEY).source == "none"
    filled(tmp_path, beside=True)
    assert (tmp_path / CURRENT).exists()
    swap(tmp_path, KEY)
    assert Catalogue.open(tmp_path, KEY).source == "current"


def test_a_damaged_copy_is_left_for_the_one_before_and_its_age_is_told(tmp_path):
    filled(tmp_path)
    filled(tmp_path, beside=True)
    swap(tmp_path, KEY)
    damage(tmp_path / CURRENT)
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.source == "previous"
    assert catalogue.as_of == HUB_TIME
    assert catalogue.age_s(datetime(2026, 11, 25, 14, 0, tzinfo=UTC)) == 3600
    assert catalogue.by_sku("M1") is not None
    assert catalogue.by_sku("\ud800") is None
    assert catalogue.source == "previous"
    catalogue.close()
    with pytest.raises(Unavailable) as unavailable:
        ReplicaWriter.open(tmp_path, KEY)
    assert unavailable.value.code == "replica_corrupt"


def test_damage_met_in_the_middle_of_the_day_falls_back_without_an_error(tmp_path):
    filled(tmp_path)
    filled(tmp_path, beside=True)
    swap(tmp_path, KEY)
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.source == "current"
    damage(tmp_path / CURRENT)
    catalogue._connection.execute("PRAGMA shrink_memory")
    assert catalogue.search("milk")[0].product.sku == "M1"
    assert catalogue.source == "previous"
    damage(tmp_path / PREVIOUS)
    catalogue._connection.execute("PRAGMA shrink_memory")
    assert catalogue.by_sku("M1") is None
    assert catalogue.search("milk") == []
    assert catalogue.favourites(5) == []
    assert catalogue.source == "none"
    assert catalogue.age_s(datetime.now(UTC)) is None


def test_without_any_copy_everything_is_answered_by_nothing(tmp_path):
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.source == "none"
    assert catalogue.by_code(("x",)) is None
    assert catalogue.search("milk") == []
    assert catalogue.departments() == []
    assert catalogue.rows("staff") == []
    assert catalogue.cursors() == {}
    assert catalogue.ack() is None
    assert catalogue.counts() == {}
    assert catalogue.reflected("d") == (0, 0)
    filled(tmp_path)
    catalogue.reopen()
    assert catalogue.source == "current"
    catalogue.close()


def test_with_another_key_it_is_a_damaged_file_and_stays_as_it_is(tmp_path):
    filled(tmp_path)
    before = (tmp_path / CURRENT).read_bytes()
    assert Catalogue.open(tmp_path, bytes(32)).source == "none"
    with pytest.raises(Unavailable, match="replica_corrupt"):
        ReplicaWriter.open(tmp_path, bytes(32))
    assert (tmp_path / CURRENT).read_bytes() == before


def test_a_stream_begun_anew_keeps_what_is_on_sale(tmp_path):
    filled(tmp_path)
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.reset_stream("store:1", "f2")
        writer.reset_stream("global", "f2")
        assert writer.cursors() == {"global": ("f2", 0), "store:1": ("f2", 0)}
        writer.apply(reply(0, ("price", [price("M1", 99)]), feed="f2"))
    catalogue = Catalogue.open(tmp_path, KEY)
    assert catalogue.by_sku("M1").price("2026-11-25").amount == 99
    assert catalogue.stock("M1") == []
    catalogue.close()


def test_prices_of_one_list_stand_beside_each_other_by_currency(tmp_path):
    euro, yen = price("M1", 129), PriceRow("M1", "retail", "JPY", (("", "", 200, 0),))
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("product", [MILK]), ("price", [euro, yen])))
    with closing(Catalogue.open(tmp_path, KEY)) as catalogue:
        milk = catalogue.by_sku("M1")
    assert milk.price("2026-11-25", "retail", "EUR").amount == 129
    assert milk.price("2026-11-25", "retail", "JPY").amount == 200
    assert milk.price("2026-11-25", "retail", "CHF") is None


def test_prices_of_one_list_are_replaced_whole(tmp_path):
    dated = PriceRow(
        "M1", "retail", "EUR", (("", "", 100, 0), ("2026-11-25", "2026-11-26", 80, 100))
    )
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("price", [dated, price("M1", 70, "staff")]), ("product", [MILK])))
        catalogue = Catalogue.open(tmp_path, KEY)
        article = catalogue.by_sku("M1")
        assert article.price("2026-11-25").amount == 80
        assert article.price("2026-11-27").amount == 100
        assert article.price("2026-11-25", "staff").amount == 70
        writer.apply(reply(2, ("price", [PriceRow("M1", "retail", "EUR", ())])))
        assert catalogue.by_sku("M1").price("2026-11-25") is None, "seen by the open reader at once"
        catalogue.close()


def test_the_file_is_encrypted_and_private(tmp_path):
    filled(tmp_path)
    raw = (tmp_path / CURRENT).read_bytes()
    assert not raw.startswith(b"SQLite format 3")
    assert b"Whole milk" not in raw
    assert (tmp_path / CURRENT).stat().st_mode & 0o077 == 0


def test_reading_loads_no_heavy_library(tmp_path):
    filled(tmp_path)
    program = (
        "import sys; from pathlib import Path; from pos_app.store.replica import Catalogue;"
        f"c = Catalogue.open(Path({str(tmp_path)!r}), bytes(range(32)));"
        "assert c.search('milk') and c.by_code(('04006381333931',));"
        "heavy = {'sqlalchemy', 'httpx', 'biip', 'babel', 'cryptography', 'asyncio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_a_full_disk_says_so_and_keeps_the_cursor(tmp_path):
    filled(tmp_path)
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        (pages,) = writer._connection.execute("PRAGMA page_count").fetchone()
        writer._connection.execute(f"PRAGMA max_page_count={pages}")
        many = [product(f"X{n}", f"Something {n} " * 20) for n in range(500)]
        with pytest.raises(Unavailable) as full:
            writer.apply(reply(2, ("product", many)))
        assert full.value.code == "disk_full"
        assert writer.cursors()["global"] == ("f1", 2)
        writer._connection.execute("PRAGMA max_page_count=1000000")
        writer.apply(reply(2, ("product", many)))
        assert writer.counts() == {"products": 502}


def test_the_driver_is_the_encrypting_one():
    assert dbapi2.connect(":memory:").execute("PRAGMA cipher_version").fetchone()
