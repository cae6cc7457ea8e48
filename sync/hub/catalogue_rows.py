"""A record of a product file as a product, its prices and its stock, or as what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pos_app.domain.barcode import read as read_code
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI, minor_digits
from pos_app.domain.text import plain
from sync.hub import catalogue_values as values
from sync.hub.catalogue_values import Unreadable
from sync.protocol.messages import PriceRow, ProductRow

SKU_MAX: Final = 64
NAME_MAX: Final = 250
TEXT_MAX: Final = 120
CODES_MAX: Final = 50
SHOWN: Final = 80
"""Characters of a bad value that are shown."""
_EXCEL_TEXT: Final = re.compile(r'="?(\d+)"?\Z', re.ASCII)
_ROUNDED: Final = re.compile(r"\d[.,]\d+E\+?\d+\Z", re.ASCII | re.IGNORECASE)
_CODE_GAPS: Final = re.compile(r"[\s,;|]+")
_DAMAGED: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read; what is left empty is found out."""

    currency: str = "EUR"
    price_list: str = "retail"
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field -> the header it stands under (`--map name=Bezeichnung`)."""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    """The decimal mark of prices, "." or ","."""
    tax_code: str = "standard"
    """For rows that say none."""
    tax_codes: Mapping[str, str] = field(default_factory=dict)
    """What the file says -> the store's code: {"20 %": "standard"}."""


class CatalogueRow(NamedTuple):
    """One product of the file, as the feed will carry it."""

    product: ProductRow
    price: PriceRow | None
    """None where the file states none."""
    stock: int | None
    """On hand, thousandths; None where the file states none."""
    back: tuple[bool, int] | None = None
    """Whether it may come back, and within how many days of its own (-1: as others); None where the
    file says neither."""


class RowError(NamedTuple):
    """What is wrong in one row; `code` has words in the product."""

    row_no: int
    """As a spreadsheet counts: the header is row 1."""
    column: str
    code: str
    value: str
    left_out: bool = True
    """False where the row was taken all the same, without the value."""


_ALWAYS: Final = ("", "", "", "")
_Result = tuple[int, CatalogueRow | RowError]


