"""Customers' orders at a till: found, picked, put on the shelf, kept, called off, put back."""

from __future__ import annotations

import pytest

from pos_app.domain.errors import PosError, Refused
from pos_app.domain.staff import Role
from pos_app.store.projections import differences
from pos_app.till import Till, pickup
from pos_app.till.permission import Approval
from tests.till.orders import CODE, line, row, tell
from tests.till.shop import APPLES, CODES, COFFEE, SCARF, WINE


@pytest.fixture
def counter(opened):
    counter = opened()
    counter.swap("ben")
    return counter


@pytest.fixture
def till(counter) -> Till:
    return counter.till


def names(orders) -> list[str]:
    return [order.row.name for order in orders]


def picked(order) -> list[int]:
    return [each.picked for each in order.row.lines]


def test_orders_to_pick_stand_by_their_deadline_and_ready_ones_by_shelf(till: Till) -> None:
    tell(
        till,
        row(1, promised="2026-11-25T12:00:00.000Z"),
        row(2, promised="2026-11-25T11:00:00.000Z"),
        row(3, state="READY", shelf="B3"),
        row(4, state="READY", shelf="A1"),
        row(5, state="COLLECTED"),
        row(6, promised=""),
    )
    assert names(pickup.page(till, pickup.TO_PICK)) == ["W-2", "W-1", "W-6"]
    assert names(pickup.page(till, pickup.READY)) == ["W-4", "W-3"]
    assert names(pickup.page(till, pickup.DONE)) == ["W-5"]
    assert pickup.counts(till) == pickup.Counts(3, 2, 1)
    assert names(pickup.page(till, pickup.TO_PICK, limit=1)) == ["W-2"]


@pytest.mark.parametrize(
    "text",
    ["W-10482", "w-10482", "10482", "res-10482", "ord-10482", CODE, "k7q 2xp", "lena", "4567"],
)
def test_an_order_is_found_by_what_people_say(till: Till, text: str) -> None:
    other = row(7, customer="Karl", phone="+43 1 999 8888", code="", code_end="")
    tell(till, row(), other)
    assert names(pickup.find(till, text)) == ["W-10482"]


def test_the_highest_version_holds_in_whatever_order_they_come(till: Till) -> None:
    tell(till, row(version=5, state="READY"))
    tell(till, row(version=4, state="PICKING"))
    assert pickup.get(till, "res-10482").row.state == "READY"
    tell(till, row(version=6, state="COLLECTED"))
    assert pickup.get(till, "res-10482").handed


def test_n_scans_pick_n_pieces_and_one_more_makes_it_ready(till: Till) -> None:
    tell(till, row())
    first = pickup.pick(till, "res-10482", CODES[SCARF])
    assert (first.qty, first.line.picked, first.order.row.state) == (1_000, 1_000, "PICKING")
    assert first.order.row.picker_name == "Ben"
    pickup.pick(till, "res-10482", CODES[COFFEE])
    with pytest.raises(Refused) as told:
        pickup.mark_ready(till, "res-10482", "B3")
    assert (told.value.code, told.value.facts["left"]) == ("left_to_pick", 1)
    last = pickup.pick(till, "res-10482", CODES[SCARF])
    assert picked(last.order) == [2_000, 1_000]
    ready = pickup.mark_ready(till, "res-10482", "B3", bags=2)
    assert (ready.row.state, ready.row.shelf, ready.row.bags, ready.row.packed_by) == (
        *("READY", "B3", 2, "Ben"),
    )
    assert pickup.counts(till) == pickup.Counts(0, 1, 0)
    assert names(pickup.page(till, pickup.READY)) == ["W-10482"]
    assert ready.waits
    assert differences(till.ledger.connection) == []
    assert till.own_moves() == {}, "what lies on the shelf has not left the store"


def test_a_wrong_piece_and_one_too_many_are_refused_and_nothing_is_written(till: Till) -> None:
    tell(till, row())
    head = till.ledger.head()
    with pytest.raises(Refused) as told:
        pickup.pick(till, "res-10482", CODES[WINE])
    assert (told.value.code, told.value.facts["name"]) == ("not_in_order", "Red wine")
    assert told.value.facts["wanted"] == "Wool scarf Navy"
    with pytest.raises(Refused, match="more_than_ordered"):
        pickup.pick(till, "res-10482", CODES[SCARF], 3_000)
    assert till.ledger.head() == head
    pickup.pick(till, "res-10482", CODES[COFFEE])
    with pytest.raises(Refused, match="enough_picked"):
        pickup.pick(till, "res-10482", CODES[COFFEE])


