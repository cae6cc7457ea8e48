"""What needs attention: the queue, the case with all that is known of it, the decision in the panel."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.exception_views import AttentionState, ChoiceView, ShownCase
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.exception_parts import (
    CaseDelegate,
    ChangesCard,
    KnownRow,
    PaperCard,
    Ways,
)
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Disc, Empty, Ground, Icon, Label, Notice, Pill, panel_header
from pos_app.ui.lists import List
from pos_app.ui.lists_sheets import Scrolled
from pos_app.ui.shell import SyncPill
from pos_app.words import _

INSET = theme.INSET
QUEUE = 316
COMPACT_BELOW = 760
"""Narrower than that the work area shows the queue or a case, not both."""


class Filter(Segment):
    """A segment whose choices carry how many there are."""

    chose = Signal(str)

    def __init__(self, keys_: tuple[str, ...], name: str) -> None:
        super().__init__([(key, "", "") for key in keys_], name)
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, key=key: self.chose.emit(key))

    def show_choices(self, choices: tuple[ChoiceView, ...]) -> None:
        """Other numbers, or another choice."""
        for choice in choices:
            button = self.buttons[choice.key]
            button.say(f"{choice.words} {choice.count}")
            if choice.chosen and not button.isChecked():
                button.setChecked(True)


class CaseCard(Card):
    """The case: what happened in plain words, the papers, what is known, what helps."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(14)
        self.disc = Disc("circle-alert", "bad", 48, 22)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.headline = Label("", 19, 700, wrap=True)
        self.sentence = Label("", 14, 500, "text2", wrap=True)
        words.addWidget(self.headline)
        words.addWidget(self.sentence)
        self.back = Button("", "plain", icon="arrow-left", name=_("Back to the list"))
        self.back.setFixedWidth(48)
        self.back.clicked.connect(lambda: self.act.emit("attention_list"))
        head.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.disc, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        column.addLayout(head)
        self.scrolled = Scrolled()
        column.addWidget(self.scrolled, 1)
        column.addStretch(0)
        self.papers_room = QWidget()
        row = QHBoxLayout(self.papers_room)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.papers = [PaperCard(), PaperCard()]
        for paper in self.papers:
            row.addWidget(paper, 1, Qt.AlignmentFlag.AlignTop)
        self.scrolled.column.setSpacing(12)
        self.scrolled.column.addWidget(self.papers_room)
        title = QHBoxLayout()
        title.addWidget(Label(_("What we know"), 14, 600))
        title.addStretch(1)
        title.addWidget(Label(_("Signed, cannot be changed"), 13, 500, "text2"))
        self.scrolled.column.addLayout(title)
        self.steps_room = QVBoxLayout()
        self.steps_room.setSpacing(0)
        self.scrolled.column.addLayout(self.steps_room)
        self.scrolled.column.addStretch(1)
        self.steps: list[KnownRow] = []
        foot = QHBoxLayout()
        foot.setSpacing(theme.GAP)
        self.sale = Button("", icon="receipt-text")
        self.sale.clicked.connect(lambda: self.act.emit("attention_sale"))
        self.copy = Button(_("Copy details"), icon="file-text")
        self.copy.clicked.connect(lambda: self.act.emit("attention_copy"))
        foot.addWidget(self.sale, 1)
        foot.addWidget(self.copy, 1)
        column.addLayout(foot)

    def show_case(self, case: ShownCase) -> None:
        """Another case."""
        self.disc.show_icon(case.icon, case.tone)
        self.headline.say(case.headline)
        self.sentence.say(case.sentence)
        for place, paper in enumerate(self.papers):
            paper.setVisible(place < len(case.papers))
            if place < len(case.papers):
                paper.show_paper(case.papers[place])
        self.papers_room.setVisible(bool(case.papers))
        while len(self.steps) < len(case.known):
            row = KnownRow()
            self.steps.append(row)
            self.steps_room.addWidget(row)
        for place, row in enumerate(self.steps):
            row.setVisible(place < len(case.known))
            if place < len(case.known):
                row.show_known(case.known[place], last=place + 1 == len(case.known))
        self.sale.setVisible(bool(case.sale))
        if case.sale:
            self.sale.say(case.sale_words)
        self.scrolled.updateGeometry()


