from __future__ import annotations

from dataclasses import replace

import pytest

from pos_app.domain.errors import Refused
from pos_app.store.replica import ReplicaWriter
from pos_app.till import lockout, sign_in
from sync.protocol import SignedIn, SignInRefused
from tests.till.shop import PINS, HandClock, feed, staff_rows
from tests.till.test_checkout import facts


def wrong(till, who="ana", pin="9999"):
    with pytest.raises(Refused) as told:
        sign_in.sign_in(till, who, pin)
    return told.value


def test_the_right_pin_puts_a_person_at_the_till_and_is_journalled(opened):
    till = opened().till
    assert [each.staff_id for each in sign_in.people(till)] == ["ana", "ben", "hq", "mia", "pia"]
    assert sign_in.sign_in(till, "ana", PINS["ana"]).name == "Ana"
    (fact,) = facts(till, SignedIn)
    assert (fact.actor, fact.shift, fact.biz_date) == ("ana", "", "2026-11-25")
    assert "1111" not in repr(fact)


def test_five_wrong_pins_make_one_wait_and_each_further_one_twice_as_long(opened):
    counter = opened()
    till, clock = counter.till, counter.clock
    assert [wrong(till).facts for _ in range(4)] == [{"left": n} for n in (4, 3, 2, 1)]
    waits = []
    for _ in range(5):
        told = wrong(till)
        waits.append(told.facts.get("wait_s", told.code))
        if told.code == "pin_wait":
            assert wrong(till, pin=PINS["ana"]).code == "pin_wait", "the right PIN waits too"
            clock.go(told.facts["wait_s"])
    assert waits == [30, 60, 120, 240, 480]
    assert lockout.wait_s(till, "ana") == 0
    assert wrong(till).code == "pin_locked"
    clock.go(86_400)
    assert wrong(till, pin=PINS["ana"]).code == "pin_locked"
    refused = facts(till, SignInRefused)
    assert {fact.staff for fact in refused} == {"ana"}
    assert max(fact.tries for fact in refused) == 10


def test_others_sign_in_while_one_is_locked(opened):
    till = opened().till
    for _ in range(5):
        wrong(till)
    assert sign_in.sign_in(till, "ben", PINS["ben"])


def test_a_restart_gives_no_further_tries_and_begins_the_wait_anew(opened):
    counter = opened()
    for _ in range(5):
        wrong(counter.till)
    counter.clock.go(29)
    counter = opened(clock=HandClock(moment=counter.clock.moment, ms=5, boot="boot-2"))
    assert lockout.wait_s(counter.till, "ana") == 30
    assert wrong(counter.till, pin=PINS["ana"]).code == "pin_wait"
    counter.clock.go(30)
    assert sign_in.sign_in(counter.till, "ana", PINS["ana"])
    assert counter.till.ledger.tries("ana") == (0, "")


def test_the_try_is_counted_before_the_pin_is_checked(opened, monkeypatch):
    """Whoever pulls the plug during the check has used up the try."""
    till = opened().till

    def pulled(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sign_in, "_fits", pulled)
    with pytest.raises(KeyboardInterrupt):
        sign_in.sign_in(till, "ana", PINS["ana"])
    assert opened().till.ledger.tries("ana")[0] == 1


@pytest.mark.parametrize(
    "pin", ["", "1111 ", "\uff11" * 4, "1" * 13, "4006381333931", "' OR 1=1 --"]
)
def test_what_is_no_pin_is_a_wrong_pin(opened, pin):
    assert wrong(opened().till, pin=pin).code == "pin_wrong"


def test_unknown_and_deactivated_people_are_refused(opened, data):
    counter = opened()
    assert wrong(counter.till, "zoe").code == "staff_unknown"
    rows = [each for each in staff_rows() if each.staff_id == "ana"]
    gone = [type(each)(each.staff_id, each.name, each.role, each.pin, False) for each in rows]
    hub_says(counter, ("staff", gone))
    assert wrong(counter.till, "ana", PINS["ana"]).code == "staff_unknown"


def hub_says(counter, *changes):
    till = counter.till
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        _, pos = writer.cursors()["store:1"]
        writer.apply(feed("store:1", pos, *changes))
    assert till.hear({"op": "changed", "kinds": [kind for kind, _ in changes]})


def test_a_pin_reset_by_the_hub_unlocks(opened):
    counter = opened()
    for _ in range(5):
        wrong(counter.till)
    hub_says(counter, ("staff", staff_rows(ana="7777")))
    assert sign_in.sign_in(counter.till, "ana", "7777")


def test_a_manager_unlocks_and_nobody_else(opened):
    counter = opened()
    till = counter.till
    for _ in range(10):
        wrong(till)
        counter.clock.go(1_000)
    assert wrong(till).code == "pin_locked"
    with pytest.raises(Refused, match="approval_not_enough"):
        sign_in.approve(till, "ben", PINS["ben"], sign_in.UNLOCK)
    for _ in range(4):
        wrong(till, "mia", "000000")
    agreed = sign_in.approve(till, "mia", PINS["mia"], sign_in.UNLOCK)
    with pytest.raises(Refused, match="approver_is_actor"):
        sign_in.unlock(till, "mia", agreed)
    with pytest.raises(Refused, match="approval_not_enough"):
        sign_in.unlock(till, "ana", replace(agreed, action="discount"))
    sign_in.unlock(till, "ana", agreed)
    assert sign_in.sign_in(till, "ana", PINS["ana"])


def test_nobody_approves_their_own_action_and_wrong_pins_count(counter):
    till = counter.till
    with pytest.raises(Refused, match="approver_is_actor"):
        sign_in.approve(till, "ana", PINS["ana"], "discount", 2_000)
    with pytest.raises(Refused, match="pin_wrong"):
        sign_in.approve(till, "mia", "0000", "discount", 2_000)
    assert till.ledger.tries("mia")[0] == 1
    assert sign_in.approve(till, "mia", PINS["mia"], "discount", 2_000).staff_id == "mia"
    assert till.ledger.tries("mia")[0] == 0


def test_a_policy_nobody_can_read_leaves_the_old_one_in_force(counter):
    from sync.protocol import PolicyRow

    hub_says(
        counter,
        ("policy", [PolicyRow(2, "cashier = 'everything'")]),
        ("staff", staff_rows(ben="9")),
    )
    assert counter.till.policy.version == 1
    assert sign_in.sign_in(counter.till, "ben", "9")
