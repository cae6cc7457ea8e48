"""The decision panel of Sell and Pay: basket, total, and the one button that goes on."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.cart import CartState
from pos_app.presenters.paying import PayState
from pos_app.presenters.views import PaymentView, Row
from pos_app.ui import keys, paint, theme
from pos_app.ui.basket_list import BasketList
from pos_app.ui.buttons import Button
from pos_app.ui.cards import DoneCard, MustSee
from pos_app.ui.labels import Card, Empty, Ground, Icon, Label, Pill, Rule
from pos_app.ui.member_strip import MemberStrip
from pos_app.words import _

INSET = theme.INSET
TONES = {"plain": "text2", "good": "ok_ink", "faint": "text3"}


class TotalRows(QWidget):
    """Subtotal, discounts, tax: painted, so that nothing is built anew at each scan."""

    HEIGHT = 23

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Other rows."""
        if rows != self.rows:
            if len(rows) != len(self.rows):
                self.setFixedHeight(self.HEIGHT * len(rows))
            self.rows = rows
            self.setAccessibleName(", ".join(f"{row.label} {row.amount}" for row in rows))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect = self.rect()
        for place, row in enumerate(self.rows):
            ink = theme.color(TONES[row.tone])
            font = theme.font(14, 500)
            wide = paint.width_of(row.amount, font)
            top = place * self.HEIGHT
            area = paint.mirrored(QRect(rect.width() - wide, top, wide, 23), rect, rtl=rtl)
            paint.write(painter, area, row.amount, font, ink, paint.END, rtl=rtl)
            area = paint.mirrored(QRect(0, top, rect.width() - wide - 12, 23), rect, rtl=rtl)
            paint.write(painter, area, row.label, theme.font(14, 400), ink, rtl=rtl)
        painter.end()


class PaymentRow(QWidget):
    """A payment taken, with the way to take it back."""

    removed = Signal()

    def __init__(self, view: PaymentView) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        theme.margins(row, 12, 0, 4, 0)
        row.setSpacing(12)
        row.addWidget(Icon(view.icon, "text2", 20))
        row.addWidget(Label(view.words, 14, 600, data=True), 1)
        if view.pill:
            row.addWidget(Pill(view.pill, view.pill_tone, view.pill_icon))
        row.addWidget(Label(view.amount, 14, 600, across=paint.END))
        self.setFixedHeight(48)
        if view.locked:
            row.setContentsMargins(12, 0, 12, 0)
            return
        name = _("Remove {words}").format(words=view.words)
        button = Button("", "link", icon="x", name=name)
        button.setFixedWidth(48)
        button.clicked.connect(self.removed)
        row.addWidget(button)


