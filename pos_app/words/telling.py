"""What went wrong, for the person in front of it: what happened, what is safe, what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from pos_app.domain.catalogue import PIECE
from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Cancelled, PosError
from pos_app.domain.text import plain
from pos_app.words import amounts, moments, states
from pos_app.words.language import current, gettext, ngettext
from pos_app.words.said import WORDS, Sentence

FACT_MAX = 48
"""Characters of a fact in a sentence: codes and names may be as long as a stranger likes."""
LIST_MAX = 250
"""Of one written `{found:whole}`: a list that helps only when it is all there."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A message in three lines; `safe` and `todo` may be empty."""

    title: str
    """What happened."""
    safe: str
    """What is safe, or what goes on working."""
    todo: str
    """What to do now."""
    code: str = ""
    """For support; shown small, last."""

    def __str__(self) -> str:
        return " ".join(line for line in (self.title, self.safe, self.todo) if line)


def has_words(code: str) -> bool:
    """True where the product can say that code."""
    return code in WORDS


def text_of(error: PosError, *, locale: str = "", currency: str = "") -> Wording:
    """The words for what a rule or a device said, in the chosen language or `locale`.

    `currency` is the store's: amounts among the facts are in it unless they say another.
    `Cancelled` is silent: all three lines are empty. A code without words (a newer part of the
    program, a newer hub) still gets a sentence a person can act on.
    """
    if isinstance(error, Cancelled):
        return Wording("", "", "", error.code)
    sentence = WORDS.get(error.code, _UNKNOWN)
    facts = _Facts(error.facts, locale or current(), currency)
    title = gettext(sentence.title, locale)
    if sentence.many:
        title = ngettext(sentence.title, sentence.many, facts.count(sentence.by), locale)
    return Wording(
        title.format_map(facts),
        gettext(sentence.safe, locale).format_map(facts) if sentence.safe else "",
        gettext(sentence.todo, locale).format_map(facts) if sentence.todo else "",
        error.code,
    )


def text_of_bug(reference: str, *, locale: str = "") -> Wording:
    """The words for a fault of our own, known to support by a short reference."""
    return Wording(
        gettext(_BUG.title, locale),
        gettext(_BUG.safe, locale),
        gettext(_BUG.todo, locale).format(reference=plain(reference, FACT_MAX)),
        reference,
    )


_UNKNOWN = Sentence(
    "That did not work.",
    "Nothing was lost.",
    "Try again, or ask a manager.",
)
_BUG = Sentence(
    "Something in this program went wrong.",
    "The basket and every sale are kept.",
    "Try again. Tell support the reference {reference}.",
)
OWN = (_UNKNOWN, _BUG)
"""The sentences that belong to no code."""


class _Facts(dict[str, "_Fact"]):
    """An exception's facts, each knowing how it is written; a missing one reads as a dash."""

    def __init__(self, facts: Mapping[str, object], locale: str, currency: str) -> None:
        super().__init__()
        own = facts.get("currency")
        self.currency = own if isinstance(own, str) and own else currency
        self.unit = str(facts.get("unit", ""))
        self.locale = locale
        for name, value in facts.items():
            self[name] = _Fact(value, self)

    def __missing__(self, name: str) -> _Fact:
        return _Fact(None, self)

    def count(self, name: str) -> int:
        value = self[name].value
        return value if isinstance(value, int) else 2


class _Fact:
    """One value in a sentence; what follows the colon in `{limit:money}` says how it is written."""

    __slots__ = ("facts", "value")

    def __init__(self, value: object, facts: _Facts) -> None:
        self.value = value
        self.facts = facts

    def __format__(self, how: str) -> str:
        value = self.value
        if how == "over":  # a limit of nothing is no amount to name
            locale = self.facts.locale
            over = gettext("Over {amount}", locale).format(amount=f"{self:amount}")
            return over if value else gettext("This", locale)
        if how == "amount":
            how = self.facts.unit if self.facts.unit in ("money", "percent") else "number"
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, how)
        if how == "state" and isinstance(value, str):
            return states.state(value, self.facts.locale)
        if how == "date" and isinstance(value, str):
            with contextlib.suppress(ValueError):
                return moments.date(value, self.facts.locale)
        if how == "moment" and isinstance(value, str):
            with contextlib.suppress(ValueError, LookupError):
                return self._moment(value)
        most = FACT_MAX if how != "whole" else LIST_MAX
        text = "" if value is None else plain(str(value), most)
        return text or "-"

    def _moment(self, value: str) -> str:
        """An instant (UTC) for people who live in fact `now`, in fact `zone`."""
        now, zone = self.facts["now"].value, self.facts["zone"].value
        then = parse_utc(value)
        return moments.since(then, parse_utc(str(now)), str(zone or "UTC"), self.facts.locale)

    def _number(self, value: float, how: str) -> str:
        locale, currency, whole = self.facts.locale, self.facts.currency, int(value)
        if how == "wait":
            return moments.wait(value, locale)
        if how == "money" and currency:
            return amounts.money(whole, currency, locale)
        if how == "quantity":
            return amounts.quantity(whole, self.facts.unit or PIECE, locale)
        if how == "percent":
            return amounts.percent(whole, locale)
        return amounts.number(whole, locale)
