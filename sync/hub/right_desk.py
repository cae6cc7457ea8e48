"""What tills ask about rights, and the answers: one row a question, which `desk` makes endpoints of.

A question's id was made by the till and kept before it was sent. Asked again, by a till that did not
hear the answer or was started anew, it gets the answer it got; nothing is given twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from pos_app.domain.errors import Refused
from sync.hub import (
    accounts,
    devices,
    order_desk,
    recovering,
    reservations,
    rights,
    schema,
    sold,
    store,
    taken,
)
from sync.hub.answers import HubProblem, stamp
from sync.hub.database import Connection
from sync.hub.devices import Device
from sync.hub.identity import HubKeys
from sync.hub.rights import GRANT, HOLD, RETURN, Right, Wanted
from sync.hub.values import desk as values
from sync.protocol import (
    CaptureAsk,
    OrderAsk,
    ReservationAsk,
    ReserveAsk,
    ReturnAsk,
    RightAsk,
    RightPart,
    RightReply,
    ValueLook,
    ValueReply,
    VoidAsk,
)

TTL_MAX_S: Final = 30 * 86_400
_ID: Final = re.compile(r"[0-9A-Za-z-]{8,64}", re.ASCII)
_NAME: Final = re.compile(r"[!-~]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, proven to be its till's own."""

    connection: Connection
    device: Device
    message: Any
    named: str
    """The id in its address, where there is one."""
    keys: HubKeys
    now: dt.datetime

    @property
    def words(self) -> bytes:
        """What was asked, in one spelling."""
        return msgspec.json.encode(self.message)


@dataclass(frozen=True, slots=True)
class Row:
    """An endpoint of the table."""

    path: str
    told: str
    body: type[msgspec.Struct]
    answer: Callable[[Asked], msgspec.Struct]
    problems: tuple[str, ...]
    reply: type[msgspec.Struct] = RightReply


def _fresh(asked: Asked, wanted: Wanted) -> Right | None:
    """The right that this question already has; None where it is to be decided now.

    Raises HubProblem("id_reused" | "fenced" | "hub_recovering").
    """
    connection, device = asked.connection, asked.device
    if not _ID.fullmatch(wanted.right_id):
        raise HubProblem("malformed", "id is 8 to 64 letters, digits and dashes")
    if not 0 < wanted.ttl_s <= TTL_MAX_S:
        raise HubProblem("malformed", f"ttl_s is 1 to {TTL_MAX_S}")
    if not wanted.parts or not all(0 < part.amount < accounts.AMOUNT_MAX for part in wanted.parts):
        raise HubProblem("malformed", "amounts are above 0")
    found = rights.known(connection, wanted, device.device)
    if found is None:
        _check_epoch(asked)
        if recovering.is_recovering(connection):
            raise HubProblem("hub_recovering")
    return found


def _check_epoch(asked: Asked) -> None:
    """A till's other life may not ask: its device's row is kept until the commit."""
    connection, device = asked.connection, asked.device
    connection.lock(schema.device, (device.device,))
    now_known = devices.find(connection, device.device)
    if now_known is None or asked.message.epoch != now_known.epoch:
        raise HubProblem("fenced", ack=device.head)


def _told(asked: Asked, right: Right) -> RightReply:
    now_known = rights.find(asked.connection, right.right_id) or right
    told = rights.reply(asked.connection, now_known, asked.keys, asked.now)
    if now_known.form == RETURN and now_known.state == rights.REFUSED:
        return msgspec.structs.replace(told, taken=taken.by_whom(asked.connection, now_known))
    return told


def _value(asked: Asked, form: str) -> RightReply:
    said: RightAsk = asked.message
    if said.kind not in accounts.VALUES or not _NAME.fullmatch(said.account):
        raise HubProblem("malformed", "kind and account")
    part = RightPart(said.kind, said.account, said.amount)
    store_id = asked.device.store_id
    least = said.least if 0 < said.least <= said.amount else 0
    wanted = Wanted(said.id, form, (part,), said.ttl_s, asked.words, store_id, least)
    right = _fresh(asked, wanted)
    if right is None:
        give = rights.grant if values.admits(asked) else rights.refuse
        right = give(asked.connection, asked.device, wanted, asked.now)
    return values.with_rest(asked, _told(asked, right))


def _grant(asked: Asked) -> RightReply:
    return _value(asked, GRANT)


def _hold(asked: Asked) -> RightReply:
    return _value(asked, HOLD)


def _own_hold(asked: Asked) -> Right:
    right = rights.find(asked.connection, asked.named)
    if right is None or right.form != HOLD or right.device != asked.device.device:
        raise HubProblem("right_unknown")
    return right


def _capture(asked: Asked) -> RightReply:
    """An online burn: now and once; the fact that follows finds it done."""
    right, amount = _own_hold(asked), asked.message.amount
    connection = asked.connection
    part = rights.parts_of(connection, right.right_id)[0]
    if right.state == rights.CAPTURED:
        if part.used != amount:
            raise HubProblem("id_reused")
        return _told(asked, right)
    _check_epoch(asked)
    if right.state != rights.FIRST_STATE[HOLD]:
        raise HubProblem("right_over", right.state)
    if not 0 < amount <= part.amount:
        raise HubProblem("malformed", f"amount is 1 to {part.amount}")
    rights.capture(connection, right, part, amount, stamp(asked.now))
    return _told(asked, right)


