"""A product file into the catalogue: only what changed is written, and published as it is.

Each few thousand rows are one transaction, so tills go on selling and syncing meanwhile; a run
that was stopped is gone on with by running it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sync.hub import catalogue, store
from sync.hub.answers import Clock, stamp
from sync.hub.catalogue import PART, Changes
from sync.hub.catalogue_file import CatalogueFile
from sync.hub.catalogue_rows import CatalogueRow, RowError
from sync.hub.database import Connection

PARTS: Final = 20
"""So many parts of 500 rows are one transaction."""
FAULTS_KEPT: Final = 100_000
"""Faults kept with their row numbers; the rest are only counted."""
PAUSE_S: Final = 0.002
"""Left to others between two transactions: a till that waits for the database gets its turn."""


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    prices: int = 0
    """Products whose prices changed."""
    stock: int = 0
    """Products whose stock was set."""
    stock_left: int = 0
    """Products whose stock the hub knows better (it moved since) and was left."""
    without_price: int = 0
    left_out: int = 0
    """Rows that could not be taken."""
    warnings: int = 0
    faults: list[RowError] = field(default_factory=list)

    def note(self, fault: RowError) -> None:
        """Counts a fault and keeps it with its row number."""
        if fault.left_out:
            self.left_out += 1
        else:
            self.warnings += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class Run:
    """How an import is to go."""

    store_id: str
    """Whose stock the file states."""
    dry_run: bool = False
    set_stock: bool = False
    """Also sets the stock of products that have some: for a count, not for a catalogue."""


def import_catalogue(
    connection: Connection,
    file: CatalogueFile,
    run: Run,
    clock: Clock,
    progress: Callable[[int, int, int], None] | None = None,
) -> ImportReport:
    """Brings the catalogue to what `file` says; what the file leaves out stays as it is.

    `progress` is told bytes done, bytes in all and rows. Raises what reading the file and
    writing the database raise; everything before that is kept.
    """
    report = ImportReport()
    codes = {rate.code for shop in store.every(connection) for rate in shop.rules.rates}
    changes = Changes()
    for place, part in enumerate(_parts(file, report, codes), 1):
        _compare(connection, part, run, report, changes)
        if place % PARTS == 0:
            _write(connection, changes, run, clock)
            changes = Changes()
        if progress is not None:
            progress(file.done, file.size, report.rows)
    _write(connection, changes, run, clock)
    return report


def _parts(
    file: CatalogueFile, report: ImportReport, codes: set[str]
) -> Iterator[list[CatalogueRow]]:
    part: list[CatalogueRow] = []
    for row_no, row in file.rows():
        if isinstance(row, RowError):
            report.note(row)
            report.rows += row.left_out
            continue
        report.rows += 1
        tax_code = row.product.tax_code
        if tax_code not in codes:
            report.note(RowError(row_no, "tax_code", "tax_code_unknown", tax_code, False))
        if row.price is None:
            report.without_price += 1
        part.append(row)
        if len(part) == PART:
            yield part
            part = []
    if part:
        yield part


def _compare(
    connection: Connection,
    part: list[CatalogueRow],
    run: Run,
    report: ImportReport,
    changes: Changes,
) -> None:
    changed, added = catalogue.changed_products(connection, [row.product for row in part])
    report.added += added
    report.changed += len(changed) - added
    report.unchanged += len(part) - len(changed)
    changes.products += changed
    prices = catalogue.changed_prices(
        connection, [row.price for row in part if row.price is not None]
    )
    report.prices += len(prices)
    changes.prices += prices
    counted = {row.product.sku: row.stock for row in part if row.stock is not None}
    known = catalogue.stock_known(connection, run.store_id, list(counted))
    for sku, stock in counted.items():
        if sku in known and not run.set_stock:
            report.stock_left += known[sku] != stock
        elif stock != known.get(sku, 0) or sku not in known:
            changes.stock[sku] = stock - known.get(sku, 0)
            report.stock += 1
    changes.back += [(row.product.sku, *row.back) for row in part if row.back is not None]


def _write(connection: Connection, changes: Changes, run: Run, clock: Clock) -> None:
    told = (changes.products, changes.prices, changes.stock, changes.back)
    if run.dry_run or not any(told):
        return
    with connection.transaction():
        changes.write(connection, run.store_id, stamp(clock.now()), "import")
    time.sleep(PAUSE_S)
