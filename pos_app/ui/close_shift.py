"""Close shift: the day in numbers and hours, the drawer counted, the Z before it is one."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.presenters.closing import CloseState, TenderRow
from pos_app.ui import paint, theme
from pos_app.ui.counting import Kpi
from pos_app.ui.hour_chart import HourChart
from pos_app.ui.labels import Label, Notice
from pos_app.ui.reasons import Reasons
from pos_app.ui.shift_parts import Account, ShiftPanel, ShiftWork
from pos_app.words import _

TILES = 4


class CloseWork(ShiftWork):
    """What the shift brought, and the count."""

    def __init__(self) -> None:
        super().__init__(_("Count the drawer"))
        self.add_button("x_report", _("X report"), "receipt-text", "x_report")
        self.add_button("cash_move", _("Cash in / out"), "arrow-left-right", "cash_move")
        self.drawer = self.add_button("drawer", _("Open drawer"), "inbox", small=True)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.tiles = [Kpi() for _place in range(TILES)]
        for tile in self.tiles:
            row.addWidget(tile, 1)
        self.column.addLayout(row)
        self.chart = HourChart()
        self.chart.turned.connect(lambda: self.act.emit("table"))
        self.column.addWidget(self.chart, 1)
        self.column.addWidget(self.grid)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_tiles()

    def _fit_tiles(self) -> None:
        """All as high as the one whose words need most lines."""
        width = (self.width() - 2 * theme.INSET - (TILES - 1) * 12) // TILES
        high = max(tile.needed(width) for tile in self.tiles)
        for tile in self.tiles:
            tile.setFixedHeight(high)

    def show_state(self, state: CloseState) -> None:
        """Draws the day."""
        self.say_head(state.title, state.place)
        for tile, money in zip(self.tiles, state.tiles, strict=False):
            tile.show_money(money)
        self._fit_tiles()
        self.chart.show_state(state)
        self.grid.show_rows(state.rows, state.counted)


class TenderTable(QWidget):
    """Expected, counted, difference of each tender."""

    HEAD, ROW = 32, 45

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[TenderRow, ...] = ()

    def show_rows(self, rows: tuple[TenderRow, ...]) -> None:
        """Other rows."""
        if rows == self.rows:
            return
        self.rows = rows
        self.setFixedHeight(self.HEAD + self.ROW * len(rows))
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
            return paint.mirrored(QRect(end - column, top, column, height), rect, rtl=rtl)

        small, faint = theme.font(13, 600), theme.color("text2")
        for place, text in enumerate((_("Expected"), _("Counted"), _("Difference"))):
            paint.write(painter, cell(place, 0, 28), text, small, faint, paint.END, rtl=rtl)
        paint.hairline(painter, 0, rect.width(), self.HEAD - 1)
        for number, row in enumerate(self.rows):
            top = self.HEAD + self.ROW * number
            high = self.ROW - 1
            name = QRect(0, top, rect.width() - 3 * column - 6, high)
            name = paint.mirrored(name, rect, rtl=rtl)
            ink = theme.color("text")
            paint.write(painter, name, row.name, theme.font(15, 600), ink, rtl=rtl)
            gap = "text3" if row.tone == "plain" else f"{row.tone}_ink"
            cells = (
                (row.expected, 500, "text2"),
                (row.counted, 600, "text"),
                (row.difference, 600, gap),
            )
            for place, (text, weight, token) in enumerate(cells):
                area = cell(place, top, high)
                size = 13 if place == 0 and row.hidden else _fitting(text, weight, area.width())
                font = theme.font(size, weight)
                paint.write(painter, area, text, font, theme.color(token), paint.END, rtl=rtl)
            paint.hairline(painter, 0, rect.width(), top + high)
        painter.end()


def _fitting(text: str, weight: int, width: int) -> int:
    """The largest size, 15 to 11 pixels, in which an amount is not cut."""
    size = 15
    while size > 11 and paint.width_of(text, theme.font(size, weight)) > width - 4:
        size -= 1
    return size


class ClosePanel(ShiftPanel):
    """The Z before it is one."""

    def __init__(self) -> None:
        super().__init__(_("Locks when you close"), _("Close shift"))
        self.table = TenderTable()
        self.body.addWidget(self.table)
        self.accounts_label = Label(_("Cash expected"), 13, 600, "text2")
        self.body.addWidget(self.accounts_label)
        self.accounts = Account()
        self.body.addWidget(self.accounts)
        self.verdict = Notice("ok", "circle-check")
        self.body.addWidget(self.verdict)
        self.reasons = Reasons()
        self.reasons.chosen.connect(lambda reason: self.act.emit(f"reason_{reason}"))
        self.body.addWidget(self.reasons)
        self.remark = Notice("info", "info")
        self.body.addWidget(self.remark)
        self.sent = Notice("ok", "cloud-check")
        self.body.addWidget(self.sent)
        self.body.addStretch(1)

    def show_state(self, state: CloseState) -> None:
        """Draws what the count says."""
        self.number.say(state.number)
        self.table.show_rows(state.tenders)
        self.accounts_label.setVisible(bool(state.accounts))
        self.accounts.show_rows(state.accounts)
        tone = state.verdict_tone if state.verdict_tone != "plain" else "ok"
        icon = "circle-check" if tone == "ok" else "circle-alert"
        self.verdict.say(state.verdict, state.verdict_detail, tone, icon)
        self.reasons.show_reasons(state.reasons, state.reason)
        self.remark.say(state.remark, state.remark_detail)
        icon = "cloud-check" if state.sent_tone == "ok" else "cloud-off"
        self.sent.say(state.sent, state.sent_detail, state.sent_tone, icon)
        self.finish.say(
            state.button,
            state.button_amount,
            reason=state.button_reason,
            enabled=not state.button_reason,
        )
