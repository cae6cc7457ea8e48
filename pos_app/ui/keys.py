"""What each key does: one table, from which shortcuts are made and caps are drawn.

Bare digits and letters are never shortcuts: a shortcut fires before the scan capture sees the
key, so a scan would press it. A person may give an action another key (`remap`); the table is
what holds from then on, and `changed` what is written into `till.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtGui import QKeySequence

from pos_app.domain.errors import PosError, Refused
from pos_app.words import _

N_ = str
"""Marks a text for translation that is read when it is shown."""

EVERYWHERE, SELL, PAY, SHIFT, RETURNS = "everywhere", "sell", "pay", "shift", "returns"
CASES, PICKUP = "attention", "pickup"
STOCK, GOODS, CUSTOMERS = "stock", "goods", "customers"
"""Groups of the help overlay, in this order."""


class Key(NamedTuple):
    """A key or chord, as Qt names it, and the words that explain it."""

    chord: str
    words: str
    cap: str = ""
    places: tuple[str, ...] = ()
    """Screens it means something on; none named: on all of them but the lock."""
    group: str = EVERYWHERE
    locked: bool = False
    """True where it works while nobody is signed in too."""

    @property
    def shown(self) -> str:
        """What its cap says."""
        return self.cap or self.chord.replace("+", " ")

    def at(self, place: str) -> bool:
        """True where it means something on this screen."""
        if place == "lock":
            return self.locked
        return not self.places or place in self.places


_SELL, _PICKUP = ("sell",), ("pickup",)
_CUSTOMERS = ("customers",)
_F3 = ("sell", "pay", "sales", "returns", "attention", "open_shift", "close_shift")
"""Where the key of customers is no other's."""
_REASONS = (
    N_("It is too small"),
    N_("It is too big"),
    N_("They changed their mind"),
    N_("It is faulty"),
    N_("It is not as shown"),
    N_("Another reason"),
)
_REWARDS = (
    N_("The first reward"),
    N_("The second reward"),
    N_("The third reward"),
    N_("The fourth reward"),
    N_("The fifth reward"),
)
DEFAULTS: dict[str, Key] = {
    "help": Key("F1", N_("Show all keys, while held"), locked=True),
    "search": Key(
        "F2",
        N_("Search field"),
        "",
        (*("sell", "sales", "returns", "attention", "pickup"), "stock", "goods", "customers"),
        SELL,
    ),
    "quantity": Key("F5", N_("Quantity of the line"), "", _SELL, SELL),
    "discount": Key("F6", N_("Discount on the line"), "", _SELL, SELL),
    "park": Key("F7", N_("Park the sale, or recall one"), "", _SELL, SELL),
    "park_named": Key("Shift+F7", N_("Park under a name"), "", _SELL, SELL),
    "cash": Key("F10", N_("Exact cash: the sale is paid"), "", ("sell", "pay", "pickup"), SELL),
    "card": Key("F11", N_("Card: the sale is paid"), "", ("sell", "pay", "pickup"), SELL),
    "finish": Key("F12", N_("The blue button: pay, complete, open, close")),
    "undo": Key("Ctrl+Z", N_("Undo the last change"), "", _SELL, SELL),
    "lock": Key("Ctrl+L", N_("Lock the till")),
    "commands": Key("Ctrl+K", N_("Every command, by its name")),
    "reprint": Key("Ctrl+P", N_("Print the last receipt again")),
    "drawer": Key("Ctrl+D", N_("Open the drawer")),
    "custom": Key("Ctrl+N", N_("Custom item"), "", _SELL, SELL),
    "product": Key("Ctrl+I", N_("About the line's product"), "", _SELL, SELL),
    "sale_discount": Key("Shift+F6", N_("Discount on the whole sale"), "", _SELL, SELL),
    "sell": Key("Ctrl+1", N_("Go to Sell")),
    "sales": Key("Ctrl+2", N_("Go to the sales history")),
    "returns": Key("F8", N_("Take goods back")),
    "return_quantity": Key("F5", N_("How many come back"), "", ("returns",), RETURNS),
    "return_reason": Key("F6", N_("Why it comes back"), "", ("returns",), RETURNS),
    **{
        f"why_back_{at}": Key(f"Alt+{at}", words, "", ("returns",), RETURNS)
        for at, words in enumerate(_REASONS, 1)
    },
    "pickup": Key("F9", N_("Go to customers' orders")),
    "pickup_message": Key("F3", N_("What can be said to the customer"), "", _PICKUP, PICKUP),
    "pick_by_hand": Key("F5", N_("Pick the line by hand"), "", _PICKUP, PICKUP),
    "cannot_find": Key("F6", N_("Can't find the line"), "", _PICKUP, PICKUP),
    "who_1": Key("Alt+1", N_("The customer is here"), "", _PICKUP, PICKUP),
    "who_2": Key("Alt+2", N_("Who the customer named is here"), "", _PICKUP, PICKUP),
    "who_3": Key("Alt+3", N_("Somebody else is here"), "", _PICKUP, PICKUP),
    "shift": Key("Ctrl+3", N_("Go to the shift: close it, or open one")),
    "stock": Key("Ctrl+4", N_("Go to the stock of all stores")),
    "stock_who": Key("F3", N_("Who the goods are for"), "", ("stock",), STOCK),
    "stock_way": Key("F6", N_("Collect there, bring it here, ship home"), "", ("stock",), STOCK),
    "goods": Key("Ctrl+8", N_("Go to deliveries, transfers and counts")),
    "goods_quantity": Key("F5", N_("How many of the line"), "", ("goods",), GOODS),
    "goods_reason": Key("F6", N_("What becomes of a difference"), "", ("goods",), GOODS),
    "goods_pause": Key("F7", N_("Pause: other tills can go on"), "", ("goods",), GOODS),
    "goods_damage": Key("F3", N_("One of the line is damaged"), "", ("goods",), GOODS),
    "goods_undo": Key("Del", N_("Take back the last scan"), "", ("goods",), GOODS),
    "sync": Key("Ctrl+6", N_("What has been sent"), locked=True),
    "tender_1": Key("Alt+1", N_("Pay in cash"), "", ("pay",), PAY),
    "tender_2": Key("Alt+2", N_("Pay by card"), "", ("pay",), PAY),
    "tender_3": Key("Alt+3", N_("Pay with a gift card"), "", ("pay",), PAY),
    "tender_4": Key("Alt+4", N_("Pay with store credit"), "", ("pay",), PAY),
    "card_cancel": Key("Del", N_("Cancel on the card terminal"), "", ("pay",), PAY),
    "x_report": Key("F10", N_("X report: the shift so far"), "", ("close_shift",), SHIFT),
    "cash_move": Key("F11", N_("Cash in, cash out, safe drop"), "", ("close_shift",), SHIFT),
    "why": Key("F6", N_("The next reason"), "", ("open_shift", "close_shift"), SHIFT),
    "table": Key("Alt+T", N_("The chart as a table"), "", ("close_shift",), SHIFT),
    "customer": Key("F3", N_("Find a customer"), "", _F3, SELL),
    "customers": Key("Ctrl+5", N_("Go to the customers")),
    "customer_new": Key("F3", N_("Enter a new customer"), "", _CUSTOMERS, CUSTOMERS),
    "customer_stay": Key(
        "Ctrl+Return", N_("Attach to the sale and stay"), "Ctrl Enter", _CUSTOMERS, CUSTOMERS
    ),
    "customer_note": Key("F6", N_("A note about them"), "", _CUSTOMERS, CUSTOMERS),
    "moments_1": Key("Alt+1", N_("All that happened"), "", _CUSTOMERS, CUSTOMERS),
    "moments_2": Key("Alt+2", N_("Their orders"), "", _CUSTOMERS, CUSTOMERS),
    "moments_3": Key("Alt+3", N_("What came back"), "", _CUSTOMERS, CUSTOMERS),
    "moments_4": Key("Alt+4", N_("Their support requests"), "", _CUSTOMERS, CUSTOMERS),
    "moments_5": Key("Alt+5", N_("Their points"), "", _CUSTOMERS, CUSTOMERS),
    "attention": Key("Ctrl+9", N_("Go to what needs attention")),
    "way_1": Key("Alt+1", N_("Settle it the first way"), "", ("attention",), CASES),
    "way_2": Key("Alt+2", N_("The second way"), "", ("attention",), CASES),
    "way_3": Key("Alt+3", N_("The third way"), "", ("attention",), CASES),
    "case_note": Key("F6", N_("A note on the decision"), "", ("attention",), CASES),
    "case_take": Key("F7", N_("Take the case, or leave it for later"), "", ("attention",), CASES),
    "points": Key(
        "F4", N_("Use the customer's points, or give them back"), "", ("sell", "pay"), SELL
    ),
    "rewards": Key("Shift+F4", N_("Choose a reward"), "", _SELL, SELL),
    **{
        f"reward_{at}": Key(f"Alt+{at}", words, "", _SELL, SELL)
        for at, words in enumerate(_REWARDS, 1)
    },
    "zone": Key("Ctrl+Tab", N_("Jump: search, products, basket, payment")),
}
"""Action -> the key it has unless somebody gave it another."""
KEYS: dict[str, Key] = dict(DEFAULTS)
"""Action -> the key it has now."""

