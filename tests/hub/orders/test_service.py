"""By when an order is ready: opening hours, preparation, room in the hour; told once and kept."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_app.domain import pickup
from pos_app.domain.errors import Refused
from pos_app.domain.pickup import Hours
from sync.hub.database import Connection
from sync.hub.identity import load_keys
from sync.hub.orders import passes, places, service
from sync.protocol import PickupPass
from tests.hub.orders.ordering import line, order, rows, stocked, took
from tests.hub.tills import HandClock

WEEK = (*(((9 * 60, 18 * 60),),) * 5, ((10 * 60, 13 * 60), (14 * 60, 17 * 60)), ())
VIENNA = Hours("Europe/Vienna", WEEK, {"2026-12-24": ((9 * 60, 12 * 60),), "2026-12-25": ()})


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "minutes", "ready"),
    [
        ("2026-11-25 09:00", 60, "2026-11-25 10:00"),
        ("2026-11-25 16:30", 60, "2026-11-26 08:30"),  # closes at 17:00 UTC
        ("2026-11-25 03:00", 45, "2026-11-25 08:45"),  # before it opens
        ("2026-11-27 16:45", 30, "2026-11-28 09:15"),  # Friday into Saturday, from ten on
        ("2026-11-28 11:45", 30, "2026-11-28 13:15"),  # over lunch
        ("2026-11-28 15:50", 30, "2026-11-30 08:20"),  # over Sunday
        ("2026-12-24 10:50", 30, "2026-12-26 09:20"),  # over a holiday
        ("2026-03-27 16:50", 30, "2026-03-28 09:20"),  # winter time still
        ("2026-03-28 15:50", 30, "2026-03-30 07:20"),  # over the change to summer time
    ],
)
def test_time_goes_in_opening_hours(now: str, minutes: int, ready: str) -> None:
    assert VIENNA.after_open_minutes(at(now), minutes) == at(ready)


def test_goods_are_kept_to_the_end_of_a_day_on_which_somebody_can_come() -> None:
    assert VIENNA.kept_until(at("2026-11-25 10:00"), 2) == at("2026-11-27 17:00")
    assert VIENNA.kept_until(at("2026-11-26 10:00"), 3) == at("2026-11-30 17:00")
    assert Hours("UTC", ((),) * 7).after_open_minutes(at("2026-11-25 10:00"), 5) == at(
        "2026-11-25 10:05"
    ), "a store that never opens is asked as if it were never closed"


def test_an_hour_takes_no_more_than_it_can(books: Connection, clock: HandClock) -> None:
    """And the promise stands whatever becomes of hours and capacity afterwards."""
    stocked(books, clock, A1=50)
    with books.transaction():
        offers = replace(service.of(books, "1"), hours=VIENNA, capacity=3, prepare_minutes=30)
        service.keep(books, offers)
        assert service.of(books, "1") == offers
    clock.time = at("2026-11-25 15:20")
    promised = []
    for number in range(9):
        taken = took(books, order(external_id=f"{number}"), clock)
        promised.append(rows(books, taken.order_id)[0].promised[5:16])
    assert promised == [
        *["11-25T15:50"] * 3,
        *["11-25T16:20", "11-25T16:40", "11-25T16:59"],
        *["11-26T08:20", "11-26T08:40", "11-26T08:59"],
    ]
    with books.transaction():
        service.keep(books, replace(offers, capacity=0, prepare_minutes=5))
    assert rows(books, taken.order_id)[0].promised[5:16] == "11-26T08:59"
    told = order(external_id="x", promised="2026-11-30T12:00:00.000Z")
    row = rows(books, took(books, told, clock).order_id)[0]
    assert row.promised == told.promised, "what the shop told the customer stands"


def test_lines_are_in_walking_order(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=1, A2=1, A3=1)
    with books.transaction():
        read = places.read(["sku,place,walk\n", "A1,Aisle 5,12\n", "A2,Aisle 1,3\n"])
        assert places.put(books, "1", read) == 2
    taken = took(books, order(line("A1"), line("A2"), line("A3")), clock)
    found = [(one.sku, one.place) for one in rows(books, taken.order_id)[0].lines]
    assert found == [("A2", "Aisle 1"), ("A1", "Aisle 5"), ("A3", "")]
    for bad in ("sku\n", "sku,place,walk\nA1,x,-1\n", "sku,place\n,x\n"):
        with pytest.raises(Refused, match="places_file_bad"):
            places.read(bad.splitlines(keepends=True))


def test_the_code_and_the_pass_of_a_part(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=5)
    keys = load_keys(books)
    one, two = (
        rows(books, took(books, order(external_id=name), clock).order_id)[0] for name in "12"
    )
    code = passes.code_of(keys, one.reservation)
    assert pickup.looks_like_code(code)
    assert passes.code_of(keys, one.reservation) == code, "the same whenever it is asked for"
    assert passes.code_of(keys, two.reservation) != code
    assert pickup.code_fits(one.code, f" {code[:3].lower()}-{code[3:]}")
    assert not pickup.code_fits(two.code, code)
    assert not pickup.code_fits("", code)
    assert (one.code_end, code in str(books.text("SELECT body FROM order_part"))) == (
        *(code[-3:],),
        False,
    )
    text = passes.signed(keys, one, "1", "2026-12-01T00:00:00.000Z")
    read = pickup.read_pass(text)
    assert read is not None
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys.public_hex))
    public.verify(read.signature, read.signed)
    told = msgspec.json.decode(read.payload, type=PickupPass)
    assert (told.reservation, told.store, told.lines) == (one.reservation, "1", (("A1", 1_000),))
    other = pickup.pass_text(read.payload.replace(b'"1"', b'"2"'), read.signature)
    forged = pickup.read_pass(other)
    assert forged is not None
    with pytest.raises(InvalidSignature):
        public.verify(forged.signature, forged.signed)
    for bad in ("", "HFP1.a.b", text[:-9], text.replace("HFP1", "HFP2"), "4006381333931"):
        assert pickup.read_pass(bad) is None
    assert base64.urlsafe_b64decode(text.split(".")[2] + "==") == read.signature