def _void(asked: Asked) -> RightReply:
    right = _own_hold(asked)
    if right.state != rights.VOIDED:
        _check_epoch(asked)
        if right.state != rights.FIRST_STATE[HOLD]:
            raise HubProblem("right_over", right.state)
        accounts.lock(asked.connection, rights.accounts_of(asked.connection, right))
        rights.set_state(asked.connection, right, rights.VOIDED, stamp(asked.now))
    return _told(asked, right)


def _return(asked: Asked) -> RightReply:
    """R1: of a sold line no more is given back than was sold, whoever asks."""
    said: ReturnAsk = asked.message
    if not 0 < len(said.lines) <= reservations.LINES_MAX or not _ID.fullmatch(said.sale):
        raise HubProblem("malformed", "sale and lines")
    if not all(0 < line < sold.LINE_MAX for line, _ in said.lines):
        raise HubProblem("malformed", "lines")
    parts = tuple(RightPart("sold", sold.account(said.sale, line), qty) for line, qty in said.lines)
    store_id = asked.device.store_id
    wanted = Wanted(said.id, RETURN, parts, said.ttl_s, asked.words, store_id)
    right = _fresh(asked, wanted)
    if right is None:
        if not all(sold.is_known(asked.connection, said.sale, line) for line, _ in said.lines):
            raise HubProblem("sale_unknown")
        _replace(asked, said.instead_of, parts)
        right = rights.grant(asked.connection, asked.device, wanted, asked.now)
    return _told(asked, right)


def _replace(asked: Asked, earlier: str, parts: tuple[RightPart, ...]) -> None:
    """The word this till gave up for this one is over now: the fact that says so is on its way."""
    connection = asked.connection
    right = rights.find(connection, earlier) if earlier else None
    if right is None or right.form != RETURN or right.device != asked.device.device:
        return
    of_both = [*rights.accounts_of(connection, right), *((one.kind, one.account) for one in parts)]
    accounts.lock(connection, of_both)
    if right.open and right.state != rights.FROZEN:
        rights.set_state(connection, right, rights.SETTLED, stamp(asked.now), "replaced")


def _reserve(asked: Asked) -> RightReply:
    said: ReserveAsk = asked.message
    if not 0 < len(said.lines) <= reservations.LINES_MAX or len(said.reference) > 80:
        raise HubProblem("malformed", "lines and reference")
    try:
        store.load(asked.connection, said.store)
    except Refused as cause:
        raise HubProblem("malformed", "store") from cause
    wanted = reservations.wanted(said.id, said.store, said.lines, said.ttl_s, asked.words)
    right = _fresh(asked, wanted)
    if right is None:
        right = reservations.reserve(
            asked.connection, asked.device, wanted, said.reference, asked.now
        )
    return _promise(asked, right.right_id)


def _promise(asked: Asked, right_id: str) -> RightReply:
    """A promise as it stands: the state is the goods', not the right's."""
    found = reservations.find(asked.connection, right_id)
    right = rights.find(asked.connection, right_id)
    if found is None or right is None:
        raise HubProblem("right_unknown")
    return rights.reply(asked.connection, right, asked.keys, asked.now, state=found.state)


def _step(asked: Asked) -> RightReply:
    said: ReservationAsk = asked.message
    found = reservations.find(asked.connection, asked.named)
    device = asked.device
    if found is None or (device.device != found.asked_by and device.store_id != found.store_id):
        raise HubProblem("right_unknown")
    if said.step != reservations.CANCELLED:
        raise HubProblem("malformed", "step is CANCELLED: what is done in the store is a fact")
    try:
        reservations.cancel(asked.connection, asked.named, device.device, asked.now)
    except Refused as cause:
        raise HubProblem("right_over", found.state) from cause
    return _promise(asked, asked.named)


def _order(asked: Asked) -> RightReply:
    wanted = order_desk.wanted(asked)
    right = _fresh(asked, wanted)
    if right is None:
        right = order_desk.take(asked, wanted)
    return order_desk.told(asked, _promise(asked, right.right_id))


_NEW: Final = ("fenced", "id_reused", "hub_recovering")
_VALUE: Final = (*_NEW, *values.PROBLEMS)
_ONE: Final = ("fenced", "right_unknown", "right_over")
ROWS: Final = (
    Row(
        "/v1/grants",
        "A right to spend so much of an account, offline too.",
        RightAsk,
        _grant,
        _VALUE,
    ),
    Row("/v1/holds", "So much of an account kept for one basket.", RightAsk, _hold, _VALUE),
    Row(values.PATH, values.TOLD, ValueLook, values.look, values.PROBLEMS, ValueReply),
    Row(
        "/v1/holds/{id}/capture",
        "What was held is spent, or a part of it; the rest is free again.",
        CaptureAsk,
        _capture,
        (*_ONE, "id_reused"),
    ),
    Row("/v1/holds/{id}/void", "What was held is let go.", VoidAsk, _void, _ONE),
    Row(
        "/v1/return-auths",
        "The word that so much of a sold line may come back.",
        ReturnAsk,
        _return,
        (*_NEW, "sale_unknown"),
    ),
    Row(
        "/v1/reservations",
        "Goods of a store promised to somebody who comes for them.",
        ReserveAsk,
        _reserve,
        _NEW,
    ),
    Row(
        "/v1/orders",
        "Goods of another store for a customer of this one: a promise, and an order.",
        OrderAsk,
        _order,
        _NEW,
    ),
    Row(
        "/v1/reservations/{id}/step",
        "A promise taken back.",
        ReservationAsk,
        _step,
        ("right_unknown", "right_over"),
    ),
)
