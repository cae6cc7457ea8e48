"""An order on the counter: shelf, bag, what goes with it; in the panel who is here and the money."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pos_app.presenters.hand_over_views import BagLine, ExtraView, Fact, HandOverView
from pos_app.ui import icons, keys, paint, theme
from pos_app.ui.buttons import DRESSES, Button
from pos_app.ui.exceptions import Filter
from pos_app.ui.labels import Card, Disc, Ground, Icon, Label, Pill, Rule, Told, panel_header
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.pickup_parts import Art, PersonRow, art
from pos_app.words import _

INSET = theme.INSET


class ShelfTag(QWidget):
    """The shelf, large enough to be read from the back room's door."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.setFixedSize(96, 80)

    def say(self, text: str) -> None:
        """Another shelf."""
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        paint.box(painter, self.rect(), 12, theme.color("ok"))
        size = 40
        while size > 16 and paint.width_of(self.text, theme.font(size, 700)) > 88:
            size -= 4
        ink = theme.color("surface")
        if self.text:
            paint.write(painter, self.rect(), self.text, theme.font(size, 700), ink, paint.CENTRE)
        else:
            middle = self.rect().toRectF().center()
            icons.draw(painter, "package-check", middle.x(), middle.y(), 36, ink)
        painter.end()


class ShelfCard(Told):
    """Where the bag lies, what it looks like, who packed it."""

    def __init__(self) -> None:
        super().__init__("ok_soft", "")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(18)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.tag = ShelfTag()
        words = QVBoxLayout()
        words.setSpacing(3)
        self.fetch = Label("", 17, 700, "ok_ink", wrap=True)
        self.bag = Label("", 14, 500, "ok_ink", wrap=True)
        self.packed_by = Label("", 13, 500, "ok_ink", wrap=True)
        words.addStretch(1)
        for part in (self.fetch, self.bag, self.packed_by):
            words.addWidget(part)
        words.addStretch(1)
        row.addWidget(self.tag)
        row.addLayout(words, 1)

    def show_view(self, view: HandOverView) -> None:
        """Another bag."""
        self.tag.say(view.shelf)
        self.fetch.say(view.fetch)
        self.bag.say(view.bag)
        self.packed_by.say(view.packed_by)
        self.packed_by.setVisible(bool(view.packed_by))
        self.fit()


class BagRow(QAbstractButton):
    """A line of the bag; with the bag open a tap leaves it in the shop, or takes it along."""

    HIGH = 84

    def __init__(self) -> None:
        super().__init__()
        self.view = BagLine("", "", "", "", "", "ok")
        self.opened = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(self.HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_line(self, view: BagLine, *, opened: bool) -> None:
        """Another line."""
        self.view, self.opened = view, opened
        self.setText(view.title)
        self.setAccessibleName(view.spoken)
        self.setCheckable(opened)
        self.setChecked(opened and view.chosen)
        self.setEnabled(opened)
        policy = Qt.FocusPolicy.TabFocus if opened else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(policy)
        self.update()

    def nextCheckState(self) -> None:
        """What is chosen is said by the state: a press alone marks nothing."""

    def sizeHint(self) -> QSize:
        return QSize(240, self.HIGH)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.HIGH)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        rect, view = self.rect(), self.view
        on = self.opened and view.chosen
        fill = "primary_soft" if on else "surface"
        edge = theme.color("primary" if on else "border")
        paint.box(painter, rect, theme.CARD, theme.color(fill), edge, 2 if on else 1)

        def place(x: int, top: int, wide: int, high: int = 20) -> QRect:
            return paint.mirrored(QRect(x, top, wide, high), rect, rtl=rtl)

        art(painter, place(12, 12, 60, 60), view.icon, view.tint, 30)
        left, end = 88, rect.width() - 16
        if self.opened:
            box = place(end - 26, 29, 26, 26)
            ground = "primary" if on else "surface"
            paint.box(painter, box, 7, theme.color(ground), theme.color("field"), 1.5)
            if on:
                at = box.center()
                icons.draw(painter, "check", at.x() + 1, at.y() + 1, 18, theme.color("on_primary"))
            end -= 38
        bold, small = theme.font(15, 700), theme.font(13, 600)
        told = view.qty if self.opened and view.qty else view.paid
        wide = max(paint.width_of(view.amount, bold), paint.width_of(told, small)) + 2
        wide = min(wide, 150)
        ink = theme.color("text")
        paint.write(
            painter, place(end - wide, 20, wide), view.amount, bold, ink, paint.END, rtl=rtl
        )
        ink = theme.color({"ok": "ok_ink", "warn": "warn_ink"}.get(view.paid_tone, "text2"))
        area = place(end - wide, 42, wide)
        paint.write(painter, area, told, small, ink, paint.END, rtl=rtl)
        room = end - wide - 12 - left
        names = paint.wrapped(view.title, theme.font(15, 600), room, 2)
        top = 20 if len(names) == 1 else 10
        for name in names:
            ink = theme.color("text")
            area = place(left, top, room)
            paint.write(painter, area, name, theme.font(15, 600), ink, rtl=rtl)
            top += 20
        ink = theme.color("text2")
        area = place(left, top + 2, room)
        paint.write(painter, area, view.detail, theme.font(13, 500), ink, rtl=rtl)
        painter.end()


