"""A till that may be a copy of itself, that is enrolled again, or that head office has stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.domain.errors import Refused
from pos_app.store.doubt import MISSING, ChainState
from pos_app.till import void
from pos_app.ui.buttons import Button
from pos_app.ui.first_start import FirstStartWindow
from pos_app.workshop import Workshop
from tests.ui.shop import CASHIER, MANAGER, Hand, opened
from tests.ui.shots import _codes
from tests.ui.shots_lives import doubt, rejoin_stops, stop


@pytest.fixture
def hand(data: Path) -> Iterator[Hand]:
    with opened(data) as hand:
        yield hand


def attention(hand: Hand):
    return hand.window.connection.state.attention


def test_a_stopped_till_stays_locked_and_says_why(hand: Hand) -> None:
    stop(hand, "suspend")
    hand.sign_in(CASHIER)
    hand.settle()
    assert (hand.window.place, hand.till.person) == ("lock", None)
    told = hand.window.desk.words(Refused("device_suspended"))
    assert told.title == "Head office has stopped this till."
    assert hand.window.lock.state.wrong == f"{told.title} {told.safe} {told.todo}"
    assert [each.title for each in attention(hand)] == [told.title]
    stop(hand, "")
    hand.sign_in(CASHIER)
    hand.settle()
    assert hand.till.person is not None


@pytest.mark.parametrize(
    ("why", "state", "acts"),
    [
        ("behind_witness", ChainState.SUSPECT, ["rejoin"]),
        ("other_machine", ChainState.SUSPECT, ["rejoin"]),
        (MISSING, ChainState.SUSPECT, []),
        ("rolled_back", ChainState.ROLLED_BACK, ["rejoin"]),
        ("fork", ChainState.ROLLED_BACK, ["rejoin"]),
        ("fenced", ChainState.FENCED, ["rejoin"]),
    ],
)
def test_a_copy_sells_on_and_offers_to_be_enrolled_again(
    hand: Hand, why: str, state: ChainState, acts: list[str]
) -> None:
    hand.ready(MANAGER)
    doubt(hand, why, state)
    (told,) = attention(hand)
    assert [act for act, _ in told.actions] == acts
    assert "Returns of a receipt, pickups and points wait" in told.detail
    hand.scan(_codes()[0])
    hand.window.acts.exact("card")
    hand.settle()
    (row,) = hand.till.ledger.sales(5)
    assert row.doc_no.startswith("1-2-1-"), "in a series of its own"


def test_its_button_closes_the_window_for_the_other_one(hand: Hand) -> None:
    hand.ready(MANAGER)
    hand.window.preferences.workshop = Workshop(hand.window)
    doubt(hand)
    hand.window.acts.sync()
    hand.settle()
    found = hand.window.findChildren(Button)
    (button,) = [each for each in found if each.isVisible() and each.text() == "Enrol again"]
    assert button.icon_name == "refresh-cw"
    hand.click(button)
    assert hand.window.again == "rejoin"
    hand.settle()
    assert hand.window.ended


def test_not_even_a_fresh_sale_is_taken_back_and_the_words_say_what_to_do(hand: Hand) -> None:
    hand.ready(MANAGER)
    doubt(hand)
    hand.scan(_codes()[0])
    hand.window.acts.exact("cash")
    hand.settle()
    (row,) = hand.till.ledger.sales(5)
    with pytest.raises(Refused, match="chain_in_doubt") as caught:
        void.void_sale(hand.till, row.sale_id, "typed wrong")
    told = hand.window.desk.words(caught.value)
    assert told.title == "This till may be a copy of itself."
    assert told.safe
    assert "another till" in told.todo


def test_the_window_that_enrols_again_goes_through_its_steps(qapp, data: Path) -> None:
    seen: dict[str, str] = {}

    def visit(window, name: str) -> None:
        assert isinstance(window, FirstStartWindow)
        assert window.accessibleName() == "Enrol this till again"
        assert not window.address.isVisible(), "its hub is the one that it has"
        seen[name] = window.presenter.state.title

    rejoin_stops(data, visit)
    assert len(seen) == 5
    assert all(seen.values())
