"""Cash that moves without a sale, the X, and what a Z says of both; floats, late closes, currencies."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pos_app.domain.errors import Refused
from pos_app.receipts.plain_text import as_text
from pos_app.settings import Settings
from pos_app.store.projections import differences
from pos_app.till import cash, shift, sign_in, void, x_report
from sync.protocol import CashMoved, ShiftOpened
from tests.till.shop import PINS, make_shop, store_row
from tests.till.test_checkout import facts, sold


def paper(counter) -> str:
    return as_text(counter.printer.documents[-1])


def moved(counter, kind, amount, reason="change", **more):
    done = cash.move_cash(counter.till, kind, amount, reason, **more)
    counter.till.printing.run_once()
    return done


def test_a_movement_is_a_fact_counted_and_opens_the_drawer_after_it_is_durable(counter):
    till = counter.till
    counter.swap("ben")
    done = cash.move_cash(till, "out", 2_000, " window cleaner ")
    assert counter.drawer.opened == 0
    assert facts(till, CashMoved) == [done.fact]
    assert (done.fact.amount, done.fact.reason, done.fact.actor) == (2_000, "window cleaner", "ben")
    till.printing.run_once()
    assert counter.drawer.opened == 1
    assert "window cleaner" in paper(counter)
    moved(counter, "in", 500)
    moved(counter, "drop", 10_000, "full drawer", reference="B-0017")
    assert "B-0017" in paper(counter)
    totals = shift.summary(till)
    assert (totals.cash_in, totals.cash_out, totals.drops) == (500, 2_000, 10_000)
    assert totals.expected_cash == 20_000 + 500 - 2_000 - 10_000
    assert [row.kind for row in cash.moves(till)] == ["out", "in", "drop"]
    assert differences(till.ledger.connection) == []


def test_who_may_and_with_which_word(counter):
    till = counter.till
    with pytest.raises(Refused) as told:
        cash.move_cash(till, "in", 100, "change")
    assert (told.value.code, told.value.facts["action"]) == ("needs_manager", "cash_in_out")
    with pytest.raises(Refused) as told:
        cash.move_cash(till, "drop", 100, "full")
    assert told.value.facts["action"] == "safe_drop"
    agreed = sign_in.approve(till, "mia", PINS["mia"], "cash_in_out", 100)
    assert cash.move_cash(till, "in", 100, "change", approval=agreed).fact.approver == "mia"
    counter.swap("ben")
    with pytest.raises(Refused, match="needs_manager"):
        cash.move_cash(till, "in", 10_001, "change")
    with pytest.raises(Refused, match="reason_missing"):
        cash.move_cash(till, "in", 100, "  ")


@pytest.mark.parametrize(
    ("kind", "amount", "code"),
    [
        ("in", 0, "amount_out_of_range"),
        ("in", -5, "amount_out_of_range"),
        ("in", 10**16, "amount_out_of_range"),
        ("in", 4_006_381_333_931, "not_allowed"),
        ("sideways", 100, "cash_kind"),
    ],
)
def test_what_cannot_be_meant_is_refused(counter, kind, amount, code):
    counter.swap("ben")
    with pytest.raises(Refused, match=code):
        cash.move_cash(counter.till, kind, amount, "change")
    assert facts(counter.till, CashMoved) == []


def test_more_than_the_drawer_holds_has_to_be_said_twice_and_is_kept(counter):
    till = counter.till
    counter.swap("mia")
    with pytest.raises(Refused, match="more_than_drawer"):
        cash.move_cash(till, "drop", 20_001, "full")
    cash.move_cash(till, "drop", 20_001, "full", sure=True)
    assert shift.summary(till).expected_cash == -1
    z = shift.close_shift(till, {"cash": 0}).z
    assert (z.tenders[0].expected, z.tenders[0].difference, z.left) == (-1, 1, 0)


def test_without_a_shift_nothing_moves(opened):
    counter = opened()
    counter.swap("mia")
    with pytest.raises(Refused, match="no_open_shift"):
        cash.move_cash(counter.till, "in", 100, "change")
    with pytest.raises(Refused, match="no_open_shift"):
        x_report.look(counter.till)


def test_an_x_is_no_document_and_changes_nothing(counter):
    till = counter.till
    sold(till)
    with pytest.raises(Refused, match="not_allowed"):
        x_report.look(till)
    counter.swap("mia")
    cash.move_cash(till, "out", 700, "flowers")
    while till.printing.run_once():
        pass
    head, before = till.ledger.head(), shift.summary(till)
    seen = x_report.look(till)
    assert seen.totals.expected() == {"cash": 20_000 + 1_995 - 700}
    x_report.print_x(till, seen)
    opens = counter.drawer.opened
    till.printing.run_once()
    text = paper(counter)
    assert "Kein Beleg" in text
    assert "flowers" in text
    assert "212,95" in text
    assert (till.ledger.head(), shift.summary(till)) == (head, before)
    assert counter.drawer.opened == opens


def test_the_z_lists_each_movement_and_what_came_back_in_cash(counter):
    till = counter.till
    sale = sold(till).sale
    counter.swap("mia")
    void.void_sale(till, sale.id, "wrong")
    sold(till)
    cash.move_cash(till, "in", 1_000, "change brought")
    cash.move_cash(till, "drop", 5_000, "full", reference="B-1")
    closed = shift.close_shift(till, {"cash": 20_000 + 1_995 + 1_000 - 5_000})
    z = closed.z
    assert (z.float_amount, z.cash_in, z.cash_out, z.drops) == (20_000, 1_000, 0, 5_000)
    assert (z.cash_back, z.tenders[0].difference) == (1_995, 0)
    assert [(row.kind, row.reference) for row in z.moves] == [("in", ""), ("drop", "B-1")]
    while till.printing.run_once():
        pass
    text = paper(counter)
    for told in ("change brought", "B-1", "39,90", "179,95"):
        assert told in text, text


# The set float.


def with_float(opened, data, amount=20_000, **more):
    Settings(float_amount=amount, **more).save(data)
    counter = opened()
    counter.swap("ana")
    return counter


def test_a_float_within_the_limit_is_opened_alone_above_it_by_two(opened, data):
    counter = with_float(opened, data)
    till = counter.till
    with pytest.raises(Refused) as told:
        shift.open_shift(till, 19_499, reason="miscount")
    assert (told.value.code, told.value.facts["amount"]) == ("needs_manager", 501)
    agreed = sign_in.approve(till, "mia", PINS["mia"], "open_shift", 501)
    with pytest.raises(Refused, match="reason_missing"):
        shift.open_shift(till, 19_499, approval=agreed)
    shift.open_shift(till, 19_500, note="new roll")
    fact = facts(till, ShiftOpened)[0]
    assert (fact.set_float, fact.float_amount, fact.note) == (20_000, 19_500, "new roll")


def test_where_nothing_is_set_any_float_opens(opened):
    counter = opened()
    counter.swap("ana")
    assert shift.open_shift(counter.till, 0).float_amount == 0


def test_the_close_leaves_the_set_float_in_pieces_small_ones_first(opened, data):
    counter = with_float(opened, data, 10_000)
    shift.open_shift(counter.till, 10_000)
    counter.swap("mia")
    counts = {10_000: 1, 5_000: 2, 1_000: 4, 100: 10, 50: 1}
    z = shift.close_shift(counter.till, {}, counts, "found in the safe").z
    assert z.left == 10_000
    assert z.left_counts == {"5000": 1, "1000": 4, "100": 10}
    assert counter.till.view.last_z() == z
    counter.till.printing.run_once()
    assert "150,50" in paper(counter)  # 250.50 counted, 100.00 stay


def test_who_agrees_to_the_difference_agrees_to_the_z(counter):
    till = counter.till
    with pytest.raises(Refused) as told:
        shift.close_shift(till, {"cash": 10_000}, reason="miscount")
    assert (told.value.facts["action"], told.value.facts["amount"]) == ("close_shift", 10_000)
    agreed = sign_in.approve(till, "mia", PINS["mia"], "close_shift", 10_000)
    z = shift.close_shift(till, {"cash": 10_000}, reason="miscount", approval=agreed).z
    assert (z.actor, z.approver, z.reason) == ("ana", "mia", "miscount")


def test_one_who_agreed_to_the_z_alone_did_not_agree_to_a_difference(counter):
    agreed = sign_in.approve(counter.till, "mia", PINS["mia"], "z_close")
    with pytest.raises(Refused, match="approval_not_enough"):
        shift.close_shift(counter.till, {"cash": 0}, reason="miscount", approval=agreed)


def test_everyone_counts_blind_where_that_is_set(opened, data):
    counter = with_float(opened, data, 0, blind_count="everyone")
    counter.swap("mia")
    assert not shift.sees_expected(counter.till)


# Days, two people, currencies.


def test_a_shift_over_the_cut_off_is_late_and_keeps_its_day(counter):
    assert not shift.late(counter.till)
    counter.clock.go(17 * 3_600)  # 03:00 UTC, 04:00 in Vienna: the next business day begins
    assert shift.late(counter.till)
    counter.swap("mia")
    z = shift.close_shift(counter.till, {"cash": 20_000}).z
    assert (z.biz_date, z.late) == ("2026-11-25", True)
    counter.till.printing.run_once()
    assert "nach Ende des Geschäftstags" in paper(counter)


def test_the_hours_of_a_day_that_has_one_more(opened):
    """Vienna, 25 October 2026: 02:30 comes twice; both sales are of that hour, none is lost."""
    counter = opened()
    counter.clock.moment = counter.clock.moment.replace(month=10, day=24, hour=20)
    counter.swap("ana")
    shift.open_shift(counter.till, 0)
    for hour in (0, 1):
        counter.clock.moment = counter.clock.moment.replace(day=25, hour=hour, minute=30)
        sold(counter.till)
    totals = shift.summary(counter.till)
    assert totals.hours[2].sales == 2
    assert not shift.late(counter.till)


def test_two_people_share_a_shift_and_each_movement_has_its_own_name(counter):
    till = counter.till
    counter.swap("ben")
    cash.move_cash(till, "in", 100, "change")
    counter.swap("mia")
    cash.move_cash(till, "out", 100, "change")
    assert [row.actor for row in cash.moves(till)] == ["ben", "mia"]
    assert shift.close_shift(till, {"cash": 20_000}).z.actor == "mia"


@pytest.mark.parametrize(
    ("currency", "zone", "counts", "worth", "shown"),
    [
        ("JPY", "Asia/Tokyo", {10_000: 3, 1_000: 5, 1: 4}, 35_004, "35,004"),
        ("KWD", "Asia/Kuwait", {20_000: 2, 1_000: 5, 250: 3, 5: 1}, 45_755, "45.755"),
    ],
)
def test_currencies_without_decimals_and_with_three(
    opened, tmp_path, currency, zone, counts, worth, shown
):
    from hardware.connect import simulated
    from pos_app.till import open_till
    from tests.till.shop import HandClock, Line

    data = make_shop(
        tmp_path / "far", store=replace(store_row(), currency=currency, zone=zone, locale="en")
    )
    devices, printer, drawer, _ = simulated()
    till = open_till(data, devices=devices, clock=HandClock(), link=Line())
    try:
        sign_in.sign_in(till, "mia", PINS["mia"])
        assert shift.open_shift(till, 0, counts).float_amount == worth
        cash.move_cash(till, "in", 5, "change")
        till.printing.run_once()
        assert drawer.opened == 1
        z = shift.close_shift(till, {}, {**counts, 5: counts.get(5, 0) + 1}).z
        assert [(row.expected, row.difference) for row in z.tenders] == [(worth + 5, 0)]
        till.printing.run_once()
        assert shown in as_text(printer.documents[-1])
    finally:
        till.close()


def test_coins_that_do_not_exist_do_not_move(tmp_path):
    from hardware.connect import simulated
    from pos_app.till import open_till
    from tests.till.shop import HandClock, Line

    data = make_shop(tmp_path / "far", store=replace(store_row(), currency="CHF"))
    till = open_till(data, devices=simulated()[0], clock=HandClock(), link=Line())
    try:
        sign_in.sign_in(till, "mia", PINS["mia"])
        shift.open_shift(till, 0)
        with pytest.raises(Refused, match="cash_step"):
            cash.move_cash(till, "in", 101, "change")
    finally:
        till.close()


def test_a_shift_that_nobody_counts_is_not_lost_by_a_restart(counter, opened):
    counter.swap("ben")
    cash.move_cash(counter.till, "in", 100, "change")
    counter = opened()
    assert [row.amount for row in cash.moves(counter.till)] == [100]
    assert shift.summary(counter.till).expected_cash == 20_100
