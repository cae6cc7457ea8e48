"""Words one typing error away, by a dictionary of what is left when one letter is taken out.

A letter too many, one missing, another in its place or two swapped: in each case the two words
have a form in common after taking at most one letter out of each. So a typed word of n letters
costs n + 1 look-ups, whatever the size of the catalogue. The words' beginnings are in it as
well, because a search runs while a word is still being typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sqlcipher3 import dbapi2

WORD_MIN: Final = 4
WORD_MAX: Final = 20
BEGINNINGS: Final = (5, 6, 7, 8)
"""Lengths of the beginnings kept, of words that several products have."""
_COMMON: Final = 3
NEIGHBOURS_MAX: Final = 4


def forms(word: str) -> Iterator[str]:
    """The word and what is left of it without one letter."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def one_apart(left: str, right: str) -> bool:
    """True where one letter more, less, changed or one swap makes the words the same."""
    if len(left) > len(right):
        left, right = right, left
    if len(right) - len(left) > 1:
        return False
    start = 0
    while start < len(left) and left[start] == right[start]:
        start += 1
    if len(left) < len(right):
        return left[start:] == right[start + 1 :]
    swapped = left[start + 1 : start + 2] + left[start : start + 1] + left[start + 2 :]
    return left[start + 1 :] == right[start + 1 :] or swapped == right[start:]


def fit(word: str) -> bool:
    """True for a word that is kept: letters alone, of a length where an error can be told."""
    return WORD_MIN <= len(word) <= WORD_MAX and word.isalpha()


_LIKE: Final = "SELECT word, products FROM typo WHERE deletion = ?"


def neighbours(connection: dbapi2.Connection, word: str) -> list[str]:
    """Words of the catalogue, or beginnings, one error away; the commonest first."""
    if not fit(word):
        return []
    found: dict[str, int] = {}
    for form in set(forms(word)):
        found.update(connection.execute(_LIKE, (form,)).fetchall())
    found.pop(word, None)
    near = [other for other in found if one_apart(word, other)]
    near.sort(key=lambda other: (-found[other], other))
    return near[:NEIGHBOURS_MAX]


_KNOWN: Final = "SELECT 1 FROM typo WHERE deletion = ? AND word = ?"
_ADD: Final = "INSERT OR IGNORE INTO typo(deletion, word, products) VALUES(?, ?, ?)"


def learn(connection: dbapi2.Connection, words: Iterable[str]) -> None:
    """Adds the words that are new."""
    for word in words:
        if fit(word) and not connection.execute(_KNOWN, (word, word)).fetchone():
            connection.executemany(_ADD, ((form, word, 1) for form in set(forms(word))))


def build(connection: dbapi2.Connection) -> None:
    """The dictionary anew from the words of the index, inside the caller's transaction."""
    counts: dict[str, int] = {}
    begun: dict[str, int] = {}
    for word, products in connection.execute("SELECT term, doc FROM vocabulary"):
        if not fit(word):
            continue
        counts[word] = products
        if products >= _COMMON:
            for length in BEGINNINGS:
                if length < len(word):
                    begun[word[:length]] = begun.get(word[:length], 0) + products
    for word, products in begun.items():
        counts[word] = counts.get(word, 0) + products
    connection.execute("DELETE FROM typo")
    connection.executemany(
        _ADD,
        ((form, word, products) for word, products in counts.items() for form in set(forms(word))),
    )