class Payments(Card):
    """What was taken so far."""

    taken_back = Signal(int)

    def __init__(self) -> None:
        super().__init__("subtle", "border", 11)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.views: tuple[PaymentView, ...] = ()

    def show_payments(self, views: tuple[PaymentView, ...]) -> None:
        """Other payments."""
        if views == self.views:
            return
        self.views = views
        while (item := self.column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, view in enumerate(views):
            if place:
                self.column.addWidget(Rule())
            row = PaymentRow(view)
            row.removed.connect(lambda at=place: self.taken_back.emit(at))
            self.column.addWidget(row)


class CartPanel(Ground):
    """The panel; `act` says what was pressed: park, more, cash, card, finish, and so on."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        self.paying = False
        self.unpayable = ""
        """Why nothing can be paid now; empty where it can."""
        self._taken: tuple[PaymentView, ...] = ()
        self._shape: tuple[object, ...] = ()
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header())
        self.strip = MemberStrip()
        self.strip.act.connect(self.act)
        column.addWidget(self.strip)
        self.card = MustSee()
        self.card_room = QWidget()
        card_column = QVBoxLayout(self.card_room)
        card_column.setContentsMargins(INSET, 12, INSET, 4)
        card_column.addWidget(self.card)
        column.addWidget(self.card_room)
        self.middle = QStackedWidget()
        self.list = BasketList()
        self.middle.addWidget(self.list)
        self.middle.addWidget(self._nothing())
        column.addWidget(self.middle, 1)
        column.addWidget(self._footer())
        self.card_room.hide()

    def _header(self) -> QWidget:
        header = Ground("surface", "bottom")
        header.setFixedHeight(72)
        row = QHBoxLayout(header)
        row.setContentsMargins(INSET, 0, INSET, 0)
        row.setSpacing(theme.GAP)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.title = Label("", 19, 700, data=True)
        self.subtitle = Label("", 13, 500, "text2", data=True)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        words.addStretch(1)
        row.addLayout(words, 1)
        self.park = Button(_("Park"), icon="pause", key=keys.cap("park"))
        self.more = Button("", icon="ellipsis", name=_("More"))
        self.more.setFixedWidth(48)
        self.locked = Icon("lock", "text2", 20)
        self.park.clicked.connect(lambda: self.act.emit("park"))
        self.more.clicked.connect(lambda: self.act.emit("more"))
        for part in (self.park, self.more, self.locked):
            row.addWidget(part)
        return header

    def _nothing(self) -> QWidget:
        page = QWidget()
        # The page that is not shown takes no room from the message above the basket.
        page.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        column = QVBoxLayout(page)
        column.setContentsMargins(INSET, 16, INSET, 12)
        self.done = DoneCard()
        self.done.act.connect(lambda what: self.act.emit(f"done_{what}"))
        column.addWidget(self.done)
        self.empty = Empty(
            "scan-barcode", _("Scan to start the next sale"), _("Or choose a product beside.")
        )
        column.addWidget(self.empty, 1)
        column.addStretch(0)
        self.done.hide()
        return page

    def _footer(self) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 10, INSET, 18)
        column.setSpacing(theme.GAP)
        self.rows = TotalRows()
        column.addWidget(self.rows)
        line = QHBoxLayout()
        self.total_label = Label(_("Total"), 18, 600)
        self.total = Label("", 36, 700, across=paint.END)
        line.addWidget(self.total_label, 1)
        line.addWidget(self.total)
        column.addLayout(line)
        self.payments = Payments()
        self.payments.taken_back.connect(lambda place: self.act.emit(f"take_back_{place}"))
        column.addWidget(self.payments)
        self.quick = QWidget()
        row = QHBoxLayout(self.quick)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.cash = Button(_("Exact cash"), "tender", icon="banknote", key=keys.cap("cash"))
        self.by_card = Button(_("Card"), "tender", icon="credit-card", key=keys.cap("card"))
        self.cash.clicked.connect(lambda: self.act.emit("cash"))
        self.by_card.clicked.connect(lambda: self.act.emit("card"))
        row.addWidget(self.cash, 1)
        row.addWidget(self.by_card, 1)
        column.addWidget(self.quick)
        self.finish = Button(_("Pay"), "primary", key=keys.cap("finish"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return footer

    def show_state(self, state: CartState, parked: int) -> None:
        """Draws the basket; the button is drawn by `show_pay` while paying."""
        self.paying = state.paying
        self.title.say(state.title)
        self.subtitle.say(state.subtitle)
        recall = state.empty and not state.paying
        words = _("Park")
        if recall:
            words = _("Recall \u00b7 {count}").format(count=parked) if parked else _("Recall")
        self.park.icon_name = "history" if recall else "pause"
        self.park.say(words, enabled=not recall or parked > 0)
        for part in (self.park, self.more):
            part.setVisible(not state.paying)
        self.locked.setVisible(state.paying)
        self._fit_title()
        self.strip.show_member(state.member)
        self.card_room.setVisible(state.card is not None)
        if state.card is not None:
            self.card.show_card(state.card)
        self.middle.setCurrentIndex(1 if state.empty else 0)
        self.list.show_state(state)
        self.done.setVisible(state.done is not None)
        if state.done is not None:
            self.done.show_done(state.done)
        self.empty.setVisible(state.done is None or not state.done.trouble)
        if state.empty:
            detail = (
                _("This message leaves by itself. Nothing to close.")
                if state.done
                else _("Or choose a product beside.")
            )
            self.empty.say(_("Scan to start the next sale"), detail)
        self.rows.show_rows(state.rows)
        self.rows.setVisible(bool(state.rows))
        self.total_label.setVisible(not state.empty)
        self.total.setVisible(not state.empty)
        self.total.say(state.total)
        self._taken = state.payments
        if not state.paying:
            self.payments.show_payments(state.payments)
            self.payments.setVisible(bool(state.payments))
        self.quick.setVisible(not state.paying and not state.empty)
        if not state.paying:
            busy = state.busy
            self.finish.say(
                _("Saving\u2026") if busy else _("Pay"),
                state.total,
                reason=self.unpayable,
                enabled=not state.empty and not busy and not self.unpayable,
            )
            for part in (self.cash, self.by_card):
                part.setEnabled(not busy)
        named = state.member is not None
        self._settle((len(state.rows), state.empty, len(state.payments), state.paying, named))

    def _settle(self, shape: tuple[object, ...]) -> None:
        """Other parts take their room now: a frame between would show them over each other."""
        if shape == self._shape:
            return
        self._shape = shape
        for room in (self.finish.parentWidget(), self):
            layout = room.layout() if room is not None else None
            if layout is not None:
                layout.activate()

    def show_pay(self, state: PayState) -> None:
        """Draws the button while paying."""
        if self.paying:
            self._show_card(state)
            self.finish.say(
                state.button, state.button_amount, reason=state.button_reason, enabled=state.ready
            )

    def _show_card(self, state: PayState) -> None:
        """A card payment that runs stands in the list too; nothing can be taken out of it then."""
        card, taken = state.card, self._taken
        if card is not None and card.locked:
            taken = tuple(replace(view, locked=True) for view in taken)
            if card.phase not in ("returning", "asking_back"):
                pill = (card.pill, card.pill_tone, card.pill_icon)
                taken = (*taken, PaymentView("credit-card", card.words, card.amount, *pill, True))
        self.payments.show_payments(taken)
        self.payments.setVisible(bool(taken))

    def set_compact(self, *, compact: bool) -> None:
        """Narrow windows keep caps on the big buttons only."""
        self.list.bar.set_compact(compact=compact)
        self.park.set_cap_shown(not compact)
        self.strip.set_compact(compact=compact)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_title()

    def _fit_title(self) -> None:
        """The sale's own name is never cut: smaller where it has little room."""
        buttons = [each for each in (self.park, self.more, self.locked) if not each.isHidden()]
        taken = sum(each.sizeHint().width() + theme.GAP for each in buttons)
        room = self.width() - 2 * INSET - taken
        sizes = (19, 17, 15)
        text = self.title.text()
        fits = (each for each in sizes if paint.width_of(text, theme.font(each, 700)) <= room)
        self.title.set_type(next(fits, sizes[-1]), 700)
