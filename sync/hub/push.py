"""Taking in journal entries: each has its effect exactly once, and none blocks the next.

The chain is computed again over the very bytes; a well-formed fact is never refused, a broken
rule opens an exception, bytes nobody can read are kept in quarantine and the chain goes on.
"""

from __future__ import annotations

import binascii
import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import bindparam, select, update

from sync.hub import exceptions, feed, refunds, schema, store
from sync.hub.answers import HubProblem, stamp
from sync.hub.booking import APPLIED, DUPLICATE, EXCEPTION, QUARANTINED, Booking
from sync.hub.checks import Checker, checker_of
from sync.hub.database import Connection, Statement, adding, row_error
from sync.hub.devices import Device
from sync.hub.identity import HubKeys
from sync.hub.numbers import take
from sync.protocol import (
    HUB_MAX_EVENTS,
    AnyFact,
    KeyRotated,
    Push,
    PushedEvent,
    PushReply,
    ReflectedRow,
    SaleRefRow,
    StockRow,
    ack_signing_bytes,
    decode_fact,
    entry_hash,
)

UNREADABLE: Final = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What decoding bytes from a stranger may raise."""

_e = schema.event.c
_HASHES = Statement(
    "device epoch first last",
    select(_e.seq, _e.hash)
    .where(
        _e.device == bindparam("device"),
        _e.epoch == bindparam("epoch"),
        _e.seq >= bindparam("first"),
        _e.seq <= bindparam("last"),
    )
    .order_by(_e.seq),
)
_BY_FACT = Statement("id", select(_e.n, _e.body).where(_e.id == bindparam("id")))
_ADD_EVENT = adding(schema.event)
_ADD_QUARANTINE = adding(schema.quarantine)
_MOVE_HEAD = Statement(
    "seq hash doc seen wanted",
    update(schema.device)
    .where(schema.device.c.device == bindparam("wanted"))
    .values(
        last_seq=bindparam("seq"),
        last_hash=bindparam("hash"),
        last_doc=bindparam("doc"),
        last_seen=bindparam("seen"),
    ),
)


class _Entry(msgspec.Struct, frozen=True):
    """One entry whose place in the chain is proven."""

    n: int
    seq: int
    body: bytes
    hash: bytes
    sig: bytes
    fact: AnyFact | None
    reason: str
    """Why there is no fact."""


def push(
    connection: Connection, device: Device, asked: Push, keys: HubKeys, now: dt.datetime
) -> PushReply:
    """Books what is new of `asked`; the signed ack of what is durable once this is committed.

    Raises HubProblem("fenced" | "gap" | "fork" | "too_many_events" | "malformed") without
    having changed anything.
    """
    if len(asked.events) > HUB_MAX_EVENTS:
        raise HubProblem("too_many_events", f"at most {HUB_MAX_EVENTS}")
    if asked.epoch != device.epoch:
        raise HubProblem("fenced", ack=device.head)
    if asked.first_seq < 1:
        raise HubProblem("malformed", "first_seq is 1 or more")
    if asked.first_seq > device.last_seq + 1:
        raise HubProblem("gap", ack=device.head)
    known = _check_overlap(connection, device, asked)
    fresh = asked.events[known:]
    results = [DUPLICATE] * known
    head = device.head
    at = stamp(now)
    if fresh:
        entries = _chained(connection, device, asked.first_seq + known, fresh)
        results += _book(connection, device, entries, at)
        last = entries[-1]
        head = msgspec.structs.replace(head, seq=last.seq, hash=last.hash.hex())
    signed = keys.sign(ack_signing_bytes(device.device, head, at))
    return PushReply(ack=head, hub_time=at, sig=signed, results=results)


def _check_overlap(connection: Connection, device: Device, asked: Push) -> int:
    """How many leading entries the hub holds already, all of them equal; else a fork."""
    before = asked.first_seq - 1
    count = min(len(asked.events), device.last_seq - before)
    if before == device.last_seq:
        held = device.last_hash
        stored: dict[int, bytes] = {}
    else:
        last = before + count
        stored = dict(connection.all(_HASHES, (device.device, device.epoch, before, last)))
        held = stored.get(before, b"") if before else device.genesis
    if held.hex() != asked.prev_hash.lower():
        raise HubProblem("fork", ack=device.head)
    for place in range(count):
        if stored.get(before + 1 + place, b"").hex() != asked.events[place].hash.lower():
            raise HubProblem("fork", ack=device.head)
    return count


def _chained(
    connection: Connection, device: Device, first_seq: int, fresh: Sequence[PushedEvent]
) -> list[_Entry]:
    """The new entries, each hash computed again from the bytes before it."""
    numbers = take(connection, len(fresh))
    previous = device.last_hash
    entries = []
    for place, (n, event) in enumerate(zip(numbers, fresh, strict=True)):
        body = bytes(event.body)
        own = entry_hash(previous, body)
        try:
            said, sig = bytes.fromhex(event.hash), binascii.a2b_base64(event.sig)
        except (ValueError, binascii.Error) as cause:
            raise HubProblem("malformed", "hash is hex, sig is base64") from cause
        if own != said:
            raise HubProblem("fork", ack=device.head)
        fact, reason = _read(body)
        entries.append(_Entry(n, first_seq + place, body, own, sig, fact, reason))
        previous = own
    return entries


def _read(body: bytes) -> tuple[AnyFact | None, str]:
    try:
        return decode_fact(body), ""
    except UNREADABLE as cause:
        return None, f"{type(cause).__name__}: {cause}"[:300]


def _book(connection: Connection, device: Device, entries: Sequence[_Entry], at: str) -> list[str]:
    """Writes entries and their effects; what became of each.

    All together first, which is ten times faster; where anything of that fails nothing of it
    stands, and they go one by one, so that the one that failed is known and goes aside.
    """
    found = store.load(connection, device.store_id)
    checker = checker_of(found.rules)
    books = _Books(connection, device, checker, found.store.currency, at)
    readable = [(entry, entry.fact) for entry in entries if entry.fact is not None]
    if len(readable) == len(entries):
        try:
            with connection.savepoint("whole"):
                books.whole(readable)
        except (*row_error, ArithmeticError, ValueError, TypeError, KeyError):
            books = _Books(connection, device, checker, found.store.currency, at)
            books.singly(entries)
    else:
        books.singly(entries)
    books.finish()
    bad = _unsigned(device, entries)
    if bad:
        books.flag_signatures(bad)
    last = entries[-1]
    connection.run(_MOVE_HEAD, (last.seq, last.hash, books.last_doc, at, device.device))
    reflected = ReflectedRow(device.device, device.epoch, last.seq)
    rows = [("stock", data) for data in feed.batches(books.stock_rows())]
    rows += [("sale_ref", data) for data in refunds.ref_batches(books.refs)]
    for told in exceptions.untold(connection, device.store_id).values():
        rows += [("exception", data) for data in feed.batches(told)]
    own = feed.store_stream(device.store_id)
    rows += books.told.pop(own, [])
    rows.append(("reflected", msgspec.json.encode([reflected])))
    feed.append(connection, {own: rows, **books.told})
    return books.results


def _unsigned(device: Device, entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries that the till's key did not sign.

    One check of the last covers the chain before it; only where that fails each is looked at.
    """
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(device.pubkey))
    if _signed(key, entries[-1]):
        return []
    bad = []
    for entry in entries:
        if not _signed(key, entry):
            bad.append(entry)
        elif isinstance(entry.fact, KeyRotated) and entry.fact.was is None:
            with contextlib.suppress(ValueError):
                key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(entry.fact.pubkey))
    return bad


