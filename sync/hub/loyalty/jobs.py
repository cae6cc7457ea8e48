"""What the clock does to points: they end, birthdays bring some, those on their way arrive. Once each.

Every movement is an entry of the hub's own journal. Several hubs may share a database: each step is
one transaction under a lock, and looks again at what it is about to do.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import bindparam, literal_column, select

from pos_app.domain import points_age
from pos_app.domain.day import parse_utc
from pos_app.domain.loyalty import Programme
from pos_app.domain.points_age import BIRTHDAY, EXPIRED
from sync.hub import accounts, rights, schema
from sync.hub.answers import stamp
from sync.hub.customers import feeding, people, vault
from sync.hub.database import Connection, Statement, adding
from sync.hub.identity import set_value, value_of
from sync.hub.loyalty import checking, ledger, orders, programmes
from sync.hub.loyalty.ledger import POINTS
from sync.hub.loyalty.standing import PENDING
from sync.hub.rights import HOLD, Wanted
from sync.protocol import EarnReversed, RightPart, ValueEarned

LOCK: Final = "loyalty"
NIGHT, ORDERS = "points_night", "points_orders"
"""Under which names the hub keeps the last night that was done, and how far orders were looked at."""
AGAIN: Final = dt.timedelta(days=40)
"""So long points whose time is over are looked at again: a till held them just then."""
CHUNK: Final = 200
_b, _c, _v = schema.right_burn.c, schema.customer.c, schema.value_right.c
_OLD = Statement(
    "kind since upto after most",
    select(_b.account)
    .where(
        _b.kind == bindparam("kind"),
        _b.booked >= bindparam("since"),
        _b.booked < bindparam("upto"),
        _b.account > bindparam("after"),
        _b.amount < literal_column("0"),
    )
    .distinct()
    .order_by(_b.account)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_MEMBERS = Statement(
    "member none gone after most",
    select(_c.customer)
    .where(
        _c.member == bindparam("member"),
        _c.merged_into == bindparam("none"),
        _c.erased == bindparam("gone"),
        _c.customer > bindparam("after"),
    )
    .order_by(_c.customer)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_DUE = Statement(
    "device state made",
    select(*_v)
    .where(
        _v.device == bindparam("device"),
        _v.state == bindparam("state"),
        _v.made <= bindparam("made"),
    )
    .order_by(_v.made, _v.right_id),
)
SHOPS: Final = "storefront:%"
"""How a right says that a website has it."""
_OF_SHOPS = Statement(
    "device state",
    select(*_v)
    .where(_v.device.like(bindparam("device")), _v.state == bindparam("state"))
    .order_by(_v.made, _v.right_id),
)
_ONCE = adding(schema.points_once, ignore=True)


def one_look(connection: Connection, now: dt.datetime, *, again: bool = False) -> None:
    """Everything that is due: documents compared, orders settled; once a day what the night does.

    `again`: the night's part also where it was done today; nothing is given or taken twice by it.
    """
    with connection.transaction():
        connection.lock_name(LOCK)
        checking.unmoved(connection, now)
    look_at_orders(connection, now)
    let_go_holds(connection, now)
    if value_of(connection, NIGHT) >= now.date().isoformat() and not again:
        return
    programme = programmes.running(connection)
    if programme is not None:
        arrive(connection, programme, now)
        expire(connection, programme, now)
        birthdays(connection, programme, now)
    with connection.transaction():
        connection.lock_name(LOCK)
        set_value(connection, NIGHT, now.date().isoformat())


# --- orders ---------------------------------------------------------------------------------


def look_at_orders(connection: Connection, now: dt.datetime) -> int:
    """Orders that changed since the last look; how many were looked at."""
    since = value_of(connection, ORDERS)
    count = 0
    while True:
        found = orders.changed(connection, since, CHUNK)
        for order_id, _ in found:
            with connection.transaction():
                connection.lock_name(LOCK, f"order:{order_id}")
                orders.settle(connection, order_id, now)
        count += len(found)
        last = found[-1][1] if found else since
        done = len(found) < CHUNK or last == since
        if last != since:
            with connection.transaction():
                set_value(connection, ORDERS, last)
        if done:
            return count
        since = last


# --- points on their way ----------------------------------------------------------------------


def pending_id(document: str) -> str:
    """The right that holds what a sale earned until its days are over."""
    return f"pending-{document}"


def keep_pending(connection: Connection, fact: ValueEarned, now: dt.datetime) -> None:
    """What was earned may not be spent yet: held by nobody's till, in the booking's transaction."""
    programme = programmes.running(connection)
    if programme is None or not programme.pending_days or not fact.of:
        return
    right_id = pending_id(fact.of)
    if rights.find(connection, right_id) is None:
        part = RightPart(POINTS, fact.account, fact.amount)
        wanted = Wanted(right_id, HOLD, (part,), 0, b"", "")
        rights.grant_to(connection, PENDING, 0, wanted, now)


def lessen_pending(connection: Connection, fact: EarnReversed, sale: str = "") -> None:
    """Goods came back before their points were there: so many fewer will come.

    `sale` is whose goods they are, where the document that says so is not in the tables yet.
    """
    sale = sale or (ledger.sale_of(connection, fact.of) if fact.of else "")
    right = rights.find(connection, pending_id(sale)) if sale else None
    if right is not None and right.open:
        rights.lessen(connection, right, POINTS, fact.account, fact.amount)


def arrive(connection: Connection, programme: Programme, now: dt.datetime) -> int:
    """Points whose days are over may be spent; of how many documents."""
    made = stamp(now - dt.timedelta(days=programme.pending_days))
    due = [rights.Right(*row) for row in connection.all(_DUE, (PENDING, "HELD", made))]
    for right in due:
        with connection.transaction():
            keys = rights.accounts_of(connection, right)
            accounts.lock(connection, keys)
            again = rights.find(connection, right.right_id)
            if again is not None and again.open:
                rights.set_state(connection, again, rights.SETTLED, stamp(now), "arrived")
                for _, account in keys:
                    feeding.touch_account(connection, account, now)
    return len(due)


def let_go_holds(connection: Connection, now: dt.datetime) -> int:
    """Holds of websites whose time is over are free again: the hub itself would have spent them."""
    over = [
        right
        for right in (rights.Right(*row) for row in connection.all(_OF_SHOPS, (SHOPS, "HELD")))
        if parse_utc(right.made) + dt.timedelta(seconds=right.ttl_s) <= now
    ]
    for right in over:
        with connection.transaction():
            keys = rights.accounts_of(connection, right)
            accounts.lock(connection, keys)
            again = rights.find(connection, right.right_id)
            if again is not None and again.open:
                rights.set_state(connection, again, rights.VOIDED, stamp(now), "over")
                for _, account in keys:
                    feeding.touch_account(connection, account, now)
    return len(over)


# --- the end of points ------------------------------------------------------------------------


def expire(connection: Connection, programme: Programme, now: dt.datetime) -> int:
    """Takes off what is over, the oldest first; how many points went."""
    if not programme.expiry_months:
        return 0
    today = now.date()
    last = points_age.months_before(today, programme.expiry_months)
    since = last - AGAIN if value_of(connection, NIGHT) else dt.date.min
    upto, after, gone = (last + dt.timedelta(days=1)).isoformat(), "", 0
    while True:
        rows = connection.all(_OLD, (POINTS, since.isoformat(), upto, after, CHUNK))
        for (account,) in rows:
            gone += _expire(connection, programme, str(account), now)
        if len(rows) < CHUNK:
            return gone
        after = str(rows[-1][0])


def _expire(connection: Connection, programme: Programme, account: str, now: dt.datetime) -> int:
    with connection.transaction():
        accounts.lock(connection, [(POINTS, account)])
        over = points_age.ending(programme, list(ledger.entries(connection, account)), now.date())
        over = min(over, ledger.free(connection, account, now))
        if over > 0:
            ledger.move(connection, account, -over, reason=EXPIRED, now=now)
        return max(over, 0)


# --- birthdays --------------------------------------------------------------------------------


def birthdays(connection: Connection, programme: Programme, now: dt.datetime) -> int:
    """Points for those whose birthday is today, once a year; how many people."""
    if not programme.birthday:
        return 0
    after, count = "", 0
    while True:
        rows = connection.all(_MEMBERS, (True, "", "", after, CHUNK))
        with connection.transaction():
            keys = vault.opened(connection)
            for (customer,) in rows:
                person = people.find(connection, str(customer), keys)
                if person is not None and points_age.is_birthday(person.who.birthday, now.date()):
                    count += give_once(
                        connection,
                        person.purse,
                        f"{BIRTHDAY}/{now.year}",
                        programme.birthday,
                        reason=BIRTHDAY,
                        now=now,
                    )
        if len(rows) < CHUNK:
            return count
        after = str(rows[-1][0])


def give_once(
    connection: Connection,
    account: str,
    what: str,
    points: int,
    *,
    reason: str,
    now: dt.datetime,
    about: str = "",
) -> bool:
    """Books points under a name that an account gets once; False where it had them.

    In the caller's transaction.
    """
    accounts.lock(connection, [(POINTS, account)])
    if not connection.run(_ONCE, (account, what, points, "", stamp(now))):
        return False
    ledger.move(connection, account, points, reason=reason, about=about or what, now=now)
    return True
