"""Entries the hub could not read: kept byte for byte at their place, and how they leave quarantine.

    quarantined -> replayed_ok   it can be read now (a newer program), and its effects are booked
                 | corrected     another fact did what it would have done; a person names that fact
                 | waived        two people agree that it will not be booked, and say why

Nothing is ever thrown away: the entry, its bytes and its place in the chain stay as they came, and
each end is a fact in the hub's own journal. Until then it counts as "not yet posted".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, func, select, update

from pos_app.domain.errors import Refused
from pos_app.domain.exceptions import WAITING, Way
from sync.hub import devices, exceptions, feed, own_journal, refunds, schema, store
from sync.hub.answers import Ids, stamp
from sync.hub.booking import APPLIED, DUPLICATE, EXCEPTION, QUARANTINED, Booking
from sync.hub.checks import checker_of
from sync.hub.database import Connection, Statement, adding, row_error
from sync.hub.devices import Device
from sync.hub.identity import HubKeys, set_value, value_of
from sync.hub.push import UNREADABLE, same_content, type_of
from sync.protocol import AnyFact, decode_fact, versions
from sync.protocol.facts_recovery import QuarantineEnded

__all__ = ["CORRECTED", "QUARANTINED", "REPLAYED", "WAIVED", "Kept", "correct", "every", "find"]
__all__ += ["is_due", "not_posted", "replay", "try_all", "waive"]

REPLAYED: Final = "replayed_ok"
CORRECTED: Final = "corrected"
WAIVED: Final = "waived"
TRIED_WITH: Final = "quarantine_tried"
"""Under this name the hub keeps what it could read when it last tried all of them."""

_e, _q, _x, _doc = schema.event.c, schema.quarantine.c, schema.exception.c, schema.document.c
_end = schema.quarantine_end.c
_COLUMNS = (
    *(_q.n, _q.state, _q.reason, _q.since, _e.device, _e.epoch, _e.seq, _e.body, _e.hash),
    *(_end.ended, _end.actor, _end.second, _end.reason, _end.fact),
)
_JOINED = schema.quarantine.join(schema.event, _e.n == _q.n).outerjoin(
    schema.quarantine_end, _end.n == _q.n
)
_ALL = Statement("", select(*_COLUMNS).select_from(_JOINED).order_by(_q.n))
_ONE = Statement("n", select(*_COLUMNS).select_from(_JOINED).where(_q.n == bindparam("n")))
_WAITING = Statement("state", select(_q.n).where(_q.state == bindparam("state")).order_by(_q.n))
_SET = Statement(
    "why new_state wanted",
    update(schema.quarantine)
    .where(_q.n == bindparam("wanted"))
    .values(state=bindparam("new_state"), reason=bindparam("why")),
)
_ADD_END = adding(schema.quarantine_end)
_READ = Statement(
    "fact_id kind became copy_of wanted",
    update(schema.event)
    .where(_e.n == bindparam("wanted"))
    .values(
        id=bindparam("fact_id"),
        type=bindparam("kind"),
        result=bindparam("became"),
        same_as=bindparam("copy_of"),
    ),
)
_BY_FACT = Statement(
    "id", select(_e.n, _e.body, _e.device, _e.result).where(_e.id == bindparam("id"))
)
_LAST = Statement("", select(func.max(_e.n)))
_NUMBER = Statement("doc_no", select(_doc.n).where(_doc.doc_no == bindparam("doc_no")))
_GAPS = Statement(
    "kind device",
    select(_x.detail, _x.state).where(
        _x.kind == bindparam("kind"), _x.device == bindparam("device")
    ),
)
_CORRECTS = Statement("fact", select(_end.n).where(_end.fact == bindparam("fact")))


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry in quarantine, or one that left it."""

    n: int
    state: str
    reason: str
    since: str
    device: str
    epoch: int
    seq: int
    body: bytes
    hash: bytes
    ended: str | None
    actor: str | None
    second: str | None
    why: str | None
    fact: str | None

    @property
    def waiting(self) -> bool:
        """True while nobody settled it."""
        return self.state == QUARANTINED

    @property
    def told(self) -> dict[str, Any]:
        """What its bytes say, as far as they are JSON: nothing of it is believed."""
        try:
            said = msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    def says(self, name: str) -> str:
        """A text its bytes hold under a name, or nothing."""
        found = self.told.get(name, "")
        return found[:80] if isinstance(found, str) else ""

    @property
    def amount(self) -> int:
        """Minor units it says it is about; 0 where that cannot be read."""
        return exceptions.amount_in(self.body)


def every(connection: Connection) -> list[Kept]:
    """All that ever were in quarantine, oldest first."""
    return [Kept(*row) for row in connection.all(_ALL)]


