"""The sheets that ask for a weight and for a coupon."""

from __future__ import annotations

from PySide6.QtCore import Signal

from pos_app.presenters.offers import WeighState
from pos_app.ui.buttons import Button
from pos_app.ui.sheets import AskSheet
from pos_app.words import _


class WeighSheet(AskSheet):
    """Kilograms, typed or from the scale."""

    ask_scale = Signal()
    corner = "."

    def __init__(self) -> None:
        super().__init__()
        self.scale = Button(_("Weigh again"), icon="rotate-ccw")
        self.scale.clicked.connect(self.ask_scale)
        self.foot.insertWidget(0, self.scale)
        self.go.say(_("Add to the sale"))

    def show_state(self, state: WeighState) -> None:
        """Draws what is asked for."""
        detail = _("Kilograms")
        if state.scale:
            detail = _("Put it on the scale, or type kilograms.")
        if state.asking:
            detail = _("Asking the scale…")
        self.ask(state.name, detail, state.text, number=True)
        self.field.edit.setAccessibleName(
            _("Weight of {name} in kilograms").format(name=state.name)
        )
        self.refuse(state.problem)
        self.scale.setVisible(state.scale)
        self.scale.setEnabled(not state.asking)


class CouponSheet(AskSheet):
    """A coupon's code."""

    def __init__(self) -> None:
        super().__init__()
        self.go.say(_("Add the coupon"))

    def begin(self, problem: str) -> None:
        """Empty, or with why the code that stands there is none."""
        text = self.field.text if problem else ""
        self.ask(_("Coupon"), _("Scan it, or type its code."), text, number=False)
        self.refuse(problem)
