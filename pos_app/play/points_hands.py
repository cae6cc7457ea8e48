"""The hands of a play on points: looked at, used once the hub has said yes, given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused, Unavailable
from pos_app.play import points_steps as play
from pos_app.till import points
from pos_app.till.permission import Approval
from pos_app.till.till import Till

Facts = dict[str, Any]
Wait = Callable[[Callable[[], bool], float], None]


def named(till: Till, before: Basket | None, basket: Basket, wait: Wait) -> None:
    """Somebody is named in the sale, or nobody any more: what the window does then.

    A person has not pressed the next key before the hub has answered, where it answers.
    """
    if before is not None and before.customer is not None and before.customer != basket.customer:
        points.let_go(till, before)
    if points.prefetch(till, basket):
        wait(lambda: not points.is_asking(till, basket), 5)


def does(
    till: Till, step: play.PointsStep, agreed: Approval | None, basket: Basket, wait: Wait
) -> tuple[Facts, Basket]:
    """Does what the step says; what it found, and the basket as it is then."""
    if isinstance(step, play.Points):
        facts = _told(till, basket)
        if step.earns is not None and facts["earns"] != int(step.earns):
            wrong = {"earns": [int(step.earns), facts["earns"]]}
            raise Refused("play_expected", differences=wrong)
        return facts, basket
    if isinstance(step, play.GivePointsBack):
        basket = points.give_back(till, basket)
        return _told(till, basket), basket
    basket = points.look(till, basket)
    try:
        basket = points.use(till, basket, step.reward, approval=agreed)
    except Unavailable as told:
        if told.code != "points_asked":
            raise
        wait(lambda: not points.is_asking(till, basket), step.timeout_s)
        basket = points.use(till, basket, step.reward, approval=agreed)
    return _told(till, basket), basket


def _told(till: Till, basket: Basket) -> Facts:
    customer = basket.customer
    account = customer.account if customer is not None else ""
    return {
        "points": customer.points if customer is not None else 0,
        "granted": points.granted(till, account) if account else 0,
        "earns": points.earned(till, basket),
        "used": sum(reward.points for reward in basket.rewards),
        "off": sum(reward.amount for reward in basket.rewards),
        "offers": {each.reward: each.points for each in points.rewards(till, basket)},
    }
