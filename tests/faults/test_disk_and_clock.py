"""A disk that takes nothing in the middle of a sale and its receipt; a clock that was set."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hardware.connect import connect
from pos_app.domain.errors import PosError
from pos_app.till import checkout, open_till, sign_in
from pos_app.till.shift import open_shift
from tests.faults.said import run
from tests.scenarios.hub import MANAGER, ROOT
from tests.till.shop import HandClock

SELLS = """
import json, resource, sys
from pathlib import Path
from hardware.connect import connect
from pos_app.domain.errors import PosError
from pos_app.till import checkout, open_till, sign_in
from pos_app.till.shift import open_shift

data = Path(sys.argv[1])
till = open_till(data, devices=connect(data=data))
manager = next(person for person in till.staff.values() if person.role == "manager")
sign_in.sign_in(till, manager.staff_id, sys.argv[2])
open_shift(till, 10_000)
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
codes = []

def full(step, room=100):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    try:
        step()
        codes.append("done")
    except PosError as told:
        codes.append(told.code)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

basket, _ = checkout.scan(till, checkout.start(till), "4006381333931")
paid = checkout.pay(till, basket, (), "cash", None)
full(lambda: checkout.keep(till, basket, paid))
full(lambda: checkout.complete(till, basket, paid))
done = checkout.complete(till, basket, paid)
full(till.printing.take)
work = till.printing.take()
ending = till.printing.perform(work)
full(lambda: till.printing.settle(work, ending))
nothing = till.printing.take() is None
print(json.dumps({
    "codes": codes,
    "doc_no": done.sale.doc_no,
    "nothing_left": nothing,
    "sales": len(till.ledger.sales()),
    "jobs": [job.state for job in till.ledger.print_jobs(("queued", "printing", "printed"))],
    "receipts": len(list((data / "receipts").glob("*.txt"))),
}))
"""


def test_a_disk_that_takes_nothing_costs_no_sale_and_no_receipt(data: Path) -> None:
    """keep, complete, take and settle each fail once; then there is room again."""
    done = subprocess.run(
        [sys.executable, "-c", SELLS, str(data), MANAGER[1]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    unsaved = {"commit_unknown", "ledger_write_failed", "disk_full"}
    assert set(found.pop("codes")) <= unsaved
    assert found == {
        "doc_no": "1-1-1.1",
        "nothing_left": True,
        "sales": 1,
        "jobs": ["printed"],
        "receipts": 1,
    }
    assert run("journal", "verify", str(data))[0] == 0


@pytest.mark.parametrize("days", [-20_400, -400, -3, 5, 3_650])
def test_a_clock_set_between_two_sales_moves_no_sale_into_a_day_that_is_over(
    data: Path, days: int
) -> None:
    clock = HandClock(datetime.now(UTC))
    till = open_till(data, devices=connect(data=data), clock=clock)
    try:
        manager = next(person for person in till.staff.values() if person.role == "manager")
        sign_in.sign_in(till, manager.staff_id, MANAGER[1])
        opened = open_shift(till, 10_000)
        for move in (timedelta(), timedelta(days=days), timedelta()):
            clock.moment = datetime.now(UTC) + move
            basket, _ = checkout.scan(till, checkout.start(till), "9002490100070")
            checkout.complete(till, basket, checkout.pay(till, basket, (), "cash", None))
            assert till.printing.run_once() is not None
        numbers = [row.doc_no for row in reversed(till.ledger.sales())]
        assert numbers == ["1-1-1.1", "1-1-1.2", "1-1-1.3"]
        days_of = [row.business_date for row in reversed(till.ledger.sales())]
        assert min(days_of) == opened.business_date
        assert days_of[2] == opened.business_date
        with pytest.raises(PosError, match="pin_wrong"):
            sign_in.sign_in(till, manager.staff_id, "000000")
    finally:
        till.close()
    assert run("journal", "verify", str(data))[0] == 0
