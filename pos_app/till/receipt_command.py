"""`holdfast receipt NUMBER`: a document of a till's journal as text, PDF, HTML, picture or bytes.

For support and for tests. It reads, may run beside the window, and journals nothing; so all it
makes is marked COPY.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pos_app.domain.errors import Refused, Unavailable

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt

HELP: Final = "a document of a till as text, PDF, HTML, picture or printer bytes"
_SHIFT: Final = re.compile(r"[Zz] ?0*([0-9]{1,9})")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command `receipt`."""
    parser = subparsers.add_parser("receipt", help=HELP)
    parser.add_argument("number", metavar="NUMBER", help="as it is printed: 1-2-1.2035, or Z412")
    parser.add_argument(
        "--data", type=Path, default=None, metavar="DIR", help="the till's data directory"
    )
    parser.add_argument(
        "--format", choices=tuple(_FORMATS), default="text", help="text unless said otherwise"
    )
    parser.add_argument(
        "--out", type=Path, default=None, metavar="FILE", help="where to; standard output without"
    )
    parser.add_argument("--gift", action="store_true", help="of a sale: without prices")
    parser.add_argument("--a4", action="store_true", help="a PDF on A4 pages, as invoices are")
    parser.add_argument(
        "--profile", default="", metavar="NAME", help="the printer's; the till's own without"
    )
    parser.set_defaults(func=_run)


def _run(chosen: argparse.Namespace) -> int:
    from pos_app.settings import Settings, default_data_dir

    data = chosen.data or default_data_dir()
    receipt = _read(data, chosen.number, gift=chosen.gift)
    chosen.profile = chosen.profile or Settings.load(data).printer_profile
    _write(chosen.out, _FORMATS[chosen.format](receipt, chosen))
    return 0


def _read(data: Path, number: str, *, gift: bool) -> Receipt:
    from pos_app.receipts.build import mark_copy
    from pos_app.store.keys import Keys
    from pos_app.store.reader import LedgerView, ledger_file
    from pos_app.till import reference, showing

    path = ledger_file(data)
    keys = Keys.load(data)
    with closing(LedgerView(path, keys.db_key)) as ledger:
        shift = _SHIFT.fullmatch(number)
        fact_id = ledger.z_of(int(shift[1])) if shift else ledger.document_id(number)
        receipt = showing.document(ledger, keys, reference.read(ledger), fact_id, gift=gift)
    return mark_copy(receipt)


def _write(out: Path | None, data: bytes) -> None:
    if out is None:
        if sys.stdout.isatty() and b"\x1b" in data:
            raise Refused("receipt_needs_file")
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    half = out.with_name(out.name + ".half")
    try:
        half.write_bytes(data)
        half.replace(out)
    except OSError as cause:
        half.unlink(missing_ok=True)
        raise Unavailable("file_not_written", file=str(out)) from cause


def _text(receipt: Receipt, chosen: argparse.Namespace) -> bytes:
    from pos_app.receipts.plain_text import as_text
    from pos_app.receipts.profile import load_profile

    return as_text(receipt, load_profile(chosen.profile).columns).encode()


def _pdf(receipt: Receipt, chosen: argparse.Namespace) -> bytes:
    from pos_app.receipts.pdf import page_pdf, roll_pdf
    from pos_app.receipts.profile import load_profile

    if chosen.a4:
        return page_pdf(receipt)
    return roll_pdf(receipt, 58 if load_profile(chosen.profile).dots < 500 else 80)


def _html(receipt: Receipt, _chosen: argparse.Namespace) -> bytes:
    from pos_app.receipts.html import as_html

    return as_html(receipt).encode()


def _escpos(receipt: Receipt, chosen: argparse.Namespace) -> bytes:
    from pos_app.receipts.escpos import encode
    from pos_app.receipts.profile import load_profile

    return encode(receipt, load_profile(chosen.profile))


def _png(receipt: Receipt, chosen: argparse.Namespace) -> bytes:
    from pos_app.receipts.picture import as_png
    from pos_app.receipts.profile import load_profile

    return as_png(receipt, load_profile(chosen.profile))


_FORMATS: Final[dict[str, Callable[[Receipt, argparse.Namespace], bytes]]] = {
    "text": _text,
    "pdf": _pdf,
    "html": _html,
    "escpos": _escpos,
    "png": _png,
}
