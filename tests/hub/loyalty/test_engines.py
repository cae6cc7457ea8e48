"""What the clock does to points, on each database that a hub may stand on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.hub import right_check
from sync.hub.answers import stamp
from sync.hub.customers import book
from sync.hub.database import Connection
from sync.hub.loyalty import jobs, ledger, programmes
from sync.hub.loyalty.standing import standing
from sync.protocol import CustomerFields
from tests.hub.tills import HandClock
from tests.till.membering import CLUB

MIRA = "0197a1c2-0000-7000-8000-00000000c11a"


@pytest.mark.both_engines
def test_a_year_of_points(
    books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_SECRETS_KEY", "07" * 32)
    with books.transaction():
        rules = replace(CLUB, version=0, expiry_months=12, birthday=100)
        programmes.put(books, rules, stamp(clock.now()))
        day = f"{clock.now():%m-%d}"
        fields = CustomerFields(name="Mira", birthday=day, member=True)
        book.save(books, MIRA, fields, clock.now())
        ledger.move(books, MIRA, 1_300, reason="earned", now=clock.now())
    jobs.one_look(books, clock.now())
    jobs.one_look(books, clock.now(), again=True)
    now = standing(books, MIRA, clock.now())
    assert (now.points, now.tier, now.to_next) == (1_400, "gold", 0)
    assert (now.ending, now.ends[:4]) == (1_400, str(clock.now().year + 1))
    clock.forward(days=366)
    jobs.one_look(books, clock.now())
    after = standing(books, MIRA, clock.now())
    assert (after.points, after.tier) == (0, "basic")
    assert [each.reason for each in ledger.statement(books, MIRA)][-1] == "expired"
    assert right_check.differences(books) == []
