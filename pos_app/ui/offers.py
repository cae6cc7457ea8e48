"""What buttons and keys do about coupons and goods that have to be weighed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pos_app.presenters.offers import Offering

if TYPE_CHECKING:
    from pos_app.ui.window import Window


def acts(window: Window) -> dict[str, Callable[[], object]]:
    """The acts, by name."""
    offering = offering_of(window)

    def typed_code() -> None:
        """Enter in the search field where nothing was found: a coupon's code may stand there."""
        text = window.finding.state.text
        if offering.is_coupon(text):
            window.screens.sell_work.clear_search()
            offering.type_coupon(text)

    return {
        "coupon": offering.ask_coupon,
        "typed_code": typed_code,
        "weigh_again": offering.read_scale,
    }


def offering_of(window: Window) -> Offering:
    """The presenter of both sheets, made once and tied to them."""
    offering = Offering(window.desk, window.selling)
    offering.on_weigh = window.screens.shows("weigh")

    def show_coupon(problem: str) -> None:
        window.screens.coupon.begin(problem)  # made when it is first asked for

    offering.on_coupon = show_coupon
    window.screens.offering = offering
    return offering
