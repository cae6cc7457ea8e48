"""The last one is promised once: two stores, two tills, a hub, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pos_app.store.keys import Keys
from pos_app.store.reader import LedgerView
from tests.scenarios.hub import CASHIER, MANAGER, ROOT, Hub, command, hub_in

pytestmark = pytest.mark.slow
PATIENCE_S = 120


def step(do: str, **said: object) -> str:
    lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
    return "\n".join(["[[step]]", f'do = "{do}"', *lines, ""])


SIGN_IN = step("sign_in", who=CASHIER[0], pin=CASHIER[1])
MANAGER_IN = step("sign_in", who=MANAGER[0], pin=MANAGER[1])
ONLINE = step("wait_synced", timeout_s=PATIENCE_S)
ANSWER = step("wait_answer", timeout_s=PATIENCE_S)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with hub_in(tmp_path_factory.mktemp("hub")) as hub:
        hub.enrol(1)
        hub.command(
            *("store", "add", "--store", "2", "--name", "Other Shop", "--currency", "EUR"),
            *("--zone", "Europe/Vienna", "--locale", "en", "--tax-from", "1"),
        )
        hub.command(
            *("staff", "add", "--store", "2", "--name", MANAGER[0], "--role", "manager"),
            "--pin-stdin",
            given=MANAGER[1] + "\n",
        )
        yield hub


@pytest.fixture(scope="module")
def tills(hub: Hub) -> tuple[Path, Path]:
    """One of each store."""
    one, two = hub.folder / "till-1", hub.folder / "till-of-2"
    code = json.loads(hub.command("enrol-code", "--store", "2", "--till", "1", "--json"))["code"]
    asking = command("till", "enrol", "--data", str(two), "--hub", hub.url, "--code", code)
    while asking.poll() is None:
        for row in json.loads(hub.command("devices", "--json")):
            if row["state"] == "pending":
                hub.command("approve", row["device"])
        try:
            asking.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
    said, _ = asking.communicate()
    assert asking.returncode == 0, said
    return one, two


def playing(data: Path, *steps: str) -> subprocess.Popen[str]:
    file = data.parent / f"{data.name}.toml"
    file.write_text("\n".join(steps))
    return subprocess.Popen(
        [sys.executable, "-m", "pos_app", "play", str(file), "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )


def played(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    out, _ = process.communicate(timeout=2 * PATIENCE_S)
    assert process.returncode == 0, out
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def count(hub: Hub, sku: str, pieces: int) -> None:
    hub.command("stock", "set", sku, str(pieces), "--store", "1")


def promised(hub: Hub, sku: str) -> list[dict[str, Any]]:
    rows = json.loads(hub.command("reservations", "--json"))
    return [row for row in rows if sku in row["goods"] and row["state"] == "RESERVED"]


def test_two_stores_ask_for_the_last_one_and_one_of_them_gets_it(
    hub: Hub, tills: tuple[Path, Path]
) -> None:
    count(hub, "SCARF", 1)
    ask = step("reserve", sku="SCARF", store="1", reference="W-1")
    both = [
        playing(tills[0], SIGN_IN, ONLINE, ask, ANSWER),
        playing(tills[1], MANAGER_IN, ONLINE, ask, ANSWER),
    ]
    ends = sorted(played(each)[-1]["state"] for each in both)
    assert ends == ["REFUSED", "RESERVED"]
    assert len(promised(hub, "SCARF")) == 1
    (row,) = json.loads(hub.command("atp", "SCARF", "--store", "1", "--json"))
    assert (row["reserved"], row["can promise"]) == ("1", "0")


def test_an_answer_that_is_lost_is_asked_for_again_and_one_promise_is_made(
    hub: Hub, tills: tuple[Path, Path]
) -> None:
    count(hub, "COFFEE", 5)
    day = playing(
        tills[0],
        *(SIGN_IN, ONLINE, step("network", state="cut"), step("reserve", sku="COFFEE")),
        *(step("wait_answer", state="RESERVED", timeout_s=PATIENCE_S), step("network", state="on")),
        *(step("cancel_reservation"), ONLINE),
    )
    lines = played(day)
    asked, answered = (
        next(row for row in lines if row["do"] == do) for do in ("reserve", "wait_answer")
    )
    assert asked["reservation"] == answered["reservation"]
    rows = json.loads(hub.command("reservations", "--json"))
    assert [row["state"] for row in rows if "COFFEE" in row["goods"]] == ["CANCELLED"]


def test_killed_between_keeping_and_sending_the_same_question_is_asked_after_the_restart(
    hub: Hub, tills: tuple[Path, Path]
) -> None:
    count(hub, "COFFEE", 5)
    dying = playing(
        tills[0],
        *(SIGN_IN, ONLINE, step("network", state="off"), step("reserve", sku="COFFEE", qty=2)),
        step("wait_answer", timeout_s=PATIENCE_S),
    )
    assert dying.stdout is not None
    asked: dict[str, Any] = {}
    for line in dying.stdout:
        row = json.loads(line) if line.startswith("{") else {}
        if row.get("do") == "reserve":
            asked = row
            break
    os.kill(dying.pid, signal.SIGKILL)
    drain = threading.Thread(target=dying.stdout.read, daemon=True)
    drain.start()
    dying.wait(PATIENCE_S)
    drain.join(PATIENCE_S)
    dying.stdout.close()
    assert asked["state"] in ("queued", "asked")
    before = [row["reservation"] for row in promised(hub, "COFFEE")]
    assert asked["reservation"] not in before, "it was not sent"
    with closing(LedgerView(tills[0] / "ledger.sqlite", Keys.load(tills[0]).db_key)) as ledger:
        assert [each.ask_id for each in ledger.open_questions()] == [asked["reservation"]]

    again = playing(
        tills[0], SIGN_IN, ONLINE, step("wait_answer", state="RESERVED", timeout_s=PATIENCE_S)
    )
    assert played(again)[-1]["reservation"] == asked["reservation"]
    rows = promised(hub, "COFFEE")
    assert [row["reservation"] for row in rows] == [asked["reservation"]]


def test_without_the_hub_a_request_waits_and_may_be_taken_back_before_anybody_saw_it(
    hub: Hub, tills: tuple[Path, Path]
) -> None:
    count(hub, "COFFEE", 5)
    before = len(promised(hub, "COFFEE"))
    day = playing(
        tills[1],
        *(MANAGER_IN, ONLINE, step("network", state="off")),
        *(step("reserve", sku="COFFEE", store="1"), step("cancel_reservation")),
        *(step("network", state="on"), ONLINE),
    )
    lines = played(day)
    given_up = next(row for row in lines if row["do"] == "cancel_reservation")
    assert given_up["state"] == "given_up"
    assert len(promised(hub, "COFFEE")) == before
    assert hub.report()["exceptions"] == []
