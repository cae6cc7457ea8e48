"""Paper is owed, never waited for: what the print queue does when the printer does not."""

from __future__ import annotations

import pytest

from hardware.simulator import Fault
from pos_app.domain.errors import Refused, Unavailable
from pos_app.till import drawer
from pos_app.till.printing import PAUSES_MS
from tests.till.test_checkout import sold


def states(counter):
    jobs = counter.till.ledger.print_jobs(("queued", "printing", "unknown", "printed", "cancelled"))
    return [job.state for job in jobs]


def drain(counter):
    endings = []
    while (ending := counter.till.printing.run_once()) is not None:
        endings.append(ending)
    return endings


def test_nothing_is_printed_or_opened_before_the_commit(counter, monkeypatch):
    from pos_app.store.ledger import Ledger

    seen = []

    def full(self, chain, last_id):
        seen.append((list(counter.printer.paper), counter.drawer.opened))
        self.roll_back(None)
        raise Unavailable("disk_full", file="ledger.sqlite")

    monkeypatch.setattr(Ledger, "commit", full)
    with pytest.raises(Unavailable, match="disk_full"):
        sold(counter.till)
    monkeypatch.undo()
    assert drain(counter) == []
    assert seen == [([], 0)]
    assert (counter.printer.paper, counter.drawer.opened) == ([], 0)


def test_a_receipt_is_printed_once_then_the_drawer_opens_once(counter):
    sold(counter.till)
    (ending,) = drain(counter)
    assert (ending.state, ending.doc_no, ending.error) == ("printed", "1-2-1.1", None)
    assert (len(counter.printer.paper), counter.drawer.opened) == (1, 1)
    assert drain(counter) == []


def test_a_card_sale_opens_no_drawer(counter):
    sold(counter.till, tender="card", reference="1")
    drain(counter)
    assert counter.drawer.opened == 0


@pytest.mark.parametrize("fault", [Fault.OFFLINE, Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.SILENT])
def test_a_printer_that_is_out_delays_no_sale_and_prints_all_of_it_later(counter, fault):
    counter.printer.fault = fault
    sold(counter.till)
    (ending,) = drain(counter)
    assert (ending.state, ending.error.code) == ("queued", f"printer_{fault}")
    assert counter.drawer.opened == 1, "the customer's change does not wait for paper"
    sold(counter.till)
    (ending,) = drain(counter)
    assert (ending.doc_no, ending.state) == ("1-2-1.2", "queued")
    assert counter.drawer.opened == 2, "nor does that of the next one, behind the first receipt"
    counter.printer.fault = Fault.NONE
    counter.clock.go(PAUSES_MS[1] / 1_000)
    assert [each.doc_no for each in drain(counter)] == ["1-2-1.1", "1-2-1.2"]
    assert len(counter.printer.paper) == 2
    assert counter.drawer.opened == 2


def test_a_person_need_not_wait_for_the_pause(counter):
    counter.printer.fault = Fault.OFFLINE
    sold(counter.till)
    drain(counter)
    counter.printer.fault = Fault.NONE
    assert drain(counter) == []
    counter.till.printing.retry_now()
    assert [each.state for each in drain(counter)] == ["printed"]


def test_pulled_in_the_middle_it_asks_and_never_prints_twice_silently(counter):
    counter.printer.pull_after = 100
    sold(counter.till)
    (ending,) = drain(counter)
    assert (ending.state, ending.error.code) == ("unknown", "print_unknown")
    counter.printer.fault = Fault.NONE
    counter.clock.go(3_600)
    assert drain(counter) == []
    (job,) = counter.till.printing.open_jobs()
    counter.till.printing.print_again(job.job_id)
    assert [each.state for each in drain(counter)] == ["printed"]
    (again,) = counter.printer.documents
    assert "MÖGLICHES DUPLIKAT" in str(again.to_dict())
    assert counter.drawer.opened == 1
    assert states(counter) == ["cancelled", "printed"]


