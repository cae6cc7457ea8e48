"""The steps of a play about what needs attention."""

from __future__ import annotations

from pos_app.play.step import Step


class TakeCase(Step, frozen=True, tag="take_case"):
    """The most urgent case of a kind is taken by who is signed in, or given back."""

    kind: str
    back: bool = False


class SettleCase(Step, frozen=True, tag="settle_case"):
    """The most urgent case of a kind is settled; without `way` as is suggested."""

    kind: str
    way: str = ""
    reason: str = ""


class WaitCase(Step, frozen=True, tag="wait_case"):
    """Waits until this till knows so many cases of a kind in a state."""

    kind: str
    state: str = "open"
    count: int = 1
    timeout_s: int = 60