def find(connection: Connection, n: int) -> Kept:
    """One of them. Raises Refused("quarantine_unknown")."""
    found = connection.one(_ONE, (n,))
    if found is None:
        raise Refused("quarantine_unknown", number=n)
    return Kept(*found)


def not_posted(connection: Connection) -> list[dict[str, Any]]:
    """What waits, by store and currency: how many entries, and how much they say they are about."""
    stores = {one.device: one.store_id for one in devices.every(connection)}
    sums: dict[tuple[str, str], list[int]] = {}
    for (n,) in connection.all(_WAITING, (QUARANTINED,)):
        kept = find(connection, n)
        both = sums.setdefault((stores.get(kept.device, ""), kept.says("currency")), [0, 0, 0])
        both[0] += 1
        both[1] += kept.amount
        both[2] += not kept.amount
    return [
        {
            "store": number,
            "currency": currency,
            "count": count,
            "amount": amount,
            "amount_unknown": unknown,
        }
        for (number, currency), (count, amount, unknown) in sorted(sums.items())
    ]


# --- once it can be read -------------------------------------------------------------------


def replay(
    connection: Connection, n: int, keys: HubKeys, now: dt.datetime, ids: Ids, *, actor: str
) -> str:
    """Tries an entry again: its effects are booked once, at its old place in the chain.

    What became of it: `applied`, `exception`, `duplicate`, or still `quarantined` (then the reason
    is today's). Raises Refused("quarantine_unknown" | "quarantine_over").
    """
    connection.lock(schema.quarantine, (n,))
    kept = _open(connection, n)
    connection.lock(schema.device, (kept.device,))
    device = devices.find(connection, kept.device)
    if device is None:
        raise Refused("quarantine_unknown", number=n)
    at = stamp(now)
    try:
        fact = decode_fact(kept.body)
        with connection.savepoint("replay"):
            result, rows = _book(connection, kept, fact, device, at)
    except UNREADABLE as cause:
        return _still(connection, kept, cause)
    except (*row_error, ArithmeticError, ValueError, TypeError, KeyError) as cause:
        return _still(connection, kept, cause)
    told = _Ending(REPLAYED, actor, fact=fact.id)
    _finish(connection, kept, device, told, keys, now, ids)
    feed.append(connection, rows)
    return result


def _still(connection: Connection, kept: Kept, cause: Exception) -> str:
    connection.run(_SET, (f"{type(cause).__name__}: {cause}"[:300], QUARANTINED, kept.n))
    return QUARANTINED


def _book(
    connection: Connection, kept: Kept, fact: AnyFact, device: Device, at: str
) -> tuple[str, dict[str, list[tuple[str, bytes]]]]:
    """Its effects, and what tills are told of them, by stream."""
    shop = store.load(connection, device.store_id)
    at_that = replace(device, epoch=kept.epoch)
    books = Booking(connection, at_that, checker_of(shop.rules), at)
    books.currency = shop.store.currency
    first = connection.one(_BY_FACT, (fact.id,))
    if first is not None:
        # It came again since, journalled anew after a restore: that one had the effects.
        same = same_content(kept.body, bytes(first[1]))
        if not same:
            amount = getattr(fact, "total", 0)
            books.flag("id_reused", kept.n, fact, f"first seen as entry {first[0]}", amount)
            books.write()
        became = DUPLICATE if same else EXCEPTION
        connection.run(_READ, (None, type_of(fact), became, int(first[0]), kept.n))
        return became, {}
    _expect_number(connection, books, fact)
    books.add(kept.n, kept.seq, fact)
    stock = books.write()
    _close_gaps(connection, device.device, at)
    became = EXCEPTION if kept.n in books.flagged else APPLIED
    connection.run(_READ, (fact.id, type_of(fact), became, None, kept.n))
    books.finish()
    rows = [("stock", data) for data in feed.batches(stock)]
    rows += [("sale_ref", data) for data in refunds.ref_batches(books.refs)]
    own = feed.store_stream(device.store_id)
    rows += books.told.pop(own, [])
    return became, {own: rows, **books.told}


def _expect_number(connection: Connection, books: Booking, fact: AnyFact) -> None:
    """Its receipt number comes late, and is right where no other document has it."""
    prefix, _, tail = fact.doc_no.rpartition(".")
    whole = tail.isascii() and tail.isdigit() and len(tail) < 15
    if prefix and whole and connection.one(_NUMBER, (fact.doc_no,)) is None:
        books.last_doc = int(tail) - 1


def _close_gaps(connection: Connection, device: str, at: str) -> None:
    """The gaps in receipt numbers that were only its own absence."""
    for detail, state in connection.all(_GAPS, ("number_gap", device)):
        if state in WAITING and not any(
            connection.one(_NUMBER, (number,)) is None for number in _missing(detail)
        ):
            exceptions.settle_about(connection, "number_gap", device, detail, at)


