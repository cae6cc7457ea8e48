"""Deliveries, transfers, counts: the list to choose from, and the lines while one is counted."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.goods_views import LIST, GoodsState, PanelView
from pos_app.ui import keys, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.goods_parts import CountLine, DifferenceCard, HeaderCard, Tabs
from pos_app.ui.labels import Empty, Ground, Label, Notice, Pill, panel_header
from pos_app.ui.lists import List, RowDelegate
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET


class _Entries(RowDelegate):
    """Rows of the list, told apart by their keys."""

    def show_row(self, view: object) -> tuple[str, str, str, str, str, str, object]:
        return (*view.shown, view.key)  # type: ignore[attr-defined]  # rows are EntryView


class GoodsWork(Ground):
    """Search, then the list or the work that is open."""

    act = Signal(str)
    typed = Signal(str)
    tab = Signal(str)
    chip = Signal(str)
    chosen = Signal(str)
    step = Signal(str, int)
    touched = Signal(str)
    done = Signal(str)

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, INSET)
        column.setSpacing(12)
        top = QHBoxLayout()
        top.setSpacing(12)
        self.back = Button("", "plain", icon="arrow-left", name=_("Back to the list"))
        self.back.setFixedWidth(48)
        self.back.clicked.connect(lambda: self.act.emit("goods_list"))
        self.search = Field(
            _("Scan an item, a box or the delivery note"),
            _("Scan item, box or note"),
            icon="search",
            key=keys.cap("search"),
        )
        self.search.edit.textEdited.connect(self.typed)
        self.search.edit.returnPressed.connect(lambda: self.act.emit("goods_enter"))
        self.stock = Button("", "plain", icon="boxes", name=_("Stock of all stores"))
        self.stock.setFixedWidth(48)
        self.stock.clicked.connect(lambda: self.act.emit("stock"))
        self.pill = SyncPill()
        top.addWidget(self.back)
        top.addWidget(self.search, 1)
        top.addWidget(self.stock)
        top.addWidget(self.pill)
        column.addLayout(top)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._list_page())
        self.stack.addWidget(self._work_page())
        column.addWidget(self.stack, 1)
        self.state = GoodsState()
        self.lines: list[CountLine] = []

    def _list_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.tabs = Tabs(3)
        self.tabs.chose.connect(self.tab)
        column.addWidget(self.tabs)
        self.list = List(_("Deliveries, transfers and counts"), QPalette.ColorRole.Window)
        self.delegate = _Entries(self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.chosen.connect(self._row)
        column.addWidget(self.list, 1)
        self.nothing = Empty("truck", "")
        column.addWidget(self.nothing, 1)
        return page

    def _work_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.header = HeaderCard()
        self.chips = Tabs(4)
        self.chips.chose.connect(self.chip)
        column.addWidget(self.header)
        column.addWidget(self.chips)
        self.rows = Scrolled()
        self.rows.column.setSpacing(8)
        column.addWidget(self.rows, 1)
        self.more = Label("", 13, 500, "text2", wrap=True)
        column.addWidget(self.more)
        self.no_rows = Empty("scan-barcode", _("Scan the first item"))
        column.addWidget(self.no_rows, 1)
        column.addStretch(0)
        return page

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 480)

    def show_state(self, state: GoodsState) -> None:
        """Draws it."""
        self.state = state
        in_list = state.stage == LIST
        self.back.setVisible(not in_list)
        self.stock.setVisible(in_list)
        self.stack.setCurrentIndex(0 if in_list else 1)
        self.search.remark("", state.times)
        if in_list:
            self.tabs.show_tabs(state.tabs)
            self.delegate.marked = state.marked
            self.list.set_rows(state.entries)
            self.list.viewport().update()
            self.list.setVisible(bool(state.entries))
            self.nothing.setVisible(not state.entries)
            self.nothing.say(state.empty, state.empty_detail)
            return
        self.header.show_header(state.header)
        self.chips.show_tabs(state.chips)
        self._show_rows(state)
        self.more.say(state.more)
        self.more.setVisible(bool(state.more))

    def _show_rows(self, state: GoodsState) -> None:
        while len(self.lines) < len(state.rows):
            line = CountLine()
            line.step.connect(self.step)
            line.touched.connect(self.touched)
            line.done.connect(self.done)
            self.rows.column.addWidget(line)
            self.lines.append(line)
        for place, line in enumerate(self.lines):
            line.setVisible(place < len(state.rows))
            if place < len(state.rows):
                line.show_row(state.rows[place])
        self.rows.setVisible(bool(state.rows))
        self.no_rows.setVisible(not state.rows)
        self.rows.updateGeometry()
        marked = next((place for place, row in enumerate(state.rows) if row.marked), -1)
        if marked >= 0:
            self.rows.ensureWidgetVisible(self.lines[marked], 0, 8)

    def _row(self, place: int) -> None:
        if place < len(self.state.entries):
            self.chosen.emit(self.state.entries[place].key)


class GoodsPanel(Ground):
    """What somebody waits for, what differs and what becomes of it, the ways on."""

    act = Signal(str)
    reason = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        self.title = Label("", 17, 700, wrap=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        self.pill = Pill("", "info")
        column.addWidget(panel_header(self.title, self.detail, self.pill, grows=True))
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 14, INSET, 8)
        body.setSpacing(12)
        column.addLayout(body, 1)
        self.banner = Notice("info", "package-check")
        body.addWidget(self.banner)
        self.aside = Button("", "soft", icon="check")
        self.aside.clicked.connect(lambda: self.act.emit("goods_aside"))
        body.addWidget(self.aside)
        head = QHBoxLayout()
        self.head = Label("", 16, 700)
        self.head_detail = Label("", 13, 500, "text2")
        head.addWidget(self.head, 1)
        head.addWidget(self.head_detail)
        body.addLayout(head)
        self.scrolled = Scrolled()
        self.scrolled.column.setSpacing(14)
        self.scrolled.column.setAlignment(Qt.AlignmentFlag.AlignTop)
        body.addWidget(self.scrolled)
        self.empty = Empty("circle-check", "")
        body.addWidget(self.empty, 1)
        body.addStretch(0)
        column.addWidget(self._footer())
        self.cards: list[DifferenceCard] = []
        self.view = PanelView()

    def _footer(self) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 12, INSET, 18)
        column.setSpacing(10)
        self.damaged = Button("", "plain", icon="triangle-alert", key=keys.cap("goods_damage"))
        self.damaged.clicked.connect(lambda: self.act.emit("goods_damage"))
        column.addWidget(self.damaged)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.pause = Button("", "plain", icon="pause", key=keys.cap("goods_pause"))
        self.pause.clicked.connect(lambda: self.act.emit("goods_pause"))
        self.rest = Button("", "plain")
        self.rest.clicked.connect(lambda: self.act.emit("goods_rest"))
        row.addWidget(self.pause, 1)
        row.addWidget(self.rest, 1)
        column.addLayout(row)
        self.finish = Button("", "primary", key=keys.cap("finish"))
        self.finish.keeps_words = True
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return footer

    def show_state(self, state: GoodsState) -> None:
        """Draws it."""
        view = self.view = state.panel
        self.title.say(view.title)
        self.detail.say(view.detail)
        self.detail.setVisible(bool(view.detail))
        self.pill.say(view.pill, view.pill_tone)
        self.pill.setVisible(bool(view.pill))
        self.banner.say(view.banner, view.banner_detail)
        self.aside.setVisible(bool(view.banner_button))
        self.aside.say(view.banner_button)
        self.head.say(view.head)
        self.head.setVisible(bool(view.head))
        self.head_detail.say(view.head_detail)
        self.head_detail.setVisible(bool(view.head_detail))
        while len(self.cards) < len(view.differences):
            card = DifferenceCard()
            card.chose.connect(self.reason)
            self.scrolled.column.addWidget(card)
            self.cards.append(card)
        for place, card in enumerate(self.cards):
            card.setVisible(place < len(view.differences))
            if place < len(view.differences):
                card.show_difference(view.differences[place])
        self.scrolled.setVisible(bool(view.differences))
        self.scrolled.updateGeometry()
        self.empty.setVisible(not view.differences)
        self.empty.say(view.empty, view.empty_detail)
        for button, words in (
            (self.damaged, view.damaged),
            (self.pause, view.pause),
            (self.rest, view.rest),
        ):
            button.setVisible(bool(words))
            button.say(words)
        self.finish.setVisible(bool(view.finish))
        self.finish.say(
            view.finish, view.finish_amount, reason=view.why_not, enabled=not view.why_not
        )

    def focus_reason(self) -> None:
        """The caret goes to the first difference that nobody decided, or to the first."""
        shown = [card for card in self.cards if card.isVisible() and card.view is not None]
        for card in shown:
            if card.view is not None and not any(one.chosen for one in card.view.reasons):
                card.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
                return
        if shown:
            shown[0].buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
