"""Customers: who is meant, and one of them in full: identity, numbers, what happened."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.customer_views import (
    FILTERS,
    MATCHES,
    RECENT,
    CustomersState,
    History,
    Profile,
)
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.customer_parts import (
    Box,
    Figures,
    Letters,
    MomentDelegate,
    PersonDelegate,
    Strip,
    TierPill,
)
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Empty, Ground, Icon, Label
from pos_app.ui.lists import List
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET
LIST = 248
NARROW = 760
"""Narrower than that the work area shows the list or somebody, not both."""
WIDEST = 16_777_215


class Identity(Card):
    """Who they are: name, tier, ways to reach them, who may be the same."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(14)
        self.back = Button("", "plain", icon="arrow-left", name=_("Back to the list"))
        self.back.setFixedWidth(48)
        self.back.clicked.connect(lambda: self.act.emit("customer_list"))
        head.addWidget(self.back)
        self.letters = Letters(60)
        head.addWidget(self.letters)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.name = Label("", 22, 700, data=True)
        self.since = Label("", 13, 500, "text2", wrap=True)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.since)
        words.addStretch(1)
        head.addLayout(words, 1)
        end = QVBoxLayout()
        end.setSpacing(4)
        self.tier = TierPill()
        self.known = Label("", 13, 500, "text2", across=paint.END)
        end.addStretch(1)
        end.addWidget(self.tier, 0, Qt.AlignmentFlag.AlignRight)
        end.addWidget(self.known)
        end.addStretch(1)
        head.addLayout(end)
        self.eye = Button("", "plain", icon="eye", name=_("Show address and number"))
        self.eye.setFixedWidth(48)
        self.eye.setCheckable(True)
        self.eye.clicked.connect(lambda: self.act.emit("customer_contacts"))
        head.addWidget(self.eye)
        column.addLayout(head)
        self.boxes_room = QWidget()
        row = QHBoxLayout(self.boxes_room)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        self.boxes = [Box(), Box(), Box()]
        for box in self.boxes:
            row.addWidget(box, 1)
        column.addWidget(self.boxes_room)
        self.proposed = Strip("warn", "git-merge")
        self.compare = Button(_("Compare"))
        self.compare.clicked.connect(lambda: self.act.emit("customer_compare"))
        self.merge = Button(_("Merge"))
        self.merge.clicked.connect(lambda: self.act.emit("customer_merge"))
        self.proposed.add(self.compare)
        self.proposed.add(self.merge)
        column.addWidget(self.proposed)
        self.note = Strip("plain", "sticky-note")
        column.addWidget(self.note)
        self.waits = Strip("off", "cloud-off")
        column.addWidget(self.waits)

    def show_profile(self, view: Profile, *, narrow: bool) -> None:
        """Somebody else."""
        self.letters.say(view.letters, view.tone)
        self.letters.setVisible(not narrow)
        self.back.setVisible(narrow)
        self.name.say(view.name)
        self.since.say(view.since)
        self.tier.say(view.tier, view.tone)
        self.known.say(view.known)
        for place, box in enumerate(self.boxes):
            box.setVisible(place < len(view.boxes))
            if place < len(view.boxes):
                box.show_box(view.boxes[place])
        self.eye.setVisible(view.may_show)
        self.eye.setChecked(not view.masked)
        words = _("Show address and number") if view.masked else _("Hide address and number")
        self.eye.say("", name=words)
        self.boxes_room.setVisible(bool(view.boxes))
        proposed = view.proposed
        self.proposed.say(proposed.title if proposed else "", proposed.detail if proposed else "")
        if proposed is not None:
            self.merge.say(proposed.merge)
        self.note.say(view.note)
        self.waits.say(view.waits)


