"""`holdfast hub orders`: what a person sees of orders, and does about them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from pos_app.__main__ import main
from sync.hub.answers import SystemClock
from sync.hub.database import Connection, Database
from sync.hub.orders import clock as by_clock
from sync.hub.orders import forgetting, kept
from tests.hub.orders.ordering import free, line, order, rows, stocked, took
from tests.hub.orders.shopping import acts, shop
from tests.hub.righting import second_store
from tests.hub.tills import HandClock


@pytest.fixture
def told(
    database: Database, books: Connection, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Runs one word; what it printed, as JSON where it is."""
    shop(books)
    second_store(books)
    stocked(books, clock, A1=5)
    stocked(books, clock, "2", A1=5)

    def run(*words: str, status: int = 0) -> Any:
        assert main(["hub", "orders", *words, "--database", database.url]) == status
        out = capsys.readouterr()
        text = out.out or out.err
        return json.loads(text) if "--json" in words else text

    return run


def test_orders_are_shown_moved_planned_again_and_called_off(
    told: Any, books: Connection, clock: HandClock
) -> None:
    one = took(books, order(line(qty=2_000, gross=1_999)), clock)
    (row,) = told("list", "--json")
    assert (row["order"], row["store"], row["state"], row["pieces"]) == ("W-1", "1", "RESERVED", 2)
    assert told("list", "--store", "2", "--json") == []
    (whole,) = told("show", "W-1", "--json")
    assert (whole["paid"], whole["due"], len(whole["parts"])) == (1_999, 0, 1)
    assert len(whole["parts"][0]["code"].replace(" ", "")) == 6
    assert "done by store 2" in told("move", "W-1", "--to", "2")
    assert [each.state for each in rows(books, one.order_id)] == ["CANCELLED", "RESERVED"]
    assert (free(books, clock), free(books, clock, store="2")) == (5_000, 3_000)
    assert "planned again" in told("retake", one.order_id)
    assert "called off" in told("cancel", "W-1", "--reason", "recall")
    assert acts(books) == ["refund", "cancel"]
    assert told("list") == "nothing yet\n"
    assert "not open any more" in told("cancel", "W-1", status=1)
    assert "no order W-9" in told("show", "W-9", status=1)


@pytest.mark.both_engines
def test_who_it_was_is_forgotten_where_it_is_over(
    told: Any, books: Connection, clock: HandClock
) -> None:
    """By a person's word, and by itself when it is long ago; what is open keeps its name."""
    one, two, three = (
        took(books, order(external_id=name), clock).order_id for name in ("1", "2", "3")
    )
    told("cancel", "W-1")
    assert "1 orders name nobody now; 2 are not over" in told("forget", "ada@example.org")
    found = kept.find(books, one)
    assert found is not None
    assert "ada@" not in found.body + str(rows(books, one)[0])
    assert (found.total, rows(books, one)[0].lines[0].sku) == (1_000, "A1")
    told("cancel", "W-2")
    clock.forward(days=390)
    by_clock.look(books, clock.now())
    assert rows(books, two)[0].customer == "Ada L."
    clock.time = SystemClock().now() + dt.timedelta(days=401)
    by_clock.look(books, clock.now())
    assert (rows(books, two)[0].customer, rows(books, three)[0].customer) == ("", "Ada L.")
    assert forgetting.long_ago(books, clock.now()) == []
    again = took(books, order(external_id="1"), clock)
    assert again.outcome == "same", "told again it stays forgotten"


def test_what_a_store_offers_is_set_word_by_word(told: Any) -> None:
    words = ("service", "--store", "1")
    (row,) = told(
        *words,
        *("--hours", "mon-fri=09:00-18:30", "--hours", "sat=10:00-13:00+14:00-17:00"),
        *("--hours", "sun=closed", "--day", "2026-12-25=closed", "--capacity", "4"),
        *("--prepare", "45", "--at", "60.1699,24.9384", "--pickup", "off", "--json"),
    )
    assert row["hours"].endswith("sat=10:00-13:00+14:00-17:00 sun=closed")
    assert (row["days"], row["capacity"], row["pickup"]) == ("2026-12-25=closed", 4, False)
    (again,) = told(*words, "--day", "2026-12-25=usual", "--json")
    assert again == {**row, "days": ""}, "the rest stays"
    for bad in ("--hours=mon=9", "--hours=foo=09:00-10:00", "--day=x=closed", "--at=91,0"):
        assert "cannot be read" in told(*words, bad, status=1)
    assert "cannot be read" in told(*words, "--hours=mon=10:00-09:00", status=1)


def test_places_come_from_a_file(told: Any, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("sku,place,walk\nA1,Aisle 5,12\nA2,Aisle 1,3\n", encoding="utf-8")
    assert told("places", str(file), "--store", "1") == "2 places in store 1\n"
    assert [row["sku"] for row in told("places", "--store", "1", "--json")] == ["A2", "A1"]
    file.write_text("sku,place\nA3,Wall\n", encoding="utf-8")
    told("places", str(file), "--replace", "--store", "1")
    assert [row["sku"] for row in told("places", "--store", "1", "--json")] == ["A3"]
    assert "Line" in told("places", str(tmp_path / "none.csv"), "--store", "1", status=1)
