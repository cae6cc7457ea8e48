"""A shop and how it counts its days."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Store:
    """One shop: what its receipts must say and the rules its tills share."""

    store_id: str
    """Short and stable, part of every receipt number: digits or capital letters."""
    name: str
    currency: str
    zone: str
    """IANA name, for instance Europe/Vienna."""
    locale: str = "en"
    address: tuple[str, ...] = ()
    vat_id: str = ""
    cut_off_minutes: int = 0
    """Minutes after midnight, local wall clock, at which the business day begins."""
    footer: str = ""
    price_list: str = "retail"
    label_patterns: tuple[str, ...] = ()
    """How its own labels carry weight or price (`domain.label`), in the order they are tried."""
