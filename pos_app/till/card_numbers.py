"""No card number is ever kept: the guard before every text a person types."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby

from pos_app.domain.errors import Refused

_LENGTHS = range(13, 20)
_GAPS = frozenset(" -._/\u00a0\u2009\u202f")


def holds_card_number(text: str) -> bool:
    """True where digits in `text`, however grouped, are or contain a card's number.

    Neighbouring groups of together 13 to 19 digits count by their check digit alone. Inside a
    longer run only what begins as the card schemes' numbers do, or every third long reference would
    be taken for one.
    """
    return any(_is_card(groups) for groups in _grouped(text))


def refuse_card_number(text: str, code: str = "text_is_card_number") -> None:
    """Raises Refused(code) for a text that holds a card number; the number is in no fact of it."""
    if holds_card_number(text):
        raise Refused(code)


def _grouped(text: str) -> Iterator[list[str]]:
    """Groups of digits of any script, as ASCII, that only gaps stand between."""
    marks = [" " if mark in _GAPS else _digit(mark) for mark in text]
    for number, run in groupby(marks, key=bool):
        if number:
            yield "".join(run).split()


def _digit(mark: str) -> str:
    value = unicodedata.digit(mark, None)
    return "" if value is None else str(value)


def _is_card(groups: list[str]) -> bool:
    for first in range(len(groups)):
        run = ""
        for group in groups[first:]:
            run += group
            if len(run) in _LENGTHS and _checks(run):
                return True
    return any(len(group) > _LENGTHS[-1] and _inside(group) for group in groups)


def _inside(run: str) -> bool:
    return any(
        _checks(run[start : start + length])
        for start in range(len(run))
        for length in _scheme_lengths(run[start : start + 4])
        if start + length <= len(run)
    )


def _scheme_lengths(head: str) -> tuple[int, ...]:
    """How long a number beginning so may be (ISO/IEC 7812 ranges of the large schemes)."""
    if len(head) < 4:
        return ()
    four = int(head)
    if 4000 <= four <= 4999:
        return (16, 13, 19)
    if 5100 <= four <= 5599 or 2221 <= four <= 2720 or 3528 <= four <= 3589:
        return (16,)
    if 3400 <= four <= 3499 or 3700 <= four <= 3799:
        return (15,)
    if four == 6011 or 6440 <= four <= 6599:
        return (16, 19)
    return ()


def _checks(digits: str) -> bool:
    """The Luhn check of ISO/IEC 7812."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
