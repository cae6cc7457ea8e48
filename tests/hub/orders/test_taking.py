"""An order is taken once, whatever is told how often: and its goods are promised with it."""

from __future__ import annotations

import random

import msgspec
import pytest
from msgspec.structs import replace

from pos_app.domain.errors import Refused
from sync.hub.channels import mapping
from sync.hub.channels.canonical import ChannelFulfilment, ChannelOrder, ChannelPayment
from sync.hub.database import Connection
from sync.hub.orders import clock as by_clock
from sync.hub.orders import kept, money, remaking, service
from sync.hub.orders.taking import Context
from sync.protocol import OrderRow
from tests.hub.orders.ordering import (
    SHOP,
    free,
    kinds,
    later,
    line,
    order,
    rows,
    stocked,
    took,
    unpaid,
)
from tests.hub.righting import second_store
from tests.hub.tills import HandClock


@pytest.mark.both_engines
def test_an_order_is_taken_once_and_its_goods_are_promised(
    books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=3)
    first = took(books, order(line(qty=2_000, gross=1_998)), clock)
    assert (first.outcome, first.flagged) == ("new", ())
    again = took(books, order(line(qty=2_000, gross=1_998)), clock)
    assert (again.outcome, again.order_id) == ("same", first.order_id)
    assert free(books, clock) == 1_000
    (row,) = rows(books, first.order_id)
    assert (row.state, row.name, row.total, row.due, row.version) == (
        *("RESERVED", "W-1", 1_998, 0),
        1,
    )
    assert [(one.sku, one.qty, one.total) for one in row.lines] == [("A1", 2_000, 1_998)]
    assert (row.customer, row.paid_by, row.promised) == (
        "Ada L.",
        "Visa •1180",
        "2026-11-25T10:00:00.000Z",
    )
    assert kinds(books) == []
    newer = took(books, later(order(line(qty=2_000, gross=1_998)), 2), clock)
    assert newer.outcome == "changed"
    assert took(books, order(), clock).outcome == "older"
    assert free(books, clock) == 1_000


def test_every_order_of_arrival_ends_with_the_newest(books: Connection, clock: HandClock) -> None:
    """Duplicates, reversals and losses: the last version holds, and is promised once."""
    stocked(books, clock, A1=9)
    for seed in range(12):
        told = order(external_id=f"{seed}")
        heard = [told, later(told, 1), later(told, 2), later(told, 3, state="cancelled")] * 2
        random.Random(seed).shuffle(heard)
        for one in heard:
            took(books, one, clock)
        found = kept.find_external(books, SHOP, f"{seed}")
        assert found is not None
        assert found.state == "cancelled"
        assert all(row.state == "CANCELLED" for row in rows(books, found.order_id))
        assert free(books, clock) == 9_000


def test_a_cancellation_before_anything_was_heard_stays(
    books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=1)
    gone = took(books, later(order(), 5, state="cancelled"), clock)
    assert (gone.outcome, gone.parts) == ("ended", ())
    assert took(books, order(), clock).outcome == "older"
    assert took(books, later(order(), 5), clock).outcome == "same"
    assert (rows(books, gone.order_id), free(books, clock)) == ([], 1_000)


@pytest.mark.both_engines
def test_what_nobody_knows_is_taken_and_flagged_and_goes_on_once_it_is_mapped(
    books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=2, A2=2)
    told = order(line(), line("THEIR-2", gross=250))
    taken = took(books, told, clock)
    assert (taken.outcome, taken.flagged) == ("new", ("order_unknown_sku",))
    assert [(one.sku, one.title) for one in rows(books, taken.order_id)[0].lines] == [
        ("A1", "Article A1"),
        ("", "Article THEIR-2"),
    ]
    assert free(books, clock) == 1_000, "what is known is promised at once"
    with books.transaction():
        assert remaking.retake(books, taken.order_id, clock.now(), "M") == ()
        mapping.put(books, SHOP, mapping.SKU, "THEIR-2", "A2")
    assert [by_clock.look(books, clock.now()) for _ in range(2)] == [1, 0]
    with books.transaction():
        assert remaking.retake(books, taken.order_id, clock.now(), "M") == ()
    assert free(books, clock, "A2") == 1_000
    lines = [
        (row.store, each.sku, each.total)
        for row in parts(books, taken.order_id)
        for each in row.row.lines
    ]
    assert lines == [("1", "A1", 1_000), ("1", "A2", 250)]
    assert settled(books) == ["settled"]


