"""Notes and coins as they are counted, and rows of an account: what both ends of a shift show."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pos_app.domain.cash import denominations
from pos_app.presenters.views import denomination
from pos_app.words import amount, money

ROWS_MAX = 14
"""Kinds in a count. A currency with more leaves out its largest notes, which no shop has."""


class CountRow(msgspec.Struct, frozen=True):
    """One note or coin to count."""

    worth: int
    label: str
    pieces: int
    sum: str


class Money(msgspec.Struct, frozen=True):
    """A row of an account, or a number of the day."""

    label: str
    amount: str
    strong: bool = False
    detail: str = ""
    tone: str = "plain"
    """Of the detail: plain, ok or warn."""


def next_of(reasons: tuple[str, ...], chosen: str) -> str:
    """The reason after the chosen one, none after the last: what one key does again and again."""
    place = reasons.index(chosen) + 1 if chosen in reasons else 0
    return reasons[place] if place < len(reasons) else ""


class Count:
    """Pieces by what they are worth."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.pieces: dict[int, int] = dict.fromkeys(denominations(currency)[-ROWS_MAX:], 0)
        self.touched = False

    @property
    def total(self) -> int:
        """Minor units."""
        return sum(worth * pieces for worth, pieces in self.pieces.items())

    def set(self, worth: int, pieces: int) -> None:
        """That many of one kind."""
        self.pieces[worth] = pieces
        self.touched = True

    def fill(self, pieces: Mapping[int, int]) -> None:
        """Those pieces, and none of the others."""
        self.pieces = {worth: pieces.get(worth, 0) for worth in self.pieces}
        self.touched = True

    def counted(self) -> dict[int, int]:
        """What is there, empty rows left out."""
        return {worth: pieces for worth, pieces in self.pieces.items() if pieces}

    def rows(self) -> tuple[CountRow, ...]:
        """Each kind, largest first."""
        return tuple(
            CountRow(
                worth,
                denomination(worth, self.currency),
                pieces,
                amount(worth * pieces, self.currency),
            )
            for worth, pieces in self.pieces.items()
        )

    def words(self) -> str:
        """What it comes to."""
        return money(self.total, self.currency)
