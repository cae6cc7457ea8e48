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
import zlib
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self, cast

from pos_app.domain.errors import PosError, Refused, Unavailable
from sync.hub.catalogue_columns import known_headers, places_of
from sync.hub.catalogue_rows import CatalogueRow, Options, RowError, RowReader

LINE_MAX: Final = 1 << 20
"""Bytes of one line: more is no table."""
RECORD_LINES_MAX: Final = 60
"""Lines one quoted cell may run over: more is a quote that was never closed."""
SAMPLE: Final = 200
_CHUNK: Final = 1 << 20
_DELIMITERS: Final = ",;\t|"
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_PACKED: Final = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open))
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\s*\Z", re.IGNORECASE)
_DAMAGED: Final = re.compile("[\ud800-\udfff]")
_NAMED: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_NOT_TEXT: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"SQLite format 3")
_READING: Final = (OSError, EOFError, lzma.LZMAError, zlib.error, UnicodeError, LookupError)
"""What the standard library raises for a file that is away, damaged, or not as it was told."""


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
    "catalogue_line_too_long" | "catalogue_encoding_unknown" | "catalogue_delimiter_unknown") and
    what `places_of` raises, and Unavailable("catalogue_unreadable") where the file cannot be opened.
    """

    def __init__(self, path: Path, options: Options) -> None:
        self.options = options
        self.path = path
        self._raw: BinaryIO | None = None
        try:
            guessed = _examine(path, options.encoding)
            self.encoding = options.encoding or guessed
            self._raw = path.open("rb")
            self.size = path.stat().st_size
            self._records = _Records(_decoded(_unpacked(self._raw), self.encoding))
            self.delimiter, self.headers = self._header()
            self._places = places_of(self.headers, options.columns)
        except _READING as cause:
            self.close()
            raise _worded(path, cause) from cause
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
        reader = RowReader(self.headers, self._places, self.options)
        records = self._records.read(self.delimiter)
        try:
            first = list(islice(records, SAMPLE))
            reader.learn(cells for _, cells in first if cells is not None)
            for row_no, cells in chain(first, records):
                yield from reader.read(row_no, cells)
        except _READING as cause:
            raise _worded(self.path, cause) from cause

    def _header(self) -> tuple[str, list[str]]:
        """The delimiter and the header's names; the header is the first line that is not blank."""
        line = self._records.first_line()
        told = _SEPARATOR_LINE.match(line)
        if told:
            line = self._records.first_line(skip=True)
        if not line:
            raise Refused("catalogue_empty", file=self.path.name)
        asked = _NAMED.get(self.options.delimiter.casefold(), self.options.delimiter)
        if len(asked) > 1 or asked in {'"', "\r", "\n", " "}:
            raise Refused("catalogue_delimiter_unknown", delimiter=self.options.delimiter)
        given = set(self.options.columns.values())

        def fits(delimiter: str) -> tuple[int, int]:
            names = _split(line, delimiter)
            return known_headers(names) + sum(name in given for name in names), len(names)

        delimiter = asked or (told.group(1) if told else max(_DELIMITERS, key=fits))
        return delimiter, [name.strip() for name in self._records.header(delimiter)]


class _Records:
    """Records out of lines, with the row's number; a broken one is None and harms no other.

    A quote that is never closed would swallow the rest of the file. So a record that runs over
    too many lines, or ends with its quotes uneven, is given up, and reading goes on with the
    line after its first.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._source = lines
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._row_no = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= RECORD_LINES_MAX:
            raise csv.Error("a record over too many lines")
        line = self._back.popleft() if self._back else next(self._source)
        self._taken.append(line)
        return line

    def first_line(self, *, skip: bool = False) -> str:
        """The next line that is not blank, still to be read; "" at the end of the file."""
        if skip and self._back:
            self._back.popleft()
            self._row_no += 1
        for line in self._source if not self._back else ():
            if line.strip():
                self._back.append(line)
                break
            self._row_no += 1
        return self._back[0] if self._back else ""

    def header(self, delimiter: str) -> list[str]:
        """The cells of the next record; raises Refused("catalogue_columns_missing")."""
        for _, cells in self.read(delimiter):
            if cells is None:
                break
            return cells
        raise Refused("catalogue_columns_missing", missing="name", found="")

    def read(self, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
        """The records that are left; blank ones are counted and left out."""
        taken = self._taken
        reader = csv.reader(self, delimiter=delimiter)
        while True:
            taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = None
            if cells is None or (len(taken) > 1 and "".join(taken).count('"') % 2):
                cells = None
                self._back.extendleft(reversed(taken[1:]))
            self._row_no += 1
            if cells is None or cells:
                yield self._row_no, cells


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    except (csv.Error, StopIteration):
        return []


def _unpacked(raw: BinaryIO) -> BinaryIO:
    head = cast("io.BufferedReader", raw).peek(8)
    for magic, opened in _PACKED:
        if head.startswith(magic):
            return cast("BinaryIO", opened(raw))
    return raw


def _decoded(raw: BinaryIO, encoding: str) -> Iterator[str]:
    """Lines with their ends; bytes that are no text become lone surrogates, for the row to say."""
    return iter(io.TextIOWrapper(raw, encoding, errors="surrogateescape", newline=""))


def _examine(path: Path, told: str) -> str:
    """The encoding of a file that was read to its end, once; `told` is the one a person gave.

    UTF-8 is recognised by being valid; where it is not quite, by having far more good sequences
    than bad bytes; anything else is taken as Windows' Western one (Latin-1 and a few more).
    """
    decoder = getincrementaldecoder("utf-8")(errors="surrogateescape")
    run = bad = good = 0
    with path.open("rb") as file:
        raw = _unpacked(file)
        chunk = raw.read(_CHUNK)
        if not chunk:
            raise Refused("catalogue_empty", file=path.name)
        wide = told.casefold().startswith(("utf-16", "utf-32", "utf16", "utf32"))
        known = "" if wide else next((name for bom, name in _BOMS if chunk.startswith(bom)), "")
        if not wide and known != "utf-16" and _binary(chunk):
            raise Refused("catalogue_not_text", file=path.name)
        while chunk:
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            run = run + len(chunk) if last < 0 else len(chunk) - last - 1
            if run > LINE_MAX:
                raise Refused("catalogue_line_too_long", file=path.name)
            if not (known or told):
                text = decoder.decode(chunk)
                good += len(chunk) - len(text)
                bad += len(_DAMAGED.findall(text)) if not _encodable(text) else 0
            chunk = raw.read(_CHUNK)
    if not (known or told):
        bad += len(decoder.decode(b"", final=True))
    return known or ("utf-8" if good >= 10 * bad else "cp1252")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _binary(chunk: bytes) -> bool:
    zeros = chunk.count(0)
    return chunk.startswith(_NOT_TEXT) or (zeros > 8 and zeros * 1_000 > len(chunk))


def _worded(path: Path, cause: Exception) -> PosError:
    if isinstance(cause, LookupError):
        return Refused("catalogue_encoding_unknown", encoding=str(cause))
    if isinstance(cause, OSError) and cause.errno is not None:
        return Unavailable("catalogue_unreadable", file=path.name, reason=cause.strerror or "")
    return Refused("catalogue_damaged", file=path.name)
