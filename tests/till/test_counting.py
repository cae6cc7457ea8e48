"""Stock counted at a till: while selling goes on, twice where it is far off, by the role's limit."""

from __future__ import annotations

import pytest

from pos_app.domain.errors import Refused
from pos_app.store.projections import differences
from pos_app.till import counting, lookup, sign_in
from sync.protocol import StockCounted
from tests.till.shop import COFFEE, PINS, SCARF
from tests.till.test_checkout import facts, sold


def test_a_count_that_fits_is_told_with_its_moments(counter):
    till = counter.till
    held = counting.begin(till, name="Shelf 3")
    counting.scan(till, held.open.work_id, SCARF, 4_000)
    counter.clock.go(60)
    counting.scan(till, held.open.work_id, SCARF)
    fact = counting.finish(till, held.open.work_id)
    assert facts(till, StockCounted) == [fact]
    line = fact.lines[0]
    assert (line.sku, line.counted, line.book, line.value, line.times) == (
        SCARF,
        5_000,
        5_000,
        0,
        1,
    )
    assert line.at == "2026-11-25T10:01:00.000Z"
    assert (fact.scope, fact.name, fact.value) == ("free", "Shelf 3", 0)
    assert till.ledger.works() == []


def test_the_book_is_that_of_the_scan_not_of_the_finish(counter):
    till = counter.till
    held = counting.begin(till)
    counting.scan(till, held.open.work_id, SCARF, 5_000)
    sold(till, SCARF, SCARF)
    fact = counting.finish(till, held.open.work_id)
    assert [(line.counted, line.book) for line in fact.lines] == [(5_000, 5_000)]
    assert lookup.by_sku(till, SCARF).on_hand == 3_000


def test_what_is_far_off_is_counted_again_and_then_believed(counter):
    till = counter.till
    held = counting.begin(till)
    work = held.open.work_id
    counting.scan(till, work, SCARF, 2_000)
    with pytest.raises(Refused) as told:
        counting.finish(till, work)
    assert (told.value.code, told.value.facts["count"]) == ("count_again", 1)
    held = counting.show(till, work)
    assert (held.left, held.lines[0].again, held.lines[0].counted) == (1, True, 2_000)
    with pytest.raises(Refused, match="lines_left"):
        counting.finish(till, work)
    counting.scan(till, work, SCARF)
    held = counting.scan(till, work, SCARF)
    assert (held.lines[0].counted, held.lines[0].times) == (2_000, 2)
    with pytest.raises(Refused) as told:
        counting.finish(till, work)
    assert (told.value.code, told.value.facts["amount"]) == ("needs_manager", 3 * 1_995)
    agreed = sign_in.approve(till, "mia", PINS["mia"], "count_stock", 3 * 1_995)
    fact = counting.finish(till, work, approval=agreed)
    assert (fact.approver, fact.value, fact.lines[0].value) == ("mia", 5_985, -5_985)
    assert lookup.by_sku(till, SCARF).on_hand == 2_000
    assert differences(till.ledger.connection) == []


def test_a_list_is_whole_only_when_each_line_was_found_or_is_none(counter):
    till = counter.till
    held = counting.begin(till, counting.LIST, skus=[SCARF, COFFEE], name="Promotion")
    work = held.open.work_id
    assert (held.left, held.counted) == (2, 0)
    counting.put(till, work, SCARF, 5_000)
    with pytest.raises(Refused, match="lines_left"):
        counting.finish(till, work)
    counting.none_left(till, work)
    fact = counting.finish(till, work)
    assert [(line.sku, line.counted, line.unseen) for line in fact.lines] == [
        (COFFEE, 0, True),
        (SCARF, 5_000, False),
    ]


def test_a_count_survives_the_power_cut_and_can_be_given_up(counter, opened):
    from pos_app.till import goods

    held = counting.begin(counter.till)
    counting.scan(counter.till, held.open.work_id, SCARF, 3_000)
    again = opened()
    again.swap("ana")
    kept = goods.works(again.till, "counting")
    assert [one.counted for one in kept] == [3_000]
    goods.give_up(again.till, held.open.work_id)
    assert goods.works(again.till) == []
    with pytest.raises(Refused, match="work_unknown"):
        counting.show(again.till, held.open.work_id)
