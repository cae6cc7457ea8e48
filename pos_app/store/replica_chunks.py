"""A first copy in pieces: which are here, and what to do with those that another snapshot replaced.

A piece's rows and "this piece is here" are one transaction, and the cursor of the stream is set in
the transaction of the last one: wherever it is broken off, the file says what is still missing.
While a file is built its rows are only appended, so a piece is found again by the numbers its rows
were given; a snapshot that took another's place sweeps exactly those that are not in it.

Later, in use, the list says which pieces are still as they came: a row that the feed changed takes
its piece off it. What is left on it need not be fetched again for the next file.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import Refused
from pos_app.store import catalogue
from pos_app.store.feed_rows import Applied, apply_rows
from sync.protocol.messages import FeedRow, PriceRow, ProductRow
from sync.protocol.snapshots import Snapshot, SnapshotChunk

MISSING, DONE, AT_HAND = 0, 1, 2
KEPT_KINDS: Final = ("price", "product")
"""Kinds whose pieces may be taken over from the file in use."""
_BY_NUMBER: Final[dict[str, tuple[str, ...]]] = {
    "product": ("product", "barcode_in"),
    "price": ("price_in",),
    "stock": ("stock_in",),
    "stock_elsewhere": ("stock_in",),
}
"""Kind -> the tables its rows are appended to; other kinds are small, and swept as a whole."""

_TABLES_OF: Final = {
    "reflected": "reflected",
    "sale_ref": "sale_ref",
    "order": "order_part",
    "customer": "customer",
}
"""Kind of such rows -> the table that is theirs alone."""

_SNAPSHOT_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS snapshot(stream TEXT NOT NULL PRIMARY KEY, feed TEXT NOT NULL,"
    " pos INTEGER NOT NULL, made TEXT NOT NULL) WITHOUT ROWID"
)
_CHUNK_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS chunk(stream TEXT NOT NULL, n INTEGER NOT NULL,"
    " kind TEXT NOT NULL, after TEXT NOT NULL, upto TEXT NOT NULL, rows INTEGER NOT NULL,"
    " sha TEXT NOT NULL, state INTEGER NOT NULL, changed INTEGER NOT NULL, ids TEXT NOT NULL,"
    " PRIMARY KEY (stream, n)) WITHOUT ROWID"
)
_COPYING: Final = (
    "SELECT snapshot.stream, snapshot.feed, snapshot.pos, n, sha, state FROM snapshot"
    " LEFT JOIN chunk ON chunk.stream = snapshot.stream AND state <> 1"
    " WHERE snapshot.stream NOT IN (SELECT stream FROM cursor) ORDER BY snapshot.stream, n"
)
_LIST: Final = "SELECT n, kind, after, upto, rows, sha, state, ids FROM chunk WHERE stream = ?"
_ADD: Final = (
    "INSERT INTO chunk(stream, n, kind, after, upto, rows, sha, state, changed, ids)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, ?)"
)
_ONE: Final = "SELECT kind, rows, sha, state FROM chunk WHERE stream = ? AND n = ?"
_DONE: Final = "UPDATE chunk SET state = 1, ids = ? WHERE stream = ? AND n = ?"
_NOT_AT_HAND: Final = "UPDATE chunk SET state = 0 WHERE stream = ? AND n = ?"
_AS_THEY_CAME: Final = (
    "SELECT kind, after, upto, rows, sha FROM chunk WHERE state = 1 AND changed = 0"
)
_RANGES: Final = "SELECT n, upto FROM chunk WHERE stream = ? AND kind = ? ORDER BY n"
_CHANGED: Final = "UPDATE chunk SET changed = 1 WHERE stream = ? AND n = ?"
_PRODUCTS: Final = (
    "SELECT sku, name, variant, style, department, unit, tax_code, age_limit, icon, active,"
    " barcodes FROM product WHERE sku > ?1 AND (?2 = '' OR sku <= ?2) ORDER BY sku"
)
_PRICES: Final = (
    "SELECT sku, price_list, currency, prices FROM price"
    " WHERE sku > ?1 AND (?2 = '' OR sku <= ?2) ORDER BY sku, price_list, currency"
)
_prices = msgspec.json.Decoder(tuple[tuple[str, str, int, int], ...])


class Range(NamedTuple):
    """What makes a piece the same as another, wherever it comes from."""

    kind: str
    after: str
    upto: str
    rows: int
    sha: str


Copying = dict[str, tuple[str, int, list[tuple[int, str, bool]]]]
"""Stream -> feed, position, and the pieces that are not here yet: number, hash, whether the file in
use has it. Nothing of it counts before the last of them."""


def has_chunks(connection: dbapi2.Connection) -> bool:
    """Whether a file ever took a snapshot."""
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'chunk'"
    ).fetchone()
    return found is not None


def copying(connection: dbapi2.Connection) -> Copying:
    """The streams of which a snapshot is being fetched."""
    found: Copying = {}
    for stream, feed, pos, n, sha, state in connection.execute(_COPYING):
        _, _, missing = found.setdefault(stream, (feed, pos, []))
        if n is not None:
            missing.append((n, sha, state == AT_HAND))
    return found


def as_they_came(connection: dbapi2.Connection) -> set[Range]:
    """The pieces of goods and prices in a file in use that no row of the feed changed since."""
    return {Range(*row) for row in connection.execute(_AS_THEY_CAME) if row[0] in KEPT_KINDS}


def rows_of(connection: dbapi2.Connection, wanted: Range) -> list[Any]:
    """The rows of a piece out of a file in use."""
    found: list[Any] = []
    if wanted.kind == "product":
        for row in connection.execute(_PRODUCTS, (wanted.after, wanted.upto)):
            codes = tuple(row[10].split("\n")) if row[10] else ()
            values: list[Any] = [*row[:9], bool(row[9]), codes]
            found.append(ProductRow(*values))
    else:
        for sku, price_list, currency, body in connection.execute(
            _PRICES, (wanted.after, wanted.upto)
        ):
            found.append(PriceRow(sku, price_list, currency, _prices.decode(body)))
    return found


def begin(connection: dbapi2.Connection, told: Snapshot, at_hand: set[Range]) -> None:
    """Takes a snapshot's list in the place of the one before, inside the caller's transaction.

    What is here of both stays; what is only of the one before is swept.
    """
    for statement in (_SNAPSHOT_TABLE, _CHUNK_TABLE):
        connection.execute(statement)
    wanted = {(chunk.kind, chunk.sha256) for chunk in told.chunks}
    held: dict[tuple[str, str], str] = {}
    gone: set[str] = set()
    for _n, kind, _after, _upto, _rows, sha, state, ids in connection.execute(
        _LIST, (told.stream,)
    ).fetchall():
        if state != DONE:
            continue
        if (kind, sha) in wanted:
            held[kind, sha] = ids
        elif kind in _BY_NUMBER:
            _sweep(connection, ids)
        else:
            gone.add(kind)
    for kind in gone:
        _sweep_kind(connection, told.stream, kind)
    connection.execute("DELETE FROM chunk WHERE stream = ?", (told.stream,))
    for n, chunk in enumerate(told.chunks):
        kept = None if chunk.kind in gone else held.pop((chunk.kind, chunk.sha256), None)
        near = _range(chunk) in at_hand
        state = DONE if kept is not None else AT_HAND if near else MISSING
        values = (chunk.kind, chunk.after, chunk.upto, chunk.rows, chunk.sha256)
        connection.execute(_ADD, (told.stream, n, *values, state, kept or ""))
    connection.execute(
        "INSERT OR REPLACE INTO snapshot(stream, feed, pos, made) VALUES(?, ?, ?, ?)",
        (told.stream, told.feed, told.pos, told.made),
    )
    _end_if_whole(connection, told.stream)


def _range(chunk: SnapshotChunk) -> Range:
    return Range(chunk.kind, chunk.after, chunk.upto, chunk.rows, chunk.sha256)


def range_of(connection: dbapi2.Connection, stream: str, n: int) -> Range | None:
    """What piece `n` of a stream is, where the file in use has it."""
    for row in connection.execute(f"{_LIST} AND n = ? AND state = 2", (stream, n)):
        return Range(*row[1:6])
    return None


def not_at_hand(connection: dbapi2.Connection, stream: str, n: int) -> None:
    """The file in use does not have it after all: it is fetched."""
    connection.execute(_NOT_AT_HAND, (stream, n))


def put(
    connection: dbapi2.Connection, stream: str, n: int, sha: str, lines: list[bytes]
) -> Applied | None:
    """A piece with "it is here", in the caller's transaction; None where nobody waits for it.

    Raises Refused("snapshot_corrupt") for rows that are not what the list says of them.
    """
    found = connection.execute(_ONE, (stream, n)).fetchone()
    if found is None or found[2] != sha or found[3] == DONE:
        return None
    kind, rows = found[0], found[1]
    (pos,) = connection.execute("SELECT pos FROM snapshot WHERE stream = ?", (stream,)).fetchone()
    before = _last_numbers(connection, kind)
    applied = Applied()
    try:
        for line in lines:
            row = FeedRow(pos, kind, msgspec.Raw(line))
            apply_rows(connection, stream, row, applied, building=True)
    except (msgspec.DecodeError, UnicodeError) as cause:
        raise Refused("snapshot_corrupt", stream=stream) from cause
    if applied.rows != rows and kind not in applied.passed_over:
        raise Refused("snapshot_corrupt", stream=stream)
    after = _last_numbers(connection, kind)
    ids = {name: (before[name] + 1, last) for name, last in after.items()}
    connection.execute(_DONE, (msgspec.json.encode(ids).decode(), stream, n))
    _end_if_whole(connection, stream)
    return applied


def _end_if_whole(connection: dbapi2.Connection, stream: str) -> None:
    """After the last piece the feed goes on behind the snapshot's position."""
    missing = connection.execute(
        "SELECT 1 FROM chunk WHERE stream = ? AND state <> 1 LIMIT 1", (stream,)
    ).fetchone()
    if missing is None:
        connection.execute(
            "INSERT OR REPLACE INTO cursor(stream, feed, pos)"
            " SELECT stream, feed, pos FROM snapshot WHERE stream = ?",
            (stream,),
        )
        connection.execute(
            "INSERT OR REPLACE INTO state(name, value)"
            " SELECT 'as_of', max(made, coalesce((SELECT value FROM state WHERE name = 'as_of'), ''))"
            " FROM snapshot WHERE stream = ?",
            (stream,),
        )


