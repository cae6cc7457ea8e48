"""Values that must not be spent twice, asked for over HTTP and settled by facts."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_app.domain.errors import Refused
from sync.hub import accounts, own_journal, recovering, right_check, rights
from sync.hub.answers import RandomIds
from sync.hub.database import Connection, Database
from sync.hub.devices import find as device_of
from sync.hub.identity import load_keys
from sync.protocol import (
    EarnReversed,
    GrantReleased,
    HoldCaptured,
    HoldVoided,
    RightUsed,
    right_signing_bytes,
)
from tests.hub.righting import Asking, bump, exceptions, free, joined, new_id, state
from tests.hub.tills import HandClock, problem, running

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def checked(books: Connection) -> Iterator[None]:
    """Whatever a test did, the tables of rights are what the journal gives."""
    yield
    assert right_check.differences(books) == []


CREDIT = {"kind": "credit", "account": "c-1"}


async def credited(one: Asking, amount: int = 1_000) -> None:
    assert await one.credited(amount) == ["applied", "applied"]


async def test_a_hold_is_taken_off_and_captured_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        held = await one.value("/v1/holds", 700)
        assert (held.state, free(books, clock)) == ("HELD", 300)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(load_keys(books).public_hex))
        key.verify(base64.b64decode(held.sig), right_signing_bytes(held))

        refused = await one.value("/v1/holds", 301)
        assert (refused.state, refused.why, refused.left) == ("REFUSED", "not_enough", 300)

        first = await one.ask(f"/v1/holds/{held.id}/capture", amount=500)
        again = await one.ask(f"/v1/holds/{held.id}/capture", amount=500)
        assert first.state == again.state == "CAPTURED"
        assert free(books, clock) == 500, "the rest is free, and it was burned once"
        assert problem(await one.post(f"/v1/holds/{held.id}/capture", amount=400)) == "id_reused"
        assert problem(await one.post(f"/v1/holds/{held.id}/void")) == "right_over"
        assert await one.tell(HoldCaptured, right=held.id, amount=500) == ["applied"]
        assert free(books, clock) == 500, "the fact finds it done"
        assert exceptions(books) == []


async def test_a_hold_is_captured_by_its_fact_and_voided_by_call_or_fact(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        spent, let_go, called = [(await one.value("/v1/holds", 300)).id for _ in range(3)]
        await one.tell(HoldCaptured, right=spent, amount=200)
        await one.tell(HoldVoided, right=let_go, reason="ttl")
        assert (await one.ask(f"/v1/holds/{called}/void")).state == "VOIDED"
        assert (await one.ask(f"/v1/holds/{called}/void")).state == "VOIDED"
        assert [state(books, each) for each in (spent, let_go)] == ["CAPTURED", "VOIDED"]
        assert free(books, clock) == 800
        assert exceptions(books) == []
        await one.tell(HoldCaptured, right=called, amount=100)
        assert exceptions(books) == [("late_capture", 0), ("grant_overrun", 100)]


async def test_a_hold_that_pays_for_two_sales_is_told_to_the_last_unit(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        held = (await one.value("/v1/holds", 300)).id
        await one.tell(HoldCaptured, right=held, amount=300, of="sale-a")
        await one.tell(HoldCaptured, right=held, amount=300, of="sale-a")
        assert (free(books, clock), exceptions(books)) == (700, []), "said twice, spent once"
        await one.tell(HoldCaptured, right=held, amount=300, of="sale-b")
        assert (free(books, clock), exceptions(books)) == (400, [("grant_overrun", 300)])
        assert right_check.differences(books) == []


@pytest.mark.parametrize("first", ["sale-a", ""])
async def test_a_hold_captured_by_a_call_pays_for_the_document_that_says_so_first(
    database: Database, books: Connection, clock: HandClock, first: str
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        held = (await one.value("/v1/holds", 300)).id
        await one.ask(f"/v1/holds/{held}/capture", amount=300)
        await one.tell(HoldCaptured, right=held, amount=300, of=first)
        await one.tell(HoldCaptured, right=held, amount=300, of=first)
        assert (free(books, clock), exceptions(books)) == (700, []), "said twice, spent once"
        await one.tell(HoldCaptured, right=held, amount=300, of="sale-b")
        assert (free(books, clock), exceptions(books)) == (400, [("grant_overrun", 300)])


@pytest.mark.parametrize("amount", [-500, 0, accounts.AMOUNT_MAX, 1 << 63])
async def test_a_capture_of_an_absurd_amount_moves_nothing_and_is_told(
    database: Database, books: Connection, clock: HandClock, amount: int
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        held = (await one.value("/v1/holds", 300)).id
        assert await one.tell(HoldCaptured, right=held, amount=amount) == ["exception"]
        assert (state(books, held), free(books, clock)) == ("HELD", 700)
        assert [kind for kind, _ in exceptions(books)] == ["right_strange"]
        assert right_check.differences(books) == []


async def test_only_a_hold_is_captured(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        grant = (await one.value("/v1/grants", 300)).id
        await one.tell(HoldCaptured, right=grant, amount=200)
        assert (state(books, grant), exceptions(books)) == ("ACTIVE", [("right_unknown", 200)])
        assert right_check.differences(books) == []


async def test_an_id_asked_again_is_answered_the_same_and_never_means_two_things(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        two = await joined(client, clock, database, "2")
        await credited(one)
        own = new_id()
        first = await one.value("/v1/grants", 600, own)
        again = await one.value("/v1/grants", 600, own)
        assert (first.state, again.state, free(books, clock)) == ("ACTIVE", "ACTIVE", 400)
        said = {**CREDIT, "id": own}
        other = await one.post("/v1/grants", **said, amount=601)
        assert (other.status_code, problem(other)) == (422, "id_reused")
        assert problem(await one.post("/v1/holds", **said, amount=600)) == "id_reused"
        assert problem(await two.post("/v1/grants", **said, amount=600)) == "id_reused"
        refused = new_id()
        assert (await two.value("/v1/grants", 500, refused)).state == "REFUSED"
        await one.tell(GrantReleased, right=own, left=600)
        assert (await two.value("/v1/grants", 500, refused)).state == "REFUSED", "it was answered"
        assert free(books, clock) == 1_000


async def test_burns_use_a_grant_up_and_what_goes_beyond_is_told_to_the_last_unit(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        grant = (await one.value("/v1/grants", 400)).id
        await one.tell(RightUsed, **CREDIT, right=grant, amount=150)
        assert free(books, clock) == 600, "a burn out of a right changes nothing that is free"
        await one.tell(RightUsed, **CREDIT, right=grant, amount=250)
        assert (state(books, grant), free(books, clock)) == ("EXHAUSTED", 600)
        await one.tell(RightUsed, **CREDIT, right=grant, amount=50)
        assert exceptions(books) == [("grant_overrun", 50)]
        assert free(books, clock) == 550


async def test_time_gives_nothing_back_and_only_the_tills_own_fact_does(
    database: Database, books: Connection, clock: HandClock
) -> None:
    """The planted fault "hold expired by hub time" dies here."""
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        held = (await one.value("/v1/holds", 1_000, ttl_s=60)).id
        clock.forward(days=40)
        assert free(books, clock) == 0
        assert (await one.value("/v1/holds", 1)).state == "REFUSED"
        await one.tell(HoldCaptured, right=held, amount=1_000)
        assert (free(books, clock), exceptions(books)) == (0, [])


async def test_a_new_epoch_freezes_and_its_sealing_gives_back(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        grant = (await one.value("/v1/grants", 600)).id
        await one.tell(RightUsed, **CREDIT, right=grant, amount=100)
        bump(books, one.device)
        assert (state(books, grant), free(books, clock)) == ("FROZEN", 400)
        await one.tell(RightUsed, **CREDIT, right=grant, amount=200)
        assert free(books, clock) == 400, "what was spent before is still covered by it"
        with books.transaction():
            assert rights.seal(books, one.device, 1) == 1
        assert (state(books, grant), free(books, clock)) == ("SETTLED", 700)
        await one.tell(RightUsed, **CREDIT, right=grant, amount=40)
        assert exceptions(books) == [("grant_overrun", 40)], "a copy that came back is told"


async def test_another_life_of_a_till_is_given_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        said = {**CREDIT, "amount": 10}
        assert (
            problem(await one.post("/v1/grants", **{**said, "id": new_id(), "epoch": 2}))
            == "fenced"
        )


async def test_a_person_writes_a_lost_right_off_and_the_hubs_journal_says_so(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        grant = (await one.value("/v1/grants", 600)).id
        await one.tell(RightUsed, **CREDIT, right=grant, amount=100)
        keys, ids = load_keys(books), RandomIds()
        with books.transaction():
            risk = rights.write_off(books, grant, keys, ids, clock.now(), actor="Mira")
        assert (risk, free(books, clock)) == (500, 900)
        assert list(own_journal.verify(books, keys.public_hex)) == []
        kinds = books.text("SELECT type FROM event WHERE device = 'hub'")
        assert ("right_written_off",) in [tuple(row) for row in kinds]
        with books.transaction(), pytest.raises(Refused, match="right_not_open"):
            rights.write_off(books, grant, keys, ids, clock.now(), actor="Mira")
        await one.tell(RightUsed, **CREDIT, right=grant, amount=500)
        assert exceptions(books) == [("grant_overrun", 500)]


async def test_who_earned_may_spend_at_once_and_nobody_else(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        own = new_id()
        await one.credited(500, right=own)
        assert (state(books, own), free(books, clock)) == ("ACTIVE", 0)
        assert (await one.value("/v1/grants", 1)).state == "REFUSED"
        await one.tell(RightUsed, **CREDIT, right=own, amount=200)
        await one.tell(GrantReleased, right=own, left=300)
        assert (free(books, clock), exceptions(books)) == (300, [])


async def test_a_reversal_leaves_a_debt_that_is_told_and_nothing_is_free(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        await one.value("/v1/grants", 700)
        await one.tell(EarnReversed, **CREDIT, amount=500)
        assert exceptions(books) == [("value_debt", 200)]
        assert (await one.value("/v1/grants", 1)).left == 0
        await credited(one, 300)
        assert (free(books, clock), exceptions(books)) == (100, [("value_debt", 200)])


async def test_what_no_right_covers_is_told_where_the_account_does_not_have_it(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one, 100)
        await one.tell(RightUsed, **CREDIT, amount=80, unsecured=True)
        assert exceptions(books) == []
        await one.tell(RightUsed, **CREDIT, amount=80, unsecured=True)
        assert exceptions(books) == [("unsecured_burn", 60)]


async def test_a_question_given_up_is_worthless_when_it_arrives_after_all(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        late, held = new_id(), new_id()
        await one.tell(GrantReleased, right=late, left=0, reason="given_up")
        await one.tell(HoldVoided, right=held, reason="given_up")
        said = {**CREDIT, "amount": 10}
        assert problem(await one.post("/v1/grants", id=late, **said)) == "id_reused"
        assert problem(await one.post("/v1/holds", id=held, **said)) == "id_reused"
        given = (await one.value("/v1/grants", 400)).id
        await one.tell(GrantReleased, right=given, left=0, reason="given_up")
        assert (free(books, clock), exceptions(books)) == (1_000, [])


async def test_a_restored_hub_gives_nothing_and_believes_what_it_signed(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        await credited(one)
        grant = await one.value("/v1/grants", 600)
        for table in ("right_part", "value_right"):
            books.text(f"DELETE FROM {table}")
        keys = load_keys(books)
        with books.transaction():
            recovering.begin(books, keys, clock.now(), RandomIds())
        said = {**CREDIT, "amount": 10, "id": new_id()}
        answer = await one.post("/v1/grants", **said)
        assert (answer.status_code, problem(answer)) == (503, "hub_recovering")
        device = device_of(books, one.device)
        assert device is not None
        forged = msgspec.structs.replace(grant, id=new_id())
        with books.transaction():
            assert rights.present(books, device, [grant, forged], keys, "2026-11-25T10:00:00Z") == 1
        assert (state(books, grant.id), free(books, clock)) == ("ACTIVE", 400)
        assert (await one.value("/v1/grants", 600, grant.id)).state == "ACTIVE"


@pytest.mark.parametrize(
    "said",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": 1 << 60},
        {"kind": "stock"},
        {"kind": "sold"},
        {"account": ""},
        {"account": "a b"},
        {"id": "x"},
        {"id": "../../../etc"},
        {"ttl_s": 0},
        {"amount": 1.5},
    ],
)
async def test_a_question_that_means_nothing_is_malformed(
    database: Database, clock: HandClock, said: dict[str, object]
) -> None:
    async with running(database, clock) as client:
        one = await joined(client, clock, database)
        answer = await one.post("/v1/grants", **{**CREDIT, "id": new_id(), "amount": 5, **said})
        assert (answer.status_code, problem(answer)) == (400, "malformed")
