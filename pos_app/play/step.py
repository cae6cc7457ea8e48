"""What every step of a play may say."""

from __future__ import annotations

import msgspec


class Approver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who agrees in person when the policy asks for it."""

    who: str = ""
    pin: str = ""
    badge: str = ""
    """The code of their badge: alone, or with the PIN."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """What every step may say."""

    refused: str = ""
    """The code that must be raised: the step is right when it is, and wrong when it is not."""
    approver: Approver | None = None
    """Asked only where the policy wants somebody."""
