"""A receipt on the screen, as paper: for a sale of before, a Z, an X, an exercise."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QScroller, QSizePolicy, QWidget

from pos_app.domain.receipt import Align, Receipt
from pos_app.receipts.flow import Code, Flow, Placed, Put, Stroke, Style, flow
from pos_app.ui import paint, theme
from pos_app.ui.lists import ThinBar
from pos_app.words import _

LETTERS = 13.0
PAD = 20
_ALIGNS = {
    Align.START: Qt.AlignmentFlag.AlignLeft,
    Align.CENTRE: Qt.AlignmentFlag.AlignHCenter,
    Align.END: Qt.AlignmentFlag.AlignRight,
}


class ReceiptPaper(QWidget):
    """The paper itself: as wide as its room, as high as the receipt is long."""

    def __init__(self) -> None:
        super().__init__()
        self.receipt: Receipt | None = None
        self.flow: Flow | None = None
        self._codes: dict[str, list[list[int]] | str | None] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_receipt(self, receipt: Receipt | None) -> None:
        """Another receipt; None for an empty sheet."""
        self.receipt = receipt
        self._codes.clear()
        self._lay_out(self.width())
        told = self.flow.text if self.flow is not None else ""
        self.setAccessibleName(_("Receipt"))
        self.setAccessibleDescription(told)
        QAccessible.updateAccessibility(
            QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        )

    def _lay_out(self, width: int) -> None:
        room = max(200, width) - 2 * PAD
        self.flow = (
            None
            if self.receipt is None
            else flow(self.receipt, Style(room, LETTERS, code=min(150.0, room * 0.5)), _measure)
        )
        height = 0 if self.flow is None else int(self.flow.height) + 2 * PAD
        self.setFixedHeight(height)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(340, self.height())

    def resizeEvent(self, event: object) -> None:
        del event
        self._lay_out(self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.begin(painter)
        paint.box(painter, self.rect(), 6, theme.color("surface"), theme.color("border"))
        painter.translate(PAD, PAD)
        seen = event.rect().translated(-PAD, -PAD)
        for one in self.flow.placed if self.flow is not None else ():
            if one.y + one.height >= seen.top() and one.y <= seen.bottom():
                self._draw(painter, one)
        painter.end()

    def _draw(self, painter: QPainter, one: Placed) -> None:
        if isinstance(one, Put):
            self._write(painter, one)
        elif isinstance(one, Stroke):
            pen = QPen(theme.color("border2"), 1)
            pen.setStyle(Qt.PenStyle.SolidLine if one.double else Qt.PenStyle.DashLine)
            painter.setPen(pen)
            middle = int(one.y + one.height / 2)
            for y in (middle - 1, middle + 2) if one.double else (middle,):
                painter.drawLine(int(one.x), y, int(one.x + one.width), y)
        else:
            self._code(painter, one)

    def _write(self, painter: QPainter, put: Put) -> None:
        painter.setFont(_font(put.letters, put.bold))
        painter.setPen(theme.color("text"))
        area = QRectF(put.x, put.y, put.width + 1, put.height)
        flags = _ALIGNS[put.align] | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(area, int(flags) | int(Qt.TextFlag.TextSingleLine), put.text)

    def _code(self, painter: QPainter, code: Code) -> None:
        """Black on white whatever the theme: a phone may read it off the screen."""
        area = QRectF(code.x, code.y, code.width, code.height)
        below = 4 if code.qr else 0  # a bar code has its words right under it
        painter.fillRect(area.adjusted(-8, -4, 8, below), Qt.GlobalColor.white)
        rows = self._modules(code)
        if not rows:
            return
        wide, high = code.width / len(rows[0]), code.height / len(rows)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for y, row in enumerate(rows):
            top, end = round(code.y + y * high), round(code.y + (y + 1) * high)
            for x, dark in enumerate(row):
                if dark:
                    left, right = round(code.x + x * wide), round(code.x + (x + 1) * wide)
                    box = QRect(left, top, right - left, end - top)
                    painter.fillRect(box, Qt.GlobalColor.black)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)

    def _modules(self, code: Code) -> list[list[int]]:
        from pos_app.receipts.raster import barcode_bars, qr_modules

        if code.data not in self._codes:
            self._codes[code.data] = qr_modules(code.data) if code.qr else barcode_bars(code.data)
        found = self._codes[code.data]
        if isinstance(found, str):
            return [[int(bar) for bar in found]]
        return found or []


class ReceiptView(QScrollArea):
    """The paper in as much room as there is, scrolled by finger, wheel and keys."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(ThinBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setAccessibleName(_("Receipt"))
        viewport = QWidget()
        viewport.setAutoFillBackground(False)
        self.setViewport(viewport)
        self.paper = ReceiptPaper()
        self.setWidget(self.paper)
        QScroller.grabGesture(viewport, QScroller.ScrollerGestureType.TouchGesture)

    def show_receipt(self, receipt: Receipt | None) -> None:
        """Another receipt, from its top."""
        self.paper.show_receipt(receipt)
        self.verticalScrollBar().setValue(0)


def _font(letters: float, bold: bool) -> QFont:
    return theme.font(round(letters), 700 if bold else 500)


def _measure(text: str, letters: float, bold: bool) -> float:
    from PySide6.QtGui import QFontMetricsF

    return float(QFontMetricsF(_font(letters, bold)).horizontalAdvance(text))
