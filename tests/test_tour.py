"""The tour is the product's own proof, so the tests play it: a hub, two tills, an outage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pos_app.demo.tour import agrees

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
FAIR = {
    "sales_made": 3,
    "receipts_printed": 3,
    "sales_at_hub": 3,
    "refunds_made": 1,
    "refunds_at_hub": 1,
    "orders_handed_over": 1,
    "orders_at_hub": 1,
    "money_difference": 0,
    "stock_difference": 0,
    "card_difference": 0,
    "points_difference": 0,
    "training_at_hub": 0,
    "stopped": "",
}


@pytest.mark.timeout(300)
def test_the_tour_ends_with_books_that_agree(tmp_path: Path) -> None:
    without_display = {k: v for k, v in os.environ.items() if "DISPLAY" not in k}
    done = subprocess.run(
        [sys.executable, "-m", "pos_app", "demo", "--data", str(tmp_path)],
        cwd=ROOT,
        env=without_display | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "There is no display here" in told
    assert "Traceback" not in told, told
    report = json.loads((tmp_path / "tour" / "report.json").read_text())
    assert report["sales_made"] == report["sales_at_hub"] == report["receipts_printed"] >= 30
    assert report["refunds_made"] == report["refunds_at_hub"] == 5
    assert report["orders_handed_over"] == report["orders_at_hub"] == 1
    differences = ("money_difference", "stock_difference", "card_difference", "points_difference")
    assert [report[name] for name in differences] == [0, 0, 0, 0]
    assert (report["training_sales"], report["training_at_hub"]) == (1, 0)
    assert report["voids_at_hub"] == 2
    assert report["exceptions_at_hub"] == 1, "what came back twice is told, and nothing else"
    assert report["quarantined_at_hub"] == 0
    assert (tmp_path / "tour" / "shop" / "hub.log").read_text() == "", (
        "the hub had something to say"
    )
    pictures = sorted(path.name for path in (tmp_path / "tour").glob("*.png"))
    assert len(pictures) >= 60
    shown = {name[3:].removesuffix(".png") for name in pictures}
    assert shown >= {"promotions", "card_no_answer", "return_done", "training", "sell_ar"}
    assert shown >= {"pickup", "pickup_found", "hand_over"}
    assert shown >= {"order_swapped", "order_swapped_done", "second_return_caught"}
    assert shown >= {"customer_display", "close_shift", "sell_dark", "sell_1024", "sell_1920"}
    assert not [name for name in pictures if "stuck" in name]


@pytest.mark.parametrize(
    "worse",
    [
        {"sales_at_hub": 2},
        {"sales_at_hub": 4},
        {"receipts_printed": 2},
        {"money_difference": 1},
        {"stock_difference": 1000},
        {"card_difference": 1},
        {"refunds_at_hub": 0},
        {"refunds_made": 2},
        {"orders_at_hub": 0},
        {"training_at_hub": 1},
        {"stopped": "tour_stuck"},
        {"sales_made": 0, "receipts_printed": 0, "sales_at_hub": 0},
    ],
)
def test_a_day_with_any_difference_is_no_success(worse: dict[str, object]) -> None:
    assert agrees(FAIR)
    assert not agrees(FAIR | worse)