def _missing(detail: str) -> Iterator[str]:
    """The numbers between two of a chain, out of `1-1-1.6 after 4`."""
    doc_no, _, before = detail.partition(" after ")
    prefix, _, tail = doc_no.rpartition(".")
    if tail.isdigit() and before.isdigit():
        for number in range(int(before) + 1, int(tail)):
            yield f"{prefix}.{number}"


def try_all(
    connection: Connection, keys: HubKeys, now: dt.datetime, ids: Ids, *, actor: str = "hub"
) -> dict[str, int]:
    """Tries every one that waits; how many became what."""
    became: dict[str, int] = {}
    for (n,) in connection.all(_WAITING, (QUARANTINED,)):
        result = replay(connection, n, keys, now, ids, actor=actor)
        became[result] = became.get(result, 0) + 1
    set_value(connection, TRIED_WITH, versions.reads())
    return became


def is_due(connection: Connection) -> bool:
    """True where this program reads other facts than the one that tried them last."""
    if value_of(connection, TRIED_WITH) == versions.reads():
        return False
    return connection.one(_WAITING, (QUARANTINED,)) is not None


# --- what people decide ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ending:
    state: str
    actor: str
    reason: str = ""
    second: str = ""
    fact: str = ""


_WAYS: Final = {REPLAYED: "", CORRECTED: Way.REISSUE.value, WAIVED: Way.WRITE_OFF.value}
"""How the exception about it is settled."""


def correct(
    connection: Connection,
    n: int,
    fact: str,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
    *,
    actor: str,
    reason: str,
) -> None:
    """Another fact did what this one would have done: a sale rung up again from its receipt.

    Raises Refused("quarantine_unknown" | "quarantine_over" | "person_missing" | "reason_missing" |
    "correction_unknown" | "correction_elsewhere" | "correction_used").
    """
    kept = _open(connection, n)
    _check_said(actor, reason)
    found = connection.one(_BY_FACT, (fact,))
    if found is None or found[3] not in (APPLIED, EXCEPTION):
        raise Refused("correction_unknown", fact=fact)
    device, other = devices.find(connection, kept.device), devices.find(connection, found[2])
    if device is None or other is None or device.store_id != other.store_id:
        raise Refused("correction_elsewhere", fact=fact)
    if connection.one(_CORRECTS, (fact,)) is not None:
        raise Refused("correction_used", fact=fact)
    ending = _Ending(CORRECTED, actor, reason, fact=fact)
    _finish(connection, kept, device, ending, keys, now, ids)


def waive(
    connection: Connection,
    n: int,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
    *,
    actor: str,
    second: str,
    reason: str,
) -> None:
    """Two people agree that it will not be booked; who they are was proven by whoever calls.

    Raises Refused("quarantine_unknown" | "quarantine_over" | "person_missing" | "reason_missing" |
    "second_person_needed").
    """
    kept = _open(connection, n)
    _check_said(actor, reason)
    if not second.strip() or second.strip() == actor.strip():
        raise Refused("second_person_needed")
    device = devices.find(connection, kept.device)
    if device is None:
        raise Refused("quarantine_unknown", number=n)
    _finish(connection, kept, device, _Ending(WAIVED, actor, reason, second), keys, now, ids)


def _check_said(actor: str, reason: str) -> None:
    if not actor.strip():
        raise Refused("person_missing")
    if not reason.strip():
        raise Refused("reason_missing")


def _open(connection: Connection, n: int) -> Kept:
    connection.lock(schema.quarantine, (n,))
    kept = find(connection, n)
    if not kept.waiting:
        raise Refused("quarantine_over", number=n, state=kept.state)
    return kept


def _finish(
    connection: Connection,
    kept: Kept,
    device: Device,
    ending: _Ending,
    keys: HubKeys,
    now: dt.datetime,
    ids: Ids,
) -> None:
    at = stamp(now)
    last = connection.one(_LAST)
    connection.run(_SET, (kept.reason, ending.state, kept.n))
    row = (kept.n, ending.state, at, ending.actor, ending.second, ending.reason, ending.fact)
    connection.run(_ADD_END, (*row, int(last[0]) if last else kept.n))
    exceptions.settle_entry(connection, "quarantine", kept.n, at, _WAYS[ending.state])
    fact = QuarantineEnded(
        **own_journal.head(now, ids, store=device.store_id, actor=ending.actor),
        n=kept.n,
        device=kept.device,
        at_epoch=kept.epoch,
        at_seq=kept.seq,
        how=ending.state,
        reason=ending.reason,
        second=ending.second,
        by_fact=ending.fact,
    )
    own_journal.append(connection, keys, fact, now)
    exceptions.tell(connection)
