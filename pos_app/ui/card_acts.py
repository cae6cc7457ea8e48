"""The card terminal in the window: what its buttons and Del do, and what waits while it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pos_app.presenters.card import Cards
from pos_app.presenters.card_kept import Kept
from pos_app.presenters.desk import Desk
from pos_app.presenters.selling import Selling
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.window import Window

ALLOWED: Final = frozenset(
    {"finish", "sync", "try_now", "theme", "help", "zone", "print_now", "commands"}
)
"""Acts that harm nothing while money is on its way; those of the card itself go too."""
NUMBERED: Final = ("card_look_", "card_back_", "card_send_", "card_gave_")


def presenters(desk: Desk, selling: Selling) -> tuple[Cards, Kept]:
    """What the window holds of card payments."""
    cards = Cards(desk, selling)
    return cards, Kept(desk, cards)


def bind(window: Window) -> None:
    """Ties the two presenters to the window's screens and lanes."""
    cards, kept = window.cards, window.kept
    cards.on_change = window.paying.changed
    cards.on_part = lambda: part(window)
    cards.on_kept = lambda: window.go("sell")
    cards.on_settled = kept.refresh
    cards.call = window.lanes.call
    kept.on_change = window.connection.refresh
    kept.on_finished = lambda _completed: window.receipts.run()
    kept.recall = window.parked.recall
    window.connection.of_cards = kept.attention
    window.selling.on_taken = lambda: taken(window)


def acts(window: Window) -> dict[str, Callable[[], object]]:
    """The acts of the card's page."""
    cards = window.cards
    return {
        "card_cancel": cards.cancel,
        "card_part": cards.part,
        "card_again": cards.again,
        "card_done": cards.dismiss,
        "card_says_approved": lambda: cards.ask_slip("approved"),
        "card_says_declined": lambda: cards.ask_slip("declined"),
        "card_keep": cards.keep,
    }


def numbered(window: Window, act: str) -> None:
    """A button of a payment that waits under Needs attention."""
    window.close_sheet()
    what, _mark, number = act.removeprefix("card_").partition("_")
    kept = window.kept
    does = {"look": kept.look, "back": kept.give_back, "send": kept.send, "gave": kept.gave}
    does[what](int(number))


def stopped(window: Window, act: str) -> bool:
    """True for an act that has to wait for the terminal's answer; a person is told."""
    if not window.cards.running or window.place != "pay":
        return False
    if act in ALLOWED or act.startswith(("card_", "key_", "print_again_", "came_out_")):
        return act == "card"
    window.toast(_("Locked until the terminal answers"))
    return True


def begin(window: Window) -> None:
    """F11 with a terminal on the line: straight to its page, and the amount is sent."""
    if window.place == "sell":
        window.acts.enter_pay()
    if window.place == "pay":
        window.paying.exact("card")


def part(window: Window) -> None:
    """The pad again, to type how much goes on the card."""
    window.paying.choose("card")
    window.setFocus()


def taken(window: Window) -> None:
    """A sale put aside is open again: its payment that nobody knows the end of is asked."""
    window.cards.resume()
    window.kept.refresh()
    if window.selling.payments or window.cards.running:
        window.acts.enter_pay()


def come_back(window: Window) -> None:
    """At the window's start: what was running when the program ended."""
    window.cards.resume()
    window.kept.refresh()


def signed_in(window: Window) -> bool:
    """Somebody is here: a payment that was running is shown, one that is done ends its sale."""
    if window.till.shift is None:
        return False
    if window.cards.running:
        if window.place != "pay":
            window.acts.go_sell()
        return True
    window.cards.finish_waiting()
    return False


def tick(window: Window) -> None:
    """Once a second."""
    window.cards.tick()
    window.kept.tick()


def hang_up(window: Window) -> None:
    """The window closes: nobody waits for the terminal any more; it is asked at the next start."""
    terminal = window.till.devices.terminal
    if terminal is not None and window.cards.running:
        terminal.close()
