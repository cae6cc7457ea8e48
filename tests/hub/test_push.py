"""Journal entries at the hub: exactly one effect each, whatever the network and the till do."""

from __future__ import annotations

import asyncio

from sync.hub.database import Connection, Database
from tests.hub.tills import HandClock, Till, running


def test_a_day_is_booked_to_the_cent(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def scene() -> None:
        async with running(database, clock) as client:
            till = Till(client, clock)
            journal = await till.join(database)
            journal.open_shift()
            sales = [journal.sale() for _ in range(20)]
            journal.void(sales[3])
            reply = await till.pushed(journal.push())
            assert reply.ack == journal.head
            assert reply.results == ["applied"] * 22
            total = sum(sale.total for sale in sales) - sales[3].total
            assert books.text("SELECT sum(total), sum(sales), sum(voids) FROM day_total") == [
                (total, 20, 1)
            ]
            again = await till.pushed(journal.push())
            assert again.results == ["duplicate"] * 22
            assert books.text("SELECT count(*) FROM exception") == [(0,)]
            assert books.text("SELECT sum(total) FROM day_total") == [(total,)]

    asyncio.run(scene())
