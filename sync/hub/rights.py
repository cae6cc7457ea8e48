"""Values that must not be spent twice: what is free of an account, and who holds a right to it.

E1, under the account's row lock at each grant, hold and online burn: what came in, less what was
spent, less what is held by rights that may still be spent, is never below zero. Time returns
nothing here: a right of a silent till stays taken off until the till's own later fact, the sealing
of its epoch, or a person says that it is unspent.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import bindparam, case, select, update

from pos_app.domain.errors import Refused
from sync.hub import own_journal, schema
from sync.hub.accounts import available, lock, move_account
from sync.hub.answers import HubProblem, Ids, stamp
from sync.hub.database import Connection, Statement, adding
from sync.hub.devices import Device
from sync.hub.identity import HubKeys
from sync.protocol import RightPart, RightReply, RightWrittenOff, right_signing_bytes

GRANT, SELF, HOLD, RETURN, RESERVATION = "grant", "self", "hold", "return", "reservation"
FIRST_STATE: Final = {
    GRANT: "ACTIVE",
    SELF: "ACTIVE",
    HOLD: "HELD",
    RETURN: "AUTHORISED",
    RESERVATION: "RESERVED",
}
FROZEN, SETTLED, REFUSED, EXHAUSTED = "FROZEN", "SETTLED", "REFUSED", "EXHAUSTED"
CAPTURED, VOIDED, RETURNED = "CAPTURED", "VOIDED", "RETURNED"
GIVEN_UP: Final = "given_up"
"""Why a till let a right go whose answer it never heard."""
NO_VALUE: Final = "no_value"
"""Why a right to a card or to credit was refused that is not there, not open, or not the asker's."""
PRESENTED: Final = "presented"
"""Why a right is here that the hub had forgotten: its till showed it (`present`)."""

_r, _p = schema.value_right.c, schema.right_part.c
_RIGHT = Statement("right_id", select(*_r).where(_r.right_id == bindparam("right_id")))
_PARTS = Statement(
    "right_id",
    select(_p.kind, _p.account, _p.amount, _p.used)
    .where(_p.right_id == bindparam("right_id"))
    .order_by(_p.place),
)
_ADD_RIGHT = adding(schema.value_right)
_ADD_PART = adding(schema.right_part)
_SET_STATE = Statement(
    "state_ why_ changed_ wanted",
    update(schema.value_right)
    .where(_r.right_id == bindparam("wanted"))
    .values(state=bindparam("state_"), why=bindparam("why_"), changed=bindparam("changed_")),
)
_SHRINK = Statement(
    "is_open wanted",
    update(schema.right_part)
    .where(_p.right_id == bindparam("wanted"))
    .values(
        amount=case((_p.used < _p.amount, _p.used), else_=_p.amount), open=bindparam("is_open")
    ),
)
_USE = Statement(
    "more right kind_ account_",
    update(schema.right_part)
    .where(
        _p.right_id == bindparam("right"),
        _p.kind == bindparam("kind_"),
        _p.account == bindparam("account_"),
    )
    .values(used=_p.used + bindparam("more")),
)
_LESSEN = Statement(
    "less again right kind_ account_",
    update(schema.right_part)
    .where(
        _p.right_id == bindparam("right"),
        _p.kind == bindparam("kind_"),
        _p.account == bindparam("account_"),
    )
    .values(
        amount=case(
            (_p.amount - bindparam("less") > _p.used, _p.amount - bindparam("again")),
            else_=_p.used,
        )
    ),
)
_ADD_BURN = adding(schema.right_burn, ignore=True)
_CLOSE = Statement(
    "is_open wanted",
    update(schema.right_part)
    .where(_p.right_id == bindparam("wanted"))
    .values(open=bindparam("is_open")),
)
_OF_DEVICE = Statement(
    "device", select(*_r).where(_r.device == bindparam("device")).order_by(_r.right_id)
)
_EVERY = Statement("", select(*_r).order_by(_r.made, _r.right_id))


