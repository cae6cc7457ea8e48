"""Open shift and close shift: the drawer counted, and what the day was."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.shifts import (
    Bar,
    CloseState,
    OpenState,
    TenderRow,
)
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.counting import CheckTile, CountGrid, Kpi
from pos_app.ui.labels import Card, Ground, Label, Notice, Pill
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET


class _Top(QHBoxLayout):
    """Title, a line below it, buttons, the pill."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(theme.GAP)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.title = Label("", 22, 700, data=True)
        self.place = Label("", 13, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.place)
        words.addStretch(1)
        self.addLayout(words, 1)
        self.pill = SyncPill()
        self.addWidget(self.pill)

    def add_button(self, button: Button) -> None:
        """Before the pill."""
        self.insertWidget(self.count() - 1, button)


class OpenWork(Ground):
    """Count the float."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, INSET)
        column.setSpacing(14)
        self.top = _Top()
        self.pill = self.top.pill
        column.addLayout(self.top)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.checks = [CheckTile() for _place in range(4)]
        for tile in self.checks:
            row.addWidget(tile, 1)
        column.addLayout(row)
        self.today = Card()
        inner = QVBoxLayout(self.today)
        inner.setContentsMargins(18, 14, 18, 14)
        inner.setSpacing(4)
        inner.addWidget(Label(_("Before you open"), 17, 600))
        self.today_text = Label(
            _(
                "Count what is in the drawer. The float is kept with the shift; "
                "the close compares with it."
            ),
            14,
            400,
            "text2",
            wrap=True,
        )
        inner.addWidget(self.today_text)
        column.addWidget(self.today)
        self.grid = CountGrid(_("Count the float"))
        column.addWidget(self.grid)
        column.addStretch(1)

    def show_state(self, state: OpenState) -> None:
        """Draws the count."""
        for tile, check in zip(self.checks, state.checks, strict=False):
            tile.show_check(check)
        self.top.title.say(state.title)
        self.top.place.say(state.place)
        self.grid.show_rows(state.rows, state.counted)


class OpenPanel(Ground):
    """The float, and the button that opens the shift."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        header, self.number, self.state_pill = _header(_("Starts when you open it"), _("Draft"))
        column.addWidget(header)
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 18, INSET, 14)
        body.setSpacing(10)
        body.addWidget(Label(_("Float"), 13, 600, "text2"))
        line = QHBoxLayout()
        line.addWidget(Label(_("Counted now"), 18, 600), 1)
        self.amount = Label("", 32, 700, across=paint.END)
        line.addWidget(self.amount)
        body.addLayout(line)
        self.hint = Notice("warn", "circle-alert")
        body.addWidget(self.hint)
        body.addStretch(1)
        column.addLayout(body, 1)
        footer, self.finish = _footer(_("Open shift"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(footer)

    def show_state(self, state: OpenState) -> None:
        """Draws the float."""
        self.number.say(state.number)
        self.amount.say(state.counted)
        self.hint.say(
            _("Nothing counted yet") if state.empty else "",
            _("You can open without a float; the close then starts at zero."),
        )
        words = _("Opening\u2026") if state.busy else _("Open shift")
        self.finish.say(words, state.button_amount, enabled=not state.busy)


def _header(detail: str, pill: str) -> tuple[QWidget, Label, Pill]:
    header = Ground("surface", "bottom")
    header.setFixedHeight(72)
    row = QHBoxLayout(header)
    row.setContentsMargins(INSET, 0, INSET, 0)
    words = QVBoxLayout()
    words.setSpacing(2)
    title = Label("", 19, 700)
    words.addStretch(1)
    words.addWidget(title)
    words.addWidget(Label(detail, 13, 500, "text2"))
    words.addStretch(1)
    row.addLayout(words, 1)
    state = Pill(pill)
    row.addWidget(state)
    return header, title, state


def _footer(text: str) -> tuple[QWidget, Button]:
    footer = Ground("surface", "top")
    column = QVBoxLayout(footer)
    column.setContentsMargins(INSET, 14, INSET, 18)
    button = Button(text, "primary", key=keys.cap("finish"))
    column.addWidget(button)
    return footer, button


class HourChart(Card):
    """Sales by hour, the best hour marked; its text twin is the accessible name."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: tuple[Bar, ...] = ()
        self.setMinimumHeight(150)

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        """Other hours."""
        if bars != self.bars:
            self.bars = bars
            words = ", ".join(f"{bar.hour}: {bar.words}" for bar in bars)
            self.setAccessibleName(_("Sales by hour. {words}").format(words=words))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        paint.begin(painter)
        rect = self.rect()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        area = QRect(18, 12, rect.width() - 36, 24)
        text = theme.color("text")
        paint.write(painter, area, _("Sales by hour"), theme.font(17, 600), text, rtl=rtl)
        plot = QRect(18, 66, rect.width() - 36, rect.height() - 66 - 36)
        if not self.bars:
            faint = theme.color("text3")
            words = _("No sales in this shift yet.")
            paint.write(painter, plot, words, theme.font(14, 500), faint, paint.CENTRE)
            painter.end()
            return
        highest = max(*(bar.total for bar in self.bars), 1)
        for part in (0, 1):
            y = plot.top() + plot.height() * part // 2
            paint.hairline(painter, plot.left(), plot.right(), y)
        paint.hairline(painter, plot.left(), plot.right(), plot.bottom(), "border2")
        slot = plot.width() / max(len(self.bars), 8)
        width = int(min(36, slot * 0.6))
        for place, bar in enumerate(self.bars):
            x = plot.left() + int(slot * (place + 0.5) - width / 2)
            high = max(0, bar.total) * plot.height() // highest
            body = QRect(x, plot.bottom() - high, width, high)
            body = paint.mirrored(body, plot, rtl=rtl)
            painter.fillRect(body, theme.color("primary" if bar.best else "chart2"))
            label = QRect(body.center().x() - 30, plot.bottom() + 6, 60, 18)
            hour = str(bar.hour)
            small, faint = theme.font(12, 500), theme.color("text2")
            paint.write(painter, label, hour, small, faint, paint.CENTRE)
            if bar.best:
                label = QRect(body.center().x() - 60, body.top() - 24, 120, 20)
                ink = theme.color("primary_ink")
                paint.write(painter, label, bar.words, theme.font(13, 600), ink, paint.CENTRE)
        painter.end()


class CloseWork(Ground):
    """What the shift brought, and the count."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, INSET)
        column.setSpacing(12)
        self.top = _Top()
        self.pill = self.top.pill
        self.drawer = Button(_("Open drawer"), icon="inbox")
        self.drawer.clicked.connect(lambda: self.act.emit("drawer"))
        self.top.add_button(self.drawer)
        column.addLayout(self.top)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.tiles = [Kpi() for _place in range(4)]
        for tile in self.tiles:
            row.addWidget(tile, 1)
        column.addLayout(row)
        self.chart = HourChart()
        column.addWidget(self.chart, 1)
        self.grid = CountGrid(_("Count the drawer"))
        column.addWidget(self.grid)

    def show_state(self, state: CloseState) -> None:
        """Draws the day."""
        self.top.title.say(state.title)
        self.top.place.say(state.place)
        for tile, money in zip(self.tiles, state.tiles, strict=False):
            tile.show_money(money)
        self.chart.show_bars(state.bars)
        self.grid.show_rows(state.rows, state.counted)


class TenderTable(QWidget):
    """Expected, counted, difference."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[TenderRow, ...] = ()

    def show_rows(self, rows: tuple[TenderRow, ...]) -> None:
        """Other rows."""
        if rows != self.rows:
            self.rows = rows
            self.setFixedHeight(32 + 45 * len(rows))
            words = "; ".join(
                f"{row.name}: {row.expected}, {row.counted}, {row.difference}" for row in rows
            )
            self.setAccessibleName(_("Expected, counted, difference. {words}").format(words=words))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect = self.rect()
        column = int(rect.width() * 0.265)

        def cell(place: int, top: int, height: int) -> QRect:
            end = rect.width() - (2 - place) * column
            area = QRect(end - column, top, column, height)
            return paint.mirrored(area, rect, rtl=rtl)

        small, faint = theme.font(13, 600), theme.color("text2")
        for place, text in enumerate((_("Expected"), _("Counted"), _("Difference"))):
            paint.write(painter, cell(place, 0, 28), text, small, faint, paint.END, rtl=rtl)
        paint.hairline(painter, 0, rect.width(), 31)
        for number, row in enumerate(self.rows):
            top = 32 + 45 * number
            area = paint.mirrored(QRect(0, top, rect.width() - 3 * column - 6, 44), rect, rtl=rtl)
            strong, plain = theme.font(15, 600), theme.font(15, 500)
            paint.write(painter, area, row.name, strong, theme.color("text"), rtl=rtl)
            first = cell(0, top, 44)
            hidden = not row.difference and not row.expected[-1:].isdigit()
            font = theme.font(13, 500) if hidden else plain
            paint.write(painter, first, row.expected, font, faint, paint.END, rtl=rtl)
            ink = theme.color("text")
            paint.write(painter, cell(1, top, 44), row.counted, strong, ink, paint.END, rtl=rtl)
            ink = theme.color("text3" if row.tone == "plain" else f"{row.tone}_ink")
            area = cell(2, top, 44)
            paint.write(painter, area, row.difference, strong, ink, paint.END, rtl=rtl)
            paint.hairline(painter, 0, rect.width(), top + 44)
        painter.end()


class ClosePanel(Ground):
    """The Z before it is one."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        detail = _("Locks when you close")
        header, self.number, self.state_pill = _header(detail, _("Draft"))
        column.addWidget(header)
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 12, INSET, 12)
        body.setSpacing(10)
        self.table = TenderTable()
        body.addWidget(self.table)
        self.accounts_label = Label(_("Cash expected"), 13, 600, "text2")
        body.addWidget(self.accounts_label)
        self.accounts = [(Label("", 14, 400, "text2"), Label("", 14, 500)) for _n in range(4)]
        self.account_rows: list[QWidget] = []
        for name, amount in self.accounts:
            room = QWidget()
            row = QHBoxLayout(room)
            row.setContentsMargins(0, 0, 0, 0)
            row.addWidget(name, 1)
            row.addWidget(amount)
            self.account_rows.append(room)
            body.addWidget(room)
        self.verdict = Notice("ok", "circle-check")
        body.addWidget(self.verdict)
        self.reasons = QWidget()
        row = QHBoxLayout(self.reasons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.reason_buttons = [Button("") for _n in range(3)]
        for button in self.reason_buttons:
            button.setCheckable(True)
            button.clicked.connect(
                lambda _checked=False, one=button: self.act.emit(f"reason_{one.text()}")
            )
            row.addWidget(button, 1)
        body.addWidget(self.reasons)
        self.sent = Notice("ok", "cloud-check")
        body.addWidget(self.sent)
        body.addStretch(1)
        column.addLayout(body, 1)
        footer, self.finish = _footer(_("Close shift"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(footer)

    def show_state(self, state: CloseState) -> None:
        """Draws what the count says."""
        self.number.say(state.number)
        self.table.show_rows(state.tenders)
        self.accounts_label.setVisible(bool(state.accounts))
        for place, room in enumerate(self.account_rows):
            shown = place < len(state.accounts)
            room.setVisible(shown)
            if shown:
                self.accounts[place][0].say(state.accounts[place].label)
                self.accounts[place][1].say(state.accounts[place].amount)
        tone = state.verdict_tone if state.verdict_tone != "plain" else "ok"
        icon = "circle-check" if tone == "ok" else "circle-alert"
        self.verdict.say(state.verdict, state.verdict_detail, tone, icon)
        self.reasons.setVisible(bool(state.reasons))
        for button, reason in zip(self.reason_buttons, state.reasons, strict=False):
            button.say(reason)
            button.setChecked(reason == state.reason)
        icon = "cloud-check" if state.sent_tone == "ok" else "cloud-off"
        self.sent.say(state.sent, state.sent_detail, state.sent_tone, icon)
        self.finish.say(
            state.button,
            state.button_amount,
            reason=state.button_reason,
            enabled=not state.button_reason,
        )
