"""A receipt as ESC/POS bytes, for one printer's profile.

The one encoder of the product. Text becomes bytes of the profile's code page and of nothing else:
control characters are gone before it comes here, and what the page lacks is printed as a picture of
the whole line, never as a substitute that means something else. So no name, note or code can be a
command. Commands come from python-escpos, which knows them; what it would do with text (guess a
code page for every letter) is not asked of it.
"""

from __future__ import annotations

import logging
import os
import shutil
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from pos_app.domain.receipt import Receipt, Size
from pos_app.receipts.layout import Across, Line, Mark, lay_out
from pos_app.receipts.picture import as_line
from pos_app.receipts.profile import Profile
from pos_app.receipts.raster import (
    barcode_bars,
    barcode_picture,
    line_picture,
    qr_modules,
    qr_picture,
    qr_scale,
)

if TYPE_CHECKING:
    from PIL import Image

START = b"\x1b@\x1c."
"""ESC @ and FS .: as after switching on, and two bytes are never one Chinese sign."""
WORLD = b"\x1bR\x00"
"""ESC R 0: `#`, `$`, `@`, `[` and their kin are themselves."""
RASTER_ROWS = 240
"""Rows of dots in one picture command: small printers hold no more."""
INVERTED = bytes(range(255, -1, -1))
STAND_INS = {
    "\u2212": "-",
    "\u2010": "-",
    "\u2011": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201a": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2026": "...",
    "\u2022": "*",
    "\u00b7": "-",
    "\u00d7": "x",
}
"""Signs that older code pages lack, and what says the same. Never a letter, never a currency."""


def encode(receipt: Receipt, profile: Profile) -> bytes:
    """The bytes that print `receipt` and cut it; they open no drawer and ask for no answer.

    Raises nothing for any text: what can't be printed as text is a picture.
    """
    writer = _Writer(profile)
    for laid in lay_out(receipt, profile.columns, profile.small_columns, writer.fold):
        if isinstance(laid, Line):
            writer.line(laid)
        elif isinstance(laid, Across):
            writer.across(laid)
        else:
            writer.mark(laid)
    return writer.finished()


def warm() -> None:
    """Loads what the first receipt needs (about 0.2 s): for a quiet moment before it."""
    _library()
    qr_modules("HF1")
    barcode_bars("HF1")


@cache
def _library() -> Any:
    """python-escpos's encoder, loaded without what its import does besides.

    It reads a quarter of a second of printer descriptions (ours says the one thing needed),
    configures the root logger (the handler is taken off again) and keeps a pickle in a temporary
    directory of its own (removed).
    """
    root = logging.getLogger()
    handlers = list(root.handlers)
    with as_file(files("resources").joinpath("printers", "capabilities.json")) as described:
        os.environ["ESCPOS_CAPABILITIES_FILE"] = str(described)
        try:
            from escpos import capabilities
            from escpos.printer import Dummy
        finally:
            del os.environ["ESCPOS_CAPABILITIES_FILE"]
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return Dummy


def harmless(dots: bytes) -> bytes:
    """A picture's bytes without the printer's real-time commands, at the cost of one dot each.

    Printers obey `DLE EOT`, `DLE ENQ` and `DLE DC4` (which opens the drawer) wherever they stand,
    also in the middle of a picture.
    """
    for second in (0x04, 0x05, 0x14):
        dots = dots.replace(bytes((0x10, second)), bytes((0x18, second)))
    return dots


def bars(data: str) -> bytes:
    """The commands of a Code 128 of printable ASCII in the middle, 70 dots high, without its text.

    `ESC a 1`, `GS h`, `GS w`, `GS H`, `GS k 73`, `ESC a 0`, made here: the library prints a remark
    to standard output with each one.
    """
    code = b"{B" + data.replace("{", "{{").encode("ascii")
    drawn = b"\x1dh\x46\x1dw\x02\x1dH\x00\x1dk\x49" + bytes((len(code),)) + code
    return b"\x1ba\x01" + drawn + b"\x1ba\x00"


