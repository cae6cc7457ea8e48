"""Cards in the decision panel: the sale just made, and what must be seen first."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.presenters.cart import Card as CardState
from pos_app.presenters.done import DoneView
from pos_app.presenters.views import Coin, dotted
from pos_app.ui import paint, theme
from pos_app.ui.buttons import Button
from pos_app.ui.labels import Card, Disc, Icon, Label, Notice, Rule, Told
from pos_app.words import _

CARD_BUTTONS: dict[str, tuple[str, ...]] = {
    "unknown": ("find", "custom", "copy"),
    "price": ("custom",),
    "age": ("checked", "remove"),
    "value": ("value_pay",),
}
"""Kind of card -> what can be done about it."""
MANY = 3


class Coins(QWidget):
    """What to give back, as notes and coins."""

    def __init__(self) -> None:
        super().__init__()
        self.coins: tuple[Coin, ...] = ()
        self._small = False
        """True where they do not fit into one line at their full size."""
        self.setFixedHeight(40)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_coins(self, coins: tuple[Coin, ...]) -> None:
        """Other ones."""
        self.coins = coins
        words = ", ".join(f"{coin.count} \u00d7 {coin.label}" for coin in coins)
        self.setAccessibleName(_("Give back {coins}").format(coins=words) if coins else "")
        self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Two lines of smaller ones where one line is too short: none is ever left out of sight."""
        wide = sum(self._widths(coin, small=False)[2] for coin in self.coins) - 12
        self._small = wide > self.width() > 0
        self.setFixedHeight(67 if self._small else 40)

    @staticmethod
    def _widths(coin: Coin, *, small: bool) -> tuple[int, int, int]:
        """Its own width, that of how many, and of both with what is between and after."""
        font = theme.font(13 if small else 14, 600)
        width = paint.width_of(coin.label, font)
        if small:
            width = max(width + 12, 36 if coin.note else 30)
        else:
            width = max(width + (26 if coin.note else 18), 56 if coin.note else 38)
        after = paint.width_of(f"\u00d7{coin.count}", font)
        return width, after, width + after + (12 if small else 18)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        rtl, small = self.layoutDirection() == Qt.LayoutDirection.RightToLeft, self._small
        rect, x, top, tall = self.rect(), 0, 0, 30 if self._small else 38
        ink, font = theme.color("ok_ink"), theme.font(13 if small else 14, 600)
        gap = 4 if small else 6
        for coin in self.coins:
            width, after, step = self._widths(coin, small=small)
            if small and x + width + gap + after > rect.width():
                x, top = 0, top + tall + 4
            area = paint.mirrored(QRect(x, top + 1, width, tall), rect, rtl=rtl)
            radius = 6 if coin.note else tall // 2
            paint.box(painter, area, radius, theme.color("surface"), ink, 1.2)
            paint.write(painter, area, coin.label, font, theme.color("text"), paint.CENTRE)
            area = paint.mirrored(QRect(x + width + gap, top, after, tall + 2), rect, rtl=rtl)
            paint.write(painter, area, f"\u00d7{coin.count}", font, ink)
            x += step
        painter.end()


