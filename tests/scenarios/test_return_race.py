"""The same goods at two counters at the same time, both online: one of them gives the money."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sync.protocol import Refunded
from tests.scenarios.hub import ROOT, Hub, hub_in, sync_once
from tests.scenarios.test_promises import ONLINE, PATIENCE_S, SIGN_IN, playing, step
from tests.scenarios.test_returns import documents

pytestmark = pytest.mark.slow
OPEN = step("open_shift", amount=100)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with hub_in(tmp_path_factory.mktemp("hub")) as hub:
        one, two = hub.enrol(1, 2)
        for data in (one, two):
            ended(playing(data, SIGN_IN, OPEN, ONLINE))
        yield hub, one, two


def ended(process: subprocess.Popen[str], *, well: bool = True) -> list[dict[str, Any]]:
    out, _ = process.communicate(timeout=3 * PATIENCE_S)
    assert (process.returncode == 0) is well, out
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def sell(data: Path) -> str:
    lines = ended(
        playing(
            data,
            *(SIGN_IN, step("scan", code="4006381333931")),
            *(step("pay", tender="cash"), ONLINE),
        )
    )
    return str(next(row["doc_no"] for row in lines if row["do"] == "pay"))


def take_back(data: Path, number: str) -> subprocess.Popen[str]:
    """A till that has asked the hub by the time it says so, and pays when it is told to."""
    file = data.parent / f"{data.name}-back.toml"
    back = step("refund", doc_no=number, reason="faulty", patience_s=PATIENCE_S)
    file.write_text(f"{SIGN_IN}\n{ONLINE}\n{back}")
    return subprocess.Popen(
        [sys.executable, "-m", "tests.scenarios.returner", str(file), str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_goods_brought_to_both_tills_at_once_are_paid_back_at_one(
    shop: tuple[Hub, Path, Path],
) -> None:
    hub, one, two = shop
    number = sell(one)
    sync_once(two)
    before = len(refunds(one, two))
    both = [take_back(data, number) for data in (one, two)]
    for process in both:
        assert process.stdout is not None
        assert any('"asked"' in line for line in process.stdout), "neither has paid yet"
    lines = []
    for process in both:
        out, _ = process.communicate("now\n", timeout=3 * PATIENCE_S)
        assert process.returncode == 0, out
        lines.append(json.loads(out.splitlines()[-1]))
    (given,) = [row for row in lines if row["ok"]]
    assert given["auth"], "paid with the hub's word"
    (told,) = [row for row in lines if not row["ok"]]
    winner = str(1 + lines.index(given))
    assert told["error"] == "return_under_way", told
    assert told["facts"] == {"till": winner, "store": "1"}
    sync_once(one)
    sync_once(two)
    after = refunds(one, two)
    assert len(after) == before + 1
    assert not any(fact.offline for fact in after)
    assert hub.report()["exceptions"] == []


def refunds(*tills: Path) -> list[Refunded]:
    return [fact for data in tills for fact in documents(data) if isinstance(fact, Refunded)]
