"""The first start of a till: the hub's address, a one-time code, six words to compare.

The enrolment itself is the command `holdfast till enrol --json`, in a process of its own: what it
says line by line becomes one frozen state.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec

from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.settings import is_hub_address
from pos_app.words import Wording, _, ngettext, number, text_of

CODE_LENGTHS = range(6, 41)


class FirstStartState(msgspec.Struct, frozen=True):
    """The window before there is a till."""

    step: str = "ask"
    """ask, asking, words, fetching, done."""
    title: str = ""
    detail: str = ""
    words: tuple[str, ...] = ()
    """To be compared with those at the hub."""
    problem: Wording | None = None
    ready: bool = False
    reason: str = ""
    """Why it is not, for the button."""
    button: str = ""


class FirstStart:
    """`start` is called with address and code; its process's lines come to `hear`."""

    def __init__(self, start: Callable[[str, str], None], *, again: bool = False) -> None:
        self._start = start
        self.again = again
        """True for a till that is one, and is enrolled again by the hub that it has."""
        self.on_change: Callable[[FirstStartState], None] = lambda _state: None
        self.on_done: Callable[[], None] = lambda: None
        self.address = self.code = ""
        self._enrolled = False
        """True once the hub has approved it: what is broken off then needs no code."""
        self.state = self._asking(None)

    def type(self, address: str, code: str) -> None:
        """What stands in the two fields."""
        self.address, self.code = address.strip(), code.strip()
        if self.state.step == "ask":
            self._show(self._asking(None))

    def go(self) -> None:
        """The one button."""
        if self.state.step == "done":
            self.on_done()
        elif self.state.step == "ask" and self.state.ready:
            title, detail = _("Asking head office\u2026"), _("This takes a few seconds.")
            self._show(FirstStartState("asking", title, detail, button=_("Asking\u2026")))
            self._start(hub_address(self.address), self.code)

    def hear(self, line: str) -> None:
        """A line of the enrolment; what is none is passed over."""
        try:
            told = json.loads(line)
        except ValueError:
            return
        if not isinstance(told, dict):
            return
        state = told.get("state")
        if state == "waiting":
            self._wait(str(told.get("words", "")))
        elif state in ("enrolled", "fetching"):
            self._enrolled = True
            self._fetch(told.get("products", 0))
        elif state == "done":
            self._finish(told.get("products", 0))
        elif state == "failed":
            self._show(self._asking(_error(told)))

    def ended(self, status: int) -> None:
        """Its process is gone: without a last word something broke, and it can be begun again."""
        if self.state.step not in ("ask", "done") and status != 0:
            self._show(self._asking(Unavailable("enrol_broken_off")))

    def _asking(self, error: PosError | None) -> FirstStartState:
        reason = ""
        if not self._enrolled:
            if not self.again and not hub_address(self.address):
                reason = _("Type the address of the hub")
            elif len(self.code) not in CODE_LENGTHS:
                reason = _("Type the one-time code")
        title = _("Set up this till")
        detail = _("Ask head office for a one-time code. It is good for ten minutes.")
        if self.again:
            title = _("Enrol this till again")
            detail = _("Ask head office for a one-time code. Every sale on this till is kept.")
        if self._enrolled:
            detail = _("This till is known already. Fetching goes on where it stopped.")
        problem = text_of(error) if error is not None else None
        return FirstStartState(
            title=title,
            detail=detail,
            problem=problem,
            ready=not reason,
            reason=reason,
            button=_("Enrol again") if self.again else _("Set up"),
        )

    def _wait(self, words: str) -> None:
        self._show(
            FirstStartState(
                "words",
                _("Compare these six words"),
                _("Head office sees the same words. It approves this till when they match."),
                tuple(words.split()),
                button=_("Waiting for head office\u2026"),
            )
        )

    def _fetch(self, products: object) -> None:
        count = products if isinstance(products, int) else 0
        title = _("Fetching prices, people and products")
        detail = ngettext("{count} product so far", "{count} products so far", count)
        shown = detail.format(count=number(count))
        self._show(FirstStartState("fetching", title, shown, button=_("Fetching\u2026")))

    def _finish(self, products: object) -> None:
        count = products if isinstance(products, int) else 0
        detail = ngettext("{count} product is here.", "{count} products are here.", count)
        if self.again:
            detail = _("Head office has every sale of this till.")
        self._show(
            FirstStartState(
                "done",
                _("This till is ready"),
                detail.format(count=number(count)),
                ready=True,
                button=_("Open the till"),
            )
        )

    def _show(self, state: FirstStartState) -> None:
        self.state = state
        self.on_change(state)


def hub_address(typed: str) -> str:
    """A whole address from what a person types: `hub.local:8080` is enough; empty for none."""
    text = typed.strip().rstrip("/")
    if not text or any(mark.isspace() for mark in text):
        return ""
    if "://" not in text:
        text = f"http://{text}"
    return text if is_hub_address(text) else ""


def _error(told: dict[str, object]) -> PosError:
    family = Refused if told.get("family") == "Refused" else Unavailable
    facts = told.get("facts")
    known = {str(name): value for name, value in facts.items()} if isinstance(facts, dict) else {}
    return family(str(told.get("code", "")), **known)
