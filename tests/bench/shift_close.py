"""A shift of 5,000 sales closed, offline: the whole verb beside the driver adding the same rows up.

The totals are folded into the shift's row with each sale, so a Z reads one row; what it costs is the
signature, the commit and counting what the hub does not have yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any

from pos_app.store.records import new_id
from pos_app.till import cash, checkout, shift, sign_in
from pos_app.till.till import Till, stamp
from sync.protocol import Sale
from tests.bench.measure import Row, percentile, sized, timed_ms
from tests.bench.sale_commit import baskets, ready_till
from tests.till.shop import PINS

SALES = 5_000
IN_ONE = 250
"""Sales a transaction while the shift is filled: only the size matters there."""
ALONE = 100
"""Sales committed each for itself, at the shift's beginning and at its end."""
_TENDERS = (
    "SELECT tender, sum(sale_tender.amount) FROM sale JOIN sale_tender USING (place) "
    "WHERE shift = ? GROUP BY tender"
)
_TAXES = (
    "SELECT tax_code, rate_ppm, sum(sale_line.net), sum(sale_line.tax) FROM sale "
    "JOIN sale_line USING (place) WHERE shift = ? GROUP BY tax_code, rate_ppm"
)
_SUMS = (
    "SELECT count(*), sum(gross), sum(discount), sum(net), sum(tax), sum(total), sum(rounding) "
    "FROM sale WHERE shift = ?"
)


def run() -> list[Row]:
    """The first sales and the last ones, then the screen's reads, then the Z."""
    till = ready_till("shift_close")
    sales, alone = sized(SALES, 60), sized(ALONE, 5)
    like = _like(till)
    early = _each(till, like, alone)
    for start in range(0, sales - 2 * alone, IN_ONE):
        _many(till, like, min(IN_ONE, sales - 2 * alone - start))
    till.ledger.checkpoint_when_idle()
    late = _each(till, like, alone)
    sign_in.sign_in(till, "mia", PINS["mia"])
    for kind, amount in ((cash.IN, 5_000), (cash.OUT, 1_200), (cash.DROP, 20_000)):
        cash.move_cash(till, kind, amount, "change")
    raw = [timed_ms(lambda: _added_up(till)) for _ in range(5)]
    screen = [timed_ms(lambda: _screen(till)) for _ in range(5)]
    found = shift.summary(till).expected()
    began = perf_counter()
    z = shift.close_shift(till, found).z
    verb = (perf_counter() - began) * 1e3
    till.close()
    return list(_rows(z.sales, verb, raw, screen, (early, late)))


def _rows(
    sales: int,
    verb: float,
    raw: list[float],
    screen: list[float],
    each: tuple[list[float], list[float]],
) -> Iterator[Row]:
    floor = percentile(raw, 50)
    beside = "the driver adding up the same rows, once"
    what = f"Z of {sales:,} sales, offline, whole verb"
    yield Row(0, what, verb, "ms", floor, beside, gate=2_000, goal=200, on="measured")
    told = f"Close shift of {sales:,} sales, what its screen reads"
    yield Row(0, told, percentile(screen, 50), "ms", floor, beside)
    early, late = each
    last = f"a sale after {sales:,} in the shift p50"
    first = percentile(early, 50)
    yield Row(0, last, percentile(late, 50), "ms", first, "the shift's first sales", gate=1.5)


def _like(till: Till) -> Sale:
    basket = next(iter(baskets(till, 1)))
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash", None))
    return done.sale


def _many(till: Till, like: Sale, count: int) -> None:
    fields: dict[str, Any] = {name: getattr(like, name) for name in like.__struct_fields__}
    with till.ledger.transaction() as tx:
        for _ in range(count):
            stamped = stamp(till, tx, document=True, fact_id=new_id(till.now()))
            tx.append(Sale(**(fields | stamped)))


def _each(till: Till, like: Sale, count: int) -> list[float]:
    return [timed_ms(lambda: _many(till, like, 1)) for _ in range(count)]


def _added_up(till: Till) -> None:
    for sql in (_TENDERS, _TAXES, _SUMS):
        till.ledger.connection.execute(sql, (till.need_shift().shift_id,)).fetchall()


def _screen(till: Till) -> None:
    current = till.need_shift()
    shift.summary(till)
    till.view.cash_moves(current.shift_id)
    till.view.day_totals("2026-11-18", current.currency)
    till.view.unsent(till.acked())
