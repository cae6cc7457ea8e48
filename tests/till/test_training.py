"""Training: everything works, nothing of it counts, and the real basket and shift wait as they are."""

from __future__ import annotations

import hashlib

import pytest

from pos_app.domain.errors import Refused
from pos_app.store.verify import verify_tail
from pos_app.till import checkout, drawer, lockout, papers, shift, sign_in, training
from sync.protocol import DrawerOpened, Overridden, Sale, TrainingBegan, TrainingEnded
from tests.till.shop import CODES, PINS, SCARF
from tests.till.test_checkout import facts


def begin(counter, who="mia", reason="New colleague"):
    till = counter.till
    agreed = sign_in.approve(till, who, PINS[who], training.ACTION, reason=reason)
    training.begin(till, reason, approval=agreed)
    return till


def sell(till, tender="cash"):
    basket, _ = checkout.scan(till, checkout.start(till), CODES[SCARF])
    checkout.keep(till, basket, ())
    return checkout.complete(till, basket, checkout.pay(till, basket, (), tender, None))


def test_a_day_of_training_leaves_the_till_as_it_was(counter):
    """Sales, a void basket, a shift of its own: the ledger's head, shift and basket do not move."""
    till = counter.till
    basket, _ = checkout.scan(till, checkout.start(till), CODES[SCARF])
    checkout.keep(till, basket, ())
    real_shift = till.shift
    begin(counter)
    head, nudges = till.guard.head(), counter.line.nudges
    assert till.training
    assert till.shift is None, "its shifts are its own"
    assert checkout.restored(till) is None
    shift.open_shift(till, 5_000)
    first, second = sell(till), sell(till, "card")
    assert first.sale.doc_no == "1-T2-1.1"
    assert second.sale.doc_no == "1-T2-1.2"
    counter.swap("ben")
    totals = shift.summary(till).expected()
    shift.close_shift(till, totals)
    assert till.guard.head() == head, "nothing of it is in the till's journal"
    assert counter.line.nudges == nudges, "and sync is told of nothing"
    assert till.guard_view.unsent_entries(till.acked()) == head.seq
    training.end(till)()
    assert (till.training, till.person) == (False, None)
    assert till.shift == real_shift
    assert checkout.restored(till)[0] == basket
    assert not facts(till, Sale)
    (began,) = facts(till, TrainingBegan)
    (ended,) = facts(till, TrainingEnded)
    assert (began.actor, began.approver, began.reason) == ("ana", "mia", "New colleague")
    assert (began.method, ended.reason) == ("pin", "left")
    assert ended.seq == began.seq + 1, "between them nothing"
    assert verify_tail(till.data, till.keys).code == 0


def test_the_bytes_of_the_ledger_do_not_change_while_training(counter):
    till = begin(counter)
    till.guard.checkpoint_when_idle()

    def digest():
        names = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.witness")
        paths = [till.data / name for name in names]
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.exists()]

    before = digest()
    shift.open_shift(till, 5_000)
    sell(till)
    assert digest() == before


def test_paper_says_training_and_the_drawer_stays_shut(counter):
    till = begin(counter)
    shift.open_shift(till, 5_000)
    sell(till)
    while till.printing.run_once() is not None:
        pass
    assert counter.drawer.opened == 0
    (job,) = till.ledger.print_jobs(("printed",))
    receipt = papers.receipt_of(till, papers.ordered(till, job.receipt))
    told = repr(receipt.blocks)
    assert told.count("SCHULUNG") >= 2
    assert "kein Beleg" in told
    assert "Qr(" not in told
    counter.swap("mia")
    drawer.open_drawer(till, "Change money")
    drawer.kick(till)
    assert counter.drawer.opened == 0
    assert not facts(till, DrawerOpened), "in the till's own journal"


def test_nobody_begins_it_alone_who_may_not_and_it_wants_a_reason(counter):
    till = counter.till
    with pytest.raises(Refused, match="reason_missing"):
        training.begin(till)
    with pytest.raises(Refused, match="needs_manager"):
        training.begin(till, "Practice")
    counter.swap("mia")
    training.begin(till, "Practice")
    assert till.training
    with pytest.raises(Refused, match="training_running"):
        training.begin(till, "Practice")
    training.end(till)()
    with pytest.raises(Refused, match="not_in_training"):
        training.end(till)
    (began,) = facts(till, TrainingBegan)
    assert (began.actor, began.approver, began.method) == ("mia", "", "")


def test_a_till_that_is_started_anew_sells_again(opened, counter):
    till = begin(counter)
    shift.open_shift(till, 5_000)
    sell(till)
    fresh = opened(clock=counter.clock)
    assert not fresh.till.training
    assert fresh.till.shift is not None, "the real one"
    (ended,) = facts(fresh.till, TrainingEnded)
    assert ended.reason == "restarted"
    fresh.swap("ana")
    begin(fresh)
    assert fresh.till.shift.number == 1, "and the exercise goes on where it was"
    assert sell(fresh.till).sale.doc_no == "1-T2-1.2"
    assert not opened(clock=counter.clock).till.ledger.reference("training")


def test_training_gives_nobody_more_guesses(counter):
    till = begin(counter)
    for _ in range(3):
        with pytest.raises(Refused):
            sign_in.sign_in(till, "mia", "000000")
    training.end(till)()
    assert till.ledger.tries("mia")[0] == 3
    assert lockout.guesses(till, "mia") == 3


def test_consents_in_training_are_no_overrides(counter):
    till = begin(counter)
    before = len(facts(till, Overridden))
    sign_in.approve(till, "mia", PINS["mia"], "discount", 2_000, reason="damaged")
    assert len(facts(till, Overridden)) == before


def test_it_does_not_begin_while_something_is_being_printed(counter):
    till = counter.till
    sell(till)
    assert till.printing.take() is not None
    with pytest.raises(Refused, match="training_busy"):
        begin(counter)
    assert not till.training


def test_new_people_and_prices_reach_a_till_in_training_and_stay(counter):
    from tests.till.shop import staff_rows
    from tests.till.test_sign_in import hub_says

    till = begin(counter)
    hub_says(counter, ("staff", staff_rows(ben="7301")))
    assert sign_in.sign_in(till, "ben", "7301")
    training.end(till)()
    assert sign_in.sign_in(till, "ben", "7301")
