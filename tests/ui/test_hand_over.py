"""Orders go over the counter in the real window: two actions, and whatever stands in the way."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt

from pos_app.store.projections import differences
from pos_app.ui import keys
from sync.protocol import ReservationStepped, Sale
from tests.till.test_checkout import facts
from tests.ui.orders import (
    add_orders,
    at,
    everything,
    goods,
    order,
    pass_of,
    ready,
    sells,
    to_pick,
)
from tests.ui.shop import BADGES, MANAGER, PINS, SENIOR, Hand
from tests.ui.shots_attention import NAMES, add_rows
from tests.ui.shots_pickup import barcode
from tests.ui.test_pickup import heard, state, steps, told

pytestmark = pytest.mark.slow

ALT = Qt.KeyboardModifier.AltModifier
PETRA, OSKAR, AINO, *_REST = ready()
COLLECTED = "COLLECTED"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "GUARD_MS", 20)


@pytest.fixture
def shop(data, window_of) -> Hand:
    """Tomas, a senior, in Sell; six bags on the shelf, one of them not paid."""
    sells(data)
    add_orders(data, everything())
    hand = window_of(data)
    hand.heard = heard(hand)
    hand.ready(SENIOR)
    return hand


def handed(hand: Hand) -> ReservationStepped:
    """The one hand-over there is."""
    found = [
        fact for fact in facts(hand.till, ReservationStepped) if fact.step in (COLLECTED, "PARTLY")
    ]
    assert len(found) == 1
    return found[0]


def toast(hand: Hand) -> str:
    return " ".join(each.label.text() for each in hand.window.toasts.shown)


def test_a_code_and_f12_are_two_actions_from_any_screen(shop: Hand, codes) -> None:
    shop.scan(codes[0])
    shop.actions = 0
    shop.scan(pass_of(PETRA))
    assert shop.window.place == "pickup"
    view = state(shop).giving
    assert (view.title, view.shelf, view.settled) == ("Hand over W-10471", "B3", True)
    assert (view.proof.title, view.proof.tone) == ("Pickup code matches", "ok")
    assert view.identity.title == "Over €100: look at the photo ID of Petra"
    shop.key(Qt.Key.Key_F12)
    assert shop.actions == 2
    fact = handed(shop)
    assert (fact.reservation, fact.step) == (PETRA.reservation, COLLECTED)
    how = fact.handling
    assert (how.proof, how.collector, how.id_seen) == ("qr", "self", True)
    assert shop.heard[-1] == "handed"
    assert toast(shop) == "W-10471 is handed over."
    assert [each.count for each in state(shop).segments] == ["4", "5", "3"]
    shop.window.acts.go_sell()
    assert len(shop.window.selling.basket.lines) == 1, "the open sale was kept aside"
    assert differences(shop.till.ledger.connection) == []


def test_below_the_limit_nobody_looks_at_an_id(shop: Hand) -> None:
    shop.scan(pass_of(OSKAR))
    assert state(shop).giving.identity is None
    shop.key(Qt.Key.Key_F12)
    assert handed(shop).handling.id_seen is False


def test_the_typed_code_and_the_name_of_the_order(shop: Hand) -> None:
    only = order(10499, "Nina Falk", goods("W110-WHT-L", picked=True), state="READY", shelf="E1")
    told(shop, replace(only, code=replace_code(only, "AAB234"), code_end="234"))
    shop.key(Qt.Key.Key_F9)
    shop.type("aab 234")
    shop.key(Qt.Key.Key_Return)
    view = state(shop).giving
    assert (view.title, view.proof.title) == ("Hand over W-10499", "Pickup code matches")
    assert "Typed" in view.proof.detail
    shop.key(Qt.Key.Key_Escape)
    shop.type("10468")
    shop.key(Qt.Key.Key_Return)
    view = state(shop).giving
    assert (view.title, view.proof.title) == ("Hand over W-10468", "No pickup code yet")
    assert view.identity.title == "No code: look at the photo ID of Oskar"


def replace_code(row, code: str) -> str:
    from pos_app.domain.pickup import code_kept

    return code_kept(row.code.partition(":")[0], code)


def test_six_signs_read_by_a_scanner_on_the_sell_screen(shop: Hand) -> None:
    only = order(10499, "Nina Falk", goods("W110-WHT-L", picked=True), state="READY", shelf="E1")
    told(shop, replace(only, code=replace_code(only, "AAB234"), code_end="234"))
    shop.scan("AAB234")
    assert (shop.window.place, state(shop).giving.title) == ("pickup", "Hand over W-10499")


def test_who_came_is_kept_and_the_named_one_shows_an_id(shop: Hand) -> None:
    shop.scan(pass_of(PETRA))
    assert [each.words for each in state(shop).giving.who] == [
        "Petra",
        "Emil Novak",
        "Someone else",
    ]
    shop.key(Qt.Key.Key_2, ALT)
    assert state(shop).giving.identity.title == "Named by Petra: look at the photo ID of Emil"
    shop.key(Qt.Key.Key_3, ALT)
    assert state(shop).giving.identity.tone == "warn"
    shop.key(Qt.Key.Key_2, ALT)
    shop.key(Qt.Key.Key_F12)
    how = handed(shop).handling
    assert (how.collector, how.id_seen) == ("named", True)


def test_some_of_the_bag_goes_and_the_rest_stays(shop: Hand) -> None:
    shop.scan(pass_of(PETRA))
    work = shop.window.orders.work
    assert not work.give.lines[0].isEnabled()
    shop.click(work.buttons["open_bag"])
    shop.click(work.give.lines[1])
    assert state(shop).giving.button_end == "1 item"
    shop.click(work.give.lines[0])
    assert state(shop).giving.why_not == "Choose what goes along"
    shop.key(Qt.Key.Key_F12)
    assert steps(shop) == []
    shop.click(work.give.lines[0])
    shop.key(Qt.Key.Key_F12)
    fact = handed(shop)
    assert (fact.step, fact.lines) == ("PARTLY", (("O610-NVY-M", 1_000),))
    shop.scan(pass_of(PETRA))
    view = state(shop).giving
    assert (view.pill, view.button_end) == ("Part of it left", "1 item")
    assert [line.paid for line in view.lines] == ["Already handed over", "Paid"]
    shop.key(Qt.Key.Key_F12)
    assert [step for _each, step in steps(shop)] == ["PARTLY", COLLECTED]


def test_exact_cash_pays_and_hands_over(shop: Hand, codes) -> None:
    shop.scan(codes[0])
    shop.actions = 0
    shop.scan(pass_of(AINO))
    view = state(shop).giving
    assert (view.due, view.button, view.settled) == ("€129.00", "Pay and hand over", False)
    shop.key(Qt.Key.Key_F10)
    assert shop.actions == 2
    fact, (sale,) = handed(shop), facts(shop.till, Sale)
    assert (fact.sale, fact.handling.due, fact.handling.addon) == (sale.id, 12_900, False)
    assert sale.payable == 12_900
    assert shop.window.place == "sell"
    assert shop.window.selling.state.done is not None
    assert len(shop.window.parked.state.rows) in (0, 1)
    shop.key(Qt.Key.Key_F7)
    assert len(shop.window.selling.basket.lines) == 1, "the sale of before comes back with one key"
    assert differences(shop.till.ledger.connection) == []


def test_card_pays_and_hands_over(shop: Hand) -> None:
    shop.scan(pass_of(AINO))
    shop.key(Qt.Key.Key_F11)
    assert handed(shop).handling.due == 12_900
    (sale,) = facts(shop.till, Sale)
    assert [payment.tender for payment in sale.payments] == ["card"]


def test_f12_opens_the_ways_to_pay_with_what_is_due(shop: Hand) -> None:
    shop.scan(pass_of(AINO))
    shop.key(Qt.Key.Key_F12)
    assert shop.window.place == "pay"
    assert steps(shop) == []
    assert shop.window.selling.settlement.due == 12_900
    shop.key(Qt.Key.Key_F10)
    assert handed(shop).handling.due == 12_900


def test_an_order_is_put_away_again_before_it_is_paid(shop: Hand) -> None:
    shop.scan(pass_of(AINO))
    shop.key(Qt.Key.Key_F12)
    shop.key(Qt.Key.Key_Escape)
    assert shop.window.place == "sell"
    line = shop.window.selling.basket.lines[0]
    shop.window.selling.select(line.line_id)
    shop.key(Qt.Key.Key_Delete)
    assert not shop.window.selling.open
    assert "goes back on its shelf" in toast(shop)
    assert steps(shop) == []
    shop.scan(pass_of(AINO))
    assert state(shop).giving.due == "€129.00"


def test_what_goes_with_it_is_a_sale_linked_to_the_order(shop: Hand) -> None:
    shop.scan(pass_of(OSKAR))
    work = shop.window.orders.work
    offered = state(shop).giving.extras
    assert [extra.sku for extra in offered] == ["W130-BLK-M"]
    shop.click(work.give.extra_rows[0][0].button)
    view = state(shop).giving
    assert (view.extras[0].added, view.due) == (True, "€19.90")
    assert view.money[-1].label == "Ribbed Cotton Tee, added here"
    shop.key(Qt.Key.Key_F10)
    fact, (sale,) = handed(shop), facts(shop.till, Sale)
    assert (fact.reservation, fact.sale, fact.handling.addon) == (OSKAR.reservation, sale.id, True)
    assert [line.sku for line in sale.lines] == ["W130-BLK-M"]
    assert (sale.payable, fact.handling.due) == (1_990, 0)


def test_something_scanned_at_the_counter_goes_along(shop: Hand) -> None:
    shop.scan(pass_of(OSKAR))
    shop.scan(barcode(shop, "W130-MOS-L"))
    assert state(shop).giving.due == "€19.90"
    shop.click(shop.window.orders.work.give.extra_rows[1][0].button)
    assert state(shop).giving.settled


def test_nothing_is_offered_where_nothing_sold(data, window_of) -> None:
    add_orders(data, everything())
    hand = window_of(data)
    hand.ready(SENIOR)
    hand.scan(pass_of(PETRA))
    assert state(hand).giving.extras == ()
    assert not hand.window.orders.work.give.extras_room.isVisible()


def test_another_bag_is_refused_and_the_right_one_is_said(shop: Hand) -> None:
    shop.scan(pass_of(PETRA))
    shop.scan("W-10468")
    assert state(shop).refused == "This bag is W-10468."
    assert shop.heard[-1] == "refused"
    assert state(shop).giving.title == "Hand over W-10471"
    shop.scan("W-10471")
    assert shop.heard[-1] == "ok"
    shop.scan(pass_of(OSKAR))
    assert state(shop).giving.title == "Hand over W-10468", "the next customer's code goes on"


def test_a_code_of_another_store_and_one_that_is_none(shop: Hand) -> None:
    add_rows(shop.till.data, "store_name", NAMES)
    shop.scan(pass_of(PETRA, store="2"))
    assert state(shop).refused == "This order waits at Kamppi."
    good = pass_of(OSKAR)
    shop.scan(good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB"))
    assert state(shop).refused == "This code is not one of ours."
    assert steps(shop) == []


def test_handed_over_is_handed_over(shop: Hand) -> None:
    shop.scan(pass_of(OSKAR))
    shop.key(Qt.Key.Key_F12)
    shop.scan(pass_of(OSKAR))
    assert "was handed over already" in state(shop).refused
    shop.key(Qt.Key.Key_F12)
    assert len([step for _each, step in steps(shop) if step == COLLECTED]) <= 1


def test_an_order_that_is_not_ready_opens_its_pick_list(shop: Hand) -> None:
    shop.scan(pass_of(to_pick()[2]))
    assert state(shop).giving is None
    assert state(shop).card.title == "W-10485"
    assert state(shop).card.why_not == "1 left to pick"


def test_a_bag_that_another_till_packed_is_handed_over_all_the_same(shop: Hand) -> None:
    shop.line.connected = False
    shop.scan(pass_of(to_pick()[2]))
    work = shop.window.orders.work
    assert work.buttons["pick_slip"].text() == "The bag is here"
    shop.click(work.buttons["pick_slip"])
    view = state(shop).giving
    assert (view.title, view.button_end) == ("Hand over W-10485", "1 item")
    shop.key(Qt.Key.Key_F12)
    assert steps(shop) == [("r-10485", COLLECTED)]


def test_offline_from_the_list_and_from_the_signed_code_alone(shop: Hand) -> None:
    shop.scan(pass_of(PETRA))
    assert state(shop).giving.offline is None
    shop.line.connected = False
    shop.window.tick()
    view = state(shop).giving
    assert view.offline.title.startswith("Works offline: signed code, list of ")
    assert view.offline.detail == "Handed over here now, told when online."
    shop.key(Qt.Key.Key_F12)
    assert toast(shop) == "W-10471 is handed over here. It is told when online."
    unheard = order(10777, "", goods("W110-WHT-L", "W110-WHT-S"))
    shop.scan(pass_of(unheard))
    assert state(shop).giving.title == "Hand over W-10777"
    shop.key(Qt.Key.Key_F12)
    assert steps(shop)[-1] == ("r-10777", COLLECTED)
    shop.scan("W-99999")
    assert state(shop).refused == "This till cannot see that order."


def test_a_payment_is_finished_before_a_pickup_code_is_read(shop: Hand, codes) -> None:
    shop.scan(codes[0])
    shop.key(Qt.Key.Key_F12)
    shop.type("1")
    shop.key(Qt.Key.Key_Return)
    assert shop.window.selling.payments
    shop.scan(pass_of(OSKAR))
    assert shop.window.place == "pay"
    assert "Finish the payment first" in toast(shop)
    assert steps(shop) == []


def test_from_the_empty_ways_to_pay_it_is_gone_to_at_once(shop: Hand, codes) -> None:
    shop.scan(codes[0])
    shop.key(Qt.Key.Key_F12)
    shop.scan(pass_of(OSKAR))
    assert shop.window.place == "pickup"


def test_on_the_lock_a_pickup_code_opens_nothing(shop: Hand) -> None:
    shop.window.acts.lock()
    shop.settle()
    shop.scan(pass_of(OSKAR))
    assert shop.window.place == "lock"
    assert state(shop).giving is None


def test_without_a_shift_nothing_is_paid_and_the_paid_bag_goes(data, window_of) -> None:
    add_orders(data, everything())
    hand = window_of(data)
    hand.sign_in(SENIOR)
    hand.scan(pass_of(AINO))
    assert state(hand).giving.why_not == "Open the shift first"
    hand.key(Qt.Key.Key_F10)
    hand.scan(pass_of(OSKAR))
    hand.key(Qt.Key.Key_F12)
    assert steps(hand) == [(OSKAR.reservation, COLLECTED)]


def test_kept_longer_and_called_off(shop: Hand) -> None:
    last = ready()[-1]
    shop.key(Qt.Key.Key_F9)
    pickup, work = shop.window.orders.pickup, shop.window.orders.work
    pickup.choose_segment("ready")
    assert state(shop).rows[-1].chip == "Last day"
    pickup.choose(last.reservation)
    shop.click(work.buttons["keep_longer"])
    assert steps(shop) == [(last.reservation, "KEPT")]
    assert state(shop).rows[-1].chip == "2 days left"
    shop.click(work.buttons["cancel_order"])
    assert shop.window.sheet_name == "consent"
    shop.window.consent.give_reason("Customer asked")
    shop.settle()
    if shop.window.sheet_name == "consent":
        shop.type(PINS[MANAGER])
        shop.be_sure()
    assert steps(shop)[-1] == (last.reservation, "CANCELLED")
    shop.click(work.buttons["not_this"])
    assert state(shop).giving is None


def test_time_was_over_and_the_customer_comes_after_all(shop: Hand) -> None:
    lines = goods("W110-WHT-L", picked=True)
    late = order(10498, "Late Larsen", lines, state="LAPSED", shelf="E1", keep_until=at(-5))
    told(shop, late)
    shop.key(Qt.Key.Key_F9)
    shop.window.orders.pickup.choose_segment("ready")
    shop.window.orders.pickup.choose("r-10498")
    assert state(shop).card.button == "Put back"
    shop.scan(pass_of(late))
    assert state(shop).giving.pill == "Time was over"
    shop.key(Qt.Key.Key_F12)
    assert steps(shop) == [("r-10498", COLLECTED)]


def test_the_hub_takes_it_back_while_the_bag_is_on_the_counter(shop: Hand) -> None:
    shop.scan(pass_of(OSKAR))
    told(shop, replace(OSKAR, state="CANCELLING", version=9))
    assert state(shop).giving is None
    assert state(shop).card.told == "The shop took this order back."


def test_a_cashier_asks_somebody_who_may(data, window_of) -> None:
    add_orders(data, everything())
    hand = window_of(data)
    hand.ready()
    hand.scan(pass_of(OSKAR))
    hand.key(Qt.Key.Key_F12)
    assert hand.window.sheet_name == "consent"
    hand.key(Qt.Key.Key_Escape)
    assert steps(hand) == []
    hand.key(Qt.Key.Key_F12)
    hand.scan(BADGES[MANAGER])
    hand.be_sure()
    fact = handed(hand)
    assert (fact.step, fact.approver) == (COLLECTED, MANAGER)


def test_without_a_code_somebody_says_why_and_a_manager_agrees(shop: Hand) -> None:
    shop.key(Qt.Key.Key_F9)
    shop.window.orders.pickup.choose_segment("ready")
    shop.window.orders.pickup.choose(OSKAR.reservation)
    shop.key(Qt.Key.Key_F12)
    assert "Code lost" in shop.window.consent.state.reasons
    shop.window.consent.give_reason("Code lost")
    shop.settle()
    shop.type(PINS[MANAGER])
    shop.be_sure()
    how = handed(shop).handling
    assert (how.proof, how.id_seen, how.reason) == ("name", True, "Code lost")
