"""The verdicts of hello: each state a till can come back in."""

from __future__ import annotations

import httpx

from sync.hub.database import Database
from sync.protocol import PROTO, SCHEMA, Head
from tests.hub.tills import HandClock, Till, play


def test_every_verdict(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)

        async def verdict(head: Head, acked: int = 0, **more: object) -> str:
            told: str = (await till.hello(head, acked, **more))["verdict"]
            return told

        start = journal.head
        assert await verdict(start) == "ok"
        for _ in range(5):
            journal.sale()
        await till.pushed(journal.push(1, 3))
        at = {seq: Head(1, seq, journal.hashes[seq].hex()) for seq in range(6)}
        wrong = "ab" * 32
        assert await verdict(at[3], 3) == "ok"
        assert await verdict(at[5], 3) == "ok"
        assert await verdict(at[5], 5) == "behind", "the hub lost what it had confirmed"
        assert await verdict(at[2], 2) == "rolled_back"
        assert await verdict(at[0]) == "rolled_back"
        assert await verdict(Head(1, 2, wrong), 2) == "fork"
        assert await verdict(Head(1, 3, wrong), 3) == "fork"
        assert await verdict(Head(1, 0, wrong)) == "fork"
        assert await verdict(Head(0, 9, wrong)) == "fenced"
        assert await verdict(Head(2, 1, wrong)) == "fork"
        assert await verdict(at[3], 3, proto=(PROTO + 1, PROTO + 2)) == "upgrade_required"
        assert await verdict(at[3], 3, schema=SCHEMA + 9) == "ok", "newer: it reads what is older"
        assert await verdict(at[3], 3, schema=SCHEMA - 3) == "upgrade_required"
        told = await till.hello(at[3], 3, sw="0.1.0")
        assert set(told["streams"]) == {"global", "store:1", f"device:{journal.identity.device}"}
        assert told["head"] == {"epoch": 1, "seq": 3, "hash": at[3].hash}
        assert told["hub_time"] == "2026-11-25T09:00:00.000Z"

    play(database, clock, story)
