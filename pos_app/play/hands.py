"""The steps of a play that are a person's: signing in, selling, printing, closing, looking."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, get_args

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.play import (
    card_hands,
    case_hands,
    customer_hands,
    customer_steps,
    drawer_hands,
    goods_hands,
    goods_steps,
    order_hands,
    people_hands,
    points_hands,
    points_steps,
    price_hands,
    promise_hands,
    refund_hands,
    return_hands,
    stock_hands,
    value_hands,
)
from pos_app.play import steps as play
from pos_app.play.amounts import milli, minor, whole
from pos_app.play.drawer_hands import CashStep
from pos_app.play.looking import Seen, expect
from pos_app.play.made_sales import sale_id
from pos_app.play.paper_hands import PaperStep, on_paper
from pos_app.till import card, checkout, drawer, hand_over, lookup, parking, shift, sign_in, void
from pos_app.till.permission import Approval
from pos_app.till.till import Till

Facts = dict[str, Any]
"""What a step's line says besides its number and word; amounts are minor units."""


class Hands:
    """A person at a till: one basket, one line touched last, one sale made last."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self._basket: Basket | None = None
        self._payments: tuple[Payment, ...] = ()
        self._line = 0
        self._found = ""
        self._done: checkout.Completed | None = None
        self.printed = 0
        self.counter = refund_hands.Counter()
        self.take_over()

    def take_over(self, till: Till | None = None) -> None:
        """Goes on at a till as it was opened: with the basket that was open."""
        self.till = till or self.till
        left = checkout.restored(self.till)
        self._basket, self._payments = (left[0], left[1]) if left else (None, ())
        lines = self._basket.lines if self._basket else ()
        self._line = lines[-1].line_id if lines else 0

    def does(self, step: play.AnyStep) -> Facts | None:
        """Does a step; None for one that is not a person's.

        Where the policy wants somebody's consent and the step names one, they give it.
        """
        does = self._DOES.get(type(step))
        if does is None:
            return None
        try:
            return does(self, step, None)
        except Refused as told:
            if told.code != "needs_manager" or step.approver is None:
                raise
            asked = told
        return does(self, step, people_hands.agreed(self.till, step.approver, asked))

    def print_all(self) -> Facts:
        """Prints what is due; says what became of it."""
        facts: Facts = {}
        while (ending := self.till.printing.run_once()) is not None:
            told = ending.doc_no or ending.job_id
            facts.setdefault(ending.state, []).append(told)
            self.printed += ending.state == "printed"
            if ending.drawer is not None:
                facts["drawer"] = ending.drawer.code
        return facts

    # People and shifts.

    def _sign_in(self, step: play.SignIn, _: Approval | None) -> Facts:
        return people_hands.sign_in_by(self.till, step)

    def _sign_out(self, _step: play.SignOut, _: Approval | None) -> Facts:
        sign_in.sign_out(self.till)
        return {}

    def _unlock(self, step: play.Unlock, agreed: Approval | None) -> Facts:
        return people_hands.unlock(self.till, step, agreed)

    def _training(self, step: play.Training, agreed: Approval | None) -> Facts:
        found = people_hands.train(self.till, step, agreed)
        self.take_over()
        return found

    def _open_shift(self, step: play.OpenShift, agreed: Approval | None) -> Facts:
        counts = {int(worth): pieces for worth, pieces in step.counts.items()} or None
        opened = shift.open_shift(
            self.till,
            self._minor(step.amount),
            counts,
            reason=step.reason,
            note=step.note,
            approval=agreed,
        )
        return {"shift": opened.number, "float": opened.float_amount}

    def _close_shift(self, step: play.CloseShift, agreed: Approval | None) -> Facts:
        till = self.till
        found = till.ledger.shift_totals(till.need_shift().shift_id).expected()
        found |= {tender: self._minor(amount) for tender, amount in step.counted.items()}
        counts = {int(worth): pieces for worth, pieces in step.counts.items()} or None
        closed = shift.close_shift(till, found, counts, step.reason, approval=agreed)
        z = closed.z
        return {
            "z_no": z.z_no,
            "sales": z.sales,
            "voids": z.voids,
            "total": z.total,
            "tax": z.tax,
            "unsent": z.unsent,
            "tenders": {row.tender: [row.expected, row.counted] for row in z.tenders},
        }

    # The basket.

    def _open_basket(self) -> Basket:
        if self._basket is None:
            self._basket = checkout.start(self.till)
        return self._basket

    def _changed(self, basket: Basket, line_id: int = 0) -> Facts:
        """The basket is another one now: kept, as the window keeps it after the paint."""
        self._basket = basket
        self._line = line_id or self._line
        checkout.keep(self.till, basket, self._payments)
        total = checkout.priced(self.till, basket).total
        return {"line": self._line, "lines": len(basket.lines), "total": total}

    def _line_id(self, number: int) -> int:
        """The id of the line that counts so, the one touched last for 0."""
        if number == 0:
            return self._line
        lines = self._open_basket().lines
        if not 0 < number <= len(lines):
            raise Refused("no_such_line", line_id=number)
        return lines[number - 1].line_id

    def _scan(self, step: play.Scan, _: Approval | None) -> Facts:
        return self._changed(
            *checkout.scan(self.till, self._open_basket(), step.code, _amount(step.qty))
        )

    def _search(self, step: play.Search, _: Approval | None) -> Facts:
        found = [article.product.sku for article in lookup.search(self.till, step.text)]
        self._found = found[0] if found else ""
        if step.first and self._found != step.first:
            raise Refused("play_expected", what="first", wanted=step.first, found=self._found)
        return {"found": len(found), "first": self._found}

    def _add(self, step: play.Add, _: Approval | None) -> Facts:
        sku = step.sku or self._found
        return self._changed(*checkout.add(self.till, self._open_basket(), sku, _amount(step.qty)))

    def _custom(self, step: play.Custom, agreed: Approval | None) -> Facts:
        return self._changed(
            *checkout.add_custom(
                self.till,
                self._open_basket(),
                step.label,
                self._minor(step.price),
                tax_code=step.tax_code,
                qty=milli(step.qty),
                approval=agreed,
            )
        )

    def _quantity(self, step: play.Quantity, _: Approval | None) -> Facts:
        line_id = self._line_id(step.line)
        basket = checkout.set_quantity(self._open_basket(), line_id, milli(step.qty))
        return self._changed(basket, line_id)

    def _discount(self, step: play.Discount, agreed: Approval | None) -> Facts:
        percent, amount = step.percent, step.amount or Decimal(0)
        value = self._minor(amount) if percent is None else whole(percent * 100)
        line_id = 0 if step.whole else self._line_id(step.line)
        basket = self._open_basket()
        given = price_hands.discount(self.till, basket, line_id, step, value, agreed)
        return self._changed(given, line_id)

    def _override(self, step: play.Override, agreed: Approval | None) -> Facts:
        line_id, price = self._line_id(step.line), self._minor(step.price)
        given = price_hands.override(self.till, self._open_basket(), line_id, step, price, agreed)
        return self._changed(given, line_id)

    def _coupon(self, step: play.Coupon, _: Approval | None) -> Facts:
        return self._changed(price_hands.coupon(self.till, self._open_basket(), step))

    def _note(self, step: play.Note, _: Approval | None) -> Facts:
        line_id = self._line_id(step.line)
        return self._changed(checkout.note_line(self._open_basket(), line_id, step.text), line_id)

    def _remove(self, step: play.Remove, agreed: Approval | None) -> Facts:
        line_id = self._line_id(step.line)
        basket = checkout.remove_line(
            self.till, self._open_basket(), line_id, reason=step.reason, approval=agreed
        )
        return self._changed(basket)

    def _confirm_age(self, step: play.ConfirmAge, agreed: Approval | None) -> Facts:
        line_id = self._line_id(step.line)
        basket = checkout.confirm_age(
            self.till,
            self._open_basket(),
            line_id,
            without_proof=step.without_proof,
            reason=step.reason,
            approval=agreed,
        )
        return self._changed(basket, line_id)

    # Money.

    def _pay(self, step: play.Pay, _: Approval | None) -> Facts:
        basket = self._open_basket()
        given = None if step.amount is None else self._minor(step.amount)
        if step.tender == "card" and card.integrated(self.till):
            self._payments = card_hands.charge(self.till, basket, self._payments, given)
        else:
            self._payments = checkout.pay(
                self.till, basket, self._payments, step.tender, given, step.reference
            )
            checkout.keep(self.till, basket, self._payments)
        return self._paid(basket, step.paper)

    def _paid(self, basket: Basket, paper: str = "receipt") -> Facts:
        """The sale, where nothing is left to pay."""
        standing = checkout.settlement(self.till, basket, self._payments)
        if not standing.complete:
            return {"due": standing.due, "due_cash": standing.due_cash}
        self._done = done = checkout.complete(self.till, basket, self._payments, paper)
        value_hands.sold(self.till, self.counter)
        self._basket, self._payments = None, ()
        return {
            "doc_no": done.sale.doc_no,
            "sale": done.sale.id,
            "seq": done.position.seq,
            "total": done.sale.total,
            "payable": done.sale.payable,
            "change": done.change,
        }

    def _ask_card(self, _step: play.AskCard, _: Approval | None) -> Facts:
        basket = self._open_basket()
        self._payments = card_hands.ask_running(self.till, basket, self._payments)
        return self._paid(basket)

    def _keep_open(self, _step: play.KeepOpen, _: Approval | None) -> Facts:
        basket = self._open_basket()
        attempt = card_hands.running(self.till, basket)
        if attempt is None:
            raise Refused("no_such_payment")
        label = f"P-{attempt.number}"
        card.keep_open(self.till, basket, self._payments, attempt, label=label)
        self._basket, self._payments = None, ()
        return {"number": attempt.number}

    def _card_by_hand(self, step: play.CardByHand, _: Approval | None) -> Facts:
        basket = self._open_basket()
        attempt = card_hands.running(self.till, basket)
        if attempt is None:
            raise Refused("no_such_payment")
        settled = card.settle_by_hand(
            *(self.till, attempt, basket, self._payments), approved=step.approved, slip=step.slip
        )
        self._payments = settled.payments
        return self._paid(basket) if step.approved else {"number": attempt.number}

    def _settle_open(self, _step: play.SettleOpen, _: Approval | None) -> Facts:
        return card_hands.settle_kept(self.till)

    def _terminal(self, step: play.Terminal, _: Approval | None) -> Facts:
        return card_hands.tell_terminal(self.till, list(step.script), step.plugged)

    def _take_back(self, step: play.TakeBack, _: Approval | None) -> Facts:
        place = step.payment - 1 if step.payment else len(self._payments) - 1
        basket = self._open_basket()
        self._payments = value_hands.take_back(self.till, basket, self._payments, place)
        checkout.keep(self.till, basket, self._payments)
        return {"payments": len(self._payments)}

    def _park(self, step: play.Park, _: Approval | None) -> Facts:
        parking.park(self.till, self._open_basket(), self._payments, label=step.label)
        self._basket = None
        return {"parked": len(parking.parked(self.till))}

    def _recall(self, step: play.Recall, _: Approval | None) -> Facts:
        held = [each for each in parking.parked(self.till) if step.label in ("", each.label)]
        if not held:
            raise Refused("no_such_parked")
        self._basket = parking.recall(self.till, held[-1].park_id)
        self._payments = (checkout.restored(self.till) or (None, ()))[1]
        self._line = self._basket.lines[-1].line_id
        return {"lines": len(self._basket.lines)}

    def _cancel(self, step: play.Cancel, agreed: Approval | None) -> Facts:
        checkout.cancel(
            self.till, self._open_basket(), self._payments, reason=step.reason, approval=agreed
        )
        self._basket = None
        return {}

    def _void(self, step: play.Void, agreed: Approval | None) -> Facts:
        made = sale_id(self.till, step.doc_no)
        done = void.void_sale(self.till, made, step.reason, approval=agreed)
        card_hands.give_owed(self.till, done.void.id)
        return {"doc_no": done.void.doc_no, "sale": done.void.sale, "total": done.void.total}

    def _refund(self, step: play.Refund, agreed: Approval | None) -> Facts:
        return refund_hands.take_back(self.till, step, agreed, self.counter)

    def _return(self, step: play.ReturnStep, agreed: Approval | None) -> Facts:
        facts, opened = return_hands.does(self.till, step, agreed, self.counter)
        if opened is not None:
            self._basket, self._payments = opened
        return facts

    def _paper(self, step: PaperStep, agreed: Approval | None) -> Facts:
        return on_paper(self.till, step, sale_id(self.till, step.doc_no), agreed)

    def _open_drawer(self, step: play.OpenDrawer, agreed: Approval | None) -> Facts:
        drawer.open_drawer(self.till, step.reason, approval=agreed)
        drawer.kick(self.till)
        return {}

    def _cash(self, step: CashStep, agreed: Approval | None) -> Facts:
        return drawer_hands.move_cash(self.till, step, self._minor(step.amount), agreed)

    def _x_report(self, step: play.XReport, _: Approval | None) -> Facts:
        return drawer_hands.look(self.till, printed=step.printed)

    # Paper.

    def _printer(self, step: play.Printer, _: Approval | None) -> Facts:
        """Only a simulated printer can be told to fail."""
        printer: Any = self.till.devices.printer
        if not hasattr(printer, "pull_after"):
            raise Refused("play_printer_not_simulated")
        if step.fault:
            printer.fault = type(printer.fault)(step.fault)
        if step.pull_after is not None:
            printer.pull_after = step.pull_after
        if step.empty_after is not None:
            printer.empty_after = step.empty_after
        return {}

    def _print(self, step: play.Print, _: Approval | None) -> Facts:
        printing = self.till.printing
        for job in self.till.ledger.print_jobs(("unknown",)):
            if step.unknown == "confirm":
                printing.confirm(job.job_id)
            elif step.unknown == "again":
                printing.print_again(job.job_id)
        printing.retry_now()
        return {}

    # Looking.

    def _expect(self, step: play.Expect, _: Approval | None) -> Facts:
        """Compares what the step names with what is; says all that differs."""
        seen = Seen(self.till, self._basket, self._payments, self._done, self.printed)
        return {"held": expect(step, seen)}

    def _minor(self, amount: Decimal) -> int:
        return minor(amount, self.till.store.currency)

    def _case(self, step: play.TakeCase | play.SettleCase, agreed: Approval | None) -> Facts:
        return case_hands.decided(self.till, step, agreed)

    def _promise(self, step: play.Reserve | play.CancelReservation, _: Approval | None) -> Facts:
        return promise_hands.promised(self.till, step)

    def _customer(self, step: customer_steps.CustomerStep, agreed: Approval | None) -> Facts:
        facts, basket = customer_hands.does(
            self.till, step, agreed, self._open_basket, paid=bool(self._payments)
        )
        if basket is None:
            return facts
        before, told = self._basket, self._changed(basket)
        points_hands.named(self.till, before, basket, self.counter.wait)
        return {**told, **facts}

    def _points(self, step: points_steps.PointsStep, agreed: Approval | None) -> Facts:
        wait, basket = self.counter.wait, self._open_basket()
        facts, basket = points_hands.does(self.till, step, agreed, basket, wait)
        return {**self._changed(basket), **facts}

    def _value(self, step: value_hands.ValueStep, agreed: Approval | None) -> Facts:
        deal = value_hands.Deal(self._open_basket, self._payments)
        facts = value_hands.does(self.till, step, agreed, self.counter, deal)
        if deal.paid == self._payments:
            return self._changed(*deal.sold) if deal.sold else facts
        self._payments = deal.paid
        return {**facts, **self._paid(self._open_basket(), deal.paper)}

    def _stock(self, step: play.StockStep, _: Approval | None) -> Facts:
        return stock_hands.does(self.till, step)

    def _goods(self, step: goods_steps.GoodsStep, agreed: Approval | None) -> Facts:
        return goods_hands.does(self.till, step, agreed)

    def _order(self, step: play.OrderStep, agreed: Approval | None) -> Facts:
        return order_hands.does(self.till, step, agreed)

    def _hand_over(self, step: play.HandOver, agreed: Approval | None) -> Facts:
        facts, basket = order_hands.hand(self.till, step, agreed, self._basket)
        if basket is not None:
            self._basket, self._payments = basket, ()
        return facts

    def _put_away(self, _step: play.PutAway, _: Approval | None) -> Facts:
        self._basket = hand_over.put_away(self.till, self._open_basket())
        return {"lines": len(self._basket.lines)}

    _DOES: ClassVar[dict[type[play.Step], Callable[[Hands, Any, Approval | None], Facts]]] = {
        play.SignIn: _sign_in,
        play.SignOut: _sign_out,
        play.Unlock: _unlock,
        play.Training: _training,
        play.OpenShift: _open_shift,
        play.CloseShift: _close_shift,
        play.Scan: _scan,
        play.Search: _search,
        play.Add: _add,
        play.Custom: _custom,
        play.Quantity: _quantity,
        play.Discount: _discount,
        play.Override: _override,
        play.Coupon: _coupon,
        play.Note: _note,
        play.Remove: _remove,
        play.ConfirmAge: _confirm_age,
        play.Pay: _pay,
        play.AskCard: _ask_card,
        play.KeepOpen: _keep_open,
        play.CardByHand: _card_by_hand,
        play.SettleOpen: _settle_open,
        play.Terminal: _terminal,
        play.TakeBack: _take_back,
        play.Park: _park,
        play.Recall: _recall,
        play.Cancel: _cancel,
        play.Void: _void,
        play.Refund: _refund,
        **dict.fromkeys(get_args(play.ReturnStep), _return),
        play.Reprint: _paper,
        play.Gift: _paper,
        play.Invoice: _paper,
        play.OpenDrawer: _open_drawer,
        play.CashIn: _cash,
        play.CashOut: _cash,
        play.SafeDrop: _cash,
        play.XReport: _x_report,
        play.Printer: _printer,
        play.Print: _print,
        play.Reserve: _promise,
        play.CancelReservation: _promise,
        play.TakeCase: _case,
        play.SettleCase: _case,
        **dict.fromkeys(get_args(play.OrderStep), _order),
        **dict.fromkeys(get_args(goods_steps.GoodsStep), _goods),
        **dict.fromkeys(get_args(customer_steps.CustomerStep), _customer),
        **dict.fromkeys(get_args(points_steps.PointsStep), _points),
        **dict.fromkeys(get_args(value_hands.ValueStep), _value),
        play.HandOver: _hand_over,
        play.PutAway: _put_away,
        **dict.fromkeys(get_args(play.StockStep), _stock),
        play.Expect: _expect,
    }


def _amount(qty: Decimal | None) -> int | None:
    """A quantity in thousandths; None for one piece, or what a label says."""
    return None if qty is None else milli(qty)
