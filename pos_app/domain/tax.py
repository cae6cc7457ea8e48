"""Tax rates by code and date, and how a store applies them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.errors import Refused

PPM = 1_000_000


class TaxRounding(StrEnum):
    """Where the fraction of a minor unit of tax is rounded; a store states it once."""

    LINE = "line"
    """Each line's tax is rounded; the receipt adds whole amounts."""
    RECEIPT = "receipt"
    """One rounding per rate on the receipt; lines get their share, summing exactly."""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One dated rate of a tax code. Dates are inclusive business dates, empty means open."""

    code: str
    rate_ppm: int
    """Parts per million: 20 % is 200_000, 8.875 % is 88_750."""
    label: str = ""
    valid_from: str = ""
    valid_to: str = ""
    exempt: bool = False
    """True where the law says "exempt" rather than "zero rate": shown and reported apart."""


@dataclass(frozen=True, slots=True)
class TaxRules:
    """A store's tax set."""

    rates: tuple[TaxRate, ...]
    prices_include_tax: bool = True
    rounding: TaxRounding = TaxRounding.LINE

    def rate_on(self, code: str, business_date: str) -> TaxRate:
        """The rate of `code` valid on that day; the one that began last wins.

        Of two that began the same day it is the one that ends first, then the higher: till and
        hub may hold the rows in another order and must not differ. Raises
        Refused("tax_rate_missing") where the store has none: a sale is never rung up at a
        guessed rate.
        """
        fitting = [
            rate
            for rate in self.rates
            if rate.code == code
            and (not rate.valid_from or rate.valid_from <= business_date)
            and (not rate.valid_to or business_date <= rate.valid_to)
        ]
        if not fitting:
            raise Refused("tax_rate_missing", tax_code=code, business_date=business_date)
        latest = max(rate.valid_from for rate in fitting)
        newest = [rate for rate in fitting if rate.valid_from == latest]
        return min(newest, key=lambda rate: (rate.valid_to or "9999-12-31", -rate.rate_ppm))
