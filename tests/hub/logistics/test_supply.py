"""What suppliers announce: read from a file, told to the tills, received, called off."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from pos_app.domain.errors import Refused
from sync.hub import coming, exceptions, rebuilding
from sync.hub.catalogue import Changes
from sync.hub.database import Connection, Database
from sync.hub.logistics import supply
from sync.protocol import DeliveryRow, Difference, GoodsReceived, ProductRow, ReceivedLine
from tests.hub.righting import joined
from tests.hub.tills import HandClock, play

AT = "2026-11-25T08:00:00.000Z"
FILE = (
    "note;supplier;due;box;barcode;sku;qty\n"
    "LS-1;Beans Ltd;2026-11-26;B-1;4006381333931;;12\n"
    "LS-1;Beans Ltd;;;;TEA;2.5\n"
    "LS-2;Beans Ltd;;;;TEA;1\n"
)


@pytest.fixture
def books(database: Database) -> Connection:
    connection = database.connect(write=True)
    code = "4006381333931".zfill(14)
    with connection.transaction():
        made = Changes(products=[ProductRow("SCARF", "Wool scarf", barcodes=(code,))])
        made.write(connection, "1", AT, "import")
    return connection


def announced(books: Connection) -> list[str | None]:
    with books.transaction():
        notes = supply.read_file(books, FILE.encode())
        return [
            supply.announce(books, "1", note, f"d-{place}", AT)
            for place, note in enumerate(notes, 1)
        ]


def test_a_note_is_one_delivery_and_known_once(books: Connection) -> None:
    assert announced(books) == ["d-1", "d-2"]
    assert announced(books) == [None, None]
    rows = [(row["note"], row["state"], row["expected"], row["due"]) for row in supply.every(books)]
    assert sorted(rows) == [
        ("LS-1", "expected", 14_500, "2026-11-26"),
        ("LS-2", "expected", 1_000, ""),
    ]
    assert coming.of_store(books, "1")["TEA"] == (3_500, "")
    assert coming.of_store(books, "1")["SCARF"] == (12_000, "2026-11-26")
    assert supply.known_skus(books, supply.read_file(books, FILE.encode())) == ["TEA"]


@pytest.mark.parametrize(
    ("text", "row", "what"),
    [
        ("sku;qty\nA;1\n", 1, "note, sku, qty"),
        ("note;sku;qty\n;A;1\n", 2, "note"),
        ("note;sku;qty\nL;A;1\nL;;1\n", 3, "sku"),
        ("note;sku;qty\nL;A;-1\n", 2, "qty"),
        ("note;sku;qty\nL;A;many\n", 2, ""),
        ("note;sku;qty;due\nL;A;1;someday\n", 2, ""),
        ("note;barcode;qty\nL;0000;1\n", 2, "sku"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_nothing_is_kept(
    books: Connection, text: str, row: int, what: str
) -> None:
    with pytest.raises(Refused) as told:
        supply.read_file(books, text.encode())
    assert (told.value.code, told.value.facts["row"]) == ("delivery_file_bad", row)
    assert what in str(told.value.facts["what"])
    with pytest.raises(Refused, match="delivery_file_bad"):
        supply.read_file(books, b"note,sku,qty\n\xff\xfe,A,1\n")


def test_called_off_it_is_not_waited_for_and_counted_it_cannot_be(books: Connection) -> None:
    announced(books)
    with books.transaction():
        supply.call_off(books, "d-2")
    assert [row["state"] for row in supply.every(books)].count("called_off") == 1
    assert coming.of_store(books, "1")["TEA"] == (2_500, "2026-11-26")
    with pytest.raises(Refused, match="delivery_unknown"), books.transaction():
        supply.call_off(books, "d-9")


@pytest.mark.both_engines
def test_what_came_is_held_against_the_note(database: Database, clock: HandClock) -> None:
    opened = database.connect(write=True)
    with opened.transaction():
        note = supply.Note("LS-3", "Beans Ltd", "", [supply.Announced("TEA", 3_000, "B-1", "Tea")])
        supply.announce(opened, "1", note, "d-3", AT)
    opened.close()

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        page = await till.till.pull("store:1")
        rows = [
            msgspec.json.decode(row.rows, type=list[DeliveryRow])
            for row in page.rows
            if row.kind == "delivery"
        ]
        row = rows[0][0]
        assert (row.state, row.source_name, row.lines[0].title) == ("expected", "Beans Ltd", "Tea")
        assert row.boxes[0].label == "B-1"
        said = {"delivery": "d-3", "name": "LS-3", "kind": "supply", "source": "Beans Ltd"}
        assert await till.tell(
            GoodsReceived,
            **said,
            lines=[ReceivedLine("TEA", 2_000), ReceivedLine("MUG", 1_000)],
            differences=[
                Difference("TEA", "short", 1_000, "missing", 300),
                Difference("MUG", "extra", 1_000, "keep", 900),
            ],
            final=True,
            currency="EUR",
            value=1_200,
        ) == ["exception"]

    play(database, clock, story)
    books = database.connect(write=True)
    stock = books.text("SELECT sku, on_hand FROM stock ORDER BY sku")
    assert [tuple(row) for row in stock] == [("MUG", 1_000), ("TEA", 2_000)]
    told = [(one.kind, one.amount) for one in exceptions.every(books)]
    assert told == [("delivery_difference", 1_200)]
    assert coming.of_store(books, "1") == {}
    with pytest.raises(Refused, match="delivery_began"), books.transaction():
        supply.call_off(books, "d-3")
    assert list(rebuilding.differences(books)) == []
    books.close()
