"""The outbox told: each order's acts in their order, each of them once, whatever gets lost.

Before an act is asked for it is noted as sent. One that is found so later was asked for and nobody
knows what came of it: its adapter reads back first. So a refund whose answer was lost is paid once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import msgspec
from sqlalchemy import bindparam, literal_column, select, update

from pos_app.domain.errors import Unavailable
from sync.hub import own_journal, schema
from sync.hub.answers import stamp
from sync.hub.channels import due, mapping, outbox
from sync.hub.channels.adapter import KeyRefused, Operation, ShopRefused, ShopUnreachable
from sync.hub.channels.work import (
    ACT_KIND,
    AWAY,
    GIVEN_UP,
    KEY,
    Pausing,
    Work,
    next_try,
    pause_s,
    shop_answers,
    shop_fails,
    tell_person,
)
from sync.hub.channels.worker import KEY_PAUSE_S, MISSES_MAX
from sync.hub.database import Connection, Statement, storage_error
from sync.hub.orders import kept, money
from sync.hub.returning import shop_refunds

AT_ONCE: Final = 200
BUGS_MAX: Final = 5
"""So often an act is tried that makes the hub itself stumble."""

_log = logging.getLogger(__name__)
_o = schema.channel_outbox.c
_WAITING = Statement(
    "channel most",
    select(*_o)
    .where(
        _o.channel == bindparam("channel"),
        _o.state.in_([literal_column("'new'"), literal_column("'sent'")]),
    )
    .order_by(_o.made, _o.external_id, _o.place)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_SET = Statement(
    "after tried at said end channel_ op",
    update(schema.channel_outbox)
    .where(_o.channel == bindparam("channel_"), _o.op_id == bindparam("op"))
    .values(
        state=bindparam("after"),
        tries=bindparam("tried"),
        next_at=bindparam("at"),
        detail=bindparam("said"),
        done=bindparam("end"),
    ),
)


class Act(msgspec.Struct, frozen=True):
    """A row of the outbox."""

    channel: str
    op_id: str
    external_id: str
    place: int
    act: str
    body: str
    made: str
    state: str
    tries: int
    next_at: str
    detail: str
    done: str


def waiting(connection: Connection, channel: str, most: int = AT_ONCE) -> list[Act]:
    """What the shop has yet to hear, in order."""
    return [Act(*row) for row in connection.all(_WAITING, (channel, most))]


def tell_all(work: Work) -> int:
    """Tells what may be told now; how many acts are over. Raises Pausing where the shop fails."""
    over = misses = 0
    held: set[str] = set()
    for act in waiting(work.connection, work.channel):
        now = stamp(work.clock.now())
        if act.external_id in held:
            continue
        if act.next_at > now:
            held.add(act.external_id)
            continue
        if not work.begin():
            break
        try:
            _one(work, act)
        except KeyRefused:
            # Nothing was done: it is as if it had not been asked.
            _note(work, act, act.state, act.tries, "the key is not taken")
            shop_fails(work, KEY)
            raise Pausing(KEY_PAUSE_S) from None
        except ShopUnreachable as cause:
            held.add(act.external_id)
            misses += 1
            _later(work, act, cause)
            if misses >= MISSES_MAX and not over:
                shop_fails(work, AWAY)
                raise Pausing(pause_s(0, cause.retry_after_s)) from None
            continue
        over += 1
        shop_answers(work)
    if misses and not over:
        shop_fails(work, AWAY)
    return over


def _one(work: Work, act: Act) -> None:
    told = msgspec.json.decode(act.body, type=outbox.Told)
    if act.act == outbox.REFUND and act.state == outbox.NEW:
        if shop_refunds.given_already(work.connection, act.op_id):
            # What the customer brought back was refunded in the shop's own admin meanwhile.
            _done(work, act, shop_refunds.BY_SHOP)
            return
        if _given_back(work, act):
            _refused(work, act, told, "the shop has given money back itself")
            return
    _note(work, act, outbox.SENT, act.tries + 1, "")
    op = Operation(
        op_id=act.op_id,
        external_id=act.external_id,
        lines=told.lines,
        amount=told.amount,
        currency=told.currency,
        location=mapping.location_of(work.connection, work.channel, told.store)
        if told.store
        else "",
        reason=told.reason,
        tracking=told.tracking,
        carrier=told.carrier,
        repeated=act.state == outbox.SENT or own_journal.lived_before(work.connection),
    )
    try:
        _says(work, act.act)(work.client, work.settings, op)
    except (ShopUnreachable, KeyRefused, Unavailable, storage_error):
        raise
    except ShopRefused as cause:
        _refused(work, act, told, str(cause))
        return
    except Exception as cause:
        _log.exception("an act for %s", work.channel)
        if act.tries + 1 >= BUGS_MAX:
            _refused(work, act, told, f"{type(cause).__name__}: the hub made a mistake")
            return
        raise ShopUnreachable(type(cause).__name__) from cause
    _done(work, act)
    if act.act in (outbox.COLLECTED, outbox.CANCEL):
        work.booked(lambda: _count_anew(work, act))


def _done(work: Work, act: Act, said: str = "") -> None:
    now = work.clock.now()
    values = (outbox.DONE, act.tries + 1, act.next_at, said, stamp(now), work.channel, act.op_id)

    def write() -> None:
        work.connection.run(_SET, values)
        if act.act == outbox.REFUND:
            shop_refunds.done(work.connection, act.op_id, now, said)

    work.booked(write)


def _given_back(work: Work, act: Act) -> bool:
    """True where the shop gave so much back unasked that with ours it were more than was paid."""
    order = kept.find(work.connection, kept.order_id_of(work.channel, act.external_id))
    if order is None:
        return False
    account = money.account_of(work.connection, order, order.told)
    return account.foreign > 0 and account.asked + account.foreign > account.paid


def _count_anew(work: Work, act: Act) -> None:
    """The shop moved its own number with that: where ours was told before, it is told once more."""
    order_id = kept.order_id_of(work.channel, act.external_id)
    for part in kept.parts_of(work.connection, order_id):
        skus = {line.instead or line.sku for line in part.row.lines if line.sku}
        due.moved(work.connection, part.store_id, sorted(skus), stamp(work.clock.now()))


def _says(work: Work, act: str) -> Callable[..., None]:
    return {
        outbox.READY: work.adapter.mark_ready,
        outbox.COLLECTED: work.adapter.mark_collected,
        outbox.PAID: work.adapter.take_payment,
        outbox.REFUND: work.adapter.refund,
        outbox.CANCEL: work.adapter.cancel,
    }[act]


def _note(
    work: Work, act: Act, state: str, tries: int, said: str, *, at: str = "", end: str = ""
) -> None:
    values = (state, tries, at or act.next_at, said[:200], end, work.channel, act.op_id)
    work.booked(lambda: work.connection.run(_SET, values))


def _later(work: Work, act: Act, cause: ShopUnreachable) -> None:
    now = work.clock.now()
    if act.made < stamp(now - GIVEN_UP):
        told = msgspec.json.decode(act.body, type=outbox.Told)
        _refused(work, act, told, f"the shop does not say: {cause}")
        return
    at = stamp(next_try(now, act.tries, cause))
    _note(work, act, outbox.SENT, act.tries + 1, str(cause), at=at)
    if act.act == outbox.REFUND and act.tries + 1 == shop_refunds.TOLD_AFTER:
        work.booked(lambda: shop_refunds.late(work.connection, act.op_id, act.tries + 1, now))


def _refused(work: Work, act: Act, told: outbox.Told, why: str) -> None:
    """The shop said no for good: a person does what is to be done, the order's next acts go on."""
    values = (
        *(outbox.REFUSED, act.tries + 1, act.next_at, why[:200], stamp(work.clock.now())),
        *(work.channel, act.op_id),
    )

    def write() -> None:
        work.connection.run(_SET, values)
        if shop_refunds.refused(work.connection, act.op_id, work.clock.now(), why):
            return
        said = f"{work.channel} {act.external_id} {act.act} {act.op_id}: {why}"
        tell_person(work, ACT_KIND, said, amount=told.amount, currency=told.currency)

    work.booked(write)
