"""What needs attention, at the till: told by the hub, decided here, overlaid until the hub says so."""

from __future__ import annotations

import msgspec
import pytest

from pos_app.domain.errors import Refused
from pos_app.domain.exceptions import KINDS, Way
from pos_app.domain.staff import Role
from pos_app.receipts.shift_slips import z_receipt
from pos_app.store.exception_rows import KIND
from pos_app.store.keys import Keys
from pos_app.store.replica import ReplicaWriter
from pos_app.till import exceptions
from pos_app.till.permission import Approval
from pos_app.till.shift import close_shift
from pos_app.words import exception_ways as ways
from pos_app.words import exceptions as words
from sync.protocol import (
    Evidence,
    ExceptionResolved,
    ExceptionRow,
    FeedRow,
    PullReply,
    ReflectedRow,
)
from tests.till.shop import HUB_TIME

T = "2026-11-25T{}:00.000Z"


def case(name: str = "a", kind: str = "over_return", amount: int = 1_995, **more) -> ExceptionRow:
    told = {
        "state": "open",
        "opened": T.format("09:00"),
        "due": T.format("21:00"),
        "till": "1",
        "evidence": (Evidence("f1", "refunded", "1-1-1.7", "1", "1", T.format("08:55"), "ana"),),
    }
    told |= {"id": name, "no": 7, "kind": kind, "amount": amount, "currency": "EUR"}
    return ExceptionRow(**(told | more))


def tell(counter, *rows, reflected: int = 0) -> None:
    """Rows as the feed brings them, and up to where the hub's rows contain this till's own."""
    till = counter.till
    with ReplicaWriter.open(till.data, Keys.load(till.data).db_key) as writer:
        feed, after = writer.cursors()["store:1"]
        found = [(KIND, list(rows))]
        if reflected:
            found.append(("reflected", [ReflectedRow(till.identity.device, 1, reflected)]))
        told = [
            FeedRow(after + place, kind, msgspec.Raw(msgspec.json.encode(each)))
            for place, (kind, each) in enumerate(found, 1)
        ]
        writer.apply(PullReply("store:1", feed, after, after + len(told), False, HUB_TIME, told))


def ids(counter) -> list[str]:
    return [each.row.id for each in exceptions.cases(counter.till) if each.waiting]


def test_the_most_urgent_comes_first_and_what_is_settled_last(counter) -> None:
    tell(
        counter,
        case("later", due=T.format("23:00")),
        case("dear", amount=9_000),
        case("cheap", amount=-100),
        case("done", state="resolved", resolution="write_off", resolved=T.format("09:30")),
        case("first", due=T.format("10:00")),
    )
    found = [each.row.id for each in exceptions.cases(counter.till)]
    assert found == ["first", "dear", "cheap", "later", "done"]


def test_a_decision_counts_here_before_the_hub_has_said_so(counter) -> None:
    counter.swap("mia")
    tell(counter, case("a"), case("b", due=T.format("20:00")))
    exceptions.assign(counter.till, "a", "mia")
    (taken,) = [each for each in exceptions.cases(counter.till) if each.row.id == "a"]
    assert (taken.state, taken.owner, taken.unsent) == ("assigned", "mia", True)
    position = exceptions.settle(counter.till, "a", Way.CUSTOMER_DEBT, "asked")
    assert ids(counter) == ["b"]
    fact = counter.till.view.decisions((1, position.seq - 1))[0]
    assert isinstance(fact, ExceptionResolved)
    assert (fact.exception, fact.resolution, fact.amount, fact.actor, fact.reason) == (
        *("a", "customer_debt", 1_995, "mia"),
        "asked",
    )
    with pytest.raises(Refused, match="exception_settled"):
        exceptions.settle(counter.till, "a", Way.WRITE_OFF)
    # The hub has heard of it, and somebody else's decision was there before.
    other = case(
        *("a",), state="resolved", resolution="write_off", resolved=T.format("09:59"), owner="hq"
    )
    tell(counter, other)  # told of that before it heard of ours
    (held,) = [each for each in exceptions.cases(counter.till) if each.row.id == "a"]
    assert (held.resolution, held.unsent) == ("write_off", False)
    tell(counter, other, reflected=position.seq)
    (held,) = [each for each in exceptions.cases(counter.till) if each.row.id == "a"]
    assert (held.resolution, held.unsent) == ("write_off", False)


def test_what_the_hub_reflects_without_having_taken_it_waits_again(counter) -> None:
    """A decision that had no effect there is not pretended to have had one."""
    counter.swap("mia")
    tell(counter, case("a"))
    position = exceptions.settle(counter.till, "a", Way.WRITE_OFF)
    assert ids(counter) == []
    tell(counter, case("a"), reflected=position.seq)
    assert ids(counter) == ["a"]


def test_nobody_settles_what_they_did_and_a_cashier_sees_none(counter) -> None:
    tell(counter, case("a"))
    assert not exceptions.may_look(counter.till)
    with pytest.raises(Refused, match="exception_own"):
        exceptions.settle(counter.till, "a", Way.WRITE_OFF)
    counter.swap("pia")
    with pytest.raises(Refused, match="not_allowed"):
        exceptions.settle(counter.till, "a", Way.WRITE_OFF)
    with pytest.raises(Refused, match="not_allowed"):
        exceptions.assign(counter.till, "a", "pia")


