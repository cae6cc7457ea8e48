"""What has to be typed for some goods and some customers: a weight, a coupon's code."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pos_app.domain.catalogue import KILOGRAM
from pos_app.domain.errors import PosError
from pos_app.presenters.desk import Desk
from pos_app.presenters.selling import Selling
from pos_app.presenters.typed import quantity_typed
from pos_app.words import _, quantity

SCALE = "scale"
"""Lane of the scale."""
TYPED_MAX = 100_000
"""Thousandths of a kilogram that somebody can mean: who types 350 thinks of grams."""


class WeighState(msgspec.Struct, frozen=True):
    """The sheet that asks for a weight."""

    name: str = ""
    text: str = ""
    problem: str = ""
    scale: bool = False
    """True where there is a scale to ask."""
    asking: bool = False


class Offering:
    """Fills both sheets and does what was typed there."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_weigh: Callable[[WeighState], None] = lambda _state: None
        self.on_coupon: Callable[[str], None] = lambda _problem: None
        self.weighing = WeighState()
        self._raw, self._code = "", True
        self._turn = 0
        selling.on_weigh = self.weigh

    # ---- a weight

    def weigh(self, raw: str, name: str, code: bool) -> None:
        """Goods that have to be weighed: asks the scale, and for a typed weight."""
        self._raw, self._code = raw, code
        scale = self.desk.till.devices.scale is not None
        self._show(WeighState(name, scale=scale))
        self.desk.hands.open_sheet("weigh")
        self.desk.hands.announce(_("{name}: type the weight.").format(name=name), at_once=True)
        if scale:
            self.read_scale()

    def read_scale(self) -> None:
        """Asks the scale for a steady weight; the sheet stays where it cannot say one."""
        scale = self.desk.till.devices.scale
        if scale is None or self.weighing.asking:
            return
        self._turn += 1
        turn = self._turn
        self._show(msgspec.structs.replace(self.weighing, asking=True, problem=""))

        def done(weight: int) -> None:
            if turn == self._turn and self.weighing.asking:
                self._add(weight)

        def failed(error: BaseException) -> None:
            if not isinstance(error, PosError):
                raise error
            if turn == self._turn:
                problem = str(self.desk.words(error))
                self._show(msgspec.structs.replace(self.weighing, asking=False, problem=problem))

        self.desk.hands.run(SCALE, scale.weight, done, failed)

    def type_weight(self, text: str) -> None:
        """Kilograms, as typed."""
        weight = quantity_typed(text, KILOGRAM)
        if not weight:
            problem = _("Type kilograms, for example {example}.").format(example=quantity(350))
            self._show(msgspec.structs.replace(self.weighing, text=text, problem=problem))
            return
        if weight > TYPED_MAX:
            problem = _("More than {most}? Type kilograms, for example {example}.").format(
                most=quantity(TYPED_MAX, KILOGRAM), example=quantity(350)
            )
            self._show(msgspec.structs.replace(self.weighing, text=text, problem=problem))
            return
        self._add(weight)

    def _add(self, weight: int) -> None:
        self._turn += 1
        self.weighing = msgspec.structs.replace(self.weighing, asking=False)
        self.desk.hands.close_sheet()
        self.selling.scan(self._raw, code=self._code, qty=weight)

    def _show(self, state: WeighState) -> None:
        self.weighing = state
        self.on_weigh(state)

    # ---- a coupon

    def ask_coupon(self) -> None:
        """Opens the sheet for a coupon's code."""
        self.on_coupon("")
        self.desk.hands.open_sheet("coupon")

    def type_coupon(self, text: str) -> None:
        """A code, as typed; the sheet stays open where it is none."""
        error = self.selling.coupon(text)
        if error is None:
            self.desk.hands.close_sheet()
            return
        told = self.desk.words(error)
        self.on_coupon(str(told))
        self.desk.hands.announce(str(told), at_once=True)

    def is_coupon(self, text: str) -> bool:
        """True where a text in the search field is the code of a coupon this till knows."""
        from pos_app.domain.promotion import coupon_key

        return bool(text.strip()) and coupon_key(text) in self.desk.till.offers.coupons
