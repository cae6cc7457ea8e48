"""Facts about stored value that no sale and no return says."""

from __future__ import annotations

from sync.protocol.fact import Fact


class CreditGiven(Fact, frozen=True, tag="credit_given"):
    """Somebody gave a customer store credit by hand; a `value_earned` beside it books it."""

    kind: str
    account: str
    amount: int
    currency: str
    reason: str
    customer: str = ""
