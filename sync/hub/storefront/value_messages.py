"""What a website's own server asks about gift cards and credit, and what it is told."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from sync.hub.storefront.messages import Id, Money, Text

Code = Annotated[str, Meta(min_length=1, max_length=112)]
"""As it was scanned or typed: read with its check signs, in any case and grouping."""
Pin = Annotated[str, Meta(max_length=12)]
Visitor = Annotated[str, Meta(min_length=1, max_length=200)]
"""Who types it, as the website tells its visitors apart, for instance by address: kept as a hash,
and only of those who were wrong."""
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class ValueAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/storefront/values/look`: what is on a card."""

    code: Code
    visitor: Visitor
    pin: Pin = ""


class ValueTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """What may be spent; a card that is not there, blocked, over or of another PIN is not found."""

    found: bool
    amount: int = 0
    currency: str = ""
    as_of: str = ""
    expires: str = ""


class ValueHold(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/storefront/values/holds`: so much kept for an order; asked again, the same answer."""

    id: Id
    code: Code
    visitor: Visitor
    amount: Money
    currency: Currency
    pin: Pin = ""
    least: Money = 0
    """Above 0: less than `amount` will do, but not less than this."""
    minutes: Annotated[int, Meta(ge=1, le=1_440)] = 30
    """So long it is kept; the hub lets it go then."""


class ValueTaken(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/storefront/values/holds/{id}/capture`: what was held is spent, or a part of it."""

    amount: Money
    order: Text = ""


class ValueLetGo(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/storefront/values/holds/{id}/void`: it is not wanted any more."""

    reason: Text = ""


class ValueHeld(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a hold stands: HELD, REFUSED, CAPTURED or VOIDED, and how much of it."""

    id: str
    state: str
    amount: int = 0
    captured: int = 0