class DoneCard(Card):
    """The sale that was just made: change, coins, and what can still be done about it."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("ok_soft", "", 14)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(12)
        self.disc = Disc("check", "done", 36, 22)
        words = QVBoxLayout()
        words.setSpacing(1)
        self.title = Label("", 16, 600, "ok_ink", data=True)
        self.detail = Label("", 13, 500, "ok_ink", data=True)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        self.points = Label("", 13, 500, "ok_ink", data=True)
        words.addWidget(self.points)
        head.addWidget(self.disc)
        head.addLayout(words, 1)
        column.addLayout(head)
        row = QHBoxLayout()
        self.label = Label("", 17, 600, "ok_ink")
        self.amount = Label("", 46, 700, "ok_ink", across=paint.END)
        row.addWidget(self.label, 1)
        row.addWidget(self.amount)
        column.addLayout(row)
        self.line = Rule("ok_ink")
        column.addWidget(self.line)
        self.give = Label(_("Give back"), 13, 600, "ok_ink")
        self.coins = Coins()
        column.addWidget(self.give)
        column.addWidget(self.coins)
        self.trouble = Notice("warn", "printer")
        column.addWidget(self.trouble)
        self.rows = QGridLayout()
        self.rows.setSpacing(theme.GAP)
        self.buttons: dict[str, Button] = {}
        for action, text, icon in (
            ("came_out", _("It came out"), "check"),
            ("drawer", _("Open again"), "inbox"),
            ("print", _("Print again"), "printer"),
            ("gift", _("Gift receipt"), "gift"),
            ("invoice", _("Invoice"), "file-text"),
            ("undo", _("Undo"), "undo-2"),
        ):
            button = Button(text, icon=icon)
            button.clicked.connect(lambda _checked=False, what=action: self.act.emit(what))
            button.hide()
            self.buttons[action] = button
        column.addSpacing(4)
        column.addLayout(self.rows)

    def _show_buttons(self, wanted: tuple[str, ...]) -> None:
        """These, two in a row; an odd one has a row of its own."""
        for action, button in self.buttons.items():
            self.rows.removeWidget(button)
            if action not in wanted:
                button.hide()
        for place, action in enumerate(wanted):
            wide = 2 if place == 0 and len(wanted) % 2 else 1
            at = place + (len(wanted) % 2 if place else 0)
            self.rows.addWidget(self.buttons[action], at // 2, at % 2, 1, wide)
            self.buttons[action].show()

    def show_done(self, done: DoneView) -> None:
        """Another sale."""
        self.title.say(done.title)
        told = done.detail if done.trouble else dotted(done.detail, done.receipt)
        self.detail.say(told)  # what is amiss is said below
        self.points.say(done.points)
        self.points.setVisible(bool(done.points))
        self.label.say(done.label)
        self.amount.say(done.amount)
        for part in (self.line, self.give, self.coins):
            part.setVisible(bool(done.coins))
        self.coins.show_coins(done.coins)
        self.trouble.say(done.receipt if done.trouble else "", done.trouble)
        self.buttons["print"].say(done.print_words or _("Print again"))
        if done.unknown:  # first what is on the paper, then all else
            wanted: tuple[str, ...] = ("came_out", "print")
        else:
            wanted = ("print", "gift", "invoice", "undo")
        self._show_buttons(("drawer", *wanted) if done.shut else wanted)


class MustSee(Told):
    """What the person must see before anything else: an unknown code, an age to check."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("warn_soft", "", 12)
        column = QVBoxLayout(self)
        theme.margins(column, 14, 12, 12, 12)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(12)
        self.icon = Icon("circle-alert", "warn_ink")
        self.title = Label("", 15, 600, "warn_ink", wrap=True)
        self.detail = Label("", 13, 500, "warn_ink", wrap=True)
        self.code = Label("", 13, 600, "warn_ink", data=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self.title, self.code, self.detail):
            words.addWidget(part)
        self.shut = Button("", "bare", icon="x", name=_("Close this message"))
        self.shut.setFixedWidth(48)
        self.shut.clicked.connect(lambda: self.act.emit("dismiss"))
        head.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        head.addWidget(self.shut, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self.row = QHBoxLayout()
        self.row.setSpacing(theme.GAP)
        column.addLayout(self.row)
        self.buttons: dict[str, Button] = {}
        for action, text, icon in (
            ("find", _("Search by name"), "search"),
            ("custom", _("Custom item"), "pencil"),
            ("copy", _("Copy code"), ""),
            ("checked", _("Checked"), "check"),
            ("remove", _("Remove"), "trash-2"),
            ("value_pay", _("Pay with it"), "gift"),
        ):
            button = Button(text, icon=icon)
            button.clicked.connect(lambda _checked=False, what=action: self.act.emit(what))
            self.buttons[action] = button
            self.row.addWidget(button, button.sizeHint().width())

    def show_card(self, card: CardState) -> None:
        """Another message."""
        tone = {"info": "primary", "bad": "bad"}.get(card.tone, "warn")
        self.dress(f"{tone}_soft", "")
        icon = {"value": "gift", "age": "id-card", "kept": "history", "unknown": "scan-barcode"}
        self.icon.show_icon(icon.get(card.kind, "circle-alert"), f"{tone}_ink")
        for label, text in ((self.title, card.title), (self.detail, card.detail)):
            label.say(text, f"{tone}_ink")
            label.setVisible(bool(text))
        code = card.code if card.kind in ("unknown", "price") else ""
        self.code.say(code, f"{tone}_ink")
        self.code.setVisible(bool(code))
        wanted = CARD_BUTTONS.get(card.kind, ())
        for action, button in self.buttons.items():
            button.setVisible(action in wanted)
            button.set_icon_shown(len(wanted) < MANY)  # three words have room, three icons have not
        self.fit()