class Placed(msgspec.Struct):
    store: str
    row: OrderRow


def parts(books: Connection, order_id: str) -> list[Placed]:
    return [Placed(one.store_id, one.row) for one in kept.parts_of(books, order_id)]


def settled(books: Connection) -> list[str]:
    return [row[0] for row in books.text("SELECT state FROM exception ORDER BY no")]


@pytest.mark.both_engines
def test_a_store_that_nobody_knows(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=2)
    told = order(fulfilment=ChannelFulfilment("pickup", "Kamppi"))
    taken = took(books, told, clock)
    assert (taken.outcome, taken.parts, kinds(books)) == ("new", (), ["order_unknown_store"])
    with books.transaction():
        assert remaking.retake(books, taken.order_id, clock.now(), "M") == ("order_unknown_store",)
    assert by_clock.look(books, clock.now()) == 0, "nobody said yet which it is"
    with books.transaction():
        mapping.put(books, SHOP, mapping.STORE, "Kamppi", "1")
    assert by_clock.look(books, clock.now()) == 1, "it goes on by itself"
    assert by_clock.look(books, clock.now()) == 0
    assert [row.state for row in rows(books, taken.order_id)] == ["RESERVED"]
    assert (free(books, clock), settled(books)) == (1_000, ["settled"])


def test_not_enough_is_got_from_another_store_or_told_to_a_person(
    books: Connection, clock: HandClock
) -> None:
    second_store(books)
    stocked(books, clock, A1=1)
    stocked(books, clock, "2", A1=1)
    taken = took(books, order(line(qty=3_000, gross=1_000)), clock)
    assert taken.flagged == ("order_short",)
    here, there = parts(books, taken.order_id)
    assert (here.store, here.row.way, there.store, there.row.way, there.row.to_store) == (
        *("1", "pickup", "2", "bring"),
        "1",
    )
    assert [(one.qty, one.short, one.total) for one in here.row.lines] == [(2_000, 1_000, 666)]
    assert [(one.qty, one.total) for one in there.row.lines] == [(1_000, 334)]
    assert here.row.parts == there.row.parts == 2
    with books.transaction():
        offers = service.of(books, "1")
        service.keep(books, msgspec_free(offers))
    stocked(books, clock, "2", A1=5)
    alone = took(books, order(line(qty=2_000), external_id="2"), clock)
    assert [one.store for one in parts(books, alone.order_id)] == ["1"], "by the store's setting"
    assert free(books, clock, store="2") == 5_000


def msgspec_free(offers: service.Service) -> service.Service:
    from dataclasses import replace as anew

    return anew(offers, when_short=service.FLAG)


def test_short_goods_are_found_when_it_is_planned_again(
    books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=1)
    taken = took(books, order(line(qty=3_000, gross=1_000)), clock)
    assert taken.flagged == ("order_short",)
    with books.transaction():
        assert remaking.retake(books, taken.order_id, clock.now(), "M") == ("order_short",)
    assert len(rows(books, taken.order_id)) == 1, "there is nothing to plan with"
    stocked(books, clock, A1=5)
    with books.transaction():
        assert remaking.retake(books, taken.order_id, clock.now(), "M") == ()
    lines = [each for row in rows(books, taken.order_id) for each in row.lines]
    assert sum(one.qty for one in lines) == 3_000
    assert sum(one.total for one in lines) == 1_000
    assert sum(one.short for one in lines) == 0
    assert (free(books, clock), settled(books)) == (3_000, ["settled"])


def test_parcels_go_from_whoever_has_all_of_it(books: Connection, clock: HandClock) -> None:
    second_store(books)
    stocked(books, clock, A1=9)
    stocked(books, clock, "2", A1=1, A2=1)
    told = order(line(), line("A2"), fulfilment=ChannelFulfilment("ship", address=("Road 1",)))
    taken = took(books, told, clock)
    (part,) = parts(books, taken.order_id)
    assert (part.store, part.row.way, part.row.address, part.row.code) == (
        *("2", "ship", ("Road 1",)),
        "",
    )
    nobody = took(books, replace(told, external_id="2", external_name="W-2"), clock)
    assert nobody.flagged == ("order_short",)
    assert [one.store for one in parts(books, nobody.order_id)] == ["1"]


