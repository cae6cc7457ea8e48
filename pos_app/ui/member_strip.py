"""The strip above the basket: whose sale it is, tier and points, and the button that uses them."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.presenters.member import MemberView, RewardState
from pos_app.ui import icons, keys, paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Ground, Label
from pos_app.ui.shell import Sheet
from pos_app.words import _

HEIGHT = 68
DISC, RADIUS = 44, 11
WORDS, AMOUNT = (14, 600), (13, 500)


class Letters(QWidget):
    """Somebody's letters on a disc."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.setFixedSize(DISC, DISC)

    def say(self, text: str) -> None:
        """Somebody else's."""
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        middle = self.rect().toRectF().center()
        paint.disc(painter, middle, DISC / 2, theme.color("primary_soft"))
        ink = theme.color("primary_ink")
        paint.write(painter, self.rect(), self.text, theme.font(15, 600), ink, paint.CENTRE)
        painter.end()


class PointsButton(QAbstractButton):
    """Two lines and the cap of its key: what it does, and what that takes off."""

    def __init__(self) -> None:
        super().__init__()
        self.key = keys.cap("points")
        self.amount = ""
        self.using = False
        self.show_cap = True
        self.setFixedHeight(48)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def say(self, view: MemberView) -> None:
        """Other words."""
        state = (view.words, view.amount, view.using, view.enabled)
        if state == (self.text(), self.amount, self.using, self.isEnabled()):
            return
        self.setText(view.words)
        self.amount, self.using = view.amount, view.using
        self.setEnabled(view.enabled)
        self.setAccessibleName(" ".join(part for part in (view.words, view.amount) if part))
        self.updateGeometry()
        self.update()

    def set_cap_shown(self, shown: bool) -> None:
        """Shows or hides the cap of its key."""
        if shown != self.show_cap:
            self.show_cap = shown
            self.updateGeometry()
            self.update()

    def _cap(self) -> bool:
        return bool(self.key) and self.show_cap

    def sizeHint(self) -> QSize:
        wide = max(
            paint.width_of(self.text(), theme.font(*WORDS)),
            paint.width_of(self.amount, theme.font(*AMOUNT)),
        )
        return QSize(wide + 28 + (paint.cap_width(self.key) + 10 if self._cap() else 0), 48)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        body = self.rect()
        fill, ink, edge = "primary_soft", "primary_ink", None
        if not self.isEnabled():
            fill, ink = "sunken", "text3"
        elif self.using:
            edge = theme.color("primary_line")
        elif self.isDown():
            fill = "primary_line"
        paint.box(painter, body, RADIUS, theme.color(fill), edge, 1)
        room = body.adjusted(14, 0, -14, 0)
        if self._cap():
            wide = paint.cap_width(self.key)
            place = QRect(room.right() + 1 - wide, body.center().y() - 11, wide, 24)
            paint.cap(painter, paint.mirrored(place, body, rtl=rtl), self.key, "soft")
            room.setWidth(room.width() - wide - 10)
        colour = theme.color(ink)
        top = QRect(room.left(), 5 if self.amount else 14, room.width(), 20)
        area = paint.mirrored(top, body, rtl=rtl)
        paint.write(painter, area, self.text(), theme.font(*WORDS), colour, rtl=rtl)
        if self.amount:
            below = paint.mirrored(QRect(room.left(), 24, room.width(), 19), body, rtl=rtl)
            paint.write(painter, below, self.amount, theme.font(*AMOUNT), colour, rtl=rtl)
        if self.hasFocus():
            paint.box(painter, body.adjusted(2, 2, -2, -2), 9, None, theme.color("focus"), 2)
        painter.end()


class Detail(QWidget):
    """Tier and points, with the tier's mark before them."""

    def __init__(self) -> None:
        super().__init__()
        self.tier = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        self.mark = QWidget()
        self.mark.setFixedSize(16, 16)
        self.mark.paintEvent = self._paint_mark  # type: ignore[method-assign]
        self.words = Label("", 13, 500, "text2", data=True)
        row.addWidget(self.mark)
        row.addWidget(self.words, 1)

    def _paint_mark(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.mark)
        paint.begin(painter)
        icons.draw(painter, "award", 8, 8, 16, theme.color("gold"))
        painter.end()

    @property
    def needed(self) -> int:
        """What it is wide where nothing of it is left out."""
        mark = 0 if self.mark.isHidden() else 21
        return mark + paint.width_of(self.words.text(), self.words.font()) + 2

    def say(self, text: str, *, tier: bool) -> None:
        """Other words."""
        self.mark.setVisible(tier)
        self.words.say(text)


