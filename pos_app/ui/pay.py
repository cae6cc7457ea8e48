"""The work area of Pay: what is due, the ways to pay, amounts to tap or type."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.paying import PayState, Quick
from pos_app.ui import icons, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.card_page import CardWait, DrawnTerminal
from pos_app.ui.cards import Coins
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Disc, Ground, Label
from pos_app.ui.pads import Pad
from pos_app.ui.receipt_row import ReceiptRow
from pos_app.ui.shell import SyncPill
from pos_app.ui.value_page import ValuePage
from pos_app.words import _

INSET = theme.INSET
QUICK_PLACES = 6
HERO, HERO_LOW = 118, 96
LOW = 740
"""A work area lower than this has a lower hero."""
ROOM_FOR_BOTH = 700
"""A narrower one says why nobody can go back, instead of the button that does it."""
NARROW_PAGE = 320
"""A page narrower than this shows its steps without discs."""
ROOM_FOR_DRAWN = 500
"""Lower than this, the steps need the room of the drawn terminal."""


class TenderTile(Button):
    """A way to pay: icon over its word."""

    def __init__(self, text: str, icon: str, key: str) -> None:
        super().__init__(text, "plain", icon=icon, key=key)
        self.setCheckable(True)
        self.setFixedHeight(76)
        self.setMinimumWidth(108)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.reason = ""

    def explain(self, reason: str) -> None:
        """Why it cannot be used now; empty where it can."""
        if reason != self.reason:
            self.reason = reason
            self.setAccessibleDescription(reason)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        fill, edge, ink, width = self.colours()
        rect, rtl = self.rect(), self._rtl()
        paint.box(painter, rect, 12, fill, edge, width)
        if self.reason:
            self._locked(painter, ink)
            painter.end()
            return
        at = paint.mirrored(QRect(15, 13, 24, 24), rect, rtl=rtl).center()
        icons.draw(painter, self.icon_name, at.x() + 1, at.y() + 1, 23, ink)
        area = paint.mirrored(QRect(16, 42, rect.width() - 24, 24), rect, rtl=rtl)
        paint.write(painter, area, self.text(), self._fitting(area.width()), ink, rtl=rtl)
        if self.key and self.show_cap:
            wide = paint.cap_width(self.key)
            area = paint.mirrored(QRect(rect.width() - wide - 13, 14, wide, 20), rect, rtl=rtl)
            paint.cap(painter, area, self.key, "soft" if self.isChecked() else "plain")
        painter.end()

    def _fitting(self, room: int) -> QFont:
        """A long word in a narrow tile is written smaller, never cut."""
        sizes = (15, 14, 13)
        fonts = [theme.font(size, 600) for size in sizes]
        return next(
            (each for each in fonts if paint.width_of(self.text(), each) <= room), fonts[-1]
        )

    def _locked(self, painter: QPainter, ink: QColor) -> None:
        """What it is, and why not now; a narrow tile needs the icon's room for the words."""
        rect, rtl = self.rect(), self._rtl()
        font = self._fitting(rect.width() - 24)
        start = 46 if paint.width_of(self.text(), font) <= rect.width() - 56 else 14
        if start > 14:
            at = paint.mirrored(QRect(15, 13, 24, 24), rect, rtl=rtl).center()
            icons.draw(painter, self.icon_name, at.x() + 1, at.y() + 1, 23, ink)
        area = paint.mirrored(QRect(start, 9, rect.width() - start - 10, 24), rect, rtl=rtl)
        paint.write(painter, area, self.text(), font, ink, rtl=rtl)
        area = paint.mirrored(QRect(14, 34, rect.width() - 24, 36), rect, rtl=rtl)
        off = theme.color("off_ink")
        paint.write_lines(painter, area, self.reason, theme.font(13, 500), off, 2, rtl=rtl)


