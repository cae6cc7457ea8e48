"""A web order comes back over the real window: actions counted, swaps, exchanges, no line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt

from pos_app.domain.value_code import CREDIT, account_of, new_code
from pos_app.store.projections import differences
from pos_app.till import customers, inquiries
from pos_app.ui import keys
from sync.protocol import PendedReply, Refunded, ReturnPended, Sale
from tests.till.test_checkout import facts
from tests.ui.card_counter import until
from tests.ui.membering import CARD_CODE, SARA, join
from tests.ui.returned import (
    BOTTLE,
    ORDER,
    SHOE,
    SOCK,
    TEE,
    answer,
    authorise,
    on_the_way,
    order,
    say,
)
from tests.ui.shop import Hand, make_data, opened
from tests.ui.shots_returns import code_of

ALT = Qt.KeyboardModifier.AltModifier
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    with opened(make_data(tmp_path_factory.mktemp("shop") / "till")) as hand:
        hand.ready()
        yield hand


@pytest.fixture
def hand(window: Hand, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """In Returns with nothing found; the line is up."""
    it = window.window
    monkeypatch.setattr(keys, "GUARD_MS", 20)
    if window.till.person is None:
        window.sign_in()
    it.close_sheet()
    window.line.connected = True
    if it.place == "pay":
        it.acts.back()
    for _step in range(6):
        it.returns.cancel()
    it.returns.finder.begin()
    it.acts.go_sell()
    if it.selling.open:
        it.selling.reset()
    it.toasts.clear()
    window.settle()
    it.acts.do("returns")
    window.settle()
    window.before = len(facts(window.till, Refunded))
    window.actions = 0
    return window


def refunds(hand: Hand) -> list[Refunded]:
    return facts(hand.till, Refunded)[hand.before :]


def came(hand: Hand, number: str, **more: object) -> None:
    """The order is scanned and head office tells of it: one action."""
    hand.scan("W-10391")
    doc = order(**more)
    answer(hand, _as(doc, number))


def _as(doc, number: str):
    """The same order under another id: each test has one of its own."""
    from msgspec.structs import replace

    return replace(doc, sale=replace(doc.sale, id=ORDER[:-4] + number))


def members(hand: Hand) -> None:
    """The programme and Sara, once for all of them."""
    if customers.get(hand.till, SARA.customer) is None:
        join(hand)


def card(hand: Hand, line: int):
    return hand.window.returning.works["returns"].cards[line]


def test_one_item_of_a_web_order_comes_back_in_four_actions(hand: Hand) -> None:
    came(hand, "1001")
    hand.scan(code_of(SHOE))
    hand.key(Qt.Key.Key_1, ALT)
    authorise(hand)
    hand.key(Qt.Key.Key_F12)
    assert hand.actions == 4
    (fact,) = refunds(hand)
    assert (fact.channel, fact.sale_doc, fact.lines[0].reason) == ("web", "W-10391", "too_small")
    assert [(paid.tender, paid.amount) for paid in fact.payments] == [("shop", -4_490)]
    shown = hand.window.returns.state.done
    assert shown.detail.startswith("Head office gives €44.90 back through the web shop.")
    assert not hand.drawer.opened
    assert differences(hand.till.ledger.connection) == []


def test_a_size_swap_is_five_and_keeps_the_price_once_paid(hand: Hand) -> None:
    came(hand, "1002")
    hand.scan(code_of(SHOE))
    hand.key(Qt.Key.Key_1, ALT)
    assert card(hand, 1).swap.text() == "Swap size: 29 · 3 here"
    hand.click(card(hand, 1).swap)
    state = hand.window.returns.state
    assert (state.net, state.amount, state.button_amount) == ("Even", "€0.00", "Even")
    assert [(row.name, row.amount) for row in state.out] == [("Kids Trail Shoe · 29", "€44.90")]
    authorise(hand)
    hand.key(Qt.Key.Key_F12)
    assert hand.actions == 5
    (fact,) = refunds(hand)
    sale = facts(hand.till, Sale)[-1]
    assert (fact.exchange, sale.exchange) == (sale.id, fact.id)
    assert (sale.lines[0].sku, sale.total, fact.total) == ("K360-TEA-29", 4_490, -4_490)
    assert hand.window.returns.state.done.title == "Exchanged"
    assert differences(hand.till.ledger.connection) == []


def test_what_went_out_for_more_is_paid_in_pay_and_back_leads_to_the_return(hand: Hand) -> None:
    hand.window.acts.go_sell()
    hand.scan(code_of(SOCK))
    hand.key(Qt.Key.Key_F8)
    came(hand, "1003")
    hand.scan(code_of(TEE))
    hand.key(Qt.Key.Key_3, ALT)
    hand.window.returns.going.arm(2)
    hand.scan(code_of("O620-BLK-M"))
    state = hand.window.returns.state
    assert (state.net, state.amount, state.button_amount) == ("To pay", "€29.10", "Pay €29.10")
    authorise(hand)
    hand.key(Qt.Key.Key_F12)
    assert hand.window.place == "pay"
    assert refunds(hand) == []
    assert len(hand.window.parked.state.rows) == 1, "the open sale waits"
    hand.window.returns.back = None  # as after a start: the basket alone is kept
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.place == "returns"
    assert hand.window.returns.state.amount == "€29.10"
    assert hand.till.view.open_basket() is None
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_F10)
    (fact,) = refunds(hand)
    sale = facts(hand.till, Sale)[-1]
    assert fact.exchange == sale.id
    assert {paid.tender: paid.amount for paid in sale.payments} == {
        "exchange": 4_990,
        "cash": 2_910,
    }
    assert hand.window.place == "sell"
    assert hand.window.returns.back is None
    hand.window.parked.recall(hand.window.parked.state.rows[0].park_id)
    hand.settle()
    assert differences(hand.till.ledger.connection) == []


def test_the_ends_the_sizes_and_what_stays_here(hand: Hand) -> None:
    came(hand, "1004")
    hand.scan(code_of(TEE))
    hand.key(Qt.Key.Key_2, ALT)
    hand.click(card(hand, 2).other)
    sizes = hand.window.returns.state.lines[1].sizes
    assert [(chip.words, chip.detail) for chip in sizes] == [("S", "35"), ("L", "28"), ("XL", "25")]
    hand.click(card(hand, 2).buttons["swap", "W110-WHT-L"])
    assert hand.window.returns.state.out[0].name == "Ostrelle Linen Shirt · L"
    panel = hand.window.returning.panels["returns"]
    assert panel.ends.value == "exchange"
    hand.click(panel.ends.buttons["credit"])
    state = hand.window.returns.state
    assert (state.out, panel.ends.value) == ((), "credit")
    assert state.targets[0].title == "As store credit"
    hand.click(panel.ends.buttons["refund"])
    assert hand.window.returns.state.targets[0].title == "Back to Visa •4242"
    hand.click(panel.targets[0].other)
    assert [way.way for way in hand.window.returns.state.ways] == [
        "original",
        "credit",
        "gift_card",
    ]
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.returns.state.ways == ()
    assert hand.window.returns.back is not None


def test_what_cannot_come_back_says_why(hand: Hand) -> None:
    taken = on_the_way(3)
    came(hand, "1005", on_the_way=(taken,), waiting=(("Rain Hat", 1_000),))
    lines = {row.name: row for row in hand.window.returns.state.lines}
    bottle = lines["Bottle with name print"]
    assert (bottle.can, bottle.detail) == (False, "Made to order · cannot be returned")
    sock = lines["Merino Hike Sock"]
    assert (sock.can, sock.detail) == (False, "Till 3 at store 2 is taking it back.")
    hat = lines["Rain Hat"]
    assert (hat.can, hat.detail) == (False, "Not handed over yet · call it off under Pickup")
    hand.window.returns.scans.item(BOTTLE)
    assert "Bottle with name print" in hand.window.returns.state.refused


def test_a_serial_number_is_wanted_and_scanned(hand: Hand) -> None:
    came(hand, "1006", serials=((1, "SN-4711"),))
    hand.scan(code_of(SHOE))
    hand.key(Qt.Key.Key_4, ALT)
    state = hand.window.returns.state
    assert (state.button_reason, state.lines[0].serial_tone) == ("Scan the serial number", "warn")
    hand.scan("SN-4712")
    assert hand.window.returns.state.button_reason == "Scan the serial number"
    hand.scan("SN-4711")
    assert hand.window.returns.state.lines[0].serial_note == "This is the one that was sold"
    assert hand.window.returns.state.button_reason == ""


def test_several_are_listed_chosen_by_the_arrows_and_left_again(hand: Hand) -> None:
    hand.window.acts.do("return_card_form")
    finder = hand.window.returns.finder
    finder.type_form("last4", "4242")
    assert finder.form.why_not.startswith("Type the day, like ")
    finder.type_form("day", "12.11.")
    finder.type_form("amount", "126.30")
    assert finder.form.why_not == ""
    hand.window.acts.do("return_by_card")
    answer(hand, _as(order(), "1007"), _as(order(), "1008"))
    find = hand.window.returns.state.find
    assert (find.heading, len(find.docs)) == ("Paid by card •4242", 2)
    hand.key(Qt.Key.Key_Down)
    hand.key(Qt.Key.Key_Down)
    hand.key(Qt.Key.Key_Return)
    assert hand.window.returns.back.sale.id.endswith("1008")
    hand.click(hand.window.returning.works["returns"].back)
    assert hand.window.returns.back is None
    assert len(hand.window.returns.state.find.docs) == 2


def test_nobody_knows_it(hand: Hand) -> None:
    hand.scan("1-9-1.7")
    answer(hand)
    state = hand.window.returns.state
    assert state.refused == "Head office knows no sale 1-9-1.7."
    assert state.offer is None


def test_without_the_line_goods_are_taken_in_and_a_slip_is_given(hand: Hand) -> None:
    hand.line.connected = False
    hand.type("W-7777")
    hand.key(Qt.Key.Key_Return)
    hand.click(hand.window.returning.works["returns"].offer.buttons[0])
    hand.scan(code_of(SHOE))
    state = hand.window.returns.state
    assert (state.button, state.button_reason) == ("Take in", "Choose why")
    hand.key(Qt.Key.Key_4, ALT)
    hand.key(Qt.Key.Key_F12)
    pended = facts(hand.till, ReturnPended)[-1]
    assert (pended.sale_doc, pended.amount, pended.lines[0].reason) == ("W-7777", 4_990, "faulty")
    shown = hand.window.returns.state.done
    assert (shown.title, shown.tone) == ("Goods are in. Nothing is paid yet.", "off")
    hand.key(Qt.Key.Key_F12)
    assert hand.window.place == "sell"
    assert refunds(hand) == []


def test_an_order_known_here_is_taken_in_when_the_line_went(hand: Hand) -> None:
    hand.window.connection.refresh()  # the line was gone in what came before
    came(hand, "1009")
    hand.scan(code_of(SHOE))
    hand.key(Qt.Key.Key_5, ALT)
    assert hand.window.returns.state.button == "Refund"
    hand.line.connected = False
    hand.window.connection.refresh()
    until(lambda: hand.window.returns.state.button == "Take in")
    state = hand.window.returns.state
    assert (state.net, state.button, state.targets[0].tone) == ("Slip, up to", "Take in", "off")
    hand.key(Qt.Key.Key_F12)
    pended = facts(hand.till, ReturnPended)[-1]
    assert (pended.sale_doc, pended.why, pended.lines[0].of) == ("W-10391", "order", 1)
    hand.line.connected = True


def test_a_slip_says_what_became_of_it(hand: Hand) -> None:
    code = new_code(CREDIT)
    hand.scan(code.qr)
    assert hand.window.returns.state.find.asking == "Asking head office…"
    say(hand, inquiries.PENDED, PendedReply(account_of(code), "CONFIRMED", 4_900, 4_900, "EUR"))
    assert hand.window.returns.state.find.title == "This slip is worth €49.00."
    hand.scan(code.qr)
    reply = PendedReply(account_of(code), "CONFLICT", 4_900, 0, "EUR", why="It came back before.")
    say(hand, inquiries.PENDED, reply)
    find = hand.window.returns.state.find
    assert find.title == "A manager has to look at this slip: €49.00."
    assert find.detail == "It came back before."
    hand.line.connected = False
    hand.scan(code.qr)
    find = hand.window.returns.state.find
    assert find.title == "Only head office knows what this slip is worth."
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.returns.state.find.title == "Scan the receipt or the order"


def test_by_customer_asks_what_who_is_in_the_sale_bought(hand: Hand) -> None:
    members(hand)
    it = hand.window
    hand.click(it.returning.works["returns"].finding.ways["return_customer"])
    assert it.place == "customers"
    hand.type("sara")
    hand.key(Qt.Key.Key_F12)
    assert it.place == "returns", "whoever was chosen, their goods come back"
    found = _as(order(customer=SARA.customer), "1010")
    answer(hand, found, _as(order(), "1011"))
    assert it.returns.state.find.heading == "What Sara Lindqvist bought"
    hand.key(Qt.Key.Key_Down)
    hand.key(Qt.Key.Key_Return)
    assert it.returns.state.order.who == "Sara Lindqvist"
    hand.scan(code_of(SHOE))
    hand.click(it.returning.panels["returns"].ends.buttons["credit"])
    assert it.returns.state.targets[0].detail == "On the customer's account"
    assert it.returns.back.account == SARA.customer


def test_what_the_history_does_not_hold_is_asked_of_head_office(hand: Hand) -> None:
    hand.window.acts.do("sales")
    hand.window.returning.search()
    hand.type("W-10391")
    assert hand.window.sales.state.rows == ()
    assert "head office" in hand.window.sales.state.empty_detail
    hand.key(Qt.Key.Key_Return)
    assert hand.window.place == "returns"
    answer(hand, _as(order(), "1012"))
    assert hand.window.returns.state.order.title == "Online order W-10391"


def test_undo_of_an_exchange_opens_its_return(hand: Hand) -> None:
    it = hand.window
    came(hand, "1013")
    hand.scan(code_of(SOCK))
    hand.key(Qt.Key.Key_4, ALT)
    it.returns.going.arm(3)
    hand.scan(code_of(TEE))
    authorise(hand)
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_F10)
    assert it.selling.state.done is not None
    it.acts.do("done_undo")
    hand.settle()
    if it.sheet_name == "consent":
        hand.type("mistake")
        hand.key(Qt.Key.Key_Return)
    assert it.place == "returns"
    assert it.returns.state.lines[0].name == "Ostrelle Linen Shirt"


class Requests(QObject):
    """Counts how often something asks to be laid out again."""

    count = 0

    def eventFilter(self, _of: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def test_what_is_shown_is_laid_out_once_and_then_rests(hand: Hand) -> None:
    came(hand, "1014")
    hand.scan(code_of(SHOE))
    hand.window.returns.scans.item("nothing of it")  # a fact over the lines, a card in the panel
    hand.settle()
    assert hand.window.returning.works["returns"].notice.isVisible()
    assert hand.window.returning.panels["returns"].targets[0].isVisible()
    counted = Requests()
    QCoreApplication.instance().installEventFilter(counted)
    for _turn in range(50):
        hand.settle()
    QCoreApplication.instance().removeEventFilter(counted)
    assert counted.count < 10, "it asks for ever"


def test_nobody_answers_and_after_a_while_the_goods_can_be_taken_in(hand: Hand) -> None:
    hand.scan("1-9-1.7")
    hand.window.tick()
    assert hand.window.returns.state.find.asking
    hand.clock.go(9)
    hand.window.tick()
    assert hand.window.returns.state.offer.title == "This till has no copy of this sale."


def test_what_a_return_does_to_points_is_said_before(hand: Hand) -> None:
    it = hand.window
    members(hand)
    it.acts.go_sell()
    hand.scan(CARD_CODE)
    hand.scan(code_of(SHOE))
    hand.key(Qt.Key.Key_F10)
    sale = hand.till.view.sales(1)[0]
    hand.key(Qt.Key.Key_F8)
    hand.scan(sale.doc_no)
    it.returns.toggle(1)
    hand.key(Qt.Key.Key_4, ALT)
    assert it.returns.state.order.who == "Sara Lindqvist"
    (fact,) = it.returns.state.facts
    assert fact.title.startswith("Points: ")
    assert "taken back, 0 due" in fact.title
    assert fact.detail.startswith("Balance after this: 1,")
    panel = it.returning.panels["returns"]
    assert panel.facts[0].isVisible()
