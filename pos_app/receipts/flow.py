"""A receipt document laid out in letters of any width: for a PDF page and for the screen.

Whoever draws says how wide a text is (`Measure`) and gets back where every text, line and code
stands. Lengths are in the drawer's own unit; nothing is known here of Qt or of PDF. Where people
write from right to left everything is mirrored: a start is then the right edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pos_app.domain.receipt import (
    Align,
    Barcode,
    Blank,
    Block,
    Pair,
    Qr,
    Receipt,
    Row,
    Rule,
    Size,
    Text,
)
from pos_app.domain.text import plain
from pos_app.receipts.layout import CODE_MAX, clean
from pos_app.words import is_rtl

LARGE = 1.5
SMALL = 0.85
CODE_SHARE = 0.5
"""How much of the width a QR code takes at most."""
FIRST_MIN = 0.34
"""What the first column of a table keeps at least; with less it gets lines of its own."""

Measure = Callable[[str, float, bool], float]
"""(text, size of the letters, bold) -> its width."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a document is set: the width to fill, the letters, the space between lines."""

    width: float
    letters: float
    """Size of normal letters."""
    leading: float = 1.35
    """Height of a line, in sizes of its letters."""
    code: float = 0.0
    """Largest side of a QR code; 0 for half the width."""
    gap: float = 0.8
    """Between columns, in sizes of a letter."""


@dataclass(frozen=True, slots=True)
class Put:
    """A text in its place: from `x`, at most `width`, its line from `y` and `height` high."""

    text: str
    x: float
    y: float
    width: float
    height: float
    letters: float
    bold: bool = False
    align: Align = Align.START
    """START is the left edge, END the right one."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line across, in the middle of its height."""

    x: float
    y: float
    width: float
    height: float
    double: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code or a barcode in its box."""

    data: str
    qr: bool
    x: float
    y: float
    width: float
    height: float


Placed = Put | Stroke | Code


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole document in its places, in one strip."""

    placed: tuple[Placed, ...]
    width: float
    height: float
    rtl: bool

    def pages(self, height: float) -> list[Flow]:
        """The strip cut into pages, never through a line; each begins at 0."""
        pages: list[list[Placed]] = [[]]
        top = 0.0
        for one in self.placed:
            if pages[-1] and one.y + one.height - top > height + 0.001:
                pages.append([])
                top = one.y
            pages[-1].append(replace(one, y=one.y - top))
        return [
            Flow(
                tuple(page),
                self.width,
                max((each.y + each.height for each in page), default=0),
                self.rtl,
            )
            for page in pages
        ]

    @property
    def text(self) -> str:
        """Everything that is read, a line each: what a screen reader says."""
        lines: dict[float, list[Put]] = {}
        for one in self.placed:
            if isinstance(one, Put) and one.text:
                lines.setdefault(one.y, []).append(one)
        return "\n".join("  ".join(put.text for put in lines[y]) for y in lines)


def flow(receipt: Receipt, style: Style, measure: Measure) -> Flow:
    """Where everything of a receipt stands."""
    setter = _Setter(style, measure)
    for kind, run in groupby(receipt.blocks, type):
        if kind is Row:
            setter.table([block for block in run if isinstance(block, Row)])
        else:
            for block in run:
                setter.block(block)
    rtl = is_rtl(receipt.locale)
    placed = setter.placed
    if rtl:
        placed = [_mirrored(one, style.width) for one in placed]
    return Flow(tuple(placed), style.width, setter.y, rtl)


def _mirrored(one: Placed, width: float) -> Placed:
    x = width - one.x - one.width
    if not isinstance(one, Put):
        return replace(one, x=x)
    swapped = {Align.START: Align.END, Align.END: Align.START}
    return replace(one, x=x, align=swapped.get(one.align, one.align))


