from __future__ import annotations

import pytest

from pos_app.domain.errors import Refused
from pos_app.till import checkout, drawer, parking, reprint, shift, sign_in, void
from sync.protocol import DrawerOpened, ReceiptCopied, Voided
from tests.till.shop import CODES, COFFEE, PINS, SCARF, WINE
from tests.till.test_checkout import facts, sold


def closed(counter, counted=None, **more):
    counter.swap("mia")
    return shift.close_shift(counter.till, counted or {}, **more)


def test_a_shift_is_opened_once_with_a_counted_float(opened):
    till = opened().till
    with pytest.raises(Refused, match="nobody_signed_in"):
        shift.open_shift(till, 0)
    sign_in.sign_in(till, "ana", PINS["ana"])
    opened_shift = shift.open_shift(till, 0, {5_000: 3, 200: 10, 1: 0})
    assert (opened_shift.float_amount, opened_shift.number) == (17_000, 1)
    assert opened_shift.counts == {"5000": 3, "200": 10}
    with pytest.raises(Refused, match="shift_open"):
        shift.open_shift(till, 0)


@pytest.mark.parametrize(
    ("amount", "counts"), [(-1, None), (10**16, None), (0, {5_000: 4_006_381_333_931})]
)
def test_a_barcode_typed_into_the_float_is_refused(opened, amount, counts):
    till = opened().till
    sign_in.sign_in(till, "ana", PINS["ana"])
    with pytest.raises(Refused, match="amount_out_of_range"):
        shift.open_shift(till, amount, counts)


def test_the_z_adds_up_and_says_what_is_unsent(counter):
    sold(counter.till, SCARF, COFFEE)
    sold(counter.till, COFFEE, tender="card", reference="1")
    z = closed(counter, {"cash": 22_744, "card": 749}).z
    assert (z.number, z.sales, z.total) == (1, 2, 1_995 + 2 * 749)
    assert [(row.tender, row.expected, row.difference) for row in z.tenders] == [
        ("cash", 22_744, 0),
        ("card", 749, 0),
    ]
    assert sum(row.net + row.tax for row in z.taxes) == z.total
    assert (z.unsent, z.unsent_total) == (6, z.total)
    assert counter.till.shift is None
    counter.till.printing.run_once()
    with pytest.raises(Refused, match="no_open_shift"):
        sold(counter.till)


def test_it_closes_whatever_the_difference_but_asks_why_above_five_euros(counter):
    sold(counter.till)
    counter.swap("mia")
    with pytest.raises(Refused) as told:
        shift.close_shift(counter.till, {"cash": 20_000})
    assert told.value.code == "reason_missing"
    z = shift.close_shift(counter.till, {"cash": 20_000}, reason="till left open").z
    assert (z.tenders[0].difference, z.reason) == (-1_995, "till left open")


def test_counted_pieces_are_the_cash(counter):
    sold(counter.till)
    z = closed(counter, counts={10_000: 2, 1_000: 1, 500: 1, 200: 2, 50: 1, 20: 2, 5: 1}).z
    assert z.tenders[0].counted == 21_995
    assert z.counts["10000"] == 2


def test_a_cashier_needs_a_manager_for_the_z(counter):
    with pytest.raises(Refused, match="needs_manager"):
        shift.close_shift(counter.till, {"cash": 20_000})
    agreed = sign_in.approve(counter.till, "mia", PINS["mia"], "z_close")
    z = shift.close_shift(counter.till, {"cash": 20_000}, approval=agreed).z
    assert (z.actor, z.approver) == ("ana", "mia")


def test_an_open_basket_stops_the_close_and_a_parked_one_does_not(counter):
    till = counter.till
    basket, _ = checkout.scan(till, checkout.start(till), CODES[SCARF])
    checkout.keep(till, basket)
    with pytest.raises(Refused, match="basket_open"):
        closed(counter, {"cash": 20_000})
    parking.park(till, basket, label="blue coat")
    closed(counter, {"cash": 20_000})
    assert [each.label for each in parking.parked(till)] == ["blue coat"]
    shift.open_shift(till, 0)
    assert parking.recall(till, parking.parked(till)[0].park_id).lines == basket.lines


def test_the_day_of_a_shift_goes_by_zone_and_cut_off(opened):
    """G2: with a day that begins at 04:00, half past two at night is still yesterday."""
    counter = opened()
    counter.clock.go(15 * 3600 + 1800)  # 01:30 UTC on the 26th, 02:30 in Vienna
    counter.swap("ana")
    assert shift.open_shift(counter.till, 0).business_date == "2026-11-25"


def test_the_z_of_a_shift_begun_yesterday_belongs_to_its_day(counter):
    counter.clock.go(86_400)
    assert sold(counter.till).sale.biz_date == "2026-11-26"
    assert closed(counter, {"cash": 21_995}).z.biz_date == "2026-11-25"


def test_shift_survives_a_restart(counter, opened):
    sold(counter.till)
    totals = shift.summary(counter.till)
    counter = opened()
    assert counter.till.shift.number == 1
    assert shift.summary(counter.till) == totals


# Void, copy, drawer, parked baskets.


