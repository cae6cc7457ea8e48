"""The Returns screen: the sale, its lines with what comes back and why, the money in the panel."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.return_views import (
    BackView,
    DoneRefund,
    OrderView,
    ReturnsState,
    TargetView,
)
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.cards import Coins
from pos_app.ui.fields import Field
from pos_app.ui.labels import (
    Card,
    Disc,
    Empty,
    Ground,
    Icon,
    Label,
    Notice,
    Pill,
    Rule,
    panel_header,
)
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.return_lines import LineCard, Steps
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET


class OrderCard(Card):
    """The sale: number, how old, how it was paid, what happened to it."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 18, 12)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(12)
        self.title = Label("", 17, 700, data=True)
        self.age = Pill("", "ok", "check")
        self.paid = Label("", 15, 500, "text2")
        head.addWidget(Icon("receipt-text", "text2", 20))
        head.addWidget(self.title)
        head.addWidget(self.age)
        head.addStretch(1)
        head.addWidget(self.paid)
        column.addLayout(head)
        self.steps = Steps()
        column.addWidget(self.steps)
        self.known = Pill("", "off", "clock")
        column.addWidget(self.known, 0, Qt.AlignmentFlag.AlignLeading)

    def show_order(self, order: OrderView) -> None:
        """Another sale."""
        self.title.say(order.title)
        self.age.say(order.pill, order.pill_tone, "clock" if order.pill_tone == "warn" else "check")
        self.paid.say(order.paid)
        self.steps.show_steps(order.steps)
        self.known.say(order.known, order.known_tone, "clock")
        self.known.setVisible(bool(order.known))


class ReturnsWork(Ground):
    """Find the sale, choose what comes back."""

    act = Signal(str)
    typed = Signal(str)
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
            _("Scan a receipt, or type its number"),
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
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        self.empty = Empty(
            "undo-2", _("Scan the receipt"), _("Or type its number, or find it under Sales.")
        )
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self._sale())
        self.cards: dict[int, LineCard] = {}
        self._sale_shown: tuple[int, ...] = ()

    def _sale(self) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.order = OrderCard()
        column.addWidget(self.order)
        head = QHBoxLayout()
        head.addWidget(Label(_("What is coming back?"), 17, 700))
        head.addStretch(1)
        head.addWidget(Label(_("Scan the item or tap it"), 13, 500, "text2"))
        column.addLayout(head)
        self.list = Scrolled()
        self.list.column.addStretch(1)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        return room

    def show_state(self, state: ReturnsState) -> None:
        """Draws it."""
        self.notice.say(state.refused, state.refused_detail)
        if state.order is None or state.done is not None:
            self.stack.setCurrentIndex(0)
            self._fill(())
            return
        self.order.show_order(state.order)
        self._fill(tuple(row.line for row in state.lines))
        current = None
        for row in state.lines:
            card = self.cards[row.line]
            if card.show_line(row) and row.current:
                current = card
        self.stack.setCurrentIndex(1)
        self.list.updateGeometry()
        if current is not None:
            self.list.rows.adjustSize()
            self.list.ensureWidgetVisible(current, 0, 12)

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
            self.cards[line] = card
            self.list.column.insertWidget(place, card)

    def clear_search(self) -> None:
        """The sale is found: the field is free for the next."""
        self.search.edit.clear()


