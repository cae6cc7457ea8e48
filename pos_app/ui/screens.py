"""Every screen and sheet of the window, built once, their signals tied to acts by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.tender import TENDERS
from pos_app.presenters.shifts import CloseState, OpenState
from pos_app.presenters.views import tender_name
from pos_app.ui.cart_panel import CartPanel
from pos_app.ui.lists_sheets import MoreSheet, ParkedSheet, SalesSheet, ShelvesSheet, SyncSheet
from pos_app.ui.lock import LockPanel, LockWork
from pos_app.ui.pay import PayWork
from pos_app.ui.sell import SellWork
from pos_app.ui.sheets import AskSheet, ConsentSheet, CustomSheet, DiscountSheet, ProductSheet
from pos_app.ui.shift_screens import ClosePanel, CloseWork, OpenPanel, OpenWork

if TYPE_CHECKING:
    from pos_app.ui.acts import Acts
    from pos_app.ui.frame import Frame


class Screens:
    """The widgets. `tie` connects them to the acts."""

    def __init__(self, frame: Frame) -> None:
        tenders = [(code, tender_name(code), tender.icon) for code, tender in TENDERS.items()]
        self.lock_work, self.lock_panel = LockWork(), LockPanel()
        self.open_work, self.open_panel = OpenWork(), OpenPanel()
        self.sell_work, self.cart = SellWork(), CartPanel()
        self.pay_work = PayWork(tenders)
        self.close_work, self.close_panel = CloseWork(), ClosePanel()
        frame.add_screen("lock", self.lock_work, self.lock_panel)
        frame.add_screen("open_shift", self.open_work, self.open_panel)
        frame.add_screen("sell", self.sell_work, self.cart)
        frame.add_screen("pay", self.pay_work, self.cart)
        frame.add_screen("close_shift", self.close_work, self.close_panel)
        self.consent, self.discount, self.custom = ConsentSheet(), DiscountSheet(), CustomSheet()
        self.ask, self.product = AskSheet(), ProductSheet()
        self.sync, self.parked, self.sales = SyncSheet(), ParkedSheet(), SalesSheet()
        self.more, self.shelves = MoreSheet(), ShelvesSheet()
        for name in (
            *("consent", "discount", "custom", "ask", "product"),
            *("sync", "parked", "sales", "more", "shelves"),
        ):
            frame.add_sheet(name, getattr(self, name))
        self.pills = [
            work.pill
            for work in (
                self.lock_work,
                self.open_work,
                self.sell_work,
                self.pay_work,
                self.close_work,
            )
        ]

    def tie(self, acts: Acts) -> None:
        """Every press becomes an act."""
        for part in (
            *(self.lock_work, self.lock_panel, self.open_work, self.open_panel, self.sell_work),
            *(self.cart, self.pay_work, self.close_work, self.close_panel),
            *(self.sync, self.sales, self.more, self.discount),
        ):
            part.act.connect(acts.do)
        self.cart.card.act.connect(acts.card)
        self.cart.list.act.connect(acts.do)
        self.cart.list.chosen.connect(acts.line_chosen)
        for pill in self.pills:
            pill.clicked.connect(lambda: acts.do("sync"))
        self.lock_work.chosen.connect(acts.window.lock.choose)
        self.lock_panel.key.connect(acts.window.keyboard.typed)
        self._tie_work(acts)
        self._tie_sheets(acts)

    def _tie_work(self, acts: Acts) -> None:
        window = acts.window
        self.open_work.grid.changed.connect(window.opening.set)
        self.close_work.grid.changed.connect(window.closing.set)
        self.sell_work.typed.connect(window.finding.type)
        self.sell_work.chose.connect(acts.tile_chosen)
        self.sell_work.chips.chosen.connect(window.finding.choose_shelf)
        self.sell_work.chips.all_asked.connect(acts.all_shelves)
        self.pay_work.key.connect(acts.window.keyboard.typed)
        self.pay_work.amount.connect(window.paying.set_amount)
        self.pay_work.card_page.slip.edit.textEdited.connect(window.paying.set_reference)
        window.rail.went.connect(acts.do)

    def _tie_sheets(self, acts: Acts) -> None:
        window = acts.window
        self.consent.reason.connect(window.consent.give_reason)
        self.consent.person.connect(window.consent.choose)
        self.consent.key.connect(acts.window.keyboard.typed)
        self.discount.typed.connect(window.discounting.type)
        self.discount.kind.connect(window.discounting.choose_kind)
        self.discount.reason.connect(window.discounting.choose_reason)
        self.custom.add.connect(acts.add_custom)
        self.ask.given.connect(acts.asked)
        self.product.add.connect(acts.add_product)
        self.product.variant.connect(window.finding.show_product)
        self.parked.chosen.connect(window.parked.recall)
        self.sales.chosen.connect(window.sales.choose)
        self.shelves.chosen.connect(acts.shelf)

    def show_open(self, state: OpenState) -> None:
        """Open shift, both halves."""
        self.open_work.show_state(state)
        self.open_panel.show_state(state)

    def show_close(self, state: CloseState) -> None:
        """Close shift, both halves."""
        self.close_work.show_state(state)
        self.close_panel.show_state(state)

    def set_compact(self, *, compact: bool) -> None:
        """Narrow windows show fewer caps and buttons."""
        self.sell_work.set_compact(compact=compact)
        self.cart.set_compact(compact=compact)
