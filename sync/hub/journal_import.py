"""Entries of a till that is dead, out of the second copy of its journal.

They are booked as if the till had pushed them: in the order of its chain, each once, what it had
sent itself left alone. Nothing is believed that the copy cannot prove: each frame opens only with
the till's own key, each entry must continue the chain the hub holds and carry the till's signature.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from sync.hub import devices, recovering, schema
from sync.hub.answers import HubProblem, Ids
from sync.hub.booking import DUPLICATE, EXCEPTION, QUARANTINED
from sync.hub.database import Connection, Statement
from sync.hub.devices import PENDING, Device
from sync.hub.identity import HubKeys
from sync.hub.push import UNREADABLE, push
from sync.journal_copy import Entry, Frame, Key, files_in, frames_of
from sync.protocol import KeyRotated, Push, PushedEvent, decode_fact, entry_hash
from sync.sealing import unseal
from sync.signing import is_signed

BATCH: Final = 500
_SEALED = Statement(
    "device",
    select(schema.device.c.sealed_key).where(schema.device.c.device == bindparam("device")),
)


@dataclass(slots=True)
class Chain:
    """What a copy holds of one epoch of one till, and what became of it."""

    device: str
    epoch: int
    store: str = ""
    till: str = ""
    first: int = 0
    last: int = 0
    """The copy reaches from here to there."""
    held: int = 0
    """Up to where the hub had it before."""
    booked: int = 0
    exceptions: int = 0
    quarantined: int = 0
    duplicates: int = 0
    """Entries whose fact the hub knew from another place of the till's chains."""
    beyond: int = 0
    """Entries that could not be used: behind a hole, or not proven."""
    told: str = ""
    """Why not all of it was booked: a code with words, empty where all was."""
    frames: list[Frame] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """For a program or a table."""
        names = (*("device", "epoch", "store", "till", "first", "last", "held", "booked"),)
        more = ("duplicates", "exceptions", "quarantined", "beyond", "told")
        return {name: getattr(self, name) for name in (*names, *more)}


def chains_in(place: Path) -> list[Chain]:
    """Every chain that the files at a path hold frames of, by till and epoch.

    Several copies of one chain are one: what one lacks the other may have. Raises
    Refused("copy_nothing") where there is no frame, and OSError.
    """
    found: dict[tuple[str, int], list[Frame]] = defaultdict(list)
    for path in files_in(place):
        for frame, _end in frames_of(path):
            found[frame.place.device, frame.place.epoch].append(frame)
    if not found:
        raise Refused("copy_nothing", path=str(place))
    chains = []
    for (device, epoch), frames in sorted(found.items()):
        frames.sort(key=lambda frame: (frame.place.first, -frame.place.last))
        last = max(frame.place.last for frame in frames)
        chains.append(Chain(device, epoch, first=frames[0].place.first, last=last, frames=frames))
    return chains


def import_chain(
    connection: Connection,
    chain: Chain,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
    *,
    dry: bool = False,
) -> None:
    """Books what the hub lacks of a chain, batch by batch; what became of it is in `chain`.

    A till that is alive may go on meanwhile: what both bring is booked once.
    """
    device = devices.find(connection, chain.device)
    if device is None or device.state == PENDING:
        chain.told, chain.beyond = "copy_unknown_till", chain.last - chain.first + 1
        return
    chain.store, chain.till, chain.held = device.store_id, device.till, device.last_seq
    if chain.epoch != device.epoch:
        # An epoch that was ended takes no more entries, whoever brings them.
        ended = chain.epoch < device.epoch
        chain.told = "copy_epoch_ended" if ended else "copy_epoch_unknown"
        chain.held, chain.beyond = 0, chain.last - chain.first + 1
        return
    sealed = connection.one(_SEALED, (chain.device,))
    try:
        db_key = unseal(str(sealed[0]) if sealed else "", keys.sealing.private_bytes_raw())
    except Refused:
        chain.told, chain.beyond = "copy_key_missing", max(0, chain.last - device.last_seq)
        return
    proven = _Proven(chain, Key(db_key), device)
    for batch in proven.batches():
        if dry:
            chain.booked += len(batch)
            continue
        try:
            results = _book(connection, device, batch, proven, keys, now, ids)
        except HubProblem as problem:
            chain.told = "copy_fork" if problem.code == "fork" else "copy_not_taken"
            break
        chain.booked += len(results) - results.count(DUPLICATE)
        chain.duplicates += results.count(DUPLICATE)
        chain.exceptions += results.count(EXCEPTION)
        chain.quarantined += results.count(QUARANTINED)
    chain.beyond = max(0, chain.last - device.last_seq - chain.booked - chain.duplicates)
    chain.told = chain.told or proven.told


def _book(
    connection: Connection,
    device: Device,
    batch: list[tuple[int, Entry]],
    proven: _Proven,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
) -> list[str]:
    """One batch in one transaction, as a push of the till; raises HubProblem."""
    first = batch[0][0]
    events = [
        PushedEvent(msgspec.Raw(entry.body), entry.hash.hex(), base64.b64encode(entry.sig).decode())
        for _seq, entry in batch
    ]
    asked = Push(device.epoch, first, proven.before[first].hex(), events)
    with connection.transaction():
        stands = devices.find(connection, device.device)
        if stands is None:
            raise HubProblem("device_unknown")
        reply = push(connection, stands, asked, keys, now)
        # A hub that was put back has now heard this far of a till that will not come itself.
        recovering.arrived(connection, device.device, reply.ack.seq, keys, now, ids)
        return reply.results


class _Proven:
    """The entries of a chain that follow what the hub holds, as far as each proves itself."""

    def __init__(self, chain: Chain, key: Key, device: Device) -> None:
        self._chain = chain
        self._key = key
        self._public = bytes.fromhex(device.pubkey)
        self._seq = device.last_seq
        self._hash = device.last_hash
        self.before: dict[int, bytes] = {}
        """The hash before the first entry of each batch."""
        self.told = ""

    def batches(self) -> Iterator[list[tuple[int, Entry]]]:
        """Runs of new entries, in order."""
        batch: list[tuple[int, Entry]] = []
        for seq, entry in self._entries():
            if not batch:
                self.before = {seq: self._hash}
            self._seq, self._hash = seq, entry.hash
            batch.append((seq, entry))
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _follow(self, body: bytes) -> None:
        """From here on another key signs, where the entry says so (it was signed by the one before)."""
        if b'"key_rotated"' not in body:
            return
        with contextlib.suppress(*UNREADABLE, ValueError):
            fact = decode_fact(body)
            if isinstance(fact, KeyRotated) and fact.was is None:
                self._public = bytes.fromhex(fact.pubkey)

    def _entries(self) -> Iterator[tuple[int, Entry]]:
        for frame in self._chain.frames:
            place = frame.place
            if place.last <= self._seq:
                continue
            if place.first > self._seq + 1:
                self.told = "copy_hole"
                return
            try:
                entries = self._key.open(frame)
            except Refused as refused:
                self.told = refused.code
                continue  # another copy of the same run may open
            for seq, entry in enumerate(entries, place.first):
                if seq <= self._seq:
                    continue
                if entry_hash(self._hash, entry.body) != entry.hash:
                    self.told = "copy_fork"
                    break
                if not is_signed(self._public, entry.sig, entry.hash):
                    self.told = "copy_unsigned"
                    break
                yield seq, entry
                self._follow(entry.body)
        if self._seq >= self._chain.last:
            self.told = ""