TYPED: tuple[tuple[str, str, str], ...] = (
    (SELL, "Enter", N_("Add the marked result")),
    (SELL, "\u2191 \u2193", N_("Move in the basket and in lists")),
    (SELL, "Del", N_("Remove the line")),
    (SELL, "+  \u2212", N_("One more, one less")),
    (SELL, "3 *", N_("Then a scan: three pieces")),
    (PAY, "0 \u2013 9", N_("Type the amount the customer gives")),
    (PAY, "Esc", N_("Back to the sale")),
    (RETURNS, "+  \u2212", N_("One more, one less comes back")),
    (PICKUP, "\u2191 \u2193", N_("The next order, the one before")),
    (CUSTOMERS, "\u2191 \u2193", N_("The next customer, the one before")),
    (CUSTOMERS, "Enter", N_("Attach the only one found")),
    (STOCK, "\u2191 \u2193", N_("The next store, the one before")),
    (STOCK, "+  \u2212", N_("One more, one less")),
    (GOODS, "12 *", N_("Then a scan: twelve pieces")),
    (GOODS, "+  \u2212", N_("One more, one less")),
    (SHIFT, "0 \u2013 9", N_("How many of this note or coin")),
    (SHIFT, "Enter", N_("Go to the next note or coin")),
    (EVERYWHERE, "Esc", N_("Close, clear, one step back")),
)
"""Keys that widgets handle themselves, for the overlay of all keys: group, cap, words."""

COMMANDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "look": (N_("Price check"), "tag", ()),
    "note": (N_("Note on the line"), "sticky-note", _SELL),
    "remove": (N_("Remove the line"), "trash-2", _SELL),
    "shelves": (N_("All shelves"), "layout-grid", _SELL),
    "trial": (N_("Print a test page"), "printer", ()),
    "theme": (N_("Light or dark"), "moon", ()),
    "preferences": (N_("Settings"), "settings", ()),
    "training": (N_("Begin or end training"), "hard-hat", ()),
    "cancel": (N_("Cancel this sale"), "trash-2", _SELL),
    "cash_move": (N_("Cash in, cash out, safe drop"), "arrow-left-right", _SELL),
    "x_report": (N_("X report: the shift so far"), "receipt-text", _SELL),
    "pick_slip": (N_("Print the pick slip"), "printer", _PICKUP),
    "take_over": (N_("Take over the order"), "user-round-check", _PICKUP),
    "open_bag": (N_("Open the bag: some of it goes along"), "package-open", _PICKUP),
    "keep_longer": (N_("Keep the bag longer"), "calendar-plus", _PICKUP),
    "cancel_order": (N_("Cancel the order"), "ban", _PICKUP),
    "no_float": (N_("No float today"), "ban", ("open_shift",)),
    "look_only": (N_("Look only, without a shift"), "eye", ("open_shift",)),
}
"""Acts without a key of their own, for the command list: words, icon, screens (none: all)."""

