"""A till of tomorrow sends what today's hub cannot read: the page's commands settle each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from sync.protocol import Fact
from tests.drills.hub_page import Desk, commands
from tests.drills.test_hub_restored import sales_of
from tests.faults.said import OPEN_SHIFT, SALE, SIGN_IN, play, sync
from tests.scenarios.hub import MANAGER, Hub, hub_in

pytestmark = pytest.mark.slow
LIST, SHOW, REPLAY, CORRECT, WAIVE = commands("An entry nobody could read")


class SaleOfTomorrow(Fact, frozen=True, tag="sale_of_tomorrow"):
    """What a later release calls a sale."""

    currency: str
    total: int


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with hub_in(tmp_path) as hub:
        yield hub


def sell_tomorrow(data: Path, total: int) -> None:
    with Ledger.open(data, Keys.load(data)) as ledger, ledger.transaction() as tx:
        stamp = tx.stamp(actor="1", business_date="2026-11-25")
        tx.append(SaleOfTomorrow(**stamp, currency="EUR", total=total))


def test_each_is_kept_and_settled_by_people(hub: Hub) -> None:
    (data,) = hub.enrol(1)
    desk = Desk(hub.folder)
    other = "738261"
    words = ("staff", "add", "--name", "Ben", "--role", "manager", "--pin-stdin")
    hub.command(*words, given=other + "\n")
    assert play(data, SIGN_IN + OPEN_SHIFT + SALE, "--alone")[0] == 0
    for total in (1_995, 500):
        sell_tomorrow(data, total)
    assert play(data, SIGN_IN + SALE, "--alone")[0] == 0
    assert sync(data, 60) == (0, ""), "nothing blocks what comes after it"
    assert hub.report()["sales"] == 2
    first, second = json.loads(desk.run(LIST + " --json")[1])
    assert [row["amount"] for row in (first, second)] == [1_995, 500]
    assert "sales not yet posted: 2" in hub.command("report")
    status, said = desk.run(SHOW, NUMBER=str(first["n"]))
    assert (status, '"type":"sale_of_tomorrow"' in said) == (0, True), said
    assert desk.run(REPLAY)[0] == 1, "no update, no change"

    assert play(data, SIGN_IN + SALE, "--alone")[0] == 0
    assert sync(data, 60) == (0, "")
    again = list(sales_of(data))[-1]
    put = {"NUMBER": str(first["n"]), "ID": again}
    assert desk.run(CORRECT, **put)[0] == 0
    assert desk.run(CORRECT, **put)[0] != 0, "once"
    pins = f"{MANAGER[1]}\n{other}\n"
    waive = WAIVE + " --pin-stdin"
    assert desk.run(waive, given=f"{MANAGER[1]}\n000000\n", NUMBER=str(second["n"]))[0] != 0
    status, said = desk.run(waive, given=pins, NUMBER=str(second["n"]))
    assert status == 0, said
    assert json.loads(desk.run(LIST + " --json")[1]) == []
    told = hub.report()
    assert (told["sales"], told["not_posted"]) == (3, [])
    kept = json.loads(desk.run(LIST + " --all --json")[1])
    assert [row["state"] for row in kept] == ["corrected", "waived"]
    assert desk.run("holdfast hub verify")[0] == 0
