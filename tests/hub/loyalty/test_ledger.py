"""Points of sales at the hub: worked out again, kept, told of; never spent twice, taken back exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pos_app.domain.errors import Refused
from pos_app.till import points, refund, rights, void
from sync.hub import right_check
from sync.hub.loyalty import checking, ledger
from tests.hub.loyalty.club import MIRA, Club, asked, basket, offline, sold
from tests.till.shop import COFFEE, SCARF


@pytest.fixture
def club(new_hub: Path, tmp_path: Path) -> Iterator[Club]:
    found = Club(new_hub, tmp_path)
    yield found
    try:
        assert right_check.differences(found.hub) == []
    finally:
        found.close()


def rich(club: Club, amount: int = 1_240) -> None:
    with club.hub.transaction():
        ledger.move(club.hub, MIRA, amount, reason="adjusted", now=club.now, actor="hq")


def test_what_a_till_earned_is_in_the_ledger_with_what_it_was_for(club: Club) -> None:
    till = club.tills[0].till
    sale = sold(till, basket(till, club.mira(), SCARF, COFFEE))
    club.deliver()
    (one,) = ledger.statement(club.hub, MIRA)
    assert (one.points, one.reason, one.about) == (27, "earned", sale.id)
    assert club.exceptions() == []
    assert (club.standing().points, club.standing().tier, club.standing().to_next) == (
        27,
        "basic",
        973,
    )
    assert club.mira().points == 27


def test_points_redeemed_offline_are_settled_and_refused_on_a_second_till(club: Club) -> None:
    rich(club)
    first, second = club.tills
    open_basket = basket(first.till, club.mira(), SCARF)
    asked(first, open_basket)
    offline(first)
    sale = sold(first.till, points.use(first.till, open_basket))
    other = basket(second.till, club.mira(), SCARF)
    ask_id = asked(second, other)
    with pytest.raises(Refused, match="points_changed"):
        points.use(second.till, other)
    assert ask_id
    club.deliver()
    assert club.standing().points == 1_240 - 1_200 + sale.points.earned
    assert club.exceptions() == []
    assert [each.points for each in ledger.statement(club.hub, MIRA)] == [1_240, -1_200, 7]


def test_a_sale_that_says_too_many_points_is_told_of_with_how_many(club: Club) -> None:
    pos = club.tills[0]
    club.programme_at_till = replace(pos.till.loyalty.now, points=3)  # type: ignore[attr-defined]
    pos.till.loyalty.now = club.programme_at_till  # type: ignore[attr-defined]
    sold(pos.till, basket(pos.till, club.mira(), SCARF))
    club.deliver()
    ((kind, amount, detail),) = club.exceptions()
    assert (kind, amount) == ("points_differ", 59 - 19)
    assert detail.startswith(f"points {MIRA}: 59 earned, should be 19")


def test_a_reward_that_its_points_do_not_give_is_told_of(club: Club) -> None:
    rich(club)
    pos = club.tills[0]
    open_basket = basket(pos.till, club.mira(), SCARF)
    asked(pos, open_basket)
    used = points.use(pos.till, open_basket)
    cheap = replace(used, rewards=(replace(used.rewards[0], points=100),))
    from pos_app.till import checkout

    real = pos.till.loyalty.now
    lax = replace(real, rewards=(replace(real.rewards[0], value=1_200), real.rewards[1]))
    pos.till.loyalty._pinned[cheap.basket_id] = lax
    checkout.keep(pos.till, cheap)
    sold(pos.till, cheap)
    club.deliver()
    ((kind, _, detail),) = club.exceptions()
    assert kind == "points_differ"
    assert "euro: 1200 for 100, should be 100" in detail


def test_points_that_did_not_move_as_the_sale_says_are_seen_later(club: Club) -> None:
    rich(club)
    pos = club.tills[0]
    open_basket = basket(pos.till, club.mira(), SCARF)
    asked(pos, open_basket)
    used = points.use(pos.till, open_basket)
    free = replace(used, rewards=(replace(used.rewards[0], account="somebody-else"),))
    sold_free = _sold_without_burn(pos.till, free)
    club.deliver()
    assert club.exceptions() == []
    club.hub_clock.go(3_600)
    with club.hub.transaction():
        assert checking.unmoved(club.hub, club.now) == 1
        assert checking.unmoved(club.hub, club.now) == 0
    ((kind, amount, detail),) = club.exceptions()
    assert (kind, amount) == ("points_differ", 1_200)
    assert sold_free.points.spent == 1_200
    assert "7 moved, the document says -1193" in detail


def _sold_without_burn(till: Any, what: Any) -> Any:
    """A till whose program forgot to spend: what the hub has to notice."""
    own = points._burn
    points._burn = lambda *_: None
    try:
        return sold(till, what)
    finally:
        points._burn = own


@pytest.mark.parametrize("parts", [(3_000,), (1_000, 1_000, 1_000)])
def test_a_return_in_parts_is_zero_in_the_ledger(club: Club, parts: tuple[int, ...]) -> None:
    rich(club)
    pos = club.tills[0]
    open_basket = basket(pos.till, club.mira(), SCARF, SCARF, SCARF)
    asked(pos, open_basket)
    sale = sold(pos.till, points.use(pos.till, open_basket))
    club.deliver()
    for qty in parts:
        back = refund.begin(pos.till, refund.find(pos.till, sale.doc_no))
        refund.complete(pos.till, refund.choose(back, 1, qty, "faulty"))
    club.deliver()
    assert club.standing().points == 1_240
    club.hub_clock.go(3_600)
    with club.hub.transaction():
        assert checking.unmoved(club.hub, club.now) == 0
    assert club.exceptions() == []


def test_a_return_of_points_that_were_spent_is_a_debt_with_an_amount(club: Club) -> None:
    pos = club.tills[0]
    sale = sold(pos.till, basket(pos.till, club.mira(), *[SCARF] * 6))
    club.deliver()
    other = basket(pos.till, club.mira(), COFFEE)
    asked(pos, other)
    sold(pos.till, points.use(pos.till, other))
    club.deliver()
    void.void_sale(pos.till, sale.id, "all of it came back")
    club.deliver()
    ((kind, amount, _),) = club.exceptions()
    assert (kind, amount) == ("value_debt", 119 - (119 - 100) - 6)
    assert club.standing().points == 0


def test_self_grants_of_offline_sales_are_everybodys_once_the_hub_has_them(club: Club) -> None:
    pos = club.tills[0]
    offline(pos)
    sold(pos.till, basket(pos.till, club.mira(), *[SCARF] * 6))
    offline(pos, on=False)
    club.deliver()
    second = club.tills[1]
    assert club.standing().points == 119
    other = basket(second.till, club.mira(), COFFEE)
    ask_id = asked(second, other)
    assert second.till.ledger.question(ask_id).status == 200
    assert points.granted(second.till, MIRA) == 0, "held for the till that earned them"
    own = [each for each in pos.till.ledger.held_rights() if each.form == rights.SELF]
    rights.release(pos.till, own[0].right_id, "booked")
    club.deliver()
    again = points.look(second.till, other)
    asked(second, replace(again, customer=club.mira()))
    assert points.granted(second.till, MIRA) == 119


def test_what_the_hub_keeps_of_a_statement_is_bytes_of_journal(club: Club) -> None:
    rich(club, 300)
    (one,) = ledger.statement(club.hub, MIRA)
    body = club.rows(f"SELECT body FROM event WHERE id = '{one.fact}'")[0][0]
    told = msgspec.json.decode(bytes(body))
    assert (told["type"], told["account"], told["reason"]) == ("value_earned", MIRA, "adjusted")


def test_a_tier_that_was_never_reached_is_told_of(club: Club) -> None:
    pos = club.tills[0]
    gold = replace(club.mira(), tier="gold")
    sold(pos.till, basket(pos.till, gold, SCARF))
    club.deliver()
    ((kind, amount, detail),) = club.exceptions()
    assert (kind, amount) == ("points_differ", 0)
    assert "tier gold: 0 points were ever earned" in detail
