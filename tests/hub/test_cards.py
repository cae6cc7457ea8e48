"""A card payment nobody knows the end of is an exception at the hub until somebody does."""

from __future__ import annotations

import httpx

from sync.hub.database import Connection, Database
from sync.protocol import CardNoted
from tests.hub.journals import Journal
from tests.hub.test_push import HandClock, Till, kinds, play


def note(journal: Journal, state: str, reference: str, **more: str) -> None:
    values = {"basket": "b-1", "amount": 1_995, "currency": "EUR"} | more
    journal.append(CardNoted(**journal.stamp(), reference=reference, state=state, **values))


def states(books: Connection) -> list[tuple[str, str, int]]:
    rows = books.text("SELECT detail, state, amount FROM exception ORDER BY no")
    return [(str(row[0]), str(row[1]), int(row[2])) for row in rows]


def test_it_opens_and_is_settled_by_the_next_word(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        note(journal, "kept_open", "1-1-1.P1")
        note(journal, "kept_open", "1-1-1.P2")
        await till.pushed(journal.push())
        assert kinds(books) == ["payment_unmatched", "payment_unmatched"]
        sent = len(journal.entries)
        note(journal, "charged", "1-1-1.P1")
        note(journal, "kept_open", "1-1-1.P3")
        note(journal, "not_charged", "1-1-1.P3")  # in the same push: nobody has to see it
        note(journal, "stray", "1-1-1.P4")
        note(journal, "given_back", "1-1-1.P5", of="1-1-1.P4")
        await till.pushed(journal.push(sent + 1))

    play(database, clock, story)
    assert states(books) == [("1-1-1.P1", "settled", 1_995), ("1-1-1.P2", "open", 1_995)]
