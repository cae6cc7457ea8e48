"""A gift card sold at one till and spent at another: each till, its sync and the hub a process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.hub import CASHIER, Hub, hub_in
from tests.scenarios.test_promises import ONLINE, PATIENCE_S, played, playing, step

pytestmark = pytest.mark.slow
SIGN_IN = step("sign_in", who=CASHIER[0], pin=CASHIER[1])


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with hub_in(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


def test_it_is_spent_once_wherever_it_was_sold(hub: Hub) -> None:
    one, two = hub.enrol(1, 2)
    made = json.loads(hub.command("value", "issue", "30.00", "--json"))[0]
    opened = (SIGN_IN, step("open_shift", amount="100"), ONLINE)
    goods = step("custom", label="Scarf", price="20.00")

    def spent(data: Path) -> int:
        told = played(
            playing(
                data,
                *opened,
                step("card_balance", code=made["qr"], timeout_s=PATIENCE_S),
                goods,
                step("pay_by_card", code=made["qr"], timeout_s=PATIENCE_S),
                step("pay", tender="cash") if data == two else "",
                ONLINE,
            )
        )
        return next(line["paid"] for line in told if line["do"] == "pay_by_card")

    assert (spent(one), spent(two)) == (2_000, 1_000)
    shown = json.loads(hub.command("value", "show", made["account"], "--json"))
    assert shown["free"] == "0.00"
    assert sorted(move["amount"] for move in shown["moves"]) == ["-10.00", "-20.00", "30.00"]
    report = hub.report()
    assert report["exceptions"] == []
    assert report["by_tender"]["gift_card"] == 3_000
    assert report["values"]["card"][0]["owed"] == 0
