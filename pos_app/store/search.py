"""Finding products by what a person types: codes, words begun, parts of words, typing errors.

The index holds no text and no scores. Its row numbers *are* the ranking: what this store sells
best has the lowest, so the first rows of a match are the best ones and reading may stop there.
Both sides, names and what is typed, pass through `fold`: after it there are only small letters
without accents, digits and spaces, so nothing a person types can be query syntax.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final
from unicodedata import combining, normalize

from sqlcipher3 import dbapi2

from pos_app.domain import barcode
from pos_app.domain.errors import Refused
from pos_app.domain.text import hidden
from pos_app.store import typos

UNSOLD: Final = 1 << 32
"""Row number of a product that never sold here: this plus its id. Below: its rank in `best`."""
NAME_MAX: Final = 300
TYPED_MAX: Final = 100
"""Characters that are looked at, of a name and of what is typed."""
WORDS_MAX: Final = 8
FEW: Final = 8
"""Fewer hits than this, and the inside of words is looked at as well."""
INFIX_MIN: Final = 3
_TRIGRAMS_MAX: Final = 3
"""So many of the rarest are asked for: each list is read from its beginning, the name decides."""

_WORDS_TABLE: Final = (
    "CREATE VIRTUAL TABLE words USING fts5(text, content='', detail=none, columnsize=0,"
    " prefix='1 2 3 4 5 6 7 8 9', tokenize='ascii')"
)
_PARTS_TABLE: Final = (
    "CREATE VIRTUAL TABLE parts USING fts5(text, content='', detail=none, columnsize=0,"
    " tokenize='trigram')"
)
_VOCABULARY_TABLE: Final = "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row)"
_TRIGRAMS_TABLE: Final = "CREATE VIRTUAL TABLE trigrams USING fts5vocab(parts, row)"
SEARCH_TABLES: Final = (_WORDS_TABLE, _PARTS_TABLE, _VOCABULARY_TABLE, _TRIGRAMS_TABLE)

_LETTERS: Final = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "\u0131": "i",
}
"""Letters that Unicode does not take apart, small."""
_APOSTROPHES: Final = frozenset("'\u2019\u2018\u02bc\u00b4`")


class _Folding(dict[int, str]):
    """Code point -> what becomes of it, worked out once for each that is met."""

    def __missing__(self, code: int) -> str:
        apart = normalize("NFKD", normalize("NFKD", chr(code)).casefold())
        self[code] = "".join(map(_plain, apart))
        return self[code]


def _plain(mark: str) -> str:
    if mark in _APOSTROPHES:
        return "'"
    if combining(mark):
        return ""
    if not mark.isalnum():
        return " "
    if "\u2e80" <= mark <= "\u9fff" or "\U00020000" <= mark <= "\U0003ffff":
        return f" {mark} "
    return _LETTERS.get(mark, mark)


_folding: Final = _Folding()


def fold(text: str) -> str:
    """`text` as it is indexed and looked for: small letters and digits, words by spaces.

    Accents and ligatures become plain letters, each CJK character is a word, and what an
    apostrophe divides is there divided and whole (d'Orange: "d orange dorange").
    """
    text = text[:NAME_MAX].translate(_folding)
    if "'" not in text:
        return text
    whole = [word.replace("'", "") for word in text.split() if "'" in word.strip("'")]
    return " ".join([text.replace("'", " "), *whole])


def words_of(typed: str) -> list[str]:
    """The words to look for, in the order typed, none twice."""
    folded = typed[:TYPED_MAX].translate(_folding).replace("'", " ")
    return list(dict.fromkeys(folded.split()))[:WORDS_MAX]


def find(connection: dbapi2.Connection, typed: str, limit: int) -> list[int]:
    """Ids of at most `limit` products, best match first; of equal matches what sells best here.

    Codes that are the text, then names with all words begun as typed (whole words first), codes
    that begin so; then, where those are few, names that hold the words anywhere; where there
    is nothing, names with a word one typing error away. Any text is answered, if only by nothing.
    """
    found = dict.fromkeys(_by_exact_code(connection, typed))
    words = words_of(typed)
    if words:
        _fill(found, _by_words(connection, words, limit), limit)
    _fill(found, _by_begun_code(connection, typed, limit - len(found)), limit)
    if words and len(found) < FEW:
        _fill(found, _by_parts(connection, words, limit - len(found)), limit)
    if words and not found:
        _fill(found, _by_likeness(connection, words, limit), limit)
    return list(found)[:limit]


def _fill(found: dict[int, None], more: Iterable[int], limit: int) -> None:
    for product in more:
        if len(found) >= limit:
            return
        found[product] = None


def _by_exact_code(connection: dbapi2.Connection, typed: str) -> list[int]:
    text = typed[: barcode.CODE_MAX + 1].strip()
    if hidden(text):
        return []
    keys: tuple[str, ...] = (text,)
    if text.isascii() and text.isdigit():
        try:
            keys = barcode.read(text).keys
        except Refused:
            return []
    found = []
    for key in keys:
        found += connection.execute(_BARCODE_IS, (key,)).fetchall()
    found += connection.execute(_SKU_IS, (text,)).fetchall()
    return [product for (product,) in found]


_BARCODE_IS: Final = "SELECT product_id FROM barcode WHERE code = ? LIMIT 20"
_SKU_IS: Final = "SELECT id FROM product WHERE sku = ?"
_BARCODE_BEGINS: Final = (
    "SELECT product_id FROM barcode WHERE code >= ? AND code < ? ORDER BY code LIMIT ?"
)
_SKU_BEGINS: Final = (
    "SELECT id FROM product WHERE sku >= ? AND sku < ? AND active ORDER BY sku LIMIT ?"
)
_AFTER_ALL: Final = "\U0010ffff"
_BEGUN_MIN: Final = 3
_BEGUN_MAX: Final = 20
_PADDING: Final = ("0", "00", "000000", "")
"""What stands before an EAN-13, a UPC-A, a GTIN-8 and any other code in the file."""


def _by_begun_code(connection: dbapi2.Connection, typed: str, limit: int) -> list[int]:
    text = typed[: barcode.CODE_MAX].strip()
    if len(text) < _BEGUN_MIN or " " in text or hidden(text):
        return []
    limit = min(limit, _BEGUN_MAX)
    found = connection.execute(_SKU_BEGINS, (text, text + _AFTER_ALL, limit)).fetchall()
    if text.isascii() and text.isdigit():
        for padding in _PADDING:
            begun = padding + text
            found += connection.execute(
                _BARCODE_BEGINS, (begun, begun + _AFTER_ALL, limit)
            ).fetchall()
    return [product for (product,) in found]


_MATCH_WORDS: Final = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?"
_MATCH_PARTS: Final = "SELECT rowid FROM parts WHERE parts MATCH ? ORDER BY rowid LIMIT ?"
_HOW_COMMON: Final = (
    "SELECT text, products FROM part WHERE text IN (SELECT value FROM json_each(?))"
)
_RANKED: Final = "SELECT rank, product_id FROM best WHERE rank IN (SELECT value FROM json_each(?))"
_NAMED: Final = "SELECT id, name, variant FROM product WHERE id IN (SELECT value FROM json_each(?))"


def _products(connection: dbapi2.Connection, rows: list[tuple[int]]) -> list[int]:
    """Ids of the products behind row numbers of the index, in their order."""
    ranks = [row for (row,) in rows if row < UNSOLD]
    ids: dict[int, int] = {}
    if ranks:
        ids = dict(connection.execute(_RANKED, (json.dumps(ranks),)).fetchall())
    found = (row - UNSOLD if row >= UNSOLD else ids.get(row) for (row,) in rows)
    return [product for product in found if product is not None]


def _by_words(connection: dbapi2.Connection, words: list[str], limit: int) -> list[int]:
    begun = " ".join(f'"{word}"*' for word in words)
    rows: dict[tuple[int], None] = {}
    if len(words[-1]) >= INFIX_MIN:
        whole = " ".join(f'"{word}"' for word in words)
        rows = dict.fromkeys(connection.execute(_MATCH_WORDS, (whole, limit)).fetchall())
    if len(rows) < limit:
        rows |= dict.fromkeys(connection.execute(_MATCH_WORDS, (begun, limit)).fetchall())
    return _products(connection, list(rows)[:limit])


def _by_parts(connection: dbapi2.Connection, words: list[str], limit: int) -> list[int]:
    trigrams = dict.fromkeys(
        word[start : start + INFIX_MIN]
        for word in words
        for start in range(len(word) - INFIX_MIN + 1)
    )
    if not trigrams:
        return []
    counts: dict[str, int] = dict(
        connection.execute(_HOW_COMMON, (json.dumps(list(trigrams)),)).fetchall()
    )
    rarest = sorted(trigrams, key=lambda part: counts.get(part, 0))[:_TRIGRAMS_MAX]
    match = " ".join(f'"{part}"' for part in rarest)
    rows = connection.execute(_MATCH_PARTS, (match, limit * 2)).fetchall()
    ids = _products(connection, rows)
    names = {
        product: fold(indexed_text(name, variant))
        for product, name, variant in connection.execute(_NAMED, (json.dumps(ids),))
    }
    # The parts may stand apart or in another order: the name itself decides.
    return [product for product in ids if _holds(names.get(product, ""), words)]


def _holds(name: str, words: list[str]) -> bool:
    """True where the name has each word, a short one at a word's beginning."""
    begun = f" {name}"
    return all((word if len(word) >= INFIX_MIN else f" {word}") in begun for word in words)


def _by_likeness(connection: dbapi2.Connection, words: list[str], limit: int) -> list[int]:
    changed = False
    choices = []
    for word in words:
        alike = typos.neighbours(connection, word)
        changed = changed or bool(alike)
        choices.append("(" + " OR ".join(f'"{each}"*' for each in (word, *alike)) + ")")
    if not changed:
        return []
    rows = connection.execute(_MATCH_WORDS, (" AND ".join(choices), limit)).fetchall()
    return _products(connection, rows)


# The writing side, used by the sync process alone.


def indexed_text(name: str, variant: str) -> str:
    """What of a product is searched, before `fold`."""
    return f"{name} {variant}" if variant else name


_TABLES: Final = ("words", "parts")


def add(connection: dbapi2.Connection, row: int, text: str) -> None:
    """Puts a product's `indexed_text` into the index under a row number."""
    folded = fold(text)
    for table in _TABLES:
        connection.execute(_INSERT[table], (row, folded))
    typos.learn(connection, folded.split())


def remove(connection: dbapi2.Connection, row: int, text: str) -> None:
    """Takes it out again; `text` has to be what was added."""
    folded = fold(text)
    for table in _TABLES:
        connection.execute(_DELETE[table], (row, folded))


_INSERT: Final = {name: f"INSERT INTO {name}(rowid, text) VALUES(?, ?)" for name in _TABLES}
_DELETE: Final = {
    name: f"INSERT INTO {name}({name}, rowid, text) VALUES('delete', ?, ?)" for name in _TABLES
}
_SOLD: Final = (
    "SELECT rank, name, variant FROM best JOIN product ON id = product_id WHERE active"
    " ORDER BY rank"
)
_OTHERS: Final = (
    f"SELECT id + {UNSOLD}, name, variant FROM product"  # noqa: S608 - a constant above
    " WHERE active AND id NOT IN (SELECT product_id FROM best) ORDER BY id"
)
_AT_ONCE: Final = 5_000


def rebuild(connection: dbapi2.Connection) -> None:
    """The whole index anew from `product` and `best`, inside the caller's transaction.

    Some seconds of the sync process for each million products, typing errors included. In the
    order of row numbers: the index writes a page anew whenever they go back.
    """
    for name in _TABLES:
        connection.execute(f"INSERT INTO {name}({name}) VALUES('delete-all')")
    for texts in (_SOLD, _OTHERS):
        rows = connection.execute(texts)
        while some := rows.fetchmany(_AT_ONCE):
            folded = [(place, fold(indexed_text(name, more))) for place, name, more in some]
            for name in _TABLES:
                connection.executemany(_INSERT[name], folded)
    optimize(connection)
    connection.execute("DELETE FROM part")
    connection.execute("INSERT INTO part(text, products) SELECT term, doc FROM trigrams")
    typos.build(connection)


def optimize(connection: dbapi2.Connection, *names: str) -> None:
    """Joins what many small changes left behind in the index."""
    for name in names or _TABLES:
        connection.execute(f"INSERT INTO {name}({name}) VALUES('optimize')")


def place_of(connection: dbapi2.Connection, product: int) -> int:
    """The row number of a product in the index."""
    found: tuple[Any, ...] | None = connection.execute(
        "SELECT rank FROM best WHERE product_id = ?", (product,)
    ).fetchone()
    return int(found[0]) if found else UNSOLD + product
