"""The code on a gift card or a credit slip: who holds the paper may spend what is on it.

| what comes | what it is |
|---|---|
| `HFG1.` and 28 signs (QR) | a gift card of ours: 128 random bits, two check signs |
| `HFC1.` and 28 signs (QR) | a credit slip of ours |
| the 28 signs alone, in any case and grouping, O for 0, I and L for 1 | either; its first sign says which |
| 19 digits, and 6 digits of a PIN | a card that was bought in; only the hub can check the PIN |

The signs are Crockford's base 32. The check signs are those of a Reed-Solomon code over 32 elements:
any two wrong signs and any two swapped ones are seen, so a slip of the finger is never taken for a
guess at somebody's card.

Nobody but the paper knows the code: journals, the hub and logs know `account_of` it alone.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final

from pos_app.domain.errors import Refused

CARD, CREDIT = "card", "credit"
"""Kinds of account: a gift card, and store credit (a slip's, or a customer's own)."""
TENDERS: Final = {CARD: "gift_card", CREDIT: "credit"}
"""Kind of account -> the tender that spends from it."""
HEADS: Final = {CARD: "HFG1.", CREDIT: "HFC1."}
SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BITS: Final = 128
CHECKED: Final = 28
"""Signs of a code, the two check signs among them."""
GROUP: Final = 4
NUMBER, PIN = 19, 6
"""Digits of a bought-in card."""
_VALUES: Final = {sign: value for value, sign in enumerate(SIGNS)} | {"O": 0, "I": 1, "L": 1}
_GAPS: Final = str.maketrans("", "", " -_\t\u00a0\u2010\u2011\u2012\u2013\u2014")
_KINDS: Final = (CARD, CREDIT)
_SCHEMES: Final = ("2", "3", "4", "5", "62", "64", "65", "67")
"""How payment cards begin; one of those is never taken for a gift card."""


def _powers_of_two() -> list[int]:
    """In the field of 32 elements made by x^5 + x^2 + 1: all but 0, each once."""
    powers = [1]
    while len(powers) < 31:
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0b100101 if doubled & 32 else doubled)
    return powers


_POWERS: Final = _powers_of_two()
_LOGS: Final = {power: place for place, power in enumerate(_POWERS)}


@dataclass(frozen=True, slots=True)
class ValueCode:
    """A code that was read or made. It is not in its own `repr`: that ends up in logs."""

    kind: str
    """CARD or CREDIT: of the account."""
    code: str = field(repr=False)
    """28 signs without gaps, or the 19 digits."""
    pin: str = field(default="", repr=False)
    """The 6 digits of a bought-in card; empty where they were not said, and for our own."""

    @property
    def bought_in(self) -> bool:
        """True for a card of somebody else's print, which is only good with its PIN."""
        return len(self.code) == NUMBER

    @property
    def last4(self) -> str:
        """What papers and screens may show of it."""
        return self.code[-GROUP:]

    @property
    def qr(self) -> str:
        """What the paper's QR code holds."""
        return self.code if self.bought_in else HEADS[self.kind] + self.code

    @property
    def typed(self) -> str:
        """The same for people: in groups of four."""
        return grouped(self.code)


def new_code(kind: str) -> ValueCode:
    """A code that nobody can guess, for a card or a slip. Raises Refused("value_kind_unknown")."""
    if kind not in _KINDS:
        raise Refused("value_kind_unknown", kind=kind)
    number = (_KINDS.index(kind) << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
    values = [(number >> 5 * place) & 31 for place in range(CHECKED - 3, -1, -1)]
    return ValueCode(kind, "".join(SIGNS[value] for value in (*values, *_checks(values))))


def read_code(text: str, pin: str = "") -> ValueCode:
    """What was scanned or typed.

    A bought-in card's PIN may follow its number at once. Raises Refused("value_code_unreadable"),
    Refused("value_pin_unreadable").
    """
    if type(text) is not str or len(text) > 4 * CHECKED:
        raise Refused("value_code_unreadable")
    signs = text.strip().translate(_GAPS).upper()
    pin = pin.strip().translate(_GAPS)
    if signs.isascii() and signs.isdigit() and len(signs) in (NUMBER, NUMBER + PIN):
        return _bought_in(signs[:NUMBER], signs[NUMBER:] or pin)
    said = ""
    for kind, head in HEADS.items():
        if signs.startswith(head):
            said, signs = kind, signs[len(head) :]
    signs = signs.replace(".", "")
    try:
        values = [_VALUES[sign] for sign in signs]
    except KeyError:
        raise Refused("value_code_unreadable") from None
    if len(values) != CHECKED or _checks(values[:-2]) != (values[-2], values[-1]):
        raise Refused("value_code_unreadable")
    which = values[0] >> 3
    if which >= len(_KINDS) or (said and said != _KINDS[which]):
        raise Refused("value_code_unreadable")
    return ValueCode(_KINDS[which], "".join(SIGNS[value] for value in values))


def looks_like(text: str) -> bool:
    """True where a scan can be nothing but a code of ours: told by its head, without reading it."""
    return text.lstrip()[:5].upper() in HEADS.values()


def account_of(code: ValueCode) -> str:
    """The account: what journals and the hub know. Nothing leads back from it to the code."""
    said = f"holdfast value {code.kind}{code.code}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def pin_proof(code: ValueCode) -> str:
    """What is sent of a PIN: a hash of number and PIN; empty where there is none."""
    if not code.pin:
        return ""
    said = f"holdfast value pin {code.code}/{code.pin}"
    return hashlib.sha256(said.encode()).hexdigest()


def shown(code: ValueCode | str) -> str:
    """As people may see it: `•••• 7K2M`; takes a code, or the last four signs of one."""
    last4 = code if isinstance(code, str) else code.last4
    return f"•••• {last4[-GROUP:]}"


def grouped(code: str) -> str:
    """In groups of four signs, as it is printed and typed."""
    return "-".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def _bought_in(number: str, pin: str) -> ValueCode:
    if pin and not (len(pin) == PIN and pin.isascii() and pin.isdigit()):
        raise Refused("value_pin_unreadable", digits=PIN)
    if number.startswith(_SCHEMES) and _luhn(number):
        raise Refused("value_code_unreadable")
    return ValueCode(CARD, number, pin)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _checks(values: list[int]) -> tuple[int, int]:
    """The two signs that make the code's value at the first two powers nothing.

    With places counted from the end, `a` and `b` are those at places 1 and 0.
    """
    first = second = 0
    for value in values:
        first = _times(first ^ value, 2)
        second = _times(second ^ value, 4)
    first, second = _times(first, 2), _times(second, 4)
    # first = 2a + b and second = 4a + b, where + is exclusive or
    a = _times(first ^ second, _POWERS[31 - _LOGS[6]])
    return a, first ^ _times(a, 2)


def _times(a: int, b: int) -> int:
    """The product in the field of 32 elements."""
    if not a or not b:
        return 0
    return _POWERS[(_LOGS[a] + _LOGS[b]) % 31]
