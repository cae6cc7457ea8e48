"""What cannot be found: another store does it, something else is given, or the money goes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pos_app.domain.errors import PosError, Refused
from pos_app.presenters import pickup_rows as worded
from pos_app.presenters.pickup_views import MissingState, WayOut
from pos_app.presenters.views import dotted
from pos_app.till import lookup, pickup
from pos_app.words import _, money, number, quantity

if TYPE_CHECKING:
    from pos_app.presenters.desk import Consent, Desk
    from pos_app.presenters.picking import Picking
    from pos_app.till.lookup import Article
    from pos_app.till.pickup import Order
    from sync.protocol.orders import OrderLine


class Missing:
    """The sheet about one line of the order that is open."""

    def __init__(self, desk: Desk, picking: Picking) -> None:
        self.desk, self.picking = desk, picking
        self.on_change: Callable[[MissingState], None] = lambda _state: None
        self.state = MissingState()
        self._way = pickup.RESOURCE
        self._instead: Article | None = None
        self._code = ""
        self._problem = ""

    def open(self) -> bool:
        """F6; False where no line is to be found."""
        order, line = self.picking.wanted()
        if order is None or line is None:
            return False
        self._way = pickup.RESOURCE if self._elsewhere(line) else pickup.REFUND
        self._instead, self._code, self._problem = None, "", ""
        self._show()
        return True

    def choose(self, way: str) -> None:
        """Another way out: nothing happens yet."""
        self._way, self._problem = way, ""
        self._show()

    def scan(self, code: str) -> None:
        """What the customer gets instead was scanned, or its number typed."""
        if not code.strip():
            return
        self._way, self._problem = pickup.SUBSTITUTE, ""
        try:
            found = lookup.by_code(self.desk.till, code) or lookup.by_sku(self.desk.till, code)
            if found is None:
                raise Refused("unknown_code", scanned=code)
        except PosError as error:
            self._problem = str(self.desk.words(error))
            self.desk.hands.sound("refused")
            self.desk.hands.announce(self._problem, at_once=True)
        else:
            self._instead, self._code = found, code
            self.desk.hands.sound("ok")
        self._show()

    def settle(self) -> None:
        """The way as it is chosen is written down."""
        order, line = self.picking.wanted()
        if order is None or line is None or self.state.why_not or not self.state.button:
            return
        till, way, code = self.desk.till, self._way, self._code
        name = line.title

        def act(consent: Consent) -> Order:
            return pickup.cannot_find(
                *(till, order.reservation, line.line),
                wish=way,
                instead=code if way == pickup.SUBSTITUTE else "",
                reason=consent.reason,
                approval=consent.approval,
            )

        def done() -> None:
            told = {
                pickup.RESOURCE: _("{name} is asked of another store."),
                pickup.SUBSTITUTE: _("{name} is replaced."),
                pickup.REFUND: _("{name} is left out; its money goes back."),
            }[way]
            self.desk.hands.close_sheet()
            self.desk.hands.toast(told.format(name=name))

        self.picking.missing(act, done, _("Can't find {name}").format(name=name))

    def _elsewhere(self, line: OrderLine) -> list[lookup.Elsewhere]:
        """The stores that have it, the fullest first; a silent one promises nothing."""
        if not line.sku:
            return []
        found = [each for each in lookup.elsewhere(self.desk.till, line.sku) if not each.silent]
        return sorted((each for each in found if each.on_hand > 0), key=lambda each: -each.on_hand)

    def _show(self) -> None:
        order, line = self.picking.wanted()
        if order is None or line is None:
            return
        others = self._elsewhere(line)
        _icon, name, detail = worded.product_words(self.desk, line)
        left = max(0, line.qty - line.picked - line.short)
        agreed = order.row.may_substitute
        ways = (
            self._resource(others),
            WayOut(
                *(pickup.SUBSTITUTE, _("Give something else")),
                _("Ask the customer, then scan what they get."),
                icon="arrow-left-right",
                chosen=self._way == pickup.SUBSTITUTE,
                why_not="" if agreed else _("The customer did not agree to that with the order."),
            ),
            WayOut(
                *(
                    pickup.REFUND,
                    _("Leave it out, refund {amount}").format(amount=self._back(order, line)),
                ),
                _("The shop gives the money back; the rest is handed over."),
                icon="undo-2",
                chosen=self._way == pickup.REFUND,
            ),
        )
        chosen = next(way for way in ways if way.chosen)
        scanning = self._way == pickup.SUBSTITUTE and agreed
        button, why_not = self._button(), chosen.why_not
        if scanning and self._instead is None:
            why_not = _("Scan what they get instead")
        instead = self._instead.product if self._instead is not None and scanning else None
        self.state = MissingState(
            title=_("Not found here?"),
            detail=dotted(f"{quantity(left)} \u00d7 {name}", detail),
            ways=ways,
            instead=instead.name if instead is not None else "",
            instead_detail=dotted(instead.variant, instead.sku) if instead is not None else "",
            scanning=scanning,
            problem=self._problem,
            button=button,
            why_not=why_not,
        )
        self.on_change(self.state)

    def _resource(self, others: list[lookup.Elsewhere]) -> WayOut:
        if others:
            best = others[0]
            store = best.name or _("Store {number}").format(number=best.store)
            form = _("{store} has {count}. Head office moves the order there.")
            detail = form.format(store=store, count=number(best.on_hand // 1_000))
        else:
            detail = _("No other store is known to have it. Head office looks.")
        return WayOut(
            *(pickup.RESOURCE, _("Get it from another store"), detail),
            icon="store",
            chosen=self._way == pickup.RESOURCE,
        )

    def _back(self, order: Order, line: OrderLine) -> str:
        left = max(0, line.qty - line.picked - line.short)
        share = line.total * left // line.qty if line.qty else 0
        return money(share, order.row.currency)

    def _button(self) -> str:
        return {
            pickup.RESOURCE: _("Ask another store"),
            pickup.SUBSTITUTE: _("Give this instead"),
            pickup.REFUND: _("Leave it out"),
        }[self._way]
