"""Row 15: beside every speed stands its durability: syncs to the disk, counted from outside."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pos_app.till import checkout, shift, sign_in
from tests.bench.measure import Row, percentile, sized, timed_ms, workplace
from tests.bench.syscalls import MARK, CannotTrace, syncs_between_marks
from tests.till.shop import PINS, make_shop, open_shop

SALE_BYTES = 14 * 4096
"""What the commit of a sale adds to its log, about."""


def run() -> list[Row]:
    """Syncs of a sale's commit, counted; and what one costs on this disk without any database."""
    rows = []
    try:
        counts = counted(workplace() / "fsyncs", sized(30, 3))
        rows.append(
            Row(
                15,
                "syncs to the disk a sale, fewest (traced)",
                min(counts),
                "",
                gate=1.0,
                on="measured",
                high=True,
            )
        )
    except CannotTrace as refused:
        sys.stderr.write(f"syncs of a sale are not counted here: {refused}\n")
    bare = _bare(workplace() / "bare", sized(400, 20))
    rows.append(Row(0, "fdatasync of a sale's bytes p50", percentile(bare, 50), "ms"))
    rows.append(Row(0, "fdatasync of a sale's bytes p99", percentile(bare, 99), "ms"))
    return rows


def counted(data: Path, sales: int) -> list[int]:
    """How many syncs each of so many sales waited for; raises CannotTrace."""
    return syncs_between_marks([sys.executable, "-m", "tests.bench.fsyncs", str(data), str(sales)])


def _bare(path: Path, times: int) -> list[float]:
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        return [timed_ms(lambda: _append(handle)) for _ in range(times)]
    finally:
        os.close(handle)


def _append(handle: int) -> None:
    os.write(handle, bytes(SALE_BYTES))
    os.fdatasync(handle)


def _sell(data: Path, sales: int) -> None:
    till = open_shop(make_shop(data))
    sign_in.sign_in(till, "ana", PINS["ana"])
    shift.open_shift(till, 10_000, {})
    for nth in range(sales):
        basket, _ = checkout.add(till, checkout.start(till), f"BULK-{nth:04}")
        payments = checkout.pay(till, basket, (), "cash", None)
        MARK()
        checkout.complete(till, basket, payments)
        MARK()
    till.close()


if __name__ == "__main__":
    _sell(Path(sys.argv[1]), int(sys.argv[2]))