class QuickTile(Button):
    """An amount a customer is likely to hand over."""

    def __init__(self) -> None:
        super().__init__("", "quick")
        self.amount_minor = 0
        self.setCheckable(True)
        self.setMinimumHeight(64)
        self.setMaximumHeight(200)
        self.setMinimumWidth(72)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def show_quick(self, quick: Quick, key: str) -> None:
        """Another amount."""
        self.key, self.amount_minor, self.detail = key, quick.amount, quick.detail
        self.setText(quick.words)
        self.setChecked(quick.chosen)
        self.setAccessibleName(f"{quick.words} {quick.detail}".strip())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        fill, edge, ink, width = self.colours()
        rect, rtl = self.rect(), self._rtl()
        paint.box(painter, rect, 11, fill, edge, width)
        if not self.detail:
            paint.write(painter, rect, self.text(), theme.font(18, 600), ink, paint.CENTRE)
            painter.end()
            return
        cap = paint.cap_width(self.key) if self.key and self.show_cap else 0
        if rect.width() < paint.width_of(self.detail, theme.font(14, 500)) + cap + 48:
            cap = 0
        middle = rect.height() // 2
        room = rect.width() - 34 - (cap + 8 if cap else 0)
        area = paint.mirrored(QRect(18, middle - 23, room, 24), rect, rtl=rtl)
        paint.write(painter, area, self.text(), theme.font(17, 600), ink, rtl=rtl)
        area = paint.mirrored(QRect(18, middle, room, 22), rect, rtl=rtl)
        faint = theme.color("primary_ink" if self.isChecked() else "text2")
        paint.write(painter, area, self.detail, theme.font(14, 500), faint, rtl=rtl)
        if cap:
            area = paint.mirrored(
                QRect(rect.width() - cap - 16, middle - 10, cap, 20), rect, rtl=rtl
            )
            paint.cap(painter, area, self.key, "soft" if self.isChecked() else "plain")
        painter.end()


def _second_ink(state: PayState) -> str:
    """A card's state has its tone; amounts are plain."""
    plain = state.card is None or state.third_tone == "text"
    return "text" if plain else f"{state.third_tone}_ink"


def _third_ink(state: PayState) -> str:
    """Money back is green, still due amber; a clock is quiet."""
    return "text2" if state.card is not None else f"{state.third_tone}_ink"


