"""An order goes over the counter: by its pass, its code or its name; paid, to be paid, in part."""

from __future__ import annotations

import pytest

from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.staff import Role
from pos_app.store.replica import ReplicaWriter
from pos_app.till import (
    hand_over,
    pickup,
    shift,
    training,
)
from pos_app.till.permission import Approval
from tests.till.orders import CODE, begun, line, passed, printed, ready, row, tell, whole
from tests.till.shop import COFFEE, SCARF, WINE, signed_policy


@pytest.fixture
def counter(opened):
    counter = opened()
    counter.swap("ben")
    shift.open_shift(counter.till, 10_000)
    return counter


@pytest.fixture
def till(counter):
    return counter.till


# --- whose is it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "proof"),
    [("pass", "qr"), (CODE, "code"), ("k7q 2xp", "code"), ("W-10482", "name"), ("10482", "name")],
)
def test_a_pass_a_code_and_a_name_are_read(till, text: str, proof: str) -> None:
    tell(till, ready())
    seen = hand_over.read_code(till, passed() if text == "pass" else text)
    assert (seen.order.reservation, seen.proof, seen.order.row.shelf) == ("res-10482", proof, "B3")


def test_a_pass_is_enough_where_the_order_never_came(counter) -> None:
    till = counter.till
    counter.line.connected = False
    seen = hand_over.read_code(till, passed())
    assert seen.order.passed
    assert [(each.title, each.picked) for each in seen.order.row.lines] == [
        ("Wool scarf", 2_000),
        ("Coffee 500 g", 1_000),
    ]
    done = hand_over.hand_over(till, begun(till, proof=seen.proof))
    assert done.order.handed
    assert till.own_moves() == {SCARF: -2_000, COFFEE: -1_000}
    with pytest.raises(Refused, match="order_handed_over"):
        hand_over.read_code(till, passed())
    whole(till)


def test_an_order_known_by_its_pass_is_remembered_after_the_hub_heard_of_it(opened) -> None:
    counter = opened()
    counter.swap("ben")
    till = counter.till
    hand_over.read_code(till, passed())
    hand_over.hand_over(till, begun(till))
    tell(till, reflected=till.ledger.head().seq)
    counter = opened()
    counter.swap("ben")
    with pytest.raises(Refused, match="order_handed_over"):
        hand_over.read_code(counter.till, passed())


@pytest.mark.parametrize(
    ("changes", "code", "fact"),
    [
        ({"store": "9"}, "order_elsewhere", ("store", "9")),
        ({"exp": "2026-11-25T07:00:00.000Z"}, "pass_expired", ("name", "W-10482")),
        ({"exp": "never"}, "pass_not_genuine", None),
    ],
)
def test_a_pass_for_elsewhere_or_too_old_is_refused(till, changes, code, fact) -> None:
    with pytest.raises(Refused) as told:
        hand_over.read_code(till, passed(**changes))
    assert told.value.code == code
    if fact:
        assert told.value.facts[fact[0]] == fact[1]


def test_a_pass_somebody_made_is_refused(till) -> None:
    good = passed()
    head, _body, sign = good.split(".")
    with pytest.raises(Refused, match="pass_not_genuine"):
        hand_over.read_code(till, f"{head}.{passed(due=1).split('.')[1]}.{sign}")
    assert hand_over.is_code(good)
    assert not hand_over.is_code("4006381333931")


def test_what_is_not_known_here_is_said_so(till) -> None:
    for text in ("W-77777", "ABC234"):
        with pytest.raises(Refused, match="order_unknown"):
            hand_over.read_code(till, text)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("COLLECTED", "order_handed_over"),
        ("CANCELLED", "order_cancelled"),
        ("CANCELLING", "order_cancelled"),
        ("RESTOCKED", "order_put_back"),
    ],
)
def test_what_is_over_is_not_handed_over(till, state: str, code: str) -> None:
    tell(till, ready(state=state))
    for text in (passed(), CODE, "W-10482"):
        with pytest.raises(Refused, match=code):
            hand_over.read_code(till, text)
    with pytest.raises(Refused, match=code):
        begun(till)


# --- paid already ----------------------------------------------------------------------------


def test_a_paid_order_is_one_fact_and_moves_the_stock(counter) -> None:
    till = counter.till
    tell(till, ready())
    before = till.ledger.head().seq
    done = hand_over.hand_over(till, begun(till))
    assert till.ledger.head().seq == before + 1
    fact = done.fact
    assert (fact.step, fact.lines) == ("COLLECTED", ((SCARF, 2_000), (COFFEE, 1_000)))
    assert (fact.handling.proof, fact.handling.id_seen, fact.sale) == ("qr", True, "")
    assert pickup.counts(till) == pickup.Counts(0, 0, 1)
    assert till.printing.run_once().kind == "handed"
    with pytest.raises(Refused, match="order_handed_over"):
        begun(till)
    tell(till, ready(version=2), reflected=till.ledger.head().seq - 1)
    with pytest.raises(Refused, match="order_handed_over"):
        begun(till)
    whole(till)


