"""Pictures of what a customer gets, and of every state of printer and drawer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from hardware.simulator import Fault
from tests.ui.shop import Hand, demo_goods, opened

Shot = Callable[[Hand, str], None]


def paper_shots(data: Path, shot: Shot, **look: Any) -> None:
    """A till of its own, from the choice on Pay to a receipt nobody knows about."""
    with opened(data, **look) as hand:
        hand.ready()
        walk_papers(hand, shot)


def walk_papers(hand: Hand, shot: Shot) -> None:
    """What a customer gets, then every state of printer and drawer."""
    _papers(hand, shot)
    _printer(hand, shot)


def _code() -> str:
    return next(
        str(int(row.barcodes[0]))
        for row in demo_goods().products
        if row.barcodes and not row.age_limit
    )


def _sell(hand: Hand) -> None:
    hand.scan(_code())
    hand.key(Qt.Key.Key_F10)


def _papers(hand: Hand, shot: Shot) -> None:
    window = hand.window
    hand.scan(_code())
    hand.key(Qt.Key.Key_F12)
    hand.click(window.screens.pay_work.receipt.gift)
    shot(hand, "80_pay_gift")
    hand.key(Qt.Key.Key_F10)
    shot(hand, "81_done_papers")
    window.acts.do("done_invoice")
    hand.settle()
    shot(hand, "82_invoice")
    window.screens.invoice.fields["name"].edit.setText("Nordlicht Design GmbH")
    window.screens.invoice.fields["vat_id"].edit.setText("ATU12")
    hand.click(window.screens.invoice.go)
    shot(hand, "83_invoice_refused")
    window.screens.invoice.fields["vat_id"].edit.setText("ATU12345678")
    hand.click(window.screens.invoice.go)
    window.acts.do("done_invoice")
    hand.settle()
    shot(hand, "84_invoice_made")
    hand.key(Qt.Key.Key_Escape)


def _printer(hand: Hand, shot: Shot) -> None:
    window, printer = hand.window, hand.printer
    for number, fault in enumerate(
        (Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.OFFLINE, Fault.SILENT), 85
    ):
        printer.fault = fault
        _sell(hand)
        shot(hand, f"{number}_printer_{fault}")
        printer.fault = Fault.NONE
        window.acts.do("done_print")
        hand.settle()
    printer.fault = Fault.PAPER_OUT
    _sell(hand)
    window.acts.do("sync")
    hand.settle()
    shot(hand, "89_printer_sheet")
    hand.key(Qt.Key.Key_Escape)
    printer.fault = Fault.PAPER_LOW
    window.acts.do("done_print")
    hand.settle()
    shot(hand, "90_paper_low")
    printer.fault = Fault.NONE
    hand.drawer.stuck = True
    _sell(hand)
    shot(hand, "91_drawer_shut")
    hand.drawer.stuck = False
    window.acts.do("done_drawer")
    hand.settle()
    printer.pull_after = 200
    _sell(hand)
    shot(hand, "92_did_it_come_out")
    printer.fault = Fault.NONE
