"""Accounts that rights are taken off: what came in, what was spent, what is held back, what is free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import bindparam, func, select, update

from sync.hub import atp, schema, sold
from sync.hub.database import Connection, Statement, adding

VALUES: Final = frozenset({"points", "credit", "card"})
"""Kinds of account whose credits and burns are kept here."""
AMOUNT_MAX: Final = 1 << 53

_a, _p = schema.right_account.c, schema.right_part.c
_BEGIN_ACCOUNT = adding(schema.right_account, ignore=True)
_ACCOUNT = Statement(
    "kind account",
    select(_a.credited, _a.burned).where(
        _a.kind == bindparam("kind"), _a.account == bindparam("account")
    ),
)
_HELD_BACK = Statement(
    "kind account is_open",
    select(func.sum(_p.amount - _p.used)).where(
        _p.kind == bindparam("kind"),
        _p.account == bindparam("account"),
        _p.open == bindparam("is_open"),
        _p.amount > _p.used,
    ),
)
_MOVE_ACCOUNT = Statement(
    "credit burn kind_ account_",
    update(schema.right_account)
    .where(_a.kind == bindparam("kind_"), _a.account == bindparam("account_"))
    .values(credited=_a.credited + bindparam("credit"), burned=_a.burned + bindparam("burn")),
)


def lock(connection: Connection, accounts: Iterable[tuple[str, str]]) -> None:
    """Keeps accounts from every other transaction until the commit; makes those that are new."""
    keys = sorted(set(accounts))
    connection.many(_BEGIN_ACCOUNT, [(*each, 0, 0) for each in keys])
    connection.lock(schema.right_account, *keys)


def account_of(connection: Connection, kind: str, account: str) -> tuple[int, int]:
    """(credited, burned) of a value: C and B."""
    found = connection.one(_ACCOUNT, (kind, account))
    return (0, 0) if found is None else (int(found[0]), int(found[1]))


def debt_of(connection: Connection, kind: str, account: str) -> int:
    """E7: what is spent, or may be, beyond what came in; nothing is free meanwhile."""
    credited, burned = account_of(connection, kind, account)
    return max(0, burned + held_back(connection, kind, account) - credited)


def held_back(connection: Connection, kind: str, account: str) -> int:
    """What open rights may still spend of an account."""
    found = connection.one(_HELD_BACK, (kind, account, True))
    return int(found[0] or 0) if found else 0


def available(connection: Connection, kind: str, account: str, now: dt.datetime) -> int:
    """What is free of an account: E1's left side, below zero only where reversals made it so."""
    source = _SOURCES[kind]
    return source(connection, account, now) - held_back(connection, kind, account)


def _value(connection: Connection, account: str, kind: str) -> int:
    credited, burned = account_of(connection, kind, account)
    return credited - burned


_SOURCES: Final[dict[str, Callable[[Connection, str, dt.datetime], int]]] = {
    "points": lambda connection, account, _: _value(connection, account, "points"),
    "credit": lambda connection, account, _: _value(connection, account, "credit"),
    "card": lambda connection, account, _: _value(connection, account, "card"),
    "sold": lambda connection, account, _: sold.left_of(connection, account),
    "stock": atp.promisable,
}
"""Kind of account -> what of it is there at all, before rights are taken off."""


def move_account(
    connection: Connection, kind: str, account: str, *, credit: int = 0, burn: int = 0
) -> int:
    """Books a credit or a burn on a locked account; by how much that made its debt grow."""
    before = debt_of(connection, kind, account)
    connection.run(_MOVE_ACCOUNT, (credit, burn, kind, account))
    return max(0, debt_of(connection, kind, account) - before)