@dataclass(frozen=True, slots=True)
class Right:
    """A right as the hub knows it."""

    right_id: str
    form: str
    state: str
    device: str
    epoch: int
    store_id: str
    payload: str
    ttl_s: int
    why: str
    made: str
    changed: str

    @property
    def open(self) -> bool:
        """True while it is taken off what is left of its account."""
        return self.state in _OPEN


_OPEN: Final = frozenset({*FIRST_STATE.values(), FROZEN})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A right that somebody asks for; `asked` are the very words, for the comparison."""

    right_id: str
    form: str
    parts: tuple[RightPart, ...]
    ttl_s: int
    asked: bytes
    store_id: str
    least: int = 0
    """Above 0: where there is less than the one part asks for, but so much at least, that will do."""

    @property
    def payload(self) -> str:
        """Hash of what was asked."""
        return hashlib.sha256(self.form.encode() + b"|" + self.asked).hexdigest()


# --- rights -------------------------------------------------------------------------------


def find(connection: Connection, right_id: str) -> Right | None:
    """The right of that id."""
    row = connection.one(_RIGHT, (right_id,))
    return Right(*row) if row else None


def parts_of(connection: Connection, right_id: str) -> tuple[RightPart, ...]:
    """How much of which account it is, and what of that was used."""
    return tuple(RightPart(*row) for row in connection.all(_PARTS, (right_id,)))


def every(connection: Connection, device: str = "") -> list[Right]:
    """All rights, or those of a device, the settled too."""
    rows = connection.all(_OF_DEVICE, (device,)) if device else connection.all(_EVERY)
    return [Right(*row) for row in rows]


def known(connection: Connection, wanted: Wanted, device: str) -> Right | None:
    """The right that this very question was answered with.

    Raises HubProblem("id_reused") where the id is another's, or was given to another question.
    """
    found = find(connection, wanted.right_id)
    if found is None:
        return None
    same = found.payload == wanted.payload or found.why == PRESENTED
    if found.device != device or not same:
        raise HubProblem("id_reused")
    return found


def grant(connection: Connection, device: Device, wanted: Wanted, now: dt.datetime) -> Right:
    """The right, or the refusal, that is the answer to a question from now on.

    Raises HubProblem("id_reused").
    """
    return grant_to(connection, device.device, device.epoch, wanted, now)


def grant_to(
    connection: Connection, owner: str, epoch: int, wanted: Wanted, now: dt.datetime
) -> Right:
    """The same where nobody's till asks: a person at the hub, a sales channel."""
    before = known(connection, wanted, owner)
    if before is not None:
        return before
    lock(connection, ((part.kind, part.account) for part in wanted.parts))
    again = known(connection, wanted, owner)  # somebody who held the lock before us
    if again is not None:
        return again
    if wanted.least:
        wanted = _as_much(connection, wanted, now)
    short = _short(connection, wanted.parts, now)
    state = REFUSED if short else FIRST_STATE[wanted.form]
    return _write(connection, owner, epoch, wanted, state, short, stamp(now))


def refuse(connection: Connection, device: Device, wanted: Wanted, now: dt.datetime) -> Right:
    """The refusal that is the answer from now on, whatever the account holds; it is not looked at."""
    return refuse_to(connection, device.device, device.epoch, wanted, now)


def refuse_to(
    connection: Connection, owner: str, epoch: int, wanted: Wanted, now: dt.datetime
) -> Right:
    """The same where no till asks."""
    return _write(connection, owner, epoch, wanted, REFUSED, NO_VALUE, stamp(now))


def _as_much(connection: Connection, wanted: Wanted, now: dt.datetime) -> Wanted:
    """What there is of the one part, where that is enough."""
    part = wanted.parts[0]
    free = available(connection, part.kind, part.account, now)
    if not wanted.least <= free < part.amount:
        return wanted
    return replace(wanted, parts=(RightPart(part.kind, part.account, free),))


def _short(connection: Connection, parts: tuple[RightPart, ...], now: dt.datetime) -> str:
    """Why it cannot be had; empty where it can."""
    asked: dict[tuple[str, str], int] = {}
    for part in parts:
        key = (part.kind, part.account)
        asked[key] = asked.get(key, 0) + part.amount
    for (kind, account), amount in asked.items():
        if available(connection, kind, account, now) < amount:
            return "not_enough"
    return ""


