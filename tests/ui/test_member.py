"""A member at the till: one scan names them, one key uses their points, and what both say."""

from __future__ import annotations

from PySide6.QtCore import Qt

from sync.protocol import Sale
from tests.till.test_checkout import facts
from tests.ui.membering import CARD_CODE, answer, join
from tests.ui.shop import Hand

GOODS = "4006381000017"


def goods(hand: Hand, count: int = 1) -> None:
    from tests.ui.shots_returns import codes_of

    for code in codes_of(hand, count):
        hand.scan(code)
    hand.actions = 0


def strip(hand: Hand) -> tuple[str, str, str]:
    view = hand.window.selling.state.member
    return (view.detail, view.words, view.amount) if view is not None else ("", "", "")


def test_member_and_redeem_are_two_actions(hand: Hand) -> None:
    hand.ready()
    join(hand)
    goods(hand, 2)
    before = hand.window.selling.priced.total
    hand.scan(CARD_CODE)
    answer(hand)
    hand.key(Qt.Key.Key_F4)
    assert hand.actions == 2
    (reward,) = hand.window.selling.basket.rewards
    assert hand.window.selling.priced.total == before - reward.amount
    assert strip(hand)[1].startswith("Give back")


def test_by_name_they_are_four(hand: Hand) -> None:
    hand.ready()
    join(hand)
    goods(hand, 2)
    hand.key(Qt.Key.Key_F3)
    hand.type("sara lindqvist")
    hand.key(Qt.Key.Key_Return)
    answer(hand)
    hand.key(Qt.Key.Key_F4)
    assert hand.actions == 4
    assert hand.window.selling.basket.rewards


def test_f4_before_the_answer_waits_for_it_and_takes_the_points_then(hand: Hand) -> None:
    hand.ready()
    join(hand)
    goods(hand)
    hand.scan(CARD_CODE)
    hand.key(Qt.Key.Key_F4)
    assert not hand.window.selling.basket.rewards
    assert not hand.window.selling.state.member.enabled
    goods(hand, 2)
    answer(hand)
    assert hand.window.selling.basket.rewards, "what was scanned meanwhile is in it too"
    assert len(hand.window.selling.basket.lines) == 2


def test_f4_again_gives_back_and_a_sale_earns_and_says_so(hand: Hand) -> None:
    hand.ready()
    join(hand)
    goods(hand, 2)
    hand.scan(CARD_CODE)
    answer(hand)
    total = hand.window.selling.priced.total
    hand.key(Qt.Key.Key_F4)
    hand.key(Qt.Key.Key_F4)
    assert hand.window.selling.priced.total == total
    hand.key(Qt.Key.Key_F4)
    hand.key(Qt.Key.Key_F10)
    (sale,) = facts(hand.till, Sale)
    assert sale.points.spent > 0
    assert f"{sale.points.earned} pt" in hand.window.selling.state.done.points
    assert hand.window.selling.state.member is None


def test_offline_the_strip_says_as_of_when_and_f4_what_is_here(hand: Hand) -> None:
    hand.ready()
    join(hand)
    goods(hand)
    hand.line.connected = False
    hand.scan(CARD_CODE)
    assert strip(hand) == ("Gold \u00b7 1,240 pts at 10:32", "", "")
    hand.key(Qt.Key.Key_F4)
    assert not hand.window.selling.basket.rewards
    told = hand.window.selling.state.card or hand.window.toasts
    assert told


def test_the_chooser_has_a_digit_for_each_reward(hand: Hand) -> None:
    hand.ready()
    join(hand)
    goods(hand, 2)
    hand.scan(CARD_CODE)
    answer(hand)
    hand.click(hand.window.screens.cart.strip.choice)
    assert hand.window.sheet_name == "rewards"
    hand.key(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    (reward,) = hand.window.selling.basket.rewards
    assert reward.reward == "tenth"
    assert hand.window.sheet_name == ""


def test_taking_the_customer_off_gives_the_right_back(hand: Hand) -> None:
    hand.ready()
    join(hand)
    goods(hand)
    hand.scan(CARD_CODE)
    answer(hand)
    assert hand.till.ledger.held_rights()
    assert hand.window.selling.detach()
    hand.settle()
    assert hand.till.ledger.held_rights() == []


def test_less_in_the_basket_is_less_for_points(hand: Hand) -> None:
    hand.ready()
    join(hand)
    goods(hand, 2)
    hand.scan(CARD_CODE)
    answer(hand)
    hand.key(Qt.Key.Key_F4)
    first = hand.window.selling.basket.lines[0].line_id
    hand.window.selling.remove(first)
    hand.settle()
    (reward,) = hand.window.selling.basket.rewards
    assert reward.amount <= hand.window.selling.priced.gross
    assert hand.window.selling.priced.total >= 0
