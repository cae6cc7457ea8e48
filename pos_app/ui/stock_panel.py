"""The panel that asks another store for its goods: how, how many, for whom, until when."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.presenters.reserve_views import Choice, ReserveState, Told
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Empty, Ground, Label, Notice, Pill, panel_header
from pos_app.ui.lists_sheets import Scrolled
from pos_app.words import _

INSET = theme.INSET
WAYS = ("pickup", "bring", "ship")
STEP = 56
NARROW = (QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

EDGES = 18
"""Between the words of a choice and its edges, both together, pixels."""


class Ways(Segment):
    """How the customer gets it; one that cannot be says why when it is asked for."""

    way = Signal(str)

    def __init__(self) -> None:
        super().__init__([(key, "", "") for key in WAYS], _("How the customer gets it"))
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, key=key: self.way.emit(key))
            button.setSizePolicy(*NARROW)  # in a narrow panel words come before icons

    def show_ways(self, choices: tuple[Choice, ...]) -> None:
        """Another one chosen, or other ones that can be."""
        for choice in choices:
            button = self.buttons[choice.key]
            button.icon_name = choice.icon
            button.say(choice.words, reason=choice.why_not, enabled=not choice.why_not)
            if choice.chosen != button.isChecked():
                button.setChecked(choice.chosen)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Icons on all of them, or on none; each as wide as its words ask for."""
        for button in self.buttons.values():
            button.set_icon_shown(True)
        wanted = sum(button.content_width() + EDGES for button in self.buttons.values())
        for button in self.buttons.values():
            button.set_icon_shown(wanted <= self.width())
        row = self.layout()
        if isinstance(row, QHBoxLayout):
            for place, button in enumerate(self.buttons.values()):
                row.setStretch(place, button.content_width() + EDGES)


class Pieces(Card):
    """One less, the number, one more."""

    step = Signal(int)

    def __init__(self) -> None:
        super().__init__("surface", "border2", theme.RADIUS)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.fewer = Button("", "bare", icon="minus", name=_("One less"))
        self.more = Button("", "bare", icon="plus", name=_("One more"))
        self.count = Label("", 20, 700, across=paint.CENTRE)
        self.count.setFixedWidth(STEP)
        for button, by in ((self.fewer, -1), (self.more, 1)):
            button.setFixedSize(STEP, STEP)
            button.clicked.connect(lambda _on=False, by=by: self.step.emit(by))
        row.addWidget(self.fewer)
        row.addWidget(self.count)
        row.addWidget(self.more)
        self.setFixedHeight(STEP)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class Holds(QWidget):
    """Until when it is kept: a few buttons, one of them chosen."""

    chose = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        row = self.row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.buttons: list[Button] = []
        self.keys: list[str] = []
        for place in range(3):
            button = Button("")
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, at=place: self._pressed(at))
            button.setSizePolicy(*NARROW)
            row.addWidget(button, 1)
            self.buttons.append(button)

    def _pressed(self, place: int) -> None:
        self.buttons[place].setChecked(True)
        if place < len(self.keys):
            self.chose.emit(self.keys[place])

    def show_holds(self, choices: tuple[Choice, ...]) -> None:
        """Other times, or another one chosen."""
        self.keys = [choice.key for choice in choices]
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(choices))
            if place < len(choices):
                button.say(choices[place].words)
                self.row.setStretch(place, button.content_width() + 24)
                button.setChecked(choices[place].chosen)
                button.update()


class Who(QWidget):
    """Who it is for: typed, or known from the sale."""

    name_typed = Signal(str)
    phone_typed = Signal(str)
    address_typed = Signal(str)
    another = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        self.fields = QWidget()
        row = QHBoxLayout(self.fields)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.name = Field(_("Name of the customer"), _("Name"))
        self.phone = Field(_("Phone number of the customer"), _("Phone"))
        self.name.edit.textEdited.connect(self.name_typed)
        self.phone.edit.textEdited.connect(self.phone_typed)
        for field in (self.name, self.phone):
            field.setSizePolicy(*NARROW)
            row.addWidget(field, 1)
        column.addWidget(self.fields)
        self.known = Card("surface", "field", theme.RADIUS)
        row = QHBoxLayout(self.known)
        theme.margins(row, 14, 4, 8, 4)
        row.setSpacing(10)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.who = Label("", 15, 600, data=True)
        self.reached = Label("", 13, 500, "text2", data=True)
        words.addWidget(self.who)
        words.addWidget(self.reached)
        self.tag = Pill("", "info")
        self.other = Button("", "bare", icon="x", name=_("Somebody else"))
        self.other.setFixedWidth(48)
        self.other.clicked.connect(self.another)
        row.addLayout(words, 1)
        row.addWidget(self.tag)
        row.addWidget(self.other)
        column.addWidget(self.known)
        self.address = Field(_("Address of the customer"), _("Street, postcode and town"))
        self.address.edit.textEdited.connect(self.address_typed)
        column.addWidget(self.address)
        self.missing = Label("", 13, 600, "bad_ink", wrap=True)
        column.addWidget(self.missing)

    def show_state(self, state: ReserveState) -> None:
        """Other words; what somebody types just now stays as it is."""
        known = bool(state.tag)
        self.fields.setVisible(not known)
        self.known.setVisible(known)
        self.who.say(state.name or state.phone)
        self.reached.say(state.phone if state.name else "")
        self.reached.setVisible(bool(state.name and state.phone))
        self.tag.say(state.tag, "info")
        for field, text in (
            (self.name, state.name),
            (self.phone, state.phone),
            (self.address, state.address),
        ):
            if field.edit.text() != text:
                field.edit.setText(text)
        self.address.setVisible(state.parcel)
        self.missing.setVisible(bool(state.missing))
        self.missing.say(state.missing)
        self.name.mark(wrong=bool(state.missing) and not (state.name or state.phone))
        self.address.mark(wrong=bool(state.missing) and state.parcel and not state.address)


