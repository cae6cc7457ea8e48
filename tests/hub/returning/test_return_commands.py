"""`holdfast hub returns`: what a person sees of slips and refunds, and does about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pos_app.__main__ import main
from sync.hub.database import Connection, Database
from sync.hub.returning import shop_refunds
from tests.hub.orders.ordering import order, stocked
from tests.hub.returning.coming_back import back, fetched, one, states
from tests.hub.returning.test_slips import SLIP, taken_in
from tests.hub.righting import free, joined
from tests.hub.tills import HandClock, running

pytestmark = pytest.mark.anyio


async def test_slips_and_refunds_are_listed_and_decided(
    database: Database, books: Connection, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str, status: int = 0) -> Any:
        assert main(["hub", "returns", *words, "--database", database.url]) == status
        out = capsys.readouterr()
        return json.loads(out.out) if "--json" in words else out.out or out.err

    stocked(books, clock, A1=5)
    async with running(database, clock) as client:
        till = await joined(client, clock, database)
        own = await fetched(till, books, clock, order(channel="storefront"))
        back(till, await one(till, sale=own.order_id), {1: 1_000})
        taken_in(till, None, ("A1", 1_000, 900, 0), why="no_copy", sale_doc="1-7-1.9")
        await till.push()
        (slip,) = told("slips", "--json")
        assert (slip["slip"], slip["state"], slip["amount"]) == (SLIP, "WAITING", 900)
        assert "nobody here knows its sale" in told("slips")
        assert "ADJUSTED: 250 EUR" in told("decide", SLIP[:8], "--amount", "250", "--by", "Eve")
        assert free(books, clock, SLIP) == 250
        assert "is decided" in told("decide", SLIP[:8], "--reject", status=1)
        assert "No slip is known" in told("decide", "0000", "--pay", status=1)
        assert told("slips") == "nothing yet\n"
        (refund,) = told("refunds", "--json")
        assert (refund["order"], refund["amount"], refund["state"]) == ("W-1", 1_000, "FAILED")
        assert "No refund" in told("again", "refund:none", status=1)
        told("otherwise", refund["id"], "--reason", "by transfer")
        assert states(books) == [(1, 1_000, shop_refunds.OTHERWISE)]
        assert told("refunds") == "nothing yet\n"