class AttentionWork(Ground):
    """Title with counts, filters, the queue and the case."""

    act = Signal(str)
    typed = Signal(str)
    group = Signal(str)
    tab = Signal(str)
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("app")
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, 12, INSET, INSET)
        column.setSpacing(12)
        column.addLayout(self._top())
        self.body = QHBoxLayout()
        self.body.setSpacing(16)
        column.addLayout(self.body, 1)
        self.queue = self._queue()
        self.body.addWidget(self.queue)
        self.stack = QStackedWidget()
        self.case = CaseCard()
        self.case.act.connect(self.act)
        self.nothing = Empty("circle-check", "")
        self.stack.addWidget(self.case)
        self.stack.addWidget(self.nothing)
        self.body.addWidget(self.stack, 1)
        self.rows: tuple[str, ...] = ()
        self.narrow = False
        self.detail_open = False

    def _top(self) -> QHBoxLayout:
        top = QHBoxLayout()
        top.setSpacing(12)
        self.back = Button("", "plain", icon="arrow-left", name=_("Back to the sale"))
        self.back.setFixedWidth(48)
        self.back.clicked.connect(lambda: self.act.emit("sell"))
        words = QVBoxLayout()
        words.setSpacing(0)
        self.title = Label("", 19, 700)
        self.detail = Label("", 13, 500, "text2", data=True)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        self.groups = Filter(("all", "money", "stock", "sync"), _("Kind of case"))
        self.groups.chose.connect(self.group)
        self.pill = SyncPill()
        top.addWidget(self.back)
        top.addLayout(words, 1)
        self.top = top
        top.addWidget(self.groups, 2)
        top.addWidget(self.pill)
        return top

    def _queue(self) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.group_room = QVBoxLayout()
        column.addLayout(self.group_room)
        self.search = Field(_("Find a case"), _("Find a case"), icon="search")
        self.search.edit.textEdited.connect(self.typed)
        column.addWidget(self.search)
        self.tabs = Filter(("waiting", "mine", "done"), _("Which cases"))
        self.tabs.chose.connect(self.tab)
        column.addWidget(self.tabs)
        self.list = List(_("Cases"), QPalette.ColorRole.Window)
        # How high a row is depends on how its title wraps: on the width.
        self.list.setResizeMode(List.ResizeMode.Adjust)
        self.delegate = CaseDelegate(self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.chosen.connect(self._row)
        column.addWidget(self.list, 1)
        self.empty = Empty("circle-check", "")
        column.addWidget(self.empty, 1)
        self.foot = QWidget()
        row = QHBoxLayout(self.foot)
        theme.margins(row, 2, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Icon("circle-check", "ok", 18))
        self.lately = Label("", 13, 500, "text2", wrap=True)
        row.addWidget(self.lately, 1)
        column.addWidget(self.foot)
        self.patterns = Button("", icon="users")
        self.patterns.clicked.connect(lambda: self.act.emit("patterns"))
        column.addWidget(self.patterns)
        return room

    def set_narrow(self, *, narrow: bool) -> None:
        """One column: the queue, or a case that was opened from it."""
        self.narrow = narrow
        self.case.back.setVisible(narrow)
        self.case.disc.setVisible(not narrow)
        self.queue.setMinimumWidth(0 if narrow else QUEUE)
        self.queue.setMaximumWidth(16_777_215 if narrow else QUEUE)
        if narrow:
            self.group_room.addWidget(self.groups)
        else:
            self.top.insertWidget(2, self.groups, 2)
        self._part()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]  # Qt's own event
        narrow = self.width() < COMPACT_BELOW
        if narrow != self.narrow or self.queue.maximumWidth() != QUEUE:
            self.set_narrow(narrow=narrow)

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 500)

    def open_detail(self, *, on: bool) -> None:
        """On a narrow screen: the case, or the list."""
        self.detail_open = on
        self._part()

    def _part(self) -> None:
        detail = self.narrow and self.detail_open and bool(self.rows)
        self.queue.setVisible(not detail)
        self.stack.setVisible(detail or not self.narrow)

    def show_state(self, state: AttentionState) -> None:
        """Draws it."""
        self.title.say(state.title)
        self.detail.say(state.detail)
        self.groups.show_choices(state.groups)
        self.tabs.show_choices(state.tabs)
        self.rows = tuple(row.case_id for row in state.rows)
        shown = state.shown
        self.delegate.marked = shown.case_id if shown else ""
        self.list.set_rows(state.rows)
        self.list.scheduleDelayedItemsLayout()
        self.list.viewport().update()
        self.list.setVisible(bool(state.rows))
        self.empty.setVisible(not state.rows)
        self.empty.say(state.empty, state.empty_detail)
        if shown is not None and shown.case_id in self.rows:
            place = self.rows.index(shown.case_id)
            self.list.scrollTo(self.list.model_.index(place))
        self.foot.setVisible(bool(state.foot))
        self.lately.say(state.foot)
        self.patterns.say(state.patterns)
        self.patterns.setVisible(bool(state.patterns))
        if self.search.edit.text() != state.text and not self.search.edit.hasFocus():
            self.search.edit.setText(state.text)
        if shown is not None:
            self.case.show_case(shown)
        self.stack.setCurrentIndex(0 if shown is not None else 1)
        self.nothing.say(state.empty, "")
        self._part()

    def _row(self, place: int) -> None:
        if place < len(self.rows):
            self.chosen.emit(self.rows[place])
            self.open_detail(on=True)


