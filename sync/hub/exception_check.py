"""Whether the queue holds all there is to settle: what the journal gives again, beside what is kept.

The books are folded anew from the entries (`rebuilding`), which sees every anomaly again that follows
from what tills signed; each must be an exception of the same id and amount. One that is missing is
opened here and told of. A decision must stand in a journal, and each decision must have been booked.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.exceptions import RESOLVED, kind_of
from sync.hub import case_effects, exceptions, right_check, schema, store
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement
from sync.hub.exceptions import Case
from sync.hub.identity import set_value, value_of
from sync.hub.rebuilding import folded
from sync.protocol import ExceptionResolved, decode_fact

CHECKED: Final = "exceptions_checked"
"""Under this name the hub keeps when it looked last."""
BEFORE_DAWN: Final = 2
"""UTC hour from which the nightly look may begin."""

_e, _q = schema.event.c, schema.quarantine.c
_DECISIONS = Statement("type", select(_e.body).where(_e.type == bindparam("type")).order_by(_e.n))
_ASIDE = Statement(
    "state",
    select(_q.n, _q.device, _q.reason, _e.epoch, _e.seq, _e.body)
    .join_from(schema.quarantine, schema.event, _q.n == _e.n)
    .where(_q.state == bindparam("state"))
    .order_by(_q.n),
)
_STORES = Statement("", select(schema.device.c.device, schema.device.c.store_id))


@dataclass(slots=True)
class Found:
    """What a look at the queue found."""

    anomalies: int = 0
    exceptions: int = 0
    """Of the same kinds."""
    amounts: Counter[str] = field(default_factory=Counter)
    """Currency -> what is at stake in the anomalies."""
    kept: Counter[str] = field(default_factory=Counter)
    """The same in the exceptions."""
    missing: list[Case] = field(default_factory=list)
    """Anomalies that nobody was told of."""
    differing: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    """Decisions that stand in no journal, or that were not booked."""
    faults: list[str] = field(default_factory=list)
    """Entries that could not be booked again."""
    rights: list[str] = field(default_factory=list)
    """Where accounts, rights and promises are not what the journal gives (`right_check`)."""

    @property
    def whole(self) -> bool:
        """True where the queue is what the journal says."""
        wrong = (self.missing, self.differing, self.unproven, self.faults, self.rights)
        return not any(wrong)

    def told(self) -> dict[str, Any]:
        """As the commands say it."""
        return {
            "whole": self.whole,
            "anomalies": self.anomalies,
            "exceptions": self.exceptions,
            "at_stake": dict(self.amounts),
            "kept": dict(self.kept),
            "opened": [
                {"id": case.id, "kind": case.kind, "amount": case.amount, "detail": case.detail}
                for case in self.missing
            ],
            "differing": self.differing,
            "unproven": self.unproven,
            "faults": self.faults,
            "rights": self.rights,
        }


def check(connection: Connection, now: dt.datetime) -> Found:
    """Looks, opens what is missing, and remembers when; needs a connection that may write."""
    found = look(connection)
    with connection.transaction():
        for case in found.missing:
            exceptions.open_again(connection, case, stamp(now))
        set_value(connection, CHECKED, stamp(now))
        exceptions.tell(connection)
    return found


def look(connection: Connection) -> Found:
    """The same without changing anything."""
    found = Found()
    with connection.reading():
        kept = {case.id: case for case in exceptions.every(connection)}
        with folded(connection) as (anew, faults):
            found.faults += faults
            derived = [case for case in exceptions.every(anew) if kind_of(case.kind).derived]
        for case in (*derived, *_aside(connection)):
            _beside(found, case, kept.get(case.id))
        for case in kept.values():
            if kind_of(case.kind).derived or case.kind == "quarantine":
                found.exceptions += 1
                found.kept[case.currency] += abs(case.amount)
        _decisions(connection, found, kept)
        found.rights += right_check.differences(connection)
        found.unproven += case_effects.differences(connection)
    return found


def _beside(found: Found, case: Case, held: Case | None) -> None:
    found.anomalies += 1
    found.amounts[case.currency] += abs(case.amount)
    if held is None:
        found.missing.append(case)
    elif (held.amount, held.kind) != (case.amount, case.kind):
        found.differing.append(
            f"E-{held.no} {held.kind}: {held.amount}, the journal says {case.amount}"
        )


def _aside(connection: Connection) -> list[Case]:
    """An exception for each entry that waits to be read, as it should be."""
    stores = dict(connection.all(_STORES))
    currencies = {one.store.store_id: one.store.currency for one in store.every(connection)}
    cases = []
    for n, device, reason, epoch, seq, body in connection.all(_ASIDE, ("quarantined",)):
        detail = f"entry {epoch}.{seq}: {reason}"
        found = exceptions.id_of("quarantine", device, f"{n}:{detail}")
        amount = exceptions.amount_in(bytes(body))
        place = stores.get(device, "")
        case = exceptions.blank_case(found, "quarantine", place, device, n, amount, detail)
        cases.append(replace(case, currency=currencies.get(place, "")))
    return cases


def _decisions(connection: Connection, found: Found, kept: dict[str, Case]) -> None:
    journalled: dict[str, ExceptionResolved] = {}
    tag = str(ExceptionResolved.__struct_config__.tag)
    for (body,) in connection.each(_DECISIONS, (tag,)):
        try:
            fact = decode_fact(bytes(body))
        except msgspec.MsgspecError:
            continue
        if isinstance(fact, ExceptionResolved):
            journalled[fact.id] = fact
            case = kept.get(fact.exception)
            if case is not None and case.waiting:
                found.unproven.append(f"E-{case.no} waits, though {fact.actor} settled it")
    for case in kept.values():
        if case.state != RESOLVED:
            continue
        decision = journalled.get(case.resolved_fact)
        if decision is None or decision.exception != case.id:
            found.unproven.append(f"E-{case.no} is settled, and no journal says by whom")
        elif decision.resolution != case.resolution:
            found.unproven.append(f"E-{case.no}: {case.resolution}, {decision.resolution} was said")


def is_due(connection: Connection, now: dt.datetime) -> bool:
    """True once a night, where nobody looked since the last one began; writes that it is looked now.

    The first time nobody has looked, the hub is new or was updated: it waits for the night.
    """
    with connection.transaction():
        connection.lock_name(CHECKED)
        last = value_of(connection, CHECKED)
        if last and (last[:10] >= stamp(now)[:10] or now.hour < BEFORE_DAWN):
            return False
        set_value(connection, CHECKED, stamp(now))
        return bool(last)
