"""Everything that happened between a customer and all channels, newest first, a page at a time.

Each source is asked for no more than a page, from where the last page ended, so five thousand events
open as fast as five. Who was merged into somebody is in their timeline, under their own entries.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, literal_column, select

from sync.hub import schema
from sync.hub.answers import HubProblem, stamp
from sync.hub.customers import consents, people, support, vault
from sync.hub.customers.vault import Vault
from sync.hub.database import Connection, Statement
from sync.protocol import Moment, Timeline, TimelineAsk
from sync.protocol.customers import TIPS, YES

PAGE_MAX: Final = 200
LAST: Final = "~"
"""Behind every instant: where the newest begins."""
ORDERS, RETURNS, SUPPORT, POINTS = "orders", "returns", "support", "points"
SALE, RETURN, ORDER, NOTE = "sale", "return", "order", "note"
CONSENT, MERGE, LOOK = "consent", "merge", "look"

_cd, _d, _l, _o, _b, _r, _n, _m, _k, _s, _st, _h, _a = (
    schema.customer_document.c,
    schema.document.c,
    schema.line.c,
    schema.customer_order.c,
    schema.right_burn.c,
    schema.support_request.c,
    schema.customer_note.c,
    schema.customer_merge.c,
    schema.customer_consent.c,
    schema.signal.c,
    schema.store.c,
    schema.store_heard.c,
    schema.customer.c,
)
_void = schema.document.alias("void")
_ITEMS = (
    select(func.coalesce(func.sum(_l.qty), literal_column("0")))
    .where(_l.n == _d.n)
    .scalar_subquery()
)


def _page(query: Select[Any], at: Any, *more: Any) -> Select[Any]:
    """The newest before an instant, in a fixed order."""
    return (
        query.where(at < bindparam("before"))
        .order_by(at.desc(), *more)
        .limit(bindparam("most"))
        .offset(literal_column("0"))
    )


_DOCUMENTS = Statement(
    "customer kind also before most",
    _page(
        select(
            *(_cd.at, _cd.kind, _cd.ref, _d.doc_no, _cd.store_id, _d.total, _d.currency),
            *(_d.actor, _ITEMS, _void.c.n),
        )
        .select_from(
            schema.customer_document.join(schema.document, _d.n == _cd.n).outerjoin(
                _void, _void.c.reverses == _d.n
            )
        )
        .where(
            _cd.customer == bindparam("customer"),
            _cd.kind.in_([bindparam("kind"), bindparam("also")]),
        ),
        _cd.at,
        _cd.n.desc(),
    ),
)
_ORDERS = Statement(
    "customer before most",
    _page(
        select(
            *(_o.placed, _o.order_id, _o.external_name, _o.channel, _o.state, _o.total),
            _o.currency,
        ).where(_o.customer == bindparam("customer")),
        _o.placed,
        _o.order_id,
    ),
)
_VALUES = Statement(
    "account points credit before most",
    _page(
        select(_b.booked, _b.kind, _b.fact, _b.amount, _b.right_id).where(
            _b.account == bindparam("account"),
            _b.kind.in_([bindparam("points"), bindparam("credit")]),
        ),
        _b.booked,
        _b.fact,
        _b.place,
    ),
)
_REQUESTS = Statement(
    "customer before most",
    _page(select(*_r).where(_r.customer == bindparam("customer")), _r.opened, _r.no.desc()),
)
_NOTES = Statement(
    "customer before most",
    _page(
        select(_n.at, _n.sealed, _n.by, _n.store_id, _n.no).where(
            _n.customer == bindparam("customer")
        ),
        _n.at,
        _n.no.desc(),
    ),
)
_CONSENTS = Statement(
    "customer before most",
    _page(
        select(_k.at, _k.purpose, _k.state, _k.source, _k.no).where(
            _k.customer == bindparam("customer")
        ),
        _k.at,
        _k.no.desc(),
    ),
)
_MERGES = Statement(
    "kept before most",
    _page(
        select(_m.at, _m.merge, _m.other, _m.by, _m.undone).where(_m.kept == bindparam("kept")),
        _m.at,
        _m.merge,
    ),
)
_LOOKS = Statement(
    "customer before most",
    _page(
        select(_s.at, _s.kind, _s.sku, _s.store_id, _s.qty, _s.no).where(
            _s.customer == bindparam("customer")
        ),
        _s.at,
        _s.no.desc(),
    ),
)
_STORES = Statement("", select(_st.store_id, _st.name))
_HEARD = Statement("", select(func.min(_h.heard)))
_PURSE = Statement("customer", select(_a.account).where(_a.customer == bindparam("customer")))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page of one source."""

    connection: Connection
    one: str
    before: str
    most: int
    stores: dict[str, str]
    keys: Vault | None


