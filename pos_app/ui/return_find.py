"""Returns before a sale is chosen: ways to find it, what was found, and what is asked meanwhile."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.presenters.return_views import DocView, FindView, FormView, OfferView
from pos_app.ui import theme
from pos_app.ui.buttons import Button
from pos_app.ui.fields import Field
from pos_app.ui.labels import Card, Disc, Empty, Icon, Label, Notice
from pos_app.ui.lists import List, RowDelegate
from pos_app.words import _

WAYS = 520
"""Narrower than that the ways to find a sale stand one under the other."""


class Offer(Card):
    """A fact, and the buttons of what can be done about it right there."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__("off_soft", "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.notice = Notice("off", "cloud-off")
        column.addWidget(self.notice)
        self.room = QWidget()
        row = QHBoxLayout(self.room)
        theme.margins(row, 50, 0, 16, 14)
        row.setSpacing(theme.GAP)
        self.buttons = (Button(), Button())
        for place, button in enumerate(self.buttons):
            button.clicked.connect(lambda _checked=False, at=place: self._pressed(at))
            row.addWidget(button)
        row.addStretch(1)
        column.addWidget(self.room)
        self.acts: tuple[tuple[str, str], ...] = ()
        self.hide()

    def show_offer(self, offer: OfferView | None) -> None:
        """Another fact; None hides it."""
        self.setVisible(offer is not None)
        if offer is None:
            return
        icon = "cloud-off" if offer.tone == "off" else "circle-alert"
        self.notice.say(offer.title, offer.detail, offer.tone, icon)
        self.dress(self.notice.fill, "")
        self.acts = offer.acts
        self.room.setVisible(bool(offer.acts))
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(offer.acts))
            if place < len(offer.acts):
                button.say(offer.acts[place][1])

    def _pressed(self, place: int) -> None:
        if place < len(self.acts):
            self.act.emit(self.acts[place][0])


