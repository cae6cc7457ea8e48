"""Printers that say nothing: a directory, a pipe, a network printer known to be mute; and a simulated one."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from hardware.connect import connect, simulated
from hardware.devices import Outcome, PrinterStatus
from hardware.printers.conversation import Patience
from hardware.printers.device_file import DeviceFilePrinter
from hardware.printers.network import NetworkPrinter
from hardware.simulator import Fault
from pos_app.domain.errors import Unavailable, Uncertain
from pos_app.domain.receipt import Pair, Qr, Receipt, Text
from pos_app.receipts.escpos import encode
from pos_app.receipts.profile import load_profile
from tests.hardware.served import OnNetwork

JOB = b"\x1b@\x1c.a receipt\n\x1dV\x01"
PAPER = Receipt((Text("Hello"), Pair("Total", "€5.00"), Qr("HF1")), title="1-1-1.1")


def test_a_directory_gets_three_files_a_receipt(tmp_path):
    printer = connect(data=tmp_path, printer="dir:receipts").printer
    data = encode(PAPER, load_profile("generic-80"))
    printer.send(data, document=PAPER)
    printer.send(data, document=PAPER)
    folder = tmp_path / "receipts"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"00000{n}.{end}" for n in (1, 2) for end in ("bin", "png", "txt")]
    assert (folder / "000001.bin").read_bytes() == data
    assert "€5.00" in (folder / "000001.txt").read_text(encoding="utf-8")
    assert (folder / "000001.png").read_bytes().startswith(b"\x89PNG")
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert printer.outcome() is Outcome.PRINTED
    assert printer.status() is PrinterStatus.READY


def test_two_tills_share_a_directory_and_lose_nothing(tmp_path):
    printers = [connect(data=tmp_path, printer="dir").printer for _ in range(4)]

    def ten(printer):
        for _ in range(10):
            printer.send(JOB)

    threads = [threading.Thread(target=ten, args=(printer,)) for printer in printers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list((tmp_path / "receipts").glob("*.bin"))) == 40
    assert not list((tmp_path / "receipts").glob("*.taken"))


def test_a_number_printed_under_after_the_look_is_not_taken_again(tmp_path, monkeypatch):
    first, second = (connect(data=tmp_path, printer="dir").printer for _ in range(2))
    first.send(JOB)
    monkeypatch.setattr(Path, "iterdir", lambda _folder: iter(()))  # it looked before that
    second.send(JOB)
    names = sorted(path.name for path in (tmp_path / "receipts").glob("*"))
    assert [name for name in names if name.endswith(".bin")] == ["000001.bin", "000002.bin"]
    assert not [name for name in names if name.endswith(".taken")]


def test_a_directory_that_takes_no_files(tmp_path):
    (tmp_path / "receipts").write_text("a file in its place")
    printer = connect(data=tmp_path, printer="dir:receipts").printer
    with pytest.raises(Unavailable) as told:
        printer.send(JOB)
    assert told.value.code == "printer_offline"
    assert printer.outcome() is Outcome.NOT_PRINTED
    assert printer.status() is PrinterStatus.OFFLINE


def test_a_mute_network_printer_has_a_job_when_it_is_handed_over():
    served = OnNetwork()
    served.silent = True
    served.start()
    printer = NetworkPrinter("127.0.0.1", served.port, answers=False)
    printer.send(JOB)
    assert printer.outcome() is Outcome.PRINTED
    assert printer.status() is PrinterStatus.UNKNOWN, "never shown as ready"
    assert served.seen(lambda paper: "a receipt" in paper.text)
    assert bytes(served.came) == JOB, "no question is put to it"
    served.stop()


def test_a_pipe_without_a_printer_behind_it_and_with_one(tmp_path):
    path = tmp_path / "lp0"
    os.mkfifo(path)
    printer = DeviceFilePrinter(path, answers=False, patience=Patience(answer_s=0.2))
    with pytest.raises(Unavailable) as told:
        printer.send(JOB)
    assert told.value.code == "printer_offline"
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    printer.send(JOB)
    assert os.read(reader, 1000) == JOB
    with pytest.raises((Unavailable, Uncertain)):
        printer.send(JOB * 50_000)  # more than a pipe holds
    os.close(reader)
    printer.close()


def test_an_ordinary_file_is_no_printer(tmp_path):
    path = tmp_path / "important.txt"
    path.write_text("keep me")
    printer = DeviceFilePrinter(path)
    with pytest.raises(Unavailable):
        printer.send(JOB)
    assert path.read_text() == "keep me"


def test_a_simulated_printer_keeps_the_same_promises():
    devices, printer, drawer, scanner = simulated()
    printer.send(JOB, document=PAPER)
    assert printer.outcome() is Outcome.PRINTED
    assert printer.documents == [PAPER]
    for fault, code in (
        (Fault.PAPER_OUT, "printer_paper_out"),
        (Fault.COVER_OPEN, "printer_cover_open"),
        (Fault.OFFLINE, "printer_offline"),
        (Fault.SILENT, "printer_silent"),
    ):
        printer.fault = fault
        with pytest.raises(Unavailable) as told:
            printer.send(JOB)
        assert told.value.code == code
        assert printer.outcome() is Outcome.NOT_PRINTED
    printer.fault = Fault.NONE
    printer.empty_after = 5
    with pytest.raises(Uncertain):
        printer.send(JOB)
    assert printer.outcome() is Outcome.HELD
    with pytest.raises(Unavailable) as told:
        printer.send(JOB)
    assert told.value.code == "printer_busy"
    printer.fault = Fault.NONE
    assert printer.outcome() is Outcome.PRINTED
    assert printer.paper == [JOB, JOB]
    printer.pull_after = 4
    with pytest.raises(Uncertain):
        printer.send(JOB)
    assert (printer.outcome(), printer.torn) == (Outcome.UNKNOWN, [JOB[:4]])
    assert printer.status() is PrinterStatus.OFFLINE
    drawer.open()
    assert (drawer.opened, drawer.is_open()) == (1, True)
    scanner.show("4006381333931")
    assert (scanner.read(0), scanner.read(0)) == ("4006381333931", None)
    devices.close()


def test_a_simulated_printer_whose_answer_is_lost():
    _, printer, drawer, scanner = simulated()
    printer.answer_lost = True
    with pytest.raises(Uncertain):
        printer.send(JOB)
    assert printer.outcome() is Outcome.UNKNOWN
    assert printer.paper == [JOB], "it is on paper all the same"
    drawer.stuck = True
    with pytest.raises(Unavailable):
        drawer.open()
    scanner.offline = True
    with pytest.raises(Unavailable):
        scanner.read(0)