class StockPanel(Ground):
    """The decision: F12 asks that store."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        self.title = Label("", 19, 700, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        self.shut = Button("", "plain", icon="x", name=_("Back to the sale"))
        self.shut.setFixedWidth(48)
        self.shut.clicked.connect(lambda: self.act.emit("sell"))
        column.addWidget(panel_header(self.title, self.detail, self.shut))
        self.scrolled = Scrolled()
        self.scrolled.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        theme.margins(self.scrolled.column, INSET, 16, INSET, 12)
        self.scrolled.column.setSpacing(8)
        self._body()
        self.empty = Empty("store", _("Choose a store"))
        column.addWidget(self.scrolled, 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self._footer())

    def _body(self) -> None:
        rows = self.scrolled.column
        self.result = Notice("info", "clock")
        rows.addWidget(self.result)
        self.ways = Ways()
        rows.addWidget(self.ways)
        rows.addSpacing(6)
        self.many_title = Label(_("How many"), 13, 600, "text2")
        rows.addWidget(self.many_title)
        self.many = QWidget()
        row = QHBoxLayout(self.many)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.pieces = Pieces()
        self.free = Label("", 14, 500, "text2", wrap=True)
        row.addWidget(self.pieces)
        row.addWidget(self.free, 1)
        rows.addWidget(self.many)
        rows.addSpacing(6)
        self.who_title = Label(_("For"), 13, 600, "text2")
        rows.addWidget(self.who_title)
        self.who = Who()
        rows.addWidget(self.who)
        rows.addSpacing(6)
        self.hold_title = Label(_("Hold until"), 13, 600, "text2")
        rows.addWidget(self.hold_title)
        self.holds = Holds()
        rows.addWidget(self.holds)
        rows.addSpacing(6)
        self.notice = Notice("info", "bell")
        rows.addWidget(self.notice)
        rows.addStretch(1)
        self.costs = QWidget()
        column = QVBoxLayout(self.costs)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.price, self.pays = (Label("", 16, 700, across=paint.END) for _n in range(2))
        for words, value in ((_("Price"), self.price), (_("Pays"), self.pays)):
            row = QHBoxLayout()
            row.addWidget(Label(words, 14, 500, "text2"))
            row.addStretch(1)
            row.addWidget(value)
            column.addLayout(row)
        rows.addWidget(self.costs)

    def _footer(self) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 12, INSET, 18)
        column.setSpacing(theme.GAP)
        self.back = Button("", "plain", icon="undo-2")
        self.back.clicked.connect(lambda: self.act.emit("stock_take_back"))
        self.sell = Button("", "plain", icon="shopping-bag")
        self.sell.clicked.connect(lambda: self.act.emit("stock_sell"))
        self.go = Button("", "primary", key=keys.cap("finish"))
        self.go.clicked.connect(lambda: self.act.emit("stock_go"))
        column.addWidget(self.back)
        column.addWidget(self.sell)
        column.addWidget(self.go)
        return footer

    def show_state(self, state: ReserveState) -> None:
        """Another store, another choice, or what was answered."""
        some, asked = bool(state.title), bool(state.stage)
        self.title.say(state.title or _("Stock in the stores"))
        self.detail.say(state.detail)
        self.detail.setVisible(bool(state.detail))
        self.scrolled.setVisible(some)
        self.empty.setVisible(not some)
        self.empty.say(state.why_not)
        self.ways.show_ways(state.ways)
        self.pieces.count.say(state.qty)
        self.pieces.count.setAccessibleName(_("{count} pieces").format(count=state.qty))
        self.pieces.fewer.setEnabled(state.can_fewer and not asked)
        self.pieces.more.setEnabled(state.can_more and not asked)
        self.free.say(state.qty_note)
        self.who.show_state(state)
        self.holds.show_holds(state.holds)
        for part in (self.ways, self.many_title, self.many, self.who_title, self.who):
            part.setVisible(not asked)
        for part in (self.hold_title, self.holds):
            part.setVisible(bool(state.holds) and not asked)
        self._tell(self.notice, Told() if asked else state.notice)
        self._tell(self.result, state.result)
        self.price.say(state.price)
        self.pays.say(state.pays)
        self.back.setVisible(state.can_take_back)
        self.back.say(_("Take it back"))
        self.sell.setVisible(bool(state.sell))
        self.sell.say(state.sell)
        self.go.say(
            state.go or state.why_not, reason=state.why_not, enabled=some and not state.why_not
        )
        self.scrolled.updateGeometry()

    def _tell(self, notice: Notice, told: Told) -> None:
        notice.say(told.title, told.detail, told.tone, told.icon)

    def focus_missing(self, field: str) -> None:
        """The caret goes where something has to be typed first."""
        wanted = self.who.address if field == "address" else self.who.name
        wanted.edit.setFocus(Qt.FocusReason.OtherFocusReason)
