"""Money that goes back where it was paid, in an online shop: asked once, followed until it is there.

Each line that came back is one act for the shop, under an id that follows from the refund and the
line: whoever asks again reads back first (`channels.telling`), so a lost answer pays nothing twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace
from sqlalchemy import bindparam, select, update

from pos_app.domain.exceptions import AGAIN, RESOLVED, Way
from sync.hub import case_effects, exceptions, schema
from sync.hub.channels import outbox
from sync.hub.database import Connection, Statement, adding
from sync.hub.identity import HubKeys
from sync.hub.orders import flags, kept, money
from sync.hub.orders.kept import Part, Told, Whole
from sync.hub.own_journal import DEVICE
from sync.hub.returning import order_sales
from sync.hub.returning.order_sales import OrderSale
from sync.protocol import Refunded

PENDING, REFUNDED, FAILED = "REFUND_PENDING", "REFUNDED", "FAILED"
NOT_OWED: Final = "NOT_OWED"
"""It had come back before, so nobody is asked for it."""
OTHERWISE: Final = "PAID_OTHERWISE"
"""A person gave the money another way."""
KIND: Final = "refund_failed"
TOLD_AFTER: Final = 5
"""So many tries without an answer, and a person hears of it; the tries go on."""
TWICE: Final = "it had come back before"
STRANGE: Final = "the order has no such line"
BY_SHOP: Final = "the shop gave it back itself"

_r, _o = schema.shop_refund.c, schema.channel_outbox.c
_ADD = adding(schema.shop_refund, ignore=True)
_ONE = Statement("op_id", select(*_r).where(_r.op_id == bindparam("op_id")))
_OF_ORDER = Statement(
    "order_id", select(*_r).where(_r.order_id == bindparam("order_id")).order_by(_r.made, _r.op_id)
)
_EVERY = Statement("", select(*_r).order_by(_r.made, _r.op_id))
_WAITING = Statement(
    "one two",
    select(*_r).where(_r.state.in_([bindparam("one"), bindparam("two")])).order_by(_r.made),
)
_SET = Statement(
    "to words more at wanted was",
    update(schema.shop_refund)
    .where(_r.op_id == bindparam("wanted"), _r.state == bindparam("was"))
    .values(
        state=bindparam("to"),
        why=bindparam("words"),
        rounds=_r.rounds + bindparam("more"),
        changed=bindparam("at"),
    ),
)
_ASK_AGAIN = Statement(
    "after at channel_ op was",
    update(schema.channel_outbox)
    .where(
        _o.channel == bindparam("channel_"),
        _o.op_id == bindparam("op"),
        _o.state == bindparam("was"),
    )
    .values(state=bindparam("after"), next_at=bindparam("at")),
)


@dataclass(frozen=True, slots=True)
class ShopRefund:
    """One line of one return, and where its money stands."""

    op_id: str
    order_id: str
    channel: str
    fact: str
    no: int
    qty: int
    amount: int
    currency: str
    store_id: str
    state: str
    why: str
    rounds: int
    made: str
    changed: str


def op_of(fact: str, no: int) -> str:
    """The id under which a shop is asked for a line of a refund; none begins another."""
    return f"refund:{fact}:{no:04}"


def find(connection: Connection, op_id: str) -> ShopRefund | None:
    """What became of an act; None where it is about no return."""
    row = connection.one(_ONE, (op_id,))
    return ShopRefund(*row) if row else None


def of_order(connection: Connection, order_id: str) -> list[ShopRefund]:
    """All that was asked back of an order's shop for goods that came back, oldest first."""
    return [ShopRefund(*row) for row in connection.all(_OF_ORDER, (order_id,))]


def every(connection: Connection, *, waiting: bool = False) -> list[ShopRefund]:
    """All of them, oldest first; or those whose money is not back."""
    rows = connection.all(_WAITING, (PENDING, FAILED)) if waiting else connection.all(_EVERY)
    return [ShopRefund(*row) for row in rows]


def detail_of(whole: Whole, op_id: str, rounds: int = 0) -> str:
    """How one is named in the queue of exceptions: the act is its last word."""
    again = f", tried {rounds + 1} times," if rounds else ""
    return f"{whole.external_name}: {whole.channel}{again} {op_id}"


