"""What people type into fields, read strictly: amounts, percentages, quantities."""

from __future__ import annotations

from pos_app.domain.catalogue import PIECE
from pos_app.domain.money import MILLI, minor_digits

DIGITS_MAX = 12


def amount_typed(text: str, currency: str) -> int | None:
    """Minor units of an amount typed with a point or a comma; None where it is no amount."""
    return _scaled(text, minor_digits(currency))


def plain_amount(minor: int, currency: str) -> str:
    """An amount as `amount_typed` reads it: no groups, no sign of a currency."""
    digits = minor_digits(currency)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if rest else str(whole)


def percent_typed(text: str) -> int | None:
    """Basis points of a percentage with at most two decimals; None where it is none."""
    return _scaled(text.replace("%", ""), 2)


def quantity_typed(text: str, unit: str) -> int | None:
    """Thousandths of a quantity: pieces are whole; None where it is none."""
    if unit == PIECE:
        whole = _scaled(text, 0)
        return None if whole is None else whole * MILLI
    return _scaled(text, 3)


def _scaled(text: str, digits: int) -> int | None:
    text = text.strip().replace(",", ".").replace("\u00a0", "").replace(" ", "")
    whole, point, rest = text.partition(".")
    if (
        not (whole or rest)
        or len(whole) > DIGITS_MAX
        or len(rest) > digits
        or (point and not digits)
    ):
        return None
    if not all(part.isascii() and (part.isdigit() or not part) for part in (whole, rest)):
        return None
    return int(whole or 0) * int(10**digits) + int(rest.ljust(digits, "0") or 0)
