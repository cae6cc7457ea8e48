"""The store's orders as this till knows them: what the hub told, and on it what was done here."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from pos_app.domain import pickup
from pos_app.domain.errors import Refused
from pos_app.store import order_rows
from pos_app.store.reader import LedgerReads
from pos_app.till.order_overlay import laid_over, open_qty
from pos_app.till.till import Till
from sync.protocol.orders import OrderLine, OrderRow

TO_PICK, READY, DONE = "pick", "ready", "done"
SEGMENTS: Final = (TO_PICK, READY, DONE)
PAGE: Final = 60


@dataclass(frozen=True, slots=True)
class Counts:
    """How many orders stand in each segment."""

    pick: int = 0
    ready: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """One store's part of an order, as it stands with everything done here."""

    row: OrderRow
    waits: bool = False
    """True while the hub has not told of something that was done here."""
    passed: bool = False
    """True where only a signed pass told of it."""

    @property
    def reservation(self) -> str:
        """Its id."""
        return self.row.reservation

    @property
    def segment(self) -> str:
        """pick, ready or done."""
        return SEGMENTS[order_rows.segment_of(self.row.state)]

    @property
    def to_find(self) -> int:
        """Lines of which something is still to be found."""
        return sum(1 for line in self.row.lines if open_qty(line))

    @property
    def pieces_to_find(self) -> int:
        """The same in thousandths."""
        return sum(map(open_qty, self.row.lines))

    @property
    def next_line(self) -> OrderLine | None:
        """What is to be found next on the way through the store."""
        return next((line for line in walked(self.row) if open_qty(line)), None)

    @property
    def to_hand(self) -> int:
        """What lies ready and was not handed over, thousandths."""
        return sum(max(0, line.picked - line.handed) for line in self.row.lines)

    @property
    def handed(self) -> bool:
        """True where all of it was handed over."""
        return self.row.state == "COLLECTED"


def walked(row: OrderRow) -> list[OrderLine]:
    """The lines in the order in which the store is walked through."""
    return [line for _, line in sorted(enumerate(row.lines), key=lambda at: (at[1].walk, at[0]))]


def counts(till: Till) -> Counts:
    """How many orders stand in each segment."""
    found = dict(till.catalogue.order_counts())
    board = _board(till, till.view)
    for reservation, row in board.rows.items():
        was = board.before[reservation]
        now = order_rows.segment_of(row.state)
        if was >= 0:
            found[was] = found.get(was, 0) - 1
        found[now] = found.get(now, 0) + 1
    return Counts(*(found.get(place, 0) for place in range(len(SEGMENTS))))


def page(till: Till, segment: str, text: str = "", limit: int = PAGE) -> tuple[Order, ...]:
    """The first orders of a segment: to pick by deadline, ready by shelf, done latest first.

    `text` is what a name, a customer, a phone number or a code's end holds.
    """
    place = SEGMENTS.index(segment)
    board = _board(till, till.view)
    sought = _sought(text)
    statement = order_rows.DONE_PAGE if place == order_rows.DONE else order_rows.PAGE
    values: tuple[object, ...] = (place, limit, json.dumps(list(board.rows)))
    if sought:
        statement, values = order_rows.SEARCHED, (*values, sought)
    own = [
        row
        for row in board.rows.values()
        if order_rows.segment_of(row.state) == place and sought in order_rows.hay_of(row)
    ]
    rows = [*own, *till.catalogue.orders(statement, values)]
    if place == order_rows.DONE:
        rows.sort(key=order_rows.ended, reverse=True)
    else:
        rows.sort(key=lambda row: (order_rows.rank_of(row), order_rows.name_key(row.name)))
    return tuple(_order(board, row) for row in rows[:limit])


def find(till: Till, text: str, limit: int = PAGE) -> tuple[Order, ...]:
    """The orders that `text` means, open ones first.

    A name (also its digits), an id, a code's six signs, a customer, the end of a phone number.
    """
    text = text.strip()
    if not text:
        return ()
    board = _board(till, till.view)
    exact = [
        *till.catalogue.orders(order_rows.BY_ID, (text,)),
        *till.catalogue.orders(order_rows.BY_ORDER, (text,)),
        *till.catalogue.orders(order_rows.BY_NAME, (order_rows.name_key(text),)),
        *(row for row in board.rows.values() if _is_named(row, text)),
    ]
    if not exact and text.isdecimal():
        exact = till.catalogue.orders(order_rows.BY_DIGITS, (text,))
    if not exact:
        exact = _of_code(till, board, text)
    if not exact:
        sought = _sought(text)
        exact = [row for row in board.rows.values() if sought in order_rows.hay_of(row)]
        exact += till.catalogue.orders(order_rows.FOUND, (sought, limit))
    once = {row.reservation: board.rows.get(row.reservation, row) for row in exact}
    found = [_order(board, row) for row in once.values()]
    return tuple(sorted(found, key=lambda each: SEGMENTS.index(each.segment)))[:limit]


def get(till: Till, reservation: str) -> Order:
    """One order; raises Refused("order_unknown", name=)."""
    return _get(till, till.view, reservation)


def get_now(till: Till, reservation: str) -> Order:
    """*Ledger lane.* The same, for a verb that is about to write."""
    return _get(till, till.ledger, reservation)


