"""The form of a sentence: three lines in the source language.

House rules: what happened, then what is safe, then what to do; at most twelve words a line; no
codes, no blame; a button that is named here is named as it is on the screen. A value is written
`{name}` or `{name:how}`, where how is money, amount, percent, quantity, number, wait, date or moment.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """Three lines in the source language; `many` is the title's plural, counted by fact `by`."""

    title: str
    safe: str = ""
    todo: str = ""
    many: str = ""
    by: str = ""


S_ = Sentence
"""Short, and the keyword by which the texts are extracted for translation."""