def test_nothing_counts_twice_once_the_hub_has_told_of_it(till: Till) -> None:
    tell(till, row(lines=(line(1, SCARF, 4_000),)))
    pickup.pick(till, "res-10482", CODES[SCARF])
    pickup.pick(till, "res-10482", CODES[SCARF])
    seq = till.ledger.head().seq
    told = row(
        version=2, state="PICKING", picker="ben", lines=(line(1, SCARF, 4_000, picked=2_000),)
    )
    tell(till, told, reflected=seq)
    order = pickup.get(till, "res-10482")
    assert (picked(order), order.waits) == ([2_000], False)
    pickup.pick(till, "res-10482", CODES[SCARF])
    assert picked(pickup.get(till, "res-10482")) == [3_000]


def test_what_another_person_picks_is_refused_until_it_is_taken_over(counter) -> None:
    till = counter.till
    tell(till, row(state="PICKING", picker="mia", picker_name="Mia", picker_till="1"))
    with pytest.raises(Refused) as told:
        pickup.pick(till, "res-10482", CODES[SCARF])
    assert told.value.code == "order_with_somebody"
    assert (told.value.facts["who"], told.value.facts["till"]) == ("Mia", "1")
    with pytest.raises(Refused, match="order_with_somebody"):
        pickup.start(till, "res-10482")
    taken = pickup.take_over(till, "res-10482")
    assert (taken.row.picker, taken.row.picker_till) == ("ben", "2")
    pickup.pick(till, "res-10482", CODES[SCARF])
    counter.swap("ana")
    with pytest.raises(Refused, match="order_with_somebody"):
        pickup.pick(till, "res-10482", CODES[SCARF])


def test_two_tills_that_did_not_hear_each_other_lose_nothing(till: Till) -> None:
    """The other till's picks come by the feed while this one's are not there yet."""
    tell(till, row(lines=(line(1, SCARF, 2_000), line(2, COFFEE))))
    pickup.pick(till, "res-10482", CODES[SCARF])
    lines = (line(1, SCARF, 2_000, picked=1_000), line(2, COFFEE, picked=1_000))
    tell(till, row(version=3, state="PICKING", picker="mia", picker_till="1", lines=lines))
    assert picked(pickup.get(till, "res-10482")) == [2_000, 1_000]


def test_by_hand_with_a_reason_and_back_again(till: Till) -> None:
    tell(till, row())
    with pytest.raises(Refused, match="reason_missing"):
        pickup.pick_by_hand(till, "res-10482", "l1", reason=" ")
    done = pickup.pick_by_hand(till, "res-10482", "l1", reason="No label on it")
    assert picked(done.order) == [2_000, 0]
    back = pickup.unpick(till, "res-10482", "l1", 1_000)
    assert picked(back) == [1_000, 0]
    assert picked(pickup.unpick(till, "res-10482", "l1")) == [0, 0]
    with pytest.raises(Refused, match="nothing_picked"):
        pickup.unpick(till, "res-10482", "l1")


def test_weighed_goods_are_all_of_it_within_a_tenth(till: Till) -> None:
    apples = line(1, APPLES, 500, title="Apples")
    tell(till, row(lines=(apples,)), row(2, lines=(apples,)), row(3, lines=(apples,)))
    with pytest.raises(Refused, match="weight_needed"):
        pickup.pick(till, "res-10482", APPLES)
    assert picked(pickup.pick(till, "res-10482", APPLES, 482).order) == [500]
    assert till.ledger.steps_of("res-10482")[-1].handling.note == "0.482 kg"
    assert picked(pickup.pick(till, "res-2", APPLES, 300).order) == [300]
    with pytest.raises(Refused, match="more_than_ordered"):
        pickup.pick(till, "res-3", APPLES, 700)


def test_what_cannot_be_found_is_got_elsewhere_replaced_or_paid_back(counter) -> None:
    till = counter.till
    tell(till, row(), row(2, may_substitute=True))
    order = pickup.cannot_find(till, "res-10482", "l1", 1_000)
    assert [(each.short, each.picked) for each in order.row.lines] == [(1_000, 0), (0, 0)]
    with pytest.raises(Refused, match="substitute_not_agreed"):
        pickup.cannot_find(till, "res-10482", "l2", wish=pickup.SUBSTITUTE, instead=CODES[WINE])
    with pytest.raises(Refused, match="needs_manager"):
        pickup.cannot_find(till, "res-10482", "l2", wish=pickup.REFUND, reason="Sold out")
    agreed = Approval("mia", Role.MANAGER, pickup.SHORTEN, 0)
    pickup.cannot_find(
        till, "res-10482", "l2", wish=pickup.REFUND, reason="Sold out", approval=agreed
    )
    assert till.ledger.steps_of("res-10482")[-1].approver == "mia"
    swapped = pickup.cannot_find(till, "res-2", "l2", wish=pickup.SUBSTITUTE, instead=CODES[WINE])
    assert (swapped.row.lines[1].picked, swapped.row.lines[1].instead) == (1_000, WINE)
    with pytest.raises(Refused, match="substitute_same"):
        pickup.cannot_find(till, "res-2", "l1", wish=pickup.SUBSTITUTE, instead=CODES[SCARF])