class CardForm(Card):
    """What a card payment is found by: its last four digits, its day, its amount."""

    act = Signal(str)
    typed = Signal(str, str)
    """Which field, and its text."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 16)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Icon("credit-card", "text2", 20))
        head.addWidget(Label(_("Find it by the card it was paid with"), 16, 600), 1)
        column.addLayout(head)
        self.fields = {
            "last4": Field(_("Last four digits of the card"), _("Last four digits")),
            "day": Field(_("Day it was bought"), _("Day, like 12.5.")),
            "amount": Field(_("Amount that was paid"), _("Amount paid")),
        }
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for name, field in self.fields.items():
            field.edit.textEdited.connect(lambda text, name=name: self.typed.emit(name, text))
            field.edit.returnPressed.connect(lambda: self.act.emit("return_by_card"))
            row.addWidget(field, 1)
        column.addLayout(row)
        end = QHBoxLayout()
        end.setSpacing(theme.GAP)
        self.why = Label("", 13, 500, "text2", wrap=True)
        self.look = Button(_("Find"), "soft", icon="search")
        self.look.clicked.connect(lambda: self.act.emit("return_by_card"))
        self.close_ = Button(_("Close"), "bare")
        self.close_.clicked.connect(lambda: self.act.emit("return_card_form"))
        end.addWidget(self.why, 1)
        end.addWidget(self.close_)
        end.addWidget(self.look)
        column.addLayout(end)

    def show_form(self, form: FormView) -> None:
        """What was typed, and what is missing."""
        for name, text in (("last4", form.last4), ("day", form.day), ("amount", form.amount)):
            edit = self.fields[name].edit
            if edit.text() != text and not edit.hasFocus():
                edit.setText(text)
        self.why.say(form.why_not)
        self.look.setEnabled(not form.why_not)


class Asking(QWidget):
    """Somebody is asked: whom, and what can be done meanwhile. Never a blank turning wheel."""

    act = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(Disc("cloud-check", "info"), 0, Qt.AlignmentFlag.AlignHCenter)
        self.title = Label("", 17, 600, across=Qt.AlignmentFlag.AlignHCenter, wrap=True)
        column.addWidget(self.title)
        self.detail = Label(
            _("You can scan another receipt meanwhile."),
            *(13, 500, "text2"),
            across=Qt.AlignmentFlag.AlignHCenter,
            wrap=True,
        )
        column.addWidget(self.detail)
        self.stop = Button(_("Stop asking"), key="Esc")
        self.stop.clicked.connect(lambda: self.act.emit("return_stop"))
        column.addSpacing(6)
        column.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)


class FindPage(QWidget):
    """Scan, type, or one of three other ways; or a list of what was found."""

    act = Signal(str)
    chosen = Signal(int)
    form_typed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.form = CardForm()
        self.form.act.connect(self.act)
        self.form.typed.connect(self.form_typed)
        column.addWidget(self.form)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        self.empty = Empty("undo-2", "", "")
        self.asking = Asking()
        self.asking.act.connect(self.act)
        for part in (self.empty, self.asking, self._found()):
            self.stack.addWidget(part)
        self.room = QWidget()
        self.grid = QGridLayout(self.room)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(theme.GAP)
        self.ways = {
            "return_card_form": Button(_("By card"), icon="credit-card"),
            "return_customer": Button("", icon="user"),
            "return_no_receipt": Button("", icon="receipt"),
        }
        for act, button in self.ways.items():
            button.clicked.connect(lambda _on=False, act=act: self.act.emit(act))
        column.addWidget(self.room)
        self.shown: tuple[str, ...] = ()

    def _found(self) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.heading = Label("", 17, 700)
        column.addWidget(self.heading)
        self.list = List(_("What was found"), QPalette.ColorRole.Window)
        self.list.setUniformItemSizes(True)
        self.rows = RowDelegate(self.list)
        self.list.setItemDelegate(self.rows)
        self.list.chosen.connect(self.chosen)
        column.addWidget(self.list, 1)
        return room

    def show_find(self, find: FindView, *, searching: bool) -> None:
        """Draws it."""
        self.form.setVisible(find.form is not None)
        if find.form is not None:
            self.form.show_form(find.form)
        self.empty.disc.show_icon(find.icon, "plain")
        self.empty.say(find.title, find.detail)
        self.asking.title.say(find.asking)
        self._rows(find.docs, find.marked)
        self.heading.say(find.heading)
        self.stack.setCurrentIndex(1 if find.asking else 2 if find.docs else 0)
        wanted = []
        if not searching:
            wanted = ["return_card_form"] if find.form is None else []
            wanted += ["return_customer"] if find.customer else []
            wanted += ["return_no_receipt"] if find.no_receipt else []
        self.ways["return_customer"].say(find.customer)
        self.ways["return_no_receipt"].say(find.no_receipt)
        self.shown = tuple(wanted)
        self._place()

    def _rows(self, docs: tuple[DocView, ...], marked: str) -> None:
        keys = [doc.key for doc in docs]
        self.rows.marked = docs[keys.index(marked)] if marked in keys else None
        self.list.set_rows(docs)
        self.list.viewport().update()
        if marked in keys:
            self.list.scrollTo(self.list.model_.index(keys.index(marked)))

    def _place(self) -> None:
        """The ways side by side where their words fit, else one under the other."""
        for act, button in self.ways.items():
            self.grid.removeWidget(button)
            if act not in self.shown:
                button.hide()
        wide = max((self.ways[act].sizeHint().width() for act in self.shown), default=0)
        columns = max(1, min(len(self.shown), (self.width() + theme.GAP) // (wide + theme.GAP)))
        for place, act in enumerate(self.shown):
            self.grid.addWidget(self.ways[act], place // columns, place % columns)
            self.ways[act].show()
        self.room.setVisible(bool(self.shown))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._place()
