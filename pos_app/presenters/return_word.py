"""The hub's word while a return is put together: asked when the choice rests, waited for a moment.

The answer mostly comes while people look for the goods. Who finishes sooner waits for it, at most
`PATIENCE_MS`; then the return goes by the rules of a till without its hub.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pos_app.domain.errors import PosError, Refused
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.till import refund, return_words
from pos_app.till.refund import Returning

REST_MS: Final = 400
"""So long nothing else is chosen before the hub is asked: each tap would be a question."""
PATIENCE_MS: Final = 2_000
"""So long whoever finishes waits for an answer that is on its way."""


class HubWord:
    """What was asked about the return on the screen, and what came of it."""

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        self.desk, self._changed = desk, changed
        self._wanted: Returning | None = None
        self._asked: Returning | None = None
        """What was asked about, with the id it was asked under."""
        self._asking = False
        self._turn = 0
        self._then: Callable[[], None] | None = None

    @property
    def waits(self) -> bool:
        """True while somebody waits for the answer."""
        return self._then is not None

    def refusal(self, back: Returning | None) -> Refused | None:
        """Why the hub says no to just this; None where it does not."""
        if back is None or not self._is_about(back) or self._asked is None:
            return None
        return return_words.refusal(self.desk.till, self._asked.auth)

    def chosen(self, back: Returning | None) -> None:
        """Another choice, or none any more: asked about when it rests, let go at once."""
        self._wanted = back
        self._turn += 1
        if self._asked is not None and (back is None or back.refund_id != self._asked.refund_id):
            self._let_go(self._asked.auth)
            self._asked = None
        turn = self._turn
        if back is not None and back.choices and not self._is_about(back):
            self.desk.hands.later(REST_MS, lambda: self._rested(turn))

    def used(self) -> None:
        """The refund is a fact: what was asked about it is settled with it."""
        self._wanted = self._asked = None
        self._turn += 1

    def then(self, back: Returning, job: Callable[[Returning], None]) -> None:
        """Does the job with the word, as soon as it is here or nobody waits for it any more."""
        self._wanted = back
        self._turn += 1
        turn = self._turn
        if self._asked is not None and return_words.in_vain(self.desk.till, self._asked.auth):
            self._asked = None
        self._ask()
        self._then = lambda: job(self._with_word(back))
        if self._open(back):
            self.desk.hands.later(PATIENCE_MS, lambda: self._go_on(turn))
        else:
            self._go_on(turn)

    def heard(self) -> None:
        """An answer came, perhaps to this."""
        back = self._wanted
        if back is None or self._open(back):
            return
        if self._then is not None:
            self._go_on(self._turn)
        else:
            self._changed()

    # ---- asking

    def _rested(self, turn: int) -> None:
        if turn == self._turn and self._then is None:
            self._ask()

    def _ask(self) -> None:
        back, till = self._wanted, self.desk.till
        if self._asking or back is None or self._is_about(back) or not refund.must_ask(till, back):
            return
        self._asking = True
        before = self._asked.auth if self._asked is not None else ""
        asking = replace(back, auth=before)
        self.desk.hands.run(
            LEDGER, lambda: refund.authorise(till, asking), self._was_asked, self._not_asked
        )

    def _was_asked(self, asked: Returning) -> None:
        self._asking, self._asked = False, asked
        wanted = self._wanted
        if wanted is None or wanted.refund_id != asked.refund_id:
            self._let_go(asked.auth)
            self._asked = None
        self._ask()
        self.heard()

    def _not_asked(self, error: BaseException) -> None:
        self._asking = False
        if not isinstance(error, PosError):
            raise error
        self._go_on(self._turn)  # without the hub's word, by the rules for that

    def _let_go(self, ask_id: str) -> None:
        till = self.desk.till
        if ask_id:
            self.desk.hands.run(LEDGER, lambda: return_words.give_back(till, ask_id))

    # ---- waiting

    def _is_about(self, back: Returning) -> bool:
        asked = self._asked
        same = asked is not None and asked.refund_id == back.refund_id
        return (
            same
            and asked is not None
            and return_words.lines_of(asked.choices) == return_words.lines_of(back.choices)
        )

    def _open(self, back: Returning) -> bool:
        """True while an answer about this may still come."""
        if self._asking:
            return True
        asked = self._asked
        about = asked is not None and self._is_about(back)
        return about and asked is not None and return_words.waits(self.desk.till, asked.auth)

    def _with_word(self, back: Returning) -> Returning:
        return replace(back, auth=self._asked.auth if self._asked is not None else "")

    def _go_on(self, turn: int) -> None:
        job, self._then = (self._then, None) if turn == self._turn else (None, self._then)
        if job is not None:
            job()
