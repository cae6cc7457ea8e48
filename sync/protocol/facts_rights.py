"""Facts about values that must not be spent twice: earned, used, given back; goods promised."""

from __future__ import annotations

from sync.protocol.fact import Fact
from sync.protocol.orders import Handling


class ValueEarned(Fact, frozen=True, tag="value_earned"):
    """Points earned or credit issued; what gives the incrementer a right to spend it at once."""

    kind: str
    """points, credit or card."""
    account: str
    """An opaque id: nobody's name."""
    amount: int
    of: str = ""
    """Id of the document it came from."""
    right: str = ""
    """Id of the self-grant: until the hub has booked it, this till alone may spend the amount.
    Empty where the till may not (suspect), or need not."""
    currency: str = ""
    """Of money: an account has one, that of what came first."""
    expires: str = ""
    """ISO date after which a card that begins with this is over; empty for never."""
    reason: str = ""
    """Why, where it is not plainly earned or issued: given_back, order, birthday, adjusted."""


class EarnReversed(Fact, frozen=True, tag="earn_reversed"):
    """What an earning sale gave is taken back with the goods, also where it was spent by now."""

    kind: str
    account: str
    amount: int
    of: str = ""
    reason: str = ""
    """Why, where no goods came back: expired, adjusted."""


class RightUsed(Fact, frozen=True, tag="right_used"):
    """A burn: so much of an account was spent at this till, out of a right where it had one."""

    kind: str
    account: str
    amount: int
    right: str = ""
    unsecured: bool = False
    """True where no right covered it and somebody answers for that (`approver`)."""
    of: str = ""


class GrantReleased(Fact, frozen=True, tag="grant_released"):
    """The till gives the rest of a grant, or an unused return-auth, back: it never spends it again."""

    right: str
    left: int
    """What was not spent."""
    reason: str = ""
    """ttl, not_needed, restarted."""


class HoldCaptured(Fact, frozen=True, tag="hold_captured"):
    """What was held for a basket was spent by it, or a part of it; the rest is free again."""

    right: str
    amount: int
    of: str = ""


class HoldVoided(Fact, frozen=True, tag="hold_voided"):
    """A hold was let go: nothing of it is ever captured."""

    right: str
    reason: str = ""


class ReservationStepped(Fact, frozen=True, tag="reservation_stepped"):
    """Goods that are promised to somebody came to their next state in the store."""

    reservation: str
    step: str
    """PICKING, READY, COLLECTED, SHORT, LAPSED, CANCELLED or RESTOCKED; of a customer's order also
    PICKED (a piece was found), PARTLY (some was handed over) and KEPT (kept longer)."""
    lines: tuple[tuple[str, int], ...] = ()
    """(SKU, thousandths) that it concerns; empty for all of it."""
    sale: str = ""
    """The document the goods left by, which is what moves the stock; of a customer's order the one
    by which something was paid, and the goods leave by this fact."""
    handling: Handling | None = None
    """Set where the goods are a customer's order's."""


class RightWrittenOff(Fact, frozen=True, tag="right_written_off"):
    """A person at the hub declared that a right will never be used: its device is lost."""

    right: str
    device: str
    risk: int
    """What is lost if it comes back and has spent it after all."""
    reason: str = ""
