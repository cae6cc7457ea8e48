"""Every screen and sheet of the window, built when first wanted, their signals tied to acts by name.

A till that starts shows the lock, then Sell; what a person sees minutes later costs the start
nothing, neither its code nor its widgets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pos_app.presenters.closing import CloseState
from pos_app.presenters.opening import OpenState
from pos_app.ui import case_desk, customers_desk, goods_desk, pickup_desk, return_desk, stock_desk
from pos_app.ui.cart_panel import CartPanel
from pos_app.ui.lock import LockPanel, LockWork, PeopleSheet
from pos_app.ui.sell import SellWork

if TYPE_CHECKING:
    from pos_app.presenters.connection import SyncState
    from pos_app.presenters.offers import Offering
    from pos_app.ui.acts import Acts
    from pos_app.ui.cash_sheets import CashSheet, XSheet
    from pos_app.ui.close_shift import ClosePanel, CloseWork
    from pos_app.ui.commands import CommandSheet
    from pos_app.ui.consent import ConsentSheet
    from pos_app.ui.invoice_sheet import InvoiceSheet
    from pos_app.ui.lists_sheets import MoreSheet, ShelvesSheet, SyncSheet
    from pos_app.ui.member_strip import RewardSheet
    from pos_app.ui.offer_sheets import CouponSheet, WeighSheet
    from pos_app.ui.open_shift import OpenPanel, OpenWork
    from pos_app.ui.parked import ParkedSheet
    from pos_app.ui.pay import PayWork
    from pos_app.ui.preferences import PreferencesSheet
    from pos_app.ui.product import ProductSheet
    from pos_app.ui.sheets import (
        AskSheet,
        CustomSheet,
        DiscountSheet,
    )
    from pos_app.ui.shell import Sheet, SyncPill
    from pos_app.ui.value_page import ValueSheet
    from pos_app.ui.window import Window

SCREENS = {
    "lock": ("lock_work", "lock_panel"),
    "open_shift": ("open_work", "open_panel"),
    "sell": ("sell_work", "cart"),
    "pay": ("pay_work", "cart"),
    "close_shift": ("close_work", "close_panel"),
}
"""Screen -> what stands in the work area, and its panel."""

_Work = TypeVar("_Work")
_Sheet = TypeVar("_Sheet", bound="Sheet")


class Screens:
    """The widgets, each made when it is first asked for; `tie` says what their presses do."""

    acts: Acts
    offering: Offering

    def __init__(self, window: Window) -> None:
        self.window = window
        self.pills: list[SyncPill] = []
        self.compact = False

    def tie(self, acts: Acts) -> None:
        """Every press becomes an act of these."""
        self.acts = acts
        self.window.rail.went.connect(acts.do)

    def build(self, name: str) -> None:
        """Makes a screen or a sheet and gives it to the window."""
        if name in return_desk.SCREENS:
            self.window.add_screen(name, *self.window.returning.parts(name))
        elif name == case_desk.SCREEN:
            self.window.add_screen(name, *self.window.casework.parts())
        elif name == pickup_desk.SCREEN:
            self.window.add_screen(name, *self.window.orders.parts())
        elif name == goods_desk.SCREEN:
            self.window.add_screen(name, *self.window.goods.parts())
        elif name == stock_desk.SCREEN:
            self.window.add_screen(name, *self.window.stocking.parts())
        elif name == customers_desk.SCREEN:
            self.window.add_screen(name, *self.window.members.parts())
        elif name in customers_desk.SHEETS:
            self.window.members.build(name)
        elif name in pickup_desk.SHEETS:
            self.window.orders.build(name)
        elif name in SCREENS:
            work, panel = SCREENS[name]
            self.window.add_screen(name, getattr(self, work), getattr(self, panel))
        else:
            getattr(self, name)

    def built(self, part: str) -> bool:
        """True for a part that somebody has asked for."""
        return part in self.__dict__

    # ---- screens

    @cached_property
    def lock_work(self) -> LockWork:
        """People, clock, what waits."""
        work = self.take_work(LockWork())
        work.chosen.connect(self.window.lock.choose)
        return work

    @cached_property
    def lock_panel(self) -> LockPanel:
        """The PIN."""
        panel = LockPanel()
        panel.act.connect(self.acts.do)
        panel.key.connect(self.window.keyboard.typed)
        return panel

    @cached_property
    def open_work(self) -> OpenWork:
        """The float, counted."""
        from pos_app.ui.open_shift import OpenWork

        work, opening = self.take_work(OpenWork()), self.window.opening
        work.grid.changed.connect(opening.set)
        work.grid.same.connect(opening.same)
        return work

    @cached_property
    def open_panel(self) -> OpenPanel:
        """What it comes to."""
        from pos_app.ui.open_shift import OpenPanel

        panel, opening = OpenPanel(), self.window.opening
        panel.act.connect(self.acts.do)
        panel.note.connect(lambda text: setattr(opening, "note", text))
        return panel

    @cached_property
    def sell_work(self) -> SellWork:
        """Search, shelves, products."""
        work, finding = self.take_work(SellWork()), self.window.finding
        work.typed.connect(self.window.typing.search)
        work.chose.connect(self.acts.tile_chosen)
        work.nearby.connect(self.window.stocking.tile)
        work.chips.chosen.connect(finding.choose_shelf)
        work.chips.all_asked.connect(self.acts.all_shelves)
        work.set_compact(compact=self.compact)
        return work

    @cached_property
    def cart(self) -> CartPanel:
        """The basket, of Sell and of Pay."""
        panel, acts = CartPanel(), self.acts
        panel.act.connect(acts.do)
        panel.card.act.connect(acts.card)
        panel.list.act.connect(acts.do)
        panel.list.chosen.connect(acts.line_chosen)
        panel.set_compact(compact=self.compact)
        return panel

    @cached_property
    def pay_work(self) -> PayWork:
        """Ways to pay, and how much."""
        from pos_app.domain.tender import TENDERS
        from pos_app.presenters.views import tender_name
        from pos_app.ui.pay import PayWork

        tenders = [
            (code, tender_name(code), tender.icon)
            for code, tender in TENDERS.items()
            if tender.offered
        ]
        work, paying = self.take_work(PayWork(tenders)), self.window.paying
        work.key.connect(self.window.keyboard.typed)
        work.amount.connect(paying.set_amount)
        work.card_page.slip.edit.textEdited.connect(paying.set_reference)
        work.card_wait.slip.connect(self.window.cards.by_hand)
        work.value_page.code.connect(paying.typed_code)
        return work

    @cached_property
    def close_work(self) -> CloseWork:
        """The day, and the drawer counted."""
        from pos_app.ui.close_shift import CloseWork

        work = self.take_work(CloseWork())
        work.grid.changed.connect(self.window.closing.set)
        return work

    @cached_property
    def close_panel(self) -> ClosePanel:
        """Expected, counted, difference."""
        from pos_app.ui.close_shift import ClosePanel

        panel = ClosePanel()
        panel.act.connect(self.acts.do)
        return panel

    def take_work(self, work: _Work) -> _Work:
        """A work area: its acts, and its pill as it is now."""
        parts: Any = work
        parts.act.connect(self.acts.do)
        parts.pill.clicked.connect(lambda: self.acts.do("sync"))
        parts.pill.show_state(self.window.connection.state)
        self.pills.append(parts.pill)
        return work

    # ---- sheets

    @cached_property
    def consent(self) -> ConsentSheet:
        """A reason, or a manager's PIN."""
        from pos_app.ui.consent import ConsentSheet

        sheet, presenter = self._sheet("consent", ConsentSheet()), self.window.consent
        sheet.reason.connect(presenter.give_reason)
        sheet.person.connect(presenter.choose)
        sheet.key.connect(self.window.keyboard.typed)
        return sheet

    @cached_property
    def discount(self) -> DiscountSheet:
        """How much off, and why."""
        from pos_app.ui.sheets import DiscountSheet

        sheet, presenter = self._sheet("discount", DiscountSheet()), self.window.discounting
        sheet.act.connect(self.acts.do)
        sheet.typed.connect(presenter.type)
        sheet.kind.connect(presenter.choose_kind)
        sheet.reason.connect(presenter.choose_reason)
        return sheet

    @cached_property
    def custom(self) -> CustomSheet:
        """What the catalogue does not know."""
        from pos_app.ui.sheets import CustomSheet

        sheet = self._sheet("custom", CustomSheet())
        sheet.add.connect(self.acts.add_custom)
        return sheet

    @cached_property
    def ask(self) -> AskSheet:
        """A quantity, or a note."""
        from pos_app.ui.sheets import AskSheet

        sheet = self._sheet("ask", AskSheet())
        sheet.given.connect(self.acts.asked)
        return sheet

    @cached_property
    def coupon(self) -> CouponSheet:
        """A coupon's code."""
        from pos_app.ui.offer_sheets import CouponSheet

        sheet = self._sheet("coupon", CouponSheet())
        sheet.given.connect(self.offering.type_coupon)
        return sheet

    @cached_property
    def rewards(self) -> RewardSheet:
        """What a customer may have for points."""
        from pos_app.ui.member_strip import RewardSheet

        sheet = self._sheet("rewards", RewardSheet())
        sheet.chosen.connect(self.window.points.press)
        return sheet

    @cached_property
    def values(self) -> ValueSheet:
        """A gift card is sold, topped up, asked about."""
        from pos_app.ui.value_page import ValueSheet

        sheet, values = self._sheet("values", ValueSheet()), self.window.values
        sheet.act.connect(self.acts.do)
        sheet.chosen.connect(lambda place: values.choose(values.state.presets[place].amount))
        sheet.typed.connect(values.type)
        sheet.code.connect(values.take_card)
        return sheet

    @cached_property
    def weigh(self) -> WeighSheet:
        """A weight, typed or from the scale."""
        from pos_app.ui.offer_sheets import WeighSheet

        sheet = self._sheet("weigh", WeighSheet())
        sheet.given.connect(self.offering.type_weight)
        sheet.ask_scale.connect(self.offering.read_scale)
        return sheet

    @cached_property
    def product(self) -> ProductSheet:
        """About one product."""
        from pos_app.ui.product import ProductSheet

        sheet, about = self._sheet("product", ProductSheet()), self.window.about
        sheet.add.connect(lambda: self.acts.do("add_product"))
        sheet.other.connect(about.other)
        sheet.sell_from.connect(about.sell_from)
        sheet.variant.connect(about.choose)
        sheet.favourite.connect(about.favourite)
        return sheet

    @cached_property
    def sync(self) -> SyncSheet:
        """The line to head office."""
        from pos_app.ui.lists_sheets import SyncSheet

        sheet = self._sheet("sync", SyncSheet())
        sheet.act.connect(self.acts.do)
        sheet.show_state(self.window.connection.state)
        return sheet

    @cached_property
    def parked(self) -> ParkedSheet:
        """Baskets put aside."""
        from pos_app.ui.parked import ParkedSheet

        sheet = self._sheet("parked", ParkedSheet())
        sheet.chosen.connect(self.window.parked.recall)
        sheet.show_state(self.window.parked.state)
        return sheet

    @cached_property
    def more(self) -> MoreSheet:
        """Every other act."""
        from pos_app.ui.lists_sheets import MoreSheet

        sheet = self._sheet("more", MoreSheet())
        sheet.act.connect(self.acts.do)
        return sheet

    @cached_property
    def commands(self) -> CommandSheet:
        """Every command, by its name."""
        from pos_app.ui.commands import CommandSheet

        sheet, presenter = self._sheet("commands", CommandSheet()), self.window.commands
        sheet.typed.connect(presenter.type)
        sheet.run.connect(self.acts.run_command)
        return sheet

    @cached_property
    def preferences(self) -> PreferencesSheet:
        """Settings."""
        from pos_app.ui.preferences import PreferencesSheet

        sheet, presenter = self._sheet("preferences", PreferencesSheet()), self.window.preferences
        sheet.chose.connect(presenter.choose)
        sheet.typed.connect(presenter.type)
        sheet.key.connect(presenter.key)
        sheet.act.connect(self.acts.setting)
        sheet.done.connect(self.acts.do)
        return sheet

    @cached_property
    def people(self) -> PeopleSheet:
        """Everybody who may sign in."""
        sheet = self._sheet("people", PeopleSheet())
        sheet.chosen.connect(self.window.people.chosen)
        return sheet

    @cached_property
    def invoice(self) -> InvoiceSheet:
        """Who an invoice is made out to."""
        from pos_app.ui.invoice_sheet import InvoiceSheet

        sheet = self._sheet("invoice", InvoiceSheet())
        sheet.made.connect(self.window.papers.make)
        sheet.show_state(self.window.papers.state)
        self.window.papers.on_change = sheet.show_state
        return sheet

    @cached_property
    def cash_move(self) -> CashSheet:
        """Cash in, cash out, safe drop."""
        from pos_app.ui.cash_sheets import CashSheet

        sheet, presenter = self._sheet("cash_move", CashSheet()), self.window.shifts.cash
        sheet.act.connect(self.acts.do)
        sheet.kind.connect(presenter.choose_kind)
        sheet.typed.connect(presenter.type)
        sheet.reason.connect(presenter.choose_reason)
        sheet.reference.connect(presenter.set_reference)
        return sheet

    @cached_property
    def x_report(self) -> XSheet:
        """The shift so far."""
        from pos_app.ui.cash_sheets import XSheet

        sheet = self._sheet("x_report", XSheet())
        sheet.act.connect(self.acts.do)
        return sheet

    @cached_property
    def shelves(self) -> ShelvesSheet:
        """Every shelf."""
        from pos_app.ui.lists_sheets import ShelvesSheet

        sheet = self._sheet("shelves", ShelvesSheet())
        sheet.chosen.connect(self.acts.shelf)
        return sheet

    def _sheet(self, name: str, sheet: _Sheet) -> _Sheet:
        self.window.add_sheet(name, sheet)
        return sheet

    # ---- what several of them show

    def shows(self, sheet: str) -> Callable[[Any], None]:
        """For a presenter: its sheet is made when there is first something to show in it."""
        return lambda state: getattr(self, sheet).show_state(state)

    def show_open(self, state: OpenState) -> None:
        """Open shift, both halves."""
        self.open_work.show_state(state)
        self.open_panel.show_state(state)

    def show_close(self, state: CloseState) -> None:
        """Close shift, both halves."""
        self.close_work.show_state(state)
        self.close_panel.show_state(state)

    def show_line(self, state: SyncState) -> None:
        """The pill of each screen, and its sheet."""
        for pill in self.pills:
            pill.show_state(state)
        self.window.shifts.committed()
        self.window.orders.line_changed()
        self.window.returning.line_changed()
        if self.built("sync"):
            self.sync.show_state(state)
        if self.window.sheet_name == "preferences":
            self.window.preferences.look_again()

    def set_compact(self, *, compact: bool) -> None:
        """Narrow windows show fewer caps and buttons."""
        self.compact = compact
        if self.built("sell_work"):
            self.sell_work.set_compact(compact=compact)
        if self.built("cart"):
            self.cart.set_compact(compact=compact)