class Hero(Card):
    """What is due, what was given, what goes back."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HERO)
        self.state = PayState()
        self.setAccessibleName("")

    def show_state(self, state: PayState) -> None:
        """Other amounts."""
        self.state = state
        parts = (
            f"{label} {amount}"
            for label, amount in (
                (state.due_label, state.due),
                (state.second_label, state.second),
                (state.third_label, state.third),
            )
            if amount
        )
        self.setAccessibleName(". ".join(parts))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        paint.begin(painter)
        state, rect = self.state, self.rect()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        lift = (HERO - rect.height()) // 2
        inner = rect.width() - 48
        wide = rect.width() >= 700
        first = int(inner * (0.44 if wide else 0.42))
        second = int(inner * (0.31 if wide else 0.36 if state.card is not None else 0.29))
        columns = (
            (24, first - 40, state.due_label, state.due, 50, "text"),
            (24 + first, second - 40, state.second_label, state.second, 30, _second_ink(state)),
            (
                24 + first + second,
                inner - first - second,
                state.third_label,
                state.third,
                30,
                _third_ink(state),
            ),
        )
        for place, (x, width, label, amount, size, ink) in enumerate(columns):
            if place and label:
                area = paint.mirrored(QRect(x - 22, 22, 1, rect.height() - 44), rect, rtl=rtl)
                painter.fillRect(area, theme.color("border"))
            faint = theme.color(ink if place == 2 and state.card is None else "text2")
            area = paint.mirrored(QRect(x, 16 - lift, width, 22), rect, rtl=rtl)
            paint.write(painter, area, label, theme.font(14, 500), faint, rtl=rtl)
            if place and state.card is not None:
                size = 24  # noqa: PLW2901 - words, no amounts
            while size > 13 and paint.width_of(amount, theme.font(size, 700)) > width:
                size -= 2  # noqa: PLW2901 - a long amount gets a smaller size, never an ellipsis
            area = paint.mirrored(QRect(x, 40 - lift, width, 64), rect, rtl=rtl)
            weight = 700 if place == 0 else 600
            paint.write(painter, area, amount, theme.font(size, weight), theme.color(ink), rtl=rtl)
        painter.end()


class CardPage(Card):
    """What to do to charge a card: on a terminal that stands alone, or on the till's line."""

    def __init__(self) -> None:
        super().__init__()
        self.integrated = False
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 18)
        column.setSpacing(12)
        self.title = Label("", 17, 600, wrap=True)
        column.addWidget(self.title)
        self.steps: list[Label] = []
        self.discs: list[Disc] = []
        for number in (1, 2, 3):
            row = QHBoxLayout()
            row.setSpacing(12)
            disc = Disc(("keyboard", "credit-card", "receipt-text")[number - 1], "info", 36, 18)
            label = Label("", 14, 500, "text2", wrap=True)
            self.steps.append(label)
            self.discs.append(disc)
            row.addWidget(disc, 0, Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(label, 1, Qt.AlignmentFlag.AlignVCenter)
            column.addLayout(row)
        column.addSpacing(4)
        self.slip_label = Label(_("Number on the slip (optional)"), 13, 600, "text2", wrap=True)
        self.slip = Field(_("Number on the slip"), _("For example 004711"), icon="receipt")
        column.addWidget(self.slip_label)
        column.addWidget(self.slip)
        column.addStretch(1)
        self.drawn = DrawnTerminal()
        column.addWidget(self.drawn, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.drawn.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.drawn.setVisible(self.integrated and event.size().height() >= ROOM_FOR_DRAWN)
        for disc in self.discs:
            disc.setVisible(event.size().width() >= NARROW_PAGE)

    def show_state(self, state: PayState) -> None:
        """Another amount."""
        self.integrated = state.integrated
        for part in (self.slip_label, self.slip):
            part.setVisible(not state.integrated)
        self.drawn.setVisible(state.integrated and self.height() >= ROOM_FOR_DRAWN)
        self.drawn.say(state.second, _("Ready"), "info", "credit-card")
        self.title.say(_("Charge {amount} on the card terminal").format(amount=state.second))
        if state.integrated:
            texts = (
                _("Press F12: {amount} goes to the terminal.").format(amount=state.second),
                _("The customer taps, inserts or swipes."),
                _("Only a part by card? Type that amount first."),
            )
            for label, text in zip(self.steps, texts, strict=True):
                label.say(text)
            return
        texts = (
            _("Type {amount} on the terminal.").format(amount=state.second),
            _("The customer taps, inserts or swipes."),
            _("Approved? Complete the sale here. Declined? Choose another way."),
        )
        for label, text in zip(self.steps, texts, strict=True):
            label.say(text)


class PayWork(Ground):
    """Everything about paying but the button. `act` says what was pressed."""

    act = Signal(str)
    amount = Signal(int)
    key = Signal(str)

    def __init__(self, tenders: list[tuple[str, str, str]]) -> None:
        super().__init__("app")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(INSET, 12, INSET, 18)
        outer.setSpacing(12)
        column = QVBoxLayout()
        column.setSpacing(14)
        top = QHBoxLayout()
        top.setSpacing(12)
        self.back = Button(_("Back to sale"), icon="arrow-left", key="Esc")
        self.back.clicked.connect(lambda: self.act.emit("back"))
        self.pill = SyncPill()
        self.locked = Label("", 13, 500, "text2", wrap=True)
        top.addWidget(self.back)
        top.addWidget(self.locked, 1)
        top.addWidget(self.pill)
        outer.addLayout(top)
        outer.addLayout(column, 1)
        self.hero = Hero()
        column.addWidget(self.hero)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        self.tenders: dict[str, TenderTile] = {}
        for place, (code, words, icon) in enumerate(tenders, 1):
            tile = TenderTile(words, icon, f"Alt {place}")
            tile.clicked.connect(lambda _checked=False, what=code: self.act.emit(f"tender_{what}"))
            self.tenders[code] = tile
            row.addWidget(tile, 1)
        column.addLayout(row)
        body = QHBoxLayout()
        body.setSpacing(16)
        self.pages = QStackedWidget()
        self.pages.addWidget(self._cash_page())
        self.card_page = CardPage()
        self.pages.addWidget(self.card_page)
        self.card_wait = CardWait()
        self.card_wait.act.connect(self.act)
        self.pages.addWidget(self.card_wait)
        self.value_page = ValuePage()
        self.value_page.act.connect(self.act)
        self.pages.addWidget(self.value_page)
        body.addWidget(self.pages, 1)
        self.pad = Pad(
            (
                ("7", "8", "9", "back"),
                ("4", "5", "6", "clear"),
                ("1", "2", "3", "+10"),
                ("00", "0", ".", "+50"),
            )
        )
        self.pad.pressed.connect(self.key)
        body.addWidget(self.pad, 1)
        column.addLayout(body, 1)
        self.receipt = ReceiptRow()
        self.receipt.act.connect(self.act)
        column.addWidget(self.receipt)

    def _cash_page(self) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.GAP)
        self.quick = [QuickTile() for _place in range(QUICK_PLACES)]
        for tile in self.quick:
            tile.clicked.connect(
                lambda _checked=False, one=tile: self.amount.emit(one.amount_minor)
            )
        self.give = Card("ok_soft", "")
        self.give.setMinimumHeight(72)
        column = QVBoxLayout(self.give)
        column.setContentsMargins(16, 2, 16, 2)
        column.setSpacing(2)
        self.give_label = Label(_("Give back"), 13, 600, "ok_ink")
        self.coins = Coins()
        column.addStretch(1)
        column.addWidget(self.give_label)
        column.addWidget(self.coins)
        column.addStretch(1)
        self.cash_grid, self._places = grid, -1
        for place in range(4):
            grid.setRowStretch(place, 1)
        for place in range(2):
            grid.setColumnStretch(place, 1)
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.hero.setFixedHeight(HERO if event.size().height() >= LOW else HERO_LOW)

    def show_state(self, state: PayState) -> None:
        """Draws what is due and what was typed."""
        self.hero.show_state(state)
        for view in state.tenders:
            self.tenders[view.code].setChecked(view.chosen)
            self.tenders[view.code].setEnabled(not view.locked)
            self.tenders[view.code].explain(view.reason)
        self.back.setEnabled(not state.locked)
        self.back.setVisible(not state.locked or self.width() >= ROOM_FOR_BOTH)
        self.locked.say(state.locked)
        cash = state.chosen == "cash"
        page = 3 if state.value is not None else 1
        self.pages.setCurrentIndex(2 if state.card else 0 if cash else page)
        self.pad.setVisible(state.card is None)
        if state.card:
            self.card_wait.show_view(state.card)
            return
        if cash:
            self._show_quick(state.quick)
        elif state.value is not None:
            self.value_page.show_view(state.value)
        else:
            self.card_page.show_state(state)
        self.give.dress("ok_soft" if state.coins else "sunken", "")
        self.give_label.say(
            _("Give back") if state.coins else _("Nothing to give back yet"),
            "ok_ink" if state.coins else "text3",
        )
        self.coins.show_coins(state.coins)
        self.coins.setVisible(bool(state.coins))
        self.pad.keys["."].setEnabled(state.point)

    def _show_quick(self, quick: tuple[Quick, ...]) -> None:
        """Amounts two in a row, the last of an odd number across; what to give back under them."""
        count = len(quick)
        if count != self._places:
            self._places = count
            for tile in (*self.quick, self.give):
                self.cash_grid.removeWidget(tile)
            rows = (count + 1) // 2
            for place, tile in enumerate(self.quick[:count]):
                wide = 2 if place == count - 1 and place % 2 == 0 else 1
                self.cash_grid.addWidget(tile, place // 2, place % 2, 1, wide)
            self.cash_grid.addWidget(self.give, rows, 0, 4 - rows, 2)
        for place, tile in enumerate(self.quick):
            tile.setVisible(place < count)
            if place < count:
                tile.show_quick(quick[place], "F10" if place == 0 else "")