def test_a_void_is_the_exact_reverse_and_frees_the_drawer(counter):
    till = counter.till
    sale = sold(till, SCARF, COFFEE, given=5_000).sale
    done = void.void_sale(till, sale.id, "wrong size")
    assert (done.void.total, done.void.sale_doc, done.void.doc_no) == (-2_744, "1-2-1.1", "1-2-1.2")
    assert [line.qty for line in done.void.lines] == [-1_000, -1_000]
    totals = shift.summary(till)
    assert (totals.total, totals.tax, totals.expected_cash) == (0, 0, 20_000)
    with pytest.raises(Refused, match="already_voided"):
        void.void_sale(till, sale.id, "again")


def test_after_a_minute_a_cashier_needs_a_manager_who_is_named(counter):
    till = counter.till
    sale = sold(till).sale
    assert void.may_undo(till, sale)
    counter.clock.go(61)
    assert not void.may_undo(till, sale)
    with pytest.raises(Refused) as told:
        void.void_sale(till, sale.id, "wrong size")
    assert (told.value.code, told.value.facts["amount"]) == ("needs_manager", 1_995)
    agreed = sign_in.approve(till, "mia", PINS["mia"], "void_sale", 1_995)
    void.void_sale(till, sale.id, "wrong size", approval=agreed)
    assert facts(till, Voided)[0].approver == "mia"


def test_an_undo_is_for_ones_own_cash_sale_only(counter):
    till = counter.till
    by_card = sold(till, tender="card", reference="1").sale
    mine = sold(till).sale
    assert not void.may_undo(till, by_card)
    counter.swap("ben")
    assert not void.may_undo(till, mine)


def test_offline_the_limit_of_a_void_is_half(counter):
    sale = sold(counter.till, SCARF, SCARF, tender="card", reference="1").sale
    counter.clock.go(100)
    counter.swap("ben")
    counter.line.connected = False
    with pytest.raises(Refused, match="needs_manager"):
        void.void_sale(counter.till, sale.id, "wrong")
    counter.line.connected = True
    assert void.void_sale(counter.till, sale.id, "wrong")


def test_yesterdays_sale_is_not_voided(counter):
    sale = sold(counter.till).sale
    counter.clock.go(86_400)
    counter.swap("mia")
    with pytest.raises(Refused, match="void_other_day"):
        void.void_sale(counter.till, sale.id, "late")
    with pytest.raises(Refused, match="no_such_sale"):
        void.void_sale(counter.till, "nonsense", "late")


def test_copies_are_numbered_marked_and_limited(counter):
    till = counter.till
    sale = sold(till).sale
    till.printing.run_once()
    with pytest.raises(Refused, match="reason_missing"):
        reprint.reprint(till, sale.id, "")
    assert reprint.reprint(till, sale.id, "lost").copy_no == 1
    till.printing.run_once()
    with pytest.raises(Refused, match="needs_manager"):
        reprint.reprint(till, sale.id, "lost again")
    counter.swap("ben")
    assert reprint.reprint(till, sale.id, "lost again").copy_no == 2
    till.printing.run_once()
    first, copy_1, copy_2 = (str(each.to_dict()) for each in counter.printer.documents)
    assert "KOPIE" not in first
    assert "KOPIE 1" in copy_1
    assert "KOPIE 2" in copy_2
    assert [fact.copy for fact in facts(till, ReceiptCopied)] == [1, 2]
    assert counter.drawer.opened == 1, "a copy opens nothing"


def test_opening_the_drawer_is_counted_and_journalled_first(counter):
    till = counter.till
    with pytest.raises(Refused, match="needs_manager"):
        drawer.open_drawer(till, "change")
    counter.swap("ben")
    for _ in range(3):
        drawer.open_drawer(till, "change")
    with pytest.raises(Refused, match="needs_manager"):
        drawer.open_drawer(till, "change")
    assert len(facts(till, DrawerOpened)) == 3
    assert shift.summary(till).drawer_opens == 3


def test_a_basket_with_money_on_it_is_not_parked(counter):
    till = counter.till
    basket, _ = checkout.scan(till, checkout.start(till), CODES[SCARF])
    payments = checkout.pay(till, basket, (), "card", 500, "1")
    with pytest.raises(Refused, match="payments_taken"):
        parking.park(till, basket, payments)
    with pytest.raises(Refused, match="basket_empty"):
        parking.park(till, checkout.start(till))
    with pytest.raises(Refused, match="text_is_card_number"):
        parking.park(till, basket, label="4111 1111 1111 1111")


def test_recall_brings_the_basket_back_once_and_never_over_another(counter):
    till = counter.till
    one, _ = checkout.scan(till, checkout.start(till), CODES[SCARF])
    two, _ = checkout.scan(till, checkout.start(till), CODES[WINE])
    park_id = parking.park(till, one, label="one")
    checkout.keep(till, two)
    with pytest.raises(Refused, match="basket_open"):
        parking.recall(till, park_id)
    parking.park(till, two, label="two")
    counter.clock.go(86_400)
    back = parking.recall(till, park_id)
    assert (back.lines, back.business_date) == (one.lines, "2026-11-26")
    checkout.cancel(till, checkout.start(till))
    with pytest.raises(Refused, match="basket_open"):
        parking.recall(till, park_id)
    assert checkout.restored(till)[0] == back
