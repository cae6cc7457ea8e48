"""Whether a hub's books hold: chains, signatures, what is booked, day totals, stock, feeds.

Everything is worked out again from what the tills signed. It reads within one moment of the
database, so it may run while the hub serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import bindparam, func, select

from pos_app.domain.errors import PosError
from sync.hub import devices, epochs, own_journal, rebuilding, right_check, schema, snapshots
from sync.hub.database import Connection, Statement
from sync.hub.devices import Device
from sync.hub.identity import load_keys
from sync.protocol import decode_fact, entry_hash, genesis_hash

FINDINGS_MAX: Final = 1_000
"""More are counted, not told one by one."""

_e, _life, _x = schema.event.c, schema.device_epoch.c, schema.exception.c
_ENTRIES = Statement(
    "own",
    select(_e.device, _e.epoch, _e.seq, _e.n, _e.hash, _e.sig, _e.body, _e.id, _e.type, _e.result)
    .where(_e.device != bindparam("own"))
    .order_by(_e.device, _e.epoch, _e.seq),
)
_LIVES = Statement("", select(_life.device, _life.epoch, _life.nonce, _life.prev_epoch_hash))
_UNSIGNED = Statement("kind", select(_x.n).where(_x.kind == bindparam("kind")))
_COUNTS = Statement("", select(func.count(_e.n), func.min(_e.n), func.max(_e.n)))
_SAME = Statement("", select(_e.n, _e.same_as).where(_e.same_as.is_not(None)))
_q = schema.quarantine.c
_ASIDE = Statement(
    "result",
    select(_e.n)
    .select_from(schema.event.outerjoin(schema.quarantine, _q.n == _e.n))
    .where(_e.result == bindparam("result"), _q.n.is_(None)),
)
_f, _h = schema.feed.c, schema.feed_head.c
_FEEDS = Statement(
    "",
    select(_h.stream, _h.pos, func.count(_f.pos), func.min(_f.pos), func.max(_f.pos))
    .select_from(schema.feed_head.outerjoin(schema.feed, _f.stream == _h.stream))
    .group_by(_h.stream, _h.pos)
    .order_by(_h.stream),
)
_d, _doc = schema.day_total.c, schema.document.c
_DAYS = Statement(
    "",
    select(_d.store_id, _d.biz_date, _d.currency, _d.net, _d.tax, _d.total, _d.rounding).order_by(
        _d.store_id, _d.biz_date, _d.currency
    ),
)
_DOCUMENTS = Statement(
    "",
    select(
        _doc.store_id,
        _doc.biz_date,
        _doc.currency,
        func.sum(_doc.net),
        func.sum(_doc.tax),
        func.sum(_doc.total),
        func.sum(_doc.rounding),
    )
    .group_by(_doc.store_id, _doc.biz_date, _doc.currency)
    .order_by(_doc.store_id, _doc.biz_date, _doc.currency),
)


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what was found wrong with it."""

    entries: int = 0
    chains: int = 0
    streams: int = 0
    findings: list[str] = field(default_factory=list)
    more: int = 0
    """Findings beyond those told."""

    @property
    def whole(self) -> bool:
        """True where nothing is wrong."""
        return not self.findings

    def told(self) -> dict[str, Any]:
        """As the commands say it."""
        return {
            "whole": self.whole,
            "entries": self.entries,
            "chains": self.chains,
            "streams": self.streams,
            "findings": self.findings,
            "more": self.more,
        }


def verify(connection: Connection) -> Verdict:
    """Looks at everything; the findings are plain sentences, none of them for a hub that is whole."""
    verdict = Verdict()
    with connection.reading():
        for finding in _all(connection, verdict):
            if len(verdict.findings) < FINDINGS_MAX:
                verdict.findings.append(finding)
            else:
                verdict.more += 1
    return verdict


def _all(connection: Connection, verdict: Verdict) -> Iterator[str]:
    key = load_keys(connection).public_hex
    parts: dict[str, Callable[[], Iterable[str]]] = {
        "the file": connection.soundness,
        "the tills' chains": lambda: _chains(connection, verdict),
        "the hub's own chain": lambda: own_journal.verify(connection, key),
        "the entries' numbers": lambda: _numbers(connection),
        "the feeds": lambda: _feeds(connection, verdict),
        "the days' totals": lambda: _day_totals(connection),
        "the books": lambda: rebuilding.differences(connection),
        "the rights": lambda: right_check.differences(connection),
    }
    for name, findings in parts.items():
        try:
            yield from findings()
        except PosError:
            raise
        except Exception as cause:  # noqa: BLE001 - spoilt values break anything that reads them
            yield f"{name} cannot be read: {type(cause).__name__}: {cause}"


