"""Points at the till: what a sale earns, what may be had for them, and taking both back.

    basket = attach(till, basket, row)
    prefetch(till, basket)                    # writes; what may be spent here, also when the line drops
    for offer in rewards(till, basket):       # what the customer may have now
        …
    basket = use(till, basket, "off")         # F4; writes where the hub has to be asked
    basket = give_back(till, basket)          # F4 again

Points are spent by right only: out of a grant of this till, out of what it earned itself while it
was offline, or, where the policy lets somebody answer for it, out of nothing. A right that an open
basket names is kept for it whatever the clock says; everything else goes back when its customer
leaves the basket, when its time is over, and when the program starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from pos_app.domain import loyalty as rules
from pos_app.domain.basket import Basket
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.loyalty import Deal, Having, Piece, Programme
from pos_app.domain.member import Attached, Reward
from pos_app.domain.pricing import Priced, price
from pos_app.store.rights_held import HeldRight
from pos_app.store.transaction import Transaction
from pos_app.till import rights as held
from pos_app.till import unsecured
from pos_app.till.permission import Approval, require
from pos_app.till.points_back import (
    KIND,
    PointsEffect,
    effect,
    take_all_back,
    take_back,
)
from pos_app.till.till import Till
from sync.protocol import FactPoints, Sale

__all__ = [
    "ASKING",
    "KIND",
    "MANAGER",
    "OFFLINE",
    "REDEEM",
    "Offer",
    "PointsEffect",
    "book",
    "check",
    "earned",
    "effect",
    "fitted",
    "give_back",
    "granted",
    "is_asking",
    "let_go",
    "look",
    "of_lines",
    "prefetch",
    "programme_of",
    "rewards",
    "take_all_back",
    "take_back",
    "tidy",
    "told",
    "use",
]
REDEEM: Final = "redeem_points"
PREFETCH_MAX: Final = 5_000
"""So many points are asked for a basket at most, where the programme says nothing."""
ASKING, OFFLINE, MANAGER = "asking", "offline", "manager"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something the customer may have for points."""

    reward: str
    label: str
    points: int
    amount: int
    lines: tuple[int, ...] = ()
    why: str = ""
    """Empty where `use` gives it at once; asking (the hub first), manager (somebody answers)."""


# --- what there is ------------------------------------------------------------------------


def programme_of(till: Till, basket: Basket) -> Programme | None:
    """The rules for the basket's customer; None where it has none, or they are no member."""
    customer = basket.customer
    if customer is None or not customer.member:
        return None
    return till.loyalty.of(basket)


def granted(till: Till, account: str, keep: Iterable[str] = ()) -> int:
    """What of an account may be spent here whatever the line does. Reads only, on any thread."""
    return sum(right.remaining for right in _here(till, till.view, account, frozenset(keep)))


def _here(till: Till, reads: Any, account: str, keep: frozenset[str]) -> list[HeldRight]:
    """The rights of this till on an account's points, those that go first first."""
    if till.suspect or till.training:
        return []
    found = [
        right
        for right in reads.held_rights()
        if (right.kind, right.account) == (KIND, account)
        and right.epoch == till.identity.epoch
        and (right.right_id in keep or not held.is_over(till, right))
    ]
    return sorted(found, key=lambda right: (right.form == held.SELF, right.got_at))


def rewards(till: Till, basket: Basket) -> tuple[Offer, ...]:
    """What the customer may have for points now, in the programme's order.

    Reads only. Offline no more than `granted` and what somebody may answer for; a till that may be
    a copy of itself gives nothing.
    """
    programme, customer = programme_of(till, basket), basket.customer
    if programme is None or customer is None or not basket.lines or till.suspect:
        return ()
    here = _unused(till, basket, customer)
    there, why = _beyond(till, customer, here, basket)
    found = []
    for deal in _deals(till, basket, programme, Having(max(here, there), customer.tier)):
        needs = "" if till.training or deal.points <= here else why
        found.append(
            Offer(deal.rule.reward, deal.rule.label, deal.points, deal.amount, deal.lines, needs)
        )
    return tuple(found)


def _unused(till: Till, basket: Basket, customer: Attached) -> int:
    """What may be spent here now, less what rewards of this basket take of it already."""
    keep = {reward.right for reward in basket.rewards}
    if till.training:
        return customer.points - _cost(basket)
    secured = sum(reward.points for reward in basket.rewards if not reward.unsecured)
    return max(0, granted(till, customer.account, keep) - secured)