def left(connection: Connection, right: Right, now: dt.datetime) -> int:
    """What could be had of the first part of a refused right that is short; 0 or more."""
    for part in parts_of(connection, right.right_id):
        free = available(connection, part.kind, part.account, now)
        if free < part.amount:
            return max(free, 0)
    return 0


def _write(
    connection: Connection,
    device: str,
    epoch: int,
    wanted: Wanted,
    state: str,
    why: str,
    at: str,
) -> Right:
    right = Right(
        wanted.right_id,
        wanted.form,
        state,
        device,
        epoch,
        wanted.store_id,
        wanted.payload,
        wanted.ttl_s,
        why,
        at,
        at,
    )
    connection.run(_ADD_RIGHT, tuple(getattr(right, name) for name in Right.__slots__))
    connection.many(
        _ADD_PART,
        [
            (
                *(wanted.right_id, place, part.kind, part.account),
                *(part.amount, part.amount, 0, right.open),
            )
            for place, part in enumerate(wanted.parts)
        ],
    )
    return right


def self_grant(
    connection: Connection, device: Device, right_id: str, part: RightPart, at: str
) -> Right:
    """E6: who brought a value may spend it; in the transaction that books the credit."""
    wanted = Wanted(right_id, SELF, (part,), 0, b"", device.store_id)
    return _write(connection, device.device, device.epoch, wanted, FIRST_STATE[SELF], "", at)


def worthless(connection: Connection, device: Device, right_id: str, form: str, at: str) -> None:
    """An id that its till gave up before the hub heard the question: it is never given a right."""
    right = Right(
        *(right_id, form, VOIDED, device.device, device.epoch, device.store_id),
        *("", 0, GIVEN_UP, at, at),
    )
    connection.run(_ADD_RIGHT, tuple(getattr(right, name) for name in Right.__slots__))


def set_state(connection: Connection, right: Right, state: str, at: str, why: str = "") -> None:
    """Where a right stands now; what is settled keeps only what was used of it."""
    connection.run(_SET_STATE, (state, why, at, right.right_id))
    if state not in _OPEN:
        connection.run(_SHRINK, (False, right.right_id))


def lessen(connection: Connection, right: Right, kind: str, account: str, less: int) -> None:
    """So much of a right is not needed after all, never below what was used of it."""
    connection.run(_LESSEN, (less, less, right.right_id, kind, account))


def use(connection: Connection, right: Right, kind: str, account: str, amount: int) -> None:
    """So much of a right was spent."""
    connection.run(_USE, (amount, right.right_id, kind, account))


def note(
    connection: Connection,
    fact: str,
    right_id: str,
    part: RightPart,
    device: str,
    at: str,
    *,
    unsecured: bool = False,
    about: str = "",
    reason: str = "",
) -> None:
    """Keeps what moved an account: `part.amount` above 0 is a burn, below a credit."""
    row = (
        *(fact, 0, part.kind, part.account, right_id, part.amount, unsecured, device, at),
        *(about, reason),
    )
    connection.run(_ADD_BURN, row)


def called(right: Right) -> str:
    """How the movement of a capture by a call is named: no fact has moved it."""
    return f"capture:{right.right_id}"


def capture(
    connection: Connection,
    right: Right,
    part: RightPart,
    amount: int,
    at: str,
    *,
    about: str = "",
    reason: str = "",
) -> None:
    """An online burn of what is held; the hold is over, and its rest free."""
    lock(connection, [(part.kind, part.account)])
    burned = RightPart(part.kind, part.account, amount)
    note(
        *(connection, called(right), right.right_id, burned, right.device, at),
        about=about,
        reason=reason,
    )
    use(connection, right, part.kind, part.account, amount)
    set_state(connection, right, CAPTURED, at)
    move_account(connection, part.kind, part.account, burn=amount)


def set_exhausted(connection: Connection, right: Right, at: str) -> None:
    """All of it was spent: nothing of it is held back any more, and it keeps its size."""
    connection.run(_SET_STATE, (EXHAUSTED, "", at, right.right_id))
    connection.run(_CLOSE, (False, right.right_id))


