"""A till that may be a copy of itself: what it still does, and what waits until the hub has looked."""

from __future__ import annotations

from typing import Any

import pytest

from pos_app.domain.errors import Refused
from pos_app.store.doubt import ChainState
from pos_app.till import refund, reserving, rights, shift, void
from sync.protocol import ValueEarned
from tests.till.shop import SCARF
from tests.till.test_checkout import facts, sold
from tests.till.test_refund import elsewhere_sold, returning, taken


def in_doubt(counter: Any, state: ChainState = ChainState.SUSPECT) -> None:
    counter.till.ledger.believe(state, "behind_witness")
    assert counter.till.suspect


@pytest.fixture(params=["SUSPECT", "ROLLED_BACK"])
def state(request: pytest.FixtureRequest) -> ChainState:
    return ChainState[request.param]


@pytest.mark.parametrize("connected", [True, False])
def test_sales_are_not_taken_back_and_nothing_is_undone(counter, state, connected):
    till = counter.till
    counter.swap("ben")
    own, there = sold(till, SCARF).sale, elsewhere_sold(counter, sold(till, SCARF).sale)
    assert void.may_undo(till, own)
    counter.line.connected = connected
    in_doubt(counter, state)
    assert not void.may_undo(till, own)
    for act in (
        lambda: void.void_sale(till, own.id, "mistake"),
        lambda: taken(till, own, 1),
        lambda: taken(till, there, 1),
    ):
        with pytest.raises(Refused, match="chain_in_doubt"):
            act()
    back = returning(till, there, 1)
    assert not refund.must_ask(till, back)
    assert refund.standing(till, back, refund.figures_of(till, back))[1].doubtful


def test_no_right_is_asked_for_spent_or_given_and_no_goods_are_promised(counter, state):
    till = counter.till
    in_doubt(counter, state)
    for act in (
        lambda: rights.grant(till, "credit", "c-1", 100),
        lambda: rights.hold(till, "points", "c-1", 100),
        lambda: rights.spendable(till, "any", ("grant",)),
        lambda: reserving.reserve(till, "1", ((SCARF, 1_000),)),
        lambda: reserving.step(till, "0197a1c2", "COLLECTED"),
    ):
        with pytest.raises(Refused, match="rights_not_now"):
            act()


def test_it_sells_lets_points_be_earned_and_closes(counter, state):
    till = counter.till
    in_doubt(counter, state)
    done = sold(till, SCARF)
    with till.ledger.transaction() as tx:
        rights.earn(till, tx, "points", "c-1", 20, of=done.sale.id)
    (earned,) = facts(till, ValueEarned)
    assert earned.right == "", "no right to spend them comes with it"
    assert till.ledger.held_rights() == []
    counter.swap("mia")
    found = till.ledger.shift_totals(till.need_shift().shift_id).expected()
    assert shift.close_shift(till, found, None, "").z.sales == 1


def test_when_the_hub_has_looked_it_is_as_ever(counter):
    till = counter.till
    counter.swap("ben")
    own = sold(till, SCARF).sale
    in_doubt(counter)
    till.ledger.believe(ChainState.HEALTHY)
    assert taken(till, own, 1).refund.sale == own.id