def _beyond(till: Till, customer: Attached, here: int, basket: Basket) -> tuple[int, str]:
    """How much there may be with the hub's word or somebody's, and which of both."""
    if not till.offline:
        return customer.points - _cost(basket), ASKING
    open_risk = sum(reward.points for reward in basket.rewards if reward.unsecured)
    risk = unsecured.left(till, KIND, customer.account) - open_risk
    return (here, OFFLINE) if risk <= here else (risk, MANAGER)


def _cost(basket: Basket) -> int:
    return sum(reward.points for reward in basket.rewards)


def _deals(till: Till, basket: Basket, programme: Programme, having: Having) -> tuple[Deal, ...]:
    taken = [reward.reward for reward in basket.rewards]
    return rules.deals(programme, having, _pieces(till, basket), taken)


def _pieces(till: Till, basket: Basket) -> list[Piece]:
    """The basket's lines as they are priced with what is taken already."""
    priced = price(basket, till.rules, till.offers.of(basket))
    return [
        Piece(
            *(line.line_id, line.sku, line.department, worth.total, line.qty),
            counts=not line.fixed,
        )
        for line, worth in zip(basket.lines, priced.lines, strict=True)
    ]


# --- asking -------------------------------------------------------------------------------


def prefetch(till: Till, basket: Basket) -> str:
    """*Writes.* Asks for a grant of what the customer may want to spend in this basket; its id.

    Empty where there is nothing to ask, or nobody to ask it of. Call it when a member was attached,
    and again before paying: a right that lasts is not asked for twice.
    """
    programme, customer = programme_of(till, basket), basket.customer
    if programme is None or customer is None or not programme.rewards:
        return ""
    wanted = min(customer.points, programme.offline_cap or PREFETCH_MAX)
    return _ask(till, basket, customer, wanted)


def _ask(till: Till, basket: Basket, customer: Attached, wanted: int) -> str:
    if till.offline or till.suspect or till.training or wanted <= 0:
        return ""
    open_id = till.loyalty.asked.get(basket.basket_id, "")
    question = till.ledger.question(open_id) if open_id else None
    if question is not None and question.open:
        return open_id
    here = _here(till, till.ledger, customer.account, held.kept_by_basket(till))
    if sum(right.remaining for right in here if right.form != held.SELF) >= wanted:
        return ""
    for right in here:  # the account holds it back for us: it must be free to be asked for again
        if right.form != held.SELF and right.right_id not in held.kept_by_basket(till):
            held.release(till, right.right_id)
    ask_id = held.grant(till, KIND, customer.account, wanted, held.BASKET_TTL_S)
    till.loyalty.asked[basket.basket_id] = ask_id
    return ask_id


def is_asking(till: Till, basket: Basket) -> bool:
    """True while the hub's word on this basket's points is on its way. Reads only."""
    asked = till.loyalty.asked.get(basket.basket_id, "")
    question = till.view.question(asked) if asked else None
    return question is not None and question.open and not till.offline


def look(till: Till, basket: Basket) -> Basket:
    """*Writes.* The basket with what the hub's answer said of its customer's points.

    Where there are fewer than were asked for, those that are there are asked for. Call it when an
    answer came.
    """
    customer = basket.customer
    asked = till.loyalty.asked.get(basket.basket_id, "")
    told = held.answer(till, asked) if customer is not None and asked else None
    if told is None or customer is None or told.state != "REFUSED":
        return basket
    till.loyalty.asked.pop(basket.basket_id)
    if told.left >= customer.points:
        return basket
    till.loyalty.fewer[basket.basket_id] = (told.left, customer.as_of)
    now_known = replace(customer, points=told.left, as_of=told.hub_time)
    _ask(till, basket, now_known, told.left)
    return replace(basket, customer=now_known)


# --- F4 -----------------------------------------------------------------------------------


def use(
    till: Till, basket: Basket, reward: str = "", *, approval: Approval | None = None
) -> Basket:
    """*Writes.* The basket with a reward of the customer's; without a name the first there is.

    Raises Refused("nobody_named" | "no_reward"), Refused("points_not_here", granted=) offline beyond
    what this till was granted, Refused("needs_manager" …) where somebody may answer for it,
    Refused("points_changed", left=, as_of=) where they were spent elsewhere meanwhile, and
    Unavailable("points_asked") while the hub is asked: call it again when its answer came.
    """
    if basket.customer is None:
        raise Refused("nobody_named")
    require(till, REDEEM)
    found = [each for each in rewards(till, basket) if reward in ("", each.reward)]
    if not found:
        raise _nothing(till, basket, reward)
    offer = found[0]
    if offer.why == ASKING:
        return _use_asked(till, basket, offer)
    if offer.why == OFFLINE:
        raise Refused("points_not_here", granted=_unused(till, basket, basket.customer))
    agreed = ""
    if offer.why == MANAGER:
        agreed = require(till, unsecured.ACTION, approval=approval)
    return _with(till, basket, offer, agreed)


