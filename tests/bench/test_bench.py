"""Every benchmark runs, at a size of seconds, and says what it is asked for. No speed is judged."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

from tests.bench import __main__ as bench
from tests.bench import fsyncs
from tests.bench.measure import QUICK, Row
from tests.bench.syscalls import CannotTrace


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(QUICK, "1")
        patch.setenv("HOLDFAST_BENCH_DIR", str(tmp_path_factory.mktemp("bench")))
        yield


@pytest.mark.slow
@pytest.mark.parametrize("name", bench.BENCHES)
def test_a_benchmark_runs(name):
    rows = importlib.import_module(f"tests.bench.{name}").run()
    assert rows
    for row in rows:
        assert row.what
        assert row.measured >= 0
        assert row.floor or row.on == "measured" or row.gate is None or row.beside
    assert bench.table(rows).count("\n") == len(rows)


def test_a_sale_waits_for_the_disk_at_least_once(tmp_path):
    try:
        counts = fsyncs.counted(tmp_path / "till", 3)
    except CannotTrace as refused:
        pytest.skip(f"tracing is not allowed here: {refused}")
    assert len(counts) == 3
    assert min(counts) >= 1


def test_the_table_marks_what_is_kept_and_what_is_not():
    rows = [
        Row(1, "slow", 5.0, "ms", 2.0, "raw", gate=2.0, goal=1.35),
        Row(3, "many", 90_000, "/s", 100_000, "bare", gate=0.6, goal=0.95, high=True),
        Row(7, "quick", 0.4, "ms", gate=1.0, goal=0.5, on="measured"),
        Row(0, "for the record", 12.5, "MB"),
    ]
    lines = bench.table(rows).splitlines()
    assert "2.50x" in lines[1]
    assert "<= 2x FAILS" in lines[1]
    assert "<= 1.35x not yet" in lines[1]
    assert "90,000 /s" in lines[2]
    assert ">= 0.6x ok" in lines[2]
    assert ">= 0.95x not yet" in lines[2]
    assert "<= 1 ms ok" in lines[3]
    assert "<= 0.5 ms reached" in lines[3]
    assert "ok" not in lines[4]


def test_the_command_prints_the_table_and_keeps_the_rows(tmp_path):
    goods = tmp_path / "goods.csv"
    goods.write_text("barcode,name\n" + "".join(f"40063813{n:05},Milk {n}\n" for n in range(700)))
    kept = tmp_path / "rows.json"
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.bench",
            "lookup",
            "--quick",
            f"--data={goods}",
            f"--json={kept}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "goods.csv, 700 products" in ran.stdout
    assert [row["number"] for row in json.loads(kept.read_text())] == [7, 7, 7]
