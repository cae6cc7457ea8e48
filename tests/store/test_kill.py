"""Killed at random moments while selling: what was reported is there, and nothing twice."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.store.journal_file import Ledgered
from pos_app.store.ledger import Ledger
from pos_app.store.verify import OK, verify
from tests.store.books import KEYS, ToldClock, new_ledger

ROOT = Path(__file__).parents[2]
KILLS = 25
CHILD = (sys.executable, "-m", "tests.store.selling_child")


def sell_until_killed(data: Path, receipts: int, moment_s: float) -> list[tuple[str, str]]:
    """Kills the seller `moment_s` after its `receipts`-th receipt; what it had reported."""
    child = subprocess.Popen(
        [*CHILD, str(data), "kill"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    killer = threading.Timer(moment_s, child.kill)
    reported: list[tuple[str, str]] = []
    for line in child.stdout:
        if line.endswith("\n"):  # half a line was never a receipt
            doc_no, sale_id = line.split()
            reported.append((doc_no, sale_id))
        if len(reported) == receipts:
            killer.start()
    child.stdout.close()
    assert child.wait(30) == -9
    killer.join()
    return reported


@pytest.mark.slow
def test_nothing_that_was_reported_is_lost_and_no_number_is_used_twice(data: Path) -> None:
    new_ledger(data).close()
    draw = random.Random(20261125)
    reported: list[tuple[str, str]] = []
    for _ in range(KILLS):
        reported += sell_until_killed(data, draw.randrange(1, 12), draw.random() * 0.02)
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        rows = ledger.sales(limit=1_000_000)
        assert ledger.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        queued = {job.sale_id for job in ledger.print_jobs(["queued"])}
    kept = {row.doc_no: row.sale_id for row in rows}
    assert len(kept) == len(rows), "a number twice"
    assert len({doc_no for doc_no, _ in reported}) == len(reported) > KILLS
    for doc_no, sale_id in reported:
        assert kept.get(doc_no) == sale_id, f"{doc_no} was reported and is not there"
    assert len(rows) - len(reported) <= KILLS, "at most one unreported commit a kill"
    assert sorted(int(doc_no.split(".")[1]) for doc_no in kept) == list(range(1, len(rows) + 1))
    assert queued == set(kept.values()), "each sale's receipt waits for its printer"
    with closing(Ledgered(data / "ledger.sqlite", KEYS.db_key)) as source:
        found = verify(source, frozenset({KEYS.public_hex}), [])
    assert (found.code, found.entries) == (OK, len(rows) + 2), found


def whole_after_refusal(data: Path, output: str, codes: set[str]) -> None:
    *sold, refused, again = output.splitlines()
    assert refused.split()[0] == "refused"
    assert refused.split()[1] in codes, refused
    assert again.split()[0] == f"1-2-1.{len(sold) + 1}", "it goes on, and no number is missing"
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        kept = [f"{row.doc_no} {row.sale_id}" for row in reversed(ledger.sales(100_000))]
    assert kept == [*sold, again]
    with closing(Ledgered(data / "ledger.sqlite", KEYS.db_key)) as source:
        assert verify(source, frozenset({KEYS.public_hex}), []).code == OK


@pytest.mark.parametrize("limit", [1, 5_000, 33_000, 40_000, 90_001, 130_000, 250_000, 400_000])
def test_a_disk_that_says_no_costs_the_sale_and_nothing_before_it(data: Path, limit: int) -> None:
    """A limit on a file's size strikes anywhere: in the log, its index, the file, the witness."""
    new_ledger(data).close()
    done = subprocess.run(
        [*CHILD, str(data), "limit", str(limit)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    # The last: COMMIT itself failed and the log could not be written over to make sure.
    whole_after_refusal(data, done.stdout, {"disk_full", "ledger_write_failed", "commit_unknown"})


MOUNTED = """
mount -t tmpfs -o size="$1" none "$2" && cp -p "$3"/* "$2" && truncate -s 0 "$2/ballast" &&
head -c 100000 /dev/zero > "$2/ballast" && shift && data="$1" && shift && out="$1" && shift &&
"$@" && rm -f "$data/ballast" && cp -p "$data"/* "$out"
"""


@pytest.mark.parametrize("size_kib", [388, 420, 456, 700])
def test_a_disk_that_is_really_full(data: Path, tmp_path: Path, size_kib: int) -> None:
    unshare = shutil.which("unshare")
    small = tmp_path / "small"
    small.mkdir()
    alone = [unshare or "", "-rm", "sh", "-ec"]
    probe = f"mount -t tmpfs -o size=1m none {small}"
    if not unshare or subprocess.run([*alone, probe], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here: the limit on a file's size stands in for it")
    new_ledger(data).close()
    done = subprocess.run(
        [
            *(*alone, MOUNTED, "sh", f"{size_kib}k", str(small), str(data)),
            *(*CHILD, str(small), "full"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    whole_after_refusal(data, done.stdout, {"disk_full"})
