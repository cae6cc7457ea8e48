"""Goods between two stores, from a supplier and by count: hub, tills and networks are real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.hub import Hub
from tests.scenarios.test_promises import (
    MANAGER_IN,
    ONLINE,
    PATIENCE_S,
    hub,
    played,
    playing,
    step,
    tills,
)

pytestmark = pytest.mark.slow
__all__ = ["hub", "tills"]
NOTE = """note,supplier,due,box,barcode,qty
LS-4711,Beans Ltd,2026-11-26,B-1,9002490100070,24
LS-4711,Beans Ltd,2026-11-26,,4006381333931,6
"""


def told(hub: Hub, *words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(hub.command(*words, "--json"))
    return rows


def on_hand(hub: Hub, store: str) -> dict[str, int]:
    return {row["sku"]: row["on_hand"] for row in told(hub, "stock", "list", "--store", store)}


def test_a_transfer_is_sent_here_and_received_there_without_a_network(
    hub: Hub, tills: tuple[Path, Path]
) -> None:
    """12 leave store 2; at store 1 10 are counted while the network is away; nothing is lost twice."""
    before = on_hand(hub, "1")["SCARF"]
    sent = played(
        playing(
            tills[1],
            MANAGER_IN,
            ONLINE,
            step("send_goods", store="1", code="SCARF", qty=12, box="B-7"),
            ONLINE,
        )
    )
    name = sent[-2]["transfer"]
    assert on_hand(hub, "2")["SCARF"] == -12_000
    assert on_hand(hub, "1")["SCARF"] == before
    done = played(
        playing(
            tills[0],
            MANAGER_IN,
            ONLINE,
            step("wait_delivery", delivery=name, state="sent", timeout_s=PATIENCE_S),
            step("network", state="off"),
            step("receive", delivery=name, code="4006381333931", qty=7),
            step("pause_receiving", delivery=name),
            step("restart"),
            MANAGER_IN,
            step("receive", delivery=name, code="SCARF", qty=3, no_more=True),
            step("decide_difference", delivery=name, code="SCARF", kind="short", reason="missing"),
            step("finish_receiving", delivery=name),
            step("network", state="on"),
            ONLINE,
            step("wait_case", kind="transfer_difference", timeout_s=PATIENCE_S),
        )
    )
    finish = next(line for line in done if line["do"] == "finish_receiving")
    assert (finish["final"], finish["differences"]) == (True, 1)
    assert on_hand(hub, "1")["SCARF"] == before + 10_000
    row = next(row for row in told(hub, "transfers") if row["name"] == name)
    assert (row["state"], row["pieces"], row["received"], row["missing"]) == ("received", 12, 10, 2)


def test_a_suppliers_note_is_imported_twice_received_once_and_stock_is_counted(
    hub: Hub, tills: tuple[Path, Path]
) -> None:
    file = hub.folder / "note.csv"
    file.write_text(NOTE)
    assert "1 deliveries" in hub.command("delivery", "import", str(file), "--store", "1")
    assert "1 were known" in hub.command("delivery", "import", str(file), "--store", "1")
    before = on_hand(hub, "1")
    played(
        playing(
            tills[0],
            MANAGER_IN,
            ONLINE,
            step("wait_delivery", delivery="LS-4711", state="expected", timeout_s=PATIENCE_S),
            step("receive", delivery="LS-4711", box="B-1", rest=True),
            step("finish_receiving", delivery="LS-4711"),
            ONLINE,
        )
    )
    after = on_hand(hub, "1")
    assert (after["COFFEE"] - before["COFFEE"], after["SCARF"] - before["SCARF"]) == (24_000, 6_000)
    listed = told(hub, "delivery", "list")[0]
    assert (listed["state"], listed["expected"], listed["received"]) == ("received", 30, 30)
    short = after["COFFEE"] // 1_000 - 1
    played(
        playing(
            tills[0],
            MANAGER_IN,
            ONLINE,
            step("wait_delivery", delivery="LS-4711", state="received", timeout_s=PATIENCE_S),
            step("count", code="COFFEE", qty=short, name="Shelf 3"),
            step("finish_count"),
            ONLINE,
        )
    )
    assert on_hand(hub, "1")["COFFEE"] == short * 1_000
    counts = told(hub, "counts")
    assert [(row["name"], row["net"]) for row in counts] == [("Shelf 3", -1)]
    assert json.loads(hub.command("check", "--json"))["whole"]
    hub.command("verify")