class BackRow(QWidget):
    """A line that comes back, in the panel."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(12)
        row.addWidget(Icon("corner-down-left", "ok_ink", 18))
        words = QVBoxLayout()
        words.setSpacing(1)
        self.name = Label("", 15, 600, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        row.addLayout(words, 1)
        self.amount = Label("", 16, 700, "ok_ink")
        row.addWidget(self.amount)

    def show_back(self, view: BackView) -> None:
        """Another line."""
        self.name.say(view.name)
        self.detail.say(view.detail)
        self.amount.say(view.amount)


class TargetCard(Card):
    """Where the money goes; a slip's number where it goes to a card."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__("subtle", "border")
        row = QHBoxLayout(self)
        theme.margins(row, 16, 8, 8, 8)
        row.setSpacing(12)
        self.icon = Icon("banknote")
        self.title = Label("", 15, 600, wrap=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        self.other = Button("", "link")
        self.other.clicked.connect(self.changed)
        row.addWidget(self.icon)
        row.addLayout(words, 1)
        row.addWidget(self.other)

    def show_target(self, view: TargetView) -> None:
        """Another way."""
        self.icon.show_icon(view.icon, "text2")
        self.title.say(view.title)
        self.detail.say(view.detail)
        self.other.say(view.other)
        self.other.setVisible(bool(view.other))


class DoneRefundCard(Card):
    """The refund just made: what to give."""

    def __init__(self) -> None:
        super().__init__("ok_soft", "", 14)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(12)
        self.title = Label("", 17, 700, "ok_ink")
        head.addWidget(Disc("check", "done", 36, 20))
        head.addWidget(self.title, 1)
        column.addLayout(head)
        self.amount = Label("", 46, 700, "ok_ink")
        column.addWidget(self.amount)
        self.detail = Label("", 14, 500, "ok_ink", wrap=True)
        column.addWidget(self.detail)
        self.coins = Coins()
        column.addWidget(self.coins)

    def show_done(self, done: DoneRefund) -> None:
        """Another refund."""
        self.title.say(done.title)
        self.amount.say(done.amount)
        self.detail.say(done.detail)
        self.coins.setVisible(bool(done.coins))
        self.coins.show_coins(done.coins)


class ReturnsPanel(Ground):
    """The money: what comes back, what is paid back and how, who has to agree."""

    act = Signal(str)
    slip_typed = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header())
        self.body = QVBoxLayout()
        self.body.setContentsMargins(INSET, 14, INSET, 12)
        self.body.setSpacing(10)
        self.coming = Label(_("Coming back"), 13, 600, "text2")
        self.body.addWidget(self.coming)
        self.rows = Scrolled()
        self.rows.column.setSpacing(0)
        self.back_rows: list[BackRow] = []
        self.body.addWidget(self.rows)
        self.rule = Rule()
        self.body.addWidget(self.rule)
        net = QHBoxLayout()
        self.net_label = Label(_("Refund"), 17, 600)
        self.net = Label("", 36, 700, across=paint.END)
        net.addWidget(self.net_label)
        net.addWidget(self.net, 1)
        self.body.addLayout(net)
        self.targets = [TargetCard() for _place in range(2)]
        for target in self.targets:
            target.changed.connect(lambda: self.act.emit("return_other_way"))
            self.body.addWidget(target)
        self.slip = Field(_("Slip number"), _("Number on the card slip"), icon="receipt-text")
        self.slip.edit.textEdited.connect(self.slip_typed)
        self.body.addWidget(self.slip)
        self.done = DoneRefundCard()
        self.body.addWidget(self.done)
        self.body.addStretch(1)
        column.addLayout(self.body, 1)
        column.addWidget(self._footer())

    def _header(self) -> QWidget:
        self.title = Label("", 19, 700, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        self.cancel = Button(_("Cancel"), key="Esc")
        self.cancel.clicked.connect(lambda: self.act.emit("return_cancel"))
        return panel_header(self.title, self.detail, self.cancel)

    def _footer(self) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 12, INSET, 18)
        column.setSpacing(10)
        self.agreed = QWidget()
        row = QHBoxLayout(self.agreed)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.agreed_icon = Icon("user-check", "text2", 18)
        self.approval = Label("", 13, 600, "text2", wrap=True)
        row.addWidget(self.agreed_icon)
        row.addWidget(self.approval, 1)
        column.addWidget(self.agreed)
        self.finish = Button(_("Refund"), "primary", key=keys.cap("finish"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return footer

    def show_state(self, state: ReturnsState) -> None:
        """Draws it."""
        self.title.say(state.title)
        self.detail.say(state.detail)
        self.cancel.setVisible(state.done is None)
        money = bool(state.back) and state.done is None
        for part in (self.coming, self.rows, self.rule, self.net_label, self.net):
            part.setVisible(money)
        self._rows(state.back)
        self.net.say(state.amount)
        for place, target in enumerate(self.targets):
            shown = money and place < len(state.targets)
            target.setVisible(shown)
            if shown:
                target.show_target(state.targets[place])
        self.slip.setVisible(money and any(view.slip for view in state.targets))
        self.done.setVisible(state.done is not None)
        if state.done is not None:
            self.done.show_done(state.done)
        ink = "warn_ink" if state.approval_tone == "warn" else "text2"
        self.agreed_icon.show_icon("user-check", ink)
        self.approval.say(state.approval, ink)
        self.agreed.setVisible(bool(state.approval) and state.done is None)
        self.finish.say(
            state.button,
            state.button_amount if state.done is None else "",
            reason=state.button_reason,
            enabled=not state.button_reason,
        )

    def _rows(self, views: tuple[BackView, ...]) -> None:
        while len(self.back_rows) < len(views):
            row = BackRow()
            self.back_rows.append(row)
            self.rows.column.addWidget(row)
        for place, row in enumerate(self.back_rows):
            row.setVisible(place < len(views))
            if place < len(views):
                row.show_back(views[place])
        self.rows.updateGeometry()