class _Writer:
    """Bytes of one receipt, in order."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._commands = _library()()
        page = b"\x1bt" + bytes((profile.code_page,))
        self._written: list[bytes] = [START + WORLD + page]
        self._style: tuple[Size, bool, bool] | None = None

    def fold(self, text: str) -> str:
        """`text` with stand-ins for the signs that the code page lacks."""
        if text.isascii():
            return text
        return "".join(mark if self._holds(mark) else STAND_INS.get(mark, mark) for mark in text)

    def line(self, line: Line) -> None:
        text = self._bytes(line.text.rstrip())
        if text is None:
            self._picture(line_picture(line, self._profile.dots))
            return
        self._set(line.size, line.wide, line.bold)
        self._written.append(text + b"\n")

    def across(self, laid: Across) -> None:
        self._set(Size.NORMAL, False, False)
        self._written.append((b"=" if laid.double else b"-") * laid.columns + b"\n")

    def mark(self, mark: Mark) -> None:
        if mark.qr:
            self._qr(mark.data)
        else:
            self._barcode(mark.data)

    def finished(self) -> bytes:
        """All of it, fed past the knife and cut."""
        profile = self._profile
        self._set(Size.NORMAL, False, False)
        self._take(self._commands.print_and_feed, profile.feed_before_cut)
        if profile.cut != "none":
            self._written.append(b"\x1dV" + (b"\x01" if profile.cut == "part" else b"\x00"))
        return b"".join(self._written)

    def _take(self, command: Any, *args: Any, **options: Any) -> None:
        """What a command of the library gives, added to what is written."""
        command(*args, **options)
        self._written.append(self._commands.output)
        self._commands.clear()

    def _set(self, size: Size, wide: bool, bold: bool) -> None:
        if (size, wide, bold) == self._style:
            return
        self._style = (size, wide, bold)
        large = size is Size.LARGE
        self._take(
            self._commands.set,
            font="b" if size is Size.SMALL and self._profile.small_columns else "a",
            bold=bold,
            double_height=large,
            double_width=large and wide,
            normal_textsize=not large,
        )

    def _holds(self, mark: str) -> bool:
        return _byte_of(mark, self._profile.codec) is not None

    def _bytes(self, text: str) -> bytes | None:
        """`text` in the code page, None where it does not hold all of it."""
        if text.isascii() and text.isprintable():
            return text.encode("ascii")
        found = [_byte_of(mark, self._profile.codec) for mark in text]
        if any(byte is None for byte in found):
            return None
        return b"".join(byte for byte in found if byte is not None)

    def _picture(self, picture: Image.Image) -> None:
        """`GS v 0`, made here: the library prints a remark to standard output with each picture."""
        for top in range(0, picture.height, RASTER_ROWS):
            part = picture.crop((0, top, picture.width, min(top + RASTER_ROWS, picture.height)))
            across, rows = (part.width + 7) // 8, part.height
            size = across.to_bytes(2, "little") + rows.to_bytes(2, "little")
            black = part.tobytes().translate(INVERTED)  # white is 1 to Pillow, black to printers
            self._written.append(b"\x1dv0\x00" + size + harmless(black))

    def _qr(self, data: str) -> None:
        if not self._profile.native_qr:
            self._picture(qr_picture(data, self._profile.dots))
            return
        scale = qr_scale(len(qr_modules(data)), self._profile.dots)
        self._take(self._commands.set, align="center")
        self._take(self._commands.qr, data, ec=1, size=scale, native=True)
        self._written.append(b"\n")
        self._take(self._commands.set, align="left")

    def _barcode(self, data: str) -> None:
        if not self._profile.native_barcode:
            picture = barcode_picture(data, self._profile.dots)
            if picture is not None:
                self._picture(picture)
        elif data.isascii() and (11 * len(data) + 57) * 2 <= self._profile.dots:
            self._written.append(bars(data))
        self.line(as_line(self.fold(data), self._profile.columns))


@cache
def _byte_of(mark: str, codec: str) -> bytes | None:
    """The one byte that prints `mark`, None where the page has none that is no command."""
    from unicodedata import bidirectional

    if bidirectional(mark) in {"R", "AL", "AN"}:  # a printer does not order them
        return None
    try:
        byte = mark.encode(codec)
    except UnicodeEncodeError:
        return None
    return byte if len(byte) == 1 and byte[0] >= 0x20 and byte[0] != 0x7F else None
