"""Two writers want the last one at the same time: exactly one gets it."""

from __future__ import annotations

import threading

import pytest

from sync.hub import accounts, atp, reservations, rights
from sync.hub.answers import stamp
from sync.hub.database import Connection, Database
from sync.hub.rights import GRANT, Wanted
from sync.hub.stock import move_stock
from sync.protocol import RightPart
from tests.hub.righting import new_id
from tests.hub.tills import HandClock

pytestmark = pytest.mark.both_engines
ROUNDS = 12


def race(database: Database, wanted: list[Wanted], clock: HandClock) -> list[str]:
    """Each on a connection and a thread of its own, all released at once; the states they got."""
    start, states = threading.Barrier(len(wanted)), [""] * len(wanted)

    def ask(place: int) -> None:
        connection = database.connect(write=True)
        try:
            start.wait(60)
            with connection.transaction():
                if wanted[place].form == rights.RESERVATION:
                    right = reservations.reserve_here(connection, wanted[place], "", clock.now())
                else:
                    right = rights.grant_to(
                        connection, f"till-{place}", 1, wanted[place], clock.now()
                    )
                states[place] = right.state
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(wanted))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return sorted(states)


def test_the_last_unit_is_promised_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    for number in range(ROUNDS):
        sku = f"A{number}"
        with books.transaction():
            move_stock(books, "1", {sku: 1_000}, stamp(clock.now()))
        wanted = [reservations.wanted(new_id(), "1", ((sku, 1_000),), 60, b"") for _ in range(2)]
        assert race(database, wanted, clock) == ["REFUSED", "RESERVED"]
        name = atp.account("1", sku)
        assert accounts.available(books, "stock", name, clock.now()) == 0


def test_the_last_of_an_account_is_granted_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    for number in range(ROUNDS):
        account = f"c-{number}"
        with books.transaction():
            accounts.lock(books, [("points", account)])
            accounts.move_account(books, "points", account, credit=100)
        part = RightPart("points", account, 60)
        wanted = [Wanted(new_id(), GRANT, (part,), 60, b"", "1") for _ in range(3)]
        assert race(database, wanted, clock) == ["ACTIVE", "REFUSED", "REFUSED"]
        assert accounts.available(books, "points", account, clock.now()) == 40


def test_two_accounts_in_two_orders_never_wait_for_each_other(
    database: Database, books: Connection, clock: HandClock
) -> None:
    for number in range(ROUNDS):
        skus = (f"X{number}", f"Y{number}")
        with books.transaction():
            move_stock(books, "1", dict.fromkeys(skus, 1_000), stamp(clock.now()))
        wanted = [
            reservations.wanted(new_id(), "1", tuple((sku, 1_000) for sku in order), 60, b"")
            for order in (skus, skus[::-1])
        ]
        assert race(database, wanted, clock) == ["REFUSED", "RESERVED"]


def test_the_same_question_twice_at_once_is_one_right(
    database: Database, books: Connection, clock: HandClock
) -> None:
    with books.transaction():
        move_stock(books, "1", {"A1": 5_000}, stamp(clock.now()))
    wanted = reservations.wanted(new_id(), "1", (("A1", 1_000),), 60, b"")
    assert race(database, [wanted, wanted], clock) == ["RESERVED", "RESERVED"]
    name = atp.account("1", "A1")
    assert accounts.available(books, "stock", name, clock.now()) == 4_000
