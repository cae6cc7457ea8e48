"""A customer's order as a till shows it: the hub's row, and on it what was done here since.

A step is laid over the row as long as the hub's rows do not contain the journal's entry of it, so
nothing counts twice and nothing done here is ever out of sight. Quantities are cut at what was
ordered: rows may come a moment before the word that they contain our entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from sync.protocol import ReservationStepped
from sync.protocol.orders import Handling, OrderEvent, OrderLine, OrderRow

EVENTS: Final = {
    "PICKING": "picking",
    "PICKED": "picked",
    "SHORT": "short",
    "READY": "ready",
    "KEPT": "kept",
    "PARTLY": "partly",
    "COLLECTED": "collected",
    "CANCELLED": "cancelled",
    "LAPSED": "lapsed",
    "RESTOCKED": "restocked",
}
"""Step -> what the history calls it."""
OVER: Final = frozenset({"COLLECTED", "CANCELLED", "RESTOCKED"})
"""States that nothing follows."""
NOTHING: Final = Handling("")


def open_qty(line: OrderLine) -> int:
    """What is still to be found of a line, thousandths."""
    return max(0, line.qty - line.picked - line.short)


def with_step(row: OrderRow, fact: ReservationStepped, who: str) -> OrderRow:
    """The row with one step of this till in it; `who` is the person's name."""
    told = EVENTS.get(fact.step)
    change = _CHANGES.get(fact.step)
    if told is None or change is None or fact.handling is None:
        return row
    if row.state in OVER and fact.step != "RESTOCKED":
        return row
    event = OrderEvent(fact.t.wall, told, who, fact.handling.reason)
    if fact.step != "PICKED":
        row = replace(row, history=(*row.history, event))
    return change(row, fact, who)


def laid_over(
    rows: Mapping[str, OrderRow],
    steps: Iterable[ReservationStepped],
    names: Callable[[str], str],
) -> dict[str, OrderRow]:
    """Reservation -> row with the steps in it, of all that have steps."""
    found: dict[str, OrderRow] = {}
    for fact in steps:
        row = found.get(fact.reservation) or rows.get(fact.reservation)
        if row is not None:
            found[fact.reservation] = with_step(row, fact, names(fact.actor))
    return found


def _by(row: OrderRow, fact: ReservationStepped, who: str) -> OrderRow:
    return replace(row, state="PICKING", picker=fact.actor, picker_name=who, picker_till=fact.till)


def _picked(row: OrderRow, fact: ReservationStepped, who: str) -> OrderRow:
    """Pieces found (or put back: less than nothing), of lines in their order."""
    row = row if row.picker else _by(row, fact, who)
    lines = list(row.lines)
    given = {of: sku for of, sku, _ in (fact.handling or NOTHING).instead}
    for sku, qty in fact.lines:
        left = qty
        for place, line in enumerate(lines):
            if line.sku != sku or not left:
                continue
            room = min(left, open_qty(line)) if left > 0 else max(left, -line.picked)
            if room:
                instead = given.get(sku, line.instead) if line.picked + room else ""
                lines[place] = replace(line, picked=line.picked + room, instead=instead)
                left -= room
    return replace(row, lines=tuple(lines), state=_picking(row.state))


def _picking(state: str) -> str:
    return "PICKING" if state in ("RESERVED", "SHORT") else state


def _short(row: OrderRow, fact: ReservationStepped, _who: str) -> OrderRow:
    lines = _filled(row.lines, fact.lines, "short", open_qty)
    everything = all(line.short >= line.qty for line in lines)
    return replace(row, lines=lines, state="SHORT" if everything else _picking(row.state))


def _ready(row: OrderRow, fact: ReservationStepped, who: str) -> OrderRow:
    how = fact.handling or NOTHING
    return replace(
        row,
        state="READY",
        ready=fact.t.wall,
        shelf=how.shelf or row.shelf,
        bags=how.bags or row.bags,
        packed_by=who,
        carrier=how.carrier or row.carrier,
        tracking=how.tracking or row.tracking,
    )


def _kept(row: OrderRow, fact: ReservationStepped, _who: str) -> OrderRow:
    until = (fact.handling or NOTHING).until
    state = "READY" if row.state == "LAPSED" else row.state
    return replace(row, keep_until=max(until, row.keep_until), state=state)


def _handed(row: OrderRow, fact: ReservationStepped, _who: str) -> OrderRow:
    how = fact.handling or NOTHING
    back = {given: of for of, given, _ in how.instead}
    goods = tuple((back.get(sku, sku), qty) for sku, qty in fact.lines)
    lines = _filled(row.lines, goods, "handed", lambda line: max(0, line.picked - line.handed))
    return replace(
        row,
        lines=lines,
        state=fact.step,
        due=max(0, row.due - how.due),
        carrier=how.carrier or row.carrier,
        tracking=how.tracking or row.tracking,
    )


def _cancelled(row: OrderRow, _fact: ReservationStepped, _who: str) -> OrderRow:
    return replace(row, state="CANCELLED")


def _lapsed(row: OrderRow, _fact: ReservationStepped, _who: str) -> OrderRow:
    return replace(row, state="LAPSED")


def _restocked(row: OrderRow, _fact: ReservationStepped, _who: str) -> OrderRow:
    lines = tuple(replace(line, picked=line.handed) for line in row.lines)
    return replace(row, lines=lines, state="RESTOCKED")


def _filled(
    lines: tuple[OrderLine, ...],
    goods: Iterable[tuple[str, int]],
    name: str,
    room_of: Callable[[OrderLine], int],
) -> tuple[OrderLine, ...]:
    """The lines with goods counted in one of their numbers, as far as there is room for them."""
    found = list(lines)
    for sku, qty in goods:
        left = qty
        for place, line in enumerate(found):
            room = min(left, room_of(line)) if line.sku == sku else 0
            if room > 0:
                found[place] = replace(line, **{name: getattr(line, name) + room})
                left -= room
    return tuple(found)


_CHANGES: Final[dict[str, Callable[[OrderRow, ReservationStepped, str], OrderRow]]] = {
    "PICKING": _by,
    "PICKED": _picked,
    "SHORT": _short,
    "READY": _ready,
    "KEPT": _kept,
    "PARTLY": _handed,
    "COLLECTED": _handed,
    "CANCELLED": _cancelled,
    "LAPSED": _lapsed,
    "RESTOCKED": _restocked,
}
