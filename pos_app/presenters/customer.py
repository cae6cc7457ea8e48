"""What the customer sees on the second screen: the sale as it grows, what is due, the change.

Nothing here names another person, an address, a phone, stock, or the network.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.catalogue import PIECE, Product
from pos_app.domain.day import parse_utc
from pos_app.domain.money import MILLI
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.paying import Paying
from pos_app.presenters.return_views import back_by
from pos_app.presenters.selling import Selling
from pos_app.presenters.views import LineView, Row, dotted, points_text
from pos_app.till import points
from pos_app.till.papers import code_of
from pos_app.words import _, clock

SHOWN_LINES = 5
CHECKED = ("checking", "open", "asking_back")
"""Phases of a card payment of which nobody knows yet what became of it."""
PAID_MS = 20_000
"""Thanks stay so long, or until the next scan."""


class CustomerLine(msgspec.Struct, frozen=True):
    """A line of the sale."""

    icon: str
    tint: str
    qty: str
    """Pieces on the badge; empty for one."""
    name: str
    detail: str
    total: str
    struck: str
    tag: str


class CustomerView(msgspec.Struct, frozen=True):
    """The second screen."""

    place: str = "idle"
    """idle, cart, pay, checking, paid or closed."""
    title: str = ""
    detail: str = ""
    lines: tuple[CustomerLine, ...] = ()
    above: str = ""
    """Says how many older lines are not shown."""
    label: str = ""
    amount: str = ""
    beside: str = ""
    """The tax in the total."""
    saved: str = ""
    rows: tuple[Row, ...] = ()
    card: str = ""
    card_detail: str = ""
    change: str = ""
    keep: str = ""
    code: tuple[str, ...] = ()
    """The code of the receipt, a row of 0 and 1 (dark) each; empty until it is made."""
    training: bool = False


class Customer:
    """Makes the view whenever something that it shows has changed."""

    def __init__(self, desk: Desk, selling: Selling, paying: Paying) -> None:
        self.desk, self.selling, self.paying = desk, selling, paying
        self.on_change: Callable[[CustomerView], None] | None = None
        """None where there is no second screen: then nothing is computed."""
        self.state = CustomerView()
        self._shown: dict[str, tuple[str, str]] = {}
        self._paid = self._place = ""
        self._code: tuple[str, ...] = ()
        self._code_of = ""

    def refresh(self, place: str) -> None:
        """Looks again; `place` is the window's screen."""
        if self.on_change is None:
            return
        self._place = place
        state = self._view(place)
        if state != self.state:
            self.state = state
            self.on_change(state)

    def thanked(self, sale_id: str) -> None:
        """The thanks for that sale have been there long enough."""
        self._paid = sale_id

    def _coded(self, sale_id: str) -> tuple[str, ...]:
        """The code of that sale's receipt, made beside and shown when it is there."""
        if self._code_of != sale_id:
            self._code_of, self._code = sale_id, ()
            till = self.desk.till

            def made(code: tuple[str, ...]) -> None:
                if self._code_of == sale_id:
                    self._code = code
                    self.refresh(self._place)

            self.desk.hands.run(LEDGER, lambda: _modules(code_of(till, sale_id)), made)
        return self._code

    def _view(self, place: str) -> CustomerView:
        store = self.desk.till.own.store
        name = store.name if store is not None else ""
        training = bool(getattr(self.desk.till, "training", False))
        person = self.desk.till.person
        if self.desk.till.shift is None:
            return CustomerView("closed", name, _("This till is closed."), training=training)
        if place == "lock" or person is None:
            return CustomerView("idle", name, _("One moment, please."), training=training)
        serving = _("{name} serves you").format(name=person.name.split(" ")[0])
        cart = self.selling.state
        done = cart.done
        if cart.empty:
            if done is not None and done.sale_id != self._paid:
                return CustomerView(
                    "paid",
                    _("Thank you"),
                    dotted(done.title, done.points) if done.points else done.title,
                    label=done.label,
                    change=done.amount,
                    card=name,
                    card_detail=back_by(self.desk.till),
                    keep=_("Keep your receipt: it is needed for a return."),
                    code=self._coded(done.sale_id),
                    training=training,
                )
            return CustomerView("idle", name, serving, training=training)
        lines = self._lines(cart.lines)
        hidden = len(cart.lines) - len(lines)
        above = _("{count} more above").format(count=hidden) if hidden else ""
        pay = self.paying.state
        by_card = place == "pay" and pay.chosen == "card"
        due = pay.due if place == "pay" and pay.due else cart.total
        faint = [row for row in cart.rows if row.tone == "faint"]
        priced = self.selling.priced
        saved = priced.discount if priced is not None else 0
        taken = tuple(Row(each.words, each.amount, "good") for each in cart.payments)
        card, detail = (
            (_("Pay at the terminal"), _("Tap, insert or swipe your card."))
            if by_card
            else ("", "")
        )
        where = "pay" if place == "pay" else "cart"
        if not card:
            card, detail = self._points()
        if place == "pay" and pay.card is not None and pay.card.phase in CHECKED:
            where, card, detail = "checking", _("One moment, we check your payment"), ""
        return CustomerView(
            where,
            self._greeting(),
            dotted(name, serving),
            lines=lines,
            above=above,
            label=_("To pay"),
            amount=due,
            beside=f"{faint[0].label} {faint[0].amount}" if len(faint) == 1 else "",
            saved=self.desk.money(saved) if saved else "",
            rows=(*cart.rows, *taken),
            card=card,
            card_detail=detail,
            training=training,
        )

    def _greeting(self) -> str:
        """By the first name only: others see this screen too."""
        basket = self.selling.basket
        customer = basket.customer if basket is not None else None
        first = customer.name.split(" ")[0] if customer is not None else ""
        return _("Welcome, {name}").format(name=first) if first else _("Welcome")

    def _points(self) -> tuple[str, str]:
        """A member's points, and what this sale brings."""
        basket, till = self.selling.basket, self.desk.till
        customer = basket.customer if basket is not None else None
        if basket is None or customer is None or not customer.member:
            return "", ""
        title = _("Your points")
        if till.offline and customer.as_of:
            time = clock(parse_utc(customer.as_of), self.desk.zone)
            title = _("Your points at {time}").format(time=time)
        brings = points_text(points.earned(till, basket))
        form = _("{points} \u00b7 {brings} with this sale")
        return title, form.format(points=points_text(customer.points), brings=f"+{brings}")

    def _lines(self, lines: tuple[LineView, ...]) -> tuple[CustomerLine, ...]:
        basket = self.selling.basket
        known = {line.line_id: line for line in basket.lines} if basket is not None else {}
        one = {each for each, line in known.items() if line.unit == PIECE and line.qty == MILLI}
        return tuple(
            CustomerLine(
                *self._picture(known[line.line_id].sku if line.line_id in known else ""),
                "" if line.line_id in one else line.qty,
                line.name,
                line.detail,
                line.total,
                line.struck,
                line.tag,
            )
            for line in lines[-SHOWN_LINES:]
        )

    def _picture(self, sku: str) -> tuple[str, str]:
        """Its icon and tint, looked up once."""
        if sku not in self._shown:
            article = self.desk.till.catalogue.by_sku(sku) if sku else None
            icon = article.product.icon if article is not None else ""
            tint = _tint(article.product) if article is not None else sku
            self._shown[sku] = (icon or "package", tint or sku)
        return self._shown[sku]


def _modules(text: str) -> tuple[str, ...]:
    """*A lane.* The QR code of a text, without its quiet zone."""
    if not text:
        return ()
    from pos_app.receipts.raster import qr_modules

    return tuple("".join(map(str, row)) for row in qr_modules(text, "l"))


def _tint(product: Product) -> str:
    return product.style or product.department or product.sku
