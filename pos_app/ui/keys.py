"""What each key does: one table, from which shortcuts are made and caps are drawn.

Bare digits and letters are never shortcuts: a shortcut fires before the scan capture sees the
key, so a scan would press it.
"""

from __future__ import annotations

from typing import NamedTuple

from pos_app.words import _


class Key(NamedTuple):
    """A key or chord, as Qt names it, and the words that explain it."""

    chord: str
    words: str
    cap: str = ""

    @property
    def shown(self) -> str:
        """What its cap says."""
        return self.cap or self.chord.replace("+", " ")


N_ = str
"""Marks a text for translation that is read when it is shown."""

KEYS: dict[str, Key] = {
    "help": Key("F1", N_("Show all keys, while held")),
    "search": Key("F2", N_("Search field")),
    "quantity": Key("F5", N_("Quantity of the line")),
    "discount": Key("F6", N_("Discount on the line")),
    "park": Key("F7", N_("Park the sale, or recall one")),
    "cash": Key("F10", N_("Exact cash")),
    "card": Key("F11", N_("Card")),
    "finish": Key("F12", N_("Pay, then complete")),
    "undo": Key("Ctrl+Z", N_("Undo the last change")),
    "lock": Key("Ctrl+L", N_("Lock the till")),
    "reprint": Key("Ctrl+P", N_("Print the last receipt again")),
    "drawer": Key("Ctrl+D", N_("Open the drawer")),
    "custom": Key("Ctrl+N", N_("Custom item")),
    "product": Key("Ctrl+I", N_("About the line's product")),
    "sale_discount": Key("Shift+F6", N_("Discount on the whole sale")),
    "sell": Key("Ctrl+1", N_("Go to Sell")),
    "sales": Key("Ctrl+2", N_("Go to the last sales")),
    "shift": Key("Ctrl+3", N_("Go to the shift")),
    "sync": Key("Ctrl+4", N_("What has been sent")),
    "tender_1": Key("Alt+1", N_("Pay in cash")),
    "tender_2": Key("Alt+2", N_("Pay by card")),
    "zone": Key("Ctrl+Tab", N_("Jump between search, basket and payment")),
}

TYPED: tuple[tuple[str, str], ...] = (
    ("Enter", N_("Add the marked result")),
    ("\u2191 \u2193", N_("Move in lists")),
    ("Del", N_("Remove the line")),
    ("+  \u2212", N_("One more, one less")),
    ("3 *", N_("Then a scan: three pieces")),
    ("Esc", N_("Close, clear, one step back")),
)
"""Keys that widgets handle themselves, for the overlay of all keys."""

GUARDED = frozenset({"cash", "card", "finish"})
"""They move money: ignored for a moment after a screen changed, so nothing fires twice."""
GUARD_MS = 300


def cap(action: str) -> str:
    """What the cap of an action's key says."""
    return KEYS[action].shown


def explained() -> list[tuple[str, str]]:
    """Every key with its words, for the overlay."""
    table = [(key.shown, _(key.words)) for key in KEYS.values()]
    return table + [(key, _(words)) for key, words in TYPED]
