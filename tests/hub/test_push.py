"""Journal entries at the hub: exactly one effect each, whatever the network and the till do."""

from __future__ import annotations

import base64
import json

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_app.domain.basket import Basket, Discount, DiscountKind, Line
from sync.hub.database import Connection, Database
from sync.protocol import FactPayment, PushedEvent, ShiftClosed, TenderTotal, ack_signing_bytes
from tests.hub.journals import DAY, Journal, sale_of
from tests.hub.tills import HandClock, Till, play, problem

pytestmark = pytest.mark.both_engines


def kinds(books: Connection) -> list[str]:
    return [row[0] for row in books.text("SELECT kind FROM exception ORDER BY no")]


def totals(books: Connection) -> tuple[int, int, int]:
    row = books.text(
        "SELECT coalesce(sum(sales),0), coalesce(sum(voids),0), coalesce(sum(total),0) FROM day_total"
    )
    return row[0]


def test_a_day_is_booked_to_the_cent_and_only_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift()
        sales = [journal.sale() for _ in range(20)]
        journal.void(sales[3])
        reply = await till.pushed(journal.push())
        assert reply.ack == journal.head
        assert reply.results == ["applied"] * 22
        total = sum(sale.total for sale in sales) - sales[3].total
        assert totals(books) == (20, 1, total)
        again = await till.pushed(journal.push())
        assert again.results == ["duplicate"] * 22
        assert again.ack == journal.head
        assert totals(books) == (20, 1, total)
        assert kinds(books) == []
        money = books.text("SELECT sum(amount) FROM payment")
        assert money == books.text("SELECT sum(payable) FROM document")
        assert money == books.text("SELECT sum(amount) FROM day_tender")
        assert books.text("SELECT sum(tax) FROM line") == books.text("SELECT sum(tax) FROM day_tax")
        sold = dict(books.text("SELECT sku, -sum(qty) FROM line GROUP BY sku"))
        assert dict(books.text("SELECT sku, on_hand FROM stock")) == sold

    play(database, clock, story)


