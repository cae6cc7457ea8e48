"""Customers in the real window: found and attached in few actions, shown by role, changed by sheet."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from pos_app.till import inquiries
from sync.protocol import ContactsShown
from sync.protocol.customers import (
    CustomerAsk,
    CustomerFind,
    CustomerRow,
    CustomersFound,
    Moment,
    Timeline,
)
from tests.till.customer_data import tell
from tests.ui.shop import CASHIER, MANAGER, PINS, SENIOR, Hand
from tests.ui.shots import _codes
from tests.ui.shots_customers import answer, moments, people

SARA = people()[-1]


@pytest.fixture
def data(data: Path) -> Path:
    tell(data, *people())
    return data


@pytest.fixture
def hand(window_of, data: Path) -> Hand:
    hand = window_of(data)
    hand.ready(SENIOR)
    return hand


def attached(hand: Hand) -> str:
    basket = hand.window.selling.basket
    return basket.customer.name if basket is not None and basket.customer is not None else ""


def asks(hand: Hand) -> list[CustomerAsk]:
    return [
        msgspec.json.decode(each.body, type=CustomerAsk)
        for each in hand.till.ledger.open_questions()
    ]


def test_somebody_without_a_card_is_attached_in_three_actions(hand: Hand) -> None:
    hand.scan(_codes()[0])
    hand.actions = 0
    hand.key(Qt.Key.Key_F3)
    hand.type("lindqvist sara")
    hand.key(Qt.Key.Key_Return)
    assert hand.actions == 3
    assert hand.window.place == "sell"
    assert attached(hand) == "Sara Lindqvist"


def test_a_members_card_attaches_on_any_screen(window_of, data: Path) -> None:
    hand = window_of(data)
    hand.ready(CASHIER)
    card = SARA.contacts[2].value
    for place in ("sell", "sales", "stock", "returns", "pickup", "customers"):
        hand.window.acts.do(place)
        hand.settle()
        hand.actions = 0
        hand.scan(card)
        assert (attached(hand), hand.actions) == ("Sara Lindqvist", 1), place
        assert hand.window.selling.detach()
        hand.window.acts.do("sell")
    hand.scan(_codes()[0])
    hand.key(Qt.Key.Key_F12)
    assert hand.window.place == "pay"
    hand.scan(card)
    assert attached(hand) == "Sara Lindqvist"
    hand.key(Qt.Key.Key_F10)
    (fact,) = hand.till.view.customer_facts("c-1", 5)
    assert fact.id == hand.till.ledger.sales(1)[0].sale_id


def test_the_list_is_walked_by_keys_and_f12_attaches(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F3)
    assert hand.window.focusWidget() is hand.window.members.work.search.edit
    hand.type("sar")
    state = hand.window.members.customers.state
    assert next(row.name for row in state.rows) == "Sara Lindqvist"
    assert (state.note, state.matches) == ("5 people", "5")
    hand.key(Qt.Key.Key_Down)
    hand.key(Qt.Key.Key_Down)
    chosen = hand.window.members.customers.state.profile
    assert chosen is not None
    assert chosen.name == state.rows[2].name
    hand.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert (hand.window.place, attached(hand)) == ("customers", chosen.name)
    assert hand.window.members.customers.state.finish == "Take off the sale"
    hand.key(Qt.Key.Key_F12)
    assert (hand.window.place, attached(hand)) == ("sell", "")


def test_several_hits_are_not_attached_by_enter(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F3)
    hand.type("sara")
    hand.key(Qt.Key.Key_Return)
    assert (hand.window.place, attached(hand)) == ("customers", "")


def test_f3_in_pay_goes_back_to_pay(hand: Hand) -> None:
    hand.scan(_codes()[0])
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_F3)
    hand.type("jokinen")
    hand.key(Qt.Key.Key_Return)
    assert (hand.window.place, attached(hand)) == ("pay", "Sara Jokinen")


def test_a_power_cut_gives_the_customer_back(window_of, data: Path) -> None:
    hand = window_of(data)
    hand.ready(SENIOR)
    hand.scan(_codes()[0])
    hand.scan(SARA.contacts[2].value)
    hand.settle()
    hand.cut_power()
    again = window_of(data)
    again.sign_in(SENIOR)
    assert attached(again) == "Sara Lindqvist"


def test_addresses_are_shown_for_a_while_and_that_is_kept(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    work = hand.window.members.work
    assert work.identity.boxes[0].value.text() == "s\u2022\u2022\u2022@post.fi"
    hand.click(work.identity.eye)
    assert work.identity.boxes[0].value.text() == "sara@post.fi"
    assert [type(fact) for fact in hand.till.view.customer_facts("c-1", 5)] == [ContactsShown]
    hand.clock.go(19)
    hand.window.tick()
    assert work.identity.boxes[0].value.text() == "sara@post.fi"
    hand.clock.go(2)
    hand.window.tick()
    assert work.identity.boxes[0].value.text() == "s\u2022\u2022\u2022@post.fi"


def test_a_cashier_sees_what_serves_and_no_more(window_of, data: Path) -> None:
    hand = window_of(data)
    hand.ready(CASHIER)
    hand.key(Qt.Key.Key_F3)
    hand.type("sara lindqvist")
    answer(hand, inquiries.TIMELINE, moments())
    state = hand.window.members.customers.state
    assert [each.label for each in state.profile.figures] == ["Points", "Store credit", "Last here"]
    kinds = [row.title for row in state.history.rows]
    assert kinds == [
        "Return at Kallio",
        "Online order W-10391",
        "Points used",
        "Bought at T\u00f6\u00f6l\u00f6",
    ]
    hand.click(hand.window.members.work.identity.eye)
    assert hand.window.sheet_name == "consent", "a colleague has to agree"
    assert state.profile.masked


def test_a_manager_agrees_to_a_look(window_of, data: Path) -> None:
    hand = window_of(data)
    hand.ready(CASHIER)
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    hand.click(hand.window.members.work.identity.eye)
    hand.window.consent.choose(MANAGER)
    hand.type(PINS[MANAGER])
    assert not hand.window.members.customers.state.profile.masked
    (fact,) = hand.till.view.customer_facts("c-1", 5)
    assert (fact.actor, fact.approver) == (CASHIER, MANAGER)


def test_a_consent_is_asked_aloud_and_counts_at_once(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    panel = hand.window.members.panel
    tips = panel.consents[2]
    assert (tips.view.title, tips.view.words) == ("Personal tips", "Yes")
    hand.click(tips)
    sheet = hand.window.sheet("customer_ask")
    assert sheet.sentence.title.text().startswith("May we use what you buy")
    hand.click(sheet.buttons["no"])
    assert (tips.view.words, tips.view.look) == ("No", "no")
    assert hand.window.members.customers.state.profile.tips_title == "Popular here"


def test_somebody_new_is_entered_offline_and_attached(hand: Hand) -> None:
    hand.scan(_codes()[0])
    hand.line.connected = False
    hand.window.tick()
    hand.key(Qt.Key.Key_F3)
    hand.type("zelda maria")
    state = hand.window.members.customers.state
    assert state.empty == "No one called zelda maria here."
    assert state.elsewhere_why == "Back when online"
    hand.key(Qt.Key.Key_F3)
    form = hand.window.sheet("customer_form")
    assert form.fields["name"].text == "Zelda Maria"
    hand.type("zelda@")
    hand.key(Qt.Key.Key_F12)
    assert form.problem.title.text().startswith("Nobody can be reached by this.")
    hand.type("post.example")
    hand.click(form.answers["tips"].buttons["yes"])
    hand.key(Qt.Key.Key_F12)
    assert (hand.window.place, attached(hand)) == ("sell", "Zelda Maria")
    (ask,) = asks(hand)
    assert (ask.act, ask.fields.name, ask.consents[0].purpose) == ("save", "Zelda Maria", "tips")
    hand.key(Qt.Key.Key_F3)
    assert hand.window.members.customers.state.profile.waits == "1 change waits for head office"


def test_two_are_compared_and_joined(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    work = hand.window.members.work
    assert work.identity.proposed.title.text() == "Same person as S. Lindqvist?"
    hand.click(work.identity.compare)
    sheet = hand.window.sheet("customer_compare")
    assert [side.name.text() for side in sheet.sides] == ["Sara Lindqvist", "S. Lindqvist"]
    hand.key(Qt.Key.Key_F12)
    assert [(ask.act, ask.customer, ask.other) for ask in asks(hand)] == [("merge", "c-1", "c-4")]
    assert hand.window.sheet_name == ""
    assert hand.window.members.customers.state.profile.proposed is None
    toast = next(each for each in hand.window.toasts.shown if hasattr(each, "button"))
    hand.click(toast.button)
    assert sorted(ask.act for ask in asks(hand)) == ["merge", "unmerge"]


def test_what_was_typed_is_kept_or_refused(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    hand.key(Qt.Key.Key_F6)
    hand.type("Likes tea")
    hand.key(Qt.Key.Key_Return)
    assert hand.window.members.work.identity.note.title.text() == "Likes tea"
    hand.click(hand.window.members.panel.buttons["customer_support"])
    sheet = hand.window.sheet("customer_ask")
    hand.type("4111 1111 1111 1111")
    hand.key(Qt.Key.Key_Return)
    assert hand.window.sheet_name == "customer_ask"
    assert "card number" in sheet.problem.title.text().lower()
    assert [ask.act for ask in asks(hand)] == ["note"]


def test_history_is_filtered_paged_and_never_only_elsewhere(hand: Hand) -> None:
    hand.scan(_codes()[0])
    hand.scan(SARA.contacts[2].value)
    hand.key(Qt.Key.Key_F10)
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    hand.settle()
    rows = hand.window.members.customers.state.history.rows
    assert [row.title for row in rows] == ["Bought at Holdfast Demo Store"] or len(rows) == 1
    first = Timeline(moments().moments, cursor="p2")
    answer(hand, inquiries.TIMELINE, first)
    assert len(hand.window.members.customers.state.history.rows) == 7
    assert hand.window.members.customers.state.history.more
    hand.window.members.customers.more_moments()
    page = Timeline((Moment("2026-01-02T10:00:00.000Z", "sale", name="old", place="Kamppi"),))
    answer(hand, inquiries.TIMELINE, page)
    state = hand.window.members.customers.state.history
    assert (len(state.rows), state.more) == (8, False)
    hand.key(Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    asked = [each for each in hand.till.inquiries.values() if each.path == inquiries.TIMELINE]
    assert asked[-1].state == inquiries.WAITING
    assert hand.window.members.customers.state.history.chosen == "returns"


def test_all_stores_are_asked(hand: Hand) -> None:
    sent: list[bytes] = []
    hand.till.to_hub = lambda _id, path, body: sent.append(body) if "find" in path else None
    hand.key(Qt.Key.Key_F3)
    hand.type("zelda")
    hand.click(hand.window.members.work.far)
    assert msgspec.json.decode(sent[-1], type=CustomerFind).text == "zelda"
    row = CustomerRow("c-far", 1, "Zelda Far", member=True)
    answer(hand, inquiries.FIND_CUSTOMERS, CustomersFound((row,)))
    assert [each.name for each in hand.window.members.customers.state.rows] == ["Zelda Far"]
    hand.key(Qt.Key.Key_F12)
    assert attached(hand) == "Zelda Far"


def test_who_is_erased_leaves_the_screen(hand: Hand, data: Path) -> None:
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    assert hand.window.members.customers.state.profile is not None
    tell(data, CustomerRow("c-1", 9, erased=True))
    hand.till.hear({"op": "changed"})
    hand.window.catalogue_changed()
    hand.settle()
    assert hand.window.members.customers.state.profile is None


def test_hostile_names_are_only_text(hand: Hand, data: Path) -> None:
    hostile = "<img src=x>\u202e" + "W" * 9_000
    tell(data, replace(SARA, version=9, name=hostile, note=hostile))
    hand.till.hear({"op": "changed"})
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    hand.settle()
    assert hand.window.grab().width() == 1366
    assert hand.window.members.work.identity.name.textFormat() == Qt.TextFormat.PlainText


def test_leaving_forgets_what_was_looked_at(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F3)
    hand.window.members.customers.choose("c-1")
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.place == "sell"
    assert hand.window.members.customers.state.profile is None


def test_a_tap_on_the_list_opens_somebody(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F3)
    hand.type("sar")
    view = hand.window.members.work.list
    area = view.visualRect(view.model_.index(1))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, area.center().y()))
    hand.settle()
    state = hand.window.members.customers.state
    assert state.profile is not None
    assert state.profile.name == state.rows[1].name


def test_a_receipt_goes_to_the_customers_address(hand: Hand) -> None:
    hand.scan(_codes()[0])
    hand.scan(SARA.contacts[2].value)
    hand.key(Qt.Key.Key_F12)
    hand.click(hand.window.screens.pay_work.receipt.segment.buttons["email"])
    assert hand.window.screens.pay_work.receipt.segment.value == "email"
    hand.key(Qt.Key.Key_F10)
    (ask,) = asks(hand)
    sale = hand.till.ledger.sales(1)[0].sale_id
    assert (ask.act, ask.about, ask.text, ask.customer) == (
        *("mail_receipt", sale, "sara@post.fi"),
        "c-1",
    )


def test_a_receipt_goes_to_an_address_that_is_typed(hand: Hand) -> None:
    hand.scan(_codes()[0])
    hand.key(Qt.Key.Key_F12)
    hand.click(hand.window.screens.pay_work.receipt.segment.buttons["email"])
    sheet = hand.window.sheet("customer_ask")
    hand.type("nobody")
    hand.key(Qt.Key.Key_Return)
    assert sheet.problem.title.text().startswith("Nobody can be reached")
    sheet.field.edit.setText("mia@post.example")
    hand.key(Qt.Key.Key_Return)
    hand.click(hand.window.screens.pay_work.receipt.segment.buttons["receipt"])
    hand.key(Qt.Key.Key_F10)
    assert asks(hand) == [], "paper was chosen after all"


def test_goods_of_another_store_are_for_the_customer_of_the_sale(hand: Hand) -> None:
    hand.scan(SARA.contacts[2].value)
    reserve = hand.window.stocking.reserve
    hand.window.stocking.go()
    hand.settle()
    reserve.leave()
    assert (reserve._name, reserve._phone, reserve._customer) == (
        *("Sara Lindqvist", "+358401234410"),
        "c-1",
    )
    reserve.another()
    reserve.leave()
    assert (reserve._name, reserve._customer) == ("", "")


def test_a_card_of_digits_alone_is_somebodys_and_goods_come_first(hand: Hand, data: Path) -> None:
    from sync.protocol.customers import CARD, Contact

    good, card = _codes()[0], "2999000011112"
    tell(data, replace(SARA, version=8, contacts=(Contact(CARD, good), Contact(CARD, card))))
    hand.till.hear({"op": "changed"})
    hand.scan(good)
    assert attached(hand) == ""
    assert len(hand.window.selling.state.lines) == 1
    hand.scan(card)
    assert attached(hand) == "Sara Lindqvist"
    assert len(hand.window.selling.state.lines) == 1