def _last_numbers(connection: dbapi2.Connection, kind: str) -> dict[str, int]:
    found = {}
    for name in _BY_NUMBER.get(kind, ()):
        (last,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {name}").fetchone()  # noqa: S608 - our own tables
        found[name] = int(last)
    return found


def _sweep(connection: dbapi2.Connection, ids: str) -> None:
    for name, (first, last) in msgspec.json.decode(ids, type=dict[str, tuple[int, int]]).items():
        connection.execute(f"DELETE FROM {name} WHERE id BETWEEN ? AND ?", (first, last))  # noqa: S608 - our own tables


def _sweep_kind(connection: dbapi2.Connection, stream: str, kind: str) -> None:
    connection.execute("DELETE FROM reference WHERE stream = ? AND kind = ?", (stream, kind))
    table = _TABLES_OF.get(kind)
    if table:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables


def mark(connection: dbapi2.Connection, stream: str, changed: Mapping[str, set[str]]) -> None:
    """Rows that the feed changed (kind -> keys): their pieces are not as they came any more."""
    for kind, keys in changed.items():
        ranges = connection.execute(_RANGES, (stream, kind)).fetchall()
        ends = [upto for _, upto in ranges if upto]
        places = {bisect_left(ends, key) for key in keys}
        connection.executemany(
            _CHANGED, [(stream, ranges[place][0]) for place in places if place < len(ranges)]
        )


class TakesChunks:
    """The part of a replica's writer that takes snapshots."""

    _connection: dbapi2.Connection
    _chunked: bool
    building: bool

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[dbapi2.Connection]:
        """All or nothing."""

    @abstractmethod
    def _note_passed_over(
        self, connection: dbapi2.Connection, stream: str, found: dict[str, tuple[int, int]]
    ) -> None:
        """Rows of kinds that nobody here knows: how many, up to which position."""

    def copying(self) -> Copying:
        """What is being fetched; only in a file that is built."""
        return copying(self._connection) if self._chunked and self.building else {}

    def keep_snapshot(self, told: Snapshot, in_use: TakesChunks | None) -> None:
        """A snapshot's list; pieces that `in_use` has unchanged are taken from there."""
        with self._transaction() as connection:
            if told.stream in catalogue.read_cursors(connection):
                return  # it was whole before this answer came
            begin(connection, told, set() if in_use is None else in_use.unchanged())
        self._chunked = True

    def put_chunk(self, stream: str, n: int, sha: str, lines: list[bytes]) -> Applied:
        """A piece that was fetched, checked by its hash; all of it or nothing.

        Raises Refused("snapshot_corrupt"), Unavailable as `apply` does.
        """
        with self._transaction() as connection:
            applied = put(connection, stream, n, sha, lines)
            if applied is not None:
                self._note_passed_over(connection, stream, applied.passed_over)
        return applied or Applied()

    def take_chunk(self, stream: str, n: int, in_use: TakesChunks | None) -> Applied:
        """The same, out of the file in use; where it has it no more it is left to be fetched."""
        wanted = range_of(self._connection, stream, n)
        if wanted is None:
            return Applied()
        rows = [] if in_use is None else in_use.unchanged_rows(wanted)
        if len(rows) != wanted.rows:
            with self._transaction() as connection:
                not_at_hand(connection, stream, n)
            return Applied()
        return self.put_chunk(stream, n, wanted.sha, [msgspec.json.encode(rows)])

    def unchanged(self) -> set[Range]:
        """The pieces of a file in use that are as they came."""
        return as_they_came(self._connection) if self._chunked and not self.building else set()

    def unchanged_rows(self, wanted: Range) -> list[Any]:
        """The rows of one of them; none where it is not as it came."""
        return rows_of(self._connection, wanted) if wanted in self.unchanged() else []
