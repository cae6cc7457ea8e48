"""Returns: which sale, what of it comes back and why, and the money that goes with it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from pos_app.domain.barcode import read
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError, Refused
from pos_app.domain.money import MILLI
from pos_app.domain.returns import SELLABLE, Choice, Left, RefundFigures
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.done import Receipts
from pos_app.presenters.return_views import (
    REASONS,
    BackView,
    ReturnsState,
    approval_words,
    line_view,
    order_view,
    other_way,
    target_views,
    with_done,
)
from pos_app.presenters.return_word import HubWord
from pos_app.till import refund
from pos_app.till.refund import RefundDone, Returning
from pos_app.words import _, ngettext


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
        self._text = ""
        self._refused: tuple[str, str] = ("", "")
        self._busy = False
        self._writing = False
        """While the refund is written, what is shown stays: read again, the goods may be back."""
        self._done: RefundDone | None = None
        self.word = HubWord(desk, self._word_came)

    # ---- which sale

    def open(self) -> None:
        """The screen is shown: with the return that is going on, or for a new one."""
        if self.back is None:
            self._text, self._refused = "", ("", "")
            self.on_found()
        self._show()

    def type(self, text: str) -> None:
        """The search field has another text."""
        self._text = text
        self._refused = ("", "")
        self._show()

    def look(self) -> bool:
        """Enter: finds the sale of what was typed."""
        return self.find(self._text) if self._text.strip() else False

    def find(self, text: str) -> bool:
        """The sale of a receipt's code or number; False where this till has no copy."""
        return self._begin(lambda: refund.find(self.desk.till, text))

    def take_up(self, sale_id: str) -> bool:
        """A sale chosen from the history."""
        return self._begin(lambda: refund.find_by_id(self.desk.till, sale_id))

    def _begin(self, find: Callable[[], refund.Found]) -> bool:
        if self._busy:
            return False
        till = self.desk.till
        try:
            back = refund.begin(till, find())
        except PosError as error:
            self._refuse(error)
            return False
        if self.back is not None and self.back.sale.id == back.sale.id and self.back.choices:
            back = self.back  # the same receipt once more: what was chosen stays
        self.back, self._done, self._refused, self._text = back, None, ("", ""), ""
        self.word.chosen(back)
        open_lines = [row for row in refund.left(till, back) if row.qty]
        self.line = open_lines[0].line.line if len(open_lines) == 1 else 0
        self.desk.hands.sound("ok")
        self.on_found()
        self._show()
        return True

    def _refuse(self, error: PosError) -> None:
        told = self.desk.words(error)
        self._refused = (told.title, " ".join(part for part in (told.safe, told.todo) if part))
        self.desk.hands.sound("refused")
        self.desk.hands.announce(str(told), at_once=True)
        self._show()

    # ---- what comes back

    def scan(self, code: str) -> None:
        """A receipt, or an item of the one on the screen."""
        if self._busy:
            return
        if refund.names_receipt(code):
            self.find(code)
            return
        if self.back is None:
            self._refuse(Refused("receipt_first"))
            return
        self.item(code)

    def item(self, code: str) -> bool:
        """One more piece of the line that has this code; False where the sale has none left."""
        back, till = self.back, self.desk.till
        if back is None:
            return False
        skus, name = self.skus_of(code)
        rows = [row for row in refund.left(till, back) if row.line.sku in skus]
        for row in rows:
            chosen = back.choice(row.line.line)
            qty = chosen.qty if chosen else 0
            if qty < row.qty:
                step = MILLI if row.line.unit == PIECE else row.qty
                self.desk.hands.sound("ok" if not qty else "again")
                self._choose(row.line.line, min(row.qty, qty + step))
                return True
        if rows:
            worded = Refused(
                "more_than_sold", label=rows[0].line.label, left=0, unit=rows[0].line.unit
            )
        else:
            worded = Refused("not_on_receipt", name=name or code, doc_no=back.sale.doc_no)
        self._refuse(worded)
        return False

    def skus_of(self, code: str) -> tuple[frozenset[str], str]:
        """What products a code names, and what they are called."""
        try:
            article = self.desk.till.catalogue.by_code(read(code).keys)
        except PosError:
            article = None
        if article is None:
            return frozenset({code}), ""
        return frozenset({article.product.sku}), article.product.name

    def toggle(self, line: int) -> None:
        """A tap on a line: all that is left of it comes back, or nothing."""
        row = self._left(line)
        if self.back is None or row is None or not row.qty or self._busy:
            return
        chosen = self.back.choice(line)
        one = min(MILLI, row.qty) if row.line.unit == PIECE else row.qty
        self._choose(line, 0 if chosen else one)

    def step(self, line: int, pieces: int) -> None:
        """One more or one less of a line."""
        row = self._left(line)
        chosen = self.back.choice(line) if self.back else None
        if row is None or chosen is None or self._busy:
            return
        self._choose(line, max(0, min(row.qty, chosen.qty + pieces * MILLI)))

    def line_touched(self) -> Left | None:
        """What is left of the line touched last."""
        return self._left(self.line)

    def set_quantity(self, qty: int) -> None:
        """So many thousandths of the line touched last; never more than is left."""
        row = self._left(self.line)
        if row is not None and not self._busy:
            self._choose(self.line, max(0, min(row.qty, qty)))

    def choose_reason(self, line: int, reason: str) -> None:
        """Why it comes back; chosen once more it is taken off."""
        chosen = self.back.choice(line) if self.back else None
        if self.back is None or chosen is None or self._busy:
            return
        self.line = line
        new = "" if chosen.reason == reason else reason
        self.back = refund.choose(self.back, line, chosen.qty, new, chosen.condition)
        self._show()

    def reason_by_number(self, number: int) -> bool:
        """The nth reason for the line touched last, from the keyboard."""
        keys = list(REASONS)
        if not 0 < number <= len(keys) or self.back is None or not self.back.choice(self.line):
            return False
        self.choose_reason(self.line, keys[number - 1])
        return True

    def next_reason(self) -> None:
        """F6: the next reason for the line touched last."""
        chosen = self.back.choice(self.line) if self.back else None
        if chosen is not None:
            keys = list(REASONS)
            place = keys.index(chosen.reason) + 1 if chosen.reason in keys else 0
            self.choose_reason(self.line, keys[place % len(keys)])

    def choose_condition(self, line: int, condition: str) -> None:
        """Whether it can be sold again."""
        chosen = self.back.choice(line) if self.back else None
        if self.back is not None and chosen is not None and not self._busy:
            self.line = line
            self.back = refund.choose(self.back, line, chosen.qty, chosen.reason, condition)
            self._show()

    def _choose(self, line: int, qty: int) -> None:
        if self.back is None:
            return
        before = self.back.choice(line) or Choice(line, 0)
        self.line, self._refused = line, ("", "")
        self.back = refund.choose(self.back, line, qty, before.reason, before.condition)
        self.word.chosen(self.back)
        self._show()

    def _word_came(self) -> None:
        """The hub answered, or was not waited for any longer."""
        no = self.word.refusal(self.back)
        if no is not None and not self._refused[0]:
            self._refuse(no)
        else:
            self._show()

    def _left(self, line: int) -> Left | None:
        if self.back is None:
            return None
        rows = refund.left(self.desk.till, self.back)
        return next((row for row in rows if row.line.line == line), None)

    # ---- the money

    def other_way(self) -> None:
        """Pays it back another way than it was paid, or again the way it was."""
        if self.back is not None and not self._busy:
            other = "" if self.back.tender else other_way(self.desk, self.back)
            self.back = refund.pay_by(self.back, other)
            self._show()

    def set_slip(self, text: str) -> None:
        """The number on the card terminal's slip."""
        if self.back is None:
            return
        try:
            self.back = refund.with_slip(self.back, text)
        except PosError as error:
            self._refuse(error)

    def finish(self) -> None:
        """F12: the refund; after it, back to selling."""
        if self._done is not None:
            self.leave()
            return
        back = self.back
        if back is None or self.state.button_reason or self._busy:
            return
        self._busy = True
        self.word.then(back, self._complete)
        self._show()

    def _complete(self, back: Returning) -> None:
        """Writes it, with the hub's word where it is here."""
        till = self.desk.till
        if self.word.refusal(back) is not None:
            self._busy = False
            self._word_came()
            return
        self._show()
        self._writing = True

        def done(result: RefundDone) -> None:
            self._busy = self._writing = False
            self.back, self._done = None, result
            self.word.used()
            self.desk.hands.sound("paid")
            self._show()
            shown = self.state.done
            if shown is not None:
                self.desk.hands.announce(f"{shown.title} {shown.amount}. {shown.detail}")
            self.receipts.run()

        def refused(error: PosError) -> None:
            self._busy = self._writing = False
            self._refuse(error)

        self.desk.attempt(
            lambda given: refund.complete(till, back, approval=given.approval),
            done,
            refused,
            title=_("Refund {amount}").format(amount=self.state.button_amount),
            lane=LEDGER,
        )

    def consent_left(self) -> None:
        """Nobody agreed: it can be changed again."""
        if self._busy and self.desk.asked is None:
            self._busy = self._writing = False
            self._show()

    def cancel(self) -> bool:
        """Esc: what was chosen is dropped, then the sale; False where there is nothing to drop."""
        if self._busy:
            return True
        if self._done is not None or self.back is None:
            self._done = None
            return False
        self.back, self.line, self._refused = None, 0, ("", "")
        self.word.chosen(None)
        self._show()
        return True

    def leave(self) -> None:
        """The refund is done: the next sale."""
        self._done, self.back, self._refused = None, None, ("", "")
        self._show()
        self.desk.hands.go("sell")

    def put_back(self, back: Returning | None) -> None:
        """Takes keys back that turned out to be a scan."""
        if back is not self.back and not self._busy:
            self.back = back
            self.word.chosen(back)
            self._show()

    # ---- what is shown

    def _show(self) -> None:
        if not self._writing:
            self.state = self._made()
        self.on_change(self.state)

    def _made(self) -> ReturnsState:
        state = ReturnsState(
            text=self._text,
            refused=self._refused[0],
            refused_detail=self._refused[1],
            title=_("Return"),
            detail=_("Scan a receipt"),
            button=_("Refund"),
            button_reason=_("Scan a receipt, or type its number"),
            busy=self._busy,
        )
        if self._done is not None:
            return with_done(self.desk, state, self._done)
        back, till = self.back, self.desk.till
        if back is None or till.own.store is None:
            return state
        rows = refund.left(till, back)
        state = replace(
            state,
            order=order_view(self.desk, back),
            lines=tuple(line_view(self.desk, back, row, self.line) for row in rows),
            title=_("Return of {number}").format(number=back.sale.doc_no),
            detail=_("Scan the item or tap it"),
            button_reason=_("Choose what comes back"),
        )
        if not back.choices:
            return state
        try:
            figures = refund.figures_of(till, back)
        except PosError as error:
            if error.code != "reason_missing":
                return replace(state, button_reason=self.desk.words(error).title)
            trial = back
            for each in back.choices:
                trial = refund.choose(trial, each.line, each.qty, each.reason or "other")
            figures = refund.figures_of(till, trial)
            return replace(self._with_money(state, back, figures), button_reason=_("Choose why"))
        return self._with_money(state, back, figures)

    def _with_money(
        self, state: ReturnsState, back: Returning, figures: RefundFigures
    ) -> ReturnsState:
        money = self.desk.money
        pieces = sum(-row.qty // MILLI if row.source.unit == PIECE else 1 for row in figures.lines)
        words = ngettext("{count} item back", "{count} items back", pieces)
        told, tone, blocked = approval_words(self.desk, back, figures)
        views = tuple(
            BackView(
                row.source.label,
                _("Back into stock here") if row.condition == SELLABLE else _("Not into stock"),
                money(row.net + row.tax),
            )
            for row in figures.lines
        )
        return replace(
            state,
            detail=words.format(count=pieces),
            back=views,
            amount=money(-figures.payable),
            targets=target_views(self.desk, back, figures),
            approval=told,
            approval_tone=tone,
            button=_("Refund"),
            button_amount=money(-figures.payable),
            button_reason=self._reason(back) or blocked,
        )

    def _reason(self, back: Returning) -> str:
        """Why it cannot be finished just now, before what the limits say."""
        if self.word.waits:
            return _("Asking the hub…")
        if self._busy:
            return _("One moment…")
        no = self.word.refusal(back)
        return self.desk.words(no).title if no is not None else ""