class AttentionPanel(Ground):
    """What is at stake, how it is settled, what that changes, who signs."""

    act = Signal(str)
    way = Signal(str)
    reason = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header())
        body = QVBoxLayout()
        body.setContentsMargins(INSET, 14, INSET, 8)
        body.setSpacing(10)
        column.addLayout(body, 1)
        self.scrolled = Scrolled()
        self.scrolled.column.setSpacing(10)
        body.addWidget(self.scrolled)
        self.empty = Empty("circle-check", _("Choose a case"))
        body.addWidget(self.empty, 1)
        body.addStretch(0)
        self._fill(self.scrolled.column)
        column.addWidget(self._footer())
        self.shown_id = ""

    def _header(self) -> QWidget:
        self.title = Label("", 17, 700, wrap=True)
        self.number = Label("", 13, 500, "text2", data=True)
        self.take = Button("", icon="clock", key=keys.cap("case_take"))
        self.take.clicked.connect(lambda: self.act.emit("case_take"))
        return panel_header(self.title, self.number, self.take, grows=True)

    def _fill(self, column: QVBoxLayout) -> None:
        top = QHBoxLayout()
        self.stake_words = Label("", 13, 600, "text2")
        top.addWidget(self.stake_words, 1)
        top.addWidget(Label(_("Happened"), 13, 600, "text2", across=paint.END))
        column.addLayout(top)
        row = QHBoxLayout()
        self.stake = Label("", 32, 700)
        self.happened = Label("", 17, 600, across=paint.END)
        row.addWidget(self.stake, 1)
        row.addWidget(self.happened)
        column.addLayout(row)
        self.settled = Notice("ok", "circle-check")
        column.addWidget(self.settled)
        self.ways_head = QWidget()
        row = QHBoxLayout(self.ways_head)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Label(_("What to do"), 13, 600, "text2"), 1)
        row.addWidget(Pill(_("First one suggested"), "info", "lightbulb"))
        column.addWidget(self.ways_head)
        self.ways = Ways()
        self.ways.chose.connect(self.way)
        column.addWidget(self.ways)
        self.changes_head = Label(_("What this changes"), 13, 600, "text2")
        column.addWidget(self.changes_head)
        self.changes = ChangesCard()
        column.addWidget(self.changes)
        self.note = Field(
            _("Note"), _("Why, for whoever reads it"), icon="pencil", key=keys.cap("case_note")
        )
        self.note.edit.textEdited.connect(self.reason)
        column.addWidget(self.note)

    def _footer(self) -> QWidget:
        self.footer = Ground("surface", "top")
        column = QVBoxLayout(self.footer)
        column.setContentsMargins(INSET, 12, INSET, 18)
        column.setSpacing(10)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.signer_icon = Icon("shield-check", "text2", 18)
        self.signer = Label("", 13, 600, "text2", wrap=True)
        row.addWidget(self.signer_icon)
        row.addWidget(self.signer, 1)
        column.addLayout(row)
        self.finish = Button("", "primary", key=keys.cap("finish"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return self.footer

    def show_state(self, state: AttentionState) -> None:
        """Draws it."""
        case = state.shown
        self.scrolled.setVisible(case is not None)
        self.empty.setVisible(case is None)
        self.footer.setVisible(case is not None and not case.settled)
        self.title.say(case.title if case else "")
        self.number.say(case.number if case else "")
        self.take.setVisible(case is not None and bool(case.take))
        if case is None:
            return
        if case.take:
            self.take.say(case.take)
        self.stake_words.say(case.stake_words)
        self.stake.say(case.stake)
        self.happened.say(case.happened)
        self.settled.say(case.settled, case.settled_detail)
        for part in (self.ways_head, self.ways, self.changes_head, self.note):
            part.setVisible(not case.settled)
        self.ways.show_ways(case.ways)
        self.changes.show_changes(case.changes)
        if case.case_id != self.shown_id:
            self.shown_id = case.case_id
            self.note.edit.clear()
        ink = "off_ink" if case.signer_tone == "off" else "text2"
        self.signer_icon.show_icon("cloud-off" if ink == "off_ink" else "shield-check", ink)
        self.signer.say(case.signer, ink)
        self.finish.say(
            case.button, case.button_amount, reason=case.why_not, enabled=not case.why_not
        )
        self.scrolled.updateGeometry()
