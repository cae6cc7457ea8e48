"""Returns: which sale, what of it comes back and why, what goes out for it, and the money."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.exchange import swapped
from pos_app.domain.money import MILLI
from pos_app.domain.returns import Choice, Left
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.done import Receipts
from pos_app.presenters.return_find import Finder
from pos_app.presenters.return_out import Going
from pos_app.presenters.return_pend import Pending
from pos_app.presenters.return_scan import Scans
from pos_app.presenters.return_screen import screen
from pos_app.presenters.return_slip import Slips
from pos_app.presenters.return_views import REASONS, ReturnsState
from pos_app.presenters.return_word import HubWord
from pos_app.till import bringing_back, exchange, pending, printing, refund, refund_targets
from pos_app.till.returning import Found, RefundDone, Returning
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.domain.basket import Basket

PENDED = (pending.ORDER, pending.OTHER_STORE)
"""Without head office such goods are taken in and not paid."""


class Returns:
    """A return from the receipt to the money."""

    def __init__(self, desk: Desk, receipts: Receipts) -> None:
        self.desk, self.receipts = desk, receipts
        self.on_change: Callable[[ReturnsState], None] = lambda _state: None
        self.on_found: Callable[[], None] = lambda: None
        """Another sale is on the screen: what was typed to find it goes."""
        self.state = ReturnsState()
        self.back: Returning | None = None
        self.line = 0
        """The line that reasons typed on the keyboard are for."""
        self.text = ""
        self.refused: tuple[str, str] = ("", "")
        self.busy = False
        self.ways_open = False
        self.unheard = False
        """True where head office was asked and nobody answered: the goods can only be taken in."""
        self.done: RefundDone | None = None
        self.paper: tuple[str, str] = ("", "")
        """What became of the paper of what was just done, and its tone."""
        self._writing = False
        """While the refund is written, what is shown stays: read again, the goods may be back."""
        self.word = HubWord(desk, self._word_came)
        self.finder = Finder(desk, self)
        self.going = Going(desk, self)
        self.pending = Pending(desk, self)
        self.slips = Slips(desk, self)
        self.scans = Scans(desk, self)

    # ---- which sale

    def open(self) -> None:
        """The screen is shown: with the return that is going on, or for a new one."""
        if self.back is None and not self.pending.open:
            self.text, self.refused = "", ("", "")
            self.finder.begin()
            self.on_found()
        self.show()

    def type(self, text: str) -> None:
        """The search field has another text: of a sale, or of what is to go out."""
        self.text = text
        self.refused = ("", "")
        self.going.type(text)
        self.finder.forget_offer()
        self.show()

    def look(self) -> bool:
        """Enter: finds the sale of what was typed, or takes the first product."""
        if self.busy:
            return False
        if not self.text.strip():
            return self.take_marked()
        if self.going.armed or self.pending.open:
            return self.choose_row(0)
        return self.finder.look(self.text)

    def take_marked(self) -> bool:
        """Enter on the list of what was found; False where there is none."""
        listed = self.back is None and not self.pending.open and bool(self.finder.docs)
        return listed and self.finder.take_marked()

    def find(self, text: str) -> bool:
        """The sale of a receipt's code or number; False where nobody knows it just now."""
        return not self.busy and self.finder.look(text)

    def take_up(self, sale_id: str) -> bool:
        """A sale chosen from the history."""
        return not self.busy and self.finder.by_id(sale_id)

    def choose_row(self, row: int) -> bool:
        """A row of the list that is shown: a sale that was found, or a product to go out."""
        if self.state.goods:
            return row < len(self.state.goods) and self.take_product(self.state.goods[row].key)
        return self.finder.choose(row)

    def take_product(self, sku: str) -> bool:
        """A product of the search: it goes out, or it came back without a receipt."""
        return self.pending.sku(sku) if self.pending.open else self.going.sku(sku)

    def begin(self, found: Found) -> bool:
        """A return of that sale begins; the same receipt once more keeps what was chosen."""
        till = self.desk.till
        try:
            back = refund.begin(till, found)
        except PosError as error:
            self.refuse(error)
            return False
        if self.back is not None and self.back.sale.id == back.sale.id and self.back.choices:
            back = self.back
        self.pending.drop()
        self.slips.drop()
        self.back, self.done, self.refused, self.text = back, None, ("", ""), ""
        self.ways_open = self.unheard = False
        self.going.reset()
        self.word.chosen(back)
        open_lines = [row for row in refund.left(till, back) if row.qty]
        self.line = open_lines[0].line.line if len(open_lines) == 1 else 0
        self.desk.hands.sound("ok")
        self.on_found()
        self.show()
        return True

    def refuse(self, error: PosError) -> None:
        """Says what cannot be, over the sale and aloud."""
        told = self.desk.words(error)
        self.refused = (told.title, " ".join(part for part in (told.safe, told.todo) if part))
        self.desk.hands.sound("refused")
        self.desk.hands.announce(str(told), at_once=True)
        self.show()

    # ---- what comes back

    def set_serial(self, line: int, text: str) -> None:
        """The serial number on the goods, typed or scanned."""
        if self.back is None or self.busy:
            return
        try:
            self.back = refund.with_serial(self.back, line, text)
            self.refused = ("", "")
        except PosError as error:
            if len(text.strip()) >= len(self.back.found.serial(line)):
                self.refuse(error)
                return
        self.show()

    def toggle(self, line: int) -> None:
        """A tap on a line: one of it comes back, or nothing."""
        row = self._left(line)
        if self.back is None or row is None or not row.qty or self.busy:
            return
        chosen = self.back.choice(line)
        one = min(MILLI, row.qty) if row.line.unit == PIECE else row.qty
        self.choose_line(line, 0 if chosen else one)

    def step(self, line: int, pieces: int) -> None:
        """One more or one less of a line."""
        row = self._left(line)
        chosen = self.back.choice(line) if self.back else None
        if row is None or chosen is None or self.busy:
            return
        self.choose_line(line, max(0, min(row.qty, chosen.qty + pieces * MILLI)))

    def line_touched(self) -> Left | None:
        """What is left of the line touched last."""
        return self._left(self.line)

    def set_quantity(self, qty: int) -> None:
        """So many thousandths of the line touched last; never more than is left."""
        row = self._left(self.line)
        if row is not None and not self.busy:
            self.choose_line(self.line, max(0, min(row.qty, qty)))

    def choose_reason(self, line: int, reason: str) -> None:
        """Why it comes back; chosen once more it is taken off."""
        chosen = self.back.choice(line) if self.back else None
        if self.back is None or chosen is None or self.busy:
            return
        self.line = line
        new = "" if chosen.reason == reason else reason
        self.back = refund.choose(self.back, line, chosen.qty, new, chosen.condition)
        self.show()

    def reason_by_number(self, number: int) -> bool:
        """The nth reason for the line touched last, from the keyboard."""
        keys = list(REASONS)
        if not 0 < number <= len(keys):
            return False
        if self.pending.open:
            self.pending.choose_reason(self.pending.line, keys[number - 1])
            return True
        if self.back is None or not self.back.choice(self.line):
            return False
        self.choose_reason(self.line, keys[number - 1])
        return True

    def next_reason(self) -> None:
        """F6: the next reason for the line touched last."""
        chosen = self.back.choice(self.line) if self.back else None
        reason = self.pending.reason if self.pending.open else chosen.reason if chosen else ""
        keys = list(REASONS)
        place = keys.index(reason) + 1 if reason in keys else 0
        self.reason_by_number(place % len(keys) + 1)

    def choose_condition(self, line: int, condition: str) -> None:
        """Whether it can be sold again."""
        chosen = self.back.choice(line) if self.back else None
        if self.back is not None and chosen is not None and not self.busy:
            self.line = line
            self.back = refund.choose(self.back, line, chosen.qty, chosen.reason, condition)
            self.show()

    def choose_line(self, line: int, qty: int) -> None:
        """So many thousandths of a line; 0 takes it off."""
        if self.back is None:
            return
        before = self.back.choice(line) or Choice(line, 0)
        self.line, self.refused = line, ("", "")
        try:
            self.back = refund.choose(self.back, line, qty, before.reason, before.condition)
        except PosError as error:
            self.refuse(error)
            return
        self.back, self.unheard = self.going.followed(self.back, line), False
        self.word.chosen(self.back)
        self.show()

    def _word_came(self) -> None:
        """The hub answered, or was not waited for any longer."""
        no = self.word.refusal(self.back)
        if no is not None and not self.refused[0]:
            self.refuse(no)
        else:
            self.show()

    def line_changed(self) -> None:
        """Head office is gone, or back."""
        self.unheard = False
        self.show()

    def heard(self) -> None:
        """An answer came, perhaps to what was asked here."""
        self.finder.heard()
        self.slips.heard()

    def _left(self, line: int) -> Left | None:
        if self.back is None:
            return None
        rows = refund.left(self.desk.till, self.back)
        return next((row for row in rows if row.line.line == line), None)

    # ---- the money

    @property
    def pends(self) -> bool:
        """True where nobody can say now what it is worth: the goods come in, a slip goes out."""
        if self.back is None:
            return False
        return self.unheard or pending.why_not(self.desk.till, self.back) in PENDED

    def show_ways(self) -> None:
        """Change: all ways to pay it back, or none again."""
        if self.back is not None and not self.busy:
            self.ways_open = not self.ways_open
            self.show()

    def _account(self, way: str) -> str:
        """Where store credit goes: to whose sale it was; nobody known, on a slip."""
        if self.back is None or way != refund_targets.CREDIT:
            return ""
        return self.finder.account_of(self.back.found.customer)

    def pay_by(self, way: str) -> None:
        """Pays it back another way than it was paid: original, credit, gift_card or cash."""
        if self.back is None or self.busy:
            return
        try:
            self.back = refund_targets.target(self.desk.till, self.back, way, self._account(way))
        except PosError as error:
            self.refuse(error)
            return
        self.ways_open = False
        self.show()

    def set_slip(self, text: str) -> None:
        """The number on the card terminal's slip."""
        if self.back is None:
            return
        try:
            self.back = refund.with_slip(self.back, text)
        except PosError as error:
            self.refuse(error)

    def finish(self) -> None:
        """F12: the refund; after it, back to selling."""
        if self.done is not None or self.pending.done is not None:
            self.leave()
            return
        if self.pending.open:
            self.pending.finish()
            return
        back = self.back
        if back is None or self.state.button_reason or self.busy:
            return
        if self.pends:
            self.pending.of_return(back)
            return
        self.busy = True
        self.word.then(back, self._complete)
        self.show()

    def _complete(self, back: Returning) -> None:
        """Writes it, with the hub's word where it is here."""
        if self.word.refusal(back) is not None:
            self.busy = False
            self._word_came()
            return
        if self.going.to_pay(back):
            self.going.pay(back)
            return
        self.show()
        self._writing = True
        self.desk.attempt(
            lambda given: self.going.complete(back, given.approval),
            self._finished,
            self.not_finished,
            title=_("Refund {amount}").format(amount=self.state.amount),
            lane=LEDGER,
        )

    def _finished(self, result: RefundDone) -> None:
        self.busy = self._writing = False
        self.back, self.done, self.paper = None, result, ("", "")
        self.going.reset()
        self.word.used()
        self.desk.hands.sound("paid")
        self.show()
        shown = self.state.done
        if shown is not None:
            self.desk.hands.announce(f"{shown.title} {shown.amount}. {shown.detail}")
        self.receipts.run()

    def not_finished(self, error: PosError) -> None:
        """It was refused; where head office alone could say yes, the goods can be taken in."""
        self.busy = self._writing = False
        self.unheard = error.code == "needs_hub"
        self.refuse(error)

    def resume(self, basket: Basket) -> bool:
        """The return of an exchange that was to be paid; False where this till cannot make it again.

        After a start swaps are chosen anew: which line they were for is not kept.
        """
        brought = basket.bringing
        if self.back is not None and brought and self.back.refund_id == brought.refund_id:
            self.show()
            return True
        try:
            back = bringing_back.returning_of(self.desk.till, basket)
        except PosError as error:
            self.desk.tell(error)
            return False
        self.pending.drop()
        self.done, self.refused, self.going.on = None, ("", ""), True
        rest = tuple(line for line in basket.lines if not swapped(line))
        going = dataclasses.replace(basket, lines=rest, bringing=None) if rest else None
        self.back = exchange.with_going(back, going)
        self.word.chosen(self.back)
        self.show()
        return True

    def written(self) -> None:
        """The return was written with the sale of its exchange, in Pay."""
        self.back, self.busy, self.ways_open = None, False, False
        self.going.reset()
        self.word.used()
        self.show()

    def consent_left(self) -> None:
        """Nobody agreed: it can be changed again."""
        if self.busy and self.desk.asked is None:
            self.busy = self._writing = False
            self.show()

    def printed(self, ending: printing.Ending) -> None:
        """What became of a paper, perhaps of the one of what was just done."""
        if self.done is None and self.pending.done is None:
            return
        if ending.error is not None:
            told = self.desk.words(ending.error)
            self.paper = (told.title, "warn")
        elif ending.state == "printed":
            self.paper = (_("Its paper is printed."), "ok")
        self.show()

    def print_again(self) -> None:
        """The paper of what was just done, once more."""
        if self.done is not None:
            self.receipts.copy(self.done.refund.id)

    def cancel(self) -> bool:
        """Esc: one step back; False where there is nothing to drop."""
        if self.busy:
            return True
        if self.done is not None or self.pending.done is not None:
            self.done, self.pending.done = None, None
            return False
        if self.ways_open or self.going.disarm():
            self.ways_open = False
        elif self.pending.open:
            self.pending.drop()
        elif self.back is not None:
            self.back, self.line, self.refused = None, 0, ("", "")
            self.going.reset()
            self.word.chosen(None)
        elif not self.slips.drop() and not self.finder.step_back():
            return False
        self.text = ""
        self.on_found()
        self.show()
        return True

    def to_list(self) -> None:
        """Back from one sale to all that was found."""
        if not self.busy and self.back is not None:
            self.back, self.line, self.refused = None, 0, ("", "")
            self.going.reset()
            self.word.chosen(None)
            self.show()

    def leave(self) -> None:
        """The refund is done: the next sale."""
        self.done, self.back, self.refused = None, None, ("", "")
        self.pending.drop()
        self.show()
        self.desk.hands.go("sell")

    def put_back(self, back: Returning | None) -> None:
        """Takes keys back that turned out to be a scan."""
        if back is not self.back and not self.busy:
            self.back = back
            self.word.chosen(back)
            self.show()

    def change(self, back: Returning) -> None:
        """Another value of the return on the screen: the hub is asked about it when it rests."""
        if self.back is not None and back.choices != self.back.choices:
            self.word.chosen(back)
        self.back, self.refused = back, ("", "")
        self.show()

    def show(self) -> None:
        """Makes the state anew and shows it."""
        if not self._writing:
            self.state = screen(self)
        self.on_change(self.state)
