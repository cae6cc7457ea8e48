"""The one place where the product's words are made: no Qt, no I/O but the language's file.

`text_of` words what a rule or a device said; `money`, `quantity`, `clock` and the others write
values the way the shop's locale does; `_` and `ngettext` give a text in the chosen language.
"""

from pos_app.words.amounts import (
    amount,
    distance,
    money,
    number,
    percent,
    point,
    quantity,
    rate,
    tender_name,
)
from pos_app.words.language import (
    current,
    gettext,
    is_rtl,
    languages,
    listed,
    ngettext,
    use,
)
from pos_app.words.moments import clock, date, date_of, short_date, since, wait, weekday
from pos_app.words.said import WORDS
from pos_app.words.telling import Wording, has_words, text_of, text_of_bug

_ = gettext

__all__ = [
    "WORDS",
    "Wording",
    "_",
    "amount",
    "clock",
    "current",
    "date",
    "date_of",
    "distance",
    "gettext",
    "has_words",
    "is_rtl",
    "languages",
    "listed",
    "money",
    "ngettext",
    "number",
    "percent",
    "point",
    "quantity",
    "rate",
    "short_date",
    "since",
    "tender_name",
    "text_of",
    "text_of_bug",
    "use",
    "wait",
    "weekday",
]
