"""The Returns screen: find the sale, choose what of it comes back, and what goes out for it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.return_views import DocView, OrderView, ReturnsState
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Ground, Icon, Label, Notice, Pill
from pos_app.ui.lists import List, RowDelegate
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.return_find import FindPage, Offer
from pos_app.ui.return_lines import EndFlow, LineCard, Steps
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET
FINDING, SALE, GOODS = range(3)
WIDE = 4_000


class HeadFlow(EndFlow):
    """Just as high as its rows, whatever room there is; one row while nobody knows its width."""

    UNKNOWN = 240

    def place(self) -> None:
        width = self.width() if self.width() > self.UNKNOWN else WIDE
        self.setFixedHeight(self._lay(width, move=True))
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        return super().heightForWidth(width if width > self.UNKNOWN else WIDE)

    def sizeHint(self) -> QSize:
        return QSize(self.UNKNOWN, self.heightForWidth(self.width()))


class OrderCard(Card):
    """The sale: number, how long it may come back, how it was paid, what happened to it."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 18, 10)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.icon = Icon("receipt-text", "text2", 20)
        mark = QWidget()
        mark.setFixedSize(20, 30)
        self.icon.setParent(mark)
        self.icon.move(0, 5)
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        self.flow = HeadFlow()
        self.title = Label("", 17, 700)
        self.age = Pill("", "ok", "check")
        self.paid = Label("", 15, 500, "text2", across=paint.END)
        self.flow.add(self.title)
        self.flow.add(self.age)
        self.flow.add_end(self.paid)
        head.addWidget(self.flow, 1)
        column.addLayout(head)
        self.steps = Steps(grows=True)
        column.addWidget(self.steps)
        last = QHBoxLayout()
        last.setSpacing(8)
        self.who = Pill("", "info", "user")
        self.known = Pill("", "off", "clock")
        last.addWidget(self.who)
        last.addWidget(self.known)
        last.addStretch(1)
        column.addLayout(last)

    def show_order(self, order: OrderView) -> None:
        """Another sale."""
        self.icon.show_icon(order.icon, "text2")
        self.title.say(order.title)
        self.age.say(order.pill, order.pill_tone, _AGE.get(order.pill_tone, "check"))
        self.age.setVisible(bool(order.pill))
        self.paid.say(order.paid)
        self.paid.setVisible(bool(order.paid))
        self.flow.place()
        self.steps.show_steps(order.steps)
        self.steps.setVisible(bool(order.steps))
        self.who.say(order.who, "info", "user")
        self.who.setVisible(bool(order.who))
        self.known.say(order.known, order.known_tone, "clock")
        self.known.setVisible(bool(order.known))


_AGE = {"ok": "check", "warn": "clock", "bad": "circle-alert", "off": "cloud-off"}


class ReturnsWork(Ground):
    """Find the sale, choose what comes back."""

    act = Signal(str)
    typed = Signal(str)
    chosen = Signal(int)
    """A row of the list that is shown: what was found, or what may go out."""
    form_typed = Signal(str, str)
    line_act = Signal(str, int, str)
    """What, on which line, with which chip."""

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, INSET)
        column.setSpacing(10)
        top = QHBoxLayout()
        top.setSpacing(12)
        self.search = Field(
            _("Find a sale"),
            _("Scan a receipt or an order"),
            icon="search",
            key=keys.cap("search"),
        )
        self.search.edit.textEdited.connect(self.typed)
        self.search.edit.returnPressed.connect(lambda: self.act.emit("return_look"))
        self.pill = SyncPill()
        top.addWidget(self.search, 1)
        top.addWidget(self.pill)
        column.addLayout(top)
        self.notice = Notice("warn", "circle-alert")
        column.addWidget(self.notice)
        self.offer = Offer()
        self.offer.act.connect(self.act)
        column.addWidget(self.offer)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        self.finding = FindPage()
        self.finding.act.connect(self.act)
        self.finding.chosen.connect(self.chosen)
        self.finding.form_typed.connect(self.form_typed)
        for part in (self.finding, self._sale(), self._goods()):
            self.stack.addWidget(part)
        self.cards: dict[int, LineCard] = {}
        self._sale_shown: tuple[int, ...] = ()

    def _sale(self) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.back = Button(_("All that was found"), icon="arrow-left")
        self.back.clicked.connect(lambda: self.act.emit("return_list"))
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeading)
        self.order = OrderCard()
        column.addWidget(self.order)
        head = QHBoxLayout()
        self.heading = Label("", 17, 700)
        self.hint = Label("", 13, 500, "text2", across=paint.END, data=True)
        head.addWidget(self.heading)
        head.addWidget(self.hint, 1)
        column.addLayout(head)
        self.list = Scrolled()
        self.list.column.addStretch(1)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        return room

    def _goods(self) -> QWidget:
        """What may go out, for what was typed."""
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(Label(_("What goes out?"), 17, 700))
        self.goods = List(_("Products"), QPalette.ColorRole.Window)
        self.goods.setUniformItemSizes(True)
        self.goods.setItemDelegate(RowDelegate(self.goods))
        self.goods.chosen.connect(self.chosen)
        column.addWidget(self.goods, 1)
        return room

    def show_state(self, state: ReturnsState) -> None:
        """Draws it."""
        self.notice.say(state.refused, state.refused_detail)
        self.offer.show_offer(state.offer)
        self.search.remark(state.note)
        self.search.edit.setPlaceholderText(state.hint)
        if state.goods:
            self._show_goods(state.goods)
            return
        if state.order is None or state.done is not None:
            self.finding.show_find(state.find, searching=bool(state.text) or state.done is not None)
            self.stack.setCurrentIndex(FINDING)
            self._fill(())
            return
        self.back.setVisible(len(state.find.docs) > 1)
        self.order.show_order(state.order)
        self.heading.say(state.heading)
        self.hint.say(state.heading_hint)
        self._fill(tuple(row.line for row in state.lines))
        current = None
        for row in state.lines:
            card = self.cards[row.line]
            if card.show_line(row) and row.current:
                current = card
        self.stack.setCurrentIndex(SALE)
        self.list.updateGeometry()
        if current is not None:
            self.list.rows.adjustSize()
            self.list.ensureWidgetVisible(current, 0, 12)

    def _show_goods(self, goods: tuple[DocView, ...]) -> None:
        self.goods.set_rows(goods)
        self.stack.setCurrentIndex(GOODS)

    def _fill(self, lines: tuple[int, ...]) -> None:
        """Cards for the lines of another sale; the same sale keeps its own."""
        if lines == self._sale_shown:
            return
        self._sale_shown = lines
        for card in self.cards.values():
            self.list.column.removeWidget(card)
            card.setParent(None)
            card.deleteLater()
        self.cards = {}
        for place, line in enumerate(lines):
            card = LineCard(line)
            card.act.connect(self.line_act)
            card.serial_typed.connect(lambda at, text: self.line_act.emit("serial", at, text))
            self.cards[line] = card
            self.list.column.insertWidget(place, card)

    def clear_search(self) -> None:
        """The sale is found: the field is free for the next."""
        self.search.edit.clear()
