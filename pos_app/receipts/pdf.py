"""A receipt as a PDF: a strip as wide as the roll and as long as it needs, or A4 pages.

Text is drawn with the bundled fonts, shaped and ordered where it is Arabic or Hebrew, and never
anything but text: the file holds no script, no link, no form and no file. What no font here can draw
is an empty box. The same document gives the same bytes at any time and on any machine.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from unicodedata import bidirectional

from pos_app.domain.receipt import Align, Receipt
from pos_app.receipts.flow import Code, Placed, Put, Stroke, Style, flow
from pos_app.receipts.layout import direction
from pos_app.receipts.raster import barcode_bars, letters_of, qr_modules

if TYPE_CHECKING:
    from fpdf import FPDF

MM: Final = 72 / 25.4
"""Points in a millimetre: everything here is in points."""
A4: Final = (210 * MM, 297 * MM)
PAGE_MARGIN: Final = 20 * MM
ROLL_MARGIN: Final = 4 * MM
ROLL_MAX: Final = 14_000.0
"""Height of a page that every reader opens; a longer receipt goes on on the next."""
NOBODY: Final = "\N{WHITE SQUARE}"
"""Instead of a letter that no font here has."""
_FACES: Final[tuple[tuple[str, str, str], ...]] = (
    ("inter", "fonts/Inter-Regular.ttf", "fonts/Inter-Bold.ttf"),
    ("arabic", "fonts/NotoSansArabic-Regular.ttf", "fonts/NotoSansArabic-SemiBold.ttf"),
    ("hebrew", "fonts/NotoSansHebrew-Regular.ttf", "fonts/NotoSansHebrew-SemiBold.ttf"),
    ("dejavu", "printers/fonts/DejaVuSans.ttf", "printers/fonts/DejaVuSans.ttf"),
)
"""Family, regular and bold file; the first that has a letter draws it."""
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)


def roll_pdf(receipt: Receipt, width_mm: int = 80) -> bytes:
    """The receipt as it comes from a printer `width_mm` wide: one page, as long as it is."""
    sheet = _Sheet(receipt)
    width = width_mm * MM
    style = Style(width - 2 * ROLL_MARGIN, 8.5 if width_mm > 60 else 7.0)
    strip = flow(receipt, style, sheet.measure)
    for page in strip.pages(ROLL_MAX):
        sheet.page(width, page.height + 4 * ROLL_MARGIN)
        sheet.draw(page.placed, ROLL_MARGIN, 2 * ROLL_MARGIN)
    return sheet.finished()


def page_pdf(receipt: Receipt) -> bytes:
    """The receipt or invoice on A4, each page numbered."""
    sheet = _Sheet(receipt)
    width, height = A4
    style = Style(width - 2 * PAGE_MARGIN, 10.0, code=32 * MM, gap=1.6)
    pages = flow(receipt, style, sheet.measure).pages(height - 2 * PAGE_MARGIN - 20)
    for number, page in enumerate(pages, 1):
        sheet.page(width, height)
        sheet.draw(page.placed, PAGE_MARGIN, PAGE_MARGIN)
        told = f"{receipt.title}  {number} / {len(pages)}"
        at = height - PAGE_MARGIN
        sheet.draw((Put(told, 0, at, style.width, 12, 8.0, align=Align.END),), PAGE_MARGIN, 0)
    return sheet.finished()


@cache
def _coverage() -> tuple[frozenset[int], ...]:
    return tuple(
        letters_of(str(files("resources").joinpath(*regular.split("/"))))
        for _, regular, _ in _FACES
    )


def _drawable(text: str) -> str:
    """`text` with a box for each letter that no font here can draw."""
    if text.isascii():
        return text
    known = _coverage()
    return "".join(
        mark
        if mark.isascii()
        or mark in "\u200c\u200d\u200e\u200f"
        or any(ord(mark) in face for face in known)
        else NOBODY
        for mark in text
    )


class _Sheet:
    """A PDF being drawn, with the fonts that its texts need and no others."""

    def __init__(self, receipt: Receipt) -> None:
        from fpdf import FPDF

        logging.getLogger("fontTools.subset").setLevel(logging.ERROR)  # it tells every table
        self._pdf: FPDF = FPDF(unit="pt")
        pdf = self._pdf
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        pdf.set_creation_date(_MADE)
        pdf.set_title(receipt.title)
        pdf.set_lang(receipt.locale.replace("_", "-"))
        pdf.set_producer("Holdfast")
        self._loaded: set[tuple[int, str]] = set()
        self._widths: dict[tuple[str, bool], float] = {}
        self._shaping = self._mixed = False

    def page(self, width: float, height: float) -> None:
        self._pdf.add_page(format=(width, height))

    def measure(self, text: str, size: float, bold: bool) -> float:
        """Width in points."""
        known = self._widths.get((text, bold))
        if known is None:
            drawn = _drawable(text)
            self._choose(drawn, 100.0, bold)
            known = float(self._pdf.get_string_width(drawn)) / 100.0
            self._widths[text, bold] = known
        return known * size

    def _choose(self, text: str, size: float, bold: bool) -> None:
        """The fonts a text needs; shaped and ordered where its script asks for it."""
        style = "B" if bold else ""
        self._load(0, style)
        if not text.isascii():
            known = _coverage()
            for mark in set(text):
                face = next((at for at, has in enumerate(known) if ord(mark) in has), 0)
                self._load(face, style)
        if self._mixed:  # the library does not know that it left another font behind
            self._pdf.set_font(_FACES[0][0], style, size + 1)
        self._mixed = not text.isascii()
        self._pdf.set_font(_FACES[0][0], style, size)
        shaped = not text.isascii() and any(
            bidirectional(mark) in {"R", "AL", "AN"} for mark in text
        )
        if shaped:
            self._pdf.set_text_shaping(True, direction=direction(text))
        elif self._shaping:
            self._pdf.set_text_shaping(False)
        self._shaping = shaped

    def _load(self, face: int, style: str) -> None:
        if (face, style) in self._loaded:
            return
        name, regular, strong = _FACES[face]
        path = files("resources").joinpath(*(strong if style else regular).split("/"))
        self._pdf.add_font(name, style, str(path))
        self._loaded.add((face, style))
        names = [_FACES[at][0] for at in sorted({at for at, _ in self._loaded if at})]
        self._pdf.set_fallback_fonts(names, exact_match=False)

    def draw(self, placed: tuple[Placed, ...], left: float, top: float) -> None:
        """Everything of a page."""
        for one in placed:
            if isinstance(one, Put):
                self._text(one, left, top)
            elif isinstance(one, Stroke):
                self._stroke(one, left, top)
            else:
                self._code(one, left, top)

    def _text(self, put: Put, left: float, top: float) -> None:
        size = put.letters
        wide = self.measure(put.text, size, put.bold)
        if wide > put.width > 0:
            size *= put.width / wide
            wide = put.width
        space = put.width - wide
        x = left + put.x + {Align.START: 0.0, Align.CENTRE: space / 2, Align.END: space}[put.align]
        baseline = top + put.y + put.height * 0.5 + size * 0.36
        drawn = _drawable(put.text)
        self._choose(drawn, size, put.bold)
        self._pdf.set_xy(x, baseline - size * 0.8)
        self._pdf.cell(wide, size, drawn)

    def _stroke(self, stroke: Stroke, left: float, top: float) -> None:
        middle = top + stroke.y + stroke.height / 2
        self._pdf.set_line_width(0.5)
        for y in (middle - 1, middle + 1) if stroke.double else (middle,):
            self._pdf.line(left + stroke.x, y, left + stroke.x + stroke.width, y)

    def _code(self, code: Code, left: float, top: float) -> None:
        x, y = left + code.x, top + code.y
        self._pdf.set_fill_color(0)
        if code.qr:
            modules = qr_modules(code.data)
            side = code.width / len(modules)
            for row, line in enumerate(modules):
                for start, length in _dark(line):
                    box = (x + start * side, y + row * side, length * side, side + 0.02)
                    self._pdf.rect(*box, style="F")
            return
        bars = barcode_bars(code.data)
        if bars is None:
            return
        step = code.width / len(bars)
        for start, length in _dark([int(bar) for bar in bars]):
            self._pdf.rect(x + start * step, y, length * step, code.height, style="F")

    def finished(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())


def _dark(line: list[int]) -> list[tuple[int, int]]:
    """(start, length) of the dark runs."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(line):
        if dark and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((place, 1))
    return runs
