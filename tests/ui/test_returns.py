"""Goods come back over the real window: four actions, and everything that may go wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt

from pos_app.store.projections import differences
from pos_app.store.replica import ReplicaWriter
from pos_app.till.papers import proof_of
from pos_app.ui import keys
from sync.hub.refunds import ref_of
from sync.protocol import Refunded
from tests.till.shop import feed
from tests.till.test_checkout import facts
from tests.ui.shop import MANAGER, PINS, Hand, make_data, opened
from tests.ui.shots_returns import codes_of

ALT = Qt.KeyboardModifier.AltModifier
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    """One window for all of them: each test begins in Sell with an empty basket."""
    with opened(make_data(tmp_path_factory.mktemp("shop") / "till")) as hand:
        hand.ready()
        yield hand


@pytest.fixture
def hand(window: Hand, monkeypatch: pytest.MonkeyPatch) -> Hand:
    it = window.window
    monkeypatch.setattr(keys, "GUARD_MS", 20)  # its length is tested elsewhere; waits add up here
    if window.till.person is None:
        window.sign_in()
    it.close_sheet()
    window.line.connected = True
    for _step in range(3):
        it.returns.cancel()
    if it.place == "pay":
        it.acts.back()
    it.acts.go_sell()
    if it.selling.open:
        it.selling.reset()
    it.toasts.clear()
    window.settle()
    window.before = len(facts(window.till, Refunded))
    window.actions = 0
    return window


def sell(hand: Hand, *codes: str, key: Qt.Key = Qt.Key.Key_F10) -> str:
    """A sale; its number."""
    for code in codes:
        hand.scan(code)
    hand.key(key)
    number = hand.till.view.sales(1)[0].doc_no
    hand.actions = 0
    return number


def refunds(hand: Hand) -> list[Refunded]:
    """Those made in this test."""
    return facts(hand.till, Refunded)[hand.before :]


def test_a_receipt_an_item_a_reason_and_f12_are_four_actions(hand: Hand) -> None:
    code, other, *_ = codes_of(hand, 3)
    number = sell(hand, code, other)
    hand.scan(number)
    assert hand.window.place == "sales"
    hand.scan(code)
    assert hand.window.place == "returns"
    line = hand.window.returns.line
    hand.click(hand.window.returning.works["returns"].cards[line].buttons["reason", "too_small"])
    hand.key(Qt.Key.Key_F12)
    assert hand.actions <= 4
    (fact,) = refunds(hand)
    assert (fact.sale_doc, len(fact.lines), fact.lines[0].reason) == (number, 1, "too_small")
    assert hand.window.returns.state.done is not None
    assert [kind for kind, *_ in _printed(hand)][-1:] == ["refund"]
    assert differences(hand.till.ledger.connection) == []
    hand.key(Qt.Key.Key_F12)
    assert hand.window.place == "sell"


def test_on_the_returns_screen_it_is_four_with_the_keyboard_alone(hand: Hand) -> None:
    code, *_ = codes_of(hand, 3)
    number = sell(hand, code, code)
    hand.key(Qt.Key.Key_F8)
    hand.actions = 0
    hand.scan(number)
    hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 4), ALT)
    hand.key(Qt.Key.Key_F12)
    assert hand.actions == 4
    assert [line.reason for line in refunds(hand)[0].lines] == ["faulty"]
    assert refunds(hand)[0].lines[0].qty == -1_000


def _printed(hand: Hand) -> list[tuple[str, str]]:
    jobs = hand.till.ledger.print_jobs(("queued", "printing", "printed", "unknown"))
    return [(job.kind, job.state) for job in jobs]


def test_the_signed_code_of_a_receipt_is_read_anywhere(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code)
    sale = hand.till.view.sale_by_number(number)
    text = proof_of(sale, hand.till.view.hash_of(sale.id)).text(hand.till.keys.sign)
    hand.scan(text)
    assert (hand.window.place, hand.window.sales.state.title) == ("sales", f"Sale {number}")
    hand.key(Qt.Key.Key_F12)
    assert hand.window.returns.state.order.title == f"Sale {number}"


def test_an_open_basket_waits_while_something_comes_back(hand: Hand) -> None:
    code, other, *_ = codes_of(hand, 3)
    number = sell(hand, code)
    hand.scan(other)
    hand.scan(number)
    hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 1), ALT)
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_F12)
    assert hand.window.place == "sell"
    assert len(hand.window.selling.basket.lines) == 1
    assert len(refunds(hand)) == 1


def test_a_scan_leaves_no_letters_and_no_reason_behind(hand: Hand) -> None:
    code, other, *_ = codes_of(hand, 3)
    number = sell(hand, code, other)
    hand.key(Qt.Key.Key_F8)
    hand.scan(number)
    hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 2), ALT)
    hand.scan(other)
    back = hand.window.returns.back
    assert {each.line: each.reason for each in back.choices} == {1: "too_big", 2: ""}
    assert hand.window.returning.works["returns"].search.edit.text() == ""
    assert not hand.window.returning.panels["returns"].finish.isEnabled()
    hand.key(Qt.Key.Key_F12)
    assert refunds(hand) == []


def test_an_item_of_another_sale_is_refused_aloud(hand: Hand) -> None:
    code, other, *_ = codes_of(hand, 3)
    number = sell(hand, code)
    hand.key(Qt.Key.Key_F8)
    hand.scan(number)
    hand.scan(other)
    state = hand.window.returns.state
    assert "is not on receipt" in state.refused
    assert not any(line.chosen for line in state.lines)
    hand.scan(code)
    hand.scan(code)
    assert "No more of" in hand.window.returns.state.refused
    assert hand.window.returns.state.lines[0].qty == "1"


def test_what_nobody_here_knows_is_asked_of_head_office_and_taken_in_without_it(hand: Hand) -> None:
    head = hand.till.ledger.head()
    hand.scan("1-9-1.1")
    assert hand.window.place == "returns"
    assert hand.window.returns.state.find.asking == "Asking head office\u2026"
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.returns.state.find.asking == ""
    hand.line.connected = False
    hand.type("W-7777")
    assert hand.window.returns.state.note == "Online order"
    hand.key(Qt.Key.Key_Return)
    offer = hand.window.returns.state.offer
    assert offer.title == "This till has no copy of this order."
    assert offer.detail == "Take it in now, refund when online?"
    assert [words for _act, words in offer.acts] == ["Take in", "Store voucher"]
    assert hand.till.ledger.head() == head


def _toast(hand: Hand) -> str:
    return " ".join(toast.label.text() for toast in hand.window.toasts.shown)


def test_the_number_can_be_typed(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code)
    hand.key(Qt.Key.Key_F8)
    hand.type(number.rpartition(".")[2])
    hand.key(Qt.Key.Key_Return)
    assert hand.window.returns.state.order.title == f"Sale {number}"


def test_over_the_limit_a_manager_agrees_and_escape_keeps_the_choice(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, *[code] * 4)
    hand.key(Qt.Key.Key_F8)
    hand.scan(number)
    for _piece in range(4):
        hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 3), ALT)
    assert "manager" in hand.window.returns.state.approval
    hand.key(Qt.Key.Key_F12)
    assert hand.window.sheet_name == "consent"
    hand.key(Qt.Key.Key_Escape)
    assert refunds(hand) == []
    assert not hand.window.returns.state.busy
    assert hand.window.returns.state.lines[0].qty == "4"
    hand.key(Qt.Key.Key_F12)
    hand.type(PINS[MANAGER])
    (fact,) = refunds(hand)
    assert (fact.approver, fact.lines[0].qty) == (MANAGER, -4_000)


def test_offline_the_button_says_how_much(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, *[code] * 9)
    hand.line.connected = False
    hand.key(Qt.Key.Key_F8)
    hand.scan(number)
    for _piece in range(9):
        hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 3), ALT)
    assert "offline" in hand.window.returns.state.button_reason
    hand.key(Qt.Key.Key_F12)
    assert refunds(hand) == []


def test_a_double_press_of_f12_pays_once(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code, code)
    hand.key(Qt.Key.Key_F8)
    hand.scan(number)
    hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 1), ALT)
    hand.window.returns.finish()
    hand.window.returns.finish()
    hand.settle()
    assert len(refunds(hand)) == 1


def test_a_card_is_refunded_on_the_terminal_with_its_slip(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code, key=Qt.Key.Key_F11)
    hand.key(Qt.Key.Key_F8)
    hand.scan(number)
    hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 1), ALT)
    panel = hand.window.returning.panels["returns"]
    assert panel.slip.isVisible()
    panel.slip.edit.setFocus()
    hand.type("4711")
    hand.key(Qt.Key.Key_F12)
    (paid,) = refunds(hand)[0].payments
    assert (paid.tender, paid.ref) == ("card", "4711")
    assert "card terminal" in hand.window.returns.state.done.detail


def test_damaged_and_the_stepper(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code, code, code)
    hand.scan(number)
    hand.scan(code)
    card = hand.window.returning.works["returns"].cards[1]
    hand.click(card.plus)
    hand.click(card.buttons["condition", "damaged"])
    hand.click(card.buttons["reason", "other"])
    hand.key(Qt.Key.Key_F12)
    (line,) = refunds(hand)[0].lines
    assert (line.qty, line.condition, line.reason) == (-2_000, "damaged", "other")


def test_the_history_searches_and_shows_the_receipt(hand: Hand) -> None:
    code, other, *_ = codes_of(hand, 3)
    first, second = sell(hand, code), sell(hand, code, other)
    hand.key(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    sales = hand.window.sales
    assert [row.number for row in sales.state.rows][:2] == [second, first]
    paper = hand.window.returning.panels["sales"].paper.paper
    assert second in paper.accessibleDescription()
    hand.key(Qt.Key.Key_Down)
    assert sales.chosen.number == first
    hand.type(first[4:])
    assert [row.number for row in sales.state.rows] == [first]
    hand.key(Qt.Key.Key_Escape)
    payable = hand.till.view.sale_by_number(second).payable
    hand.type(f"{payable // 100}.{payable % 100:02}")
    assert sales.state.rows[0].number == second
    assert {row.amount.strip("\u2212") for row in sales.state.rows} == {sales.state.rows[0].amount}
    hand.key(Qt.Key.Key_Escape)
    hand.type("11:0")
    assert len(sales.state.rows) > 2
    hand.type("9")
    assert sales.state.rows == ()
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.place == "sell"


def test_what_came_back_is_no_longer_voided_and_says_so(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code, code)
    hand.scan(number)
    assert hand.window.sales.chosen.can_void
    hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 1), ALT)
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_F12)
    hand.scan(number)
    marked = hand.window.sales.chosen
    assert not marked.can_void
    assert "came back" in marked.state
    hand.key(Qt.Key.Key_F12)
    assert hand.window.returns.state.lines[0].detail.endswith("1 came back")


def test_a_sale_of_the_stores_other_till_is_taken_back_here(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    sale = hand.till.view.sale_by_number(sell(hand, code))
    there = replace(sale, id="0197a1c2-0000-7000-8000-00000000e15e", till="7", doc_no="1-7-1.31")
    with ReplicaWriter.open(hand.till.data, hand.till.keys.db_key) as writer:
        _, pos = writer.cursors()["store:1"]
        writer.apply(feed("store:1", pos, ("sale_ref", [ref_of(there)])))
    hand.till.catalogue.reopen()
    hand.line.connected = False
    hand.scan("1-7-1.31")
    assert "till 7" in hand.window.sales.state.notice
    hand.scan(code)
    assert "Other tills' returns as of" in hand.window.returns.state.order.known
    hand.key(Qt.Key(Qt.Key.Key_0 + 1), ALT)
    hand.key(Qt.Key.Key_F12)
    (fact,) = refunds(hand)
    assert (fact.sale, fact.sale_till, fact.offline) == (there.id, "7", True)


def test_nothing_is_scanned_away_from_a_payment(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code)
    hand.scan(code)
    hand.key(Qt.Key.Key_F12)
    hand.scan(number)
    assert hand.window.place == "pay"
    assert "Finish the payment first" in _toast(hand)


def test_locked_in_the_middle_the_return_is_still_there(hand: Hand) -> None:
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code, code)
    hand.key(Qt.Key.Key_F8)
    hand.scan(number)
    hand.scan(code)
    hand.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    hand.sign_in()
    assert hand.window.place == "returns"
    assert hand.window.returns.state.lines[0].chosen


def test_the_window_for_returns_is_said_and_a_manager_allows_what_is_late(hand, codes):
    hand.scan(codes[0])
    hand.window.acts.exact("cash")
    hand.settle()
    sale = hand.till.ledger.sales(1)[0]
    hand.clock.go(34 * 86_400)
    hand.window.acts.do("returns")
    hand.window.returning.scanned(sale.doc_no)
    hand.settle()
    order = hand.window.returns.state.order
    assert (order.pill, order.pill_tone) == ("4 days past the window.", "bad")
    hand.window.returns.toggle(1)
    hand.window.returns.choose_reason(1, "faulty")
    hand.settle()
    state = hand.window.returns.state
    assert state.approval == "4 days past the window. A manager can allow it."
    hand.window.acts.finish()
    hand.settle()
    assert hand.window.sheet_name == "consent"


def test_what_is_shown_stays_while_the_refund_is_written(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The goods are back in the ledger before the window hears of it.
    code, *_ = codes_of(hand, 1)
    number = sell(hand, code)
    hand.scan(number)
    hand.scan(code)
    returns, hands = hand.window.returns, hand.window.returns.desk.hands
    hand.click(
        hand.window.returning.works["returns"].cards[returns.line].buttons["reason", "other"]
    )
    heard: list[Callable[[], None]] = []

    def slow(
        _lane: str,
        job: Callable[[], object],
        done: Callable[[object], None] = lambda _result: None,
        failed: Callable[[BaseException], None] = lambda _error: None,
    ) -> None:
        result = job()
        heard.append(lambda: done(result))

    with monkeypatch.context() as patch:
        patch.setattr(type(hands), "run", lambda _hands, *args: slow(*args))
        hand.key(Qt.Key.Key_F12)
        assert len(refunds(hand)) == 1
        returns.open()  # anything that shows the screen again
        assert returns.state.busy
        assert returns.state.button_amount
        heard.pop(0)()
    assert returns.state.done is not None
