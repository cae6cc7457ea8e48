"""A member's points: kept for the sale while the line is up, spent when it is down, settled later."""

from __future__ import annotations

from pos_app.demo.doing import KEY, Doing
from pos_app.demo.shop import MEMBER
from pos_app.till import points


def named(doing: Doing) -> None:
    """Goods, the member card, and the hub's word on her points before anything happens."""
    hand, window = doing.hand, doing.window
    doing.sell("W130-WHT-S", "G1417")
    hand.scan(MEMBER)
    hand.wait_for("the member", lambda: window.selling.state.member is not None)
    basket = window.selling.basket
    account = basket.customer.account if basket is not None and basket.customer else ""
    hand.wait_for("her points", lambda: points.granted(window.till, account) > 0, 60)
    hand.picture("member")


def redeemed(doing: Doing) -> None:
    """The line is down: F4 all the same, and the sale is paid."""
    hand, window = doing.hand, doing.window
    hand.press(KEY.Key_F4)
    hand.wait_for("the reward", lambda: _uses(doing))
    hand.picture("points_used_offline")
    doing.exact(KEY.Key_F10)
    hand.picture("points_on_sale_done")
    hand.wait_for("an empty basket", lambda: not window.selling.open)


def earned_offline(doing: Doing) -> None:
    """The same member again: points as of when, nothing more to spend here, and still they earn."""
    hand, window = doing.hand, doing.window
    doing.sell("G1417")
    hand.scan(MEMBER)
    hand.wait_for("the member", lambda: window.selling.state.member is not None)
    hand.picture("member_offline")
    hand.press(KEY.Key_F4)
    hand.picture("points_not_here_offline")
    doing.exact(KEY.Key_F10)


def _uses(doing: Doing) -> bool:
    basket = doing.window.selling.basket
    return basket is not None and bool(basket.rewards)
