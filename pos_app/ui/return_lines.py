"""A line of a sale that may come back: tapped or scanned it opens, and asks why and in what state."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.presenters.return_views import ChoiceView, ReturnLine, StepView
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.flow import Flow
from pos_app.ui.labels import Card, Label
from pos_app.words import _

SHUT, OPEN = 64, 58
"""Height of a line that is tapped; open it has its chips below."""
LABEL = 62
ART = 48


class Steps(QWidget):
    """What happened to a sale, from left to right; its accessible name says the same.

    With `grows` a title stands over its detail where both do not fit beside each other.
    """

    def __init__(self, *, grows: bool = False) -> None:
        super().__init__()
        self.steps: tuple[StepView, ...] = ()
        self.grows, self.stacked = grows, False
        self.setFixedHeight(48)

    def show_steps(self, steps: tuple[StepView, ...]) -> None:
        """Other ones."""
        if steps != self.steps:
            self.steps = steps
            self.setAccessibleName(". ".join(f"{step.title}: {step.detail}" for step in steps))
            self._fit()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wide = self.width() // max(len(self.steps), 1) - 14
        needed = (
            paint.width_of(step.title, theme.font(13, 600))
            + paint.width_of(step.detail, theme.font(13, 500))
            for step in self.steps
        )
        self.stacked = self.grows and max(needed, default=0) > wide
        self.setFixedHeight(66 if self.stacked else 48)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect = self.rect()
        wide = rect.width() // max(len(self.steps), 1)
        for place, step in enumerate(self.steps):
            x = place * wide
            if place + 1 < len(self.steps):
                line = paint.mirrored(QRect(x + 26, 10, wide - 30, 2), rect, rtl=rtl)
                after = self.steps[place + 1].done or self.steps[place + 1].now
                painter.fillRect(line, theme.color("ok" if after else "border2"))
            dot = paint.mirrored(QRect(x, 0, 22, 22), rect, rtl=rtl)
            middle = QPointF(dot.center()) + QPointF(1, 1)
            _dot(painter, middle, step)
            strong = theme.font(13, 600)
            title = paint.width_of(step.title, strong)
            area = paint.mirrored(QRect(x, 26, min(title, wide - 8), 20), rect, rtl=rtl)
            paint.write(painter, area, step.title, strong, theme.color("text"), rtl=rtl)
            rest = QRect(x + title + 6, 26, max(0, wide - title - 14), 20)
            if self.stacked:
                rest = QRect(x, 45, wide - 8, 20)
            area = paint.mirrored(rest, rect, rtl=rtl)
            faint = theme.color("text2")
            paint.write(painter, area, step.detail, theme.font(13, 500), faint, rtl=rtl)
        painter.end()


def _dot(painter: QPainter, middle: QPointF, step: StepView) -> None:
    """A tick for what is done, a blue dot for now, a ring for what comes, a clock where told."""
    if step.now:
        paint.disc(painter, middle, 11, theme.color("primary_soft"))
        paint.disc(painter, middle, 5, theme.color("primary"))
        return
    if not step.done and not step.detail:
        paint.disc(painter, middle, 7, theme.color("field"))
        paint.disc(painter, middle, 5.5, theme.color("surface"))
        return
    paint.disc(painter, middle, 11, theme.color("ok_soft" if step.done else "sunken"))
    icon, tone = ("check", "ok") if step.done else ("clock", "text2")
    icons.draw(painter, icon, middle.x(), middle.y(), 14, theme.color(tone))


class LineHead(QAbstractButton):
    """The row one taps: check, picture, what it is, what is paid back for it."""

    def __init__(self) -> None:
        super().__init__()
        self.view: ReturnLine | None = None
        self.setCheckable(True)
        self.setFixedHeight(SHUT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_line(self, view: ReturnLine) -> None:
        """Another state."""
        self.view = view
        self.setChecked(view.chosen)
        self.setEnabled(view.can)
        self.setAccessibleName(view.spoken)
        self.setFixedHeight(OPEN if view.chosen else SHUT)
        self.update()

    def nextCheckState(self) -> None:
        """What is chosen comes from the presenter, never from the press itself."""

    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        view = self.view
        if view is None:
            return
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect = self.rect()

        def at(x: int, y: int, width: int, height: int) -> QRect:
            return paint.mirrored(QRect(x, y, width, height), rect, rtl=rtl)

        high = rect.height()
        self._check(painter, at(16, (high - 26) // 2, 26, 26), view)
        art = at(58, (high - ART) // 2, ART, ART)
        back, ink = theme.tint(view.name)
        painter.setOpacity(1.0 if view.can else 0.55)
        paint.box(painter, art, 9, back)
        middle = art.center()
        icons.draw(painter, view.icon, middle.x() + 1, middle.y() + 1, 26, ink, stroke=1.7)
        painter.setOpacity(1.0)
        strong, small = theme.font(15, 600), theme.font(13, 500)
        end = rect.width() - 16
        wide = max(
            paint.width_of(view.amount, theme.font(16, 700)), paint.width_of(view.note, small)
        )
        tone = theme.color("text" if view.can else "text3")
        faint = theme.color("text2" if view.can else "text3")
        upper = (high - 44) // 2
        lower = upper + 23
        top = upper if view.note else (high - 24) // 2
        paint.write(
            painter, at(end - wide, top, wide, 24), view.amount, theme.font(16, 700), tone, paint.END,
            rtl=rtl,
        )  # fmt: skip
        paint.write(
            painter, at(end - wide, lower, wide, 20), view.note, small, faint, paint.END, rtl=rtl
        )
        words = max(20, end - wide - 12 - 120)
        paint.write(painter, at(120, upper, words, 24), view.name, strong, tone, rtl=rtl)
        paint.write(painter, at(120, lower, words, 20), view.detail, small, faint, rtl=rtl)
        painter.end()

    def _check(self, painter: QPainter, area: QRect, view: ReturnLine) -> None:
        if view.chosen:
            paint.box(painter, area, 7, theme.color("primary"))
            middle = area.center()
            ink = theme.color("on_primary")
            icons.draw(painter, "check", middle.x() + 1, middle.y() + 1, 18, ink)
        else:
            fill = "surface" if view.can else "sunken"
            edge = "field" if view.can else "border2"
            paint.box(painter, area, 7, theme.color(fill), theme.color(edge), 2)


class EndFlow(Flow):
    """Chips from the start, and what is done with the line at the end of the last row."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[QWidget] = []

    def add_end(self, part: QWidget) -> None:
        """One more at the end of the row."""
        part.setParent(self)
        self.ends.append(part)

    def _lay(self, width: int, *, move: bool) -> int:
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rows = self._rows([part for part in self.parts if not part.isHidden()], width)
        ends = self._rows([part for part in self.ends if not part.isHidden()], width)
        if rows and ends and _wide(rows[-1]) + theme.GAP + _wide(ends[0]) <= width:
            rows[-1], ends = [*rows[-1], *ends[0]], ends[1:]
        y = 0
        for row in [*rows, *ends]:
            at_end = sum(_hint(part, width) + theme.GAP for part in row if part in self.ends)
            x, end = 0, width - at_end + theme.GAP
            high = max(part.sizeHint().height() for part in row)
            for part in row:
                wide = _hint(part, width)
                left = end if part in self.ends else x
                if move:
                    area = QRect(left, y, wide, high)
                    part.setGeometry(paint.mirrored(area, QRect(0, 0, width, 1), rtl=rtl))
                end += wide + theme.GAP if part in self.ends else 0
                x += wide + theme.GAP
            y += high + theme.GAP
        return max(0, y - theme.GAP)

    @staticmethod
    def _rows(parts: list[QWidget], width: int) -> list[list[QWidget]]:
        rows: list[list[QWidget]] = []
        for part in parts:
            if rows and _wide(rows[-1]) + theme.GAP + _hint(part, width) <= width:
                rows[-1].append(part)
            else:
                rows.append([part])
        return rows


