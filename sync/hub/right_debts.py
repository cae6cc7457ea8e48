"""Accounts of values that are below nothing without anybody having been told: looked for, and told.

Each fact that takes an account below nothing is told when it is booked. One way is left: a hub that
was put back takes a right off its account again because it signed it, and the credit behind it was
lost with the copy. While the hub recovers that credit may be on its way; after that it is a debt.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import msgspec
from sqlalchemy import bindparam, func, literal_column, select

from pos_app.domain.errors import Refused
from pos_app.domain.exceptions import DEBT
from sync.hub import accounts, exceptions, schema, store
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement

KIND: Final = "value_debt"
TOLD_OF: Final = (KIND, "unsecured_burn", "grant_overrun")
"""Kinds of exception that say by how much an account is below zero; their detail names it."""

_a, _p, _n = schema.right_account.c, schema.right_part.c, schema.right_burn.c
_x, _c, _r = schema.exception.c, schema.case_effect.c, schema.value_right.c
_HELD: Final = (
    select(func.coalesce(func.sum(_p.amount - _p.used), literal_column("0")))
    .where(
        _p.kind == _a.kind,
        _p.account == _a.account,
        _p.open == bindparam("is_open"),
        _p.amount > _p.used,
    )
    .scalar_subquery()
)
_SHORT: Final = (
    select(_a.account, (_a.burned - _a.credited + _HELD).label("short"))
    .where(_a.kind == bindparam("kind"))
    .subquery()
)
_BELOW = Statement(
    "is_open kind none",
    select(_SHORT.c.account, _SHORT.c.short)
    .where(_SHORT.c.short > bindparam("none"))
    .order_by(_SHORT.c.account),
)
_TOLD = Statement(
    "kind",
    select(_x.detail, func.sum(_x.amount)).where(_x.kind == bindparam("kind")).group_by(_x.detail),
)
_OWED = Statement(
    "what", select(_c.kind, _c.account, _c.amount).where(_c.what == bindparam("what"))
)
_HOLDER = Statement(
    "kind account is_open",
    select(_r.device, _r.store_id)
    .join_from(schema.right_part, schema.value_right, _p.right_id == _r.right_id)
    .where(
        _p.kind == bindparam("kind"),
        _p.account == bindparam("account"),
        _p.open == bindparam("is_open"),
    )
    .order_by(_r.made.desc(), _r.right_id),
)
_SPENDER = Statement(
    "kind account none",
    select(_n.device, schema.device.c.store_id, _n.fact)
    .select_from(schema.right_burn.outerjoin(schema.device, schema.device.c.device == _n.device))
    .where(
        _n.kind == bindparam("kind"),
        _n.account == bindparam("account"),
        _n.amount > bindparam("none"),
    )
    .order_by(_n.booked.desc(), _n.fact),
)


def untold(connection: Connection) -> Iterator[tuple[str, str, int, int]]:
    """(kind, account, how far below nothing, of how much people were told) where that is less."""
    below = [
        (kind, str(account), int(short))
        for kind in sorted(accounts.VALUES)
        for account, short in connection.all(_BELOW, (True, kind, 0))
    ]
    if not below:
        return
    told: Counter[str] = Counter()
    for kind in TOLD_OF:
        for detail, amount in connection.all(_TOLD, (kind,)):
            told[str(detail)] += int(amount)
    for kind, account, amount in connection.all(_OWED, (DEBT,)):
        told[f"{kind} {account}"] += int(amount)  # a person said so
    for kind, account, short in below:
        known = told[f"{kind} {account}"]
        if short > known:
            yield kind, account, short, known


def tell(connection: Connection, now: dt.datetime) -> int:
    """Tells a person of each of them; of how many. In the caller's transaction."""
    found = list(untold(connection))
    for kind, account, short, known in found:
        _open(connection, kind, account, short - known, now)
    return len(found)


def _open(connection: Connection, kind: str, account: str, amount: int, now: dt.datetime) -> None:
    detail = f"{kind} {account}"
    holder = connection.one(_HOLDER, (kind, account, True))
    spender = connection.one(_SPENDER, (kind, account, 0))
    device, store_id = (holder or spender or ("", ""))[:2]
    place, nth = str(store_id or ""), 0
    while exceptions.by_id(connection, _id(device, detail, nth)) is not None:
        nth += 1  # told before, of another amount
    case = exceptions.blank_case(
        *(_id(device, detail, nth), KIND, place, str(device), None, amount, detail)
    )
    evidence = msgspec.json.encode([spender[2]]).decode() if spender else ""
    currency = _currency(connection, place)
    exceptions.open_again(
        connection, replace(case, evidence=evidence, currency=currency), stamp(now)
    )


def _id(device: str, detail: str, nth: int) -> str:
    return exceptions.id_of(KIND, str(device), detail, nth)


def _currency(connection: Connection, store_id: str) -> str:
    try:
        return store.load(connection, store_id).store.currency
    except Refused:  # a website's, which has no store
        return ""
