"""Customers as the hub tells the tills of a store: found by what a person types, and forgotten.

The row of the highest version holds, in whatever order they come. The index holds no text: words
of name, address and card begun as typed, and phone numbers from both ends. Row numbers rise with
each change, so that who was seen lately comes first, and none is used twice: the index would lose
a row that takes the number of one that it was just told to forget. Who is to be forgotten leaves an id and
nothing else, also on the pages of the file: SQLCipher overwrites what is deleted, and the index is
told to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
from sqlcipher3 import dbapi2

from pos_app.store.search import TYPED_MAX, fold, words_of
from sync.protocol.customers import CARD, EMAIL, PHONE, CustomerRow

KIND: Final = "customer"
KEPT_DAYS: Final = 30
"""Without a word from the hub for so long a till forgets whom it knew: nobody may have told it of
those who are to be forgotten."""
PHONE_END_MIN: Final = 3
LOOKED_AT: Final = 200
"""So many of those that match are looked at; the best of them are shown."""

SEARCH_TABLES: Final = (
    (
        "CREATE VIRTUAL TABLE people USING fts5(text, content='', detail=none, columnsize=0,"
        " prefix='1 2 3 4 5 6 7 8 9', tokenize='ascii')"
    ),
    "INSERT INTO people(people, rank) VALUES('secure-delete', 1)",
)
_TABLE, _INTO = "customer WHERE", "INSERT INTO "
_ONE: Final = "SELECT id, version, body FROM customer WHERE customer = ?"
_GONE: Final = "SELECT merged_into, version FROM customer_gone WHERE customer = ?"
_TELL_GONE: Final = (
    "INSERT INTO customer_gone(customer, merged_into, version) VALUES(?, ?, ?)"
    " ON CONFLICT(customer) DO UPDATE SET merged_into = excluded.merged_into,"
    " version = excluded.version WHERE excluded.version >= customer_gone.version"
)
_BACK: Final = "DELETE FROM customer_gone WHERE customer = ?"
_DROP: Final = "DELETE FROM customer WHERE id = ?"
_PUT: Final = "INSERT INTO customer(customer, version, account, body) VALUES(?, ?, ?, ?)"
_INDEX: Final = "INSERT INTO people(rowid, text) VALUES(?, ?)"
_UNINDEX: Final = "INSERT INTO people(people, rowid, text) VALUES('delete', ?, ?)"
_ALL: Final = "SELECT id, body FROM customer ORDER BY id"
_AT_ONCE: Final = 5_000

BY_ID: Final = "SELECT body FROM customer WHERE customer = ?"
BY_IDS: Final = (
    "SELECT body FROM customer WHERE customer IN (SELECT value FROM json_each(?)) ORDER BY id DESC"
)
BY_ACCOUNT: Final = "SELECT body FROM customer WHERE account = ? LIMIT 1"
MATCHES: Final = "SELECT rowid FROM people WHERE people MATCH ? ORDER BY rowid DESC LIMIT ?"
BY_NUMBERS: Final = (
    "SELECT body FROM customer WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC"
)
LATELY: Final = "SELECT body FROM customer ORDER BY id DESC LIMIT ?"
COUNT: Final = "SELECT count(*) FROM customer"
GONE: Final = "SELECT merged_into FROM customer_gone WHERE customer = ?"
BEFORE: Final = {
    statement: f"SELECT NULL WHERE 0 AND NULL IN ({marks})"
    for statement, marks in (
        *((each, "?") for each in (BY_ID, BY_IDS, BY_ACCOUNT, BY_NUMBERS, LATELY, GONE)),
        (MATCHES, "?, ?"),
        (COUNT, "0"),
    )
}
"""What a file of before is asked, which has no such table: nothing, in as many parameters."""

_row = msgspec.json.Decoder(CustomerRow)
_encode = msgspec.json.Encoder().encode
read_rows: Final = msgspec.json.Decoder(list[CustomerRow])


class Wanted(NamedTuple):
    """What is looked for: who has all `words`, or one of the `begun`; as the index has them."""

    words: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    whole: bool = False
    """True where the words and what begun says must be the whole of it."""
    digits: int = 0
    """How many there were of a number."""

    @property
    def match(self) -> str:
        """The question to the index."""
        star = "" if self.whole else "*"
        number = "*" if self.digits else star
        asked = [f'"{begun}"{number}' for begun in self.begun]
        if self.words:
            asked.append("(" + " AND ".join(f'"{word}"{star}' for word in self.words) + ")")
        return " OR ".join(asked)

    def fits(self, row: CustomerRow) -> bool:
        """The same of a row that is in no index."""
        held = indexed_text(row).split()
        for begun in self.begun:
            if begun in held or (
                (self.digits or not self.whole) and any(word.startswith(begun) for word in held)
            ):
                return True
        if not self.words:
            return False
        if self.whole:
            return set(self.words) <= set(held)
        return all(any(word.startswith(each) for word in held) for each in self.words)


# --- what a customer is found by ---------------------------------------------------------


def digits_of(text: str) -> str:
    """The digits of a number, in their order, as plain ones."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def code_key(code: str) -> str:
    """A card's code as it is filed: letters and digits alone, small."""
    return fold(code).replace(" ", "")