def _hint(part: QWidget, width: int) -> int:
    return min(part.sizeHint().width(), max(width, 48))


def _wide(row: list[QWidget]) -> int:
    return sum(part.sizeHint().width() for part in row) + theme.GAP * (len(row) - 1)


class LineCard(Card):
    """A line with its rows of chips, which are there when something of it comes back."""

    act = Signal(str, int, str)
    serial_typed = Signal(int, str)

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.view: ReturnLine | None = None
        self.buttons: dict[tuple[str, str], Button] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(0)
        self.head = LineHead()
        self.head.clicked.connect(lambda: self.act.emit("toggle", self.line, ""))
        column.addWidget(self.head)
        self.more: QWidget | None = None
        """Made when it is first opened: a long receipt has many lines, and few of them come back."""

    def _build(self) -> QWidget:
        more = QWidget()
        rows = QVBoxLayout(more)
        theme.margins(rows, 58, 8, 14, 10)
        rows.setSpacing(theme.GAP)
        self.reasons, self.reason_row = self._chips(_("Why"), "reason")
        self.conditions, self.condition_row = self._chips(_("Item is"), "condition")
        self.sizes, self.size_row = self._chips(_("Swap for"), "swap")
        self._ends()
        self.serial = Field(_("Serial number"), _("Scan or type the serial number"), icon="tag")
        self.serial.edit.textEdited.connect(lambda text: self.serial_typed.emit(self.line, text))
        self.serial_row = self._row(_("Serial"), self.serial)
        for row in (self.reason_row, self.condition_row, self.size_row, self.serial_row):
            rows.addWidget(row)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(more)
        return more

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.view is not None and self.view.chosen:
            painter = QPainter(self)
            paint.begin(painter)
            paint.box(painter, self.rect(), self.radius, None, theme.color("primary"), 2)
            painter.end()

    def _chips(self, name: str, what: str) -> tuple[EndFlow, QWidget]:
        flow = EndFlow()
        flow.setAccessibleName(name)
        flow.setObjectName(what)
        return flow, self._row(name, flow)

    @staticmethod
    def _row(name: str, part: QWidget) -> QWidget:
        room = QWidget()
        row = QHBoxLayout(room)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        label = Label(name, 13, 600, "text2")
        label.setFixedSize(max(LABEL, label.sizeHint().width()), 48)
        row.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(part, 1)
        return room

    def _ends(self) -> None:
        """What stands at the end of the second row: how many, and what goes out for it."""
        self.stepper = self._stepper()
        self.swap = Chip("", icon="repeat-2")
        self.swap.clicked.connect(self._swapped)
        self.other = Button("", icon="ellipsis", name=_("Other sizes, or other goods"))
        self.other.setFixedWidth(48)
        self.other.clicked.connect(lambda: self.act.emit("sizes", self.line, ""))
        self.exchange = Button("", icon="scan-barcode")
        self.exchange.dress = replace(self.exchange.dress, size=14, pad=13)
        self.exchange.clicked.connect(lambda: self.act.emit("exchange", self.line, ""))
        for part in (self.stepper, self.swap, self.exchange, self.other):
            self.conditions.add_end(part)
            part.hide()

    def _swapped(self) -> None:
        if self.view is not None and self.view.swap is not None:
            self.act.emit("swap", self.line, self.view.swap.key)

    def _stepper(self) -> QWidget:
        room = QWidget()
        row = QHBoxLayout(room)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.fewer = Button("", icon="minus", name=_("One less"))
        self.plus = Button("", icon="plus", name=_("One more"))
        self.qty = Label("", 15, 700, across=paint.CENTRE)
        self.qty.setMinimumWidth(40)
        self.fewer.setFixedWidth(48)
        self.plus.setFixedWidth(48)
        self.fewer.clicked.connect(lambda: self.act.emit("fewer", self.line, ""))
        self.plus.clicked.connect(lambda: self.act.emit("more", self.line, ""))
        for part in (self.fewer, self.qty, self.plus):
            row.addWidget(part)
        return room

    def show_line(self, view: ReturnLine) -> bool:
        """Another state; True where it was opened or shut."""
        if view == self.view:
            return False
        turned = self.view is not None and self.view.chosen != view.chosen
        self.view = view
        self.head.show_line(view)
        self.dress("surface" if view.can else "subtle", "primary" if view.chosen else "border")
        if view.chosen and self.more is None:
            self.more = self._build()
        if self.more is not None:
            self._show_more(view)
            self.more.setVisible(view.chosen)
        self.updateGeometry()
        return turned or view.chosen

    def _show_more(self, view: ReturnLine) -> None:
        on = view.chosen
        self._show_chips(self.reasons, "reason", view.reasons if on else ())
        self._show_ends(view)
        self._show_chips(self.conditions, "condition", view.conditions if on else ())
        self._show_chips(self.sizes, "swap", view.sizes if on else ())
        self.size_row.setVisible(bool(view.sizes))
        self.serial_row.setVisible(bool(view.serial_note))
        self.serial.remark(
            view.serial_note, ink="ok_ink" if view.serial_tone == "ok" else "warn_ink"
        )
        if not self.serial.edit.hasFocus():
            self.serial.edit.setText(view.serial)

    def _show_ends(self, view: ReturnLine) -> None:
        self.stepper.setVisible(view.stepper)
        self.qty.say(view.qty)
        self.plus.setEnabled(view.can_more)
        self.fewer.setEnabled(view.can_fewer)
        self.swap.setVisible(view.swap is not None)
        if view.swap is not None:
            self.swap.say(view.swap.words)
            self.swap.setChecked(view.swap.chosen)
        self.exchange.setVisible(bool(view.exchange))
        self.exchange.say(view.exchange)
        self.other.setVisible(view.more_sizes)

    def _show_chips(self, flow: EndFlow, what: str, chips: tuple[ChoiceView, ...]) -> None:
        shown = {(what, chip.key) for chip in chips}
        for key, button in self.buttons.items():
            if key[0] == what:
                button.setVisible(key in shown)
        for chip in chips:
            button = self.buttons.get((what, chip.key)) or self._chip(flow, what, chip)
            button.detail = chip.detail
            button.say(chip.words, name=f"{chip.words} {chip.detail}".strip())
            button.setChecked(chip.chosen)
        flow.place()

    def _chip(self, flow: EndFlow, what: str, chip: ChoiceView) -> Button:
        button = Chip(chip.words)
        button.clicked.connect(lambda: self.act.emit(what, self.line, chip.key))
        self.buttons[what, chip.key] = button
        flow.add(button)
        return button


class Chip(Button):
    """A choice that is shown as chosen only when the presenter says so."""

    def __init__(self, text: str, *, icon: str = "") -> None:
        super().__init__(text, icon=icon)
        self.dress = replace(self.dress, size=14, pad=13)
        self.setCheckable(True)

    def nextCheckState(self) -> None:
        """The press alone chooses nothing."""
