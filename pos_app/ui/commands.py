"""The sheet of commands (Ctrl+K): type a few letters, Enter does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from pos_app.presenters.commands import CommandState, CommandView
from pos_app.ui import icons, keys, paint, theme
from pos_app.ui.fields import Field
from pos_app.ui.labels import Empty
from pos_app.ui.lists import VIEW, Index, List
from pos_app.ui.shell import Sheet
from pos_app.words import _

if TYPE_CHECKING:
    from pos_app.ui.window import Window

ROW = 52
UNLISTED = frozenset({"commands", "zone", "tender_1", "tender_2", "tender_3", "tender_4"})
"""Keys that mean nothing in a list: moving about, and what Pay shows anyway."""


class CommandDelegate(QStyledItemDelegate):
    """A command: icon, words, the cap of its key; the marked one is what Enter does."""

    def __init__(self, parent: List) -> None:
        super().__init__(parent)
        self.list_ = parent

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(100, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view: CommandView = index.data(VIEW)
        row, rtl = QRect(option.rect), self.list_.rtl()
        rect = paint.mirrored(row.adjusted(0, 1, -10, -1), row, rtl=rtl)
        painter.save()
        paint.begin(painter)
        marked = index.row() == self.list_.currentIndex().row()
        if marked:
            fill, edge = theme.color("primary_soft"), theme.color("primary")
            paint.box(painter, rect, 10, fill, edge, 2)
        ink = theme.color("primary_ink" if marked else "text")
        at = paint.mirrored(QRect(rect.left() + 14, rect.top(), 24, rect.height()), rect, rtl=rtl)
        icons.draw(painter, view.icon, at.center().x() + 1, at.center().y() + 1, 20, ink, rtl=rtl)
        end = rect.width() - 14
        if view.cap:
            wide = paint.cap_width(view.cap)
            end -= wide
            top = rect.top() + (rect.height() - paint.CAP_HEIGHT) // 2
            cap = QRect(rect.left() + end, top, wide, paint.CAP_HEIGHT)
            cap = paint.mirrored(cap, rect, rtl=rtl)
            paint.cap(painter, cap, view.cap, "soft" if marked else "plain")
            end -= 12
        area = QRect(rect.left() + 52, rect.top(), end - 52, rect.height())
        area = paint.mirrored(area, rect, rtl=rtl)
        paint.write(painter, area, view.words, theme.font(15, 600), ink, rtl=rtl)
        painter.restore()


class CommandSheet(Sheet):
    """Everything that can be done on this screen."""

    typed = Signal(str)
    run = Signal(str)

    def __init__(self) -> None:
        super().__init__(_("Commands"), _("Type a few letters, Enter does it."))
        self.field = Field(_("Find a command"), _("What do you want to do?"), icon="search")
        self.field.edit.textEdited.connect(self.typed)
        self.field.edit.installEventFilter(self)
        self.body.addWidget(self.field)
        self.list = List(_("Commands"))
        self.list.setItemDelegate(CommandDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.chosen.connect(self._chosen)
        self.body.addWidget(self.list, 1)
        self.empty = Empty("search", "")
        self.body.addWidget(self.empty, 1)
        self.rows: tuple[CommandView, ...] = ()

    def show_state(self, state: CommandState) -> None:
        """Draws the commands that fit; the first is marked."""
        self.rows = state.rows
        self.list.set_rows(state.rows)
        self.list.setVisible(bool(state.rows))
        self.empty.setVisible(not state.rows)
        self.empty.say(state.nothing)
        if state.rows:
            self.list.setCurrentIndex(self.list.model_.index(0))
            self.list.scrollToTop()
        self.list.viewport().update()

    def _chosen(self, row: int) -> None:
        if 0 <= row < len(self.rows):
            self.run.emit(self.rows[row].action)

    def first_focus(self) -> QWidget:
        return self.field.edit

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                step = 1 if key == Qt.Key.Key_Down else -1
                row = max(0, min(len(self.rows) - 1, self.list.currentIndex().row() + step))
                self.list.setCurrentIndex(self.list.model_.index(row))
                self.list.viewport().update()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if not event.isAutoRepeat():
                    self._chosen(self.list.currentIndex().row())
                return True
        return super().eventFilter(watched, event)


def listed(place: str) -> tuple[CommandView, ...]:
    """Every command that means something on this screen, with its key."""
    found = [
        CommandView(
            action, keys.words_at(action, place), keys.ICONS.get(action, "keyboard"), key.shown
        )
        for action, key in keys.KEYS.items()
        if action not in UNLISTED and key.at(place)
    ]
    found += [
        CommandView(action, _(words), icon)
        for action, (words, icon, places) in keys.COMMANDS.items()
        if not places or place in places
    ]
    return tuple(found)


def acts(window: Window) -> dict[str, Callable[[], Any]]:
    """The acts of the command list."""

    def open_list() -> None:
        if window.sheet_name == "commands":
            window.close_sheet()
            return
        sheet = window.screens.commands
        sheet.field.edit.clear()
        window.commands.open(listed(window.place))
        window.open_sheet("commands")

    return {"commands": open_list}
