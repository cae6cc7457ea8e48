"""Goods of another store, asked for at one till and picked at the other: real processes."""

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
    SIGN_IN,
    count,
    hub,
    played,
    playing,
    step,
    tills,
)

__all__ = ["hub", "tills"]

pytestmark = pytest.mark.slow


def done(lines: list[dict[str, Any]], do: str) -> dict[str, Any]:
    return next(row for row in lines if row["do"] == do)


def parts(hub: Hub) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(hub.command("orders", "--json"))
    return rows


def test_asked_for_without_the_hub_promised_when_it_is_back_and_fetched_in_the_other_store(
    hub: Hub, tills: tuple[Path, Path]
) -> None:
    count(hub, "SCARF", 3)
    wish = {"sku": "SCARF", "store": "1", "qty": 2, "name": "Ada L.", "phone": "+43 1"}
    asked = played(
        playing(
            tills[1],
            *(MANAGER_IN, ONLINE, step("network", state="off"), step("reserve_elsewhere", **wish)),
            step("reserve_elsewhere", **{**wish, "store": "2"}, refused="store_is_here"),
            step("network", state="on"),
            step("wait_answer", state="RESERVED", timeout_s=PATIENCE_S),
        )
    )
    own = done(asked, "reserve_elsewhere")["reservation"]
    waiting = done(asked, "reserve_elsewhere")["state"]
    assert waiting in ("queued", "asked"), "nothing is promised yet"
    assert done(asked, "wait_answer")["reservation"] == own
    there = played(
        playing(
            tills[0],
            *(SIGN_IN, ONLINE, step("wait_order", order=own, timeout_s=PATIENCE_S)),
            step("start_order", order=own),
        )
    )
    order = done(there, "start_order")
    assert (order["state"], order["order"][:2], order["to_find"]) == ("PICKING", "T-", 1)
    refused = played(
        playing(
            tills[1],
            *(MANAGER_IN, ONLINE, step("reserve_elsewhere", **wish)),
            step("wait_answer", state="REFUSED", timeout_s=PATIENCE_S),
        )
    )
    assert done(refused, "wait_answer")["left"] == 1_000, "one is free, two were wanted"