ICONS: dict[str, str] = {
    "search": "search",
    "quantity": "calculator",
    "discount": "badge-percent",
    "park": "pause",
    "park_named": "pause",
    "cash": "banknote",
    "card": "credit-card",
    "finish": "check",
    "undo": "undo-2",
    "lock": "lock",
    "reprint": "printer",
    "drawer": "inbox",
    "custom": "pencil",
    "product": "info",
    "sale_discount": "badge-percent",
    "sell": "shopping-bag",
    "sales": "receipt-text",
    "returns": "undo-2",
    "return_quantity": "calculator",
    "return_reason": "tag",
    "shift": "chart-column",
    "x_report": "receipt-text",
    "cash_move": "arrow-left-right",
    "table": "table",
    "sync": "cloud-check",
    "stock": "boxes",
    "goods": "truck",
    "goods_quantity": "calculator",
    "goods_reason": "circle-alert",
    "goods_pause": "pause",
    "goods_damage": "triangle-alert",
    "goods_undo": "undo-2",
    "stock_who": "user",
    "stock_way": "truck",
    "attention": "circle-alert",
    "customer": "user",
    "customers": "users",
    "customer_new": "user-plus",
    "customer_stay": "user-check",
    "customer_note": "sticky-note",
    **{f"moments_{place}": "history" for place in range(1, 6)},
    "pickup": "package-check",
    "pickup_message": "message-square",
    "pick_by_hand": "hand",
    "cannot_find": "circle-question-mark",
    "case_take": "clock",
    "case_note": "pencil",
}
"""What stands before an action in the command list; a keyboard where none is named."""

GUARDED = frozenset({"cash", "card", "finish"})
"""They move money: ignored for a moment after a screen changed, so nothing fires twice."""
GUARD_MS = 300

_FUNCTION = re.compile(r"F[0-9]{1,2}\Z")
_TAKEN_BY_FIELDS = ("Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Shift+Z", "Ctrl+Y")


def cap(action: str) -> str:
    """What the cap of an action's key says."""
    return KEYS[action].shown


def words_at(action: str, place: str) -> str:
    """What an action's key does on a screen, in words."""
    if action == "finish":
        opens = {
            "sell": _("Pay"),
            "pay": _("Complete the sale"),
            "attention": _("Settle the case as chosen"),
            "pickup": _("Mark ready, or hand over"),
            "stock": _("Ask that store for it"),
            "goods": _("Open it, or finish it"),
            "customers": _("Attach to the sale, or take off it"),
        }
        return opens.get(place) or _("Open the shift, or close it")
    return _(KEYS[action].words)


def action_of(chord: str, place: str) -> str:
    """What a chord means on a screen; empty where it means nothing there."""
    for action, key in KEYS.items():
        if key.chord == chord and key.at(place):
            return action
    return ""


def normal(chord: str) -> str:
    """A chord as the table writes it: "ctrl+k" is Ctrl+K.

    Raises Refused("key_unfit", key=…) for what is no key of ours: a letter or digit alone would
    be pressed by a scan, Enter and the arrows move, and some chords belong to text fields.
    """
    sequence = QKeySequence(chord)
    written = sequence.toString(QKeySequence.SequenceFormat.PortableText)
    parts = written.split("+")
    fit = sequence.count() == 1 and written not in _TAKEN_BY_FIELDS
    fit = fit and ("Ctrl" in parts or "Alt" in parts or bool(_FUNCTION.match(parts[-1])))
    if not fit:
        raise Refused("key_unfit", key=chord[:20])
    return written


def remap(action: str, chord: str) -> None:
    """Gives an action another key, from now on.

    Raises Refused("key_unfit", key=…), or Refused("key_taken", key=…, words=…) where the key
    already means something on a screen on which the action works too. Whoever calls it redraws
    the caps and keeps `changed()`.
    """
    written = normal(chord)
    mine = KEYS[action]
    for other, key in KEYS.items():
        if other != action and key.chord == written and _meet(mine, key):
            raise Refused("key_taken", key=key.shown, words=_(key.words))
    KEYS[action] = mine._replace(chord=written, cap="")