def test_a_person_who_sees_the_paper_ends_the_doubt(counter):
    counter.printer.answer_lost = True
    sold(counter.till)
    drain(counter)
    (job,) = counter.till.printing.open_jobs()
    counter.till.printing.confirm(job.job_id)
    assert (states(counter), len(counter.printer.paper)) == (["printed"], 1)
    with pytest.raises(Refused, match="no_such_print_job"):
        counter.till.printing.print_again(job.job_id)


def test_paper_that_ends_in_the_middle_is_waited_for_not_sent_again(counter):
    counter.printer.empty_after = 50
    sold(counter.till)
    (ending,) = drain(counter)
    assert ending.state == "printing"
    sold(counter.till)
    assert [each.state for each in drain(counter)] == ["queued"]
    assert counter.drawer.opened == 2
    counter.clock.go(10)
    assert [each.state for each in drain(counter)] == ["printing"]
    counter.printer.fault = Fault.NONE
    counter.clock.go(60)
    assert [each.doc_no for each in drain(counter)] == ["1-2-1.1", "1-2-1.2"]
    assert (len(counter.printer.paper), counter.drawer.opened) == (2, 2)


def test_a_job_that_was_at_the_printer_when_the_program_died_is_unknown(counter, opened):
    sold(counter.till)
    assert counter.till.printing.take() is not None
    counter = opened()
    assert states(counter) == ["unknown"]
    assert drain(counter) == []


def test_a_receipt_of_an_earlier_run_prints_but_opens_no_drawer(counter, opened):
    sold(counter.till)
    counter = opened()
    assert [each.state for each in drain(counter)] == ["printed"]
    assert (len(counter.printer.paper), counter.drawer.opened) == (1, 0)


def test_a_stuck_drawer_is_told_and_the_receipt_is_printed(counter):
    counter.drawer.stuck = True
    sold(counter.till)
    (ending,) = drain(counter)
    assert (ending.state, ending.drawer.code) == ("printed", "drawer_unavailable")
    with pytest.raises(Unavailable, match="drawer_unavailable"):
        drawer.kick(counter.till)


def test_a_till_without_a_printer_says_so_once_and_still_opens_the_drawer(data):
    from hardware.devices import Devices
    from hardware.simulator import SimulatedDrawer
    from pos_app.till import sign_in
    from pos_app.till.shift import open_shift
    from tests.till.shop import PINS, open_shop

    box = SimulatedDrawer()
    till = open_shop(data, Devices(drawer=box))
    sign_in.sign_in(till, "ana", PINS["ana"])
    open_shift(till, 0)
    sold(till)
    ending = till.printing.run_once()
    assert (ending.state, ending.error.code, box.opened) == ("cancelled", "no_printer", 1)
    assert till.printing.run_once() is None
    till.close()


def test_a_job_nobody_wants_is_cancelled_and_the_sale_stays(counter):
    counter.printer.fault = Fault.OFFLINE
    done = sold(counter.till)
    drain(counter)
    counter.till.printing.cancel(done.job_id)
    assert counter.till.printing.open_jobs() == []
    assert counter.till.ledger.sale(done.sale.id) is not None
    with pytest.raises(Refused, match="no_such_print_job"):
        counter.till.printing.cancel(done.job_id)


def test_what_is_printed_later_says_the_store_as_it_was(counter):
    from tests.till.shop import store_row
    from tests.till.test_sign_in import hub_says

    done = sold(counter.till)
    hub_says(counter, ("store", [store_row(name="Renamed Ltd")]))
    job = counter.till.ledger.print_job(done.job_id)
    told = str(counter.till.printing.receipt_of(job).to_dict())
    assert "Holdfast & Söhne" in told
    assert "Renamed" not in told
    assert sold(counter.till).sale.doc_no in str(
        counter.till.printing.receipt_of(counter.till.printing.open_jobs()[1]).to_dict()
    )


def test_text_from_data_is_no_printer_command(counter):
    from pos_app.till import checkout

    till = counter.till
    basket, _ = checkout.add_custom(till, checkout.start(till), "Kick \x1bp\x00\x19\xfa me", 100)
    checkout.complete(till, basket, checkout.pay(till, basket, (), "card", None, "1"))
    drain(counter)
    assert b"\x1bp" not in counter.printer.paper[0]
