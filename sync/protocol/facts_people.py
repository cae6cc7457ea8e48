"""Facts about people: who was at the till, who agreed, who was let in again, training."""

from __future__ import annotations

from sync.protocol.fact import Fact


class SignedIn(Fact, frozen=True, tag="signed_in"):
    """A person proved presence at the till (`actor`)."""

    method: str = "pin"
    """pin, badge, or badge_pin for both."""


class SignInRefused(Fact, frozen=True, tag="sign_in_refused"):
    """A wrong PIN, or a try while locked; `tries` counts the wrong ones in a row."""

    staff: str
    """Empty for a badge of nobody here."""
    tries: int
    locked_s: int = 0
    method: str = "pin"


class Overridden(Fact, frozen=True, tag="overridden"):
    """Somebody (`approver`) agreed to what the person at the till (`actor`) may not do alone."""

    action: str
    """A row of the policy."""
    amount: int
    """Minor units, basis points or a count, as `unit` says."""
    unit: str
    limit: int | None = None
    """What `actor` may do alone; None where no number is the reason."""
    reason: str = ""
    method: str = "pin"
    """pin, badge, or badge_pin."""
    basket: str = ""
    """The open basket it was about."""


class StaffUnlocked(Fact, frozen=True, tag="staff_unlocked"):
    """Somebody (`approver`) let a person who was locked out try again."""

    staff: str
    tries: int
    method: str = "pin"


class TrainingBegan(Fact, frozen=True, tag="training_began"):
    """From here on the till was used for training: nothing of it is in this journal."""

    reason: str = ""
    method: str = ""
    """How `approver` agreed; empty where the policy lets `actor` do it alone."""


class TrainingEnded(Fact, frozen=True, tag="training_ended"):
    """The till sells again; `reason` is `left`, or `restarted` where the program ended meanwhile."""

    reason: str = "left"
