"""Other stores from behind the counter: how far, what is free there, what is asked of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pos_app.domain.basket import remove_line
from pos_app.domain.errors import Refused
from pos_app.domain.near import distance_m
from pos_app.store.catalogue import Catalogue
from pos_app.store.elsewhere_rows import OF_PRODUCT, InStore
from pos_app.store.keys import Keys
from pos_app.store.replica import ReplicaWriter
from pos_app.till import (
    away,
    checkout,
    hand_over,
    looking,
    lookup,
    reserving,
    rights,
    shift,
)
from pos_app.till.away import Wish
from pos_app.till.looked import AT_ONCE, EVERY_MS
from sync.protocol import (
    FeedRow,
    LookedUp,
    OrderAsk,
    OrderAskLine,
    PullReply,
    ReservationStepped,
    RightPart,
    RightReply,
    ShiftClosed,
    StockElsewhereRow,
    StoreHeardRow,
    StoreNameRow,
)
from tests.till.orders import begun, printed, ready, tell
from tests.till.shop import HUB_TIME, SCARF
from tests.till.test_checkout import facts

WEEK = (((540, 1_260),),) * 6 + ((),)
HELSINKI, TAMPERE = (60_169_900, 24_938_400), (61_497_800, 23_761_000)


def told(till: Any, kind: str, *rows: Any) -> None:
    """Rows as the feed brings them."""
    with ReplicaWriter.open(till.data, Keys.load(till.data).db_key) as writer:
        feed, after = writer.cursors()["global"]
        row = FeedRow(after + 1, kind, msgspec.Raw(msgspec.json.encode(list(rows))))
        writer.apply(PullReply("global", feed, after, after + 1, False, HUB_TIME, [row]))


def stock(store: str, on_hand: int, *more: Any) -> StockElsewhereRow:
    said = ((SCARF, *more),) if more else ()
    return StockElsewhereRow(store, HUB_TIME, ((SCARF, on_hand),), said)


# --- how far -----------------------------------------------------------------------------------


def test_distances_are_those_of_the_great_circle() -> None:
    assert distance_m(HELSINKI, TAMPERE) == pytest.approx(160_700, abs=700)
    assert distance_m(HELSINKI, HELSINKI) == 0
    assert distance_m((0, 179_900_000), (0, -179_900_000)) == pytest.approx(22_239, abs=5), (
        "over the line where the day changes"
    )
    assert distance_m((90_000_000, 0), (-90_000_000, 0)) == pytest.approx(20_015_115, abs=20)


@pytest.mark.parametrize("place", [(0, 0), (91_000_000, 0), (0, 181_000_000)])
def test_what_is_no_place_is_nowhere(place: tuple[int, int]) -> None:
    assert distance_m(HELSINKI, place) is None


# --- what they have ------------------------------------------------------------------------------


def test_what_is_free_is_less_than_what_is_there_and_a_newer_row_takes_it_back(
    counter: Any,
) -> None:
    till = counter.till
    told(till, "stock_elsewhere", stock("2", 4_000, 3_000, 6_000, "2026-11-27"), stock("3", 1_000))
    two, three = lookup.elsewhere(till, SCARF)
    assert (two.on_hand, two.reserved, two.free) == (4_000, 3_000, 1_000)
    assert (two.coming, two.coming_day) == (6_000, "2026-11-27")
    assert (three.free, three.reserved, three.coming) == (1_000, 0, 0)
    assert lookup.nearby(till, [SCARF, "COFFEE"]) == {SCARF: 2_000}
    told(till, "stock_elsewhere", stock("2", 4_000))
    assert lookup.elsewhere(till, SCARF)[0].free == 4_000, "nothing is reserved any more"


def test_our_own_store_is_no_other_store_and_its_stock_is_our_streams(counter: Any) -> None:
    till = counter.till
    told(till, "stock_elsewhere", stock("1", 99_000, 2_000, 0, ""), stock("2", 1_000))
    assert [each.store for each in lookup.elsewhere(till, SCARF)] == ["2"]
    own = next(each for each in till.catalogue.in_stores(SCARF) if each.store == "1")
    assert own == InStore("1", 5_000, HUB_TIME, 2_000, 0, ""), (
        "what is reserved is said nowhere else"
    )


def test_names_places_hours_and_silence(counter: Any) -> None:
    till = counter.till
    here = StoreNameRow("1", "Here", "Helsinki", *HELSINKI)
    there = StoreNameRow("2", "Tampere", "", *TAMPERE, "Europe/Helsinki", WEEK, pickup=False)
    broken = StoreNameRow("3", "Odd", "", 0, 0, "Mars/Base", WEEK)
    told(till, "store_name", here, there, broken)
    told(till, "store_heard", StoreHeardRow("2", "2026-11-25T08:05:00.000Z"))
    told(till, "stock_elsewhere", stock("2", 1_000), stock("3", 1_000))
    two, three = lookup.elsewhere(till, SCARF)
    assert two.shop.distance_m == pytest.approx(160_700, abs=700)
    assert (two.shop.pickup, two.silent, two.shop.silent) == (
        *(False, True),
        "2026-11-25T08:05:00.000Z",
    )
    assert two.shop.hours is not None
    assert (three.shop.hours, three.shop.distance_m) == (None, None), "a zone nobody knows"


def test_rows_of_before_and_a_file_of_before_are_read(counter: Any, tmp_path: Path) -> None:
    old = msgspec.json.decode(b'["2","t",[["A",1000]]]', type=StockElsewhereRow)
    assert old.more == ()
    name = msgspec.json.decode(b'{"store":"2","name":"Kamppi"}', type=StoreNameRow)
    assert (name.pickup, name.hours, name.lat) == (True, (), 0)
    with ReplicaWriter.open(counter.till.data, Keys.load(counter.till.data).db_key) as writer:
        writer._connection.execute("DROP TABLE stock_more")
        writer._connection.execute("PRAGMA user_version = 3")
    catalogue = Catalogue(counter.till.data, Keys.load(counter.till.data).db_key)
    catalogue.reopen()
    assert catalogue.in_stores(SCARF) == [InStore("1", 5_000, HUB_TIME)]
    assert catalogue.elsewhere_sums([SCARF], "9") == {SCARF: 5_000}
    assert not catalogue.broken
    assert "stock_more" in OF_PRODUCT
    catalogue.close()


# --- what is asked of them -------------------------------------------------------------------------


def wish(**said: Any) -> Wish:
    line = OrderAskLine(SCARF, "Wool scarf", 2_000, 3_990, "Navy")
    return replace(Wish("2", "pickup", (line,), "Ada", "+43 1"), **said)


def answered(till: Any, ask_id: str, state: str, **more: Any) -> None:
    own = till.identity
    reply = RightReply(
        *(ask_id, "reservation", state, own.device, own.epoch, 86_400),
        (RightPart("stock", f"2/{SCARF}", 2_000),),
        "2026-11-25T10:00:00.000Z",
        **more,
    )
    body = msgspec.json.encode(reply).decode()
    assert till.hear({"op": "answer", "id": ask_id, "status": 200, "body": body})


def test_a_question_is_in_the_ledger_before_it_is_sent_and_asked_again_under_its_id(
    counter: Any,
) -> None:
    till, sent = counter.till, []
    till.to_hub = lambda *said: sent.append((*said, till.ledger.question(said[0]).open))
    made = away.ask(till, wish())
    ((own, path, body, durable),) = sent
    assert (own, path, durable) == (made.ask_id, "/v1/orders", True)
    said = msgspec.json.decode(body, type=OrderAsk)
    assert (said.store, said.currency, said.name, said.lines[0].total) == ("2", "EUR", "Ada", 3_990)
    assert rights.ask_again(till) == 1
    assert sent[1][:3] == sent[0][:3]
    answered(till, own, "RESERVED", order="T-7KM2Q", until="2026-11-26T11:00:00.000Z")
    held = away.standing(till, own)
    assert held is not None
    assert (held.held, held.order, held.until) == (True, "T-7KM2Q", "2026-11-26T11:00:00.000Z")
    assert rights.ask_again(till) == 0


def test_offline_it_waits_and_promises_nothing(counter: Any) -> None:
    counter.line.connected = False
    made = away.ask(counter.till, wish())
    assert (made.state, made.waits, made.held) == ("queued", True, False)
    with pytest.raises(Refused, match="away_not_held"):
        away.pay_here(checkout.start(counter.till), made, "", "")


def test_taken_back_by_a_fact_answered_or_not(counter: Any) -> None:
    till = counter.till
    open_one, held_one = away.ask(till, wish()).ask_id, away.ask(till, wish()).ask_id
    answered(till, held_one, "RESERVED")
    for own in (open_one, held_one):
        reserving.cancel(till, own)
        assert away.standing(till, own).taken_back
    stepped = facts(till, ReservationStepped)
    assert {(each.reservation, each.step) for each in stepped} == {
        (open_one, "CANCELLED"),
        (held_one, "CANCELLED"),
    }


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"store": "1"}, "store_is_here"),
        ({"name": " ", "phone": ""}, "customer_missing"),
        ({"way": "ship"}, "address_missing"),
        ({"lines": ()}, "quantity_out_of_range"),
        ({"lines": (OrderAskLine(SCARF, "x", 0, 1),)}, "quantity_out_of_range"),
        ({"lines": (OrderAskLine(SCARF, "x", 1_000, -1),)}, "amount_out_of_range"),
        ({"name": "4111 1111 1111 1111"}, "reference_is_card_number"),
    ],
)
def test_what_cannot_be_is_not_asked(counter: Any, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        away.ask(counter.till, wish(**said))
    assert counter.till.ledger.open_questions() == []


def test_what_is_promised_is_paid_once_and_stands_as_it_is_but_can_be_left_out(
    counter: Any,
) -> None:
    till = counter.till
    own = away.ask(till, wish()).ask_id
    answered(till, own, "RESERVED", order="T-7KM2Q")
    held = away.standing(till, own)
    assert held is not None
    basket, line_id = away.pay_here(checkout.start(till), held, "2 scarves", "Collect")
    line = basket.line(line_id)
    assert (line.label, line.order, line.unit_price, line.sku) == ("T-7KM2Q", own, 3_990, "")
    with pytest.raises(Refused, match="away_in_sale"):
        away.pay_here(basket, held, "", "")
    with pytest.raises(Refused, match="order_line_fixed"):
        checkout.set_quantity(basket, line_id, 2_000)
    assert remove_line(basket, line_id).lines == ()


def test_an_order_of_this_store_and_goods_of_another_are_paid_together(counter: Any) -> None:
    till = counter.till
    counter.swap("ben")
    tell(till, ready(due=4_739))
    basket = hand_over.put_into_basket(till, begun(till))
    own = away.ask(till, wish()).ask_id
    answered(till, own, "RESERVED", order="T-7KM2Q")
    held = away.standing(till, own)
    assert held is not None
    basket, _ = away.pay_here(basket, held, "2 scarves", "Collect")
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash"))
    assert done.sale.payable == 4_739 + 3_990
    (step,) = till.ledger.steps_of_sale(done.sale.id)
    assert step.handling.due == 4_739, "what was paid of the one that went over the counter"
    text = printed(till)
    assert "T-7KM2Q" in text
    assert "Collect" in text


# --- what was looked up in vain ----------------------------------------------------------------------


def test_each_is_told_once_a_day_and_not_before_it_is_time(counter: Any) -> None:
    till = counter.till
    assert looking.note(till, looking.NO_STOCK, SCARF, value=1_995)
    assert not looking.note(till, looking.NO_STOCK, SCARF, value=1_995), "the same again"
    assert looking.note(till, looking.NO_STOCK, SCARF, customer="c-7"), "somebody else"
    assert looking.note(till, looking.NO_HIT, detail="Oat Milk")
    assert not looking.note(till, looking.NO_HIT, detail="oat milk")
    assert not till.looks.due(till.clock.monotonic_ms())
    assert till.looks.due(till.clock.monotonic_ms() + EVERY_MS)
    before = till.ledger.head().seq
    assert looking.tell(till) == 3
    assert till.ledger.head().seq == before + 1, "one fact for all of them"
    assert looking.tell(till) == 0
    assert not looking.note(till, looking.NO_STOCK, SCARF), "told already"


def test_a_till_does_not_flood_its_journal(counter: Any) -> None:
    till = counter.till
    for number in range(1_000):
        looking.note(till, looking.NO_HIT, detail=f"word {number}")
        if till.looks.due(till.clock.monotonic_ms()):
            looking.tell(till)
    looking.tell(till)
    told_ = facts(till, LookedUp)
    assert sum(len(each.looks) for each in told_) == 400
    assert sum(each.more for each in told_) == 600
    assert len(told_) <= 400 // AT_ONCE + 1


def test_the_z_is_behind_what_was_looked_up_and_nothing_is_told_without_a_shift(
    counter: Any,
) -> None:
    till = counter.till
    looking.note(till, looking.NO_STOCK, SCARF)
    counter.swap("mia")
    expected = till.ledger.shift_totals(till.shift.shift_id).expected_cash
    shift.close_shift(till, {"cash": expected})
    (looked,), (closed,) = facts(till, LookedUp), facts(till, ShiftClosed)
    assert looked.seq < closed.seq
    assert not looking.note(till, looking.NO_STOCK, "COFFEE")
