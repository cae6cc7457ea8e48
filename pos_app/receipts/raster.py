"""Lines as pictures: for what a printer's code page can't hold, and for a picture of it all.

Pillow draws, with raqm it shapes and orders Arabic and Hebrew. Fonts are bundled; where they have
no sign for a letter (Chinese, Japanese, Korean) a font of the system is tried.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import as_file, files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import bidirectional

from pos_app.domain.receipt import Align, Size
from pos_app.receipts.layout import Line, Piece, direction

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

LINE_DOTS = 30
"""Height of a normal line: what printers feed by default."""
MONO = "DejaVuSansMono.ttf"
MONO_BOLD = "DejaVuSansMono-Bold.ttf"
SANS = "DejaVuSans.ttf"
EM_PER_COLUMN = 1.66
"""Size of the mono font, in units of the column it must fill (its letters are 0.602 em wide)."""
SYSTEM_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/AppleSDGothicNeo.ttc",
    "C:/Windows/Fonts/msgothic.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/malgun.ttf",
)
"""Where systems keep the scripts that are too large to bundle."""


@cache
def _file(name: str) -> bytes | None:
    if Path(name).is_absolute() or ":" in name:
        path = Path(name)
        return path.read_bytes() if path.is_file() else None
    with as_file(files("resources").joinpath("printers", "fonts", name)) as path:
        return path.read_bytes()


@cache
def _font(name: str, size: int) -> FreeTypeFont | None:
    """The font at `size` dots, None where this system has none of that name."""
    from io import BytesIO

    from PIL import ImageFont

    data = _file(name)
    return None if data is None else ImageFont.truetype(BytesIO(data), size)


@cache
def letters_of(name: str) -> frozenset[int]:
    """The code points a font has signs for."""
    from io import BytesIO

    from fontTools.ttLib import TTFont

    data = _file(name)
    if data is None:
        return frozenset()
    with TTFont(BytesIO(data), lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap() or ())


@cache
def _font_for(mark: str, bold: bool) -> str:
    """The name of the font that draws `mark`; the last resort shows an empty box."""
    mono = MONO_BOLD if bold else MONO
    own = (SANS, mono) if bidirectional(mark) in {"R", "AL"} else (mono, SANS)
    for name in (*own, *SYSTEM_FONTS):
        if ord(mark) in letters_of(name):
            return name
    return SANS


def _runs(text: str, bold: bool) -> list[tuple[str, str]]:
    """(font, text) of the parts that one font each can draw; neutral signs stay with their word."""
    fonts: list[str] = []
    for mark in text:
        neutral = bidirectional(mark) in {"WS", "ON", "NSM", "CS", "BN"}
        if neutral and fonts and ord(mark) in letters_of(fonts[-1]):
            fonts.append(fonts[-1])
        else:
            fonts.append(_font_for(mark, bold))
    marked = zip(fonts, text, strict=True)
    return [
        (name, "".join(mark for _, mark in run))
        for name, run in groupby(marked, lambda pair: pair[0])
    ]


@cache
def shapes() -> bool:
    """Whether this system can order and join Arabic and Hebrew (raqm, which needs fribidi)."""
    from PIL import features

    return bool(features.check("raqm"))


def line_picture(line: Line, dots: int) -> Image.Image:
    """A line as black on white, `dots` wide, as high as a printer's own line of that size."""
    from PIL import Image
    from PIL.ImageDraw import Draw

    column = dots / line.columns
    tall = line.size is Size.LARGE
    drawn = LINE_DOTS * (2 if line.wide else 1)
    picture = Image.new("1", (dots, drawn), 1)
    pen = Draw(picture)
    pen.fontmode = "1"
    for piece in line.pieces:
        if piece.text:
            _draw(pen, piece, column, drawn, line.bold)
    if tall and not line.wide:
        picture = picture.resize((dots, LINE_DOTS * 2), Image.Resampling.NEAREST)
    return picture


