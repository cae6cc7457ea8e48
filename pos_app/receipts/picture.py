"""A receipt as a PNG picture: for the screen, a mail, a printer that is a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.receipt import Align, Receipt, Size
from pos_app.receipts.layout import Across, Laid, Line, Piece, lay_out
from pos_app.receipts.profile import Profile
from pos_app.receipts.raster import (
    across_picture,
    barcode_picture,
    line_picture,
    qr_picture,
)

if TYPE_CHECKING:
    from PIL import Image

MARGIN = 24


def as_png(receipt: Receipt, profile: Profile) -> bytes:
    """The receipt as it stands on that printer's paper: a black and white PNG, one dot a pixel."""
    from io import BytesIO

    written = BytesIO()
    draw(receipt, profile).save(written, "PNG", optimize=True)
    return written.getvalue()


def draw(receipt: Receipt, profile: Profile) -> Image.Image:
    """The same as a Pillow picture."""
    from PIL import Image

    laid = lay_out(receipt, profile.columns, profile.small_columns)
    parts = [_part(one, profile) for one in laid]
    height = sum(part.height for part in parts) + 2 * MARGIN
    picture = Image.new("1", (profile.dots + 2 * MARGIN, height), 1)
    at = MARGIN
    for part in parts:
        picture.paste(part, (MARGIN, at))
        at += part.height
    return picture


def _part(laid: Laid, profile: Profile) -> Image.Image:
    if isinstance(laid, Line):
        return line_picture(laid, profile.dots)
    if isinstance(laid, Across):
        return across_picture(laid.double, profile.dots)
    if laid.qr:
        return qr_picture(laid.data, profile.dots)
    return barcode_picture(laid.data, profile.dots) or line_picture(
        as_line(laid.data, profile.columns), profile.dots
    )


def as_line(data: str, columns: int) -> Line:
    """A code that can't be drawn, written out."""
    piece = Piece(data, 0, columns, Align.CENTRE)
    return Line((piece,), columns, size=Size.NORMAL)