def page(connection: Connection, asked: TimelineAsk, now: dt.datetime) -> Timeline:
    """The page after a cursor. Raises HubProblem("malformed")."""
    root = people.root_of(connection, asked.customer)
    person = people.find(connection, root)
    if person is None or person.erased:
        return Timeline()
    most = min(max(asked.limit, 1), PAGE_MAX)
    if asked.kind and asked.kind not in _OF_KIND:
        raise HubProblem("malformed", "kind")
    before, skip = _place(asked.before)
    sources = _OF_KIND[asked.kind]
    found = _moments(connection, root, sources, before, most + skip + 1)
    moments = found[skip : skip + most]
    more = len(found) > skip + most
    cursor = _cursor(moments, before, skip) if more else ""
    return Timeline(tuple(moments), cursor, _complete_to(connection, now))


def everything(connection: Connection, root: str, now: dt.datetime, most: int) -> list[Moment]:
    """All of it: for an export."""
    del now
    return _moments(connection, root, _OF_KIND[""], LAST, most)


def _place(cursor: str) -> tuple[str, int]:
    """(before that instant, so many of the first ones there were told already)."""
    if not cursor:
        return LAST, 0
    before, _, skip = cursor.partition("|")
    if not before or len(before) > 40 or not (skip.isascii() and skip.isdigit() and len(skip) < 6):
        raise HubProblem("malformed", "before")
    return before, int(skip)


def _cursor(moments: Sequence[Moment], before: str, skip: int) -> str:
    """Where the page ended: behind an instant, for those that share one how many are told.

    A source is asked for what was strictly before: so the place is just behind the last instant
    that was told whole, and counts from there.
    """
    last = moments[-1].at
    earlier = [one for one in moments if one.at > last]
    if earlier:
        behind, told = earlier[-1].at, len(moments) - len(earlier)
        return f"{behind}|{told}"
    return f"{before}|{skip + len(moments)}"


def _moments(
    connection: Connection, root: str, sources: Sequence[_Source], before: str, most: int
) -> list[Moment]:
    stores = {str(one): str(name) for one, name in connection.all(_STORES)}
    keys = vault.opened(connection)
    one_with = people.one_with(connection, root)
    tips = consents.state(connection, one_with, TIPS) == YES
    found: list[Iterator[Moment]] = []
    for one in one_with:
        asked = _Asked(connection, one, before, most, stores, keys)
        found += [source(asked) for source in sources if tips or source is not _looks]
    merged = heapq.merge(*found, key=lambda moment: moment.at, reverse=True)
    return [moment for moment, _ in zip(merged, range(most), strict=False)]


def _complete_to(connection: Connection, now: dt.datetime) -> str:
    """Up to when every store was heard."""
    row = connection.one(_HEARD)
    return str(row[0]) if row is not None and row[0] else stamp(now)


# --- the sources, each newest first -----------------------------------------------------------


def _documents(asked: _Asked, kind_: str = "sale", also: str = "refund") -> Iterator[Moment]:
    values = (asked.one, kind_, also, asked.before, asked.most)
    for at, kind, ref, name, store, total, currency, actor, items, void in asked.connection.all(
        _DOCUMENTS, values
    ):
        yield Moment(
            at=str(at),
            kind=RETURN if kind == "refund" else SALE,
            state="voided" if void is not None else "",
            name=str(name),
            ref=str(ref),
            place=asked.stores.get(str(store), str(store)),
            amount=int(total),
            currency=str(currency),
            items=abs(int(items)) // 1_000,
            by=str(actor),
        )


