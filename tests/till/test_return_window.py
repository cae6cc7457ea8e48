"""How long goods may come back: the store's days, said on paper, and a manager's word after them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from pos_app import words
from pos_app.domain.errors import Refused
from pos_app.domain.returns import days_left, last_day
from pos_app.domain.staff import Policy
from pos_app.receipts.plain_text import as_text
from pos_app.till import papers, refund
from tests.till.shop import COFFEE, SCARF, policy_text
from tests.till.test_checkout import sold
from tests.till.test_refund import approved, returning, taken

DAY_S = 86_400


def printed(till: Any, sale: Any, *, gift: bool = False) -> str:
    position = papers.position_of(till, sale)
    order = (papers.gift_order if gift else papers.sale_order)(till, sale, position)
    return as_text(papers.receipt_of(till, papers.ordered(till, order)))


@pytest.mark.parametrize(
    ("sold_on", "today", "left"),
    [
        ("2026-11-25", "2026-11-25", 30),
        ("2026-11-25", "2026-12-25", 0),
        ("2026-11-25", "2026-12-29", -4),
        ("2028-02-15", "2028-03-16", 0),
    ],
)
def test_days_are_business_days_of_the_calendar(sold_on, today, left) -> None:
    assert days_left(sold_on, today, 30) == left


def test_the_last_day_is_that_many_days_later() -> None:
    assert last_day("2026-11-25", 30) == "2026-12-25"


def test_paper_says_until_when(counter) -> None:
    sale = sold(counter.till, SCARF).sale
    for gift in (False, True):
        text = " ".join(printed(counter.till, sale, gift=gift).split())
        assert words.date("2026-12-25", counter.till.store.locale) in text
        assert " 30 " in text


def test_within_the_days_nobody_is_asked(counter) -> None:
    sale = sold(counter.till, COFFEE).sale
    counter.clock.go(30 * DAY_S)
    back = returning(counter.till, sale)
    assert refund.days_left(counter.till, back) == 0
    assert refund.complete(counter.till, back).refund.approver == ""


def test_after_them_a_manager_has_to_allow_it(counter) -> None:
    till = counter.till
    sale = sold(till, COFFEE).sale
    counter.clock.go(34 * DAY_S)
    back = returning(till, sale)
    assert refund.days_left(till, back) == -4
    action, decision = refund.standing(till, back, refund.figures_of(till, back))
    assert (action, decision.allowed) == ("return_late", False)
    with pytest.raises(Refused, match="needs_manager") as asked:
        refund.complete(till, back)
    assert asked.value.facts["action"] == "return_late"
    with pytest.raises(Refused, match="approval_not_enough"):
        refund.complete(till, back, approval=approved(till, "mia", "refund", 0))
    word = approved(till, "mia", "return_late", 0)
    assert refund.complete(till, back, approval=word).refund.approver == "mia"


def test_one_word_covers_the_days_and_the_amount(counter) -> None:
    till = counter.till
    sale = sold(till, SCARF, SCARF, SCARF).sale
    assert sale.total > 5_000, "over what a cashier pays back alone"
    counter.clock.go(40 * DAY_S)
    word = approved(till, "mia", "return_late", 0)
    done = refund.complete(till, returning(till, sale), approval=word)
    assert done.refund.approver == "mia"


def test_a_manager_needs_nobody(counter) -> None:
    sale = sold(counter.till, COFFEE).sale
    counter.clock.go(40 * DAY_S)
    counter.swap("mia")
    assert taken(counter.till, sale).refund.approver == ""


def test_a_table_that_does_not_say_uses_the_shipped_days_and_0_is_for_ever() -> None:
    text = policy_text()
    shipped = Policy.parse(text, "EUR")
    assert shipped.return_days == 30
    before = Policy.parse(text.replace("[returns]\nwindow_days = 30\n", ""), "EUR")
    assert before.return_days is None
    assert before.with_rows_of(shipped).return_days == 30
    never = Policy.parse(text.replace("window_days = 30", "window_days = 0"), "EUR")
    assert never.with_rows_of(shipped).return_days == 0
    with pytest.raises(Refused, match="policy_unreadable"):
        Policy.parse(text.replace("window_days = 30", "window_days = -1"), "EUR")


def test_a_department_has_days_of_its_own(counter) -> None:
    """Lamps come back for a year, the rest for the store's days."""
    till = counter.till
    sale = sold(till, SCARF, COFFEE).sale
    lamp = msgspec.structs.replace(sale.lines[1], department="Lamps")
    told = msgspec.structs.replace(sale, lines=[sale.lines[0], lamp])
    back = returning(till, sale)
    back = replace(back, found=replace(back.found, sale=told))
    till.own = replace(
        till.own, policy=replace(till.own.policy, return_days_of={"Lamps": 365, "Food": 0})
    )
    assert [refund.days_left(till, back, line) for line in (1, 2)] == [30, 365]
    assert refund.days_left(till, back) == 30, "the soonest of what is chosen"
