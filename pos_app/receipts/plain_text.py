"""A receipt as plain text: for a file, a log, a screen with one width of letters."""

from __future__ import annotations

from dataclasses import replace

from pos_app.domain.receipt import Receipt
from pos_app.receipts.layout import Across, Line, lay_out

COLUMNS = 48


def as_text(receipt: Receipt, columns: int = COLUMNS) -> str:
    """The receipt as lines of at most `columns`, ended by a newline each.

    Sides are those of the paper; a code is written out as what it says.
    """
    written = []
    for laid in lay_out(receipt, columns):
        if isinstance(laid, Line):
            written.append(_in_one_width(laid).text.rstrip())
        elif isinstance(laid, Across):
            written.append(("=" if laid.double else "-") * columns)
        else:
            written.append(f"[{laid.data}]")
    return "".join(f"{line}\n" for line in written)


def _in_one_width(line: Line) -> Line:
    """A line of letters twice as wide, in its place among letters that are not."""
    if not line.wide:
        return line
    pieces = (replace(each, at=2 * each.at, width=2 * each.width) for each in line.pieces)
    return replace(line, pieces=tuple(pieces))