class _Setter:
    """Sets one block under the other."""

    def __init__(self, style: Style, measure: Measure) -> None:
        self.style = style
        self.measure = measure
        self.placed: list[Placed] = []
        self.y = 0.0

    def block(self, block: Block) -> None:
        style = self.style
        if isinstance(block, Text):
            self._text(block)
        elif isinstance(block, Pair):
            self._pair(block)
        elif isinstance(block, Rule):
            height = style.letters * 0.9
            self.placed.append(Stroke(0, self.y, style.width, height, block.double))
            self.y += height
        elif isinstance(block, Blank):
            self.y += style.letters * style.leading * max(0, min(block.lines, 20))
        elif isinstance(block, Qr | Barcode):
            self._code(block)

    def table(self, rows: Sequence[Row]) -> None:
        """Columns as wide as their widest cell; the first gets the rest, or lines of its own."""
        size = self.style.letters
        cells = [[clean(cell) for cell in row.cells] or [""] for row in rows]
        count = max(len(row) for row in cells)
        gap = size * self.style.gap
        ends = [
            max(
                self.measure(row[place], size, rows[at].bold) if place < len(row) else 0.0
                for at, row in enumerate(cells)
            )
            for place in range(1, count)
        ]
        needed = sum(ends) + gap * len(ends)
        beside = self.style.width - needed >= self.style.width * FIRST_MIN
        for row, told in zip(rows, cells, strict=True):
            self._row(told, row.bold, ends, beside=beside)

    def _row(self, cells: list[str], bold: bool, ends: list[float], *, beside: bool) -> None:
        size, width = self.style.letters, self.style.width
        gap = size * self.style.gap
        if beside:
            room = width - sum(ends) - gap * len(ends)
            *before, last = self._wrapped(cells[0], room, size, bold)
            for line in before:
                self._line([(line, 0, room, Align.START)], size, bold)
        else:
            for line in self._wrapped(cells[0], width, size, bold):
                self._line([(line, 0, width, Align.START)], size, bold)
            last, room = "", 0.0
            if not any(cells[1:]):
                return
            shares = sum(ends) + gap * len(ends)
            if shares > width:
                ends = [end * (width - gap * len(ends)) / sum(ends) for end in ends]
        puts = [(last, 0.0, room, Align.START)] if last else []
        x = width
        for place in range(len(ends), 0, -1):
            x -= ends[place - 1]
            if place < len(cells):
                puts.append((cells[place], x, ends[place - 1], Align.END))
            x -= gap
        self._line(puts, size, bold)

    def _text(self, block: Text) -> None:
        size = self._size(block.size)
        width = self.style.width
        for line in self._wrapped(clean(block.text), width, size, block.bold):
            self._line([(line, 0, width, block.align)], size, block.bold)

    def _pair(self, block: Pair) -> None:
        size, width = self._size(block.size), self.style.width
        left, right = clean(block.left), clean(block.right)
        end = self.measure(right, size, block.bold) if right else 0.0
        while end > width and size > self.style.letters * 0.5:
            size *= 0.9
            end = self.measure(right, size, block.bold)
        gap = size * self.style.gap if right else 0.0
        room = width - end - gap
        if room < size * 3 and left:
            for line in self._wrapped(left, width, size, block.bold):
                self._line([(line, 0, width, Align.START)], size, block.bold)
            self._line([(right, 0, width, Align.END)], size, block.bold)
            return
        *before, last = self._wrapped(left, room, size, block.bold)
        for line in before:
            self._line([(line, 0, room, Align.START)], size, block.bold)
        self._line(
            [(last, 0, room, Align.START), (right, width - end, end, Align.END)], size, block.bold
        )

    def _code(self, block: Qr | Barcode) -> None:
        data = plain(block.data, CODE_MAX)
        if not data:
            return
        style = self.style
        pad = style.letters * 0.5
        if isinstance(block, Qr):
            side = style.code or style.width * CODE_SHARE
            self.placed.append(Code(data, True, (style.width - side) / 2, self.y + pad, side, side))
            self.y += side + 2 * pad
            return
        wide, high = min(style.width * 0.7, style.letters * 18), style.letters * 3
        if data.isascii():
            self.placed.append(
                Code(data, False, (style.width - wide) / 2, self.y + pad, wide, high)
            )
            self.y += high + pad
        self._line([(data, 0, style.width, Align.CENTRE)], style.letters * SMALL, False)

    def _size(self, size: Size) -> float:
        return self.style.letters * {Size.LARGE: LARGE, Size.SMALL: SMALL}.get(size, 1.0)

    def _line(
        self, puts: Sequence[tuple[str, float, float, Align]], size: float, bold: bool
    ) -> None:
        height = size * self.style.leading
        self.placed += [
            Put(text, x, self.y, width, height, size, bold, align)
            for text, x, width, align in puts
            if text
        ]
        self.y += height

    def _wrapped(self, text: str, room: float, size: float, bold: bool) -> list[str]:
        """`text` in lines of at most `room`, broken between words where it can be; never empty."""
        if self.measure(text, size, bold) <= room:
            return [text]
        indent = " " * min(len(text) - len(text.lstrip(" ")), 4)
        lines, line = [], ""
        for word in self._words(text, room - self.measure(indent, size, bold), size, bold):
            longer = f"{line} {word}" if line else word
            if line and self.measure(indent + longer, size, bold) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        return [indent + done for done in (*lines, line)]

    def _words(self, text: str, room: float, size: float, bold: bool) -> Iterator[str]:
        """The words of a text; one that is longer than a line comes in parts."""
        for word in text.split():
            rest = word
            while len(rest) > 1 and self.measure(rest, size, bold) > room:
                low, high = 1, len(rest) - 1
                while low < high:
                    middle = (low + high + 1) // 2
                    if self.measure(rest[:middle], size, bold) <= room:
                        low = middle
                    else:
                        high = middle - 1
                yield rest[:low]
                rest = rest[low:]
            yield rest
