"""A shop calls an order off in the very moment in which a till's hand-over arrives."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from sync.hub import devices
from sync.hub.database import Again, Connection, Database
from sync.hub.identity import load_keys
from sync.hub.orders import kept
from sync.hub.orders.taking import take
from sync.hub.push import push
from sync.protocol import Handling, ReservationStepped
from tests.hub.enrolled import enrolled
from tests.hub.orders.ordering import later, on_hand, order, rows, stocked, took
from tests.hub.orders.shopping import acts, flagged, shop
from tests.hub.tills import HandClock

pytestmark = pytest.mark.both_engines
ROUNDS = 10


def both(database: Database, *jobs: Callable[[Connection], object]) -> None:
    """Each in a transaction of its own on a thread of its own, released at once."""
    start = threading.Barrier(len(jobs))

    def one(job: Callable[[Connection], object]) -> None:
        connection = database.connect(write=True)
        start.wait(60)
        while True:
            try:
                with connection.transaction():
                    job(connection)
            except Again:
                continue
            break
        connection.close()

    threads = [threading.Thread(target=one, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)


def test_the_goods_are_gone_once_and_a_person_sees_the_money(
    database: Database, books: Connection, clock: HandClock
) -> None:
    shop(books)
    stocked(books, clock, A1=ROUNDS)
    journal = enrolled(books, 9, 0)
    keys, sent = load_keys(books), 0
    states = []
    for number in range(ROUNDS):
        told = order(external_id=f"{number}")
        taken = took(books, told, clock)
        own = taken.parts[0].row.reservation
        journal.append(
            ReservationStepped(
                **journal.stamp(),
                reservation=own,
                step="COLLECTED",
                lines=(("A1", 1_000),),
                handling=Handling(taken.order_id),
            )
        )
        asked = journal.push(sent + 1)
        sent = journal.seq

        def arrives(connection: Connection, asked: object = asked) -> None:
            device = devices.find(connection, journal.identity.device)
            assert device is not None
            connection.lock(devices.schema.device, (device.device,))
            push(connection, device, asked, keys, clock.now())  # type: ignore[arg-type]

        def cancels(connection: Connection, told: object = told) -> None:
            take(connection, later(told, 5, state="cancelled"), clock.now())  # type: ignore[arg-type]

        both(database, arrives, cancels)
        (row,) = rows(books, taken.order_id)
        whole = kept.find(books, taken.order_id)
        assert whole is not None
        states.append(row.state)
        assert (whole.state, row.lines[0].handed) == ("cancelled", 1_000)
    assert set(states) <= {"COLLECTED", "CANCELLED"}
    assert on_hand(books) == 0
    assert [amount for amount, _ in flagged(books, "late_capture")] == [1_000] * ROUNDS
    assert acts(books).count("collected") == states.count("COLLECTED")
    assert "refund" not in acts(books)