# --- asking ---------------------------------------------------------------------------------------


def ask(
    connection: Connection,
    sale: OrderSale,
    fact: Refunded,
    amount: int,
    over: dict[int, int],
    now: dt.datetime,
) -> None:
    """Has the shop give back `amount` for the lines of a refund; not what came back before (`over`).

    In the transaction that books the refund, which has the order's lock.
    """
    whole, at = sale.whole, kept.at_of(now)
    ours = {line.no: line for line in sale.lines}
    weights = [-row.net - row.tax for row in fact.lines]
    for row, part in zip(fact.lines, money.shared(amount, weights), strict=True):
        op_id, qty = op_of(fact.id, row.of), -row.qty
        if part <= 0 or find(connection, op_id) is not None:
            continue
        line, fits = ours.get(row.of), max(qty - over.get(row.of, 0), 0)
        wanted = part * fits // qty if qty else 0
        # No more than it cost, whatever the refund says: the difference was told.
        wanted = min(wanted, line.total if line is not None else 0)
        wanted = min(wanted, money.account_of(connection, whole, whole.told).can_go_back)
        state, why = (PENDING, "") if wanted > 0 else (NOT_OWED, TWICE if line else STRANGE)
        connection.run(
            _ADD,
            (
                *(op_id, whole.order_id, whole.channel, fact.id, row.of, qty),
                *(wanted or part, whole.currency, fact.store, state, why, 0, at, at),
            ),
        )
        if wanted <= 0 or not money.note(connection, whole, op_id, money.ASKED, wanted, "", at):
            continue
        heard = outbox.tell(
            *(connection, whole.channel, whole.external_id, outbox.REFUND, op_id),
            lines=((line.line, fits),) if line is not None and line.line else (),
            amount=wanted,
            currency=whole.currency,
            location=fact.store,
            reason="returned",
            now=now,
        )
        if not heard:
            # Nobody to be told: a person gives it back, and says so.
            _put(connection, op_id, PENDING, FAILED, "there is no shop to ask", at)
            mine = find(connection, op_id)
            if mine is not None:
                _open(connection, whole, mine, now)  # told with the batch


# --- what the shop did ----------------------------------------------------------------------------


def done(connection: Connection, op_id: str, now: dt.datetime, why: str = "") -> None:
    """The shop gave it back: seen in the order's history, and nobody has to look any more."""
    _over(connection, op_id, REFUNDED, why, now)


def refused(connection: Connection, op_id: str, now: dt.datetime, why: str) -> bool:
    """It said no for good: a person decides. False where the act is about no return."""
    return _over(connection, op_id, FAILED, why, now)


def late(connection: Connection, op_id: str, tries: int, now: dt.datetime) -> bool:
    """It does not answer: told to a person after some tries, while the tries go on."""
    found = find(connection, op_id)
    if found is None or found.state != PENDING or tries < TOLD_AFTER:
        return False
    whole = kept.find(connection, found.order_id)
    if whole is not None:
        _open(connection, whole, found, now)
        flags.tell(connection)
    return True


def _over(connection: Connection, op_id: str, state: str, why: str, now: dt.datetime) -> bool:
    found = find(connection, op_id)
    whole = kept.find(connection, found.order_id) if found is not None else None
    if found is None or whole is None:
        return False
    at = kept.at_of(now)
    if not _put(connection, op_id, found.state, state, why, at):
        return True
    if state == FAILED:
        _open(connection, whole, found, now)
    else:
        flags.settle(connection, KIND, detail_of(whole, op_id, found.rounds), now)
    flags.tell(connection)
    _remember(connection, whole, "refund_failed" if state == FAILED else "refunded", why, at)
    return True


def _put(connection: Connection, op_id: str, before: str, state: str, why: str, at: str) -> bool:
    values = (state, why[:200], 0, at, op_id, before)
    return before != state and connection.run(_SET, values) > 0