def _nothing(till: Till, basket: Basket, reward: str) -> Refused:
    """Why there is nothing to be had."""
    if till.suspect:
        return Refused("rights_not_now")
    customer = basket.customer
    if till.offline and customer is not None and not till.training:
        programme = programme_of(till, basket)
        having = Having(customer.points - _cost(basket), customer.tier)
        if programme is not None and any(
            reward in ("", deal.rule.reward) for deal in _deals(till, basket, programme, having)
        ):
            return Refused("points_not_here", granted=_unused(till, basket, customer))
    if basket.basket_id in till.loyalty.fewer:
        left, as_of = till.loyalty.fewer[basket.basket_id]
        return Refused("points_changed", left=left, as_of=as_of)
    return Refused("no_reward")


def _use_asked(till: Till, basket: Basket, offer: Offer) -> Basket:
    """Points that no right of this till covers yet: the hub is asked, or has answered."""
    customer = basket.customer
    if customer is None:
        raise Refused("nobody_named")
    asked = till.loyalty.asked.get(basket.basket_id, "")
    told = held.answer(till, asked) if asked else None
    if told is not None and told.state == "REFUSED" and told.left < offer.points:
        till.loyalty.asked.pop(basket.basket_id)
        raise Refused("points_changed", left=told.left, as_of=customer.as_of)
    _ask(till, basket, customer, max(offer.points, 1))
    raise Unavailable("points_asked")


def _with(till: Till, basket: Basket, offer: Offer, agreed: str) -> Basket:
    customer, programme = basket.customer, programme_of(till, basket)
    if customer is None or programme is None:
        raise Refused("nobody_named")
    right = ""
    if not (till.training or offer.why == MANAGER):
        here = _here(till, till.ledger, customer.account, frozenset())
        right = max(here, key=lambda one: one.remaining).right_id if here else ""
    given = Reward(
        *(offer.reward, programme.programme),
        programme.version,
        offer.label,
        offer.points,
        offer.amount,
        customer.account,
        right,
        offer.lines,
        unsecured=offer.why == MANAGER,
        approved_by=agreed,
    )
    return replace(basket, rewards=(*basket.rewards, given))


def give_back(till: Till, basket: Basket, reward: str = "") -> Basket:
    """The basket without that reward, or without any: nothing of it was spent yet."""
    del till  # the right stays here for this basket, and goes with it
    left = tuple(each for each in basket.rewards if reward not in ("", each.reward))
    return replace(basket, rewards=left)


def fitted(till: Till, basket: Basket) -> Basket:
    """The basket with its rewards as its goods now allow: never more than they cost.

    Nothing where there is no reward; call it after each change of a basket.
    """
    if not basket.rewards:
        return basket
    programme, customer = programme_of(till, basket), basket.customer
    known = {rule.reward: rule for rule in programme.rewards} if programme else {}
    bare = replace(basket, rewards=())
    for reward in basket.rewards:
        rule = known.get(reward.reward)
        deal = None
        if programme is not None and rule is not None and bare.lines:
            deal = rules.deal_of(programme, rule, reward.points, _pieces(till, bare))
        if deal is not None and customer is not None:
            again = replace(reward, points=deal.points, amount=deal.amount, lines=deal.lines)
            bare = replace(bare, rewards=(*bare.rewards, again))
    return bare


def check(till: Till, basket: Basket) -> None:
    """Refuses rewards that its goods do not allow any more: Refused("rewards_changed")."""
    if fitted(till, basket) != basket:
        raise Refused("rewards_changed")


def let_go(till: Till, basket: Basket) -> None:
    """*Writes.* Gives back what this till holds for the basket's customer: they leave it.

    For detach, cancel and park. What nobody has answered yet is given up.
    """
    asked = till.loyalty.forget(basket.basket_id)
    if asked:
        held.give_up(till, asked)
    customer = basket.customer
    if customer is None:
        return
    for right in _for_basket(till, customer.account):
        held.release(till, right.right_id)


def _for_basket(till: Till, account: str) -> list[HeldRight]:
    """Rights that were asked for a basket: what was earned here stays, and so do longer grants."""
    return [
        right
        for right in till.ledger.held_rights()
        if right.kind == KIND
        and right.account == account
        and right.form != held.SELF
        and right.ttl_s <= held.BASKET_TTL_S
    ]


