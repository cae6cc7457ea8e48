"""Two customers who are one person, and two again: proposed by what they share, done by a person.

Nothing is moved but what is free of their points and credit: sales, orders, contacts, notes and
consents stay under the id they came with and are read together. So for thirty days, and exactly,
each gets back what is theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, literal_column, select, update

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from sync.hub import own_journal, schema
from sync.hub.answers import RandomIds, stamp
from sync.hub.customers import moving, people, vault
from sync.hub.customers.people import Person
from sync.hub.database import Connection, Statement, adding
from sync.hub.identity import load_keys
from sync.protocol import CustomersMerged, CustomersParted

REVERSIBLE: Final = dt.timedelta(days=30)
_IDS: Final = RandomIds()
_moved = msgspec.json.Decoder(list[tuple[str, int]])

_m = schema.customer_merge.c
_ADD = adding(schema.customer_merge)
_LAST = Statement(
    "kept other undone",
    select(*_m)
    .where(
        _m.kept == bindparam("kept"),
        _m.other == bindparam("other"),
        _m.undone == bindparam("undone"),
    )
    .order_by(_m.at.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)
_OF_OTHER = Statement(
    "other undone",
    select(*_m)
    .where(_m.other == bindparam("other"), _m.undone == bindparam("undone"))
    .order_by(_m.at.desc()),
)
_UNDO = Statement(
    "at who merge_",
    update(schema.customer_merge)
    .where(_m.merge == bindparam("merge_"))
    .values(undone=bindparam("at"), undone_by=bindparam("who")),
)
_MOVED = Statement(
    "what merge_",
    update(schema.customer_merge)
    .where(_m.merge == bindparam("merge_"))
    .values(moved=bindparam("what")),
)
_DISMISS = adding(schema.customer_dismissed, ignore=True)


@dataclass(frozen=True, slots=True)
class Merge:
    """A row of `customer_merge`."""

    merge: str
    kept: str
    other: str
    at: str
    by: str
    store_id: str
    moved: tuple[tuple[str, int], ...]
    undone: str
    undone_by: str


def _read(row: Sequence[Any]) -> Merge:
    merge, kept, other, at, by, store, moved, undone, undone_by = row
    amounts = tuple((str(kind), int(amount)) for kind, amount in _moved.decode(moved))
    return Merge(merge, kept, other, at, by, store, amounts, undone, undone_by)


def _both(connection: Connection, kept: str, other: str) -> tuple[Person, Person]:
    """Both, locked. Raises Refused("customer_unknown" | "merge_same")."""
    if kept == other:
        raise Refused("merge_same")
    people.lock(connection, kept, other)
    one, two = people.find(connection, kept), people.find(connection, other)
    if one is None or two is None or one.erased or two.erased:
        raise Refused("customer_unknown")
    return one, two


def merge(
    connection: Connection,
    kept: str,
    other: str,
    now: dt.datetime,
    *,
    by: str = "",
    store: str = "",
) -> Merge:
    """The second is the first from now on. In the caller's transaction.

    Raises Refused("customer_unknown" | "merge_same" | "customer_merged").
    """
    one, two = _both(connection, kept, other)
    if one.merged_into or two.merged_into:
        raise Refused("customer_merged")
    fact = CustomersMerged(
        **own_journal.head(now, _IDS, store=store, actor=by),
        merge=_IDS.uuid(),
        kept=kept,
        other=other,
    )
    own_journal.append(connection, load_keys(connection), fact, now)
    keys = vault.load(connection)
    people.put(connection, replace(two, merged_into=kept, version=two.version + 1), keys)
    moved = moving.move_all(
        connection, (two.purse, one.purse), about=fact.merge, why=moving.MERGED, now=now
    )
    row = Merge(fact.merge, kept, other, stamp(now), by, store, moved, "", "")
    connection.run(_ADD, _values(row))
    return row


def _values(row: Merge) -> tuple[object, ...]:
    return (
        *(row.merge, row.kept, row.other, row.at, row.by, row.store_id),
        *(msgspec.json.encode(row.moved).decode(), row.undone, row.undone_by),
    )


def unmerge(
    connection: Connection,
    kept: str,
    other: str,
    now: dt.datetime,
    *,
    by: str = "",
    store: str = "",
) -> Merge:
    """Both are two again, and get back what is still there of what was theirs.

    Raises Refused("customer_unknown" | "merge_same" | "merge_unknown" | "merge_too_old").
    """
    one, two = _both(connection, kept, other)
    row = connection.one(_LAST, (kept, other, ""))
    if row is None or two.merged_into != kept:
        raise Refused("merge_unknown")
    found = _read(row)
    if parse_utc(found.at) + REVERSIBLE < now:
        raise Refused("merge_too_old")
    connection.run(_UNDO, (stamp(now), by, found.merge))
    fact = CustomersParted(
        **own_journal.head(now, _IDS, store=store, actor=by),
        merge=found.merge,
        kept=kept,
        other=other,
    )
    own_journal.append(connection, load_keys(connection), fact, now)
    keys = vault.load(connection)
    people.put(connection, replace(two, merged_into="", version=two.version + 1), keys)
    for kind, amount in found.moved:
        _give_back(connection, kind, amount, (one, two), found.merge, now)
    return replace(found, undone=stamp(now), undone_by=by)


def _give_back(
    connection: Connection,
    kind: str,
    amount: int,
    who: tuple[Person, Person],
    about: str,
    now: dt.datetime,
) -> None:
    """What is there of it, from who had it; or from whom that one was merged into since.

    Of the latter no more than came with them, and so much less is theirs to get back one day.
    """
    one, two = who
    said: dict[str, Any] = {"about": about, "why": moving.PARTED, "now": now}
    rest = amount - moving.move(connection, kind, amount, (one.purse, two.purse), **said)
    above, holder = _above(connection, one)
    most = min([rest, *(dict(each.moved).get(kind, 0) for each in above)])
    if not above or most <= 0:
        return
    went = moving.move(connection, kind, most, (holder.purse, two.purse), **said)
    for each in above:
        left = dict(each.moved)
        left[kind] -= went
        _set_moved(connection, each.merge, left)


def _above(connection: Connection, person: Person) -> tuple[list[Merge], Person]:
    """The merges by which somebody is another one now, and who that is; both locked."""
    found: list[Merge] = []
    while person.merged_into:
        row = merge_of(connection, person.customer)
        people.lock(connection, person.merged_into)
        kept = people.find(connection, person.merged_into)
        if row is None or kept is None:
            break
        found.append(row)
        person = kept
    return found, person


def _set_moved(connection: Connection, merge: str, sums: dict[str, int]) -> None:
    what = msgspec.json.encode(tuple(sorted(sums.items()))).decode()
    connection.run(_MOVED, (what, merge))


def move_on(connection: Connection, person: Person, now: dt.datetime) -> None:
    """What still came for somebody who was merged goes to who is kept, and is theirs to get back."""
    rows = connection.all(_OF_OTHER, (person.customer, ""))
    if not rows:
        return
    found = _read(rows[0])
    root = people.find(connection, person.merged_into)
    if root is None or root.erased:
        return
    more = moving.move_all(
        connection, (person.purse, root.purse), about=found.merge, why=moving.LATE, now=now
    )
    if more:
        sums = dict(found.moved)
        for kind, amount in more:
            sums[kind] = sums.get(kind, 0) + amount
        _set_moved(connection, found.merge, sums)


def dismiss(
    connection: Connection, one: str, other: str, now: dt.datetime, *, by: str = ""
) -> None:
    """These are two people: it is not proposed again. Raises Refused("merge_same")."""
    if one == other:
        raise Refused("merge_same")
    first, second = sorted((one, other))
    connection.run(_DISMISS, (first, second, stamp(now), by))


def merge_of(connection: Connection, other: str) -> Merge | None:
    """The merge by which somebody is another one now; None where there is none."""
    rows = connection.all(_OF_OTHER, (other, ""))
    return _read(rows[0]) if rows else None
