"""The customer's screen: a window of its own on the second screen, painted whole.

It takes no key and no focus, and a screen that goes away takes nothing with it. Painted for
1024 x 600 and scaled to what is there.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QScreen
from PySide6.QtWidgets import QWidget

from pos_app.presenters.customer import PAID_MS, SHOWN_LINES, Customer, CustomerLine, CustomerView
from pos_app.ui import icons, paint, theme
from pos_app.words import _

DESIGN_WIDTH, DESIGN_HEIGHT = 1024, 600
SIDE = 412
ROW = 92
HEAD = 84
MODULE, QUIET = 8, 4
"""Of the receipt's code: pixels of a module at most, modules of white around it."""
LATER_MS = 25
"""After the cashier's own window has been painted: that one goes first."""


class CustomerDisplay(QWidget):
    """Shows a `CustomerView`. `attach` puts it on the second screen and keeps it there."""

    def __init__(self, customer: Customer) -> None:
        super().__init__(None, Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint)
        self.customer = customer
        self.view = CustomerView()
        self.setWindowTitle(_("Customer display"))
        self.setAccessibleName(_("Customer display"))
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.resize(DESIGN_WIDTH, DESIGN_HEIGHT)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self.update)
        self._thanks = QTimer(self)
        self._thanks.setSingleShot(True)
        self._thanks.setInterval(PAID_MS)
        self._thanks.timeout.connect(self._thanked)
        customer.on_change = self.show_view

    def attach(self) -> None:
        """On the second screen from now on, whenever there is one."""
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.screenAdded.connect(self._place)
            application.screenRemoved.connect(self._place)
        self._place()

    def _place(self, _screen: QScreen | None = None) -> None:
        own, others = QGuiApplication.primaryScreen(), QGuiApplication.screens()
        second = next((each for each in others if each is not own), None)
        if second is None:
            self.hide()
            return
        self.setGeometry(second.geometry())
        self.showFullScreen()

    def show_view(self, view: CustomerView) -> None:
        """Another state, painted in a moment."""
        if view.place == "paid" != self.view.place:
            self._thanks.start()
        self.view = view
        spoken = ", ".join(
            part for part in (view.title, view.detail, view.label, view.amount) if part
        )
        self.setAccessibleDescription(spoken)
        self._later.start()

    def _thanked(self) -> None:
        done = self.customer.selling.state.done
        self.customer.thanked(done.sale_id if done is not None else "")
        self.customer.refresh("sell")

    def changeEvent(self, event: QEvent) -> None:
        """Another theme is another palette."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange):
            self.update()

    # ---- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        scale = min(self.width() / DESIGN_WIDTH, self.height() / DESIGN_HEIGHT) or 1.0
        painter.scale(scale, scale)
        whole = QRect(0, 0, round(self.width() / scale), round(self.height() / scale))
        _Painting(painter, whole, self.view, rtl=self.isRightToLeft()).all()
        painter.end()


class _Painting:
    """One paint of one view."""

    def __init__(self, painter: QPainter, whole: QRect, view: CustomerView, *, rtl: bool) -> None:
        self.painter, self.whole, self.view, self.rtl = painter, whole, view, rtl

    def all(self) -> None:
        """Everything, from the ground up."""
        self.painter.fillRect(self.whole, theme.color("surface"))
        if self.view.place in ("idle", "closed"):
            self._idle()
            return
        if self.view.place == "paid":
            self._paid()
        else:
            self._head()
            self._lines()
        self._money()
        if self.view.training:
            self._band()

    @property
    def _left(self) -> int:
        return self.whole.width() - SIDE

    def _at(self, x: int, y: int, width: int, height: int) -> QRect:
        return paint.mirrored(QRect(x, y, width, height), self.whole, rtl=self.rtl)

    def _write(
        self,
        where: tuple[int, int, int, int],
        text: str,
        size: int,
        weight: int,
        ink: str,
        across: Qt.AlignmentFlag = paint.START,
    ) -> None:
        paint.write(
            self.painter,
            self._at(*where),
            text,
            theme.font(size, weight),
            theme.color(ink),
            across,
            rtl=self.rtl,
        )

    def _wrapped(self, where: tuple[int, int, int, int], text: str) -> None:
        """Words that may take two lines."""
        self.painter.setFont(theme.font(19, 700))
        self.painter.setPen(theme.color("primary_ink"))
        side = Qt.AlignmentFlag.AlignRight if self.rtl else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        wrap = int(Qt.TextFlag.TextWordWrap)
        self.painter.drawText(self._at(*where), int(flags) | wrap, text)

    def _icon(self, icon: str, x: int, y: int, size: int, ink: str) -> None:
        """Centred on a point that is mirrored like everything."""
        at = self._at(x, y, 1, 1)
        icons.draw(self.painter, icon, at.x(), at.y(), size, theme.color(ink), rtl=self.rtl)

    def _brand(self, x: int, y: int, size: int) -> None:
        box = self._at(x, y, size, size)
        paint.box(self.painter, box, size / 4, theme.color("primary"))
        icons.draw(
            self.painter,
            "anchor",
            box.center().x() + 1,
            box.center().y() + 1,
            round(size * 0.55),
            theme.color("on_primary"),
        )

    def _idle(self) -> None:
        width, middle = self.whole.width(), self.whole.height() // 2
        self._brand(width // 2 - 48, middle - 150, 96)
        self._write(
            (40, middle - 30, width - 80, 56), self.view.title, 40, 700, "text", paint.CENTRE
        )
        self._write(
            (40, middle + 34, width - 80, 32), self.view.detail, 22, 500, "text2", paint.CENTRE
        )
        if self.view.training:
            self._band()

    def _band(self) -> None:
        """What is shown here is an exercise."""
        band = QRect(0, self.whole.height() - 40, self.whole.width(), 40)
        self.painter.fillRect(band, theme.color("warn_soft"))
        words = _("Training. Nothing is sold.")
        paint.write(
            self.painter, band, words, theme.font(18, 700), theme.color("warn_ink"), paint.CENTRE
        )

    def _head(self) -> None:
        self._brand(28, 18, 48)
        self._write((92, 16, self._left - 112, 30), self.view.title, 22, 700, "text")
        self._write((92, 44, self._left - 112, 24), self.view.detail, 16, 500, "text2")
        line = self._at(0, HEAD - 1, self._left, 1)
        self.painter.fillRect(line, theme.color("border"))

    def _lines(self) -> None:
        top = HEAD
        if self.view.above:
            self._write((112, top + 4, self._left - 140, 24), self.view.above, 15, 500, "text3")
            top += 28
        rows = self.view.lines
        room = (self.whole.height() - top) // ROW
        shown = rows[-min(room, SHOWN_LINES) :]
        for place, line in enumerate(shown):
            self._line(line, top + place * ROW, last=place == len(shown) - 1)

    def _line(self, line: CustomerLine, y: int, *, last: bool) -> None:
        painter, left = self.painter, self._left
        if last:
            painter.fillRect(self._at(0, y, left, ROW), theme.color("primary_soft"))
            painter.fillRect(self._at(0, y, 4, ROW), theme.color("primary"))
        else:
            painter.fillRect(self._at(28, y + ROW - 1, left - 56, 1), theme.color("border"))
        back, ink = theme.tint(line.tint)
        art = self._at(28, y + 14, 64, 64)
        paint.box(painter, art, 10, back)
        icons.draw(painter, line.icon, art.center().x() + 1, art.center().y() + 1, 32, ink)
        if line.qty:
            self._badge(line.qty, y)
        price = paint.width_of(line.total, theme.font(20, 700))
        self._write((112, y + 18, left - 112 - price - 48, 28), line.name, 19, 600, "text")
        self._write((left - 28 - price, y + 18, price, 28), line.total, 20, 700, "text", paint.END)
        end = left - 28
        if line.struck:
            width = paint.width_of(line.struck, theme.font(15))
            self._struck(line.struck, end - width, y + 48, width)
            end -= width + 12
        if line.tag:
            width = min(paint.width_of(line.tag, theme.font(14, 600)) + 40, 210)
            pill = self._at(end - width, y + 47, width, 27)
            paint.box(painter, pill, 13, theme.color("ok_soft"))
            self._icon("tag", end - width + 17, y + 60, 15, "ok_ink")
            self._write((end - width + 30, y + 47, width - 38, 27), line.tag, 14, 600, "ok_ink")
            end -= width + 12
        self._write((112, y + 48, end - 112, 24), line.detail, 16, 400, "text2")

    def _struck(self, text: str, x: int, y: int, width: int) -> None:
        self._write((x, y, width, 24), text, 15, 400, "text3", paint.END)
        self.painter.fillRect(self._at(x, y + 12, width, 1), theme.color("text3"))

    def _badge(self, qty: str, y: int) -> None:
        width = max(26, paint.width_of(qty, theme.font(14, 700)) + 14)
        badge = self._at(95 - width // 2, y + 8, width, 26)
        paint.box(self.painter, badge.adjusted(-2, -2, 2, 2), 15, theme.color("surface"))
        paint.box(self.painter, badge, 13, theme.color("text"))
        paint.write(
            self.painter, badge, qty, theme.font(14, 700), theme.color("surface"), paint.CENTRE
        )

    def _paid(self) -> None:
        left = self._left
        middle = self._at(left // 2, 114, 1, 1)
        paint.disc(self.painter, QPointF(middle.x(), middle.y()), 44, theme.color("ok_soft"))
        paint.disc(self.painter, QPointF(middle.x(), middle.y()), 34, theme.color("ok"))
        self._icon("check", left // 2, 114, 38, "on_primary")
        self._write((20, 184, left - 40, 48), self.view.title, 36, 700, "text", paint.CENTRE)
        self._write((20, 232, left - 40, 26), self.view.detail, 18, 500, "text2", paint.CENTRE)
        if self.view.change:
            card = self._at(left // 2 - 180, 284, 360, 132)
            paint.box(self.painter, card, 14, theme.color("ok_soft"))
            where = (left // 2 - 170, 300, 340, 28)
            self._write(where, self.view.label, 19, 600, "ok_ink", paint.CENTRE)
            where = (left // 2 - 170, 328, 340, 76)
            size = 60 if paint.width_of(self.view.change, theme.font(60, 700)) < 330 else 38
            self._write(where, self.view.change, size, 700, "ok_ink", paint.CENTRE)
        top = 440 if self.view.card_detail else 420
        self._write((20, top, left - 40, 28), self.view.card_detail, 17, 600, "text", paint.CENTRE)
        self._write((20, top + 28, left - 40, 28), self.view.keep, 16, 500, "text2", paint.CENTRE)

    # ---- the side of the money

    def _money(self) -> None:
        left, height = self._left, self.whole.height()
        painter, view = self.painter, self.view
        painter.fillRect(self._at(left, 0, SIDE, height), theme.color("app"))
        x, width = left + 28, SIDE - 56
        if view.place == "paid":
            painter.fillRect(self._at(left, 0, SIDE, 104), theme.color("rail"))
            self._write((x, 20, width, 36), view.card, 24, 700, "on_primary", paint.CENTRE)
            self._write((x, 58, width, 26), _("Goodbye"), 17, 500, "rail_text", paint.CENTRE)
            self._receipt_code(left + 10, 114, SIDE - 20)
            return
        painter.fillRect(self._at(left, 0, SIDE, 208), theme.color("rail"))
        label = paint.width_of(view.label, theme.font(18, 500)) + 8
        self._write((x, 24, label, 30), view.label, 18, 500, "rail_text")
        room = width - label
        if paint.width_of(view.beside, theme.font(16, 500)) < room:  # it stands below as well
            self._write((x + label, 24, room, 30), view.beside, 16, 500, "rail_text", paint.END)
        size = 76
        while size > 30 and paint.width_of(view.amount, theme.font(size, 700)) > width:
            size -= 6
        self._write((x, 56, width, 84), view.amount, size, 700, "on_primary")
        if view.saved:
            paint.box(painter, self._at(x, 146, width, 40), 9, theme.color("rail_pill"))
            self._icon("tag", x + 22, 166, 18, "on_primary")
            self._write((x + 42, 146, width - 150, 40), _("You save"), 17, 600, "on_primary")
            self._write(
                (x + width - 150, 146, 136, 40), view.saved, 18, 700, "on_primary", paint.END
            )
        self._card(left + 20, 228, SIDE - 40)

    def _receipt_code(self, x: int, y: int, width: int) -> None:
        """The receipt's code: dark on white whatever the theme, its quiet zone four modules."""
        rows = self.view.code
        if not rows:
            return
        module = min(MODULE, width // (len(rows) + 2 * QUIET))
        side = module * (len(rows) + 2 * QUIET)
        box = self._at(x, y, width, side + 66)
        white = QColor(Qt.GlobalColor.white)
        paint.box(self.painter, box, 14, white, theme.color("border"))
        code = self._at(x + (width - side) // 2, y, side, side)
        left, top = code.left() + module * QUIET, code.top() + module * QUIET
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for row, modules in enumerate(rows):
            for column, dark in enumerate(modules):
                if dark == "1":
                    at = QRect(left + column * module, top + row * module, module, module)
                    self.painter.fillRect(at, Qt.GlobalColor.black)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        for down, words, size, weight in (
            (side - 8, _("Your receipt's code"), 18, 700),
            (side + 20, _("Photograph it: it serves for a return."), 15, 500),
        ):
            area = self._at(x + 8, y + down, width - 16, 28)
            font, ink = theme.font(size, weight), QColor(Qt.GlobalColor.black)
            paint.write(self.painter, area, words, font, ink, paint.CENTRE, rtl=self.rtl)

    def _card(self, x: int, y: int, width: int) -> None:
        """How to pay, then what the total is made of."""
        view = self.view
        if view.card:
            box = self._at(x, y, width, 104)
            paint.box(self.painter, box, 14, theme.color("primary_soft"), theme.color("primary"), 2)
            self._icon("credit-card", x + 44, y + 52, 34, "primary_ink")
            if view.card_detail:
                where = (x + 84, y + 54, width - 100, 26)
                self._write((x + 84, y + 22, width - 100, 30), view.card, 19, 700, "primary_ink")
                self._write(where, view.card_detail, 16, 500, "primary_ink")
            else:
                self._wrapped((x + 84, y + 12, width - 100, 80), view.card)
            y += 120
        rows = view.rows[-8:]
        if not rows:
            return
        tall = 28 + len(rows) * 32
        box = self._at(x, y, width, tall)
        paint.box(self.painter, box, 14, theme.color("surface"), theme.color("border"))
        for place, row in enumerate(rows):
            top = y + 14 + place * 32
            ink = {"good": "ok_ink", "faint": "text3"}.get(row.tone, "text")
            money = paint.width_of(row.amount, theme.font(17, 600))
            self._write((x + 18, top, width - 48 - money, 32), row.label, 16, 500, ink)
            self._write(
                (x + width - 18 - money, top, money, 32), row.amount, 17, 600, ink, paint.END
            )