def _returns(asked: _Asked) -> Iterator[Moment]:
    return _documents(asked, "refund", "refund")


def _orders(asked: _Asked) -> Iterator[Moment]:
    values = (asked.one, asked.before, asked.most)
    for at, ref, name, channel, state, total, currency in asked.connection.all(_ORDERS, values):
        yield Moment(
            at=str(at),
            kind=ORDER,
            state=str(state),
            name=str(name),
            ref=str(ref),
            place=str(channel),
            amount=int(total),
            currency=str(currency),
        )


def _values(asked: _Asked) -> Iterator[Moment]:
    row = asked.connection.one(_PURSE, (asked.one,))
    account = str(row[0]) if row is not None and row[0] else asked.one
    values = (account, "points", "credit", asked.before, asked.most)
    for at, kind, fact, amount, right in asked.connection.all(_VALUES, values):
        points = kind == "points"
        state = "earned" if amount < 0 else "spent" if right else "reversed"
        if str(fact).endswith((":in", ":out")):
            state = "moved"
        yield Moment(
            at=str(at),
            kind=str(kind),
            state=state,
            ref=str(fact).partition(":")[0],
            points=-int(amount) if points else 0,
            amount=0 if points else -int(amount),
        )


def _requests(asked: _Asked) -> Iterator[Moment]:
    values = (asked.one, asked.before, asked.most)
    for row in asked.connection.all(_REQUESTS, values):
        found = support.read(asked.connection, asked.keys, row)
        yield Moment(
            at=found.opened,
            kind=SUPPORT,
            state=found.state,
            name=found.name,
            ref=found.about,
            place=asked.stores.get(found.store_id, found.store_id),
            detail=found.text,
            by=found.by,
        )


def _notes(asked: _Asked) -> Iterator[Moment]:
    values = (asked.one, asked.before, asked.most)
    for at, sealed, by, store, _no in asked.connection.all(_NOTES, values):
        text = support.opened(asked.connection, asked.keys, asked.one, str(sealed))
        place = asked.stores.get(str(store), str(store))
        yield Moment(at=str(at), kind=NOTE, place=place, detail=text, by=str(by))


def _consents(asked: _Asked) -> Iterator[Moment]:
    values = (asked.one, asked.before, asked.most)
    for at, purpose, state, source, _no in asked.connection.all(_CONSENTS, values):
        yield Moment(
            at=str(at), kind=CONSENT, state=str(state), name=str(purpose), place=str(source)
        )


def _merges(asked: _Asked) -> Iterator[Moment]:
    values = (asked.one, asked.before, asked.most)
    for at, merge, other, by, undone in asked.connection.all(_MERGES, values):
        yield Moment(
            at=str(at),
            kind=MERGE,
            state="undone" if undone else "",
            name=str(other),
            ref=str(merge),
            by=str(by),
        )


def _looks(asked: _Asked) -> Iterator[Moment]:
    values = (asked.one, asked.before, asked.most)
    for at, kind, sku, store, qty, _no in asked.connection.all(_LOOKS, values):
        yield Moment(
            at=str(at),
            kind=LOOK,
            state=str(kind),
            ref=str(sku),
            place=asked.stores.get(str(store), str(store)),
            items=int(qty) // 1_000,
        )


_Source = Callable[[_Asked], Iterator[Moment]]
_OF_KIND: Final[dict[str, tuple[_Source, ...]]] = {
    "": (_documents, _orders, _values, _requests, _notes, _consents, _merges, _looks),
    ORDERS: (_documents, _orders),
    RETURNS: (_returns,),
    SUPPORT: (_requests, _notes),
    POINTS: (_values,),
}
"""What the filter of a page lets through."""
