"""What may come back, and until when: the product says so, its department, else the store's days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.database import Connection, Statement, putting
from sync.hub.exception_rights import in_force
from sync.protocol import Sale

_p, _r = schema.product.c, schema.product_return.c
_PRODUCT = Statement(
    "sku",
    select(_r.returnable, _r.days, _p.department)
    .select_from(schema.product.outerjoin(schema.product_return, _r.sku == _p.sku))
    .where(_p.sku == bindparam("sku")),
)
_PUT = putting(schema.product_return)


@dataclass(frozen=True, slots=True)
class Rules:
    """Of some products."""

    of: Mapping[str, tuple[bool, int, str]] = field(default_factory=dict)
    """SKU -> (may come back, days of its own or -1, department)."""
    departments: Mapping[str, int] = field(default_factory=dict)

    def fixed(self, sku: str) -> bool:
        """True of a product that may not come back."""
        return sku in self.of and not self.of[sku][0]

    def days(self, sku: str) -> int | None:
        """How many days it may come back; 0 for ever, None where only the store's rule says."""
        row = self.of.get(sku)
        if row is None:
            return None
        return row[1] if row[1] >= 0 else self.departments.get(row[2])


def rules_of(connection: Connection, skus: Iterable[str]) -> Rules:
    """The rules of these products as they are now."""
    found = {}
    for sku in skus:
        row = connection.one(_PRODUCT, (sku,))
        if row is not None:
            own = row[0] is None
            found[sku] = (own or bool(row[0]), -1 if own else int(row[1]), str(row[2]))
    return Rules(found, in_force(connection, "").return_days_of or {})


def put(connection: Connection, rules: Iterable[tuple[str, bool, int]]) -> None:
    """Keeps what a catalogue says: (SKU, may come back, days or -1)."""
    connection.many(_PUT, list(rules))


def points_of(sale: Sale) -> int:
    """What a sale earned."""
    return sale.points.earned if sale.points is not None else 0