def _chains(connection: Connection, verdict: Verdict) -> Iterator[str]:
    known = {one.device: one for one in devices.every(connection)}
    lives = {
        (device, int(epoch)): (nonce, prev) for device, epoch, nonce, prev in _lives(connection)
    }
    unsigned = {row[0] for row in connection.all(_UNSIGNED, ("entry_signature",))}
    ended: dict[tuple[str, int], tuple[int, bytes]] = {}
    keys: dict[str, str] = {}
    entries = connection.each(_ENTRIES, (own_journal.DEVICE,))
    for (who, life), rows in groupby(entries, lambda row: (row[0], int(row[1]))):
        verdict.chains += 1
        if who not in known or (who, life) not in lives:
            yield f"chain {who} {life}: the hub knows no such till"
            verdict.entries += sum(1 for _ in rows)
            continue
        nonce, prev = lives[who, life]
        start = genesis_hash(who, life, bytes.fromhex(nonce), bytes.fromhex(prev))
        ever = {known[who].pubkey, *epochs.all_former_keys(connection, who)}
        chain = _Chain(known[who], life, start, unsigned, keys.get(who, ""), ever)
        yield from chain.read(rows)
        keys[who] = chain.pubkey
        verdict.entries += chain.seq
        ended[who, life] = (chain.seq, chain.hash)
    for till in known.values():
        seq, last = ended.get((till.device, till.epoch), (0, till.genesis))
        begun = (till.device, till.epoch) in ended
        if begun and keys[till.device] != till.pubkey:
            yield f"till {till.device}: its chain ends with another key than the hub's"
        if (till.last_seq, till.last_hash) != (seq, last):
            yield (
                f"till {till.store_id}-{till.till} ({till.device}): its chain ends at"
                f" {till.epoch}.{seq}, the hub says {till.epoch}.{till.last_seq}"
            )


def _lives(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.all(_LIVES)


@dataclass(slots=True)
class _Chain:
    """One life of a till's journal, read from its beginning."""

    till: Device
    epoch: int
    hash: bytes
    unsigned: set[int]
    pubkey: str
    """Signs what comes next, hex; empty where its first entry says it."""
    ever: set[str]
    """Every key the till is known to have had: a life may begin with one of before."""
    seq: int = 0

    def read(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
        """What of it does not hold."""
        key = self._key(self.pubkey) if self.pubkey else None
        for _, _, seq, n, own, sig, body, fact_id, kind, result in rows:
            where = f"entry {n} ({self.till.store_id}-{self.till.till}, {self.epoch}.{seq})"
            if seq != self.seq + 1:
                yield f"{where}: entries before it are missing"
            if entry_hash(self.hash, bytes(body)) != bytes(own):
                yield f"{where}: its hash is not that of its bytes"
            begins = _pubkey_in(kind, body) if kind == "chain_start" and seq == 1 else ""
            if key is None or begins in self.ever:
                key = self._key(begins or self.till.pubkey)
            if n not in self.unsigned and not _signed(key, bytes(sig), bytes(own)):
                yield f"{where}: the till's key did not sign it"
            if fact_id is not None and _index_of(bytes(body)) != (fact_id, kind):
                yield f"{where}: its columns say other than its body"
            if fact_id is None and result not in ("duplicate", "exception", "quarantined"):
                yield f"{where}: {result}, but it has no id"
            if kind == "key_rotated" and fact_id is not None:
                key = self._key(_pubkey_in(kind, body) or self.pubkey)
            self.seq, self.hash = int(seq), bytes(own)

    def _key(self, pubkey: str) -> Ed25519PublicKey:
        self.pubkey = pubkey
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(pubkey))


def _signed(key: Ed25519PublicKey, sig: bytes, own: bytes) -> bool:
    try:
        key.verify(sig, own)
    except InvalidSignature:
        return False
    return True


def _pubkey_in(kind: str, body: bytes) -> str:
    """The key that an entry says signs from there on; empty where it says none."""
    if kind not in ("chain_start", "key_rotated"):
        return ""
    fact = decode_fact(bytes(body))
    rejournalled = getattr(fact, "was", None) is not None
    return "" if rejournalled else str(getattr(fact, "pubkey", "")).lower()


class _Named(msgspec.Struct):
    id: str
    type: str


_named = msgspec.json.Decoder(_Named)


def _index_of(body: bytes) -> tuple[str, str]:
    try:
        found = _named.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "", ""
    return found.id, found.type


def _numbers(connection: Connection) -> Iterator[str]:
    """The hub's own numbers of entries are dense where one process gives them; a copy points back."""
    found = connection.one(_COUNTS)
    dense = found is None or not found[0] or (found[1], found[2]) == (1, found[0])
    if found and not dense and not connection.shared:
        yield f"entries are numbered {found[1]} to {found[2]}, but there are {found[0]}"
    for n, same_as in connection.all(_SAME):
        if same_as == n or same_as < 1:
            yield f"entry {n}: says it is a copy of {same_as}"
    for (n,) in connection.all(_ASIDE, ("quarantined",)):
        yield f"entry {n}: in quarantine, but not in its list"


def _feeds(connection: Connection, verdict: Verdict) -> Iterator[str]:
    for stream, pos, count, first, last in connection.all(_FEEDS):
        verdict.streams += 1
        # Rows from the beginning on may have gone, where a snapshot contains them.
        held = {one.pos for one in snapshots.kept(connection, stream)}
        if count and (last != pos or count != last - first + 1):
            yield f"feed {stream}: {count} rows from {first} to {last}, its head is {pos}"
        elif count and first > 1 and not any(at >= first - 1 for at in held):
            yield f"feed {stream}: begins at {first}, and no snapshot has what was before"
        elif not count and pos and pos not in held:
            yield f"feed {stream}: empty, its head is {pos}"


def _day_totals(connection: Connection) -> Iterator[str]:
    right = {row[:3]: tuple(map(int, row[3:])) for row in connection.all(_DOCUMENTS)}
    for row in connection.all(_DAYS):
        wanted = right.pop(row[:3], (0, 0, 0, 0))
        if tuple(map(int, row[3:])) != wanted:
            yield f"day {' '.join(row[:3])}: {row[5]} in all, its documents give {wanted[2]}"
    for place in right:
        yield f"day {' '.join(place)}: documents, but no total"