class HistoryCard(Card):
    """What happened, newest first, by kind."""

    kind = Signal(str)
    chosen = Signal(str)
    more = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 6, 8, 8)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(12)
        self.title = Label(_("History"), 16, 700)
        head.addWidget(self.title)
        words = (_("All"), _("Orders"), _("Returns"), _("Support"), _("Points"))
        choices = [(key or "all", each, "") for key, each in zip(FILTERS, words, strict=True)]
        self.filter = Segment(choices, _("What of it"))
        for key, button in self.filter.buttons.items():
            value = "" if key == "all" else key
            button.clicked.connect(lambda _on=False, value=value: self.kind.emit(value))
        head.addWidget(self.filter, 1)
        theme.margins(head, 0, 0, 8, 0)
        column.addLayout(head)
        self.note_room = QWidget()
        row = QHBoxLayout(self.note_room)
        row.setContentsMargins(0, 2, 8, 2)
        row.setSpacing(8)
        row.addWidget(Icon("cloud-off", "off_ink", 16))
        self.note = Label("", 13, 500, "off_ink", wrap=True)
        row.addWidget(self.note, 1)
        column.addWidget(self.note_room)
        self.list = List(_("History"))
        self.list.setItemDelegate(MomentDelegate(self.list))
        self.list.chosen.connect(self._row)
        self.list.verticalScrollBar().valueChanged.connect(self._scrolled)
        column.addWidget(self.list, 1)
        self.empty = Empty("history", "")
        column.addWidget(self.empty, 1)
        self.view = History()

    def show_history(self, view: History) -> None:
        """Other moments."""
        self.view = view
        self.filter.choose(view.chosen or "all")
        self.note.say(view.note)
        self.note_room.setVisible(bool(view.note))
        self.list.set_rows(view.rows)
        self.list.setVisible(bool(view.rows))
        self.empty.setVisible(not view.rows)
        self.empty.say(view.empty)

    def set_tight(self, *, tight: bool) -> None:
        """Narrow: the filter needs the room of the title."""
        self.title.setVisible(not tight)

    def _row(self, place: int) -> None:
        if place < len(self.view.rows) and self.view.rows[place].sale:
            self.chosen.emit(self.view.rows[place].sale)

    def _scrolled(self, value: int) -> None:
        if self.view.more and value >= self.list.verticalScrollBar().maximum() - 60:
            self.more.emit()

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 150)


