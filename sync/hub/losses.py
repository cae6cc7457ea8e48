"""What a till that will not come back had not sent: how far the hub has it, and what paper says."""

from __future__ import annotations

import datetime as dt

import msgspec

from sync.hub import exceptions, own_journal
from sync.hub.answers import Ids, stamp
from sync.hub.database import Connection
from sync.hub.devices import Device
from sync.hub.identity import HubKeys
from sync.protocol.facts_till_orders import TailLost


class Held(msgspec.Struct, frozen=True):
    """Up to where the hub holds a till's chain."""

    device: str
    store: str
    till: str
    epoch: int
    seq: int
    """The last entry."""
    document: str
    """The last receipt number; empty where there is none in this epoch."""
    seen: str
    """When the till was heard last."""


def held(device: Device) -> Held:
    """How far the hub has it; every receipt with a later number has to be entered from paper."""
    series = f"{device.store_id}-{device.till}-{device.epoch}"
    return Held(
        *(device.device, device.store_id, device.till, device.epoch, device.last_seq),
        f"{series}.{device.last_doc}" if device.last_doc else "",
        device.last_seen,
    )


def declare(
    connection: Connection,
    keys: HubKeys,
    device: Device,
    now: dt.datetime,
    ids: Ids,
    *,
    papers_to: str = "",
    by: str = "",
) -> Held:
    """Says in the hub's own journal that what the till had not sent is gone; people are told.

    `papers_to` is the last number that is known from a receipt or a slip.
    """
    found = held(device)
    head = own_journal.head(now, ids, store=device.store_id, actor=by)
    fact = TailLost(
        **head,
        device=device.device,
        of_epoch=found.epoch,
        held_seq=found.seq,
        held_doc=found.document,
        papers_to=papers_to,
    )
    _, placed = own_journal.append(connection, keys, fact, now)
    last = found.document or "none"
    known = f", paper goes to {papers_to}" if papers_to else ""
    exceptions.open_exception(
        connection,
        kind="tail_lost",
        n=None,
        device=device.device,
        store=device.store_id,
        amount=0,
        detail=f"entries after {found.epoch}/{found.seq}, receipts after {last}{known}",
        at=stamp(now),
        evidence=(placed.id,),
    )
    return found
