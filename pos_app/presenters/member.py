"""The customer of the open sale: who they are, their points, and the one key that uses them.

F4 takes the best reward there is, or gives back what was taken. Where the hub has to be asked first
the basket stays as it is until the answer is there; a change of the basket meanwhile is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError, Unavailable
from pos_app.domain.loyalty import Programme
from pos_app.domain.member import Attached
from pos_app.presenters.consent import initials
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.views import points_text
from pos_app.till import points
from pos_app.till.points import Offer
from pos_app.till.till import Till
from pos_app.words import _, clock, money

if TYPE_CHECKING:
    from pos_app.presenters.selling import Selling

PLACES = 5
"""Rewards of the chooser that have a digit of their own."""


class MemberView(msgspec.Struct, frozen=True):
    """The strip above the basket."""

    name: str
    letters: str
    detail: str = ""
    """Tier and points; without the hub as of when."""
    tier: bool = False
    words: str = ""
    """What the button does; empty for no button."""
    amount: str = ""
    using: bool = False
    enabled: bool = True
    choice: bool = False
    """True where there is more than one reward."""


class RewardRow(msgspec.Struct, frozen=True):
    """A reward of the chooser."""

    reward: str
    label: str
    points: str
    amount: str
    place: int
    """Its digit with Alt; 0 for none."""
    taken: bool = False


class RewardState(msgspec.Struct, frozen=True):
    """The chooser."""

    name: str = ""
    detail: str = ""
    rows: tuple[RewardRow, ...] = ()


def detail_of(till: Till, customer: Attached, programme: Programme | None) -> str:
    """Gold · 1,240 pts; without the hub as of when."""
    if not customer.member:
        return _("Not in the programme")
    tiers = {tier.tier: tier.name for tier in programme.tiers} if programme else {}
    told = points_text(customer.points)
    if till.offline and customer.as_of:
        time = clock(parse_utc(customer.as_of), till.store.zone)
        told = _("{points} at {time}").format(points=told, time=time)
    tier = tiers.get(customer.tier, "")
    return _("{tier} \u00b7 {points}").format(tier=tier, points=told) if tier else told


class MemberPoints:
    """What F4 does, and what the strip shows."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_choose: Callable[[RewardState], None] = lambda _state: None
        self._wanted = ""
        """The basket whose reward waits for the hub's answer."""
        self._reward = ""
        selling.member_view = self.view
        selling.on_customer = self.customer_changed

    # ---- what is shown

    def view(self, basket: Basket) -> MemberView | None:
        """The strip; None where nobody is named."""
        customer, till = basket.customer, self.desk.till
        if customer is None:
            return None
        programme = points.programme_of(till, basket)
        base = MemberView(
            customer.name,
            initials(customer.name),
            detail_of(till, customer, programme),
            bool(programme and customer.tier),
        )
        change = msgspec.structs.replace
        if basket.rewards:
            cost = sum(reward.points for reward in basket.rewards)
            words = _("Give back {points}").format(points=points_text(cost))
            off = self._off(basket)
            more = bool(points.rewards(till, basket))
            return change(base, words=words, amount=off, using=True, choice=more)
        if self._wanted == basket.basket_id:
            return change(base, words=_("Asking head office\u2026"), enabled=False)
        offers = points.rewards(till, basket)
        if not offers:
            return base
        best = offers[0]
        words = _("Use {points}").format(points=points_text(best.points))
        amount = money(-best.amount, basket.currency)
        return change(base, words=words, amount=amount, choice=len(offers) > 1)

    def _off(self, basket: Basket) -> str:
        return money(-sum(reward.amount for reward in basket.rewards), basket.currency)

    def rewards(self) -> RewardState:
        """The chooser as it is now: what is taken first, then what may be had."""
        basket = self.selling.basket
        if basket is None or basket.customer is None:
            return RewardState()
        rows = [
            RewardRow(
                *(each.reward, each.label, points_text(each.points)),
                *(money(-each.amount, basket.currency), 0, True),
            )
            for each in basket.rewards
        ]
        offers = points.rewards(self.desk.till, basket)
        rows += [self._row(each, basket.currency) for each in offers]
        placed = tuple(
            msgspec.structs.replace(row, place=at if at <= PLACES else 0)
            for at, row in enumerate(rows, 1)
        )
        programme = points.programme_of(self.desk.till, basket)
        detail = detail_of(self.desk.till, basket.customer, programme)
        return RewardState(basket.customer.name, detail, placed)

    def _row(self, offer: Offer, currency: str) -> RewardRow:
        amount = money(-offer.amount, currency)
        return RewardRow(offer.reward, offer.label, points_text(offer.points), amount, 0)

    # ---- what is done

    def key(self) -> None:
        """F4: uses points, or gives them back."""
        basket = self.selling.basket
        if basket is None or basket.customer is None or self.selling.state.busy:
            self.desk.hands.toast(_("Name the customer first."))
            return
        if basket.rewards:
            self.give_back()
        else:
            self.use()

    def choose(self) -> None:
        """The chooser opens."""
        self.on_choose(self.rewards())

    def press(self, place: int) -> None:
        """A row of the chooser was pressed: taken, or given back."""
        rows = self.rewards().rows
        if not 1 <= place <= len(rows):
            return
        row = rows[place - 1]
        self.desk.hands.close_sheet()
        if row.taken:
            self.give_back(row.reward)
        else:
            self.use(row.reward)

    def give_back(self, reward: str = "") -> None:
        """Nothing of it was spent yet."""
        basket = self.selling.basket
        if basket is None or self.selling.payments:
            self._paid_already()
            return
        self.selling.take(points.give_back(self.desk.till, basket, reward))
        self.desk.hands.announce(_("Points given back. Total {total}").format(total=self._total()))

    def _paid_already(self) -> None:
        self.desk.hands.toast(_("Points are used before the payment. Take the payment back first."))

    def use(self, reward: str = "") -> None:
        """Takes a reward, the best one where none is named."""
        basket, till = self.selling.basket, self.desk.till
        if basket is None:
            return
        if self.selling.payments:
            self._paid_already()
            return

        def act(consent: Consent) -> tuple[Basket, Basket]:
            return basket, points.use(till, basket, reward, approval=consent.approval)

        self._reward = reward
        self.desk.attempt(act, self._used, self._not_used, title=_("Use points"), lane=LEDGER)

    def _used(self, both: tuple[Basket, Basket]) -> None:
        before, after = both
        self._wanted = ""
        now = self.selling.basket
        if now is None or now.basket_id != before.basket_id:
            return
        if now != before:  # something was scanned meanwhile
            self.use(self._reward)
            return
        self.selling.take(after)
        self.desk.hands.sound("ok")
        words = _("{points} used. Total {total}")
        cost = sum(reward.points for reward in after.rewards)
        self.desk.hands.announce(words.format(points=points_text(cost), total=self._total()))

    def _not_used(self, error: PosError) -> None:
        basket = self.selling.basket
        if isinstance(error, Unavailable) and error.code == "points_asked" and basket is not None:
            self._wanted = basket.basket_id
            self.selling.refresh()
            return
        self._wanted = ""
        self.desk.hands.sound("refused")
        self.desk.tell(error)
        self.selling.refresh()
        if error.code == "points_changed":
            self._look()

    def _total(self) -> str:
        return self.selling.state.total

    # ---- the hub's word

    def customer_changed(self, before: Basket | None, after: Basket | None) -> None:
        """Somebody else is named, or nobody: what was held goes back, and new points are asked for."""
        till = self.desk.till
        self._wanted = ""

        def act() -> None:
            if before is not None and before.customer is not None:
                points.let_go(till, before)
            if after is not None:
                points.prefetch(till, after)

        self.desk.hands.run(LEDGER, act, lambda _done: self.selling.refresh(), self._not_asked)

    def before_pay(self) -> None:
        """Pay opens: what a long sale let run out is asked for again."""
        basket, till = self.selling.basket, self.desk.till
        if basket is not None and basket.customer is not None and not basket.rewards:
            self.desk.hands.run(
                LEDGER, lambda: points.prefetch(till, basket), None, self._not_asked
            )

    def _not_asked(self, error: BaseException) -> None:
        """Selling goes on: what cannot be asked now is asked when F4 is pressed."""
        if not isinstance(error, PosError):
            raise error

    def heard(self) -> None:
        """The hub answered something: perhaps it was about these points."""
        basket = self.selling.basket
        if basket is None or basket.customer is None:
            return
        if basket.basket_id == self._wanted:
            self._wanted = ""
            self.use(self._reward)
            return
        self._look()

    def _look(self) -> None:
        basket, till = self.selling.basket, self.desk.till
        if basket is None:
            return

        def seen(now_known: Basket) -> None:
            held = self.selling.basket
            if held is not None and held.basket_id == basket.basket_id:
                self.selling.know(now_known.customer)

        self.desk.hands.run(LEDGER, lambda: points.look(till, basket), seen, self._not_asked)
