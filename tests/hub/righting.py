"""A till that asks for rights, for the hub's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import msgspec
import uuid_utils

from sync.hub import accounts, rights, store
from sync.hub.database import Connection, Database
from sync.hub.identity import feed_name
from sync.hub.store import Shop
from sync.protocol import CreditGiven, Fact, RightReply, ValueEarned
from tests.hub.journals import RULES, Journal
from tests.hub.tills import HandClock, Till


def new_id() -> str:
    return str(uuid_utils.uuid7())


class Asking:
    """One till with a journal, and what it asks."""

    def __init__(self, till: Till, journal: Journal) -> None:
        self.till = till
        self.journal = journal
        self.pushed = 0

    @property
    def device(self) -> str:
        return self.journal.identity.device

    async def post(self, path: str, **said: Any) -> httpx.Response:
        body = {"epoch": self.journal.identity.epoch, **said}
        return await self.till.send("POST", path, msgspec.json.encode(body))

    async def ask(self, path: str, **said: Any) -> RightReply:
        answer = await self.post(path, **said)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=RightReply)

    async def ask_plain(self, path: str, reply: type[Any], /, **said: Any) -> Any:
        """What is asked and promises nothing."""
        answer = await self.post(path, **said)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=reply)

    async def value(self, path: str, amount: int, right_id: str = "", **said: Any) -> RightReply:
        asked = {"kind": "credit", "account": "c-1", "amount": amount, **said}
        return await self.ask(path, id=right_id or new_id(), **asked)

    async def tell(self, fact: type[Fact], /, **said: Any) -> list[str]:
        """Journals a fact and pushes it; what became of it."""
        self.journal.append(fact(**{**self.journal.stamp(), **said}))
        return await self.push()

    async def credited(self, amount: int, account: str = "c-1", **said: Any) -> list[str]:
        """Store credit that somebody at the till gave, and what it did, in one commit."""
        whose: dict[str, Any] = {"kind": "credit", "account": account, "amount": amount}
        why = {"customer": account, "currency": "EUR", "reason": "goodwill"}
        given = CreditGiven(**self.journal.stamp(), **whose, **why)
        self.journal.append(given)
        return await self.tell(ValueEarned, **whose, of=given.id, **said)

    async def push(self) -> list[str]:
        reply = await self.till.pushed(self.journal.push(self.pushed + 1))
        self.pushed = self.journal.seq
        return reply.results


async def joined(
    client: httpx.AsyncClient, clock: HandClock, database: Database, till: str = "1"
) -> Asking:
    one = Till(client, clock)
    return Asking(one, await one.join(database, till))


def second_store(books: Connection, store_id: str = "2") -> None:
    first = store.load(books, "1").store
    with books.transaction():
        store.save(books, Shop(replace(first, store_id=store_id), RULES), feed_name(books))


def free(books: Connection, clock: HandClock, account: str = "c-1", kind: str = "credit") -> int:
    return accounts.available(books, kind, account, clock.now())


def state(books: Connection, right_id: str) -> str:
    found = rights.find(books, right_id)
    return found.state if found else ""


def exceptions(books: Connection, kind: str = "") -> list[tuple[str, int]]:
    rows = books.text("SELECT kind, amount FROM exception ORDER BY no")
    return [(row[0], row[1]) for row in rows if kind in ("", row[0])]


def bump(books: Connection, device: str) -> None:
    """What enrolment anew does to the rights of a device."""
    with books.transaction():
        rights.freeze(books, device)
