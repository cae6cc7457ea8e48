"""Who a sale is for, and what they get for their points: kept with the basket until it is a fact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attached:
    """The customer of an open sale, as they were known when they were named."""

    customer: str
    """The id that says nothing of who they are."""
    name: str
    account: str
    """Their account of points and of store credit."""
    member: bool = False
    tier: str = ""
    points: int = 0
    """Free to be spent, as of `as_of`."""
    credit: int = 0
    as_of: str = ""
    """UTC."""
    groups: tuple[str, ...] = ()
    price_list: str = ""
    language: str = ""
    by: str = ""
    """How they were found: card, search, order or new."""


@dataclass(frozen=True, slots=True)
class Reward:
    """What a customer gets for points in this sale."""

    reward: str
    """Id of it in the programme."""
    programme: str
    version: int
    label: str
    points: int
    amount: int
    """What it takes off, minor units; never more than what it is about costs."""
    account: str
    right: str
    """The grant or hold that covers the points; empty where somebody answered for it."""
    lines: tuple[int, ...] = ()
    """The lines it may be taken off; without any all goods."""
    unsecured: bool = False
    approved_by: str = ""