def tidy(till: Till) -> int:
    """*Writes.* What a basket held that is not there any more goes back; how many.

    For the start of the program: between the hub's answer and the sale the power may have gone.
    """
    if till.training or till.suspect:
        return 0
    found = till.ledger.open_basket()
    basket = found[0] if found else None
    kept = held.kept_by_basket(till)
    mine = basket.customer.account if basket is not None and basket.customer is not None else ""
    gone = [
        right
        for right in till.ledger.held_rights()
        if right.kind == KIND
        and right.form != held.SELF
        and right.ttl_s <= held.BASKET_TTL_S
        and right.right_id not in kept
        and (right.account != mine or held.is_over(till, right))
    ]
    return sum(held.release(till, right.right_id, "restarted") for right in gone)


# --- the sale -----------------------------------------------------------------------------


def earned(till: Till, basket: Basket) -> int:
    """What the basket would earn as it is; 0 where its customer is no member. Reads only."""
    if programme_of(till, basket) is None or not basket.lines:
        return 0
    return sum(of_lines(till, basket, price(basket, till.rules, till.offers.of(basket))).values())


def of_lines(till: Till, basket: Basket, priced: Priced) -> dict[int, int]:
    """Line -> what it earns."""
    programme, customer = programme_of(till, basket), basket.customer
    if programme is None or customer is None:
        return {}
    lines = tuple(
        rules.Earning(
            *(line.line_id, line.sku, line.department, worth.net + worth.tax),
            counts=not line.fixed,
        )
        for line, worth in zip(basket.lines, priced.lines, strict=True)
    )
    day, store_id = basket.business_date, till.store.store_id
    sold = rules.Sold(day, basket.currency, store_id, customer.tier, lines)
    return rules.earned(programme, sold)


def told(till: Till, basket: Basket, got: dict[int, int]) -> FactPoints | None:
    """What a sale says of points; None where it does nothing to any."""
    programme, customer = programme_of(till, basket), basket.customer
    if programme is None or customer is None:
        return None
    return FactPoints(
        *(programme.programme, programme.version, customer.account, sum(got.values())),
        *(_cost(basket), customer.tier, customer.points, customer.as_of),
    )


def book(till: Till, tx: Transaction, basket: Basket, sale: Sale) -> None:
    """*Writes*, in the sale's commit: what was spent, what was earned, and the rest given back.

    Raises Refused("right_over" | "right_not_enough" | "rights_not_now"): then nothing is sold.
    """
    customer = basket.customer
    if customer is None or sale.points is None:
        return
    for reward in basket.rewards:
        if reward.unsecured:
            _burn_unsecured(till, tx, reward, sale.id)
        elif not till.training:
            _burn(till, tx, reward, sale.id)
    if sale.points.earned:
        held.earn(
            *(till, tx, KIND, customer.account, sale.points.earned),
            of=sale.id,
            to_spend=till.offline and not till.training,
        )
    change = sale.points.earned - sale.points.spent
    till.loyalty.did(customer.account, change, utc_text(till.hub_now()))
    for right in _for_basket(till, customer.account):
        if right.spendable and not till.suspect:
            held.let_go(till, tx, right, "not_needed")
    asked = till.loyalty.forget(basket.basket_id)
    question = till.ledger.question(asked) if asked else None
    if question is not None and question.open:
        held.give_up_in(till, tx, question, "given_up")


def _burn(till: Till, tx: Transaction, reward: Reward, sale_id: str) -> None:
    """Spends a reward's points: first of the right it was taken on, then of others here."""
    rest = reward.points
    here = _here(till, till.ledger, reward.account, frozenset((reward.right,)))
    for right in sorted(here, key=lambda one: one.right_id != reward.right):
        part = min(rest, right.remaining)
        if part <= 0:
            continue
        if right.form == "hold":
            held.capture(till, tx, right.right_id, part, of=sale_id, kept=True)
        else:
            held.spend(till, tx, right.right_id, part, of=sale_id, kept=True)
        rest -= part
    if rest:
        raise Refused("points_gone", left=reward.points - rest)


def _burn_unsecured(till: Till, tx: Transaction, reward: Reward, sale_id: str) -> None:
    """What somebody answered for when it was taken; the hub tells of what the account lacks."""
    who, cost = reward.account, reward.points
    unsecured.burn(till, tx, KIND, who, cost, of=sale_id, approver=reward.approved_by)