def test_a_second_tap_hands_nothing_over_twice(till) -> None:
    tell(till, ready())
    handing = begun(till)
    hand_over.hand_over(till, handing)
    with pytest.raises(Refused, match="order_handed_over"):
        hand_over.hand_over(till, handing)


def test_some_of_it_now_and_the_rest_later(till) -> None:
    tell(till, ready())
    part = begun(till, lines={"l1": 1_000})
    assert not part.whole
    done = hand_over.hand_over(till, part)
    assert (done.order.row.state, done.order.to_hand) == ("PARTLY", 2_000)
    with pytest.raises(Refused, match="more_than_picked"):
        begun(till, lines={"l1": 2_000})
    last = hand_over.hand_over(till, begun(till))
    assert last.order.handed
    assert last.fact.lines == ((SCARF, 1_000), (COFFEE, 1_000))
    assert till.own_moves() == {SCARF: -2_000, COFFEE: -1_000}
    whole(till)


def test_the_one_instead_is_what_leaves_the_store(till) -> None:
    lines = (line(1, SCARF, picked=1_000, instead=WINE),)
    tell(till, ready(lines=lines))
    fact = hand_over.hand_over(till, begun(till)).fact
    assert fact.lines == ((WINE, 1_000),)
    assert fact.handling.instead == ((SCARF, WINE, 1_000),)
    assert till.own_moves() == {WINE: -1_000}


def test_an_early_customer_waits_until_it_is_picked_or_the_bag_is_there(till) -> None:
    tell(till, row())
    with pytest.raises(Refused, match="order_not_ready"):
        begun(till)
    done = hand_over.hand_over(till, begun(till, bag_here=True))
    assert done.fact.lines == ((SCARF, 2_000), (COFFEE, 1_000))
    assert done.order.handed


def test_a_late_customer_still_gets_it(till) -> None:
    tell(till, ready(state="LAPSED"))
    assert hand_over.hand_over(till, begun(till)).order.handed


# --- who is here -----------------------------------------------------------------------------


def test_an_id_is_looked_at_above_the_limit_for_others_and_without_a_code(till) -> None:
    tell(till, ready(total=10_000), ready(2, total=10_001))
    assert not hand_over.needs_id(till, hand_over.begin(till, "res-10482"))
    dear = hand_over.begin(till, "res-2")
    assert hand_over.needs_id(till, dear)
    with pytest.raises(Refused, match="id_not_seen"):
        hand_over.hand_over(till, dear)
    other = hand_over.begin(till, "res-10482", collector="named")
    with pytest.raises(Refused, match="id_not_seen"):
        hand_over.hand_over(till, other)
    fact = hand_over.hand_over(till, begun(till, collector="other")).fact
    assert (fact.handling.collector, fact.handling.id_seen) == ("other", True)


def test_without_a_code_somebody_agrees_and_says_why(till) -> None:
    tell(till, ready())
    with pytest.raises(Refused, match="reason_missing"):
        begun(till, proof="name")
    with pytest.raises(Refused, match="needs_manager"):
        begun(till, proof="name", reason="Phone is empty")
    agreed = Approval("mia", Role.MANAGER, hand_over.WITHOUT_CODE, 0)
    handing = begun(till, proof="name", reason="Phone is empty", approval=agreed)
    fact = hand_over.hand_over(till, handing).fact
    assert (fact.approver, fact.handling.reason) == ("mia", "Phone is empty")


def test_a_till_in_doubt_hands_nothing_over(till) -> None:
    from pos_app.store.doubt import ChainState

    tell(till, ready())
    handing = begun(till)
    till.ledger.believe(ChainState.SUSPECT, "restored")
    with pytest.raises(Refused, match="chain_in_doubt"):
        hand_over.hand_over(till, handing)
    with pytest.raises(Refused, match="chain_in_doubt"):
        begun(till)


def test_a_list_of_days_ago_is_not_believed_without_the_hub_a_pass_is(counter) -> None:
    till = counter.till
    tell(till, ready())
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        writer.set_state("last_contact", "2026-11-24T09:00:00.000Z")
    begun(till, proof="code")
    counter.line.connected = False
    with pytest.raises(Unavailable, match="order_list_old"):
        begun(till, proof="code")
    assert hand_over.hand_over(till, begun(till)).order.handed


def test_an_exercise_hands_nothing_over(counter) -> None:
    till = counter.till
    tell(till, ready())
    training.begin(till, "Learning", approval=Approval("mia", Role.MANAGER, training.ACTION, 0))
    hand_over.hand_over(till, begun(till))
    assert "SCHULUNG" in printed(counter.till)
    with pytest.raises(Refused, match="order_handed_over"):
        begun(till)
    training.end(till)()
    assert pickup.get(till, "res-10482").row.state == "READY"


def test_the_limit_is_the_policys(opened) -> None:
    counter = opened()
    assert counter.till.policy.id_above == 10_000
    assert signed_policy().text.count("id_above") == 1
