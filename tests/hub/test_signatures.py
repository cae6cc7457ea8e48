"""Who may ask: signed by an approved till, this very request, once."""

from __future__ import annotations

import httpx
import pytest

from sync.hub import devices
from sync.hub.database import Connection, Database
from sync.protocol import encode
from tests.hub.tills import HandClock, Till, play, problem, running


def test_a_request_without_a_signature_is_refused_before_its_body(
    database: Database, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for method, path in (
            ("POST", "/v1/sync/push"),
            ("POST", "/v1/sync/hello"),
            ("GET", "/v1/sync/pull?stream=global&feed=x&after=0"),
        ):
            answer = await client.request(method, path)
            assert (answer.status_code, problem(answer)) == (401, "signature_missing")

    play(database, clock, story)


def test_a_swapped_body_path_query_method_or_host_is_refused(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        feed = (await till.hello(journal.head))["streams"]["global"]
        push = till.signed("POST", "/v1/sync/push", encode(journal.push()))
        pull = till.signed("GET", f"/v1/sync/pull?stream=global&feed={feed}&after=0")

        def again(request: httpx.Request, **changed: object) -> httpx.Request:
            kept = {"method": request.method, "url": request.url, "content": request.content}
            return client.build_request(**(kept | {"headers": request.headers} | changed))

        base = str(client.base_url)
        other_body = bytes(push.content).replace(b'"first_seq":1', b'"first_seq":2')
        for wrong in (
            again(push, content=other_body),
            again(push, url=f"{base}/v1/sync/hello"),
            again(pull, url=f"{base}/v1/sync/pull?stream=global&feed={feed}&after=1"),
            again(pull, url=f"{base}/v1/sync/pull?stream=global&feed={feed}&after=0&wait=1"),
            again(push, headers={**push.headers, "host": "elsewhere.test"}),
        ):
            answer = await client.send(wrong)
            assert (answer.status_code, problem(answer)) == (401, "signature_invalid")
        assert books.text("SELECT count(*) FROM event") == [(0,)]
        assert (await client.send(push)).status_code == 200
        assert (await client.send(pull)).status_code == 200

    play(database, clock, story)


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest", "host"])
def test_a_header_that_comes_twice_is_refused_whichever_is_the_right_one(
    database: Database, books: Connection, clock: HandClock, name: str
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        right = till.signed("POST", "/v1/sync/push", encode(journal.push()))
        other = till.signed("POST", "/v1/sync/push", b"{}").headers.get(name, "elsewhere.test")
        own = [(key, value) for key, value in right.headers.items() if key != name]
        value = right.headers[name]
        for twice in ((value, value), (value, other), (other, value)):
            doubled = [*own, *((name, each) for each in twice)]
            answer = await client.post("/v1/sync/push", content=right.content, headers=doubled)
            assert (answer.status_code, problem(answer)) == (401, "signature_invalid")
        assert books.text("SELECT count(*) FROM event") == [(0,)]
        assert (await client.send(right)).status_code == 200

    play(database, clock, story)


def test_a_replayed_request_does_nothing_also_after_a_restart(
    database: Database, books: Connection, clock: HandClock
) -> None:
    kept: list[httpx.Request] = []

    async def first(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        kept.append(till.signed("POST", "/v1/sync/push", encode(journal.push())))
        feed = (await till.hello(journal.head))["streams"]["global"]
        kept.append(till.signed("GET", f"/v1/sync/pull?stream=global&feed={feed}&after=0"))
        for request in kept:
            assert (await client.send(request)).status_code == 200
            assert problem(await client.send(request)) == "signature_replayed"

    async def second(client: httpx.AsyncClient) -> None:
        for request in kept:
            answer = await client.send(request)
            assert (answer.status_code, problem(answer)) == (401, "signature_replayed")

    play(database, clock, first)
    play(database, clock, second)
    assert books.text("SELECT count(*) FROM event") == [(1,)]


def test_an_old_request_is_refused_and_its_nonce_forgotten_only_then(
    database: Database, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        request = till.signed("POST", "/v1/sync/push", encode(journal.push()))
        assert (await client.send(request)).status_code == 200
        clock.forward(seconds=250)
        await till.hello(journal.head)
        assert problem(await client.send(request)) == "signature_replayed"
        clock.forward(hours=1)
        assert problem(await client.send(request)) == "signature_expired"

    play(database, clock, story)


def test_strangers_pending_and_revoked_tills_are_told_apart(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        own = await till.enrol(database)
        journal = till.journal
        assert journal is not None
        push = journal.push()
        assert problem(await till.push(push)) == "device_pending"
        with books.transaction():
            devices.approve(books, own.device, clock.now())
        assert (await till.push(push)).status_code == 200
        other = Till(client, clock)
        other.identity, other.journal = own, journal
        answer = await other.push(push)
        assert (answer.status_code, problem(answer)) == (401, "signature_invalid")
        with books.transaction():
            devices.revoke(books, own.device)
        answer = await till.push(push)
        assert (answer.status_code, problem(answer)) == (403, "device_revoked")

    play(database, clock, story)


@pytest.mark.parametrize(
    "headers",
    [
        {"signature-input": 'holdfast=("@method");keyid="nobody"', "signature": "holdfast=:AA==:"},
        {"signature-input": 'keyid="' + "x" * 5_000 + '"', "signature": "x"},
        {"signature-input": "\xff\xfe;;;===", "signature": ":::"},
        {"signature-input": 'a=("@method" "@method");keyid=7;created=abc', "signature": "a=::"},
    ],
)
def test_a_senseless_signature_is_a_problem_and_never_a_fault(
    database: Database, clock: HandClock, headers: dict[str, str]
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = await client.post("/v1/sync/push", content=b"{}", headers=raw)
        assert answer.status_code == 401
        assert problem(answer) in {"device_unknown", "signature_invalid"}

    play(database, clock, story)


def test_two_requests_at_once_with_one_nonce_do_one_thing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    import asyncio

    async def story() -> None:
        async with running(database, clock) as client:
            till = Till(client, clock)
            journal = await till.join(database)
            journal.sale()
            request = till.signed("POST", "/v1/sync/push", encode(journal.push()))
            answers = await asyncio.gather(*(client.send(request) for _ in range(5)))
            assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]

    asyncio.run(story())
    assert books.text("SELECT count(*) FROM event") == [(1,)]
