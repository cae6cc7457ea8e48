"""Goods that come, counted at a till: by piece, by box, with differences, with the power cut."""

from __future__ import annotations

import pytest

from pos_app.domain.errors import Refused
from pos_app.receipts.plain_text import as_text
from pos_app.store.projections import differences
from pos_app.till import lookup, receiving
from sync.protocol import (
    DeliveryLine,
    DeliveryPart,
    Difference,
    GoodsReceived,
    ReceivedLine,
)
from tests.till.delivering import Hub, supply, transfer
from tests.till.shop import COFFEE, SCARF, WINE
from tests.till.test_checkout import facts


@pytest.fixture
def hub(counter):
    found = Hub(counter.till)
    found.tell(transfer(), supply())
    return found


def test_it_is_found_by_its_number_its_box_and_in_the_list(counter, hub):
    till = counter.till
    assert [row.name for row in receiving.expected(till)] == ["T-2-1-318", "LS-4711"]
    assert receiving.find(till, "t-2-1-318 ").delivery == "t-1"
    assert receiving.find(till, "T-2-1-318/1").delivery == "t-1"
    assert receiving.find(till, "LS-4711").delivery == "d-1"
    assert receiving.find(till, "nothing") is None
    with pytest.raises(Refused, match="delivery_unknown"):
        receiving.begin(till, "t-9")


def test_a_scan_is_one_a_box_is_all_of_it_and_del_takes_the_last_back(counter, hub):
    till = counter.till
    held = receiving.begin(till, "t-1")
    assert (held.left, held.expected, held.counted) == (2, 16_000, 0)
    receiving.scan(till, "t-1", COFFEE)
    held = receiving.scan(till, "t-1", COFFEE, 3_000)
    assert (held.lines[0].sku, held.lines[0].here, held.left) == (COFFEE, 4_000, 1)
    held = receiving.box(till, "t-1", "t-2-1-318/1")
    assert (held.lines[0].sku, held.lines[0].here, held.left) == (SCARF, 12_000, 0)
    with pytest.raises(Refused, match="box_twice"):
        receiving.box(till, "t-1", "T-2-1-318/1")
    with pytest.raises(Refused, match="box_unknown"):
        receiving.box(till, "t-1", "T-9/9")
    held = receiving.take_back(till, "t-1")
    assert held.counted == 4_000
    held = receiving.take_back(till, "t-1")
    assert held.counted == 1_000


def test_each_scan_is_kept_through_a_power_cut(counter, hub, opened):
    receiving.begin(counter.till, "t-1")
    receiving.scan(counter.till, "t-1", SCARF, 7_000)
    receiving.damage(counter.till, "t-1", SCARF, 1_000)
    again = opened()
    again.swap("ana")
    held = receiving.begin(again.till, "t-1")
    assert [(line.sku, line.here, line.damaged) for line in held.lines if line.here] == [
        (SCARF, 7_000, 1_000)
    ]


def test_finished_as_listed_is_one_fact_and_no_difference(counter, hub):
    till = counter.till
    counter.line.connected = False
    receiving.begin(till, "t-1")
    receiving.scan(till, "t-1", SCARF, 12_000)
    with pytest.raises(Refused) as told:
        receiving.finish(till, "t-1")
    assert (told.value.code, told.value.facts["count"]) == ("lines_left", 1)
    receiving.rest_as_listed(till, "t-1")
    fact = receiving.finish(till, "t-1")
    assert facts(till, GoodsReceived) == [fact]
    assert fact.lines == [ReceivedLine(SCARF, 12_000), ReceivedLine(COFFEE, 4_000, listed=True)]
    assert (fact.final, fact.differences, fact.source, fact.known) == (True, [], "2", 1)
    assert till.ledger.works() == []
    assert lookup.by_sku(till, SCARF).on_hand == 5_000, "coming, until the hub has booked it"
    assert receiving.coming(till) == {SCARF: 12_000, COFFEE: 4_000, WINE: 6_000}
    assert differences(till.ledger.connection) == []


