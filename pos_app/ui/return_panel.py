"""The panel of Returns: what comes back and goes out, the money and its way, who has to agree."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.presenters.return_views import (
    CREDIT,
    EXCHANGE,
    REFUND,
    BackView,
    ChoiceView,
    DoneRefund,
    FactView,
    ReturnsState,
    TargetView,
)
from pos_app.ui import keys, paint, theme
from pos_app.ui.buttons import Button, Segment
from pos_app.ui.cards import Coins
from pos_app.ui.exception_parts import Ways
from pos_app.ui.fields import Field
from pos_app.ui.labels import (
    TONES,
    Card,
    Disc,
    Ground,
    Icon,
    Label,
    Notice,
    Rule,
    Told,
    panel_header,
)
from pos_app.ui.lists_sheets import Scrolled
from pos_app.words import _

INSET = theme.INSET


class Ends(Segment):
    """Refund, exchange, store credit: chosen by the presenter, never by the press alone."""

    chose = Signal(str)

    def __init__(self) -> None:
        choices = [(key, "", "") for key in (REFUND, EXCHANGE, CREDIT)]
        super().__init__(choices, _("How it ends"))
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, key=key: self.chose.emit(key))
        self.views: tuple[ChoiceView, ...] = ()

    def show_ends(self, ends: tuple[ChoiceView, ...]) -> None:
        """Other choices; none hides it."""
        self.setVisible(bool(ends))
        self.views = ends
        for key, button in self.buttons.items():
            view = next((each for each in ends if each.key == key), None)
            button.setVisible(view is not None)
            if view is not None:
                button.say(view.words)
                if view.chosen:
                    button.setChecked(True)


class BackRow(QWidget):
    """A line that comes back or goes out."""

    taken_out = Signal(int)

    def __init__(self, *, out: bool = False) -> None:
        super().__init__()
        self.view = BackView("", "", "")
        self.setMinimumHeight(52)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 0, 3)
        row.setSpacing(12)
        row.addSpacing(9)
        icon, ink = ("arrow-up-right", "text2") if out else ("arrow-down-left", "ok_ink")
        row.addWidget(Icon(icon, ink, 18))
        words = QVBoxLayout()
        words.setSpacing(1)
        self.name = Label("", 15, 600, data=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        words.addWidget(self.name)
        words.addWidget(self.detail)
        row.addLayout(words, 1)
        self.off: Button | None = None
        if out:
            self.off = Button("", "bare", icon="x")
            self.off.setFixedWidth(48)
            self.off.clicked.connect(lambda: self.taken_out.emit(self.view.key))
            row.addWidget(self.off)
        self.amount = Label("", 16, 700, "text" if out else "ok_ink")
        row.addWidget(self.amount)

    def show_back(self, view: BackView) -> None:
        """Another line."""
        self.view = view
        self.setAccessibleName(view.spoken)
        self.name.say(view.name)
        self.detail.say(view.detail)
        self.amount.say(view.amount)
        if self.off is not None:
            self.off.say("", name=_("Take {name} out again").format(name=view.name))
            self.off.setVisible(view.key != 0)


class TargetCard(Told):
    """Where the money goes; a slip's number where it goes to a card."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__("subtle", "border")
        row = QHBoxLayout(self)
        theme.margins(row, 16, 7, 8, 7)
        row.setSpacing(12)
        self.icon = Icon("banknote")
        self.title = Label("", 15, 600, wrap=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        self.other = Button("", "link")
        self.other.clicked.connect(self.changed)
        row.addWidget(self.icon)
        row.addLayout(words, 1)
        row.addWidget(self.other)

    def show_target(self, view: TargetView) -> None:
        """Another way."""
        ink = TONES[view.tone][1] if view.tone != "plain" else "text"
        self.dress("subtle" if view.tone == "plain" else TONES[view.tone][0], "border")
        self.icon.show_icon(view.icon, "text2" if view.tone == "plain" else ink)
        self.title.say(view.title, ink)
        self.detail.say(view.detail, "text2" if view.tone == "plain" else ink)
        self.detail.setVisible(bool(view.detail))
        self.other.say(view.other)
        self.other.setVisible(bool(view.other))
        self.fit()


class FactCard(Told):
    """What happens besides the money: to points, to a slip."""

    def __init__(self) -> None:
        super().__init__("sunken", "")
        row = QHBoxLayout(self)
        theme.margins(row, 16, 9, 14, 9)
        row.setSpacing(12)
        self.icon = Icon("award")
        self.title = Label("", 14, 600, wrap=True)
        self.detail = Label("", 13, 500, "text2", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        row.addWidget(self.icon)
        row.addLayout(words, 1)

    def show_fact(self, view: FactView) -> None:
        """Another one."""
        fill, ink = TONES[view.tone]
        self.dress(fill, "")
        self.icon.show_icon(view.icon, ink)
        self.title.say(view.title, "text2" if view.tone == "plain" else ink)
        self.detail.say(view.detail, "text2" if view.tone == "plain" else ink)
        self.detail.setVisible(bool(view.detail))
        self.fit()


class DoneRefundCard(Card):
    """The refund just made: what to give, where the rest went, what became of its paper."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("ok_soft", "", 14)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(12)
        self.disc = Disc("check", "done", 36, 20)
        self.title = Label("", 17, 700, "ok_ink", wrap=True)
        head.addWidget(self.disc)
        head.addWidget(self.title, 1)
        column.addLayout(head)
        self.amount = Label("", 46, 700, "ok_ink")
        column.addWidget(self.amount)
        self.detail = Label("", 14, 500, "ok_ink", wrap=True)
        column.addWidget(self.detail)
        self.rows: list[tuple[Label, Label]] = []
        self.table = QVBoxLayout()
        self.table.setSpacing(2)
        column.addLayout(self.table)
        self.coins = Coins()
        column.addWidget(self.coins)
        self.paper = Notice("warn", "printer")
        column.addWidget(self.paper)
        column.addSpacing(10)
        self.again = Button("", icon="printer")
        self.again.clicked.connect(lambda: self.act.emit("return_print"))
        column.addWidget(self.again)

    def show_done(self, done: DoneRefund) -> None:
        """Another refund."""
        fill, ink = ("off_soft", "off_ink") if done.tone == "off" else ("ok_soft", "ok_ink")
        self.dress(fill, "")
        self.disc.show_icon("check", "plain" if done.tone == "off" else "done")
        for part in (self.title, self.amount, self.detail):
            part.say(part.text(), ink)
        self.title.say(done.title)
        self.amount.say(done.amount)
        self.amount.setVisible(bool(done.amount))
        told = done.detail if done.paper_tone == "warn" else f"{done.detail} {done.paper}".strip()
        self.detail.say(told)
        self._rows(done.rows, ink)
        self.coins.setVisible(bool(done.coins))
        self.coins.show_coins(done.coins)
        self.paper.say(done.paper if done.paper_tone == "warn" else "")
        self.again.say(done.again)
        self.again.setVisible(bool(done.again))

    def _rows(self, rows: tuple[tuple[str, str], ...], ink: str) -> None:
        while len(self.rows) < len(rows):
            line = QHBoxLayout()
            words, amount = Label("", 14, 600), Label("", 14, 700, across=paint.END)
            line.addWidget(words, 1)
            line.addWidget(amount)
            self.table.addLayout(line)
            self.rows.append((words, amount))
        for place, (words, amount) in enumerate(self.rows):
            used = place < len(rows)
            words.setVisible(used)
            amount.setVisible(used)
            if used:
                words.say(rows[place][0], ink)
                amount.say(rows[place][1], ink)


class RowList(Scrolled):
    """Lines with their heading over them."""

    def __init__(self, *, out: bool) -> None:
        super().__init__()
        self.out = out
        self.column.setSpacing(6 if out else 0)
        self.lines: list[BackRow] = []

    LOWEST = 58

    taken_out = Signal(int)

    def show_rows(self, views: tuple[BackView, ...]) -> None:
        """Other lines."""
        while len(self.lines) < len(views):
            row = BackRow(out=self.out)
            row.taken_out.connect(self.taken_out)
            self.lines.append(row)
            self.column.addWidget(row)
        for place, row in enumerate(self.lines):
            row.setVisible(place < len(views))
            if place < len(views):
                row.show_back(views[place])
        self.updateGeometry()


class ReturnsPanel(Ground):
    """The money: what comes back, what goes out, what is paid back and how, who has to agree."""

    act = Signal(str)
    end = Signal(str)
    way = Signal(str)
    slip_typed = Signal(str)
    taken_out = Signal(int)

    def __init__(self) -> None:
        super().__init__("surface", "start")
        column = QVBoxLayout(self)
        theme.margins(column, 1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header())
        self.body = QVBoxLayout()
        self.body.setContentsMargins(INSET, 16, INSET, 12)
        self.body.setSpacing(12)
        self.ends = Ends()
        self.ends.chose.connect(self.end)
        self.body.addWidget(self.ends)
        self._lists()
        self._money()
        self.done = DoneRefundCard()
        self.done.act.connect(self.act)
        self.body.addWidget(self.done)
        self.body.addStretch(1)
        column.addLayout(self.body, 1)
        column.addWidget(self._footer())

    def _header(self) -> QWidget:
        self.title = Label("", 19, 700, data=True)
        self.detail = Label("", 13, 500, "text2", data=True)
        self.cancel = Button(_("Cancel"), key="Esc")
        self.cancel.clicked.connect(lambda: self.act.emit("return_cancel"))
        return panel_header(self.title, self.detail, self.cancel)

    def _lists(self) -> None:
        self.coming = Label(_("Coming back"), 13, 600, "text2")
        self.rows = RowList(out=False)
        self.between = Rule()
        self.going = Label(_("Going out"), 13, 600, "text2")
        self.out = RowList(out=True)
        self.out.taken_out.connect(self.taken_out)
        self.rule = Rule()
        lists = QVBoxLayout()
        lists.setSpacing(6)
        for part in (self.coming, self.rows, self.between, self.going, self.out, self.rule):
            lists.addWidget(part)
        self.body.addLayout(lists)

    def _money(self) -> None:
        net = QHBoxLayout()
        self.net_label = Label(_("Refund"), 17, 600)
        self.net = Label("", 36, 700, across=paint.END)
        net.addWidget(self.net_label)
        net.addWidget(self.net, 1)
        self.body.addLayout(net)
        self.targets = [TargetCard() for _place in range(3)]
        for target in self.targets:
            target.changed.connect(lambda: self.act.emit("return_ways"))
            self.body.addWidget(target)
        self.ways = Ways()
        self.ways.chose.connect(self.way)
        self.body.addWidget(self.ways)
        self.slip = Field(_("Slip number"), _("Number on the card slip"), icon="receipt-text")
        self.slip.edit.textEdited.connect(self.slip_typed)
        self.body.addWidget(self.slip)
        self.facts = [FactCard() for _place in range(2)]
        for fact in self.facts:
            self.body.addWidget(fact)

    def _footer(self) -> QWidget:
        footer = Ground("surface", "top")
        column = QVBoxLayout(footer)
        column.setContentsMargins(INSET, 12, INSET, 18)
        column.setSpacing(10)
        self.agreed = QWidget()
        row = QHBoxLayout(self.agreed)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.agreed_icon = Icon("user-check", "text2", 18)
        self.approval = Label("", 13, 600, "text2", wrap=True)
        row.addWidget(self.agreed_icon)
        row.addWidget(self.approval, 1)
        column.addWidget(self.agreed)
        self.finish = Button(_("Refund"), "primary", key=keys.cap("finish"))
        self.finish.clicked.connect(lambda: self.act.emit("finish"))
        column.addWidget(self.finish)
        return footer

    def show_state(self, state: ReturnsState) -> None:
        """Draws it."""
        self.title.say(state.title)
        self.detail.say(state.detail)
        self.cancel.setVisible(state.done is None)
        money = bool(state.net) and state.done is None
        choosing = money and bool(state.ways)
        self.ends.show_ends(state.ends if state.done is None else ())
        self.rows.show_rows(state.back)
        self.out.show_rows(state.out)
        lists = money and not choosing
        for part in (self.coming, self.rows):
            part.setVisible(lists and bool(state.back))
        for part in (self.going, self.out):
            part.setVisible(lists and bool(state.out))
        self.between.setVisible(lists and bool(state.back) and bool(state.out))
        self.rule.setVisible(lists)
        for each in (self.net_label, self.net):
            each.setVisible(money)
        self.net_label.say(state.net)
        self.net.say(state.amount)
        self._show_ways(state, money=money, choosing=choosing)
        self.done.setVisible(state.done is not None)
        if state.done is not None:
            self.done.show_done(state.done)
        self._show_footer(state)

    def _show_ways(self, state: ReturnsState, *, money: bool, choosing: bool) -> None:
        for place, target in enumerate(self.targets):
            shown = money and not choosing and place < len(state.targets)
            target.setVisible(shown)
            if shown:
                target.show_target(state.targets[place])
        self.ways.setVisible(choosing)
        if choosing:
            self.ways.show_ways(state.ways)
        slip = any(view.slip for view in state.targets)
        self.slip.setVisible(money and not choosing and slip)
        for place, fact in enumerate(self.facts):
            shown = money and not choosing and place < len(state.facts)
            fact.setVisible(shown)
            if shown:
                fact.show_fact(state.facts[place])

    def _show_footer(self, state: ReturnsState) -> None:
        ink = TONES[state.approval_tone][1] if state.approval_tone != "plain" else "text2"
        self.agreed_icon.show_icon("user-check", ink)
        self.approval.say(state.approval, ink)
        self.agreed.setVisible(bool(state.approval) and state.done is None)
        self.finish.say(
            state.button,
            state.button_amount if state.done is None else "",
            reason=state.button_reason,
            enabled=not state.button_reason,
        )
