"""A style as a matrix of its variants, what a product costs, how many are here: in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.catalogue import PIECE
from pos_app.domain.money import MILLI
from pos_app.presenters.elsewhere import count_of
from pos_app.presenters.views import dotted
from pos_app.till import lookup
from pos_app.till.lookup import Article
from pos_app.words import _, money, quantity

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk

DOT = "\u00b7"
"""Between the parts of a variant: "Navy \u00b7 M" is a colour and a size."""


class Cell(msgspec.Struct, frozen=True):
    """A variant in the matrix."""

    sku: str
    name: str
    here: str
    """How many are here; "?" where nobody knows."""
    note: str = ""
    """A small second line: another price, or how many are in the sale."""
    none: bool = False
    """True where nothing is left here."""
    chosen: bool = False

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        words = _("stock not known") if self.here == "?" else _("{count} here")
        parts = (self.name, words.format(count=self.here), self.note)
        return ", ".join(part for part in parts if part)


class Matrix(msgspec.Struct, frozen=True):
    """Variants by two of their properties; with no columns, one after the other."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...] = ()


def price_words(desk: Desk, article: Article) -> tuple[str, str]:
    """What it costs and what it cost before, in words; empty for none."""
    store = desk.till.own.store
    day = desk.till.business_date()
    found = article.price(day, store.price_list, store.currency) if store else None
    if found is None or not found.amount:
        return "", ""
    text = money(found.amount, found.currency)
    if article.product.unit != PIECE:
        text = f"{text} / {article.product.unit}"
    return text, money(found.was, found.currency) if found.was > found.amount else ""


def count_here(article: Article) -> str:
    """How many are here, never below nothing; of what nobody counted 0."""
    left = article.on_hand or 0
    if article.product.unit == PIECE:
        return str(max(0, left // MILLI))
    return quantity(max(0, left), article.product.unit)


def matrix(
    desk: Desk,
    basket: Basket | None,
    chosen: Article,
    variants: list[Article],
    *,
    prices: bool = True,
) -> Matrix:
    """All variants of a style, by two of their properties where each has two.

    `prices` names the price of what costs something else than the chosen one.
    """
    held: dict[str, int] = {}
    for line in basket.lines if basket else ():
        held[line.sku] = held.get(line.sku, 0) + line.qty // MILLI
    usual = price_words(desk, chosen)[0]
    elsewhere = lookup.nearby(desk.till, [each.product.sku for each in variants])
    every: list[Cell] = []
    cells: dict[tuple[str, str], Cell] = {}
    rows: dict[str, None] = {}
    columns: dict[str, None] = {}
    crossed = all(each.product.variant.count(DOT) for each in variants)
    for each in variants:
        sku, variant = each.product.sku, each.product.variant or each.product.sku
        row, _dot, column = variant.rpartition(DOT) if crossed else ("", "", variant)
        row, column = row.strip(), column.strip()
        price = price_words(desk, each)[0] or _("No price")
        note = price if prices and price != usual else ""
        if not note and sku in elsewhere:
            everywhere = elsewhere[sku] + max(0, each.on_hand or 0)
            note = _("{count} in all").format(count=count_of(each, everywhere))
            if not prices and not crossed:  # its name stands where the number here would
                note = dotted(_("{count} here").format(count=count_here(each)), note)
        if held.get(sku):
            note = _("{count} in sale").format(count=held[sku])
        none = each.on_hand is not None and each.on_hand <= 0
        here = "?" if each.on_hand is None else count_here(each)
        cell = Cell(sku, variant, here, note, none, sku == chosen.product.sku)
        every.append(cell)
        cells[row, column] = cell
        rows[row] = columns[column] = None
    if not crossed or len(cells) < len(variants):
        return Matrix((), (("", tuple(every)),))
    return _crossed(cells, rows, by_size(list(columns)))


def _crossed(cells: dict[tuple[str, str], Cell], rows: Iterable[str], columns: list[str]) -> Matrix:
    rows = list(rows)
    if len(columns) > MOST_COLUMNS >= len(rows):  # many sizes of few colours: sizes go down
        return Matrix(
            tuple(rows),
            tuple((column, tuple(cells.get((row, column)) for row in rows)) for column in columns),
        )
    return Matrix(
        tuple(columns),
        tuple((row, tuple(cells.get((row, column)) for column in columns)) for row in rows),
    )


MOST_COLUMNS = 7
"""More do not stand beside each other at 48 px and more."""
_SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL", "5XL")


def by_size(names: list[str]) -> list[str]:
    """Sizes as on a rail, the smallest first; other names as they come."""
    if all(name.upper() in _SIZES for name in names):
        return sorted(names, key=lambda name: _SIZES.index(name.upper()))
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names
