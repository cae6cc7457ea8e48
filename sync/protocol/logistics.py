"""Deliveries as the tills of a store are told of them: what is asked for, on its way, or expected."""

from __future__ import annotations

import msgspec

REQUESTED, EXPECTED, SENT, COUNTING = "requested", "expected", "sent", "counting"
RECEIVED, CALLED_OFF = "received", "called_off"
ENDED = (RECEIVED, CALLED_OFF)
"""States that need nobody any more."""


class DeliveryLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product of a delivery; thousandths."""

    sku: str
    title: str = ""
    qty: int = 0
    """Sent, or to be expected."""
    asked: int = 0
    received: int = 0
    """Counted so far at all tills, what is damaged among it."""
    damaged: int = 0
    missing: int = 0
    """What the receiver said did not come."""


class DeliveryBox(msgspec.Struct, frozen=True, omit_defaults=True):
    """A box and what is in it; scanning its label counts it."""

    label: str
    lines: tuple[tuple[str, int], ...]


class DeliveryWait(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goods of a delivery that a customer waits for."""

    sku: str
    qty: int
    order: str
    reservation: str = ""


class DeliveryPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who counted how much of it."""

    till: str
    who: str
    """Staff id."""
    at: str
    lines: tuple[tuple[str, int], ...]


class DeliveryRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A transfer or a supplier's delivery; of several rows of one, the highest version holds."""

    delivery: str
    kind: str
    name: str
    state: str
    version: int
    target: str
    """The store it goes to."""
    source: str = ""
    """The store it comes from; empty for a supplier."""
    source_name: str = ""
    lines: tuple[DeliveryLine, ...] = ()
    boxes: tuple[DeliveryBox, ...] = ()
    waits: tuple[DeliveryWait, ...] = ()
    parts: tuple[DeliveryPart, ...] = ()
    asked: str = ""
    """UTC, like all times here."""
    sent: str = ""
    sent_by: str = ""
    """Staff id, of the sending store."""
    due: str = ""
    """The day on which it is expected."""
    began: str = ""
    ended: str = ""
    note: str = ""