def _signed(key: Ed25519PublicKey, entry: _Entry) -> bool:
    try:
        key.verify(entry.sig, entry.hash)
    except InvalidSignature:
        return False
    return True


class _Books:
    """One batch on its way into the tables."""

    def __init__(
        self, connection: Connection, device: Device, checker: Checker, currency: str, at: str
    ) -> None:
        self._connection = connection
        self._device = device
        self._checker = checker
        self._currency = currency
        self._at = at
        self.results: list[str] = []
        self.last_doc = device.last_doc
        self._stock: dict[str, StockRow] = {}
        self.refs: list[SaleRefRow] = []
        self.told: dict[str, list[tuple[str, bytes]]] = {}
        """Stream -> rows that these entries tell its tills besides."""
        self._unfinished: list[Booking] = []

    def finish(self) -> None:
        """What the hub itself writes because of the batch, whose entries stand now."""
        for books in self._unfinished:
            books.finish()
            self._tell(books)

    def _tell(self, books: Booking) -> None:
        for stream, told in books.told.items():
            self.told.setdefault(stream, []).extend(told)
        books.told.clear()

    def stock_rows(self) -> list[StockRow]:
        """What is on hand now of everything that moved."""
        return list(self._stock.values())

    def whole(self, entries: Sequence[tuple[_Entry, AnyFact]]) -> None:
        """All of them at once; raises where one of them cannot be written."""
        books = self._booking()
        for entry, fact in entries:
            books.add(entry.n, entry.seq, fact)
        self._keep(books)
        rows = []
        for entry, fact in entries:
            result = EXCEPTION if entry.n in books.flagged else APPLIED
            rows.append(self._event(entry, fact.id, type_of(fact), result))
            self.results.append(result)
        self._connection.many(_ADD_EVENT, rows)

    def singly(self, entries: Sequence[_Entry]) -> None:
        """One after the other; what cannot be booked goes into quarantine, bytes and all."""
        for entry in entries:
            result, reason = "", entry.reason
            if entry.fact is not None:
                try:
                    with self._connection.savepoint("single"):
                        result = self._one(entry, entry.fact)
                except (*row_error, ArithmeticError, ValueError, TypeError, KeyError) as cause:
                    reason = f"{type(cause).__name__}: {cause}"[:300]
            if not result:
                self._set_aside(entry, reason)
                result = QUARANTINED
            self.results.append(result)

    def flag_signatures(self, entries: Sequence[_Entry]) -> None:
        """Tells of entries that the till's key did not sign; they are booked all the same."""
        books = self._booking()
        for entry in entries:
            books.flag("entry_signature", entry.n, entry.fact, f"seq {entry.seq}")
        books.write()

    def _one(self, entry: _Entry, fact: AnyFact) -> str:
        first = self._connection.one(_BY_FACT, (fact.id,))
        books = self._booking()
        if first is not None:
            same = same_content(entry.body, first[1])
            if not same:
                amount = getattr(fact, "total", 0)
                books.flag("id_reused", entry.n, fact, f"first seen as entry {first[0]}", amount)
                books.write()
            result = DUPLICATE if same else EXCEPTION
            row = self._event(entry, None, type_of(fact), result, int(first[0]))
            self._connection.run(_ADD_EVENT, row)
            return result
        books.add(entry.n, entry.seq, fact)
        self._keep(books)
        result = EXCEPTION if entry.n in books.flagged else APPLIED
        self._connection.run(_ADD_EVENT, self._event(entry, fact.id, type_of(fact), result))
        return result

    def _booking(self) -> Booking:
        books = Booking(self._connection, self._device, self._checker, self._at)
        books.currency = self._currency
        books.last_doc = self.last_doc
        return books

    def _keep(self, books: Booking) -> None:
        rows = books.write()
        self._stock.update({row.sku: row for row in rows})
        self.last_doc = books.last_doc
        self.refs += books.refs
        self._tell(books)
        if books.at_last:
            self._unfinished.append(books)

    def _set_aside(self, entry: _Entry, reason: str) -> None:
        connection = self._connection
        connection.run(_ADD_EVENT, self._event(entry, None, "", QUARANTINED))
        connection.run(
            _ADD_QUARANTINE, (entry.n, self._device.device, reason, "quarantined", self._at)
        )
        device = self._device
        exceptions.open_exception(
            connection,
            kind="quarantine",
            n=entry.n,
            device=device.device,
            store=device.store_id,
            amount=exceptions.amount_in(entry.body),
            currency=self._currency,
            detail=f"entry {device.epoch}.{entry.seq}: {reason}",
            at=self._at,
        )

    def _event(
        self, entry: _Entry, fact_id: str | None, kind: str, result: str, same_as: int | None = None
    ) -> tuple[object, ...]:
        device = self._device
        return (
            entry.n,
            device.device,
            device.epoch,
            entry.seq,
            fact_id,
            kind,
            entry.hash,
            entry.sig,
            entry.body,
            self._at,
            result,
            same_as,
        )


def type_of(fact: AnyFact) -> str:
    """What a body calls itself by its `type`."""
    tag = type(fact).__struct_config__.tag
    return str(tag)


def same_content(one: bytes, other: bytes) -> bool:
    """True where two bodies tell the same fact, journalled at different places."""

    def content(body: bytes) -> Mapping[str, Any]:
        told: dict[str, Any] = msgspec.json.decode(body)
        return {name: value for name, value in told.items() if name not in _PLACE}

    return content(one) == content(other)


_PLACE: Final = frozenset({"dev", "epoch", "seq", "basis", "t", "was"})
"""What changes when a fact is journalled again under a new epoch."""
