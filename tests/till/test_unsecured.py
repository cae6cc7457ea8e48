"""E5: what may be spent offline without a right is what the policy says, and marked; shipped: nothing."""

from __future__ import annotations

from typing import Any

import pytest

from pos_app.domain.errors import Refused
from pos_app.store.doubt import ChainState
from pos_app.store.replica import ReplicaWriter
from pos_app.till import sign_in, unsecured
from sync.protocol import RightUsed
from tests.till.shop import PINS, policy_text, signed_policy
from tests.till.test_checkout import facts
from tests.till.test_policy_bundle import hub_says

NUMBERS = {"r_event": 200, "r_account_device": 300, "r_device_episode": 450}


def allowed(counter: Any, kind: str = "points") -> None:
    """The hub's limits say so from now on, and then it is gone."""
    before, _, rest = policy_text().partition(f"[unsecured.{kind}]\n")
    for name, number in NUMBERS.items():
        rest = rest.replace(f"{name} = 0", f"{name} = {number}", 1)
    text = f"{before}[unsecured.{kind}]\n{rest}"
    hub_says(counter, ("policy", [signed_policy(2, text)]))
    assert counter.till.policy_refused == ""
    counter.line.connected = False
    counter.swap("mia")


def spend(till: Any, account: str, amount: int, kind: str = "points", **more: Any) -> RightUsed:
    with till.ledger.transaction() as tx:
        return unsecured.spend(till, tx, kind, account, amount, **more)


@pytest.mark.parametrize("kind", ["points", "credit", "card"])
def test_as_it_is_shipped_nothing_is_spent_without_a_right(counter, kind):
    counter.line.connected = False
    counter.swap("mia")
    assert unsecured.left(counter.till, kind, "c-1") == 0
    with pytest.raises(Refused, match="unsecured_too_much"):
        spend(counter.till, "c-1", 1, kind)
    assert facts(counter.till, RightUsed) == []


def test_each_limit_holds_and_each_burn_says_what_it_is(counter):
    till = counter.till
    allowed(counter)
    fact = spend(till, "c-1", 200, of="s-1")
    assert (fact.unsecured, fact.right, fact.of, fact.amount) == (True, "", "s-1", 200)
    with pytest.raises(Refused, match="unsecured_too_much") as told:
        spend(till, "c-1", 101)
    assert told.value.facts["left"] == 100, "of one account"
    spend(till, "c-1", 100)
    assert unsecured.left(till, "points", "c-1") == 0
    assert unsecured.left(till, "points", "c-2") == 150, "of all, until the hub has heard of it"
    with pytest.raises(Refused, match="unsecured_too_much"):
        spend(till, "c-2", 151)
    spend(till, "c-2", 150)
    assert unsecured.left(till, "points", "c-3") == 0
    assert sum(fact.amount for fact in facts(till, RightUsed)) == 450


def test_what_the_hub_has_heard_of_counts_for_its_account_only(counter):
    till = counter.till
    allowed(counter)
    for account, amount in (("c-1", 200), ("c-2", 200), ("c-3", 50)):
        spend(till, account, amount)
    assert unsecured.left(till, "points", "c-4") == 0
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        writer.set_ack(till.ledger.head(), "", "2026-11-25T10:00:00.000Z")
    till.catalogue.reopen()
    assert unsecured.left(till, "points", "c-4") == 200
    assert unsecured.left(till, "points", "c-1") == 100


def test_minor_units_are_counted_in_the_stores_currency(counter):
    allowed(counter, "credit")
    assert unsecured.left(counter.till, "credit", "c-1") == 20_000


def test_never_while_the_hub_answers_nor_on_a_till_in_doubt(counter):
    till = counter.till
    allowed(counter)
    counter.line.connected = True
    with pytest.raises(Refused, match="rights_not_now"):
        spend(till, "c-1", 1)
    counter.line.connected = False
    till.ledger.believe(ChainState.SUSPECT, "behind_witness")
    with pytest.raises(Refused, match="rights_not_now"):
        spend(till, "c-1", 1)


def test_a_manager_answers_for_it(counter):
    till = counter.till
    allowed(counter)
    counter.swap("ana")
    with pytest.raises(Refused, match="needs_manager"):
        spend(till, "c-1", 50)
    agreed = sign_in.approve(till, "mia", PINS["mia"], unsecured.ACTION, 0)
    assert spend(till, "c-1", 50, approval=agreed).approver == "mia"