# --- the end of a device's epoch ------------------------------------------------------------


def freeze(connection: Connection, device: str, at: str = "") -> int:
    """Its device begins another epoch: nobody spends these any more, and nobody gets them yet.

    A promise of goods is the hub's own, not the till's that asked for it: it stays.
    """
    count = 0
    for right in every(connection, device):
        if right.open and right.state != FROZEN and right.form != RESERVATION:
            set_state(connection, right, FROZEN, at or right.changed)
            count += 1
    return count


def seal(connection: Connection, device: str, epoch: int, at: str = "") -> int:
    """All of an ended epoch's facts are here: what is unspent of its frozen rights is free again.

    A self-grant whose credit was journalled again is settled too: its till forgot it.
    """
    count = 0
    for right in every(connection, device):
        ended = right.state == FROZEN and right.epoch <= epoch
        if ended or (right.form == SELF and right.open):
            lock(connection, accounts_of(connection, right))
            set_state(connection, right, SETTLED, at or right.changed, "sealed")
            count += 1
    return count


def accounts_of(connection: Connection, right: Right) -> list[tuple[str, str]]:
    """The accounts that a right is taken off, to be locked before it changes."""
    return [(part.kind, part.account) for part in parts_of(connection, right.right_id)]


def write_off(
    connection: Connection,
    right_id: str,
    keys: HubKeys,
    ids: Ids,
    now: dt.datetime,
    *,
    actor: str,
    reason: str = "",
) -> int:
    """A person says that a right will never be used; what that risks, kept in the hub's journal.

    Raises Refused("right_unknown" | "right_not_open").
    """
    right = find(connection, right_id)
    if right is None:
        raise Refused("right_unknown", right=right_id)
    if not right.open or right.form == RESERVATION:
        raise Refused("right_not_open", right=right_id)
    lock(connection, accounts_of(connection, right))
    risk = sum(max(part.amount - part.used, 0) for part in parts_of(connection, right_id))
    head = own_journal.head(now, ids, store=right.store_id, actor=actor)
    fact = RightWrittenOff(
        **head, right=right_id, device=right.device, risk=risk, reason=reason[:200]
    )
    own_journal.append(connection, keys, fact, now)
    set_state(connection, right, SETTLED, stamp(now), "written_off")
    return risk


# --- what a till is told --------------------------------------------------------------------


def reply(
    connection: Connection, right: Right, keys: HubKeys, now: dt.datetime, *, state: str = ""
) -> RightReply:
    """A right as its till is told of it, signed; `state` where it has one of its own besides."""
    told = RightReply(
        right.right_id,
        right.form,
        state or right.state,
        right.device,
        right.epoch,
        right.ttl_s,
        parts_of(connection, right.right_id),
        stamp(now),
        right.why,
        left(connection, right, now) if right.state == REFUSED and right.why != NO_VALUE else 0,
    )
    return signed(told, keys)


def signed(told: RightReply, keys: HubKeys) -> RightReply:
    """The same with the hub's signature."""
    return msgspec.structs.replace(told, sig=keys.sign(right_signing_bytes(told)))


def present(
    connection: Connection, device: Device, shown: Iterable[RightReply], keys: HubKeys, at: str
) -> int:
    """Open rights that a till shows to a hub that was restored from before it gave them.

    Those that carry this hub's signature are taken off their accounts again; how many were.
    """
    count = 0
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys.public_hex))
    for told in shown:
        ours = (told.device, told.epoch) == (device.device, device.epoch)
        if not ours or told.state not in _OPEN or find(connection, told.id) is not None:
            continue
        try:
            public.verify(base64.b64decode(told.sig, validate=True), right_signing_bytes(told))
        except (InvalidSignature, ValueError):
            continue
        lock(connection, ((part.kind, part.account) for part in told.parts))
        wanted = Wanted(told.id, told.form, told.parts, told.ttl_s, b"", device.store_id)
        _write(connection, device.device, told.epoch, wanted, told.state, PRESENTED, at)
        count += 1
    return count
