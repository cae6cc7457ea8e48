"""The queue of customers' orders: what is listed, how many there are, what is new, what is late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pos_app.domain.day import parse_utc
from pos_app.domain.pickup import looks_like_code
from pos_app.presenters import pickup_rows as worded
from pos_app.presenters.desk import Desk
from pos_app.presenters.exception_views import ChoiceView
from pos_app.presenters.pickup_views import HEADING, MORE, PickupState, QueueRow
from pos_app.till import hand_over, order_book, pickup
from pos_app.till.pickup import Order
from pos_app.words import _, ngettext, number

LIMIT = 60
"""Orders that a list shows: who looks for another one scans it or types its name."""
SHELVES = 200
"""So many bags are looked at for a shelf that is free."""
BENEATH = 20
"""Ready ones beneath those to pick."""


class Queue:
    """The list, its counts, and the sounds for an order that came or is late."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[PickupState], None] = lambda _state: None
        self.on_count: Callable[[int], None] = lambda _count: None
        self.state = PickupState()
        self._segment, self._text = pickup.TO_PICK, ""
        self._orders: tuple[Order, ...] = ()
        self._beneath: tuple[Order, ...] = ()
        self._counts = pickup.Counts()
        self._known: frozenset[str] | None = None
        """Orders that somebody was told of, by a sound."""
        self._late: set[str] = set()
        self._next_due = ""
        self._shelved: tuple[int, frozenset[str]] = (-1, frozenset())

    def count(self) -> None:
        """Only the numbers, after something was written here."""
        self._counts = pickup.counts(self.desk.till)
        self.on_count(self._counts.pick)

    def shelves_taken(self) -> frozenset[str]:
        """Shelves with a bag on them, looked up when another number of bags is there."""
        if self._shelved[0] != self._counts.ready:
            bags = pickup.page(self.desk.till, pickup.READY, "", SHELVES)
            self._shelved = (self._counts.ready, frozenset(each.row.shelf for each in bags))
        return self._shelved[1]

    def _count_again(self) -> None:
        self._counts = pickup.counts(self.desk.till)
        self._hear_of_new()
        self.on_count(self._counts.pick)

    def _hear_of_new(self) -> None:
        """Two soft tones for an order nobody was told of, once."""
        first = pickup.page(self.desk.till, pickup.TO_PICK, "", LIMIT)
        ids = frozenset(each.reservation for each in first)
        known, self._known = self._known, ids | (self._known or frozenset())
        self._next_due = self._due_after(first)
        if known is None:
            return
        new = [each for each in first if each.reservation not in known]
        if new:
            self.desk.hands.sound("order")
            row = new[0].row
            form = _("New order {name}, {items}.")
            words = form.format(name=row.name, items=worded.items_words(row))
            if len(new) > 1:
                form = ngettext("{count} new order.", "{count} new orders.", len(new))
                words = form.format(count=number(len(new)))
            self.desk.hands.announce(words)

    def _due_after(self, orders: tuple[Order, ...]) -> str:
        """The next time at which an order is late, of those nobody was told of."""
        now = self.desk.till.now()
        due = ""
        for each in orders:
            promised = each.row.promised
            if not promised or each.reservation in self._late:
                continue
            if parse_utc(promised) <= now:
                self._late.add(each.reservation)  # it was late already when it came
            elif not due or promised < due:
                due = promised
        return due

    def _tell_late(self, now: datetime) -> None:
        """An order is late from now on: told once."""
        if self._next_due and parse_utc(self._next_due) <= now:
            self.desk.hands.sound("late")
            self.desk.hands.announce(_("An order is late."), at_once=True)
            self._next_due = self._due_after(pickup.page(self.desk.till, pickup.TO_PICK, "", LIMIT))

    def _read(self) -> None:
        till = self.desk.till
        self._orders = pickup.page(till, self._segment, self._text, LIMIT)
        self._beneath = ()
        if self._segment == pickup.TO_PICK:
            self._beneath = pickup.page(till, pickup.READY, self._text, BENEATH)
        self._counts = pickup.counts(till)

    def _first(self) -> str:
        """What is open at first: what the person picks already, else the most urgent one."""
        person = self.desk.till.person
        for each in self._orders:
            if person is not None and each.row.picker == person.staff_id:
                return each.reservation
        return next((each.reservation for each in self._orders), "")

    def _segments(self) -> tuple[ChoiceView, ...]:
        told = (
            (pickup.TO_PICK, _("To pick"), self._counts.pick),
            (pickup.READY, _("Ready"), self._counts.ready),
            (pickup.DONE, _("Done"), self._counts.done),
        )
        return tuple(
            ChoiceView(key, words, number(count), key == self._segment)
            for key, words, count in told
        )

    def _rows(self, now: datetime) -> tuple[QueueRow, ...]:
        desk = self.desk
        made = {
            pickup.TO_PICK: worded.queue_row,
            pickup.READY: worded.ready_row,
            pickup.DONE: worded.done_row,
        }[self._segment]
        rows = [made(desk, each.row, now) for each in self._orders]
        whole = {
            pickup.TO_PICK: self._counts.pick,
            pickup.READY: self._counts.ready,
            pickup.DONE: self._counts.done,
        }[self._segment]
        if len(rows) == LIMIT and (whole > LIMIT or self._text):
            told = _("There are more. Scan the order, or type its name.")
            rows.append(QueueRow(MORE, "", told))
        if self._beneath:
            count = number(self._counts.ready)
            rows.append(QueueRow(HEADING, "", _("Ready on the shelf"), count))
            rows += [worded.ready_row(desk, each.row, now, short=True) for each in self._beneath]
        return tuple(rows)

    def _empty(self) -> tuple[str, str]:
        if self._text:
            return _("Nothing found"), _("Type another name or number.")
        return {
            pickup.TO_PICK: (_("Nothing to pick"), _("New orders ring here.")),
            pickup.READY: (_("Nothing on the shelf. New orders ring here."), ""),
            pickup.DONE: (_("Nothing was handed over lately"), ""),
        }[self._segment]

    def is_pickup_code(self, code: str) -> bool:
        """True for what opens a hand-over from any screen."""
        if hand_over.is_code(code):
            return True
        if code.isdecimal() or not looks_like_code(code):
            return False
        return bool(order_book.of_code(self.desk.till, code))
