"""Accounts, rights and promises are worked out from the journal: each thing that is spoilt is found."""

from __future__ import annotations

import httpx
import pytest

from sync.hub import exception_check
from sync.hub.database import Connection, Database
from sync.hub.verifying import verify
from sync.protocol import (
    EarnReversed,
    GrantReleased,
    HoldCaptured,
    ReservationStepped,
    RightUsed,
    ValueEarned,
)
from tests.hub.righting import joined, new_id
from tests.hub.test_reservations import stocked
from tests.hub.tills import HandClock, play

CREDIT = {"kind": "credit", "account": "c-1"}


def a_day(database: Database, books: Connection, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        one = await joined(client, clock, database)
        await one.tell(ValueEarned, **CREDIT, amount=1_000, right="0197a1c2-self")
        await one.tell(RightUsed, **CREDIT, amount=150, right="0197a1c2-self")
        await one.tell(EarnReversed, **CREDIT, amount=50)
        await one.tell(GrantReleased, right="0197a1c2-self", left=850)
        grant = (await one.value("/v1/grants", 300)).id
        await one.tell(RightUsed, **CREDIT, amount=100, right=grant)
        held, called = [(await one.value("/v1/holds", 100)).id for _ in range(2)]
        await one.tell(HoldCaptured, right=held, amount=60)
        await one.ask(f"/v1/holds/{called}/capture", amount=70)
        await one.tell(HoldCaptured, right=called, amount=70)
        await one.value("/v1/grants", 100_000)
        stocked(books, clock, "A1", 9_000)
        said = {"store": "1", "lines": [["A1", 1_000]]}
        kept = (await one.ask("/v1/reservations", id=new_id(), **said)).id
        await one.ask("/v1/reservations", id=new_id(), **said)
        await one.tell(ReservationStepped, reservation=kept, step="READY")
        await one.tell(ReservationStepped, reservation=kept, step="COLLECTED")

    play(database, clock, story)


SPOILT = {
    "what came in": ("UPDATE right_account SET credited = credited + 1", "account credit c-1"),
    "what was spent": ("UPDATE right_account SET burned = burned - 1", "account credit c-1"),
    "an account gone": ("DELETE FROM right_account WHERE kind = 'credit'", "is not kept"),
    "a movement": ("UPDATE right_burn SET amount = 101 WHERE amount = 100", "its entry says 100"),
    "a movement gone": ("DELETE FROM right_burn WHERE amount = 150", "nothing was moved"),
    "one too many": (
        "INSERT INTO right_burn VALUES ('x', 0, 'credit', 'c-1', '', 5, 0, 'd', '', '', '')",
        "comes from no entry",
    ),
    "what was used": ("UPDATE right_part SET used = 40 WHERE used = 100", "the entries spent 100"),
    "an end": (
        "UPDATE value_right SET state = 'ACTIVE' WHERE right_id = '0197a1c2-self'",
        "its till ended it",
    ),
    "held back": ("UPDATE right_part SET open = 0 WHERE open AND kind = 'credit'", "but let go"),
    "a self-grant gone": (
        "DELETE FROM value_right WHERE right_id = '0197a1c2-self'",
        "gives it, but it is not kept",
    ),
    "a promise's state": ("UPDATE reservation SET state = 'READY'", "its steps lead to"),
    "a promise's right": (
        "UPDATE value_right SET state = 'SETTLED' WHERE state = 'RESERVED'",
        "its right says otherwise",
    ),
    "a step gone": ("DELETE FROM reservation_step WHERE after = 'READY'", "COLLECTED after"),
    "a step of nobody's": (
        "UPDATE reservation_step SET fact = 'x' WHERE after = 'READY'",
        "comes from no entry",
    ),
    "more promised than there is": (
        "UPDATE right_part SET amount = 5000 WHERE open AND kind = 'credit'",
        "beyond what came in",
    ),
}


@pytest.mark.both_engines
def test_a_day_of_rights_is_what_its_journal_gives(
    database: Database, books: Connection, clock: HandClock
) -> None:
    a_day(database, books, clock)
    findings = verify(books).findings
    assert [one for one in findings if not one.startswith("stock 1/A1: 9000")] == [], "set by hand"
    found = exception_check.check(books, clock.now())
    assert (found.whole, found.rights) == (True, [])


@pytest.mark.parametrize(("sql", "told"), SPOILT.values(), ids=SPOILT)
def test_what_is_spoilt_is_found_by_hand_and_by_night(
    database: Database, books: Connection, clock: HandClock, sql: str, told: str
) -> None:
    a_day(database, books, clock)
    books.text(sql)
    findings = verify(books).findings
    assert any(told in finding for finding in findings), findings
    assert not exception_check.look(books).whole
