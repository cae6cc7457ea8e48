"""The tills a hub knows: their keys, their state, the end of their chains, their enrolment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update

from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from sync.hub import epochs, feed, schema
from sync.hub.answers import HubProblem, Ids, stamp
from sync.hub.database import Connection, Statement, adding, numbering
from sync.hub.identity import HubKeys, code_hash, feed_name
from sync.protocol import EnrolReply, EnrolRequest, Head, TillRow, genesis_hash
from sync.protocol.fingerprint import fingerprint

PENDING: Final = "pending"
ACTIVE: Final = "active"
REVOKED: Final = "revoked"
SUSPENDED: Final = "suspended"
DRAINING: Final = "draining"
"""Suspended, and to be wiped when everything of it is here."""
WIPING: Final = "wiping"
"""To be wiped now; it has not said that it was."""
WIPED: Final = "wiped"
IN_SERVICE: Final = frozenset({ACTIVE, SUSPENDED, DRAINING, WIPING})
"""States in which a till's number is its own."""
CODE_MINUTES: Final = 10
WRONG_CODES_MAX: Final = 20
"""Wrong codes within `CODE_MINUTES`, of all tills together, before the hub stops listening."""
EPOCH_MAX: Final = 100_000
_SEALED_MAX: Final = 4_096

_d, _c, _w = schema.device.c, schema.enrol_code.c, schema.wrong_code.c
_ALL_OF = [
    "device",
    "store_id",
    "till",
    "state",
    "pubkey",
    "fingerprint",
    "name",
    "epoch",
    "nonce",
    "prev_epoch_hash",
    "last_seq",
    "last_hash",
    "last_doc",
    "last_seen",
    "program",
    "enrolled_at",
]
_COLUMNS = [_d[name] for name in _ALL_OF]
_BY_ID = Statement("device", select(*_COLUMNS).where(_d.device == bindparam("device")))
_BY_KEY = Statement("pubkey", select(*_COLUMNS).where(_d.pubkey == bindparam("pubkey")))
_LIST = Statement("", select(*_COLUMNS).order_by(_d.store_id, _d.till, _d.device))
_OF_TILL = Statement(
    "store_id till",
    select(*_COLUMNS).where(_d.store_id == bindparam("store_id"), _d.till == bindparam("till")),
)
_ADD = adding(schema.device)
_ADD_EPOCH = adding(schema.device_epoch)
_SET_STATE = Statement(
    "new_state approved wanted",
    update(schema.device)
    .where(_d.device == bindparam("wanted"))
    .values(state=bindparam("new_state"), approved_at=bindparam("approved")),
)
_SET_EPOCH = Statement(
    "new_sealed new_epoch new_nonce new_prev seq start doc wanted",
    update(schema.device)
    .where(_d.device == bindparam("wanted"))
    .values(
        sealed_key=bindparam("new_sealed"),
        epoch=bindparam("new_epoch"),
        nonce=bindparam("new_nonce"),
        prev_epoch_hash=bindparam("new_prev"),
        last_seq=bindparam("seq"),
        last_hash=bindparam("start"),
        last_doc=bindparam("doc"),
    ),
)
_SEEN = Statement(
    "seen_at sw wanted",
    update(schema.device)
    .where(_d.device == bindparam("wanted"))
    .values(last_seen=bindparam("seen_at"), program=bindparam("sw")),
)
_CODE = Statement(
    "code_hash",
    select(_c.store_id, _c.till, _c.replaces, _c.expires, _c.used_by).where(
        _c.code_hash == bindparam("code_hash")
    ),
)
_REPLACES = Statement(
    "used_by",
    select(_c.replaces).where(_c.used_by == bindparam("used_by")).order_by(_c.replaces.desc()),
)
_ADD_CODE = adding(schema.enrol_code)
_USE_CODE = Statement(
    "user code",
    update(schema.enrol_code)
    .where(_c.code_hash == bindparam("code"))
    .values(used_by=bindparam("user")),
)
_WRONG = Statement(
    "since",
    select(func.count()).select_from(schema.wrong_code).where(_w.tried_at > bindparam("since")),
)
_ADD_WRONG = numbering(schema.wrong_code)
_FORGET_WRONG = Statement(
    "since", delete(schema.wrong_code).where(_w.tried_at <= bindparam("since"))
)
_STORE = Statement(
    "store_id",
    select(schema.store.c.store_id).where(schema.store.c.store_id == bindparam("store_id")),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A till as the hub knows it."""

    device: str
    store_id: str
    till: str
    state: str
    pubkey: str
    fingerprint: str
    name: str
    epoch: int
    nonce: str
    prev_epoch_hash: str
    last_seq: int
    last_hash: bytes
    last_doc: int
    last_seen: str
    program: str
    enrolled_at: str

    @property
    def head(self) -> Head:
        """The end of its chain, as far as the hub holds it."""
        return Head(self.epoch, self.last_seq, self.last_hash.hex())

    @property
    def genesis(self) -> bytes:
        """What stands before the first entry of its epoch."""
        return genesis_hash(
            self.device,
            self.epoch,
            bytes.fromhex(self.nonce),
            bytes.fromhex(self.prev_epoch_hash),
        )

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams it may read."""
        return (
            feed.GLOBAL,
            feed.store_stream(self.store_id),
            feed.device_stream(self.device),
        )


def find(connection: Connection, device: str) -> Device | None:
    """The till of that id, or None."""
    row = connection.one(_BY_ID, (device,))
    return Device(*row) if row else None


def held(connection: Connection, device: Device) -> Device:
    """The till as it is, kept from every other transaction until the commit.

    Its store's name first: all that is booked for a store is booked by one at a time, so the rows
    of its stock, days and feed are never waited for in a ring.
    """
    hold_store(connection, device.store_id)
    connection.lock(schema.device, (device.device,))
    row = connection.one(_BY_ID, (device.device,))
    return Device(*row) if row else device


def hold_store(connection: Connection, store_id: str) -> None:
    """Keeps everybody else from writing for a store until the commit."""
    connection.lock_name(f"store:{store_id}")


def every(connection: Connection) -> list[Device]:
    """All tills, by store and till."""
    return [Device(*row) for row in connection.all(_LIST)]


def seen(connection: Connection, device: str, program: str, now: dt.datetime) -> None:
    """Notes when a till spoke last and what it runs."""
    connection.run(_SEEN, (stamp(now), plain(program, 40), device))


def issue_code(
    connection: Connection, store_id: str, till: str, code: str, now: dt.datetime, *, replaces: bool
) -> str:
    """Makes `code` good once, for ten minutes, for that till; the instant it runs out.

    Only its hash is kept. Raises Refused("store_unknown" | "till_number_bad").
    """
    if connection.one(_STORE, (store_id,)) is None:
        raise Refused("store_unknown", store=store_id)
    if not (till.isascii() and till.isalnum() and till == till.upper() and len(till) <= 8):
        raise Refused("till_number_bad", till=till)
    expires = stamp(now + dt.timedelta(minutes=CODE_MINUTES))
    connection.run(_ADD_CODE, (code_hash(code), store_id, till, replaces, expires, ""))
    return expires


def enrol(
    connection: Connection, asked: EnrolRequest, keys: HubKeys, now: dt.datetime, ids: Ids
) -> EnrolReply:
    """A till's identity, for a one-time code.

    Asked again with the same code, key and attempt the answer is the same (a lost answer costs
    nothing); another copy of the same disk does not get it.
    A key that is known already begins a new epoch: the old one is fenced for every copy of the
    disk. Raises HubProblem.
    """
    pubkey = _checked_key(asked.pubkey)
    if asked.have is not None and not 0 <= asked.have.epoch <= EPOCH_MAX:
        raise HubProblem("malformed", f"epochs are 0 to {EPOCH_MAX}")
    found = _code(connection, asked.code, now)
    store_id, till, replaces, expires, used_by = found
    hold_store(connection, store_id)
    row = connection.one(_BY_KEY, (pubkey,))
    known = Device(*row) if row else find(connection, epochs.had_key(connection, pubkey, now))
    if used_by:
        same = known is not None and known.device == used_by
        if known is None or not same or _attempt(connection, known) != asked.attempt:
            raise HubProblem("code_used")
        return _reply(known, keys)
    if expires <= stamp(now):
        raise HubProblem("code_expired")
    if known is not None:
        device = known.device
        _check_known(known, store_id, till)
        begun = asked.attempt != "" and asked.attempt == _attempt(connection, known)
        if not begun or known.last_seq:
            # Else it has the epoch already, and only lost the answer and its code.
            _next_epoch(connection, known, asked, ids, now)
        if known.pubkey != pubkey:
            # Put back from before it changed its key: it has only the one of before.
            epochs.changed_key(connection, known, pubkey, now)
    else:
        device = _new_device(connection, store_id, till, pubkey, asked, bool(replaces), ids, now)
    connection.run(_USE_CODE, (device, code_hash(asked.code)))
    fresh = find(connection, device)
    if fresh is None:
        raise LookupError(device)
    return _reply(fresh, keys)


def _attempt(connection: Connection, device: Device) -> str:
    return epochs.attempt_of(connection, device.device, device.epoch)


def _check_known(device: Device, store_id: str, till: str) -> None:
    """Raises HubProblem for a till that may not begin another epoch under this code."""
    if (device.store_id, device.till) != (store_id, till):
        raise HubProblem("device_elsewhere")
    if device.state in (REVOKED, WIPED):
        raise HubProblem("device_revoked")


def _code(connection: Connection, code: str, now: dt.datetime) -> tuple[str, str, bool, str, str]:
    """The code's row; a wrong one is counted, and too many close the door for a while."""
    since = stamp(now - dt.timedelta(minutes=CODE_MINUTES))
    connection.run(_FORGET_WRONG, (since,))
    wrong = connection.one(_WRONG, (since,))
    if wrong is not None and wrong[0] >= WRONG_CODES_MAX:
        raise HubProblem("too_many_tries", retry_after_s=60)
    connection.lock(schema.enrol_code, (code_hash(code),))
    found = connection.one(_CODE, (code_hash(code),))
    if found is None:
        connection.run(_ADD_WRONG, (stamp(now),))
        raise HubProblem("code_unknown")
    return found


def _checked_key(pubkey: str) -> str:
    try:
        raw = bytes.fromhex(pubkey)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise HubProblem("malformed", "pubkey is 32 bytes in hex")
    return raw.hex()


def _new_device(
    connection: Connection,
    store_id: str,
    till: str,
    pubkey: str,
    asked: EnrolRequest,
    replaces: bool,
    ids: Ids,
    now: dt.datetime,
) -> str:
    others = [Device(*row) for row in connection.all(_OF_TILL, (store_id, till))]
    if not replaces and any(other.state in IN_SERVICE for other in others):
        raise HubProblem("till_taken")
    if len(asked.sealed_key) > _SEALED_MAX:
        raise HubProblem("malformed", "sealed_key is too long")
    # A receipt number holds store, till and epoch: a new device under an old number goes on
    # counting epochs where the last one stopped, so no number is ever printed twice. One that was
    # a copy of another goes on behind the epoch that it has in its ledger.
    epoch = max([0, asked.have.epoch if asked.have else 0, *(other.epoch for other in others)]) + 1
    device = ids.uuid()
    nonce = ids.token(16)
    start = genesis_hash(device, epoch, nonce)
    at = stamp(now)
    connection.run(
        _ADD,
        (
            device,
            store_id,
            till,
            PENDING,
            pubkey,
            fingerprint(pubkey),
            plain(asked.name, 80),
            plain(asked.hardware, 200),
            asked.sealed_key,
            epoch,
            nonce.hex(),
            "",
            0,
            start,
            0,
            at,
            "",
            at,
            "",
        ),
    )
    connection.run(_ADD_EPOCH, (device, epoch, nonce.hex(), "", at))
    epochs.begun(connection, device, epoch, asked.attempt)
    feed.begin(connection, feed.device_stream(device), feed_name(connection))
    return device


def _next_epoch(
    connection: Connection, known: Device, asked: EnrolRequest, ids: Ids, now: dt.datetime
) -> None:
    others = [Device(*row) for row in connection.all(_OF_TILL, (known.store_id, known.till))]
    had = asked.have.epoch if asked.have else 0  # more than ours, where this hub was put back
    epoch = max(had, *(other.epoch for other in others)) + 1
    nonce = ids.token(16)
    previous = known.last_hash
    start = genesis_hash(known.device, epoch, nonce, previous)
    sealed = asked.sealed_key[:_SEALED_MAX]
    connection.run(
        _SET_EPOCH, (sealed, epoch, nonce.hex(), previous.hex(), 0, start, 0, known.device)
    )
    connection.run(_ADD_EPOCH, (known.device, epoch, nonce.hex(), previous.hex(), stamp(now)))
    epochs.begun(connection, known.device, epoch, asked.attempt)
    from sync.hub import rights  # it works with devices itself

    rights.freeze(connection, known.device, stamp(now))


def _reply(device: Device, keys: HubKeys) -> EnrolReply:
    return EnrolReply(
        device=device.device,
        state=device.state,
        fingerprint=device.fingerprint,
        store=device.store_id,
        till=device.till,
        epoch=device.epoch,
        nonce=device.nonce,
        prev_epoch_hash=device.prev_epoch_hash,
        hub_key=keys.public_hex,
    )


def choose(connection: Connection, wanted: str) -> Device:
    """The till meant by an id or by its six words. Raises Refused("till_unknown")."""
    words = "-".join(wanted.lower().replace("-", " ").split())
    for device in every(connection):
        if wanted == device.device or words == device.fingerprint:
            return device
    raise Refused("till_unknown", till=wanted)


def replaced_by(connection: Connection, wanted: str) -> list[Device]:
    """The tills that are taken out of service when this one is let in."""
    device = choose(connection, wanted)
    others = [Device(*row) for row in connection.all(_OF_TILL, (device.store_id, device.till))]
    return [one for one in others if one.device != device.device and one.state in IN_SERVICE]


def approve(connection: Connection, wanted: str, now: dt.datetime) -> Device:
    """Lets a pending till in; a till that it replaces is taken out of service.

    Raises Refused("till_unknown" | "till_was_revoked" | "till_number_taken").
    """
    device = choose(connection, wanted)
    hold_store(connection, device.store_id)
    if device.state in (REVOKED, WIPED):
        raise Refused("till_was_revoked", till=wanted)
    others = [Device(*row) for row in connection.all(_OF_TILL, (device.store_id, device.till))]
    others = [other for other in others if other.device != device.device]
    replaces = connection.one(_REPLACES, (device.device,))
    if not (replaces and replaces[0]) and any(other.state in IN_SERVICE for other in others):
        raise Refused("till_number_taken", store=device.store_id, till=device.till)
    for other in others:
        if other.state not in (REVOKED, WIPED):
            connection.run(_SET_STATE, (REVOKED, "", other.device))
    connection.run(_SET_STATE, (ACTIVE, stamp(now), device.device))
    tell_tills(connection, device, *others)
    return choose(connection, device.device)


def revoke(connection: Connection, wanted: str) -> Device:
    """Takes a till out of service: nothing of it is accepted any more."""
    device = choose(connection, wanted)
    hold_store(connection, device.store_id)
    connection.run(_SET_STATE, (REVOKED, "", device.device))
    tell_tills(connection, device)
    return choose(connection, device.device)


def tell_tills(connection: Connection, *devices: Device) -> None:
    """Tells the store's tills of each other: whose receipts to believe, by which key."""
    stored = [find(connection, device.device) for device in devices]
    rows = [
        TillRow(
            *(device.device, device.till, device.pubkey, device.state in IN_SERVICE),
            epochs.all_former_keys(connection, device.device),
        )
        for device in stored
        if device is not None
    ]
    feed.publish(connection, feed.store_stream(devices[0].store_id), "till", rows)
