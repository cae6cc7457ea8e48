"""Contacts as they are kept and compared: one spelling for the same address, number, card or id."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from pos_app.domain.text import plain
from sync.protocol import Contact
from sync.protocol.customers import CARD, EMAIL, PHONE, SHOP

KINDS: Final = frozenset({EMAIL, PHONE, CARD, SHOP})
CONTACTS_MAX: Final = 20
MAIL_MAX: Final = 254
VALUE_MAX: Final = 120
WORD: Final = "word"
"""Kind of token of a word of a name, or of its beginning."""
SHORTEST: Final = 3
"""Below it nobody is looked for by the beginning of a name."""
WORD_MAX: Final = 24
WORDS_MAX: Final = 6
_MAIL: Final = re.compile(
    r"[^@\s\x00-\x1f<>,;:\"()\[\]\\]+@[^@\s\x00-\x1f<>,;:\"()\[\]\\]+"
).fullmatch
CALLING: Final = dict(
    pair.split(":")
    for pair in [
        "AT:43",
        "BE:32",
        "BG:359",
        "CH:41",
        "CY:357",
        "CZ:420",
        "DE:49",
        "DK:45",
        "EE:372",
        "ES:34",
        "FI:358",
        "FR:33",
        "GB:44",
        "GR:30",
        "HR:385",
        "HU:36",
        "IE:353",
        "IS:354",
        "IT:39",
        "LI:423",
        "LT:370",
        "LU:352",
        "LV:371",
        "MT:356",
        "NL:31",
        "NO:47",
        "PL:48",
        "PT:351",
        "RO:40",
        "SE:46",
        "SI:386",
        "SK:421",
        "TR:90",
        "UA:380",
        "AE:971",
        "EG:20",
        "IL:972",
        "JO:962",
        "SA:966",
        "US:1",
        "CA:1",
        "AU:61",
        "IN:91",
        "JP:81",
        "NZ:64",
    ]
)
"""Country -> its telephone code, as ITU-T E.164 lists them."""
_KEEPS_ZERO: Final = frozenset({"IT"})
"""Where the nought before the area is dialled from abroad too."""


def country_of(locale: str) -> str:
    """The country that a store's language tag names; empty for none."""
    tail = locale.replace("-", "_").rpartition("_")[2].upper()
    return tail if tail in CALLING else ""


def phone(text: str, country: str = "") -> str:
    """A number as +358401234410 where its country is known, else its digits; empty for none."""
    spaced = "".join(
        str(unicodedata.digit(sign, -1)) if unicodedata.digit(sign, -1) >= 0 else sign
        for sign in text
    )
    abroad = spaced.strip().startswith("+")
    digits = "".join(sign for sign in spaced.replace("(0)", "") if "0" <= sign <= "9")
    if not abroad and digits.startswith("00"):
        abroad, digits = True, digits[2:]
    if not 4 <= len(digits) <= 15:
        return ""
    if abroad:
        return f"+{digits}"
    code = CALLING.get(country, "")
    if not code:
        return digits
    bare = digits if country in _KEEPS_ZERO else digits.removeprefix("0")
    return f"+{code}{bare}"


def normal(kind: str, value: str, country: str = "") -> str:
    """The one spelling of a contact; empty for what is none of its kind."""
    text = unicodedata.normalize("NFKC", value).strip()
    if kind == EMAIL:
        text = text.casefold()
        return text if len(text) <= MAIL_MAX and _MAIL(text) else ""
    if kind == PHONE:
        return phone(text, country)
    if kind == CARD:
        return "".join(text.split()).upper()[:VALUE_MAX]
    return plain(text, VALUE_MAX) if kind == SHOP else ""


def cleaned(given: Iterable[Contact], country: str = "") -> tuple[Contact, ...]:
    """Contacts in their one spelling, each once; what is none goes. A verified one stays so."""
    found: dict[tuple[str, str, str], Contact] = {}
    for one in given:
        value = normal(one.kind, one.value, country) if one.kind in KINDS else ""
        if not value:
            continue
        key = (one.kind, value, one.channel if one.kind == SHOP else "")
        before = found.get(key)
        verified = one.verified or (before is not None and before.verified)
        kept = replace(one, value=value, channel=plain(one.channel, 40), verified=verified)
        found[key] = kept if before is None else replace(before, verified=verified)
    return tuple(found.values())[:CONTACTS_MAX]


def words(name: str) -> tuple[str, ...]:
    """The words of a name as they are looked for: without accents, case and signs."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(
        sign if sign.isalnum() else "" if unicodedata.combining(sign) else " " for sign in bare
    )
    return tuple(dict.fromkeys(letters.split()))[:WORDS_MAX]


def first_name(name: str) -> str:
    """The first word of a name; two people of a household have different ones."""
    found = words(name)
    return found[0] if found else ""


def beginnings(word: str) -> Iterator[str]:
    """A word and its beginnings, so that who types sees somebody early."""
    word = word[:WORD_MAX]
    if len(word) < SHORTEST:
        yield word
    for length in range(SHORTEST, len(word) + 1):
        yield word[:length]


def named(name: str) -> tuple[str, ...]:
    """Everything that a name is found by."""
    return tuple(dict.fromkeys(part for word in words(name) for part in beginnings(word)))
