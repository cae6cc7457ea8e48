"""A hub that was put back from an older copy: what it must not do before its tills were heard.

An older copy has forgotten what it confirmed and what it promised. Sales need no care: a till
pushes again what the hub lacks, and each has its effect once. A promise does: what was granted
after the copy was made is known only to the till that holds it. So while the hub recovers nothing
new is granted, held or authorised, until each till that may work has said hello *and* everything it
told of then is here; or until a person says that the rest will not come.

What did not come by then is lost: where a right that the hub believes stands on a credit that it does
not have, a person is told of the debt.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select, update

from pos_app.domain.errors import Refused
from sync.hub import feed, own_journal, right_debts, schema
from sync.hub.answers import Ids, stamp
from sync.hub.database import Connection, Statement, adding
from sync.hub.devices import ACTIVE, Device, every
from sync.hub.identity import HubKeys, name_feed, set_value, value_of
from sync.protocol.facts_recovery import HubRestored, RecoveryEnded

SINCE: Final = "recovering"
"""Under this name the hub keeps since when it recovers; nothing while it does not."""
_NO_HEAD: Final = -1

_a = schema.awaited.c
_AWAIT = adding(schema.awaited, ignore=True)
_FORGET = Statement("", delete(schema.awaited))
_HEARD = Statement(
    "at seq wanted",
    update(schema.awaited)
    .where(_a.device == bindparam("wanted"))
    .values(heard=bindparam("at"), upto=bindparam("seq")),
)
_DONE = Statement("wanted", delete(schema.awaited).where(_a.device == bindparam("wanted")))
_UPTO = Statement("device", select(_a.heard, _a.upto).where(_a.device == bindparam("device")))
_LEFT = Statement("", select(_a.device, _a.heard).order_by(_a.device))
_COUNT = Statement("", select(func.count()).select_from(schema.awaited))


def is_recovering(connection: Connection) -> bool:
    """True from a restore until every till was heard, or a person ended it."""
    return since(connection) != ""


def since(connection: Connection) -> str:
    """Since when it recovers (UTC); empty while it does not."""
    return value_of(connection, SINCE)


def begin(
    connection: Connection, keys: HubKeys, now: dt.datetime, ids: Ids, *, cause: str = "restored"
) -> int:
    """The hub is an older copy of itself from here on; how many tills it waits for.

    Its feeds get a name nobody has used, so that no till goes on behind the place where it stood,
    past rows that are others now; its own journal goes on in another epoch, since its tail may be
    lost. Asked again (a copy was put back while it still recovered) every till is awaited anew.
    """
    name = name_feed(connection, ids)
    feed.rename(connection, name)
    own_journal.begin_epoch(connection)
    connection.run(_FORGET)
    tills = [one.device for one in every(connection) if one.state == ACTIVE]
    connection.many(_AWAIT, [(device, "", _NO_HEAD) for device in tills])
    set_value(connection, SINCE, stamp(now))
    fact = HubRestored(
        **own_journal.head(now, ids, actor="hub"), feed=name, tills=len(tills), cause=cause
    )
    own_journal.append(connection, keys, fact, now)
    if not tills:
        _close(connection, keys, now, ids)
    return len(tills)


def heard(
    connection: Connection,
    device: Device,
    upto: int,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
) -> None:
    """A till said hello, its chain `upto` long: awaited until all of that is here."""
    if not is_recovering(connection):
        return
    connection.run(_HEARD, (stamp(now), upto, device.device))
    arrived(connection, device.device, device.last_seq, keys, now, ids)


def arrived(
    connection: Connection, device: str, seq: int, keys: HubKeys, now: dt.datetime, ids: Ids
) -> None:
    """The hub holds a till's chain up to `seq`: the last of it may have been all it waited for."""
    if not is_recovering(connection):
        return
    found = connection.one(_UPTO, (device,))
    if found is None or not found[0] or seq < found[1]:
        return
    connection.run(_DONE, (device,))
    left = connection.one(_COUNT)
    if left is not None and left[0] == 0:
        _close(connection, keys, now, ids)


def end(
    connection: Connection, keys: HubKeys, now: dt.datetime, ids: Ids, *, actor: str, reason: str
) -> list[str]:
    """A person says that the tills still awaited will not come; which those are.

    Raises Refused("not_recovering" | "person_missing" | "reason_missing").
    """
    if not is_recovering(connection):
        raise Refused("not_recovering")
    if not reason.strip():
        raise Refused("reason_missing")
    if not actor.strip():
        raise Refused("person_missing")
    missing = [device for device, _ in connection.all(_LEFT)]
    _close(connection, keys, now, ids, missing=missing, actor=actor.strip(), reason=reason.strip())
    return missing


def _close(
    connection: Connection,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
    *,
    missing: list[str] | None = None,
    actor: str = "hub",
    reason: str = "",
) -> None:
    connection.run(_FORGET)
    set_value(connection, SINCE, "")
    fact = RecoveryEnded(
        **own_journal.head(now, ids, actor=actor),
        cause="override" if reason else "heard",
        missing=tuple(missing or ()),
        reason=reason,
    )
    own_journal.append(connection, keys, fact, now)
    right_debts.tell(connection, now)


def shown_late(connection: Connection, now: dt.datetime) -> None:
    """A till showed a right; of what is missing for it a person is told, unless it may still come."""
    if not is_recovering(connection):
        right_debts.tell(connection, now)


def state(connection: Connection) -> dict[str, Any]:
    """For a report: since when it recovers (empty: it does not), and which tills it awaits."""
    began = since(connection)
    awaited = dict(connection.all(_LEFT)) if began else {}
    return {
        "since": began,
        "awaited": [
            {"device": device, "said_hello": bool(said)} for device, said in awaited.items()
        ],
    }


def awaited_devices(connection: Connection) -> dict[str, str]:
    """Device -> `hello` while it has yet to say it, `entries` while its entries are on their way."""
    if not is_recovering(connection):
        return {}
    return {device: "entries" if said else "hello" for device, said in connection.all(_LEFT)}