class ExtraRow(QWidget):
    """Something that goes with it: offered once, then let go."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.sku = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(14)
        self.art = Art(48, 26)
        words = QVBoxLayout()
        words.setSpacing(1)
        self.title = Label("", 15, 600, data=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        self.button = Button("")
        self.button.setMinimumWidth(116)
        self.button.clicked.connect(lambda: self.pressed.emit(self.sku))
        row.addWidget(self.art)
        row.addLayout(words, 1)
        row.addWidget(self.button)

    def show_extra(self, view: ExtraView) -> None:
        """Another product, or it is added now."""
        self.sku = view.sku
        self.art.show_art(view.icon, view.tint)
        self.title.say(view.title)
        self.detail.say(view.detail)
        kind = "soft" if view.added else "plain"
        if kind != self.button.kind:
            self.button.kind, self.button.dress = kind, DRESSES[kind]
        self.button.icon_name = "check" if view.added else ""
        words = _("Added") if view.added else f"+ {view.price}"
        form = _("Take {name} out again") if view.added else _("Add {name}, {price}")
        self.button.say(words, name=form.format(name=view.title, price=view.price))


class GiveWork(QWidget):
    """The middle of the screen while an order is handed over."""

    line = Signal(str)
    extra = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.shelf = ShelfCard()
        row = QHBoxLayout()
        theme.margins(row, 0, 0, 10, 0)
        row.addWidget(self.shelf)
        column.addLayout(row)
        self.scrolled = Scrolled()
        column.addWidget(self.scrolled, 1)
        column.addStretch(0)
        room = self.scrolled.column
        room.setSpacing(8)
        theme.margins(room, 0, 6, 10, 0)
        head = QHBoxLayout()
        self.bag_words = Label(_("In the bag"), 16, 700)
        self.packed = Label("", 13, 500, "text2", across=paint.END)
        head.addWidget(self.bag_words)
        head.addWidget(self.packed, 1)
        room.addLayout(head)
        self.bag = QVBoxLayout()
        self.bag.setSpacing(8)
        room.addLayout(self.bag)
        self.lines: list[BagRow] = []
        self.extras_room = QWidget()
        extras = QVBoxLayout(self.extras_room)
        extras.setContentsMargins(0, 8, 0, 0)
        extras.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Label(_("Goes with it"), 16, 700))
        head.addWidget(Label(_("offer once, then let go"), 13, 500, "text2"))
        head.addStretch(1)
        extras.addLayout(head)
        self.extras_card = Card()
        self.extras = QVBoxLayout(self.extras_card)
        self.extras.setContentsMargins(14, 0, 12, 0)
        self.extras.setSpacing(0)
        extras.addWidget(self.extras_card)
        room.addWidget(self.extras_room)
        room.addStretch(1)
        self.extra_rows: list[tuple[ExtraRow, Rule]] = []

    def show_view(self, view: HandOverView) -> None:
        """Draws it."""
        self.shelf.show_view(view)
        self.packed.say(view.packed)
        while len(self.lines) < len(view.lines):
            row = BagRow()
            row.clicked.connect(lambda _on=False, row=row: self.line.emit(row.view.line))
            self.lines.append(row)
            self.bag.addWidget(row)
        for place, row in enumerate(self.lines):
            row.setVisible(place < len(view.lines))
            if place < len(view.lines):
                row.show_line(view.lines[place], opened=view.opened)
        while len(self.extra_rows) < len(view.extras):
            rule, extra = Rule(), ExtraRow()
            extra.pressed.connect(self.extra)
            self.extras.addWidget(rule)
            self.extras.addWidget(extra)
            self.extra_rows.append((extra, rule))
        for place, (extra, rule) in enumerate(self.extra_rows):
            extra.setVisible(place < len(view.extras))
            rule.setVisible(0 < place < len(view.extras))
            if place < len(view.extras):
                extra.show_extra(view.extras[place])
        self.extras_room.setVisible(bool(view.extras))
        self.scrolled.updateGeometry()


class FactCard(Told):
    """A banner in the panel."""

    def __init__(self, *, disc: bool = False) -> None:
        super().__init__("sunken", "")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(12)
        self.disc = Disc("check", "done", 36, 20) if disc else None
        self.icon = Icon("info", "text2", 20)
        self.title = Label("", 15 if disc else 14, 600, wrap=True)
        self.detail = Label("", 13, 500, wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        if self.disc is not None:
            row.addWidget(self.disc)
        row.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.hide()

    def show_fact(self, fact: Fact | None) -> None:
        """Another fact; none hides it."""
        self.setVisible(fact is not None)
        if fact is None:
            return
        grounds = {
            "ok": ("ok_soft", "ok_ink"),
            "info": ("primary_soft", "primary_ink"),
            "off": ("off_soft", "off_ink"),
            "warn": ("warn_soft", "warn_ink"),
            "bad": ("bad_soft", "bad_ink"),
            "plain": ("sunken", "text2"),
        }
        ground, ink = grounds[fact.tone]
        self.dress(ground, "")
        done = self.disc is not None and fact.tone == "ok"
        if self.disc is not None:
            self.disc.setVisible(done)
        self.icon.setVisible(not done)
        self.icon.show_icon(fact.icon, ink)
        self.title.say(fact.title, ink)
        faint = "text2" if fact.tone == "info" else ink
        self.detail.say(fact.detail, faint)
        self.detail.setVisible(bool(fact.detail))
        self.fit()


class MoneyRow(QWidget):
    """A row of money: what, how much."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(10)
        self.words = Label("", 14, 500, "text2", wrap=True)
        self.amount = Label("", 14, 600, across=paint.END)
        row.addWidget(self.words, 1)
        row.addWidget(self.amount)


