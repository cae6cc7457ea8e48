"""Beginning and ending training, with whoever has to agree."""

from __future__ import annotations

from collections.abc import Callable

from pos_app.domain.errors import PosError, Refused
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.selling import Selling
from pos_app.till import training
from pos_app.words import _


class Training:
    """What the menu's row does; `on_change` is called when another ledger is in use."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[], None] = lambda: None

    @property
    def running(self) -> bool:
        """True while the till practises."""
        return self.desk.till.training

    def begin_or_end(self) -> None:
        """The other of both; not while money is on its way."""
        if self.selling.state.busy or self.selling.state.paying:
            self.desk.tell(Refused("training_busy"))
        elif self.running:
            self._end()
        else:
            self._begin()

    def _begin(self) -> None:
        till = self.desk.till
        self.selling.keep_now()

        def act(consent: Consent) -> None:
            training.begin(till, consent.reason, approval=consent.approval)

        self.desk.attempt(
            act,
            lambda _none: self.on_change(),
            self._refused,
            title=_("Begin training"),
            lane=LEDGER,
        )

    def _end(self) -> None:
        till = self.desk.till
        self.selling.keep_now()

        def ended(close: Callable[[], None]) -> None:
            self.on_change()
            self.desk.hands.run(LEDGER, close, None, self.desk.tell)

        self.desk.hands.run(LEDGER, lambda: training.end(till), ended, self.desk.tell)

    def _refused(self, error: PosError) -> None:
        self.desk.tell(error)
