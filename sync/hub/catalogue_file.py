"""Products out of a real file: any common encoding and delimiter, row by row, nothing guessed twice.

`CatalogueFile` looks at the whole file once (is it text, in which encoding, how separated), then
gives one `CatalogueRow` or `RowError` after the other; a bad row never stops the good ones. It
reads `.csv` and the same packed with gzip, bzip2 or xz, never holds more than a record at a time,
and decides nothing about the catalogue: the importer does.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple, Self, cast

from pos_app.domain.barcode import read as read_code
from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.domain.money import minor_digits
from pos_app.domain.text import hidden
from sync.hub import catalogue_values as values
from sync.hub.catalogue_columns import known_headers, places_of
from sync.hub.catalogue_values import Unreadable
from sync.protocol.messages import PriceRow, ProductRow

SKU_MAX: Final = 64
NAME_MAX: Final = 250
TEXT_MAX: Final = 120
CODES_MAX: Final = 50
LINE_MAX: Final = 1 << 20
"""Characters of one line: more is no table."""
RECORD_LINES_MAX: Final = 100
"""Lines one quoted cell may run over: more is a quote that was never closed."""
SAMPLE: Final = 200
SHOWN: Final = 80
_CHUNK: Final = 1 << 20
_DELIMITERS: Final = ",;\t|"
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_PACKED: Final = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open))
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\s*\Z", re.IGNORECASE)
_EXCEL_TEXT: Final = re.compile(r'="?(\d+)"?\Z', re.ASCII)
_ROUNDED: Final = re.compile(r"\d[.,]\d+E\+?\d+\Z", re.ASCII | re.IGNORECASE)
_CODE_GAPS: Final = re.compile(r"[\s,;|]+")
_VALID: Final = re.compile(r"[^\x00-\x7f\ud800-\udfff]")
_DAMAGED: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read; what is left empty is found out."""

    currency: str = "EUR"
    price_list: str = "retail"
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field -> the header it stands under (`--map name=Bezeichnung`)."""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    """The decimal mark of prices, "." or ","."""
    tax_code: str = "standard"
    """For rows that say none."""
    tax_codes: Mapping[str, str] = field(default_factory=dict)
    """What the file says -> the store's code: {"20 %": "standard"}."""


class CatalogueRow(NamedTuple):
    """One product of the file, as the feed will carry it."""

    product: ProductRow
    price: PriceRow | None
    """None where the file states none."""
    stock: int | None
    """On hand, thousandths; None where the file states none."""


class RowError(NamedTuple):
    """What is wrong in one row; `code` has words in the product."""

    row_no: int
    """As a spreadsheet counts: the header is row 1."""
    column: str
    code: str
    value: str
    left_out: bool = True
    """False where the row was taken all the same, without the value."""


def read_catalogue(
    path: Path, options: Options | None = None
) -> Iterator[tuple[int, CatalogueRow | RowError]]:
    """Every row of a product file, good or bad, with its number.

    Raises what `CatalogueFile` raises, before the first row.
    """
    with CatalogueFile(path, options or Options()) as file:
        yield from file.rows()


class CatalogueFile:
    """An open product file that was looked through and can be read.

    Raises Refused("catalogue_empty" | "catalogue_not_text" | "catalogue_damaged" |
    "catalogue_line_too_long" | "catalogue_encoding_unknown") and what `places_of` raises, and
    Unavailable("catalogue_unreadable") where the file cannot be opened.
    """

    def __init__(self, path: Path, options: Options) -> None:
        self.options = options
        self.path = path
        self._raw: BinaryIO | None = None
        try:
            self.encoding = options.encoding or _encoding_of(path)
            self._raw = path.open("rb")
            self.size = path.stat().st_size
            self._text = _decoded(_unpacked(self._raw), self.encoding)
            self._records = _Records(self._text)
            self.delimiter, self.headers = self._header()
        except OSError as cause:
            self.close()
            raise _file_error(path, cause) from cause
        except (EOFError, lzma.LZMAError, UnicodeError, LookupError) as cause:
            self.close()
            raise _content_error(path, cause) from cause
        except PosError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._raw is not None:
            self._raw.close()

    @property
    def done(self) -> int:
        """Bytes of `size` read so far, for a progress bar."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.size

    @property
    def columns(self) -> dict[str, str]:
        """Field -> the headers it is read from, for people."""
        return {
            name: ", ".join(self.headers[place] for place in places)
            for name, places in self._places.items()
        }

    def rows(self) -> Iterator[tuple[int, CatalogueRow | RowError]]:
        """Each row once; a second call goes on where the first stopped.

        Raises Refused("catalogue_damaged") for a packed file that ends too early.
        """
        reader = _RowReader(self.headers, self._places, self.options)
        records = self._records.read(self.delimiter)
        try:
            head = list(islice(records, SAMPLE))
            reader.learn(cells for _, cells in head if cells is not None)
            for row_no, cells in (*head, *()):
                yield from reader.read(row_no, cells)
            for row_no, cells in records:
                yield from reader.read(row_no, cells)
        except (OSError, EOFError, lzma.LZMAError, UnicodeError) as cause:
            raise _content_error(self.path, cause) from cause

    def _header(self) -> tuple[str, list[str]]:
        """The delimiter and the header; the first record that is not blank."""
        lines = self._records.peek()
        told = _SEPARATOR_LINE.match(lines[0]) if lines else None
        if told:
            self._records.skip()
            lines = self._records.peek()
        if not lines:
            raise Refused("catalogue_empty", file=self.path.name)
        chosen = self.options.delimiter or (told.group(1) if told else "")
        given = {header.strip() for header in self.options.columns.values()}

        def fits(delimiter: str) -> tuple[int, int]:
            names = [name.strip() for name in next(csv.reader(lines, delimiter=delimiter))]
            return known_headers(names) + sum(name in given for name in names), len(names)

        delimiter = chosen or max(_DELIMITERS, key=fits)
        headers = self._records.header(delimiter)
        self._places = places_of(headers, self.options.columns)
        return delimiter, headers