def test_an_overlap_books_only_what_is_new(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sales = [journal.sale() for _ in range(10)]
        await till.pushed(journal.push(1, 6))
        reply = await till.pushed(journal.push(4))
        assert reply.results == ["duplicate"] * 3 + ["applied"] * 4
        assert totals(books) == (10, 0, sum(sale.total for sale in sales))

    play(database, clock, story)


def test_the_ack_is_signed_by_the_hub(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        reply = await till.pushed(journal.push())
        own = journal.identity
        told = ack_signing_bytes(own.device, reply.ack, reply.hub_time)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(own.hub_key))
        key.verify(base64.b64decode(reply.sig), told)

    play(database, clock, story)


def test_what_does_not_continue_the_chain_changes_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        for _ in range(8):
            journal.sale()
        await till.pushed(journal.push(1, 4))
        before = totals(books)
        gap = await till.push(journal.push(6))
        assert (gap.status_code, problem(gap)) == (409, "gap")
        assert json.loads(gap.content)["ack"]["seq"] == 4
        push = journal.push(5)
        swapped = [*push.events[:1], push.events[2], push.events[1], *push.events[3:]]
        for wrong in (
            msgspec.structs.replace(push, events=swapped),
            msgspec.structs.replace(push, prev_hash="00" * 32),
            msgspec.structs.replace(push, events=[_other_body(push.events[0])]),
            msgspec.structs.replace(
                journal.push(3), events=[_other_hash(journal.entries[2]), *journal.entries[3:]]
            ),
        ):
            answer = await till.push(wrong)
            assert (answer.status_code, problem(answer)) == (409, "fork")
        fenced = await till.push(msgspec.structs.replace(push, epoch=2))
        assert problem(fenced) == "fenced"
        assert totals(books) == before
        assert books.text("SELECT max(seq), count(*) FROM event") == [(4, 4)]
        assert (await till.pushed(push)).ack == journal.head

    play(database, clock, story)


def _other_body(event: PushedEvent) -> PushedEvent:
    body = bytes(event.body).replace(b'"total":', b'"total": ', 1)
    return msgspec.structs.replace(event, body=msgspec.Raw(body))


def _other_hash(event: PushedEvent) -> PushedEvent:
    return msgspec.structs.replace(event, hash="ab" * 32)


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"from_the_future","new":[1,2]}',
        b"[1,2,3]",
        b'"text"',
        b'{"type":"sale"}',
        b'{"a":' * 300 + b"1" + b"}" * 300,
    ],
)
def test_bytes_nobody_can_read_are_kept_and_block_nothing(
    database: Database, books: Connection, clock: HandClock, body: bytes
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        first = journal.sale()
        journal.append_bytes(body)
        last = journal.sale()
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied", "quarantined", "applied"]
        assert reply.ack == journal.head
        assert totals(books) == (2, 0, first.total + last.total)
        kept = books.text("SELECT seq, body, state FROM quarantine JOIN event USING (n)")
        assert kept == [(2, body, "quarantined")]
        assert (await till.pushed(journal.push())).results == ["duplicate"] * 3

    play(database, clock, story)


def test_amounts_no_till_can_have_made_never_reach_a_sum(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        first = journal.sale()
        huge = 2**62
        journal.sale(total=huge, net=huge)
        paid = [FactPayment("card", huge), FactPayment("card", first.total - huge)]
        lines, taxes = first.lines, first.taxes
        figures = {name: getattr(first, name) for name in ("gross", "net", "tax", "total")}
        journal.sale(
            **figures, lines=lines, taxes=taxes, payments=paid, payable=first.total, change=0
        )
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied", "quarantined", "quarantined"]
        assert totals(books) == (1, 0, first.total)
        assert {type(amount) for (amount,) in books.text("SELECT amount FROM day_tender")} == {int}

    play(database, clock, story)


def test_a_number_no_column_holds_sets_only_its_own_entry_aside(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        first = journal.sale()
        journal.sale(total=2**70)
        last = journal.sale()
        reply = await till.pushed(journal.push())
        assert reply.results[0] == "applied"
        assert reply.results[1] == "quarantined"
        assert totals(books) == (2, 0, first.total + last.total)
        assert "ValueError" in books.text("SELECT reason FROM quarantine")[0][0]

    play(database, clock, story)


def test_a_wrong_figure_is_told_and_never_rewritten(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        right = journal.sale()
        journal.sale(tax=right.tax + 1)
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied", "exception"]
        told = books.text("SELECT kind, detail FROM exception")
        assert told[0][0] == "figures_differ"
        assert f"tax: {right.tax + 1}" in told[0][1]
        stated = books.text("SELECT tax FROM document WHERE doc_no LIKE '%.2'")
        assert stated == [(right.tax + 1,)]

    play(database, clock, story)


def test_a_discount_by_the_rules_is_no_exception_and_one_that_is_not_told_is(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        discount = Discount(DiscountKind.PERCENT, 1_000, "damaged", "7")
        lines = (
            Line(1, "A", "Article", 1_000, 1_999, "standard"),
            Line(2, "B", "Thing", 2_000, 333, "reduced"),
        )
        basket = Basket("0192-b", "EUR", "2026-11-25T09:00:00.000Z", DAY, lines, (discount,))
        sale = sale_of(journal, basket)
        assert sale.discount > 0
        journal.append(sale)
        cheaper = msgspec.structs.replace(sale, **journal.stamp(document=True), disc=[])
        journal.append(cheaper)
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied", "exception"]
        assert kinds(books) == ["figures_differ"]

    play(database, clock, story)


def test_receipt_numbers_are_dense_and_never_given_twice(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        journal.sale(doc_no="1-1-1.1")
        journal.sale(doc_no="1-1-1.7")
        journal.sale(doc_no="1-1-1.8")
        journal.sale(doc_no="1-1-0.7")
        await till.pushed(journal.push())
        assert kinds(books) == ["number_twice", "number_gap"]
        journal.sale(doc_no="1-1-0.7")
        await till.pushed(journal.push())
        assert kinds(books) == ["number_twice", "number_gap", "number_twice"]

    play(database, clock, story)


def test_a_void_takes_back_its_sale_once(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale, other, third = (journal.sale() for _ in range(3))
        journal.void(sale)
        await till.pushed(journal.push())
        assert totals(books) == (3, 1, other.total + third.total)
        assert kinds(books) == []
        start = journal.seq + 1
        journal.void(sale)
        journal.void(other, total=-other.total - 1)
        journal.void(third, sale="unknown")
        await till.pushed(journal.push(start))
        assert kinds(books) == ["voided_twice", "figures_differ", "void_without_sale"]

    play(database, clock, story)


def _z(journal: Journal, cash: int = 0, **changed: int) -> None:
    facts = {"sales": 2, "voids": 0, "net": 0, "tax": 0, "total": 0} | changed
    journal.append(
        ShiftClosed(
            **journal.stamp(),
            number=1,
            z_no=1,
            currency="EUR",
            opened="2026-11-25T09:00:00.000Z",
            gross=0,
            discount=0,
            rounding=0,
            taxes=[],
            tenders=[TenderTotal("cash", 10_000 + cash, 9_950 + cash, -50)],
            **facts,
        )
    )


def test_a_z_is_added_up_again(database: Database, books: Connection, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift()
        sales = [journal.sale(), journal.sale()]
        sums = {name: sum(getattr(one, name) for one in sales) for name in ("net", "tax", "total")}
        paid = [row for one in sales for row in one.payments if row.tender == "cash"]
        _z(journal, sum(row.amount for row in paid), **sums)
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied"] * 4
        assert books.text("SELECT z_no, total, difference FROM shift") == [(1, sums["total"], -50)]
        journal.shift = "shift-2"
        journal.open_shift()
        _z(journal, sales=0, net=0, tax=0, total=5)
        reply = await till.pushed(journal.push(5))
        assert reply.results == ["applied", "exception"]
        assert kinds(books) == ["z_differs"]

    play(database, clock, story)


def test_a_fact_journalled_again_after_a_restore_has_no_second_effect(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale()
        lost = journal.sale()
        await till.pushed(journal.push(1, 1))
        own = await till.enrol(database)
        assert own.epoch == 2
        again = Journal(till.key, own)
        for fact in (sale, lost):
            again.append(msgspec.structs.replace(fact, epoch=2, seq=again.seq + 1))
        reply = await till.pushed(again.push())
        assert reply.results == ["duplicate", "applied"]
        assert totals(books) == (2, 0, sale.total + lost.total)
        assert kinds(books) == []
        old = await till.push(journal.push(2))
        assert problem(old) == "fenced"

    play(database, clock, story)


def test_an_id_with_other_content_is_an_alarm(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = journal.sale()
        journal.sale(id=sale.id)
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied", "exception"]
        assert kinds(books) == ["id_reused"]
        assert totals(books) == (1, 0, sale.total)

    play(database, clock, story)


def test_an_entry_the_key_did_not_sign_is_told_and_booked(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sales = [journal.sale() for _ in range(3)]
        push = journal.push()
        push.events[2] = msgspec.structs.replace(push.events[2], sig=push.events[1].sig)
        await till.pushed(push)
        assert kinds(books) == ["entry_signature"]
        assert totals(books)[2] == sum(sale.total for sale in sales)

    play(database, clock, story)


def test_a_fact_of_another_store_stays_in_the_tills_own(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale(store="9")
        journal.sale(dev="somebody")
        await till.pushed(journal.push())
        assert kinds(books) == ["store_differs", "position_differs"]
        assert books.text("SELECT DISTINCT store_id FROM document") == [("1",)]

    play(database, clock, story)


def test_a_clock_far_off_is_told_once_a_push(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        wrong = msgspec.structs.replace(journal.sale().t, off=-3_600_000)
        journal.sale(t=wrong)
        journal.sale(t=wrong)
        await till.pushed(journal.push())
        assert kinds(books) == ["clock_skew"]

    play(database, clock, story)
