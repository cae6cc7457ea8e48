"""The Pickup screen: the queue, the pick list or the bag on the counter, the order in the panel."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.exception_views import ChoiceView
from pos_app.presenters.pickup_views import OrderCard, PickList, PickupState
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.exceptions import Filter
from pos_app.ui.fields import Field
from pos_app.ui.hand_over import GivePanel, GiveWork
from pos_app.ui.labels import Empty, Ground, Label, Notice, Pill, panel_header
from pos_app.ui.lists import List
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.pickup_parts import (
    Bar,
    PersonRow,
    PickDelegate,
    PromiseCard,
    QueueDelegate,
    Quote,
    Timeline,
)
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET
QUEUE = 344
ALWAYS = Qt.ScrollBarPolicy.ScrollBarAlwaysOn
"""The thin bar keeps its room, so that rows are as wide with it as without."""
COMPACT_BELOW = 760
"""Narrower than that the work area shows the queue or an order, not both."""
PICK_ACTS = ("cannot_find", "pick_by_hand", "pick_slip", "take_over")
GIVE_ACTS = ("open_bag", "not_this", "keep_longer", "cancel_order")


class Segments(Filter):
    """A filter whose counts stand apart from its words."""

    def show_choices(self, choices: tuple[ChoiceView, ...]) -> None:
        """Other numbers, or another choice."""
        for choice in choices:
            button = self.buttons[choice.key]
            button.detail = choice.count
            button.say(choice.words, name=f"{choice.words} {choice.count}")
            button.updateGeometry()
            button.update()
            if choice.chosen and not button.isChecked():
                button.setChecked(True)


class PickWork(QWidget):
    """The pick list of the chosen order, in walking order."""

    line = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(10)
        self.title = Label(_("Pick list"), 18, 700)
        self.order = Label(_("in walking order"), 14, 500, "text2")
        self.done = Label("", 14, 600, across=paint.END)
        head.addWidget(self.title)
        head.addWidget(self.order)
        head.addWidget(self.done, 1)
        theme.margins(head, 0, 2, 10, 8)
        column.addLayout(head)
        bar = QHBoxLayout()
        theme.margins(bar, 0, 0, 10, 14)
        self.bar = Bar("primary")
        bar.addWidget(self.bar)
        column.addLayout(bar)
        self.list = List(_("Pick list"), QPalette.ColorRole.Window)
        self.list.setVerticalScrollBarPolicy(ALWAYS)
        self.list.setUniformItemSizes(True)
        self.delegate = PickDelegate(self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.chosen.connect(self.line)
        column.addWidget(self.list, 1)

    def show_picks(self, picks: PickList, marked: str) -> None:
        """Draws it."""
        self.done.say(picks.done)
        self.bar.show_part(picks.part_ppm)
        self.delegate.marked = marked
        self.list.set_rows(picks.rows)
        self.list.viewport().update()
        lines = [row.line for row in picks.rows]
        if marked in lines:
            self.list.scrollTo(self.list.model_.index(lines.index(marked)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = self.title.sizeHint().width() + self.done.sizeHint().width() + 40
        self.order.setVisible(needed + self.order.sizeHint().width() <= self.width())


class PickupWork(Ground):
    """Search, queue, and the order that is open; what can be done with it in the bar below."""

    act = Signal(str)
    typed = Signal(str)
    segment = Signal(str)
    chosen = Signal(str)
    row = Signal(int)

    def __init__(self) -> None:
        super().__init__("app")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        column = QVBoxLayout()
        theme.margins(column, INSET, 12, INSET - 10, 8)
        column.setSpacing(14)
        outer.addLayout(column, 1)
        column.addLayout(self._top())
        self.body = QHBoxLayout()
        self.body.setSpacing(10)
        column.addLayout(self.body, 1)
        self.queue = self._queue()
        self.body.addWidget(self.queue)
        self.detail = self._detail()
        self.body.addWidget(self.detail, 1)
        outer.addWidget(self._bar())
        self.rows: tuple[str, ...] = ()
        self.narrow = False
        self.detail_open = False
        self.state = PickupState()

    def _top(self) -> QHBoxLayout:
        top = QHBoxLayout()
        theme.margins(top, 0, 0, 10, 0)
        top.setSpacing(12)
        self.search = Field(
            _("Find an order"),
            _("Scan a pickup code or order barcode"),
            icon="search",
            key=keys.cap("search"),
        )
        self.search.edit.textEdited.connect(self.typed)
        self.search.edit.returnPressed.connect(lambda: self.act.emit("pickup_look"))
        self.pill = SyncPill()
        top.addWidget(self.search, 1)
        top.addWidget(self.pill)
        return top

    def _queue(self) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        self.segments = Segments(("pick", "ready", "done"), _("Which orders"))
        self.segments.chose.connect(self.segment)
        row = QHBoxLayout()
        theme.margins(row, 0, 0, 10, 0)
        row.addWidget(self.segments)
        column.addLayout(row)
        self.list = List(_("Orders"), QPalette.ColorRole.Window)
        self.list.setVerticalScrollBarPolicy(ALWAYS)
        self.list.setResizeMode(List.ResizeMode.Adjust)
        self.queue_rows = QueueDelegate(self.list)
        self.list.setItemDelegate(self.queue_rows)
        self.list.chosen.connect(self._row)
        column.addWidget(self.list, 1)
        self.empty = Empty("package-check", "")
        column.addWidget(self.empty, 1)
        return room

    def _detail(self) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.back = Button(_("All orders"), "plain", icon="arrow-left")
        self.back.clicked.connect(lambda: self.act.emit("pickup_list"))
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeading)
        row = QHBoxLayout()
        theme.margins(row, 0, 0, 10, 0)
        self.notice = Notice("bad", "circle-alert")
        row.addWidget(self.notice)
        column.addLayout(row)
        self.stack = QStackedWidget()
        self.picks = PickWork()
        self.picks.line.connect(self.row)
        self.give = GiveWork()
        self.nothing = Empty("package-check", _("Choose an order"))
        for part in (self.picks, self.give, self.nothing):
            self.stack.addWidget(part)
        column.addWidget(self.stack, 1)
        return room

    def _bar(self) -> QWidget:
        self.bar = Ground("app", "top")
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(INSET, 11, INSET, 13)
        row.setSpacing(theme.GAP)
        told = {
            "cannot_find": (_("Can't find it"), "circle-question-mark", keys.cap("cannot_find")),
            "pick_by_hand": (_("Pick by hand"), "hand", keys.cap("pick_by_hand")),
            "pick_slip": (_("Pick slip"), "printer", ""),
            "take_over": (_("Take over order"), "user-round-check", ""),
            "open_bag": (_("Open the bag"), "package-open", ""),
            "not_this": (_("Not this one"), "x", ""),
            "keep_longer": (_("Keep longer"), "calendar-plus", ""),
            "cancel_order": (_("Cancel order"), "ban", ""),
        }
        self.buttons: dict[str, Button] = {}
        for act, (words, icon, key) in told.items():
            button = Button(words, icon=icon, key=key)
            button.clicked.connect(lambda _on=False, act=act: self.act.emit(act))
            self.buttons[act] = button
            row.addWidget(button, 1)
        return self.bar

    def set_narrow(self, *, narrow: bool) -> None:
        """One column: the queue, or an order that was opened from it."""
        self.narrow = narrow
        self.back.setVisible(narrow)
        self.queue.setMinimumWidth(0 if narrow else QUEUE + 10)
        self.queue.setMaximumWidth(16_777_215 if narrow else QUEUE + 10)
        for act in ("cannot_find", "pick_by_hand"):
            self.buttons[act].set_cap_shown(not narrow)
        for button in self.buttons.values():
            button.set_icon_shown(not narrow)
        words = _("Scan a code or order") if narrow else _("Scan a pickup code or order barcode")
        self.search.edit.setPlaceholderText(words)
        self._part()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < COMPACT_BELOW
        if narrow != self.narrow or self.queue.maximumWidth() != QUEUE + 10:
            self.set_narrow(narrow=narrow)

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 500)

    def open_detail(self, *, on: bool) -> None:
        """On a narrow screen: the order, or the list."""
        self.detail_open = on
        self._part()

    def _part(self) -> None:
        detail = self.narrow and self.detail_open and bool(self.state.chosen)
        self.queue.setVisible(not detail)
        self.detail.setVisible(detail or not self.narrow)

    def show_state(self, state: PickupState, marked: str) -> None:
        """Draws it; `marked` is the line that is scanned next."""
        self.state = state
        self.segments.show_choices(state.segments)
        self.rows = tuple(row.reservation for row in state.rows)
        moved = self.queue_rows.marked != state.chosen
        self.queue_rows.marked = state.chosen
        self.list.set_rows(state.rows)
        self.list.viewport().update()
        self.list.setVisible(bool(state.rows))
        self.empty.setVisible(not state.rows)
        self.empty.say(state.empty, state.empty_detail)
        if moved and state.chosen in self.rows:
            self.list.scrollTo(self.list.model_.index(self.rows.index(state.chosen)))
        self.notice.say(state.refused, state.refused_detail)
        if self.search.edit.text() != state.text and not self.search.edit.hasFocus():
            self.search.edit.setText(state.text)
        if state.giving is not None:
            self.give.show_view(state.giving)
            self.stack.setCurrentWidget(self.give)
        elif state.picks is not None:
            self.picks.show_picks(state.picks, marked)
            self.stack.setCurrentWidget(self.picks)
        else:
            self.nothing.say("" if state.empty else _("Choose an order"))
            self.stack.setCurrentWidget(self.nothing)
        self._acts(state)
        self._part()

    def _acts(self, state: PickupState) -> None:
        giving = state.giving is not None and state.giving.can_give
        picking = state.picks is not None and state.picks.open
        for act in PICK_ACTS:
            self.buttons[act].setVisible(picking)
        for act in GIVE_ACTS:
            self.buttons[act].setVisible(giving)
        self.bar.setVisible(giving or picking)
        self.buttons["cannot_find"].setEnabled(state.can_pick)
        by_hand = self.buttons["pick_by_hand"]
        by_hand.say(
            _("Put it back") if state.put_back else _("Pick by hand"),
            enabled=state.can_pick or state.put_back,
        )
        slip = self.buttons["pick_slip"]
        slip.icon_name = "package-check" if state.bag_here else "printer"
        slip.say(_("The bag is here") if state.bag_here else _("Pick slip"))
        self.buttons["take_over"].setEnabled(bool(state.take_over))
        if state.giving is not None:
            self.buttons["keep_longer"].setEnabled(state.giving.can_keep)
            opened = self.buttons["open_bag"]
            opened.say(_("Close the bag") if state.giving.opened else _("Open the bag"))

    def _row(self, place: int) -> None:
        if place < len(self.rows) and self.rows[place]:
            self.chosen.emit(self.rows[place])
            self.open_detail(on=True)


class Shelves(QWidget):
    """The shelves a bag can be put on: one of a few, in a strip."""

    chose = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(12)
        self.row.addWidget(Label(_("Shelf"), 14, 500, "text2"))
        self.strip: Segment | None = None
        self.keys: tuple[str, ...] = ()

    def show_choices(self, choices: tuple[ChoiceView, ...]) -> None:
        """Other shelves, or another one chosen."""
        found = tuple(choice.key for choice in choices)
        if found != self.keys:
            self.keys = found
            if self.strip is not None:
                self.row.removeWidget(self.strip)
                self.strip.hide()
                self.strip.deleteLater()
            told = [(choice.key, choice.words, "") for choice in choices]
            self.strip = Segment(told, _("Shelf"))
            for key, button in self.strip.buttons.items():
                button.clicked.connect(lambda _on=False, key=key: self.chose.emit(key))
            self.row.addWidget(self.strip, 1)
        if self.strip is not None:
            for choice in choices:
                if choice.chosen and not self.strip.buttons[choice.key].isChecked():
                    self.strip.buttons[choice.key].setChecked(True)


class PickPanel(Ground):
    """The order: whose, by when, what they wrote, what happened; where the bag goes."""

    act = Signal(str)
    shelf = Signal(str)
    carrier_typed = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        self.title = Label("", 19, 700, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        self.pill = Pill("", "info")
        column.addWidget(panel_header(self.title, self.detail, self.pill))
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 14, INSET, 8)
        column.addLayout(body, 1)
        self.scrolled = Scrolled()
        body.addWidget(self.scrolled)
        self.nothing = Empty("package", _("Choose an order"))
        body.addWidget(self.nothing, 1)
        body.addStretch(0)
        room = self.scrolled.column
        room.setSpacing(14)
        self.person = PersonRow()
        self.person.act.connect(self.act)
        self.promise = PromiseCard()
        self.told = Notice("warn", "circle-alert")
        self.quote = Quote()
        self.history_words = Label(_("History"), 14, 600, "text2")
        self.history = Timeline()
        for part in (
            *(self.person, self.told, self.promise, self.quote),
            *(self.history_words, self.history),
        ):
            room.addWidget(part)
        column.addWidget(self._footer())

    def _footer(self) -> QWidget:
        self.footer = Ground("surface", "top")
        column = QVBoxLayout(self.footer)
        column.setContentsMargins(INSET, 13, INSET, 18)
        column.setSpacing(10)
        self.shelves = Shelves()
        self.shelves.chose.connect(self.shelf)
        column.addWidget(self.shelves)
        self.carrier = Field(_("Carrier and number"), _("Carrier and number"), icon="truck")
        self.carrier.edit.textEdited.connect(self.carrier_typed)
        column.addWidget(self.carrier)
        self.finish = Button(_("Mark ready"), "primary", key=keys.cap("finish"))
        self.finish.keeps_words = True
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return self.footer

    def show_card(self, card: OrderCard | None, *, empty: bool = False) -> None:
        """Draws it; `empty` where there is no order to choose."""
        self.scrolled.setVisible(card is not None)
        self.nothing.setVisible(card is None and not empty)
        self.title.say(card.title if card else _("Pickup"))
        self.detail.say(card.detail if card else "")
        self.pill.setVisible(card is not None)
        self.footer.setVisible(card is not None and bool(card.button))
        if card is None:
            return
        self.pill.say(card.pill, card.pill_tone)
        self.person.show_person(card.person)
        self.told.say(card.told, card.told_detail, card.told_tone)
        self.promise.setVisible(card.promise is not None)
        if card.promise is not None:
            self.promise.show_promise(card.promise)
        self.quote.say(card.note)
        self.history.show_steps(card.history)
        self.shelves.setVisible(bool(card.shelves))
        self.shelves.show_choices(card.shelves)
        self.carrier.setVisible(card.carrier is not None)
        if card.carrier is not None and self.carrier.edit.text() != card.carrier:
            self.carrier.edit.setText(card.carrier)
        self.finish.say(card.button, card.button_end, reason=card.why_not, enabled=not card.why_not)
        self.scrolled.updateGeometry()


class PickupPanel(QStackedWidget):
    """The panel of an order that is picked, or of one that is handed over."""

    act = Signal(str)
    shelf = Signal(str)
    who = Signal(str)
    carrier = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.pick, self.give = PickPanel(), GivePanel()
        self.addWidget(self.pick)
        self.addWidget(self.give)
        for part in (self.pick, self.give):
            part.act.connect(self.act)
        self.pick.shelf.connect(self.shelf)
        self.pick.carrier_typed.connect(self.carrier)
        self.give.who.connect(self.who)

    def show_state(self, state: PickupState) -> None:
        """Draws it."""
        if state.giving is not None:
            self.give.show_view(state.giving)
            self.setCurrentWidget(self.give)
        else:
            self.pick.show_card(state.card, empty=bool(state.empty))
            self.setCurrentWidget(self.pick)
