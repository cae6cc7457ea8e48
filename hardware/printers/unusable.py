"""The printer that the settings name wrongly: receipts wait for it, and selling goes on."""

from __future__ import annotations

from hardware.devices import Outcome, PrinterStatus
from pos_app.domain.errors import PosError, Unavailable
from pos_app.domain.receipt import Receipt


class UnusablePrinter:
    """Refuses every job with what is wrong with its settings; nothing ever reaches paper."""

    two_way = False
    paper_low = False

    def __init__(self, name: str, wrong: PosError) -> None:
        self.name = name
        self._wrong = wrong

    def send(self, data: bytes, *, document: Receipt | None = None) -> None:  # noqa: ARG002 - a printer's
        """Raises Unavailable with the code that `hardware.connect` gave."""
        raise Unavailable(self._wrong.code, **self._wrong.facts)

    def outcome(self) -> Outcome:
        """Nothing is ever printed."""
        return Outcome.NOT_PRINTED

    def command(self, data: bytes) -> None:  # noqa: ARG002 - a printer's
        """Raises what `send` raises."""
        raise Unavailable(self._wrong.code, **self._wrong.facts)

    def status(self) -> PrinterStatus:
        """It is not there."""
        return PrinterStatus.OFFLINE

    def close(self) -> None:
        """There is nothing to let go of."""