def test_a_senior_needs_a_managers_word_and_a_manager_head_offices_above_a_limit(counter) -> None:
    tell(counter, case("a"), case("dear", amount=150_000))
    counter.swap("ben")
    assert exceptions.may_look(counter.till)
    with pytest.raises(Refused, match="needs_manager"):
        exceptions.settle(counter.till, "a", Way.WRITE_OFF)
    agreed = Approval("mia", Role.MANAGER, "settle_exception", 1_995, "badge")
    position = exceptions.settle(counter.till, "a", Way.WRITE_OFF, approval=agreed)
    fact = counter.till.view.decisions((1, position.seq - 1))[0]
    assert (fact.actor, fact.approver, fact.method) == ("ben", "mia", "badge")
    counter.swap("mia")
    with pytest.raises(Refused, match="needs_manager"):
        exceptions.settle(counter.till, "dear", Way.CUSTOMER_DEBT)


def test_what_was_paid_out_above_the_limit_is_borne_by_two_people(counter) -> None:
    """The second is no cashier, not the one who decides, and not who paid it out."""
    tell(counter, case("small", amount=10_000), case("a", amount=10_001))
    counter.swap("mia")
    exceptions.settle(counter.till, "small", Way.WRITE_OFF)
    with pytest.raises(Refused, match="reason_missing"):
        exceptions.settle(counter.till, "a", Way.WRITE_OFF)
    with pytest.raises(Refused, match="needs_manager"):
        exceptions.settle(counter.till, "a", Way.WRITE_OFF, "both had goods")
    for staff, code in (("mia", "approval_not_enough"), ("ana", "exception_own")):
        agreed = Approval(staff, Role.MANAGER, "settle_paid_out", 10_001, "badge")
        with pytest.raises(Refused, match=code):
            exceptions.settle(counter.till, "a", Way.WRITE_OFF, "both", approval=agreed)
    agreed = Approval("hq", Role.HQ, "settle_paid_out", 10_001, "badge")
    position = exceptions.settle(counter.till, "a", Way.WRITE_OFF, "both", approval=agreed)
    fact = counter.till.view.decisions((1, position.seq - 1))[0]
    assert (fact.actor, fact.approver, fact.resolution) == ("mia", "hq", "write_off")


def test_put_off_it_comes_after_the_rest_until_its_time(counter) -> None:
    counter.swap("mia")
    tell(counter, case("a"), case("b", due=T.format("22:00")))
    assert ids(counter) == ["a", "b"]
    exceptions.assign(counter.till, "a", "mia", T.format("23:00"))
    found = exceptions.cases(counter.till)
    assert [(each.row.id, each.later) for each in found] == [("b", ""), ("a", T.format("23:00"))]
    assert found[1].waiting
    assert found[1].owner == "mia"


@pytest.mark.parametrize(("way", "code"), [("", "way_unknown"), ("forget", "way_unknown")])
def test_a_way_that_is_none_is_refused(counter, way, code) -> None:
    counter.swap("mia")
    tell(counter, case("a"))
    with pytest.raises(Refused, match=code):
        exceptions.settle(counter.till, "a", way)
    with pytest.raises(Refused, match="exception_unknown"):
        exceptions.settle(counter.till, "nothing", Way.WRITE_OFF)
    with pytest.raises(Refused, match="staff_unknown"):
        exceptions.assign(counter.till, "a", "nobody")


def test_settled_ones_go_after_a_fortnight(counter) -> None:
    old = case("old", state="resolved", resolution="write_off", resolved="2026-11-01T09:00:00.000Z")
    tell(counter, old, case("new"))
    tell(counter, case("newer"))
    assert sorted(each.row.id for each in exceptions.cases(counter.till)) == ["new", "newer"]


def test_a_z_says_what_waits_of_this_till_and_no_other(counter) -> None:
    counter.swap("mia")
    own = counter.till.identity.till
    tell(
        counter,
        case("a", till=own),
        case("b", till=own, amount=-500, kind="variance"),
        case("other", till="9", amount=70),
        case("aside", till=own, kind="quarantine", amount=321),
        case("done", till=own, state="settled", resolved=T.format("09:30")),
    )
    exceptions.settle(counter.till, "b", Way.RECOUNT)
    z = close_shift(counter.till, {"cash": 20_000}).z
    assert (z.exceptions, z.exceptions_total) == (1, 1_995)
    assert (z.set_aside, z.set_aside_total) == (1, 321)
    assert z.exceptions_as_of == counter.till.catalogue.as_of
    told = str(z_receipt(z, counter.till.store, "en", cashier="Mia"))
    for line in ("To be settled by a person", "Put aside at head office", "As known at"):
        assert line in told


def test_training_knows_no_cases(counter) -> None:
    from pos_app.till import training

    counter.swap("mia")
    tell(counter, case("a"))
    training.begin(counter.till, "Practice")
    assert exceptions.cases(counter.till) == []
    assert not exceptions.may_look(counter.till)


def test_every_kind_has_words_and_each_of_its_ways_too() -> None:
    assert set(words.KINDS) == set(KINDS)
    for kind in KINDS.values():
        said = words.of_kind(kind.name)
        assert all(said)
        buttons = [ways.of_way(kind.name, way).button for way in kind.ways]
        assert len(set(buttons)) == len(buttons)
        for way in kind.ways:
            assert all(ways.of_way(kind.name, way))
            assert all(ways.of_changes(way))
    assert words.of_kind("of tomorrow") == words.of_kind("of the day after")
