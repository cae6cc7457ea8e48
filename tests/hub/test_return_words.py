"""The hub's word on returns: who has the goods when it says no, and a question that stands for another."""

from __future__ import annotations

import pytest

from sync.hub.database import Connection, Database
from sync.protocol import GrantReleased
from tests.hub.righting import exceptions, joined, new_id, state
from tests.hub.test_refunds import came_back, everything
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio
AUTHS = "/v1/return-auths"


@pytest.mark.both_engines
async def test_a_no_says_who_has_the_goods(database: Database, clock: HandClock) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        two = await joined(client, clock, database, "2")
        one.journal.open_shift()
        two.journal.open_shift()
        sale, other = one.journal.sale(of=1), one.journal.sale(of=1)
        await one.push()
        said = {"sale": sale.id, "lines": [[sale.lines[0].line, sale.lines[0].qty]]}
        await two.ask(AUTHS, id=new_id(), **said)
        told = (await one.ask(AUTHS, id=new_id(), **said)).taken
        assert told is not None
        assert (told.kind, told.store, told.till) == ("word", "1", "2")
        back = came_back(two.journal, sale, everything(sale))
        await two.push()
        told = (await one.ask(AUTHS, id=new_id(), **said)).taken
        assert told is not None
        assert (told.kind, told.store, told.till, told.at) == ("refund", "1", "2", back.t.wall)
        one.journal.void(other)
        await one.push()
        line = other.lines[0]
        told = (
            await two.ask(AUTHS, id=new_id(), sale=other.id, lines=[[line.line, line.qty]])
        ).taken
        assert told is not None
        assert (told.kind, told.till) == ("void", "1")


async def test_a_question_that_stands_for_another_is_not_refused_because_of_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """The fact that gives the earlier word back may come later than the question."""
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        two = await joined(client, clock, database, "2")
        one.journal.open_shift()
        sale = one.journal.sale(of=1)
        await one.push()
        said = {"sale": sale.id, "lines": [[sale.lines[0].line, sale.lines[0].qty]]}
        first, second = new_id(), new_id()
        assert (await one.ask(AUTHS, id=first, **said)).state == "AUTHORISED"
        stolen = await two.ask(AUTHS, id=new_id(), instead_of=first, **said)
        assert stolen.state == "REFUSED", "nobody gives up what is another till's"
        again = await one.ask(AUTHS, id=second, instead_of=first, **said)
        assert (again.state, state(books, first)) == ("AUTHORISED", "SETTLED")
        qty = sale.lines[0].qty
        await one.tell(GrantReleased, right=first, left=qty, reason="not_needed")
        assert (state(books, second), exceptions(books)) == ("AUTHORISED", [])
