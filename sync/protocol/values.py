"""What tills ask of the hub about gift cards and store credit; the value itself moves by rights.

An account is named by the hash of its code, so nobody who reads a journal or the hub's books can
spend it.
"""

from __future__ import annotations

import msgspec


class ValueLook(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/values/look`: what is on an account. Counted and limited: see `ValueReply`."""

    kind: str
    """points, credit or card."""
    account: str
    pin: str = ""
    """Of a card with a short number: hash of number and PIN; empty for a long code."""


class ValueReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is free. An account that is not there, a wrong PIN and a blocked card look the same."""

    found: bool
    amount: int = 0
    currency: str = ""
    as_of: str = ""
    expires: str = ""
    """ISO date; empty for never."""
