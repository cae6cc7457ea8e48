"""One suite for every way to a printer: what `hardware.devices.Printer` promises, kept by each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.devices import Outcome, Printer, PrinterStatus
from hardware.drawers.on_printer import PrinterDrawer
from hardware.printers.conversation import Patience
from hardware.printers.device_file import DeviceFilePrinter
from hardware.printers.network import NetworkPrinter
from hardware.printers.serial_line import SerialPrinter
from pos_app.domain.errors import Unavailable, Uncertain
from tests.hardware.served import OnNetwork, OnTerminal, Served

pytestmark = pytest.mark.slow

HURRY = Patience(answer_s=0.6, confirm_s=0.8, held_s=30.0, quiet_s=0.05, lock_s=2.0)
START = b"\x1b@\x1c."
JOB = START + b"first receipt\n" + b"more of it\n" * 30 + b"\x1dV\x01"
NEXT = START + b"second receipt\n\x1dV\x01"


class Rig:
    """A printer that can be broken, and the driver for it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.served: Served = OnNetwork() if kind == "tcp" else OnTerminal()
        self.served.start()
        self.printer = self.driver()

    def driver(self) -> Printer:
        if isinstance(self.served, OnNetwork):
            return NetworkPrinter("127.0.0.1", self.served.port, patience=HURRY)
        assert isinstance(self.served, OnTerminal)
        if self.kind == "serial":
            return SerialPrinter(self.served.path, baud=9600, patience=HURRY)
        return DeviceFilePrinter(Path(self.served.path), patience=HURRY)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.served.paper.printed if one.kind == "text"]

    def close(self) -> None:
        self.printer.close()
        self.served.stop()