def _draw(pen: ImageDraw, piece: Piece, column: float, height: int, bold: bool) -> None:
    room = piece.width * column
    runs = _runs(piece.text, bold)
    size = round(column * EM_PER_COLUMN)
    length = _length(runs, size)
    while length > room and size > 6:  # letters of other scripts may be wider than their column
        size = min(size - 1, int(size * room / length))
        length = _length(runs, size)
    space = max(0.0, room - length)
    at = (
        piece.at * column + {Align.START: 0, Align.CENTRE: space / 2, Align.END: space}[piece.align]
    )
    way = direction(piece.text)
    for name, text in reversed(runs) if way == "rtl" else runs:
        font = _font(name, size) or _font(SANS, size)
        pen.text(
            (round(at), height * 0.75),
            text,
            fill=0,
            font=font,
            anchor="ls",
            direction=way if shapes() else None,
        )
        at += font.getlength(text) if font else 0


def _length(runs: list[tuple[str, str]], size: int) -> float:
    total = 0.0
    for name, text in runs:
        font = _font(name, size) or _font(SANS, size)
        total += font.getlength(text) if font else 0
    return total


def across_picture(double: bool, dots: int) -> Image.Image:
    """A line over the whole width."""
    from PIL import Image
    from PIL.ImageDraw import Draw

    picture = Image.new("1", (dots, LINE_DOTS), 1)
    pen = Draw(picture)
    middle = LINE_DOTS // 2
    for y in (middle - 3, middle + 2) if double else (middle,):
        pen.line((0, y, dots, y), fill=0, width=2)
    return picture


def qr_scale(modules: int, dots: int) -> int:
    """Dots a module: at most 4 (half a millimetre), and with its quiet zone it stays on the paper."""
    return max(2, min(4, dots // (modules + 8)))


@lru_cache(maxsize=32)
def qr_modules(data: str, level: str = "m") -> list[list[int]]:
    """The modules of the QR code of `data`, 1 for dark, without a quiet zone.

    Level M is for paper, which gets creases; L is for a screen, in larger modules.
    """
    import segno

    code = segno.make(data, micro=False, error=level, boost_error=False)
    return [[int(bool(module)) for module in row] for row in code.matrix]


def qr_picture(data: str, dots: int) -> Image.Image:
    """The QR code of `data` in the middle of the paper's width, with its quiet zone."""
    from PIL import Image

    modules = qr_modules(data)
    scale = qr_scale(len(modules), dots)
    code = Image.new("1", (len(modules), len(modules)), 1)
    code.putdata([0 if dark else 255 for row in modules for dark in row])
    code = code.resize((len(modules) * scale,) * 2, Image.Resampling.NEAREST)
    return _middle(code, dots, 4 * scale)


@lru_cache(maxsize=32)
def barcode_bars(data: str) -> str | None:
    """The Code 128 of `data`, 1 for a bar and 0 for a gap; None where it can't be drawn."""
    try:
        from barcode.codex import Code128
    except ImportError:  # a hub has no printing
        return None
    return str(Code128(data).build()[0]) if data.isascii() and data.isprintable() else None


def barcode_picture(data: str, dots: int) -> Image.Image | None:
    """The Code 128 of `data` in the middle; None where it does not fit or can't be drawn."""
    from PIL import Image

    bars = barcode_bars(data)
    if bars is None:
        return None
    scale = min(3, dots // (len(bars) + 20))
    if scale < 1:
        return None
    code = Image.new("1", (len(bars), 1), 1)
    code.putdata([0 if bar == "1" else 255 for bar in bars])
    code = code.resize((len(bars) * scale, 70), Image.Resampling.NEAREST)
    return _middle(code, dots, 10)


def _middle(code: Image.Image, dots: int, above: int) -> Image.Image:
    from PIL import Image

    picture = Image.new("1", (dots, code.height + 2 * above), 1)
    picture.paste(code, ((dots - code.width) // 2, above))
    return picture
