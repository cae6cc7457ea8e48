"""Loyalty programmes as the tills of a store are told of them: rules as data.

The arithmetic is `pos_app/domain/loyalty.py`; till and hub use the same.
"""

from __future__ import annotations

import msgspec


class ProgrammeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A programme as it now is (feed kind `programme`); `active` false ends it."""

    programme: str
    version: int
    name: str
    currency: str
    rules: str
    """The programme's own text, as `holdfast hub loyalty set` took it: JSON of
    `pos_app.domain.loyalty.Programme`."""
    active: bool = True


class FactReward(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A reward that was given with a sale: it stands in `disc` too, with kind `reward`."""

    reward: str
    programme: str
    version: int
    points: int
    """What it cost the customer."""
    amount: int
    """What it took off, minor units, positive."""
    account: str
    right: str = ""
    """The grant or hold it was paid out of."""
    lines: list[int] = []
    """The lines it was taken off, where that was not all goods."""
    label: str = ""
    """What the customer reads."""


class FactPoints(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a sale did to the points of whom it was sold to, and how it was reckoned.

    For the paper, and for whoever works it out again. What each line earned stands at the line.
    """

    programme: str
    version: int
    account: str
    earned: int = 0
    spent: int = 0
    tier: str = ""
    """The tier they were known to have."""
    before: int = 0
    """What was theirs to spend, as far as the till knew."""
    as_of: str = ""
    """UTC: since when it was so."""