@pytest.fixture(params=["tcp", "serial", "file"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made = Rig(request.param)
    yield made
    made.close()


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(Unavailable) as told:
        call()
    return told.value.code


def doubted(call: Callable[[], object]) -> object:
    with pytest.raises(Uncertain) as told:
        call()
    assert told.value.code == "print_unknown"
    return told.value.facts["status"]


def test_a_job_is_on_paper_when_send_returns(rig):
    assert rig.printer.outcome() is Outcome.NOT_PRINTED
    rig.printer.send(JOB)
    assert rig.printer.outcome() is Outcome.PRINTED
    assert rig.texts == ["first receipt"] + ["more of it"] * 30
    rig.printer.send(NEXT)
    assert rig.texts[-1] == "second receipt"
    assert rig.served.paper.unknown == []


def test_the_state_is_what_the_printer_says(rig):
    assert rig.printer.status() is PrinterStatus.READY
    rig.served.paper.paper_low = True
    assert rig.printer.status() is PrinterStatus.PAPER_LOW
    rig.printer.send(JOB)
    rig.served.paper.cover_open = True
    assert rig.printer.status() is PrinterStatus.COVER_OPEN
    rig.served.paper.cover_open, rig.served.paper.paper_out = False, True
    assert rig.printer.status() is PrinterStatus.PAPER_OUT
    assert rig.printer.outcome() is Outcome.PRINTED, "asking the state forgets no outcome"


def test_without_paper_nothing_is_sent(rig):
    rig.served.paper.paper_out = True
    assert refused(lambda: rig.printer.send(JOB)) == "printer_paper_out"
    assert rig.printer.outcome() is Outcome.NOT_PRINTED
    rig.served.refill()
    rig.printer.send(NEXT)
    assert rig.texts == ["second receipt"]


def test_with_the_cover_open_nothing_is_sent(rig):
    rig.served.paper.cover_open = True
    assert refused(lambda: rig.printer.send(JOB)) == "printer_cover_open"
    rig.served.refill()
    rig.printer.send(JOB)
    assert rig.texts[0] == "first receipt"


def test_a_printer_that_is_not_there(rig):
    rig.served.unplug()
    assert refused(lambda: rig.printer.send(JOB)) == "printer_offline"
    assert rig.printer.outcome() is Outcome.NOT_PRINTED
    assert rig.printer.status() is PrinterStatus.OFFLINE
    assert refused(lambda: rig.printer.command(b"\x1bp\x00\x32\x64")) == "printer_offline"


def test_what_was_printed_stays_printed_when_the_printer_goes(rig):
    rig.printer.send(JOB)
    rig.served.unplug()
    assert rig.printer.status() is PrinterStatus.OFFLINE
    assert refused(lambda: rig.printer.command(b"\x1bp\x00\x32\x64")) == "printer_offline"
    assert rig.printer.outcome() is Outcome.PRINTED


def test_a_printer_that_says_nothing_gets_no_job(rig):
    rig.served.silent = True
    assert refused(lambda: rig.printer.send(JOB)) == "printer_silent"
    assert rig.printer.status() is PrinterStatus.UNKNOWN
    assert rig.texts == []


def test_what_answers_nonsense_is_no_printer(rig):
    rig.served.garbled = True
    assert refused(lambda: rig.printer.send(JOB)) == "printer_garbled"
    assert rig.printer.status() is PrinterStatus.UNKNOWN
    assert rig.texts == []


def test_nonsense_in_the_place_of_a_confirmation_confirms_nothing(rig):
    rig.printer.send(NEXT)
    rig.served.empty_after = len(JOB)  # it has printed all and is stopped before the question
    with pytest.raises(Uncertain):
        rig.printer.send(JOB)
    rig.served.garbled = True
    rig.served.refill()
    assert rig.printer.outcome() is Outcome.UNKNOWN


def test_paper_runs_out_in_the_middle_and_comes_back(rig):
    rig.served.empty_after = 60
    assert doubted(lambda: rig.printer.send(JOB)) == "paper_out"
    assert rig.printer.outcome() is Outcome.HELD
    assert rig.printer.status() is PrinterStatus.PAPER_OUT
    assert refused(lambda: rig.printer.send(NEXT)) == "printer_busy"
    rig.served.refill()
    assert rig.printer.outcome() is Outcome.PRINTED
    rig.printer.send(NEXT)
    assert rig.texts.count("first receipt") == rig.texts.count("second receipt") == 1


def test_a_printer_whose_buffer_is_full_is_given_the_rest_later(rig):
    if rig.kind == "tcp":
        pytest.skip("the network's own buffers hold more than a receipt")
    long = START + b"a long line of a long receipt\n" * 3_000 + b"\x1dV\x01"
    rig.served.deaf_when_stopped = True
    rig.served.empty_after = 2_000
    assert doubted(lambda: rig.printer.send(long)) == "offline"
    assert rig.printer.outcome() is Outcome.HELD
    rig.served.refill()
    while rig.printer.outcome() is Outcome.HELD:
        assert not rig.served.paper.stopped
    assert rig.printer.outcome() is Outcome.PRINTED
    assert rig.texts == ["a long line of a long receipt"] * 3_000, "each byte once"


def test_pulled_in_the_middle_of_a_job(rig):
    rig.served.pull_after = 70
    assert doubted(lambda: rig.printer.send(JOB)) == "offline"
    assert rig.printer.outcome() is Outcome.UNKNOWN
    if rig.kind == "tcp":
        rig.printer.send(NEXT)
        assert rig.texts[-1] == "second receipt"
    else:
        assert refused(lambda: rig.printer.send(NEXT)) == "printer_offline"


def test_the_answer_to_a_job_in_doubt_is_not_taken_for_the_next_ones(rig):
    """A till is killed while the printer holds a job; on its next start the paper is back."""
    rig.served.empty_after = len(JOB) - 10
    with pytest.raises(Uncertain):
        rig.printer.send(JOB)
    rig.printer.close()
    again = rig.driver()
    rig.served.paper.resting = True
    rig.served.refill()
    rig.served.empty_after = len(NEXT) + 3  # what is asked before it, too
    with pytest.raises(Uncertain):
        again.send(NEXT)
    assert again.outcome() is Outcome.HELD
    rig.served.refill()
    assert again.outcome() is Outcome.PRINTED
    again.close()
    assert [text for text in rig.texts if "receipt" in text] == ["first receipt", "second receipt"]


def test_a_printer_that_knows_no_confirmation_is_believed_by_its_state(rig):
    rig.served.paper.confirms = False
    rig.printer.send(JOB)
    assert rig.printer.outcome() is Outcome.PRINTED
    rig.printer.send(JOB)
    assert bytes(rig.served.came).count(b"\x1dr\x01") == 1, "it is asked once, not for each job"
    rig.served.empty_after = 40
    assert doubted(lambda: rig.printer.send(JOB)) == "paper_out"
    assert rig.printer.outcome() is Outcome.HELD
    rig.served.refill()
    assert rig.printer.outcome() is Outcome.PRINTED


def test_a_confirmation_that_never_comes_ends_in_doubt(rig):
    rig.printer.send(NEXT)
    rig.served.paper.confirms = False
    assert doubted(lambda: rig.printer.send(JOB)) == "ready"
    while rig.printer.outcome() is Outcome.HELD:
        assert rig.printer.status() is PrinterStatus.READY
    assert rig.printer.outcome() is Outcome.UNKNOWN


def test_the_drawer_opens_through_the_printer(rig):
    PrinterDrawer(rig.printer).open()
    assert rig.served.seen(lambda paper: paper.pulses == [2])
    PrinterDrawer(rig.printer, pin=5).open()
    assert rig.served.seen(lambda paper: paper.pulses == [2, 5])


def test_the_drawer_opens_while_the_printer_waits_for_paper(rig):
    rig.served.empty_after = 60
    with pytest.raises(Uncertain):
        rig.printer.send(JOB)
    PrinterDrawer(rig.printer).open()
    assert rig.served.seen(lambda paper: paper.pulses == [2])
    rig.served.refill()
    assert rig.printer.outcome() is Outcome.PRINTED
    assert rig.served.paper.unknown == []


def test_two_at_once_print_one_after_the_other(rig):
    threads = [threading.Thread(target=rig.printer.send, args=(job,)) for job in (JOB, NEXT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    first = rig.texts.index("first receipt")
    assert rig.texts[first + 1 : first + 31] == ["more of it"] * 30
    assert rig.texts.count("second receipt") == 1


def test_automatic_status_is_no_confirmation(rig):
    """Four bytes sent unasked, three of which look like a confirmation."""
    rig.printer.send(NEXT)
    rig.served.paper.confirms = False
    rig.served.paper.instead = b"\x10\x00\x00\x00"
    assert doubted(lambda: rig.printer.send(JOB)) == "ready"
