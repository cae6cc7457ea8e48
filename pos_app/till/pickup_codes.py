"""What a code names while an order is picked: a product, and how much of it the label says."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.barcode import read
from pos_app.domain.catalogue import KILOGRAM
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.label import read_label
from pos_app.domain.money import MILLI, minor_digits
from pos_app.store.catalogue import Article
from pos_app.till.till import Till


@dataclass(frozen=True, slots=True)
class Found:
    """A product before the scanner."""

    sku: str
    title: str
    variant: str
    unit: str
    qty: int = 0
    """Thousandths that the label says; 0 where it does not."""

    @property
    def name(self) -> str:
        """With its variant."""
        return f"{self.title} {self.variant}".strip()

    @property
    def weighed(self) -> bool:
        """True of what is sold by weight."""
        return self.unit == KILOGRAM


def what_is(till: Till, raw: str) -> Found:
    """The product of a code.

    Raises Refused("unknown_code" | "code_…"), Unavailable("catalogue_missing" |
    "catalogue_in_part").
    """
    code = read(raw)
    text = code.keys[-1]
    article = till.catalogue.by_code(code.keys)
    if article is not None:
        carried = code.carried
        qty = 0 if carried is None else carried.weight or carried.count * MILLI
        return _found(article, qty)
    broken = till.catalogue.broken
    country = till.store.locale.replace("-", "_").rpartition("_")[2]
    digits = minor_digits(till.store.currency)
    label = read_label(text, till.offers.patterns, country, digits)
    if label is not None:
        article = till.catalogue.by_code(label.keys)
        if article is not None:
            return _found(article, label.weight or label.count * MILLI)
    if till.catalogue.source == "none":
        raise Unavailable("catalogue_missing")
    if broken or till.catalogue.broken:
        raise Unavailable("catalogue_in_part", scanned=text)
    raise Refused("unknown_code", scanned=text)


def _found(article: Article, qty: int) -> Found:
    product = article.product
    return Found(product.sku, product.name, product.variant, product.unit, qty)