def _open(
    connection: Connection,
    whole: Whole,
    found: ShopRefund,
    now: dt.datetime,
) -> None:
    detail, store = detail_of(whole, found.op_id, found.rounds), found.store_id
    flags.open_one(
        *(connection, "refund_failed", whole, store, detail, now),
        amount=found.amount,
        evidence=(found.fact,),
    )


def _remember(connection: Connection, whole: Whole, word: str, why: str, at: str) -> None:
    """The order's history says that the money is back, or that it is not."""
    kept.lock(connection, whole.order_id)
    told = Told()
    parts = [
        part
        for part in kept.parts_of(connection, whole.order_id)
        if any(line.handed for line in part.row.lines)
    ]
    for part in parts[:1]:
        note(connection, part, told, at, word, whole.channel, why)
    told.publish(connection)


def note(
    connection: Connection, part: Part, told: Told, at: str, word: str, who: str, detail: str
) -> None:
    """One step more in a part's history; one that tills forgot already stays forgotten there."""
    history = kept.event(part.row, at, word, who, detail)
    if part.told:
        kept.set_aside(connection, part, row=replace(part.row, history=history))
    else:
        told.save(connection, part, at, history=history)


def given_already(connection: Connection, op_id: str) -> bool:
    """True where the shop refunded those very goods itself after they had come back, unasked.

    Nothing is asked for then: the customer has the money.
    """
    found = find(connection, op_id)
    sale = order_sales.find(connection, found.order_id) if found is not None else None
    if found is None or sale is None:
        return False
    line = next((one.line for one in sale.lines if one.no == found.no), "")
    mine = {one.op_id for one in of_order(connection, found.order_id)}
    for refund, _at in money.seen_since(connection, sale.whole, sale.told, found.made):
        if any(op in refund.reason for op in mine):
            continue
        fits = any(own == line and qty >= found.qty for own, qty in refund.lines)
        if line and (fits or (not refund.lines and refund.amount == found.amount)):
            return True
    return False


def decided(connection: Connection, keys: HubKeys, now: dt.datetime) -> int:
    """Does what people decided about those that failed: asked again, or not any more; how many."""
    count = 0
    for row in case_effects.waiting(connection):
        case = exceptions.by_id(connection, row["exception"])
        if row["what"] != AGAIN or case is None or case.kind != KIND:
            continue
        said = {"store": case.store_id, "actor": case.resolved_by}
        if case_effects.step(connection, keys, case.id, row["place"], now, **said):
            count += again(connection, case.detail.rpartition(" ")[2], now)
    for found in every(connection, waiting=True):
        whole = kept.find(connection, found.order_id)
        if whole is None:
            continue
        name = exceptions.id_of(KIND, DEVICE, f"None:{detail_of(whole, found.op_id, found.rounds)}")
        case = exceptions.by_id(connection, name)
        if case is not None and case.state == RESOLVED and case.resolution != Way.REISSUE:
            count += otherwise(connection, found.op_id, case.resolution, now)
    return count


# --- what a person does about one that failed -------------------------------------------------------


def again(connection: Connection, op_id: str, now: dt.datetime) -> bool:
    """The shop is asked once more, read back first; False where it is paid already."""
    found = find(connection, op_id)
    if found is None or found.state not in (FAILED, PENDING):
        return False
    at = kept.at_of(now)
    for was in (outbox.REFUSED, outbox.SENT, outbox.NEW):
        after = outbox.NEW if was == outbox.NEW else outbox.SENT
        if connection.run(_ASK_AGAIN, (after, at, found.channel, op_id, was)):
            # Should it fail again, that is told as another time: the first was decided.
            return connection.run(_SET, (PENDING, "", 1, at, op_id, found.state)) > 0
    return False


def otherwise(connection: Connection, op_id: str, why: str, now: dt.datetime) -> bool:
    """The money was given another way: the shop is not asked any more, whatever it had answered."""
    found = find(connection, op_id)
    if found is None or found.state not in (FAILED, PENDING):
        return False
    at = kept.at_of(now)
    for was in (outbox.NEW, outbox.SENT):
        connection.run(_ASK_AGAIN, (outbox.REFUSED, at, found.channel, op_id, was))
    return _put(connection, op_id, found.state, OTHERWISE, why, at)
