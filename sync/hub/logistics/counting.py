"""Counts: what was on the shelf at a moment, against what the books say of that very moment.

The stock of a moment is what is on hand by all that is known, less everything that happened after it.
What the hub hears later of before the moment (a till that was offline) was on the shelf no more when
somebody counted, so it is balanced: the stock stays what was counted, and the difference is told anew.
Of two counts of one product the later moment holds, whichever arrives first.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, desc, func, select, update

from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.staff import Policy
from sync.hub import schema
from sync.hub.database import Connection, Statement, adding, numbering, putting
from sync.hub.logistics.effects import MOVING, moved_by, told_at
from sync.hub.stock import stock_of
from sync.protocol import StockCounted, decode_fact

if TYPE_CHECKING:
    from sync.hub.booking import Booking

COUNT, LATE = "count", "count_late"
"""Causes of movements."""
SLACK: Final = dt.timedelta(minutes=10)
"""Clocks differ by that much at most, for which entries are looked at."""
SLACK_MS: Final = 600_000

_c, _l, _u = schema.stock_count.c, schema.stock_count_line.c, schema.counted_until.c
_e, _dev, _m, _g = schema.event.c, schema.device.c, schema.stock_move.c, schema.goods_move.c
_ADD = adding(schema.stock_count)
_ADD_LINE = adding(schema.stock_count_line)
_ADD_MOVE = numbering(schema.stock_move)
_PUT_UNTIL = putting(schema.counted_until)
_UNTIL = Statement("store_id", select(_u.at).where(_u.store_id == bindparam("store_id")))
_LAST = Statement(
    "store_id sku",
    select(_l.n, _l.at)
    .where(_l.store_id == bindparam("store_id"), _l.sku == bindparam("sku"))
    .order_by(desc(_l.at)),
)
_SET_BOOK = Statement(
    "qty n_ store sku_",
    update(schema.stock_count_line)
    .where(_l.n == bindparam("n_"), _l.store_id == bindparam("store"), _l.sku == bindparam("sku_"))
    .values(book=_l.book + bindparam("qty")),
)
_TILLS = Statement("store_id", select(_dev.device).where(_dev.store_id == bindparam("store_id")))
_ENTRIES = Statement(
    "device before floor " + " ".join(f"type{place}" for place in range(len(MOVING))),
    select(_e.body)
    .where(
        _e.device == bindparam("device"),
        _e.n < bindparam("before"),
        _e.received > bindparam("floor"),  # nothing is heard of before it happens
        _e.id.is_not(None),
        _e.type.in_([bindparam(f"type{place}") for place in range(len(MOVING))]),
    )
    .order_by(desc(_e.epoch), desc(_e.seq)),
)
_MOVED = Statement(
    "store_id since",
    select(_m.sku, _m.moved_at, _m.qty).where(
        _m.store_id == bindparam("store_id"), _m.moved_at > bindparam("since")
    ),
)
_TAKEN = Statement(
    "store_id since reason",
    select(_g.sku, _g.at, _g.qty).where(
        _g.store_id == bindparam("store_id"),
        _g.at > bindparam("since"),
        _g.reason == bindparam("reason"),
    ),
)
_POLICY = Statement("", select(schema.policy.c.text).order_by(schema.policy.c.version.desc()))
_EVERY = Statement(
    "",
    select(
        *(_c.store_id, _c.till, _c.actor, _c.name, _c.scope, _c.at, _c.biz_date),
        func.count(),
        func.sum(_l.counted - _l.book),
        func.sum(func.abs(_l.counted - _l.book)),
    )
    .join_from(schema.stock_count, schema.stock_count_line, _c.n == _l.n)
    .group_by(*(_c.n, _c.store_id, _c.till, _c.actor, _c.name, _c.scope, _c.at, _c.biz_date))
    .order_by(_c.at),
)

Timed = tuple[str, str, int]
"""(moment, SKU, signed thousandths)."""


def book(books: Booking, n: int, fact: StockCounted) -> None:
    """A count: the stock is what was counted, corrected by all that moved since."""
    connection, store_id = books.connection, books.device.store_id
    lines = {line.sku: line for line in fact.lines}
    if not lines:
        return
    moments = {sku: told_at(fact, line.at) for sku, line in lines.items()}
    since = min(moments.values())
    after: defaultdict[str, int] = defaultdict(int)
    for at, sku, qty in _after(books, store_id, since):
        if sku in moments and at > moments[sku]:
            after[sku] += qty
    on_hand = {row.sku: row.on_hand for row in stock_of(connection, store_id, sorted(lines), "")}
    rows, off, detail = [], 0, ""
    for sku, line in sorted(lines.items()):
        at = moments[sku]
        book_then = on_hand.get(sku, 0) + books.stock.get(sku, 0) - after[sku]
        difference = line.counted - book_then
        rows.append((n, store_id, sku, line.counted, book_then, at, line.times))
        last = connection.one(_LAST, (store_id, sku))
        if last is not None and str(last[1]) > at:
            continue  # somebody counted it later than this: that holds
        if difference:
            connection.run(_ADD_MOVE, (store_id, sku, difference, COUNT, at))
            books.stock[sku] += difference
            value = _value(line.value, line.counted - line.book, difference)
            if value > off or not detail:
                detail = f"{sku}: {line.counted} counted, {book_then} in the books"
            off += value
    connection.run(
        _ADD,
        (
            *(n, fact.count, store_id, fact.till, fact.actor, fact.approver, fact.name),
            *(fact.scope, fact.of, fact.began, told_at(fact), fact.biz_date, fact.blind),
        ),
    )
    connection.many(_ADD_LINE, rows)
    known = connection.one(_UNTIL, (store_id,))
    until = max([*moments.values(), *([str(known[0])] if known else [])])
    connection.run(_PUT_UNTIL, (store_id, until))
    if off > _limit_of(connection, fact.currency or books.currency):
        books.flag("count_difference", n, fact, f"{fact.name}: {detail}"[:200], off)


def _value(told: int, seen: int, difference: int) -> int:
    """What a difference comes to at the price the till knew; positive."""
    return abs(told * difference // seen) if seen else 0


def balance(books: Booking) -> None:
    """What a till tells of before the last count was counted already: it changes no stock.

    One look a batch, where anything of the batch moves stock.
    """
    if books.anew or not books.facts:
        return
    connection, store_id = books.connection, books.device.store_id
    found = connection.one(_UNTIL, (store_id,))
    if found is None:
        return
    until = str(found[0])
    surely_later = utc_text(parse_utc(until) + SLACK)
    here = {n for n, fact in books.facts if isinstance(fact, StockCounted)}
    for _, fact in books.facts:
        if fact.t.wall > surely_later and abs(fact.t.off or 0) <= SLACK_MS:
            continue
        at = told_at(fact)
        if at > until:
            continue
        for sku, qty in moved_by(fact):
            last = connection.one(_LAST, (store_id, sku))
            if not qty or last is None or str(last[1]) < at:
                continue
            if int(last[0]) in here:
                continue  # of this very batch: the count was worked out with it
            connection.run(_ADD_MOVE, (store_id, sku, -qty, LATE, at))
            connection.run(_SET_BOOK, (qty, int(last[0]), store_id, sku))
            books.stock[sku] -= qty


def even_out(connection: Connection, store_id: str, sku: str, qty: int, at: str) -> int:
    """What a movement of a moment still does to the stock: nothing where it was counted since."""
    last = connection.one(_LAST, (store_id, sku))
    if not qty or last is None or str(last[1]) < at:
        return qty
    connection.run(_ADD_MOVE, (store_id, sku, -qty, LATE, at))
    connection.run(_SET_BOOK, (qty, int(last[0]), store_id, sku))
    return 0


def _after(books: Booking, store_id: str, since: str) -> Iterator[Timed]:
    """What moved this store's stock after a moment, as far as is known."""
    connection = books.connection
    for _, fact in books.facts:
        yield from _timed(fact, since)
    floor = utc_text(parse_utc(since) - SLACK)
    before = books.facts[0][0] if books.facts else 1 << 62
    for (device,) in connection.all(_TILLS, (store_id,)):
        for (body,) in connection.each(_ENTRIES, (device, before, floor, *MOVING)):
            fact = decode_fact(bytes(body))
            if told_at(fact) <= floor:
                break
            if fact.store == store_id:
                yield from _timed(fact, since)
    for sku, at, qty in connection.all(_MOVED, (store_id, since)):
        yield str(at), str(sku), int(qty)
    for reason in ("extra", "called_off"):
        for sku, at, qty in connection.all(_TAKEN, (store_id, since, reason)):
            yield str(at), str(sku), int(qty)


def _timed(fact: object, since: str) -> Iterable[Timed]:
    at = told_at(fact)  # type: ignore[arg-type]  # every fact has a time
    if at > since:
        for sku, qty in moved_by(fact):  # type: ignore[arg-type]  # the same
            yield at, sku, qty


def _limit_of(connection: Connection, currency: str) -> int:
    found = connection.one(_POLICY)
    return _limit(str(found[0]), currency) if found and currency else 0


@lru_cache(maxsize=16)
def _limit(text: str, currency: str) -> int:
    try:
        return Policy.parse(text, currency).action("count_stock").reason_above or 0
    except Refused:
        return 0


def every(connection: Connection) -> list[dict[str, object]]:
    """The counts, oldest first: lines, the sum of differences, and the sum of their sizes."""
    names = ("store", "till", "actor", "name", "scope", "at", "day", "lines", "net", "off")
    return [
        dict(zip(names, (*row[:7], *map(int, row[7:])), strict=True))
        for row in connection.all(_EVERY)
    ]