class MemberStrip(Ground):
    """`act` says what was pressed: customer, points, rewards."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "bottom")
        self.setFixedHeight(HEIGHT)
        row = QHBoxLayout(self)
        theme.margins(row, theme.INSET, 0, theme.INSET, 0)
        row.setSpacing(theme.GAP)
        self.face = Letters()
        self.who = QWidget()
        words = QVBoxLayout(self.who)
        words.setContentsMargins(4, 0, 0, 0)
        words.setSpacing(1)
        self.name = Label("", 15, 600, data=True)
        self.detail = Detail()
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        words.addStretch(1)
        self.nobody = Button(_("Add customer"), "link", icon="user-plus", key=keys.cap("customer"))
        self.choice = Button("", icon="gift", name=_("Choose a reward"))
        self.choice.setFixedWidth(48)
        self.button = PointsButton()
        row.addWidget(self.face)
        row.addWidget(self.who, 1)
        self.hint = Label(
            _("or scan the member card"), 13, 500, "text2", across=paint.END, wrap=True
        )
        row.addWidget(self.nobody)
        row.addWidget(self.hint, 1)
        row.addWidget(self.choice)
        row.addWidget(self.button)
        self.nobody.clicked.connect(lambda: self.act.emit("customer"))
        self.choice.clicked.connect(lambda: self.act.emit("rewards"))
        self.button.clicked.connect(lambda: self.act.emit("points"))
        self.show_member(None)

    def show_member(self, view: MemberView | None) -> None:
        """Somebody, or nobody."""
        named = view is not None
        self.who.setVisible(named)
        for quiet in (self.nobody, self.hint):
            quiet.setVisible(not named)
        self.button.setVisible(view is not None and bool(view.words))
        self.choice.setVisible(view is not None and view.choice)
        self.face.setVisible(named)
        if view is None:
            return
        self.face.say(view.letters)
        self.name.say(view.name)
        self.detail.say(view.detail, tier=view.tier)
        self.button.say(view)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room the points are read, and the letters go."""
        if self.who.isHidden():
            return
        taken = [each for each in (self.choice, self.button) if not each.isHidden()]
        room = self.width() - 2 * theme.INSET - DISC - theme.GAP
        room -= sum(each.sizeHint().width() + theme.GAP for each in taken)
        self.face.setVisible(room >= self.detail.needed + 4)

    def set_compact(self, *, compact: bool) -> None:
        """Narrow windows keep caps on the big buttons only."""
        self.button.set_cap_shown(not compact)
        self.nobody.set_cap_shown(not compact)


class RewardSheet(Sheet):
    """What may be had for points, each with its digit."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(_("Rewards"))
        self.rows = QVBoxLayout()
        self.rows.setSpacing(theme.GAP)
        self.body.addLayout(self.rows)
        self.body.addStretch(1)
        self.buttons: list[Button] = []

    def show_state(self, state: RewardState) -> None:
        """Draws the rewards."""
        self.say(state.name or _("Rewards"), state.detail)
        while len(self.buttons) < len(state.rows):
            self._add(len(self.buttons) + 1)
        for button, row in zip(self.buttons, state.rows, strict=False):
            form = _("Give back {label}") if row.taken else "{label}"
            button.key = f"Alt {row.place}" if row.place else ""
            words = f"{form.format(label=row.label)} \u00b7 {row.points}"
            button.say(words, row.amount)
        for at, button in enumerate(self.buttons):
            button.setVisible(at < len(state.rows))

    def _add(self, place: int) -> None:
        button = Button("", icon="gift")
        button.spread = True
        button.clicked.connect(lambda: self.chosen.emit(place))
        self.buttons.append(button)
        self.rows.addWidget(button)

    def first_focus(self) -> QWidget:
        return self.buttons[0] if self.buttons else self.close_button
