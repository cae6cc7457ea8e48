"""The terminal that the settings name wrongly: cards wait, cash goes on."""

from __future__ import annotations

from collections.abc import Callable

from hardware.devices import CardAnswer
from pos_app.domain.errors import PosError, Unavailable


class UnusableTerminal:
    """Refuses every payment with what is wrong with its settings; nothing is ever charged."""

    def __init__(self, name: str, wrong: PosError) -> None:
        self.name = name
        self._wrong = wrong

    def begin(
        self,
        reference: str,  # noqa: ARG002 - a terminal's
        amount: int,  # noqa: ARG002 - the same
        currency: str,  # noqa: ARG002 - the same
        told: Callable[[str], None],  # noqa: ARG002 - the same
    ) -> CardAnswer:
        """Raises Unavailable with the code that `hardware.connect` gave."""
        raise self._refused()

    def ask(self, reference: str) -> CardAnswer:  # noqa: ARG002 - a terminal's
        """Raises what `begin` raises."""
        raise self._refused()

    def cancel(self, reference: str) -> None:  # noqa: ARG002 - a terminal's
        """Raises what `begin` raises."""
        raise self._refused()

    def refund(
        self,
        reference: str,  # noqa: ARG002 - a terminal's
        of: str,  # noqa: ARG002 - the same
        amount: int,  # noqa: ARG002 - the same
        currency: str,  # noqa: ARG002 - the same
    ) -> CardAnswer:
        """Raises what `begin` raises."""
        raise self._refused()

    def ready(self) -> bool:
        """It is not there."""
        return False

    def close(self) -> None:
        """There is nothing to let go of."""

    def _refused(self) -> Unavailable:
        return Unavailable(self._wrong.code, **self._wrong.facts)
