"""An ESC/POS printer in memory, written from the public command reference and from nothing of ours.

Bytes go in, paper comes out: lines of text with their style, pictures, codes, cuts, and the pulses
at the drawer's socket. Real-time commands (DLE …) are obeyed wherever they stand, as printers do.
A byte sequence it does not know is kept in `unknown`; a test expects none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import qrcode
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

LETTERS = Path("resources/printers/fonts/DejaVuSansMono.ttf").resolve()
PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 19: "cp858"}
TEXT = re.compile(rb"[\x20-\x7e\x80-\xff]+")
DLE, ESC, FS, GS = 0x10, 0x1B, 0x1C, 0x1D


@dataclass
class Style:
    bold: bool = False
    wide: int = 1
    high: int = 1
    font: int = 0
    align: int = 0


@dataclass
class Printed:
    """One thing on paper: text, picture, qr, bars or cut."""

    kind: str
    text: str = ""
    style: Style = field(default_factory=Style)
    image: Image.Image | None = None


class Paper:
    """The printer's state and what it has printed; feed it with `take`."""

    def __init__(self, dots: int = 576, columns: int = 48) -> None:
        self.dots = dots
        self.columns = columns
        self.printed: list[Printed] = []
        self.pulses: list[int] = []
        self.unknown: list[bytes] = []
        self.out = bytearray()
        """What it has to say."""
        self.paper_out = False
        self.cover_open = False
        self.paper_low = False
        self.confirms = True
        """Knows `GS r`."""
        self.instead = b""
        """What it says in the place of a confirmation it does not know."""
        self.resting = False
        """Is ready and does nothing until more comes: a slow printer, caught in the middle."""
        self.drawer_open = False
        self._waiting = bytearray()
        self._half = b""
        self._reset()

    def _reset(self) -> None:
        self.style = Style()
        self.page = 0
        self.chinese = True
        self.line = ""
        self.qr_data = ""
        self.qr_size = 3
        self.bar_high, self.bar_wide = 162, 3

    # --- bytes in ---------------------------------------------------------------------------

    @property
    def stopped(self) -> bool:
        return self.paper_out or self.cover_open

    def take(self, data: bytes) -> None:
        """Real-time commands at once, the others in their turn, as long as it can print."""
        ordinary = self._real_time(data)
        self.resting = self.resting and not ordinary
        self._waiting += ordinary
        self.go_on()

    def go_on(self) -> None:
        """Works off what waits: also called after paper was put in."""
        while self._waiting and not (self.stopped or self.resting):
            used = self._one(bytes(self._waiting[:70_000]))
            if not used:
                return
            del self._waiting[:used]

    def _real_time(self, data: bytes) -> bytes:
        data, self._half = self._half + data, b""
        kept, at = bytearray(), 0
        while at < len(data):
            if data[at] == DLE and len(data) - at < 5 and _begins(data[at:]):
                self._half = data[at:]
                break
            two = data[at : at + 2]
            if two == b"\x10\x04" and at + 2 < len(data) and 1 <= data[at + 2] <= 4:
                self.out.append(self._status(data[at + 2]))
                at += 3
            elif two == b"\x10\x14" and data[at + 2 : at + 3] == b"\x01" and at + 4 < len(data):
                self._pulse(data[at + 3])
                at += 5
            elif two == b"\x10\x05" and at + 2 < len(data):
                self.unknown.append(data[at : at + 3])
                at += 3
            else:
                kept.append(data[at])
                at += 1
        return bytes(kept)

    def _status(self, which: int) -> int:
        byte = 0x12
        if which == 1:
            byte |= 0x04 * (not self.drawer_open) | 0x08 * self.stopped
        elif which == 2:
            byte |= 0x04 * self.cover_open | 0x20 * self.paper_out
        elif which == 4:
            byte |= 0x0C * (self.paper_low or self.paper_out) | 0x60 * self.paper_out
        return byte

    def _pulse(self, connector: int) -> None:
        self.pulses.append(5 if connector in {1, 49} else 2)
        self.drawer_open = True

    # --- one command ------------------------------------------------------------------------

    def _one(self, data: bytes) -> int:
        """Obeys the first command of `data`; how many bytes it was, 0 where some are missing."""
        first = data[0]
        if first == 0x0A:
            self._end_line()
            return 1
        run = TEXT.match(data)
        if run:
            if self.chinese and not run.group().isascii():
                self.unknown.append(run.group())  # two bytes would be one Chinese sign
            self.line += run.group().decode(PAGES[self.page])
            return run.end()
        if first in {ESC, FS, GS}:
            if len(data) < 2:
                return 0
            return {ESC: self._esc, FS: self._fs, GS: self._gs}[first](data)
        self.unknown.append(data[:1])
        return 1

    def _esc(self, data: bytes) -> int:
        if data[1:2] == b"@":
            self._reset()
            return 2
        return self._with_number(
            data,
            {
                "!": self._mode,
                "E": lambda n: setattr(self.style, "bold", bool(n & 1)),
                "M": lambda n: setattr(self.style, "font", n & 1),
                "a": lambda n: setattr(self.style, "align", n % 48),
                "d": self._feed,
                "t": self._choose_page,
                "R": lambda n: self.unknown.append(data[:3]) if n else None,
                "p": self._pulse,
            },
            {"p": 5},
        )

    def _fs(self, data: bytes) -> int:
        if data[1] == ord("."):
            self.chinese = False
        else:
            self.unknown.append(data[:2])
        return 2

    def _gs(self, data: bytes) -> int:
        long = {"v": self._picture, "(": self._two_dimensions, "k": self._bars}
        if chr(data[1]) in long:
            return long[chr(data[1])](data)
        return self._with_number(
            data,
            {
                "!": self._times,
                "V": lambda n: self.printed.append(Printed("cut", str(n % 48))),
                "r": lambda _: self._confirm(),
                "h": lambda n: setattr(self, "bar_high", n),
                "w": lambda n: setattr(self, "bar_wide", n),
                **dict.fromkeys("Hf", lambda _: None),
            },
            {"V": 4 if data[2:3] in (b"A", b"B") else 3},
        )

    def _with_number(
        self, data: bytes, known: dict[str, Callable[[int], object]], lengths: dict[str, int]
    ) -> int:
        """A command of three bytes, or of as many as `lengths` says."""
        name = chr(data[1])
        if name not in known:
            self.unknown.append(data[:2])
            return 2
        length = lengths.get(name, 3)
        if len(data) < length:
            return 0
        known[name](data[2])
        return length

    def _mode(self, n: int) -> None:
        wide, high = 2 if n & 32 else 1, 2 if n & 16 else 1
        self.style = Style(bool(n & 8), wide, high, n & 1, self.style.align)

    def _times(self, n: int) -> None:
        self.style.wide, self.style.high = (n >> 4) + 1, (n & 7) + 1

    def _feed(self, n: int) -> None:
        if self.line:
            self._end_line()
        self.printed += [Printed("text") for _ in range(n)]

    def _choose_page(self, n: int) -> None:
        if n not in PAGES:
            self.unknown.append(bytes((ESC, ord("t"), n)))
        self.page = n

    def _confirm(self) -> None:
        if self.confirms:
            self.out.append(0x03 if self.paper_low else 0x00)
        self.out += self.instead

    def _picture(self, data: bytes) -> int:
        if len(data) < 8:
            return 0
        across = data[4] + 256 * data[5]
        rows = data[6] + 256 * data[7]
        end = 8 + across * rows
        if len(data) < end:
            return 0
        assert data[2] == ord("0"), "GS v knows only 0"
        assert across * 8 <= self.dots, "wider than the paper"
        black = Image.frombytes("1", (across * 8, rows), data[8:end])
        self.printed.append(Printed("picture", image=black.point(lambda dot: 255 - dot)))
        return end

    def _two_dimensions(self, data: bytes) -> int:
        if len(data) < 5:
            return 0
        end = 5 + data[3] + 256 * data[4]
        if len(data) < end:
            return 0
        kind, function, rest = data[5], data[6], data[7:end]
        if data[2] != ord("k") or kind != 49:
            self.unknown.append(data[:7])
        elif function == 67:
            self.qr_size = rest[0]
        elif function == 80:
            self.qr_data = rest[1:].decode()
        elif function == 81:
            code = qrcode.QRCode(box_size=self.qr_size, border=4)
            code.add_data(self.qr_data)
            image = code.make_image().get_image().convert("1")
            assert image.width <= self.dots, "the code is wider than the paper"
            self.printed.append(Printed("qr", self.qr_data, Style(align=self.style.align), image))
        return end

    def _bars(self, data: bytes) -> int:
        if len(data) < 4 or len(data) < 4 + data[3]:
            return 0
        assert data[2] == 73, "Code 128, function B"
        told = data[4 : 4 + data[3]].decode("ascii")
        assert told.startswith("{B"), "code set B is chosen first"
        assert 2 <= self.bar_wide <= 6
        drawn = zxingcpp.create_barcode(told[2:].replace("{{", "{"), zxingcpp.Code128)
        bars = Image.fromarray(zxingcpp.write_barcode_to_image(drawn)).convert("1")
        size = (bars.width * self.bar_wide, self.bar_high)
        assert size[0] <= self.dots, "the bars are wider than the paper"
        image = bars.resize(size, Image.Resampling.NEAREST)
        self.printed.append(Printed("bars", told, Style(align=self.style.align), image))
        return 4 + data[3]

    def _end_line(self) -> None:
        style = Style(**vars(self.style))
        across = self.columns * (4 if style.font else 3) // 3 // style.wide
        for start in range(0, max(1, len(self.line)), across):
            self.printed.append(Printed("text", self.line[start : start + across], style))
        self.line = ""

    # --- paper out --------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """Lines of text from top to bottom; a picture is `[picture]`, a cut `[cut]`."""
        return "\n".join(
            one.text if one.kind == "text" else f"[{one.kind}]" for one in self.printed
        )

    def picture(self) -> Image.Image:
        """All of it as a picture: pictures and codes dot for dot, text letter by letter in cells."""
        heights = [one.image.height if one.image else 30 * one.style.high for one in self.printed]
        paper = Image.new("1", (self.dots, sum(heights) + 60), 1)
        at = 30
        for one, height in zip(self.printed, heights, strict=True):
            if one.image is not None:
                room = self.dots - one.image.width
                left = (0, room // 2, room)[one.style.align] if one.kind != "picture" else 0
                paper.paste(one.image, (left, at))
            elif one.kind == "cut":
                ImageDraw.Draw(paper).line((0, at + 15, self.dots, at + 15), width=1)
            elif one.text:
                paper.paste(self._drawn(one), (0, at))
            at += height
        return paper

    def _drawn(self, one: Printed) -> Image.Image:
        """A line of text as this printer's own letters stand: one cell each, whatever their shape."""
        cell = self.dots * 3 // (self.columns * (4 if one.style.font else 3))
        line = Image.new("L", (self.dots, 30), 255)
        pen, font = ImageDraw.Draw(line), ImageFont.truetype(str(LETTERS), cell * 5 // 3)
        for place, letter in enumerate(one.text):
            middle = (place * cell + cell // 2, 24)
            pen.text(middle, letter, 0, font, "ms", stroke_width=0.4 if one.style.bold else 0)
        wide, high = one.style.wide, one.style.high
        size = (line.width * wide, line.height * high)
        line = line.resize(size, Image.Resampling.NEAREST).crop((0, 0, self.dots, size[1]))
        return line.point(lambda dot: 255 * (dot > 150)).convert("1")


def _begins(end: bytes) -> bool:
    """Whether more bytes are needed to know if this is a real-time command."""
    second = end[1:2]
    return (
        not second
        or (second in (b"\x04", b"\x05") and len(end) < 3)
        or (second == b"\x14" and end[2:3] in (b"", b"\x01"))
    )
