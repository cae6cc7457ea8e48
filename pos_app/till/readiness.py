"""What a shift needs before it opens, asked of devices, disk and journal: each on its own lane."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.errors import PosError
from pos_app.till.till import Till

JOURNAL_TAIL = 200
"""Entries checked before a shift opens: about a fortieth of a second."""


@dataclass(frozen=True, slots=True)
class DeviceStates:
    """What the devices say of themselves."""

    printer: str = "none"
    """A `hardware.devices.PrinterStatus`, or none."""
    drawer_open: bool | None = None
    drawer: bool = False
    """Whether there is one."""


def ask_devices(till: Till) -> DeviceStates:
    """*Printer's lane.* Asks each; never raises."""
    printer, drawer = till.devices.printer, till.devices.drawer
    is_open: bool | None = None
    if drawer is not None:
        try:
            is_open = drawer.is_open()
        except PosError:
            is_open = None
    status = "none" if printer is None else str(printer.status())
    return DeviceStates(status, is_open, drawer is not None)


def journal_agrees(till: Till) -> bool:
    """Whether the journal's last entries are as they were written: hashes, signatures, order."""
    from pos_app.store.verify import verify_tail

    own = till.behind or till  # an exercise signs with another key
    return verify_tail(till.data, own.keys, JOURNAL_TAIL).code == 0
