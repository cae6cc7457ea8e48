"""The open basket: what is in it, what was just done to it, and the sale it becomes."""

from __future__ import annotations

from pos_app.domain.basket import Basket, DiscountKind
from pos_app.domain.catalogue import PIECE
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI
from pos_app.domain.tender import Payment
from pos_app.presenters.cart import (
    Card,
    age_question,
    charged_card,
    kept_card,
    old_goods,
    told_card,
)
from pos_app.presenters.desk import LEDGER, Consent
from pos_app.presenters.done import DoneView
from pos_app.presenters.open_basket import OpenBasket
from pos_app.till import away, checkout, hand_over
from pos_app.till.away import Standing
from pos_app.words import _, clock

_CARDS = {"unknown_code": "unknown", "catalogue_in_part": "unknown", "price_missing": "price"}
"""What was said of a scan -> the card that offers what helps; without one it is only told."""


class Selling(OpenBasket):
    """The acts on the basket. Each shows its result first and writes it afterwards."""

    # ---- acts

    def scan(self, raw: str, *, code: bool = True, qty: int | None = None) -> None:
        """A code was read (or, with `code` false, a product chosen by its SKU).

        `qty` is thousandths that were typed or weighed for it.
        """
        if self.state.busy:
            self._waiting.append(lambda: self.scan(raw, code=code, qty=qty))
            return
        if self.state.paying:
            self._refuse_in_pay()
            return
        till, times = self.desk.till, self.state.times
        if qty is None and times > 1:
            qty = times * MILLI
        try:
            basket = self.begun()
            verb = checkout.scan if code else checkout.add
            basket, line_id = verb(till, basket, raw, qty)
        except PosError as error:
            if error.code == "weight_needed":
                self.on_weigh(raw, str(error.facts.get("name", "")), code)
            else:
                self._not_added(error, raw)
            return
        if not line_id:
            self._coupon_given(basket)
            return
        again = self.basket is not None and any(
            line.line_id == line_id for line in self.basket.lines
        )
        card = self._age_card(basket, line_id) or old_goods(basket, basket.line(line_id))
        self._change(basket, selected=line_id, fresh=line_id, card=card)
        self.desk.hands.sound("again" if again else "ok")
        self._announce_line(line_id, added=True)

    def coupon(self, code: str) -> PosError | None:
        """A coupon's code was typed; why it is none, or not now."""
        if self.state.paying or self.state.busy:
            self._refuse_in_pay()
            return None
        try:
            basket = checkout.attach_coupon(self.desk.till, self.begun(), code)
        except PosError as error:
            self.desk.hands.sound("refused")
            return error
        self._coupon_given(basket)
        return None

    def _coupon_given(self, basket: Basket) -> None:
        """The coupon is on the basket; what it does stands in the totals."""
        self._change(basket, keep=bool(basket.lines))
        given = {each.coupon for each in self.priced.promotions} if self.priced else set()
        words = _("Coupon added.")
        if basket.coupons[-1] not in given:
            words = _("Coupon added. Nothing in this sale fits it yet.")
        self.desk.hands.sound("ok")
        self.desk.hands.toast(words, self.undo)
        self.desk.hands.announce(words)

    def pay_away(self, standing: Standing, goods: str, how: str) -> bool:
        """Goods another store promised are paid with this sale; False where they cannot be now."""
        if self.state.paying or self.state.busy:
            self._refuse_in_pay()
            return False
        try:
            basket, line_id = away.pay_here(self.begun(), standing, goods, how)
        except PosError as error:
            self.desk.hands.sound("refused")
            self.desk.tell(error)
            return False
        self._change(basket, selected=line_id, fresh=line_id)
        self.desk.hands.sound("ok")
        self._announce_line(line_id, added=True)
        return True

    def _refuse_in_pay(self) -> None:
        self.desk.hands.sound("refused")
        words = _("Finish or go back to add items.")
        self.desk.hands.toast(words)
        self.desk.hands.announce(words, at_once=True)

    def _not_added(self, error: PosError, raw: str) -> None:
        if error.code == "unknown_code" and self.on_unknown(raw):
            return
        told = self.desk.words(error)
        kind = _CARDS.get(error.code, "told")
        detail = " ".join(line for line in (told.safe, told.todo) if line)
        name = str(error.facts.get("name", ""))
        title = f"{name}: {told.title}" if kind == "price" and name else told.title
        self._show(card=Card(kind, title, detail, code=raw[:64]), times=1, done=None)
        self.desk.hands.sound("refused")
        self.desk.hands.announce(str(told), at_once=True)

    def _age_card(self, basket: Basket, line_id: int) -> Card | None:
        line = basket.line(line_id)
        if not line.age_limit or line.age_checked:
            return None
        return age_question(line, self.desk.till.business_date())

    def confirm_age(self, line_id: int) -> None:
        """Somebody looked at the proof of age."""
        basket = self._basket()
        self._act(
            lambda consent: checkout.confirm_age(
                self.desk.till, basket, line_id, approval=consent.approval
            ),
            _("Age checked"),
            selected=line_id,
        )

    def select(self, line_id: int) -> None:
        """Marks a line; the same again unmarks it."""
        chosen = 0 if line_id == self.state.selected else line_id
        self._show(selected=chosen, fresh=0)

    def move(self, step: int) -> None:
        """Marks the line after or before."""
        ids = [line.line_id for line in self.state.lines]
        if not ids:
            return
        here = ids.index(self.state.selected) if self.state.selected in ids else len(ids) - step
        self._show(selected=ids[max(0, min(len(ids) - 1, here + step))], fresh=0)

    def set_times(self, times: int) -> None:
        """The next scan is that many pieces; 1 takes it back."""
        self._show(times=max(1, min(times, 999)))

    def add_pieces(self, pieces: int) -> None:
        """One more or less of the marked line."""
        line = self.line()
        if line is None:
            return
        step = pieces * MILLI if line.unit == PIECE else pieces * 100
        if line.qty + step <= 0:
            self.remove()
        else:
            self.set_quantity(line.qty + step)

    def set_quantity(self, qty: int) -> None:
        """A quantity of the marked line, thousandths."""
        basket, line = self.basket, self.line()
        if basket is None or line is None or self.state.paying:
            return
        self._act(
            lambda _consent: checkout.set_quantity(basket, line.line_id, qty),
            _("Quantity"),
            selected=line.line_id,
        )
        self._announce_line(line.line_id)

    def set_note(self, note: str) -> None:
        """A note on the marked line."""
        basket, line = self.basket, self.line()
        if basket is not None and line is not None:
            self._act(lambda _c: checkout.note_line(basket, line.line_id, note), _("Note"))

    def remove(self, line_id: int = 0) -> None:
        """Takes the marked line out; the toast brings it back."""
        basket, line = self.basket, self.line(line_id)
        if basket is None or line is None or self.state.paying:
            return
        handing = basket.handing
        if handing is not None and line.order == handing.reservation:
            self._put_away(basket, line.label)
            return
        ids = [each.line_id for each in basket.lines]
        place = ids.index(line.line_id)
        rest = [each for each in ids if each != line.line_id]
        beside = rest[min(place, len(rest) - 1)] if rest else 0
        till = self.desk.till

        def removed(left: Basket) -> None:
            if self.basket is basket:
                self._change(left, selected=beside, keep=not left.lines)
                text = _("Removed {name}").format(name=line.label)
                self.desk.hands.toast(text, self.undo)

        self.desk.attempt(
            lambda consent: checkout.remove_line(
                till, basket, line.line_id, reason=consent.reason, approval=consent.approval
            ),
            removed,
            self.desk.tell,
            title=_("Remove {name}").format(name=line.label),
            lane=LEDGER,
        )

    def _put_away(self, basket: Basket, name: str) -> None:
        """A customer's order is not handed over after all; what else is in the sale stays."""
        till = self.desk.till

        def done(left: Basket) -> None:
            if self.basket is basket:
                self._reset()
                if left.lines:
                    self._change(left, remember=False, keep=False)
                form = _("{name} is not handed over. Its bag goes back on its shelf.")
                self.desk.hands.toast(form.format(name=name))

        run = self.desk.hands.run
        run(LEDGER, lambda: hand_over.put_away(till, basket), done, self.desk.tell)

    def undo(self) -> None:
        """Takes the last change of the basket back."""
        if self._undo and not self.state.paying and not self.state.busy:
            before = self._undo.pop()
            self._change(before, remember=False)

    def discount(self, kind: DiscountKind, value: int, reason: str, *, line: bool) -> None:
        """A discount on the marked line, or on the whole sale; 0 takes it away."""
        basket, chosen = self.basket, self.line()
        if basket is None or (line and chosen is None):
            return
        till = self.desk.till

        def act(consent: Consent) -> Basket:
            why = consent.reason or reason
            if line and chosen is not None:
                return checkout.discount_line(
                    till, basket, chosen.line_id, kind, value, why, approval=consent.approval
                )
            return checkout.discount_basket(
                till, basket, kind, value, why, approval=consent.approval
            )

        self._act(act, _("Discount"), close=True)

    def override(self, price: int, reason: str) -> None:
        """Another price for the marked line; its own again takes that back."""
        basket, line, till = self.basket, self.line(), self.desk.till
        if basket is None or line is None:
            return
        self._act(
            lambda consent: checkout.override_price(
                *(till, basket, line.line_id, price, consent.reason or reason),
                approval=consent.approval,
            ),
            _("New price"),
            close=True,
        )

    def add_custom(self, label: str, price: int, tax_code: str) -> None:
        """Something the catalogue does not know, named and priced by hand."""
        till = self.desk.till

        def act(consent: Consent) -> tuple[Basket, int]:
            basket = self.begun()
            return checkout.add_custom(
                till, basket, label, price, tax_code=tax_code, approval=consent.approval
            )

        def added(result: tuple[Basket, int]) -> None:
            self._change(result[0], selected=result[1], fresh=result[1])
            self.desk.hands.close_sheet()

        self.desk.attempt(act, added, self.desk.tell, title=_("Custom item"))

    def cancel(self) -> None:
        """Throws the basket away, with a reason."""
        basket, payments, till = self.basket, self.payments, self.desk.till
        if basket is None or not basket.lines:
            self._reset()
            return
        self._keep()
        self.desk.attempt(
            lambda consent: checkout.cancel(
                till, basket, payments, reason=consent.reason, approval=consent.approval
            ),
            lambda _result: self._cancelled(),
            self.desk.tell,
            title=_("Cancel this sale"),
            lane=LEDGER,
        )

    def _cancelled(self) -> None:
        self._reset()
        self.desk.hands.close_sheet()
        self.desk.hands.toast(_("Sale cancelled. Nothing was charged."))

    # ---- paying

    def enter_pay(self) -> bool:
        """Goes to payment; False where something must be done first."""
        if not self.open or self.state.busy:
            return False
        if not self._ready():
            return False
        self._show(paying=True, selected=0, fresh=0)
        return True

    def leave_pay(self) -> bool:
        """Back to the basket; False while money is on it."""
        if self.payments:
            self.desk.hands.toast(_("Remove the payments first, or finish the sale."))
            return False
        self._show(paying=False)
        return True

    def _ready(self) -> bool:
        unchecked = checkout.age_checks(self._basket())
        if unchecked:
            self._show(
                card=age_question(unchecked[0], self.desk.till.business_date()),
                selected=unchecked[0].line_id,
            )
            self.desk.hands.sound("refused")
            return False
        return True

    def pay(self, tender: str, given: int | None, reference: str = "") -> bool:
        """Takes a payment; completes the sale where nothing is left. False where it was refused."""
        basket = self.basket
        if basket is None or self.state.busy or not self._ready():
            return False
        try:
            payments = checkout.pay(self.desk.till, basket, self.payments, tender, given, reference)
        except PosError as error:
            self.desk.tell(error)
            self.desk.hands.sound("refused")
            return False
        self.payments = payments
        standing = self.settlement
        if standing is not None and standing.complete:
            self.complete()
        else:
            self._show()
            self._keep_later()
        return True

    def paid_by(self, payments: tuple[Payment, ...]) -> None:
        """Other payments, as stored value made them; where nothing is left the sale is complete."""
        self.payments = payments
        standing = self.settlement
        if standing is not None and standing.complete and payments:
            self.complete()
        else:
            self._show()
            self._keep_later()

    def take_line(self, basket: Basket, line_id: int) -> None:
        """The basket with a line that somebody else put in."""
        self._change(basket, selected=line_id, fresh=line_id)
        self.desk.hands.sound("ok")
        self._announce_line(line_id, added=True)

    def take_back(self, place: int) -> None:
        """Removes a payment that was typed wrongly or given back."""
        try:
            self.payments = checkout.take_back(self.payments, place)
        except PosError as error:
            self.desk.tell(error)
            return
        self._show()
        self._keep_later()

    def complete(self) -> None:
        """The sale becomes a fact; until the commit answered, scans wait."""
        basket, payments, till = self.basket, self.payments, self.desk.till
        if basket is None or self.state.busy:
            return
        self._dirty, paper = False, self.paper
        self._show(busy=True)
        self.desk.hands.run(
            LEDGER,
            lambda: checkout.complete(till, basket, payments, paper),
            self._completed,
            self._not_completed,
        )

    def _completed(self, completed: checkout.Completed) -> None:
        self._reset()
        self.on_completed(completed)
        self.desk.hands.sound("paid")
        self._run_waiting()

    def _not_completed(self, error: BaseException) -> None:
        self._show(busy=False)
        self._waiting.clear()
        if not isinstance(error, PosError):
            raise error
        told = self.desk.words(error)
        charged = sum(payment.amount for payment in self.payments if payment.terminal)
        if not charged:
            self._show(card=told_card(told))
            self.desk.tell(error)
            return
        self._show(card=charged_card(told, self.desk.money(charged)))
        self.on_unsaved(error)

    def _run_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act()

    # ---- coming and going

    def start_over(self) -> None:
        """Another ledger is in use: its open basket, or none."""
        self._reset()
        self._show()
        self.restore()

    def restore(self) -> bool:
        """The basket that was open when the program ended; True where there was one."""
        found = checkout.restored(self.desk.till)
        if found is None:
            return False
        basket, payments, kept_at = found
        self.payments = payments
        self._change(basket, remember=False, keep=False)
        total = self.desk.money(self.priced.total) if self.priced else ""
        taken = sum(payment.amount for payment in payments)
        already = self.desk.money(taken) if taken else ""
        card = kept_card(clock(parse_utc(kept_at), self.desk.zone), total, already)
        self._show(card=card)
        self.desk.hands.announce(f"{card.title} {card.detail}", at_once=True)
        return True

    def put_back(self, basket: Basket | None) -> None:
        """The basket as it was before keys that turned out to be a scan."""
        held = self.basket
        if basket is None or held is None or basket is held:
            return
        if basket.basket_id == held.basket_id:
            self._change(basket, remember=False)

    def take_over(self, basket: Basket) -> None:
        """A recalled basket becomes the open one, with what was paid on it."""
        found = self.desk.till.view.open_basket()
        same = found is not None and found[0].basket_id == basket.basket_id
        self.payments = found[1] if found is not None and same else ()
        self._undo.clear()
        self._change(basket, remember=False, keep=False)
        self.on_taken()

    def tell(self, card: Card) -> None:
        """Something the person must see, on top of the list."""
        self._show(card=card)

    def dismiss_card(self) -> None:
        """The card on top of the list goes."""
        self._show(card=None)

    def show_done(self, done: DoneView | None) -> None:
        """What became of the sale before; gone with the next scan."""
        self._show(done=done)

    def refresh(self) -> None:
        """Prices and words again: a rule, the language or the person changed."""
        self._views.clear()
        self._show()

    def hand_over(self) -> None:
        """The basket is on its way elsewhere: what was not written is written first, scans wait."""
        self._keep()
        self._show(busy=True)

    def keep_open(self) -> None:
        """It did not go: it is the open one still."""
        self._show(busy=False)
        self._run_waiting()

    def reset(self) -> None:
        """An empty basket; what was in it is somewhere else now."""
        self._reset()
        self._run_waiting()
