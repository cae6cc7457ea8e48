"""Picking: an order of the queue is opened, its pieces are scanned, it gets a shelf."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pos_app.domain.errors import PosError, Refused
from pos_app.domain.handing import CODE, QR
from pos_app.domain.pickup import (
    CANCELLING,
    LAPSED,
    TO_PICK,
    WAITS_FOR_CUSTOMER,
)
from pos_app.presenters import pickup_rows as worded
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.hand_over import Giving
from pos_app.presenters.pickup_card import order_card, ready_words
from pos_app.presenters.pickup_queue import LIMIT, Queue
from pos_app.presenters.pickup_views import OrderCard, PickupState
from pos_app.till import hand_over, pickup
from pos_app.till.pickup import Order, Picked
from pos_app.words import _

if TYPE_CHECKING:
    from sync.protocol.orders import OrderLine

WRONG = frozenset({"not_in_order", "enough_picked"})
"""Refusals that mean: put that piece back."""


class Picking(Queue):
    """The order that is open, and its way from the shelves to its own shelf."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.on_found: Callable[[], None] = lambda: None
        """An order was found by what was scanned or typed."""
        self.on_printed: Callable[[], None] = lambda: None
        self.line = ""
        """The line that F5 and F6 mean."""
        self.giving = Giving(desk)
        self._chosen = ""
        self._refused: tuple[str, str] = ("", "")
        self._order: Order | None = None
        self._shelf = self._carrier = ""
        self._busy = False
        self._flying = 0
        """Pieces that are being written."""
        self._then: Callable[[], None] | None = None
        self._minute: object = None

    def recount(self, *, shown: bool) -> None:
        """The hub told something, or somebody else is here."""
        self._count_again()
        if shown:
            self.refresh()

    def tick(self, *, shown: bool) -> None:
        """Once a second: clocks, and an order that is late from now on."""
        now = self.desk.till.now()
        self._tell_late(now)
        if not shown:
            return
        if now.replace(second=0, microsecond=0) != self._minute:
            self._show()
        elif self._order is not None and self.state.card is not None and not self._busy:
            self._show(rows=False)

    # ---- moving about

    def open(self) -> None:
        """The screen is shown."""
        self._text, self._refused = "", ("", "")
        self.giving.leave()
        if self._segment == pickup.DONE:
            self._segment = pickup.TO_PICK
        self._read()
        self._choose(self._first())
        self._show()

    def refresh(self) -> None:
        """The same, as it is now."""
        self._read()
        if self._chosen:
            self._look_at(self._chosen)
        if not self._chosen:
            self._choose(self._first())
        self._show()

    def choose_segment(self, segment: str) -> None:
        """To pick, ready, done."""
        self._segment, self._refused = segment, ("", "")
        self.giving.leave()
        self._read()
        self._choose(self._first())
        self._show()

    def type(self, text: str) -> None:
        """Another text in the search field."""
        self._text, self._refused = text.strip(), ("", "")
        self._read()
        shown = {each.reservation for each in (*self._orders, *self._beneath)}
        if self._chosen not in shown:
            self.giving.leave()
            self._choose(self._first())
        self._show()

    def look(self) -> None:
        """Enter in the search field: the one order of that name or code."""
        if not self._text:
            return
        try:
            seen = hand_over.read_code(self.desk.till, self._text)
        except PosError:
            found = pickup.find(self.desk.till, self._text, LIMIT)
            if len(found) == 1:
                self._open(found[0])
            return
        self._seen(seen)

    def choose(self, reservation: str) -> None:
        """An order of the list was tapped."""
        if self._busy or not reservation:
            return
        self._refused = ("", "")
        if reservation != self._chosen or not self.giving.proven:
            self.giving.leave()
            self._choose(reservation)
        self._show()

    def move(self, step: int) -> None:
        """The next order of the list, or the one before."""
        ids = [row.reservation for row in self.state.rows if row.reservation]
        if ids and not self._busy:
            here = ids.index(self._chosen) if self._chosen in ids else -1
            self.choose(ids[max(0, min(len(ids) - 1, here + step))])

    def put_back(self, chosen: str) -> None:
        """Takes keys back that turned out to be a scan."""
        if chosen != self._chosen:
            self.choose(chosen)

    def step_back(self) -> bool:
        """Esc: an open bag is closed, a hand-over is left; False where there is nothing to leave."""
        if self._busy:
            return True
        if self.giving.opened:
            self.giving.open_bag()
        elif self.giving.proven:
            self.giving.leave()
            self._choose(self._first())
        else:
            return False
        self._show()
        return True

    def _choose(self, reservation: str) -> None:
        self.line, self._shelf, self._carrier = "", "", ""
        self._chosen = reservation
        self._look_at(reservation)

    def _look_at(self, reservation: str) -> None:
        self._order = None
        if not reservation:
            return
        try:
            order = pickup.get(self.desk.till, reservation)
        except PosError:
            self._chosen = ""
            return
        self._take(order)

    def _take(self, order: Order) -> None:
        """The chosen order as it is now."""
        self._order, self._chosen = order, order.reservation
        self.giving.stand(order)
        wanted = order.next_line
        if self.line not in _to_find(order):
            self.line = wanted.line if wanted is not None else ""

    def _open(self, order: Order) -> None:
        """Another order is on the screen, whatever list it stands in."""
        self._text, self._refused = "", ("", "")
        self._segment = order.segment
        self._read()
        self.line, self._shelf, self._carrier = "", "", ""
        self._take(order)
        self.on_found()
        self._show()

    # ---- scans

    def scan(self, code: str) -> None:
        """A pickup code, an order, or a piece of the one that is open."""
        if self._busy:
            return
        try:
            seen = hand_over.read_code(self.desk.till, code)
        except PosError as error:
            if error.code != "order_unknown":
                self._refuse(error)
            elif self.giving.order is not None:
                self._extra(code, error)
            else:
                self._pick(code, error)
            return
        self._seen(seen)

    def _seen(self, seen: Any) -> None:
        """An order was named: by its code, or by what it is called."""
        order: Order = seen.order
        giving, by_code = self.giving.order, seen.proof in (QR, CODE)
        if giving is not None and self.giving.proven and not by_code:
            if order.reservation == giving.reservation:
                self.desk.hands.sound("ok")
                self.desk.hands.announce(_("The right bag."))
            else:
                self._refuse(Refused("wrong_bag", name=order.row.name))
            return
        self.giving.leave()
        if by_code:
            self.giving.prove(order, seen.proof)
        self.desk.hands.sound("ok")
        self._open(order)
        if self.state.giving is not None:
            self.desk.hands.announce(f"{self.state.giving.title}. {self.state.giving.fetch}")

    def _extra(self, code: str, no_order: PosError) -> None:
        """Something else was scanned: it goes with the order."""
        try:
            self.giving.scan(code)
        except PosError as error:
            self._refuse(_meant(code, error, no_order))
            return
        self._refused = ("", "")
        self.desk.hands.sound("ok")
        self._show(rows=False)

    def _pick(self, code: str, no_order: PosError) -> None:
        order, till = self._order, self.desk.till
        if order is None or order.row.state not in TO_PICK:
            self._refuse(Refused("order_first") if code.isdecimal() else no_order)
            return
        reservation = order.reservation
        self._flying += 1

        def refused(error: BaseException) -> None:
            self._flying -= 1
            self._then = None
            if not isinstance(error, PosError):
                raise error
            meant = _meant(code, error, no_order)
            self._refuse(meant, "wrong" if meant.code in WRONG else "refused")

        self.desk.hands.run(
            LEDGER, lambda: pickup.pick(till, reservation, code), self._picked, refused
        )

    def _picked(self, found: Picked) -> None:
        self._flying -= 1
        self._refused = ("", "")
        self.desk.hands.sound("ok")
        self.line = ""
        if found.order.reservation == self._chosen:
            self._take(found.order)
        new, old = found.order, self._orders
        self._orders = tuple(new if new.reservation == each.reservation else each for each in old)
        self._show()
        row = found.order.row
        self.desk.hands.announce(
            _("{name} found. {picked}.").format(
                name=found.line.title, picked=worded.picked_words(row)
            )
        )
        if not self._flying and self._then is not None:
            then, self._then = self._then, None
            then()

    def _refuse(self, error: PosError, cue: str = "refused") -> None:
        told = self.desk.words(error)
        self._refused = (told.title, " ".join(part for part in (told.safe, told.todo) if part))
        self.desk.hands.sound(cue)
        self.desk.hands.announce(str(told), at_once=True)
        self._show()

    # ---- picking

    def choose_line(self, line: str) -> None:
        """A line of the list was tapped: F5 and F6 mean it now."""
        if self._order is not None and line in _to_find(self._order):
            self.line = line
            self._show()

    def pick_by_hand(self) -> None:
        """F5: the line is found, and no scanner reads it."""
        order, till, line = self._order, self.desk.till, self.line
        if order is None or self._busy or not self.state.can_pick:
            return

        def act(consent: Consent) -> Picked:
            return pickup.pick_by_hand(till, order.reservation, line, reason=consent.reason)

        def done(found: Picked) -> None:
            self._flying += 1
            self._busy = False
            self._picked(found)

        self._ask(act, done, _("Pick by hand"))

    def take_over(self) -> None:
        """Somebody else picks it: from now on the person here does."""
        order, till = self._order, self.desk.till
        if order is not None and not self._busy and self.state.take_over:
            self._ask(
                lambda _consent: pickup.take_over(till, order.reservation),
                self._changed,
                _("Take over order"),
            )

    def wanted(self) -> tuple[Order | None, OrderLine | None]:
        """The order that is picked here, and the line that F5 and F6 mean."""
        order = self._order
        if order is None or not self.state.can_pick or self._busy:
            return None, None
        lines = [line for line in order.row.lines if line.line == self.line]
        return order, lines[0] if lines else None

    def missing(
        self, act: Callable[[Consent], Order], done: Callable[[], None], title: str
    ) -> None:
        """What cannot be found, as the sheet says it."""

        def settled(order: Order) -> None:
            self.line = ""
            self._changed(order)
            done()

        self._ask(act, settled, title)

    def choose_shelf(self, shelf: str) -> None:
        """Where the bag goes."""
        self._shelf = shelf
        self._show(rows=False)

    def set_carrier(self, text: str) -> None:
        """Who carries it, and its number."""
        self._carrier = text
        self._show(rows=False)

    def print_slip(self) -> None:
        """The pick list on paper; of a bag its label."""
        order, till = self._order, self.desk.till
        if order is not None:
            self._print(lambda: pickup.print_slip(till, order.reservation))

    def _print(self, job: Callable[[], str]) -> None:
        def queued(_job: str) -> None:
            self.desk.hands.toast(_("It goes to the printer."))
            self.on_printed()

        self.desk.hands.run(LEDGER, job, queued, self._failed)

    # ---- F12

    def finish(self) -> None:
        """Ready, handed over, sent or put back: what the button says."""
        if self._flying:
            self._then = self.finish
            return
        if self._busy:
            return
        card, order, till = self.state.card, self._order, self.desk.till
        if card is None or order is None or not card.button or card.why_not:
            return
        row = order.row
        if row.state in (CANCELLING, LAPSED):
            self._ask(
                lambda _c: pickup.restock(till, order.reservation),
                lambda _made: self._ended("ok", _("Put back on the shelves.")),
                _("Put back"),
            )
        elif row.state in WAITS_FOR_CUSTOMER:
            carrier, _space, tracking = self._carrier.strip().partition(" ")
            self._ask(
                lambda _c: pickup.send(till, order.reservation, carrier, tracking.strip()),
                lambda _made: self._ended("handed", _("Sent on its way.")),
                _("Sent"),
            )
        else:
            shelf = next((each.key for each in card.shelves if each.chosen), "")
            self._ask(
                lambda _c: pickup.mark_ready(till, order.reservation, shelf),
                self._is_ready,
                _("Mark ready"),
            )

    def _is_ready(self, made: Order) -> None:
        till = self.desk.till
        if made.row.way != "pickup":
            self._print(lambda: pickup.print_label(till, made.reservation))
        self._ended("ready", ready_words(made.row, offline=till.offline))

    def _ended(self, cue: str, told: str) -> None:
        """It is done with here: the next one of the list is open."""
        self._busy = False
        self.desk.hands.sound(cue)
        self._read()
        self._choose(self._first())
        self.recount(shown=False)
        self._show()
        self.desk.hands.toast(told)

    def _changed(self, made: Order) -> None:
        self._busy = False
        self._refused = ("", "")
        self._take(made)
        self._read()
        self._show()

    def _ask(self, act: Callable[[Consent], Any], done: Callable[[Any], None], title: str) -> None:
        self._busy = True
        self._refused = ("", "")
        self.desk.attempt(act, done, self._failed, title=title, lane=LEDGER)

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        if not isinstance(error, PosError):
            raise error
        self._read()
        if self._chosen:
            self._look_at(self._chosen)
        self._refuse(error)

    def unlock(self) -> None:
        """Nobody agreed: the buttons work again."""
        if self._busy and self.desk.asked is None:
            self._busy = False
            self._show()

    # ---- what is shown

    def _show(self, *, rows: bool = True) -> None:
        now = self.desk.till.now()
        self._minute = now.replace(second=0, microsecond=0)
        listed = self._rows(now) if rows else self.state.rows
        order = self._order
        mine = order is not None and self._mine(order)
        giving = self.giving.view(now) if self.giving.order is not None else None
        picks = card = None
        if order is not None and giving is None:
            lines = pickup.walked(order.row)
            picks = worded.pick_list(self.desk, order.row, lines, self.line, mine=mine)
            card = self._card(order, now, mine=mine)
        can = order is not None and order.row.state in TO_PICK and bool(self.line) and mine
        back = can and order is not None and self.line not in _to_find(order)
        other = order is not None and order.row.state in TO_PICK and not mine
        empty, detail = self._empty()
        self.state = PickupState(
            segments=self._segments(),
            rows=listed,
            chosen=self._chosen,
            text=self._text,
            empty=empty,
            empty_detail=detail,
            refused=self._refused[0],
            refused_detail=self._refused[1],
            picks=picks,
            card=card,
            giving=giving,
            can_pick=can and not back,
            put_back=back,
            bag_here=self.giving.may_be_here,
            take_over=_("Take over order") if other else "",
            busy=self._busy,
        )
        self.on_change(self.state)

    def _card(self, order: Order, now: datetime, *, mine: bool) -> OrderCard:
        chosen = (self._shelf, self._carrier)
        return order_card(self.desk, order, now, chosen, self.shelves_taken(), mine=mine)

    def _mine(self, order: Order) -> bool:
        """True unless somebody else picks it."""
        person = self.desk.till.person
        me = person.staff_id if person is not None else ""
        return order.row.state != "PICKING" or order.row.picker in ("", me)


def _to_find(order: Order) -> list[str]:
    """Lines of which something is still to be found."""
    return [line.line for line in order.row.lines if line.picked + line.short < line.qty]


def _meant(code: str, error: PosError, no_order: PosError) -> PosError:
    """What to say of a code that is neither: signs and letters were meant for an order."""
    return no_order if error.code == "unknown_code" and not code.isdecimal() else error
