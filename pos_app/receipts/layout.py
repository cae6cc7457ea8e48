"""A receipt document laid out in columns: what stands on each line, and where.

Everything that draws a receipt (printer, text, picture) draws these lines, so all of them break
at the same places. Widths are counted in columns of the paper's normal font; what is wide in a
terminal (CJK) takes two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from unicodedata import bidirectional, combining, east_asian_width

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
from pos_app.words import is_rtl

TEXT_MAX = 2_000
"""Characters of one paragraph; a name or a note may be as long as a stranger likes."""
CODE_MAX = 512
"""Characters of a QR code or barcode."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text in its place: from column `at`, in `width` columns, at their left or right edge.

    The sides are those of the paper: where people write from right to left they are swapped.
    """

    text: str
    at: int
    width: int
    align: Align = Align.START
    """START is the left edge, END the right one."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in one style."""

    pieces: tuple[Piece, ...]
    columns: int
    """How many columns of this line's own size fit across."""
    bold: bool = False
    size: Size = Size.NORMAL
    wide: bool = False
    """Twice as wide as well as twice as high: only with LARGE, where all of it fits."""
    rtl: bool = False

    @property
    def text(self) -> str:
        """The line as plain text, as long as its last piece reaches."""
        written = ""
        for piece in sorted(self.pieces, key=lambda one: one.at):
            room = piece.width - width(piece.text)
            before = {Align.START: 0, Align.CENTRE: room // 2, Align.END: room}[piece.align]
            written += " " * (piece.at + max(0, before) - width(written)) + piece.text
        return written


@dataclass(frozen=True, slots=True)
class Across:
    """A line drawn over the whole width."""

    columns: int
    double: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A QR code or a barcode, in the middle."""

    data: str
    qr: bool


Laid = Line | Across | Mark


def width(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if combining(mark) or mark in "\u200c\u200d\u200e\u200f"
        else 1 + (east_asian_width(mark) in "WF")
        for mark in text
    )


def direction(text: str) -> str:
    """Where a text starts: by its first letter that has a direction, or a number before it.

    So an amount keeps its minus in front and its currency behind, as it was written.
    """
    for mark in text:
        strong = bidirectional(mark)
        if strong in {"R", "AL"}:
            return "rtl"
        if strong in {"L", "EN"}:
            return "ltr"
    return "ltr"


_NUMBER = re.compile(r"(?<![\w.])[+\u2212-]?\d(?:[\d.,:/-]*\d)?%?(?!\w)")
_SHORT = re.compile(r"(?<=[\u0620-\u064a])\.(?= |$)")
_LTR, _RTL = "\u200e", "\u200f"


def upright(text: str) -> str:
    """`text` with numbers that stay as written between Arabic letters: 123-456, 10%.

    The full stop of a short form ("EGP" in Arabic) stays with its letters too. The marks for
    that are set here, where a text is about to be shown; what a text brings along is not kept.
    """
    if text.isascii() or not any(bidirectional(mark) == "AL" for mark in text):
        return text
    text = _SHORT.sub(f".{_RTL}", text)
    if direction(text) == "rtl":
        text = _NUMBER.sub(lambda found: f"{_LTR}{found[0]}{_RTL}", text)
    return text


def clean(text: str, limit: int = TEXT_MAX) -> str:
    """Printable text on one line, its indent kept."""
    indent = len(text) - len(text.lstrip(" "))
    return " " * min(indent, 8) + upright(plain(text, limit))


def wrap(text: str, room: int) -> list[str]:
    """`text` in lines of at most `room` columns, broken between words where it can be.

    An indent is kept on every line. Never empty.
    """
    indent = " " * min(len(text) - len(text.lstrip(" ")), room // 2)
    inner = room - len(indent)
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width(longer) <= inner:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, inner)
        lines += whole
    return [indent + done for done in (*lines, line)]


def _broken(word: str, room: int) -> list[str]:
    """A word in parts that fit; combining marks stay with their letter."""
    parts, part = [], ""
    for mark in word:
        if part and width(part + mark) > room:
            parts.append(part)
            part = ""
        part += mark
    return [*parts, part]


def lay_out(
    receipt: Receipt,
    columns: int,
    small_columns: int = 0,
    fold: Callable[[str], str] = str,
) -> list[Laid]:
    """The lines of a receipt on paper `columns` wide.

    `small_columns` is what fits of the small font, 0 where there is none; `fold` is applied to
    every text before it is measured (a printer's stand-ins for signs it lacks).
    """
    paper = _Paper(columns, small_columns or columns, fold, is_rtl(receipt.locale))
    laid: list[Laid] = []
    for kind, run in groupby(receipt.blocks, type):
        if kind is Row:
            laid += paper.table([block for block in run if isinstance(block, Row)])
        else:
            for block in run:
                laid += paper.block(block)
    return laid


class _Paper:
    """The paper's width and the direction of writing."""

    def __init__(self, columns: int, small: int, fold: Callable[[str], str], rtl: bool) -> None:
        self.columns = columns
        self.small = small
        self.fold = fold
        self.rtl = rtl

    def block(self, block: Block) -> Iterator[Laid]:
        """The lines of one block; rows are laid out together, pictures no printer here has."""
        if isinstance(block, Text):
            yield from self._text(block)
        elif isinstance(block, Pair):
            yield from self._pair(block)
        elif isinstance(block, Rule):
            yield Across(self.columns, block.double)
        elif isinstance(block, Blank):
            yield from [Line((), self.columns)] * max(0, min(block.lines, 20))
        elif isinstance(block, Qr | Barcode):
            data = plain(block.data, CODE_MAX)
            if data:
                yield Mark(data, isinstance(block, Qr))

    def _words(self, text: str) -> str:
        return self.fold(clean(text))

    def _across(self, size: Size) -> int:
        if size is Size.LARGE:
            return self.columns // 2
        return self.small if size is Size.SMALL else self.columns

    def _line(self, pieces: Sequence[Piece], columns: int, bold: bool, size: Size) -> Line:
        if self.rtl:
            swapped = {Align.START: Align.END, Align.END: Align.START}
            pieces = [
                replace(
                    piece,
                    at=columns - piece.at - piece.width,
                    align=swapped.get(piece.align, piece.align),
                )
                for piece in pieces
            ]
        wide = size is Size.LARGE and columns < self.columns
        return Line(tuple(pieces), columns, bold, size, wide, self.rtl)

    def _text(self, block: Text) -> Iterator[Line]:
        text, columns = self._words(block.text), self._across(block.size)
        for part in wrap(text, columns):
            piece = Piece(part, 0, columns, block.align)
            yield self._line([piece], columns, block.bold, block.size)

    def _pair(self, block: Pair) -> Iterator[Line]:
        left, right = self._words(block.left), self._words(block.right)
        columns = self._across(block.size)
        if block.size is Size.LARGE and width(left) + 1 + width(right) > columns:
            columns = self.columns  # high, but no longer wide
        make = partial(self._line, columns=columns, bold=block.bold, size=block.size)
        room = columns - width(right) - 1
        if room < columns // 4:  # no place for words beside it: a line of its own
            yield from (make([Piece(part, 0, columns)]) for part in wrap(left, columns) if part)
            yield from (make([Piece(part, 0, columns, Align.END)]) for part in wrap(right, columns))
            return
        *before, last = wrap(left, room)
        yield from (make([Piece(part, 0, columns)]) for part in before)
        yield make([Piece(last, 0, room), Piece(right, room + 1, columns - room - 1, Align.END)])

    def table(self, rows: list[Row]) -> Iterator[Line]:
        """Rows that follow each other, their columns aligned.

        All cells of a row on a line; on narrow paper the first above the others; at last one each.
        """
        cells = [[self._words(cell) for cell in row.cells] for row in rows if row.cells]
        bold = [row.bold for row in rows if row.cells]
        first = max((width(row[0]) for row in cells), default=0)
        count = max((len(row) for row in cells), default=1)
        ends = [
            max((width(row[at]) for row in cells if at < len(row)), default=0)
            for at in range(1, count)
        ]
        needed = sum(ends) + len(ends)
        for row, strong in zip(cells, bold, strict=True):
            if needed + min(first, self.columns // 4) <= self.columns:
                yield from self._beside(row, strong, ends)
            else:
                below = ends if needed - 1 <= self.columns else None
                yield from self._below(row, strong, below)

    def _beside(self, row: list[str], bold: bool, ends: list[int]) -> Iterator[Line]:
        make = partial(self._line, columns=self.columns, bold=bold, size=Size.NORMAL)
        start = self.columns - sum(ends) - len(ends)
        *before, last = wrap(row[0], start)
        yield from (make([Piece(part, 0, start)]) for part in before)
        yield make([Piece(last, 0, start), *self._ends(row, ends)])

    def _below(self, row: list[str], bold: bool, ends: list[int] | None) -> Iterator[Line]:
        make = partial(self._line, columns=self.columns, bold=bold, size=Size.NORMAL)
        yield from (make([Piece(part, 0, self.columns)]) for part in wrap(row[0], self.columns))
        if ends is not None:
            yield make(self._ends(row, ends))
            return
        for cell in row[1:]:
            yield from (
                make([Piece(part, 0, self.columns, Align.END)]) for part in wrap(cell, self.columns)
            )

    def _ends(self, row: list[str], ends: list[int]) -> list[Piece]:
        """The cells after the first, each at the end of its column."""
        padded = row[1:] + [""] * (len(ends) + 1 - len(row))
        pieces = []
        at = self.columns
        for cell, room in reversed(list(zip(padded, ends, strict=True))):
            at -= room
            pieces.append(Piece(cell, at, room, Align.END))
            at -= 1
        return pieces
