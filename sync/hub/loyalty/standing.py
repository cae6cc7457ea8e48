"""Where a member stands: points to spend, points to come, the tier and how far the next one is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, or_, select

from pos_app.domain import points_age
from pos_app.domain.loyalty import Programme, TierBy
from sync.hub import accounts, schema
from sync.hub.database import Connection, Statement
from sync.hub.loyalty import ledger, programmes
from sync.hub.loyalty.ledger import POINTS

_v, _p = schema.value_right.c, schema.right_part.c
PENDING: Final = "pending"
"""Who holds points that were earned and may not be spent yet, where a right names its device."""
_HELD = Statement(
    "account is_open device",
    select(func.sum(_p.amount - _p.used))
    .select_from(schema.right_part.join(schema.value_right, _v.right_id == _p.right_id))
    .where(
        _p.account == bindparam("account"),
        _p.open == bindparam("is_open"),
        _v.device == bindparam("device"),
    ),
)
_cd, _d, _c, _o = (
    schema.customer_document.c,
    schema.document.c,
    schema.customer.c,
    schema.customer_order.c,
)
_SPENT = Statement(
    "account same since currency",
    select(func.sum(_d.total))
    .select_from(
        schema.customer_document.join(schema.document, _d.n == _cd.n).outerjoin(
            schema.customer, _c.customer == _cd.customer
        )
    )
    .where(
        or_(_cd.customer == bindparam("account"), _c.account == bindparam("same")),
        _d.biz_date >= bindparam("since"),
        _d.currency == bindparam("currency"),
    ),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What tills and customers are told."""

    points: int = 0
    """Theirs to spend. What a till holds for an open basket is in it: whoever asks for it meanwhile
    is told that it is not there just now."""
    pending: int = 0
    tier: str = ""
    tier_name: str = ""
    to_next: int = 0
    ends: str = ""
    """The day on which the next points end."""
    ending: int = 0


def standing(
    connection: Connection, account: str, now: dt.datetime, programme: Programme | None = None
) -> Standing:
    """Of an account of points; without any programme the points alone."""
    credited, burned = accounts.account_of(connection, POINTS, account)
    pending = _pending(connection, account)
    points = max(credited - burned - pending, 0)
    rules = programme or programmes.running(connection)
    if rules is None:
        return Standing(points, pending)
    entries = list(ledger.entries(connection, account))
    amount = reached(connection, rules, account, entries, now)
    tier = points_age.tier_of(rules, amount)
    ends, ending = points_age.next_end(rules, entries)
    return Standing(
        points,
        pending,
        tier.tier if tier else "",
        tier.name if tier else "",
        points_age.to_next(rules, amount),
        ends,
        min(ending, points),
    )


def reached(
    connection: Connection,
    programme: Programme,
    account: str,
    entries: list[points_age.Entry],
    now: dt.datetime,
) -> int:
    """What counts for the tier: points or money, in the programme's months."""
    since = points_age.months_before(now.date(), programme.tier_months).isoformat()
    if programme.tier_by is TierBy.POINTS:
        return points_age.reached(entries, since)
    found = connection.one(_SPENT, (account, account, since, programme.currency))
    return int(found[0] or 0) if found else 0


def _pending(connection: Connection, account: str) -> int:
    found = connection.one(_HELD, (account, True, PENDING))
    return int(found[0] or 0) if found else 0
