"""What needs attention, in the window: its screen, its keys, the badge on the rail."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.presenters.exception_views import AttentionState
from pos_app.presenters.exceptions import Exceptions
from pos_app.ui.search_keys import SearchKeys
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.exception_sheets import LaterSheet, PatternSheet
    from pos_app.ui.exceptions import AttentionPanel, AttentionWork
    from pos_app.ui.window import Window

SCREEN = "attention"


class CaseDesk(SearchKeys):
    """The screen on which what the hub asks is looked at and settled."""

    screen = SCREEN

    def __init__(self, window: Window) -> None:
        self.window = window
        self.cases = Exceptions(window.desk)
        self.work: AttentionWork | None = None
        self.panel: AttentionPanel | None = None
        self.cases.on_change = self._show
        self.cases.on_count = self._count

    def parts(self) -> tuple[QWidget, QWidget]:
        """Work area and panel, made when the screen is first shown."""
        from pos_app.ui.exceptions import AttentionPanel, AttentionWork

        work, panel = AttentionWork(), AttentionPanel()
        work.typed.connect(self.cases.type)
        work.group.connect(self.cases.choose_group)
        work.tab.connect(self.cases.choose_tab)
        work.chosen.connect(self.cases.choose)
        panel.act.connect(self.window.acts.do)
        panel.way.connect(self.cases.choose_way)
        panel.reason.connect(self.cases.set_reason)
        self.work, self.panel = self.window.screens.take_work(work), panel
        self._show(self.cases.state)
        return work, panel

    def _show(self, state: AttentionState) -> None:
        if self.work is not None and self.panel is not None:
            self.work.show_state(state)
            self.panel.show_state(state)

    def _count(self, count: int) -> None:
        self.window.rail.show_count(SCREEN, count)
        self.window.connection.refresh()

    # ---- going there

    def acts(self) -> dict[str, Callable[[], object]]:
        """By their names in the tables of keys and commands."""
        return {
            SCREEN: self.go,
            "cases_show_all": self.go,
            "attention_list": self._list,
            "attention_sale": self._sale,
            "attention_copy": self._copy,
            "case_take": self._take,
            "patterns": self._patterns,
            "case_note": self._note,
            "way_1": lambda: self.cases.choose_nth(0),
            "way_2": lambda: self.cases.choose_nth(1),
            "way_3": lambda: self.cases.choose_nth(2),
        }

    def go(self) -> None:
        """The queue; not while a payment is made."""
        window = self.window
        if window.place == "lock" or window.selling.state.busy or window.cards.running:
            return
        if window.place == "pay":
            window.acts.back()
        if window.place != "pay" and self.cases.open():
            window.close_sheet()
            if self.work is not None:
                self.work.search.edit.clear()
                self.work.open_detail(on=False)
            window.go(SCREEN)

    @cached_property
    def later_sheet(self) -> LaterSheet:
        """Made when somebody first puts a case off."""
        from pos_app.ui.exception_sheets import LaterSheet

        sheet = LaterSheet()
        self.window.add_sheet("later", sheet)
        sheet.chose.connect(self._put_off)
        return sheet

    @cached_property
    def pattern_sheet(self) -> PatternSheet:
        """Made when somebody first asks."""
        from pos_app.ui.exception_sheets import PatternSheet

        sheet = PatternSheet()
        self.window.add_sheet("patterns", sheet)
        sheet.again.connect(self.cases.patterns.open)
        self.cases.patterns.on_change = sheet.show_state
        return sheet

    def _take(self) -> None:
        """Takes it; whoever has it says until when it is put off."""
        choices = self.cases.later()
        if not choices:
            self.cases.take()
        elif self.window.place == SCREEN:
            self.later_sheet.show_choices(choices)
            self.window.open_sheet("later")

    def _put_off(self, until: str) -> None:
        self.window.close_sheet()
        self.cases.put_off(until)

    def _patterns(self) -> None:
        sheet = self.pattern_sheet
        if self.cases.patterns.open():
            sheet.show_state(self.cases.patterns.state())
            self.window.open_sheet("patterns")

    def heard(self, asked: str) -> None:
        """The hub answered something."""
        self.cases.patterns.heard(asked)

    def _list(self) -> None:
        if self.work is not None:
            self.work.open_detail(on=False)

    def _sale(self) -> None:
        """The evidence, as it was printed."""
        shown, sales = self.cases.state.shown, self.window.returning.sales
        if shown is not None and shown.sale:
            self.window.acts.do("sales")
            if self.window.place == "sales":
                sales.choose(shown.sale)

    def _copy(self) -> None:
        shown = self.cases.state.shown
        if shown is not None:
            QApplication.clipboard().setText(shown.details)
            self.window.toast(_("Details copied."))

    def _note(self) -> None:
        if self.panel is not None and self.panel.note.isVisible():
            self.panel.note.edit.setFocus(Qt.FocusReason.TabFocusReason)

    # ---- keys

    def finish(self) -> bool:
        """F12 here; False on any other screen."""
        if self.window.place != SCREEN:
            return False
        self.cases.settle()
        return True

    def moved(self, key: int) -> bool:
        """Arrows move in the queue; True where they did."""
        if self.window.place == SCREEN and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.cases.move(1 if key == Qt.Key.Key_Down else -1)
            return True
        return False

    def step_back(self) -> bool:
        """A narrow screen shows its list."""
        if self.work is not None and self.work.narrow and self.work.detail_open:
            self.work.open_detail(on=False)
            return True
        return False

    def choice(self) -> Callable[[], None]:
        """The case that is chosen now."""
        chosen = self.cases.state.shown

        def choose() -> None:
            if chosen is not None:
                self.cases.choose(chosen.case_id)

        return choose
