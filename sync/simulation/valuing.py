"""What people at a simulated till do with values: points, gift cards, credit, and goods that come back.

The verbs are the till's own, on a real `Till` around the ledger of a simulated window: a basket is
filled, a card is held, a reward is used, and at every step the process may end and begin again with
what was kept. What a customer has in their pocket (cards, slips, receipts) no fault touches.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Final, cast

from hardware.devices import Devices
from pos_app.domain.basket import Basket
from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError
from pos_app.domain.member import Attached
from pos_app.domain.returns import DAMAGED, SELLABLE
from pos_app.domain.staff import Role, Staff
from pos_app.domain.tender import Payment
from pos_app.domain.value_code import CARD, CREDIT, ValueCode, read_code
from pos_app.settings import Settings
from pos_app.store.catalogue import Catalogue
from pos_app.store.ledger import Ledger
from pos_app.till import (
    checkout,
    exchange,
    finding_sales,
    inquiries,
    pending,
    points,
    refund,
    returning,
    rights,
    scanning,
    values,
    void,
)
from pos_app.till.permission import Approval
from pos_app.till.reference import Reference
from pos_app.till.returning import Returning
from pos_app.till.till import Till
from sync.link import SyncStatus
from sync.simulation.ordering import Ordering, policy
from sync.simulation.pockets import Line, Pockets, Printer
from sync.simulation.promises import Printed, Promises
from sync.simulation.righting import Righting, ToHub
from sync.simulation.shop import RULES, STORE, sku

MEMBERS: Final = tuple(f"0197a1c2-0000-7000-8000-00000000c00{n}" for n in range(1, 5))
"""Few, so that several tills want the same points."""
SOLD_KEPT: Final = 30
PRINTED_AT_ONCE: Final = 8
CASH: Final = "cash"
PRODUCTS: Final = 40


class Valuing(Righting):
    """The part of a keeper's day that is about values."""

    share = 0.94

    def __init__(
        self, name: str, rng: Random, promises: Promises, to_hub: ToHub, pockets: Pockets
    ) -> None:
        super().__init__(name, rng, promises, to_hub)
        self.catalogue: Callable[[], Catalogue | None] = lambda: None
        self.data = Path()
        self.keys: Any = None
        self.ordering: Ordering | None = None
        self.fetched: Callable[[], list[str]] = list
        """Orders of the web shop that somebody has fetched."""
        self._pockets = pockets
        self._line = Line()
        self._of: object = None
        self._basket: Basket | None = None
        self._payments: tuple[Payment, ...] = ()
        self._asked: values.Asked | None = None
        self._back: Returning | None = None
        self._search: Any = None

    # ---- the till

    def at(self, ledger: Ledger) -> Till:
        """A real till with this ledger in it; another one where the window began anew."""
        catalogue = self.catalogue()
        if self._of is not ledger or catalogue is None:
            self._of = ledger
            self._forget()
            self._till = self._made(ledger, catalogue)
            self._restore()
        self._till.catalogue = cast("Catalogue", catalogue)
        return self._till

    def _made(self, ledger: Ledger, catalogue: Catalogue | None) -> Till:
        store = replace(STORE, store_id=ledger.identity.store)
        person = Staff("1", "Manager", Role.MANAGER, "")
        till = Till(
            *(self.data, Settings(), self.keys, ledger, cast("Any", ledger)),
            *(cast("Catalogue", catalogue), Devices(printer=cast("Any", Printer()))),
            clock=ledger.clock,
            link=cast("Any", self._line),
        )
        till.to_hub = self._to_hub
        till.person = person
        till.shift = ledger.current_shift()
        far = datetime(2099, 1, 1, tzinfo=UTC)
        till.own = Reference(store, RULES, policy(), {"1": person}, signed=True, policy_until=far)
        return till

    def _forget(self) -> None:
        """The process ended: what was only in its memory is gone."""
        self._basket, self._payments, self._asked = None, (), None
        self._back = self._search = None

    def _restore(self) -> None:
        """What was kept comes back; payments that are not good any more do not."""
        found = checkout.restored(self._till)
        if found is None:
            with contextlib.suppress(PosError):
                points.tidy(self._till)
                values.release_left(self._till, ())
            return
        self._basket, payments, _when = found
        self._payments = values.still_good(self._till, payments)
        with contextlib.suppress(PosError):
            points.tidy(self._till)
            values.release_left(self._till, self._payments)

    # ---- what a person does

    def act(self, ledger: Ledger) -> None:
        """Whatever comes next; what the till refuses is refused, and that is all."""
        till = self.at(ledger)
        if till.catalogue is None or till.catalogue.source != "current":
            return
        till.shift = ledger.current_shift()
        if till.shift is None:
            return
        till.loyalty.look(till.catalogue, till.own.store)
        self.stand()
        names, weights = zip(*self._VALUES, strict=True)
        act = self._rng.choices(names, weights)[0]
        with contextlib.suppress(PosError):
            rights.release_over(till)
            act(self)
        self._print()

    def _print(self) -> None:
        """The printer prints what waits: codes on paper are with the customer from then on."""
        till = self._till
        jobs = till.ledger.print_jobs(("queued",))
        for job in jobs:
            code = str(job.receipt.get("code", ""))
            if code:
                with contextlib.suppress(PosError):
                    self._pocket(read_code(code))
        if len(jobs) > PRINTED_AT_ONCE:
            with till.ledger.transaction() as tx:
                for job in jobs:
                    tx.print_state(job.job_id, "printed")

    def _pocket(self, code: ValueCode) -> None:
        if code not in self._pockets.codes:
            self._pockets.codes.append(code)

    # a sale, step by step

    def _go_on(self) -> None:
        """The open basket comes one step further; without one somebody comes."""
        if self._basket is None:
            self._begin()
            return
        if self._asked is not None:
            self._by_value()
            return
        step = self._rng.randrange(12)
        if step < 3:
            self._reward()
        elif step < 8 and self._payments == ():
            self._by_value()
        elif step == 8 and self._rng.randrange(3) == 0:
            self._call_off()
        else:
            self._pay_and_end()

    def _begin(self) -> None:
        till = self._till
        basket = checkout.start(till)
        for _ in range(self._rng.choice((1, 1, 2, 3))):
            number = self._rng.randint(1, PRODUCTS)
            basket, _line = scanning.add(till, basket, sku(number))
        if self._rng.randrange(3):
            basket = replace(basket, customer=self._member())
        dice = self._rng.randrange(8)
        if dice < 2:
            amount = 100 * self._rng.randint(5, 60)
            basket, _line = values.sell(till, basket, CARD, amount)
        elif dice == 2 and self._pockets.codes:
            code = self._rng.choice(self._pockets.codes)
            if code.kind == CARD:
                text = code.qr
                basket, _line = values.sell(till, basket, CARD, 1_000, text)
        self._basket, self._payments, self._asked = basket, (), None
        checkout.keep(till, basket)
        points.prefetch(till, basket)

    def _member(self) -> Attached:
        customer = self._rng.choice(MEMBERS)
        known = self._rng.choice((0, 150, 600, 2_000))
        at = utc_text(self._till.now())
        return Attached(customer, "Mira", customer, member=True, points=known, as_of=at)

    def _reward(self) -> None:
        """Once or twice: the hub is asked, or its grant is here."""
        if self._basket is None or self._basket.customer is None:
            self._pay_and_end()
            return
        basket = points.look(self._till, self._basket)
        self._basket = basket
        basket = points.use(self._till, basket, approval=self._agreed("unsecured_burn"))
        self._basket = basket
        checkout.keep(self._till, basket, self._payments)

    def _by_value(self) -> None:
        """A card, a slip or somebody's credit pays a part of it."""
        till, basket = self._till, self._basket
        if basket is None:
            return
        if self._asked is None:
            self._ask_value(till, basket)
            return
        state, _amount = values.standing(till, self._asked)
        if state == values.WAITING and self._rng.randrange(5):
            return
        if state != values.HELD:
            asked, self._asked = self._asked, None
            values.give_up(till, asked)
            return
        paid = values.pay_with(till, basket, self._payments, self._asked)
        self._payments, self._asked = paid, None
        checkout.keep(till, basket, paid)
        if self._rng.randrange(8) == 0:
            self._payments = values.take_back(till, paid, len(paid) - 1)
            checkout.keep(till, basket, self._payments)

    def _ask_value(self, till: Till, basket: Basket) -> None:
        amount = self._rng.choice((0, 0, 300))
        customer = basket.customer
        if customer is not None and self._rng.randrange(3) == 0:
            self._asked = values.begin_account(
                *(till, basket, self._payments, CREDIT, customer.account)
            )
        elif self._pockets.codes:
            code = self._rng.choice(self._pockets.codes[-12:])
            self._asked = values.begin(till, basket, self._payments, code, amount)

    def _pay_and_end(self) -> None:
        till, basket = self._till, self._basket
        if basket is None:
            return
        if self._asked is not None:
            asked, self._asked = self._asked, None
            values.give_up(till, asked)
        payments = self._payments
        if not checkout.settlement(till, basket, payments).complete:
            payments = checkout.pay(till, basket, payments, CASH)
        try:
            done = checkout.complete(till, basket, payments)
        except PosError:
            self._start_over(till, basket)
            raise
        self._basket, self._payments = None, ()
        self._hand(done.sale)
        if done.refund is not None:
            self._hand(done.refund)
        self._pockets.receipts.append(done.sale.id)
        del self._pockets.receipts[:-SOLD_KEPT]
        values.release_left(till, ())

    def _start_over(self, till: Till, basket: Basket) -> None:
        """It cannot be sold so: rewards off, and what was held goes back."""
        if till.ledger.sale(basket.basket_id) is not None:
            self._basket, self._payments = None, ()
            return
        for place in reversed(range(len(self._payments))):
            if self._payments[place].account:
                self._payments = values.take_back(till, self._payments, place)
        self._payments = tuple(one for one in self._payments if one.tender == "exchange")
        if basket.rewards:
            self._basket = replace(points.give_back(till, basket))
            checkout.keep(till, self._basket, self._payments)

    def _call_off(self) -> None:
        till, basket = self._till, self._basket
        if basket is None:
            return
        if self._asked is not None:
            asked, self._asked = self._asked, None
            values.give_up(till, asked)
        for place in reversed(range(len(self._payments))):
            if self._payments[place].account:
                self._payments = values.take_back(till, self._payments, place)
        checkout.cancel(till, basket, (), reason="changed their mind")
        self._basket, self._payments = None, ()

    # goods that come back

    def _come_back(self) -> None:
        """Somebody brings a receipt; the hub's word is asked, and the money given later."""
        till = self._till
        if self._back is not None:
            self._pay_back()
            return
        found = self._receipt_of(till)
        if found is None:
            return
        back = refund.begin(till, found)
        rows = [row for row in refund.left(till, back) if row.qty > 0]
        if not rows:
            return
        wanted = rows if self._rng.randrange(2) else [self._rng.choice(rows)]
        for row in wanted:
            qty = self._rng.choice((row.qty, row.qty, min(row.qty, 1_000)))
            condition = self._rng.choice((SELLABLE, SELLABLE, DAMAGED))
            back = returning.choose(back, row.line.line, qty, "too_small", condition)
        self._back = refund.authorise(till, back)

    def _receipt_of(self, till: Till) -> Any:
        """A sale that is known here; else head office is asked, and tells another time."""
        if self._search is not None:
            search, self._search = finding_sales.heard(till, self._search), None
            if search.found is not None:
                return search.found
            if search.state == finding_sales.WAITING:
                self._search = search
            return None
        fetched = self.fetched() if self._rng.randrange(2) == 0 else []
        known = fetched or self._pockets.receipts
        if not known:
            return None
        wanted = self._rng.choice(known)
        try:
            return refund.find_by_id(till, wanted)
        except PosError:
            self._search = finding_sales.of_id(till, wanted)
            return None

    def _pay_back(self) -> None:
        till, back = self._till, self._back
        if back is None:
            return
        word = back.auth and rights.answer(till, back.auth)
        if back.auth and word is None and not till.offline and self._rng.randrange(4):
            return
        self._back = None
        dice = self._rng.randrange(10)
        if pending.why_not(till, back):
            if dice < 5:
                self._pend(till, back)
                return
        elif dice < 2:
            account = back.found.customer if self._rng.randrange(2) else ""
            back = returning.pay_by(back, "credit", account)
        elif dice == 2:
            back = returning.pay_by(back, "gift_card")
        elif dice < 8:
            self._exchange(till, back)
            return
        action = refund.ACTION
        done = refund.complete(till, back, approval=self._agreed(action))
        self._hand(done.refund)

    def _pend(self, till: Till, back: Returning) -> None:
        goods = pending.of_return(till, back)
        made = pending.pend(till, goods, approval=self._agreed(pending.ACTION))
        if goods.code is not None:
            self._pocket(goods.code)
            self._pockets.slips[made.fact.slip] = made.fact.id
        self._hand(made.fact)

    def _exchange(self, till: Till, back: Returning) -> None:
        """Something else for it; who owes the rest pays it, or gets it."""
        if self._basket is not None:
            self._back = back  # another time
            self._pay_and_end()
            return
        wanted = sku(self._rng.randint(1, PRODUCTS))
        back = exchange.take_instead(till, back, wanted)
        basket, payments = exchange.to_pay(till, back, approval=self._agreed(exchange.ACTION))
        self._basket, self._payments = basket, payments
        checkout.keep(till, basket, payments)
        self._pay_and_end()

    def _take_all_back(self) -> None:
        """A sale of this till is voided as a whole."""
        sale = self._own_sale()
        if sale is not None:
            agreed = self._agreed("void_sale")
            done = void.void_sale(self._till, sale, "wrong item", approval=agreed)
            self._hand(done.void)

    def _own_sale(self) -> str | None:
        found = [one for one in self._pockets.receipts[-6:] if self._till.ledger.sale(one)]
        return self._rng.choice(found) if found else None

    # the rest

    def _by_hand(self) -> None:
        """Credit that no return brought."""
        customer = self._rng.choice(MEMBERS)
        given = values.give_credit(
            *(self._till, customer, customer, 100 * self._rng.randint(1, 9)),
            reason="sorry",
            approval=self._agreed(values.BY_HAND),
        )
        self._hand(given)

    def _ask_again_(self) -> None:
        rights.ask_again(self._till)

    def _free_booked(self) -> None:
        values.settle_booked(self._till, self._payments)

    def _of_orders(self) -> None:
        ordering = self.ordering
        if ordering is not None:
            ordering.act(self._till.ledger, self._till.catalogue)

    _VALUES: ClassVar = (
        (_go_on, 62),
        (_come_back, 24),
        (_take_all_back, 2),
        (_by_hand, 2),
        (_ask_again_, 3),
        (_free_booked, 3),
        (_of_orders, 30),
    )

    def _agreed(self, action: str) -> Approval:
        """Head office agrees to everything here: limits are another test's subject."""
        return Approval("9", Role.HQ, action, 1 << 40, "badge")

    def _hand(self, fact: Any) -> None:
        """The paper of a fact is with the customer; money put on cards is no turnover."""
        if fact is None:
            return
        kept = self._till.ledger.hash_of(fact.id) if fact.doc_no else ""
        total = int(getattr(fact, "total", 0))
        for line in getattr(fact, "lines", ()):
            if getattr(line, "value", "") or getattr(line, "order", ""):
                total -= line.total
        kind = type(fact).__name__
        self._promises.hands_out(Printed(fact.id, self.name, kind, fact.doc_no, kept, total))

    # what comes over the link, and how a day ends

    def heard(self, ledger: Ledger, message: Mapping[str, Any]) -> None:
        """What sync tells: an answer, or how it stands."""
        till = self.at(ledger)
        if message.get("op") == "answer" and inquiries.heard(till, message):
            return
        if message.get("op") == "status":
            self._line.status = SyncStatus.of(message)
        super().heard(ledger, message)

    def settle(self, ledger: Ledger) -> None:
        """All is calm: baskets are called off, what is open is asked again, what is held goes back."""
        till = self.at(ledger)
        till.shift = ledger.current_shift()
        if self._asked is not None:
            asked, self._asked = self._asked, None
            values.give_up(till, asked)
        if self._basket is not None and till.shift is not None:
            self._call_off()
        self._basket, self._payments, self._back = None, (), None
        with till.ledger.transaction() as tx:
            found = till.ledger.open_basket()
            if found is not None:
                tx.forget_basket(found[0].basket_id)
        super().settle(ledger)