class GivePanel(Ground):
    """Whose it is, how they showed it, who is here, what is to be paid."""

    act = Signal(str)
    who = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        self.title = Label("", 19, 700, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        self.pill = Pill("", "ok")
        column.addWidget(panel_header(self.title, self.detail, self.pill))
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 14, INSET, 8)
        column.addLayout(body, 1)
        self.scrolled = Scrolled()
        body.addWidget(self.scrolled)
        body.addStretch(1)
        self._fill(self.scrolled.column)
        column.addWidget(self._footer())

    def _fill(self, room: QVBoxLayout) -> None:
        room.setSpacing(8)
        self.person = PersonRow()
        self.person.act.connect(self.act)
        room.addWidget(self.person)
        self.proof = FactCard(disc=True)
        room.addWidget(self.proof)
        self.who_words = Label(_("Who is here?"), 13, 600, "text2")
        room.addSpacing(4)
        room.addWidget(self.who_words)
        self.people = Filter(("self", "named", "other"), _("Who is here?"))
        self.people.chose.connect(self.who)
        room.addWidget(self.people)
        self.identity = FactCard()
        room.addWidget(self.identity)
        room.addSpacing(4)
        self.money_words = Label(_("Money"), 13, 600, "text2")
        room.addWidget(self.money_words)
        self.money = QVBoxLayout()
        self.money.setSpacing(0)
        room.addLayout(self.money)
        self.money_rows: list[MoneyRow] = []
        self.offline = FactCard()
        room.addWidget(self.offline)

    def _footer(self) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 10, INSET, 18)
        column.setSpacing(8)
        row = QHBoxLayout()
        self.due_words = Label("", 18, 600)
        self.due = Label("", 36, 700, across=paint.END)
        row.addWidget(self.due_words)
        row.addWidget(self.due, 1)
        column.addLayout(row)
        self.ways = QWidget()
        row = QHBoxLayout(self.ways)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.cash = Button(_("Exact cash"), "tender", icon="banknote", key=keys.cap("cash"))
        self.by_card = Button(_("Card"), "tender", icon="credit-card", key=keys.cap("card"))
        for button, what in ((self.cash, "cash"), (self.by_card, "card")):
            button.clicked.connect(lambda _on=False, what=what: self.act.emit(what))
            row.addWidget(button, 1)
        column.addWidget(self.ways)
        self.finish = Button("", "primary", key=keys.cap("finish"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return footer

    def show_view(self, view: HandOverView) -> None:
        """Draws it."""
        self.title.say(view.title)
        self.detail.say(view.detail)
        self.pill.say(view.pill, view.pill_tone)
        self.person.show_person(view.person)
        self.proof.show_fact(view.proof)
        for part in (self.who_words, self.people):
            part.setVisible(bool(view.who))
        keys_ = {choice.key for choice in view.who}
        for key, choice in self.people.buttons.items():
            choice.setVisible(key in keys_)
        self.people.show_choices(view.who)
        self.identity.show_fact(view.identity)
        self._rows(view)
        self.offline.show_fact(view.offline)
        ink = "ok_ink" if view.settled else "text"
        self.due_words.say(view.due_words)
        self.due.say(view.due, ink)
        self.ways.setVisible(view.can_give and not view.settled)
        for button in (self.cash, self.by_card):
            button.setEnabled(not view.why_not)
        self.finish.setVisible(bool(view.button))
        self.finish.say(view.button, view.button_end, reason=view.why_not, enabled=not view.why_not)
        self.scrolled.updateGeometry()

    def _rows(self, view: HandOverView) -> None:
        while len(self.money_rows) < len(view.money):
            row = MoneyRow()
            self.money_rows.append(row)
            self.money.addWidget(row)
        for place, row in enumerate(self.money_rows):
            row.setVisible(place < len(view.money))
            if place < len(view.money):
                told = view.money[place]
                row.words.say(told.label)
                row.amount.say(told.amount, "text2" if told.tone == "faint" else "text")
        self.money_words.setVisible(bool(view.money))

    def set_compact(self, *, compact: bool) -> None:
        """Narrow: the caps of the two ways to pay give their words room."""
        for button in (self.cash, self.by_card):
            button.set_cap_shown(not compact)