class CustomersWork(Ground):
    """Search, the list of people, and one of them."""

    act = Signal(str)
    typed = Signal(str)
    tab = Signal(str)
    chosen = Signal(str)
    kind = Signal(str)
    sale = Signal(str)
    more = Signal()

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, 14)
        column.setSpacing(14)
        column.addLayout(self._top())
        body = QHBoxLayout()
        body.setSpacing(16)
        column.addLayout(body, 1)
        self.people = self._people()
        body.addWidget(self.people)
        self.stack = QStackedWidget()
        self.detail = QWidget()
        inside = QVBoxLayout(self.detail)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        self.identity = Identity()
        self.identity.act.connect(self.act)
        self.figures = Figures()
        self.history = HistoryCard()
        self.history.kind.connect(self.kind)
        self.history.chosen.connect(self.sale)
        self.history.more.connect(self.more)
        inside.addWidget(self.identity)
        inside.addWidget(self.figures)
        inside.addWidget(self.history, 1)
        self.nothing = Empty("users", _("Choose a customer"))
        self.stack.addWidget(self.detail)
        self.stack.addWidget(self.nothing)
        body.addWidget(self.stack, 1)
        self.rows: tuple[str, ...] = ()
        self.narrow = False
        self.detail_open = False
        self.shown = False

    def _top(self) -> QHBoxLayout:
        top = QHBoxLayout()
        top.setSpacing(12)
        self.search = Field(_("Find a customer"), _("Name, phone, email or card"), icon="search")
        self.clear = Button("", "bare", icon="x", name=_("Clear the search"))
        self.clear.setFixedSize(48, 48)
        self.clear.clicked.connect(self._cleared)
        self.search.add_tail(self.clear)
        self.clear.hide()
        self.reader = Icon("scan-barcode", "text2", 22)
        self.search.add_tail(self.reader)
        self.search.edit.textEdited.connect(self.typed)
        self.search.edit.installEventFilter(self)
        self.new = Button(_("New"), icon="user-plus", key=keys.cap("customer_new"))
        self.new.clicked.connect(lambda: self.act.emit("customer_new"))
        self.pill = SyncPill()
        top.addWidget(self.search, 1)
        top.addWidget(self.new)
        top.addWidget(self.pill)
        return top

    def _cleared(self) -> None:
        self.search.edit.clear()
        self.typed.emit("")
        self.search.edit.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the field the arrows move in the list, and Enter takes the only hit."""
        if watched is self.search.edit and isinstance(event, QKeyEvent):
            key = event.key()
            pressed = event.type() == QEvent.Type.KeyPress
            plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
            acts = {Qt.Key.Key_Down: "customer_next", Qt.Key.Key_Up: "customer_before"}
            if pressed and plain and key in acts:
                self.act.emit(acts[Qt.Key(key)])
                return True
            if pressed and plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.act.emit("customer_enter")
                return True
        return super().eventFilter(watched, event)

    def _people(self) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.tabs = Segment([(MATCHES, _("Matches"), ""), (RECENT, _("Recent"), "")], _("Who"))
        for key, button in self.tabs.buttons.items():
            button.clicked.connect(lambda _on=False, key=key: self.tab.emit(key))
        column.addWidget(self.tabs)
        self.list = List(_("Customers"), QPalette.ColorRole.Window)
        self.delegate = PersonDelegate(self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.chosen.connect(self._row)
        column.addWidget(self.list, 1)
        self.empty = Empty("users", "")
        column.addWidget(self.empty, 1)
        self.new_here = Button(_("New customer"), icon="user-plus")
        self.new_here.clicked.connect(lambda: self.act.emit("customer_new"))
        column.addWidget(self.new_here)
        self.far = Button("", icon="globe")
        self.far.clicked.connect(lambda: self.act.emit("customer_far"))
        column.addWidget(self.far)
        return room

    def set_narrow(self, *, narrow: bool) -> None:
        """One column: the list, or somebody who was opened from it."""
        self.narrow = narrow
        self.people.setMinimumWidth(0 if narrow else LIST)
        self.people.setMaximumWidth(WIDEST if narrow else LIST)
        self.history.set_tight(tight=narrow)
        self.reader.setVisible(not narrow)
        self.new.set_cap_shown(not narrow)
        self._part()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow != self.narrow or (not narrow and self.people.maximumWidth() != LIST):
            self.set_narrow(narrow=narrow)

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 500)

    def open_detail(self, *, on: bool) -> None:
        """On a narrow screen: somebody, or the list."""
        self.detail_open = on
        self._part()

    def _part(self) -> None:
        detail = self.narrow and self.detail_open and self.shown
        self.people.setVisible(not detail)
        self.stack.setVisible(detail or not self.narrow)
        self.identity.back.setVisible(self.narrow)
        self.identity.letters.setVisible(not self.narrow)

    def show_state(self, state: CustomersState) -> None:
        """Draws it."""
        edit = self.search.edit
        if edit.text().strip() != state.text and not (edit.hasFocus() and edit.text()):
            edit.setText(state.text)
        self.clear.setVisible(bool(edit.text()))
        self.search.remark("" if self.narrow else state.note)
        matches = self.tabs.buttons[MATCHES]
        matches.detail = state.matches
        matches.setAccessibleName(f"{matches.text()} {state.matches}".strip())
        self.tabs.choose(state.tab)
        matches.update()
        self.rows = tuple(row.customer for row in state.rows)
        self.delegate.marked = state.chosen
        self.list.set_rows(state.rows)
        self.list.viewport().update()
        self.list.setVisible(bool(state.rows))
        if state.chosen in self.rows:
            self.list.scrollTo(self.list.model_.index(self.rows.index(state.chosen)))
        self.empty.setVisible(not state.rows)
        self.empty.say(state.empty, state.empty_detail)
        self.new_here.setVisible(not state.rows and bool(state.elsewhere))
        self.far.setVisible(bool(state.elsewhere))
        why = state.elsewhere_why
        self.far.say(state.elsewhere, reason=why, enabled=not why)
        profile = state.profile
        self.shown = profile is not None
        if profile is not None:
            self.identity.show_profile(profile, narrow=self.narrow)
            self.figures.show_figures(profile.figures)
            self.history.show_history(state.history)
        self.stack.setCurrentIndex(0 if profile is not None else 1)
        self._part()

    def _row(self, place: int) -> None:
        if place < len(self.rows):
            self.chosen.emit(self.rows[place])
            self.open_detail(on=True)
