"""A receipt as a document: blocks of text and marks, no bytes of any printer.

It is kept in the print queue as a plain dictionary, so what is printed an hour later is what
was meant at the sale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from pos_app.domain.errors import Refused


class Align(StrEnum):
    """Where a text stands on its line; start and end follow the direction of writing."""

    START = "start"
    CENTRE = "centre"
    END = "end"


class Size(StrEnum):
    """How large a text is; a printer shows what it can."""

    SMALL = "small"
    NORMAL = "normal"
    LARGE = "large"
    """Double width and height: totals and the shop's name."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, wrapped by whoever draws it."""

    text: str
    align: Align = Align.START
    bold: bool = False
    size: Size = Size.NORMAL


@dataclass(frozen=True, slots=True)
class Pair:
    """A text at the start and one at the end of the same line: a name and its amount.

    The end never wraps; a long start wraps before it.
    """

    left: str
    right: str
    bold: bool = False
    size: Size = Size.NORMAL


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the first cell at the start, the others at the end of equal columns.

    Rows that follow each other form one table; a cell that does not fit takes a line of its own.
    """

    cells: tuple[str, ...]
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""

    double: bool = False


@dataclass(frozen=True, slots=True)
class Blank:
    """Empty lines."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code with `data`."""

    data: str


@dataclass(frozen=True, slots=True)
class Barcode:
    """A Code 128 of `data` with the text under it, for the receipt's number."""

    data: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture known by its name in `resources`; left out where the printer has none."""

    name: str


Block = Text | Pair | Row | Rule | Blank | Qr | Barcode | Image

_KINDS: dict[str, type[Block]] = {
    "text": Text,
    "pair": Pair,
    "row": Row,
    "rule": Rule,
    "blank": Blank,
    "qr": Qr,
    "barcode": Barcode,
    "image": Image,
}
_NAMES = {block: name for name, block in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Receipt:
    """Blocks from top to bottom, then a cut."""

    blocks: tuple[Block, ...]
    title: str = ""
    """For a file's name or a window's title; not printed."""
    locale: str = "en"
    """Decides direction and hyphenation of whoever draws it."""

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON-able plain values."""
        return {
            "v": 1,
            "title": self.title,
            "locale": self.locale,
            "blocks": [{"kind": _NAMES[type(block)], **asdict(block)} for block in self.blocks],
        }

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> Receipt:
        """The document that `to_dict` made; raises Refused("receipt_unreadable").

        Fields a newer program added are ignored, so an older one still prints.
        """
        try:
            if plain["v"] != 1:
                raise Refused("receipt_unreadable", version=plain["v"])
            blocks = tuple(_block(row) for row in plain["blocks"])
            return Receipt(blocks, str(plain.get("title", "")), str(plain.get("locale", "en")))
        except (KeyError, TypeError, ValueError, AttributeError) as cause:
            raise Refused("receipt_unreadable", version=0) from cause


def _block(row: Mapping[str, Any]) -> Block:
    kind = _KINDS[row["kind"]]
    values: dict[str, Any] = {}
    for field in fields(kind):
        if field.name not in row:
            continue
        value = row[field.name]
        if field.name == "align":
            value = Align(value)
        elif field.name == "size":
            value = Size(value)
        elif field.name == "cells":
            value = _cells(value)
        elif type(value).__name__ != field.type:
            raise TypeError(f"{field.name} of {row['kind']}: {type(value).__name__}")
        values[field.name] = value
    return kind(**values)


def _cells(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(cell, str) for cell in value):
        raise TypeError("cells of row")
    return tuple(value)
