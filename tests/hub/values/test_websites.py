"""Gift cards in a website's checkout: the same accounts as the tills', by the same rights."""

from __future__ import annotations

import pytest

from pos_app.domain.value_code import CARD, account_of, new_code
from sync.hub import right_check
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.storefront import keys
from sync.hub.values import guesses, jobs
from tests.hub.righting import free
from tests.hub.storefront.visiting import PAGE, Visitor, visiting
from tests.hub.tills import HandClock, problem
from tests.hub.values.test_looks import issued

pytestmark = pytest.mark.anyio


async def hold(web: Visitor, code: str, amount: int, own: str = "h-1", **more: object) -> dict:
    said = {"id": own, "code": code, "visitor": "10.1.2.3", "amount": amount, "currency": "EUR"}
    answer = await web.post("values/holds", **{**said, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.both_engines
async def test_a_card_is_held_captured_once_and_its_rest_is_free(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 5_000)
    async with visiting(database, books, clock) as (web, till):
        told = (await web.post("values/look", code=code.typed.lower(), visitor="10.1.2.3")).json()
        assert (told["found"], told["amount"], told["currency"]) == (True, 5_000, "EUR")
        first = await hold(web, code.qr, 3_000)
        assert first == {"id": "h-1", "state": "HELD", "amount": 3_000}
        assert await hold(web, code.qr, 3_000) == first, "asked again, the same answer"
        answer = await web.post(
            "values/holds", id="h-1", code=code.qr, visitor="x", amount=1, currency="EUR"
        )
        assert problem(answer) == "id_reused"
        at_till = await till.value(
            "/v1/holds", 2_001, kind=CARD, account=account_of(code), basket="b"
        )
        assert (at_till.state, at_till.left) == ("REFUSED", 2_000)
        for _ in range(2):
            taken = (await web.post("values/holds/h-1/capture", amount=2_500, order="W-1")).json()
            assert (taken["state"], taken["captured"]) == ("CAPTURED", 2_500)
        assert problem(await web.post("values/holds/h-1/void")) == "right_over"
        assert free(books, clock, account_of(code), CARD) == 2_500
    assert right_check.differences(books) == []


async def test_what_is_not_wanted_is_let_go_by_the_website_or_by_time(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 1_000)
    async with visiting(database, books, clock) as (web, _till):
        await hold(web, code.qr, 400)
        assert (await web.post("values/holds/h-1/void", reason="left")).json()["state"] == "VOIDED"
        some = await hold(web, code.qr, 4_000, "h-2", least=1, minutes=10)
        assert (some["state"], some["amount"]) == ("HELD", 1_000)
        clock.forward(seconds=9 * 60)
        with books.transaction():
            assert jobs.let_go(books, clock) == 0
        clock.forward(seconds=2 * 60)
        with books.transaction():
            assert jobs.let_go(books, clock) == 1
        assert problem(await web.post("values/holds/h-2/capture", amount=1)) == "right_over"
        assert free(books, clock, account_of(code), CARD) == 1_000


async def test_another_website_has_nothing_to_do_with_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 1_000)
    with books.transaction():
        _, secret = keys.add(books, "other", "", [PAGE], RandomIds(), clock.now())
    async with visiting(database, books, clock) as (web, _till):
        other = Visitor(web.client, "", secret)
        await hold(web, code.qr, 400)
        assert problem(await other.post("values/holds/h-1/capture", amount=400)) == "right_unknown"
        page = await web.post("values/look", web.public, code=code.qr, visitor="x")
        assert problem(page) == "key_unknown", "a page's key asks for no balance"


async def test_visitors_who_guess_keep_no_till_from_a_card(
    database: Database, books: Connection, clock: HandClock
) -> None:
    code = issued(books, clock, 1_000)
    async with visiting(database, books, clock) as (web, till):
        told = [
            (await web.post("values/look", code=new_code(CARD).qr, visitor="10.9.9.9")).status_code
            for _ in range(guesses.MOST["visitor"] + 2)
        ]
        assert told == [200] * guesses.MOST["visitor"] + [409] * 2
        for nth in range(guesses.MOST["shop"]):
            await web.post("values/look", code="nonsense", visitor=f"v{nth}")
        answer = await web.post("values/look", code=code.qr, visitor="10.1.1.1")
        assert problem(answer) == "value_limited", "the website as a whole"
        held = await till.value("/v1/holds", 500, kind=CARD, account=account_of(code))
        assert held.state == "HELD"