def indexed_text(row: CustomerRow) -> str:
    """Everything somebody is found by, as words of the index."""
    words = [fold(row.name)]
    for contact in row.contacts:
        if contact.kind == EMAIL:
            words += [fold(contact.value), f"m{code_key(contact.value)}"]
        elif contact.kind == CARD:
            key = code_key(contact.value)
            words += [key, f"k{key}", f"e{key[::-1]}"] if key else []
        elif contact.kind == PHONE:
            digits = digits_of(contact.value)[:20]
            words += [f"n{digits[start:]}" for start in range(min(4, len(digits)))]
            words.append(f"e{digits[::-1]}")
    return " ".join(words)


def number_words(number: str) -> list[str]:
    """How words of the index begin that stand for a number with these digits, or its end."""
    begun = number.lstrip("0")
    found = [f"e{(begun or number)[::-1]}", number]
    return [*found, f"n{begun}"] if begun else found


def name_words(name: str) -> list[str]:
    """The words of a name, as they are compared."""
    return fold(name).split()


def wanted(typed: str, *, whole: bool = False) -> Wanted | None:
    """What a person means by `typed`; None where that is too little to look for.

    `whole` is for who may not leaf through all: whole words, whole addresses and codes, and of a
    number four digits at least.
    """
    typed = typed[:TYPED_MAX].strip()
    number = digits_of(typed)
    if number and not any(sign.isalpha() for sign in typed) and "@" not in typed:
        if len(number) < PHONE_END_MIN + whole:
            return None
        return Wanted(begun=tuple(number_words(number)), whole=whole, digits=len(number))
    key = code_key(typed)
    if "@" in typed:
        return Wanted(begun=(f"m{key}",), whole=whole) if key else None
    words = tuple(words_of(typed))
    if not words:
        return None
    coded = (f"k{key}",) if number and len(key) >= PHONE_END_MIN else ()
    return Wanted(words, coded, whole)


def by_card(code: str) -> str:
    """The question that finds the holder of a card; empty for what no card can say."""
    key = code_key(code)
    return f'"k{key}"' if key else ""


def holds_card(row: CustomerRow, code: str) -> bool:
    """True where that card is theirs."""
    key = code_key(code)
    return any(each.kind == CARD and code_key(each.value) == key for each in row.contacts)


# --- reading -----------------------------------------------------------------------------


def find(connection: Any, asked: str, limit: int) -> list[CustomerRow]:
    """Rows the index names, who changed last first."""
    numbers = [number for (number,) in connection.execute(MATCHES, (asked, limit)).fetchall()]
    return every(connection.execute(BY_NUMBERS, (json.dumps(numbers),)))


def every(rows: Iterable[tuple[Any]]) -> list[CustomerRow]:
    """All customers of an answer."""
    return [_row.decode(body) for (body,) in rows]


def first(rows: Iterable[tuple[Any]]) -> CustomerRow | None:
    """The first of them."""
    found = every(rows)
    return found[0] if found else None


# --- writing: the sync process alone -----------------------------------------------------


def append(connection: dbapi2.Connection, rows: list[CustomerRow]) -> None:
    """Into a file that is being built: the index is made at its end (`rebuild`)."""
    _put(connection, rows, indexed=False)


def change(connection: dbapi2.Connection, rows: list[CustomerRow]) -> None:
    """Into a file in use, with its index."""
    _put(connection, rows, indexed=True)


def _put(connection: dbapi2.Connection, rows: list[CustomerRow], *, indexed: bool) -> None:
    for row in rows:
        over = row.erased or row.merged_into != ""
        gone = connection.execute(_GONE, (row.customer,)).fetchone()
        if gone is not None and (gone[1] >= row.version or (not over and not gone[0])):
            continue  # who is to be forgotten does not come back; who was merged may be split
        old = connection.execute(_ONE, (row.customer,)).fetchone()
        if old is not None:
            if old[1] > row.version:
                continue
            if indexed:
                connection.execute(_UNINDEX, (old[0], indexed_text(_row.decode(old[2]))))
            connection.execute(_DROP, (old[0],))
        if over:
            connection.execute(_TELL_GONE, (row.customer, row.merged_into, row.version))
            continue
        connection.execute(_BACK, (row.customer,))
        values = (row.customer, row.version, row.account or row.customer, _encode(row))
        number = connection.execute(_PUT, values).lastrowid
        if indexed:
            connection.execute(_INDEX, (number, indexed_text(row)))


def rebuild(connection: dbapi2.Connection) -> None:
    """The whole index anew, inside the caller's transaction."""
    connection.execute("INSERT INTO people(people) VALUES('delete-all')")
    rows = connection.execute(_ALL)
    while some := rows.fetchmany(_AT_ONCE):
        texts = [(number, indexed_text(_row.decode(body))) for number, body in some]
        connection.executemany(_INDEX, texts)
    connection.execute("INSERT INTO people(people) VALUES('optimize')")


def forget_all(connection: dbapi2.Connection) -> None:
    """Everybody goes, inside the caller's transaction."""
    connection.execute("INSERT INTO people(people) VALUES('delete-all')")
    connection.execute("DELETE FROM customer")
    connection.execute("DELETE FROM customer_gone")


def forget(connection: dbapi2.Connection, customers: list[str], where: str) -> int:
    """These go from the tables of an attached file (`where`, with its dot); how many were there."""
    count = 0
    for customer in customers:
        old = connection.execute(_ONE.replace(_TABLE, where + _TABLE), (customer,)).fetchone()
        if old is not None:
            count += 1
            text = indexed_text(_row.decode(old[2]))
            connection.execute(_UNINDEX.replace(_INTO, _INTO + where), (old[0], text))
            connection.execute(_DROP.replace(_TABLE, where + _TABLE), (old[0],))
    return count