def _get(till: Till, reads: LedgerReads, reservation: str) -> Order:
    board = _board(till, reads)
    row = board.rows.get(reservation)
    if row is None:
        told = till.catalogue.orders(order_rows.BY_ID, (reservation,))
        if not told and reservation in till.passes:
            return Order(till.passes[reservation], passed=True)
        if not told:
            raise Refused("order_unknown", name=reservation)
        row = told[0]
    return _order(board, row)


def key_of(text: str) -> str:
    """A name as it is compared."""
    return order_rows.name_key(text)


def digits_of(text: str) -> str:
    """The digits of a name."""
    return order_rows.digits_of(text)


def of_code(till: Till, code: str) -> tuple[Order, ...]:
    """The orders whose pickup code is these six signs."""
    board = _board(till, till.view)
    return tuple(_order(board, row) for row in _of_code(till, board, code))


def _of_code(till: Till, board: Board, text: str) -> list[OrderRow]:
    if not pickup.looks_like_code(text):
        return []
    sign = pickup.bare_code(text)
    near = till.catalogue.orders(order_rows.BY_CODE_END, (sign[-3:],))
    near += [row for row in board.rows.values() if row.reservation in board.passed]
    rows = [board.rows.get(row.reservation, row) for row in near]
    return [row for row in rows if pickup.code_fits(row.code, sign)]


def _is_named(row: OrderRow, text: str) -> bool:
    key = order_rows.name_key(text)
    return text in (row.reservation, row.order) or key in (
        order_rows.name_key(row.name),
        order_rows.digits_of(row.name),
    )


def _sought(text: str) -> str:
    """A text as it is searched; of a phone number its digits."""
    bare = text.strip().casefold()
    digits = order_rows.digits_of(bare)
    phone = len(digits) >= 3 and not any(sign.isalpha() for sign in bare)
    return digits if phone and "-" not in bare else bare


def _order(board: Board, row: OrderRow) -> Order:
    name = row.reservation
    return Order(row, waits=name in board.waiting, passed=name in board.passed)


@dataclass(frozen=True, slots=True)
class Board:
    """What was done here, laid over the rows it concerns; good for one state of both files."""

    told: object
    """Which state of the hub's rows it stands on."""
    upto: tuple[int, int]
    """(epoch, seq) of the journal's last entry in it."""
    rows: dict[str, OrderRow]
    before: dict[str, int]
    """Reservation -> the segment in which the hub's row stands; -1 where the hub has none."""
    passed: frozenset[str]
    """Known by a signed pass alone."""
    waiting: frozenset[str]
    """With something that the hub has not told of."""


def _board(till: Till, reads: LedgerReads) -> Board:
    """What was done here and is not in the hub's rows; read further where the journal went on.

    After days offline it is thousands of steps: a scan reads only the last ones.
    """
    catalogue = till.catalogue
    reflected = catalogue.reflected(till.identity.device)
    told = (till.training, catalogue.opened, reflected, tuple(sorted(catalogue.cursors().items())))
    head = till.ledger.head()
    upto = (head.epoch, head.seq)
    held = till.orders
    if isinstance(held, Board) and held.told == told and held.upto <= upto:
        further = held if held.upto == upto else _further(till, reads, held, upto)
        if further is not None:
            till.orders = further
            return further
    made = _anew(till, reads, told, upto, reflected)
    till.orders = made
    return made


def _further(till: Till, reads: LedgerReads, board: Board, upto: tuple[int, int]) -> Board | None:
    """The board with what was done since; None where a pass told of something new."""
    steps = reads.order_steps(board.upto)
    rows, before = dict(board.rows), dict(board.before)
    fresh = _told(till, {step.reservation for step in steps} - rows.keys())
    for step in steps:
        if step.reservation not in rows and step.reservation not in fresh:
            return None
    rows |= fresh
    before |= {name: order_rows.segment_of(row.state) for name, row in fresh.items()}
    rows |= laid_over(rows, steps, _names(till))
    waiting = board.waiting | {step.reservation for step in steps}
    return replace(board, upto=upto, rows=rows, before=before, waiting=waiting)


def _anew(
    till: Till,
    reads: LedgerReads,
    state: object,
    upto: tuple[int, int],
    reflected: tuple[int, int],
) -> Board:
    steps = reads.order_steps(reflected)
    passed = {row.reservation: row for row in reads.passed_orders()}
    told = _told(till, {step.reservation for step in steps} | passed.keys())
    alone = {name: row for name, row in passed.items() if name not in told}
    names = _names(till)
    rows = laid_over(told, steps, names)
    for name, row in alone.items():  # no row of the hub contains any of its steps
        rows[name] = row
        rows |= laid_over(alone, reads.steps_of(name), names)
    before = {
        name: order_rows.segment_of(told[name].state) if name in told else -1 for name in rows
    }
    waiting = frozenset(step.reservation for step in steps)
    return Board(state, upto, rows, before, frozenset(alone), waiting)


def _told(till: Till, reservations: AbstractSet[str]) -> dict[str, OrderRow]:
    """The hub's rows of these."""
    if not reservations:
        return {}
    rows = till.catalogue.orders(order_rows.BY_IDS, (json.dumps(sorted(reservations)),))
    return {row.reservation: row for row in rows}


def _names(till: Till) -> Callable[[str], str]:
    def name(staff_id: str) -> str:
        known = till.staff.get(staff_id)
        return known.name if known else staff_id

    return name