def _meet(one: Key, other: Key) -> bool:
    """True where both mean something on some screen."""
    if (one.locked and other.locked) or not one.places or not other.places:
        return True
    return bool(set(one.places) & set(other.places))


def reset(action: str = "") -> None:
    """The key an action had at first; of all of them where none is named.

    Raises Refused("key_taken", …) where another action has that key now.
    """
    if action:
        remap(action, DEFAULTS[action].chord)
        KEYS[action] = DEFAULTS[action]
    else:
        KEYS.update(DEFAULTS)


def changed() -> dict[str, str]:
    """Action -> chord of what differs from the first table: what the settings keep."""
    return {
        action: key.chord for action, key in KEYS.items() if key.chord != DEFAULTS[action].chord
    }


def use(chords: Mapping[str, str]) -> list[PosError]:
    """Takes the keys that the settings name; what cannot be is left as it was, and returned.

    Two actions may change places: all named ones are taken off their keys first.
    """
    reset()
    refused: list[PosError] = []
    known = {action: chord for action, chord in chords.items() if action in KEYS}
    for action in known:
        KEYS[action] = KEYS[action]._replace(chord="")
    for action, chord in known.items():
        try:
            remap(action, chord)
        except PosError as error:
            refused.append(error)
            KEYS[action] = DEFAULTS[action]
    return refused


class Explained(NamedTuple):
    """A group of keys for the overlay."""

    title: str
    rows: tuple[tuple[str, str], ...]
    """Cap and words."""
    group: str = ""


def explained() -> tuple[Explained, ...]:
    """Every key with its words, by where it works."""
    titles = {
        EVERYWHERE: _("Everywhere"),
        SELL: _("Sell"),
        PAY: _("Pay"),
        RETURNS: _("Returns"),
        SHIFT: _("Open and close the shift"),
        CASES: _("Needs attention"),
        PICKUP: _("Pickup"),
        STOCK: _("Stock"),
        GOODS: _("Receiving"),
        CUSTOMERS: _("Customers"),
    }
    rows: dict[str, list[tuple[str, str]]] = {group: [] for group in titles}
    for key in KEYS.values():
        rows.setdefault(key.group, []).append((key.shown, _(key.words)))
    for group, shown, words in TYPED:
        rows[group].append((shown, _(words)))
    finish = cap("finish")
    rows[PAY].insert(0, (finish, _("Complete the sale")))
    rows[PICKUP].insert(0, (finish, _("Mark ready, or hand over")))
    rows[STOCK].insert(0, (finish, _("Ask that store for it")))
    rows[CUSTOMERS].insert(0, (finish, _("Attach to the sale, or take off it")))
    rows[SHIFT].insert(0, (finish, _("Open the shift, or close it")))
    return tuple(
        Explained(titles.get(group, group), tuple(each), group)
        for group, each in rows.items()
        if each
    )


def nearest(place: str) -> tuple[Explained, ...]:
    """The same, what works on this screen first, then what works everywhere."""
    here = {"open_shift": SHIFT, "close_shift": SHIFT, "lock": SELL}.get(place, place)
    order = {here: 0, EVERYWHERE: 1, SELL: 2, PAY: 3}
    return tuple(sorted(explained(), key=lambda each: order.get(each.group, 4)))


def first_day() -> tuple[tuple[str, str], ...]:
    """A whole day in a few steps: cap and sentence, in the order of the day."""
    return (
        ("1", _("Choose your name and type your PIN.")),
        ("2", _("Count the drawer, then {key} opens the shift.").format(key=cap("finish"))),
        ("3", _("Scan. {key} takes exact cash.").format(key=cap("cash"))),
        ("4", _("{key}, the amount, {key} again gives change.").format(key=cap("finish"))),
        (
            "5",
            _("{shift}, count, {key} closes the shift.").format(
                shift=cap("shift"), key=cap("finish")
            ),
        ),
    )