def test_short_damaged_and_extra_are_decided_and_told_with_their_value(counter, hub):
    till = counter.till
    receiving.begin(till, "t-1")
    receiving.scan(till, "t-1", SCARF, 10_000)
    receiving.scan(till, "t-1", COFFEE, 4_000)
    receiving.scan(till, "t-1", WINE)
    receiving.damage(till, "t-1", COFFEE, 1_000)
    held = receiving.done(till, "t-1", SCARF)
    assert [(one.product.sku, one.kind, one.qty, one.reason) for one in held.differences] == [
        (COFFEE, "damaged", 1_000, ""),
        (WINE, "extra", 1_000, "keep"),
        (SCARF, "short", 2_000, "missing"),
    ]
    with pytest.raises(Refused, match="reason_left"):
        receiving.finish(till, "t-1")
    with pytest.raises(Refused, match="way_unknown"):
        receiving.reason(till, "t-1", COFFEE, "damaged", "keep")
    receiving.reason(till, "t-1", COFFEE, "damaged", "throw_away")
    receiving.reason(till, "t-1", WINE, "extra", "send_back")
    fact = receiving.finish(till, "t-1")
    assert fact.differences == [
        Difference(COFFEE, "damaged", 1_000, "throw_away", 749),
        Difference(WINE, "extra", 1_000, "send_back", 1_290),
        Difference(SCARF, "short", 2_000, "missing", 3_990),
    ]
    assert (fact.value, fact.currency) == (749 + 1_290 + 3_990, "EUR")


def test_count_again_opens_the_line_and_what_is_in_a_box_keeps_the_delivery_open(counter, hub):
    till = counter.till
    receiving.begin(till, "t-1")
    receiving.scan(till, "t-1", SCARF, 10_000)
    receiving.scan(till, "t-1", COFFEE, 4_000)
    receiving.done(till, "t-1", SCARF)
    held = receiving.reason(till, "t-1", SCARF, "short", "again")
    assert (held.left, held.differences) == (1, ())
    receiving.scan(till, "t-1", SCARF, 9_000)
    receiving.done(till, "t-1", SCARF)
    receiving.reason(till, "t-1", SCARF, "short", "in_box")
    first = receiving.finish(till, "t-1")
    assert (first.final, [line.qty for line in first.lines]) == (False, [4_000, 9_000])
    receiving.scan(till, "t-1", SCARF, 3_000)
    second = receiving.finish(till, "t-1")
    assert (second.final, second.lines) == (True, [ReceivedLine(SCARF, 3_000)])


def test_paused_is_told_once_and_the_other_tills_count_is_added(counter, hub):
    till = counter.till
    receiving.begin(till, "t-1")
    receiving.scan(till, "t-1", SCARF, 5_000)
    fact = receiving.pause(till, "t-1")
    assert (fact.lines, fact.final) == ([ReceivedLine(SCARF, 5_000)], False)
    assert receiving.pause(till, "t-1") is None
    parts = (
        DeliveryPart("2", "ana", "2026-11-25T10:00:00.000Z", ((SCARF, 5_000),)),
        DeliveryPart("1", "ben", "2026-11-25T10:05:00.000Z", ((SCARF, 7_000), (COFFEE, 4_000))),
    )
    lines = (
        DeliveryLine(SCARF, qty=12_000, received=12_000),
        DeliveryLine(COFFEE, qty=4_000, received=4_000),
    )
    hub.tell(transfer(state="counting", version=3, lines=lines, parts=parts))
    held = receiving.show(till, "t-1")
    line = next(line for line in held.lines if line.sku == SCARF)
    assert (line.here, line.others, line.by, line.short, line.extra) == (
        5_000,
        7_000,
        ("ben",),
        0,
        0,
    )
    fact = receiving.finish(till, "t-1")
    assert (fact.lines, fact.differences, fact.final) == ([], [], True)


def test_an_older_row_changes_nothing_and_an_ended_one_is_not_begun(counter, hub):
    till = counter.till
    hub.tell(transfer(state="received", version=4, ended="2026-11-25T09:00:00.000Z"))
    hub.tell(transfer(state="counting", version=3))
    assert [row.name for row in receiving.expected(till)] == ["LS-4711"]
    with pytest.raises(Refused, match="delivery_over"):
        receiving.begin(till, "t-1")


def test_somebody_waits_for_it_until_it_lies_aside(counter, hub):
    till = counter.till
    receiving.begin(till, "t-1")
    held = receiving.scan(till, "t-1", COFFEE)
    assert [(one.order, one.sku, one.aside) for one in held.waiting] == [("W-10502", COFFEE, False)]
    assert receiving.put_aside(till, "t-1", "W-10502").waiting[0].aside
    till.printing.run_once()
    label = as_text(counter.printer.documents[-1])
    assert "W-10502" in label
    assert "Coffee 500 g" in label


def test_what_nobody_announced_is_received_too(counter):
    till = counter.till
    held = receiving.begin_unlisted(till, "LS-1", "Vinum Ltd")
    held = receiving.scan(till, held.open.work_id, WINE, 2_000)
    fact = receiving.finish(till, held.open.work_id)
    assert [(one.kind, one.reason) for one in fact.differences] == [("extra", "keep")]
    assert receiving.coming(till) == {WINE: 2_000}
