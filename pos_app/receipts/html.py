"""A receipt as one HTML page: for a mail, a browser, a print from there. Everything is inside it.

No script, no link, nothing loaded: its own policy forbids all three. Text from data is escaped and
stands in cells of a fixed direction, so no name can change what stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

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
from pos_app.receipts.layout import CODE_MAX, clean, direction
from pos_app.receipts.raster import barcode_bars, qr_modules
from pos_app.words import is_rtl

STYLE: Final = """
:root { color-scheme: light; }
body { margin: 0; background: #f3f3ef; color: #17191d; font: 15px/1.4 Inter, "Noto Sans", \
"Noto Sans Arabic", "Noto Sans Hebrew", system-ui, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 26rem; margin: 1rem auto; padding: 1.5rem; background: #fff; }
main.wide { max-width: 46rem; }
p { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.centre { text-align: center; } .end { text-align: end; }
.bold { font-weight: 700; } .large { font-size: 1.5em; } .small { font-size: .85em; }
table { width: 100%; border-collapse: collapse; }
td, th { padding: 0; vertical-align: bottom; font-weight: inherit; text-align: start; \
overflow-wrap: anywhere; white-space: pre-wrap; }
td + td, th + th { text-align: end; white-space: nowrap; padding-inline-start: .8em; }
hr { border: 0; border-top: 1px solid #85867e; margin: .5em 0; }
hr.double { border-top: 3px double #85867e; }
svg { display: block; margin: .6em auto; max-width: 70%; }
@media print { body { background: none; } main { margin: 0; padding: 0; max-width: none; } }
""".strip()
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
WIDE_CELLS: Final = 5
"""A table of so many columns makes the page a wide one: it is an invoice."""


def as_html(receipt: Receipt) -> str:
    """The page; the same document gives the same text."""
    rtl = is_rtl(receipt.locale)
    wide = any(isinstance(one, Row) and len(one.cells) >= WIDE_CELLS for one in receipt.blocks)
    body = "\n".join(_body(receipt.blocks))
    language = escape(plain(receipt.locale, 20).replace("_", "-") or "en", quote=True)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" dir="{"rtl" if rtl else "ltr"}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_said(receipt.title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n"
        f"<body>\n<main{' class=wide' if wide else ''}>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _said(text: str) -> str:
    return escape(clean(text), quote=True)


def _cell(text: str) -> str:
    """A text that keeps its own direction and lends it to nobody."""
    said = _said(text)
    return f'<bdi dir="{direction(text)}">{said}</bdi>' if said else ""


def _body(blocks: Sequence[Block]) -> Iterator[str]:
    for kind, run in groupby(blocks, _table_kind):
        if kind is Row:
            yield _table([block for block in run if isinstance(block, Row)])
        elif kind is Pair:
            yield _pairs([block for block in run if isinstance(block, Pair)])
        else:
            yield from (_block(block) for block in run)


def _table_kind(block: Block) -> type[Block] | None:
    return type(block) if isinstance(block, Row | Pair) else None


def _table(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        tag = "th" if row.bold else "td"
        cells = "".join(f"<{tag}>{_cell(cell)}</{tag}>" for cell in row.cells)
        lines.append(f"<tr{_classes(Align.START, row.bold, Size.NORMAL)}>{cells}</tr>")
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _pairs(pairs: Sequence[Pair]) -> str:
    lines = [
        f"<tr{_classes(Align.START, pair.bold, pair.size)}>"
        f"<td>{_cell(pair.left)}</td><td>{_cell(pair.right)}</td></tr>"
        for pair in pairs
    ]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _classes(align: Align, bold: bool, size: Size) -> str:
    names = [str(align)] if align is not Align.START else []
    names += ["bold"] * bold
    names += [str(size)] if size is not Size.NORMAL else []
    return f' class="{" ".join(names)}"' if names else ""


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return f"<p{_classes(block.align, block.bold, block.size)}>{_cell(block.text)}</p>"
    if isinstance(block, Rule):
        return '<hr class="double">' if block.double else "<hr>"
    if isinstance(block, Blank):
        return "<p>&nbsp;</p>" * max(0, min(block.lines, 20))
    if isinstance(block, Qr):
        data = plain(block.data, CODE_MAX)
        return _qr(data) if data else ""
    if isinstance(block, Barcode):
        data = plain(block.data, CODE_MAX)
        return f'{_bars(data)}<p class="centre small">{_cell(data)}</p>' if data else ""
    return ""


def _qr(data: str) -> str:
    modules = qr_modules(data)
    side = len(modules) + 8
    path = "".join(
        f"M{x + 4} {y + 4}h1v1h-1z"
        for y, row in enumerate(modules)
        for x, on in enumerate(row)
        if on
    )
    return _svg(side, side, 180, 180, path, data)


def _bars(data: str) -> str:
    bars = barcode_bars(data)
    if bars is None:
        return ""
    path = "".join(f"M{x + 10} 0h1v1h-1z" for x, on in enumerate(bars) if on == "1")
    return _svg(len(bars) + 20, 1, 220, 44, path, data)


def _svg(across: int, down: int, width: int, height: int, path: str, said: str) -> str:
    return (
        f'<svg viewBox="0 0 {across} {down}" width="{width}" height="{height}" '
        f'preserveAspectRatio="none" shape-rendering="crispEdges" role="img" '
        f'aria-label="{_said(said)}"><path d="{path}"/></svg>'
    )