class RowReader:
    """Turns records into rows and remembers what the file said before: skus, codes, a style's name."""

    def __init__(
        self, headers: Sequence[str], places: Mapping[str, tuple[int, ...]], options: Options
    ) -> None:
        self._headers = headers
        self._options = options
        self._digits = minor_digits(options.currency)
        self._mark = options.decimal
        self._width = width = len(headers)
        self._codes_at = places.get("barcode", ())
        one = {name: at[0] for name, at in places.items()}
        self._price_at = [one[name] for name in ("price", "was", "promo_price") if name in one]
        self._sku = one.get("sku", width)
        self._name = one.get("name", width)
        self._variant = one.get("variant", width)
        self._colour = one.get("colour", width)
        self._size = one.get("size", width)
        self._varies = min(self._variant, self._colour, self._size) < width
        self._style = one.get("style", width)
        self._department = one.get("department", width)
        self._icon = one.get("icon", width)
        self._unit = one.get("unit", width)
        self._tax = one.get("tax_code", width)
        self._age = one.get("age_limit", width)
        self._active = one.get("active", width)
        self._price = one.get("price", width)
        self._was = one.get("was", width)
        self._promo = one.get("promo_price", width)
        self._dates = [
            one.get(name, width) for name in ("price_from", "price_to", "promo_from", "promo_to")
        ]
        self._dated = min(self._dates) < width
        self._stock = one.get("stock", width)
        self._returnable = one.get("returnable", width)
        self._days_back = one.get("return_days", width)
        self._says_back = min(self._returnable, self._days_back) < width
        self._at = 0
        """The column that is being read: where a fault is."""
        self._skus: dict[str, int] = {}
        self._codes: dict[str, int] = {}
        self._last = ("", "")
        """Style and name of the row before: exports name a style once."""

    def learn(self, records: Iterable[Sequence[str]]) -> None:
        """Finds the decimal mark in the first records, where nobody told it."""
        if not self._mark:
            self._mark = values.decimal_mark(
                cells[at] for cells in records for at in self._price_at if at < len(cells)
            )

    def read(self, row_no: int, cells: list[str] | None) -> list[_Result]:
        """One record's row, and what was wrong in it."""
        if cells is None:
            return [(row_no, RowError(row_no, "", "quote_unclosed", ""))]
        width, found = self._width, len(cells)
        if found > width:
            extra = "".join(cells[width:]).strip()
            if extra:
                return [(row_no, RowError(row_no, "", "row_too_wide", _shown(extra)))]
            del cells[width:]
            found = width
        cells.extend([""] * (width + 1 - found))  # so that a column the file lacks reads as empty
        if found == 1 and not cells[0].strip():
            return []
        faults: list[_Result] = []
        try:
            row = self._row(row_no, cells, faults)
        except Unreadable as bad:
            return [(row_no, self._fault(row_no, bad.code, bad.value or cells[self._at]))]
        faults.append((row_no, row))
        return faults

    def _fault(self, row_no: int, code: str, value: str, *, left_out: bool = True) -> RowError:
        column = self._headers[self._at] if self._at < self._width else ""
        return RowError(row_no, column, code, _shown(value), left_out)

    def _row(self, row_no: int, cells: list[str], faults: list[_Result]) -> CatalogueRow:
        options = self._options
        codes, keys = self._barcodes(row_no, cells, faults)
        sku = _code(self._text(cells, self._sku, SKU_MAX)) or (codes[0] if codes else "")
        if not sku:
            raise Unreadable("sku_missing")
        if sku in self._skus:
            self._at = self._sku if self._sku < self._width else self._codes_at[0]
            raise Unreadable("sku_twice", f"{sku} (row {self._skus[sku]})")
        style = self._text(cells, self._style, SKU_MAX) if cells[self._style] else ""
        name = self._text(cells, self._name, NAME_MAX)
        if not name:
            if not style or style != self._last[0]:
                raise Unreadable("name_missing")
            name = self._last[1]
        self._last = (style, name)
        unit = PIECE
        if cells[self._unit]:
            self._at = self._unit
            unit = values.unit(cells[self._unit].strip())
        age = 0
        if cells[self._age]:
            self._at = self._age
            age = values.age(cells[self._age].strip()) if cells[self._age].strip() else 0
        active = True
        if cells[self._active]:
            self._at = self._active
            active = values.flag(cells[self._active].strip())
        tax = self._text(cells, self._tax, SKU_MAX) if cells[self._tax] else ""
        product = ProductRow(
            sku,
            name,
            self._variant_of(cells) if self._varies else "",
            style,
            self._text(cells, self._department, TEXT_MAX) if cells[self._department] else "",
            unit,
            (options.tax_codes.get(tax, tax) if tax else "") or options.tax_code,
            age,
            self._text(cells, self._icon, SKU_MAX) if cells[self._icon] else "",
            active,
            codes,
        )
        prices = self._prices(cells) if self._price_at else ()
        price = PriceRow(sku, options.price_list, options.currency, prices) if prices else None
        stock = self._stock_of(row_no, cells, unit, faults) if cells[self._stock] else None
        back = self._back_of(cells) if self._says_back else None
        self._skus[sku] = row_no
        for key in keys:
            self._codes[key] = row_no
        return CatalogueRow(product, price, stock, back)

    def _text(self, cells: list[str], at: int, limit: int) -> str:
        self._at = at
        cell = cells[at]
        if not cell:
            return ""
        if not cell.isprintable():
            if _DAMAGED.search(cell):
                raise Unreadable("text_damaged")
            cell = plain(cell, len(cell))
        if "  " in cell or cell[:1] == " " or cell[-1:] == " ":
            cell = " ".join(cell.split())
        if len(cell) > limit:
            raise Unreadable("text_too_long")
        return cell

    def _back_of(self, cells: list[str]) -> tuple[bool, int]:
        self._at = self._returnable
        may = values.flag(cells[self._returnable].strip())
        self._at = self._days_back
        days = values.days(cells[self._days_back].strip())
        return may, days

    def _variant_of(self, cells: list[str]) -> str:
        variant = self._text(cells, self._variant, TEXT_MAX)
        if variant:
            return variant
        both = (self._text(cells, at, TEXT_MAX // 2) for at in (self._colour, self._size))
        return " · ".join(part for part in both if part)

    def _barcodes(
        self, row_no: int, cells: list[str], faults: list[_Result]
    ) -> tuple[tuple[str, ...], list[str]]:
        """The row's codes and their keys; one that another row has is reported and left to it.

        A wrong check digit is told of and taken all the same: shops have such numbers.
        """
        found: list[str] = []
        keys: list[str] = []
        for at in self._codes_at:
            cell = self._text(cells, at, 2_000)
            if not cell:
                continue
            for part in _split_codes(cell):
                code = _code(part)
                try:
                    known = read_code(code)
                except PosError:
                    raise Unreadable("barcode_unreadable", part) from None
                key = known.value
                if known.kind == "text" and _mistyped(code):
                    faults.append(
                        (row_no, self._fault(row_no, "barcode_check_digit", code, left_out=False))
                    )
                first = self._codes.get(key)
                if first is None:
                    if key not in keys:
                        found.append(code)
                        keys.append(key)
                elif self._sku < self._width:
                    said = f"{code} (row {first})"
                    faults.append(
                        (row_no, self._fault(row_no, "barcode_twice", said, left_out=False))
                    )
                else:
                    raise Unreadable("barcode_twice", f"{code} (row {first})")
        if len(found) > CODES_MAX:
            raise Unreadable("barcode_too_many")
        return tuple(found), keys

    def _prices(self, cells: list[str]) -> tuple[tuple[str, str, int, int], ...]:
        amount = self._amount(cells, self._price) if cells[self._price] else None
        was = (self._amount(cells, self._was) or 0) if cells[self._was] else 0
        promo = self._amount(cells, self._promo) if cells[self._promo] else None
        if amount is None and promo is None:
            return ()
        start, end, promo_start, promo_end = self._days(cells) if self._dated else _ALWAYS
        rows = []
        if amount is not None:
            rows.append((start, end, amount, was if was > amount else 0))
        if promo is not None:
            before = was or amount or 0
            rows.append((promo_start, promo_end, promo, before if before > promo else 0))
        return tuple(rows)

    def _amount(self, cells: list[str], at: int) -> int | None:
        cell = cells[at].strip()
        if not cell:
            return None
        self._at = at
        return values.amount(cell, self._digits, self._mark)

    def _days(self, cells: list[str]) -> tuple[str, str, str, str]:
        start, end, promo_start, promo_end = (self._day(cells, at) for at in self._dates)
        for first, last in ((start, end), (promo_start, promo_end)):
            if first and last and last < first:
                raise Unreadable("dates_reversed", f"{first} - {last}")
        return start, end, promo_start, promo_end

    def _day(self, cells: list[str], at: int) -> str:
        cell = cells[at].strip()
        if not cell:
            return ""
        self._at = at
        return values.day(cell)

    def _stock_of(
        self, row_no: int, cells: list[str], unit: str, faults: list[_Result]
    ) -> int | None:
        """What is on hand; a figure that cannot be read is reported and does not stop the row."""
        cell = cells[self._stock].strip()
        if not cell:
            return None
        self._at = self._stock
        try:
            stock = values.thousandths(cell, self._mark)
            code = "stock_not_whole" if unit == PIECE and stock % MILLI else ""
        except Unreadable as bad:
            stock, code = 0, bad.code
        if code:
            faults.append((row_no, self._fault(row_no, code, cell, left_out=False)))
            return None
        return stock


def _mistyped(code: str) -> bool:
    """True for digits as long as a GTIN's: read as text, their check digit can only be wrong."""
    return len(code) in (8, 12, 13, 14) and code.isascii() and code.isdigit()


def _split_codes(cell: str) -> list[str]:
    if cell.isalnum():
        return [cell]
    parts = [part for part in _CODE_GAPS.split(cell) if part]
    if len(parts) > 1 and "," not in cell and ";" not in cell and "|" not in cell:
        try:
            whole = read_code(cell)
        except PosError:
            return parts
        if whole.kind == "gtin":
            return [cell]  # one number printed in groups
    return parts


def _code(text: str) -> str:
    """A code as it stands, without what spreadsheets put around it to keep its zeros."""
    if not text or text.isalnum():
        return text
    if _ROUNDED.match(text):
        raise Unreadable("code_rounded", text)
    wrapped = _EXCEL_TEXT.match(text)
    return wrapped.group(1) if wrapped else text


def _shown(value: str) -> str:
    return plain(value, SHOWN)