def test_an_order_of_which_nothing_is_there_is_over(till: Till) -> None:
    tell(till, row(lines=(line(1),)))
    gone = pickup.cannot_find(till, "res-10482", "l1")
    assert gone.row.state == "SHORT"
    with pytest.raises(Refused, match="nothing_picked"):
        pickup.mark_ready(till, "res-10482", "B3")


def test_kept_longer_called_off_and_put_back(counter) -> None:
    till = counter.till
    lapsed = row(2, state="LAPSED", lines=(line(1, picked=1_000),))
    tell(till, row(state="READY", keep_until="2026-11-26T10:00:00.000Z"), lapsed)
    kept = pickup.keep_longer(till, "res-10482")
    assert kept.row.keep_until == "2026-11-28T10:00:00.000Z"
    with pytest.raises(Refused, match="order_still_waits"):
        pickup.restock(till, "res-10482")
    assert pickup.restock(till, "res-2").row.state == "RESTOCKED"
    assert till.ledger.steps_of("res-2")[-1].lines == ((SCARF, 1_000),)
    with pytest.raises(Refused, match="reason_missing"):
        pickup.cancel(till, "res-10482", reason="")
    agreed = Approval("mia", Role.MANAGER, pickup.CANCEL, 0)
    done = pickup.cancel(till, "res-10482", reason="Broken", approval=agreed)
    assert done.row.state == "CANCELLED"
    with pytest.raises(Refused, match="order_is_over"):
        pickup.keep_longer(till, "res-10482")
    tell(till, row(3))
    counter.line.connected = False
    with pytest.raises(PosError, match="needs_hub"):
        pickup.cancel(till, "res-3", reason="Broken", approval=agreed)


def test_a_parcel_leaves_with_its_carrier_and_the_stock_knows(till: Till) -> None:
    tell(till, row(way="ship", lines=(line(1, picked=1_000),), state="READY"), row(2))
    with pytest.raises(Refused, match="order_is_fetched"):
        pickup.send(till, "res-2", "Post")
    with pytest.raises(Refused, match="carrier_missing"):
        pickup.send(till, "res-10482", "")
    sent = pickup.send(till, "res-10482", "Post", "AT123")
    assert (sent.row.state, sent.row.tracking) == ("COLLECTED", "AT123")
    assert till.own_moves() == {SCARF: -1_000}
    assert differences(till.ledger.connection) == []


def test_slip_and_label_are_printed(counter) -> None:
    till = counter.till
    tell(till, row(lines=(line(1, walk=9, place="Aisle 5"), line(2, COFFEE, walk=2))))
    pickup.print_slip(till, "res-10482")
    pickup.print_label(till, "res-10482")
    kinds = []
    while (ending := till.printing.run_once()) is not None:
        kinds.append((ending.kind, ending.state))
    assert kinds == [("pick_slip", "printed"), ("bag_label", "printed")]


def test_whoever_may_not_pick_does_not(counter) -> None:
    tell(counter.till, row())
    counter.swap("hq")
    with pytest.raises(Refused, match="not_allowed"):
        pickup.pick(counter.till, "res-10482", CODES[SCARF])


def test_own_work_is_never_out_of_sight_while_the_hub_hears_of_it(till: Till) -> None:
    """Rows and the word that they contain our entries come one after the other, in either order."""
    tell(till, row(lines=(line(1, SCARF, 2_000),)))
    pickup.pick(till, "res-10482", CODES[SCARF])
    pickup.pick(till, "res-10482", CODES[SCARF])
    upto = till.ledger.head().seq
    whole = (line(1, SCARF, 2_000, picked=2_000),)
    tell(till, row(version=2, state="PICKING", picker="ben", picker_till="2", lines=whole))
    assert picked(pickup.get(till, "res-10482")) == [2_000], "the rows came first: cut, not doubled"
    assert pickup.get(till, "res-10482").waits
    tell(till, reflected=upto)
    order = pickup.get(till, "res-10482")
    assert (picked(order), order.waits) == ([2_000], False)


def test_what_the_hub_took_away_meanwhile_is_seen_beside_own_work(till: Till) -> None:
    tell(till, row())
    pickup.pick(till, "res-10482", CODES[SCARF])
    tell(till, row(version=2, state="CANCELLED"))
    order = pickup.get(till, "res-10482")
    assert order.row.state == "CANCELLED"
    with pytest.raises(Refused, match="order_is_over"):
        pickup.pick(till, "res-10482", CODES[SCARF])