def test_all_of_it_or_nothing_for_whoever_can_still_say_no(
    books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=1)
    with pytest.raises(Refused, match="order_not_promised"):
        took(books, order(line(qty=2_000)), clock, Context(firm=True))
    assert (kept.find_external(books, SHOP, "1"), free(books, clock)) == (None, 1_000)
    assert took(books, order(), clock, Context(firm=True)).outcome == "new"


def test_another_basket_is_planned_anew_before_anybody_began(
    books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5, A2=5)
    told = order(line(qty=2_000))
    taken = took(books, told, clock)
    edited = later(order(line(qty=1_000, gross=500), line("A2")), 2)
    assert took(books, edited, clock).outcome == "changed"
    states = [(row.state, [one.sku for one in row.lines]) for row in rows(books, taken.order_id)]
    assert states == [("CANCELLED", ["A1"]), ("RESERVED", ["A1", "A2"])]
    assert (free(books, clock), free(books, clock, "A2")) == (4_000, 4_000)


def test_lines_without_ids_of_their_own_are_told_apart(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=5, A2=5)
    told = order(line(external_line_id=""), line("A2", external_line_id=""))
    (row,) = rows(books, took(books, told, clock).order_id)
    assert [(one.line, one.sku) for one in row.lines] == [("", "A1"), ("#2", "A2")]
    nothing = took(books, order(line(qty=0), external_id="2"), clock)
    assert (nothing.outcome, nothing.parts) == ("ended", ())


def test_a_shop_that_says_done_before_any_store_does(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=5)
    taken = took(books, order(), clock)
    for minutes in (1, 2):
        took(books, later(order(), minutes, state="completed"), clock)
    assert kinds(books) == ["order_changed"]
    assert rows(books, taken.order_id)[0].state == "RESERVED", "nobody's goods are given away"


def test_the_money_of_an_order_to_the_penny(books: Connection, clock: HandClock) -> None:
    """What is due over several parts, shipping and the penny of rounding: it always adds up."""
    for number in range(2, 5):
        second_store(books, str(number))
    for seed in range(25):
        rnd = random.Random(seed)
        lines = tuple(
            line(f"S{seed}-{n}", 1_000 * rnd.randint(1, 5), rnd.randint(1, 5_000)) for n in range(3)
        )
        for number in range(1, 5):
            stocked(books, clock, str(number), **{one.sku: rnd.randint(0, 3) for one in lines})
        goods = sum(one.gross for one in lines)
        told = order(*lines, external_id=f"{seed}", shipping=rnd.randint(0, 499), rounding=-1)
        told = unpaid(replace(told, total=goods + told.shipping - 1))
        found = rows(books, took(books, told, clock).order_id)
        assert sum(row.total for row in found) == told.total, seed
        handing = [row for row in found if row.way == "pickup"]
        assert sum(row.due for row in handing) == (told.total if handing else 0), seed


def test_refunds_that_the_shop_tells_of_are_booked_once(
    books: Connection, clock: HandClock
) -> None:
    from sync.hub.channels.canonical import ChannelRefund

    stocked(books, clock, A1=5)
    told = order(line(qty=2_000, gross=2_000))
    taken = took(books, told, clock)
    back = (ChannelRefund("r1", 500), ChannelRefund("r2", 300))
    for minutes in (1, 2):
        took(books, later(told, minutes, refunds=back), clock)
    found = kept.find(books, taken.order_id)
    assert found is not None
    assert found.returned == 800
    account = money.account_of(books, found, found.told)
    assert (account.foreign, account.can_go_back) == (800, 1_200)


def test_what_is_due_in_a_currency_no_till_takes_is_told_to_a_person(
    books: Connection, clock: HandClock
) -> None:
    stocked(books, clock, A1=5)
    told = unpaid(order(currency="JPY"))
    assert took(books, told, clock).flagged == ("currency_differs",)
    assert took(books, order(external_id="2", currency="JPY"), clock).flagged == ()
    assert kinds(books) == ["currency_differs"]


def test_a_partly_paid_order_owes_the_rest(books: Connection, clock: HandClock) -> None:
    stocked(books, clock, A1=5)
    told: ChannelOrder = replace(order(), payment=ChannelPayment("partially_paid", 400, 600))
    (row,) = rows(books, took(books, told, clock).order_id)
    assert row.due == 600
    took(books, later(replace(told, payment=ChannelPayment("paid", 1_000, 0)), 3), clock)
    (row,) = rows(books, row.order)
    assert row.due == 0
