"""Bought in the shop or at another till, back over this counter: a hub, two tills, an outage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.hub import Hub, hub_in, sync_once
from tests.scenarios.test_orders import (
    COFFEE,
    ONLINE,
    PATIENCE_S,
    SCARF,
    SIGN_IN,
    agree,
    known,
    order,
    play,
    step,
    told,
)

pytestmark = pytest.mark.slow
OPEN = step("open_shift", amount=100)
FINISH = step("finish_return", patience_s=PATIENCE_S)


def find(text: str) -> str:
    return step("find_sale", text=text, patience_s=PATIENCE_S)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Hub, Path, Path]]:
    (tmp_path / "hub").mkdir()
    with hub_in(tmp_path / "hub") as hub:
        one, two = hub.enrol(1, 2)
        yield hub, one, two


def test_a_web_order_is_swapped_and_paid_back_at_a_till(shop: tuple[Hub, Path, Path]) -> None:
    hub, one, two = shop
    order(hub, 1, SCARF=1, COFFEE=2)
    play(
        one,
        *(SIGN_IN, OPEN, known("W-1"), step("pick", order="W-1", code=SCARF)),
        *(step("pick", order="W-1", code=COFFEE), step("pick", order="W-1", code=COFFEE)),
        *(step("mark_ready", order="W-1", shelf="B3"), ONLINE, told("W-1", "READY")),
        step("hand_over", code="W-1", reason="No code", id_seen=True),
        *(ONLINE, told("W-1", "COLLECTED")),
    )
    lines = play(
        two,
        *(SIGN_IN, OPEN, known("W-1", "COLLECTED"), ONLINE, find("W-1")),
        step("bring_back", reason="too_small"),
        step("swap", line=1, sku="SCARF"),
        *(FINISH, ONLINE, step("expect", expected={"cash": 100})),
        step("find_sale", text="W-1", refused="nothing_left", patience_s=PATIENCE_S),
    )
    done = next(line for line in lines if line["do"] == "finish_return")
    assert done["tenders"] == {"exchange": -1_995, "shop": -1_498}
    assert done["auth"], "with the hub's word"
    agree(two)
    report = hub.report()
    assert report["refunds"] == 1
    assert not {told["kind"] for told in report["exceptions"]} & {
        *("over_return", "refund_differs", "figures_differ", "refund_without_sale"),
    }


def test_goods_taken_in_without_the_hub_are_worth_something_once_and_twice_is_told(
    shop: tuple[Hub, Path, Path],
) -> None:
    hub, one, two = shop
    sold = play(two, SIGN_IN, OPEN, step("scan", code=SCARF), step("pay", tender="cash"), ONLINE)
    number = next(line["doc_no"] for line in sold if line["do"] == "pay")
    play(one, SIGN_IN, OPEN, ONLINE)
    sync_once(one)
    taken = play(
        one,
        *(SIGN_IN, find(number), step("bring_back", reason="faulty"), step("take_in")),
        step("find_sale", text=number, refused="nothing_left"),
        alone=True,
    )
    assert next(line for line in taken if line["do"] == "take_in")["why"] == "offline"
    agree(one)
    lines = play(one, SIGN_IN, ONLINE, step("wait_slip", state="CONFIRMED", timeout_s=PATIENCE_S))
    assert lines[-1]["credited"] == 1_995
    assert hub.report()["exceptions"] == []
    again = step("refund", doc_no=number, reason="faulty", refused="return_came_back")
    play(two, SIGN_IN, ONLINE, again)
    play(one, SIGN_IN, step("find_sale", text=number, refused="nothing_left"), alone=True)


def test_the_same_receipt_taken_in_at_one_till_and_paid_at_another_is_told(
    shop: tuple[Hub, Path, Path],
) -> None:
    hub, one, two = shop
    sold = play(two, SIGN_IN, OPEN, step("scan", code=SCARF), step("pay", tender="cash"), ONLINE)
    number = next(line["doc_no"] for line in sold if line["do"] == "pay")
    play(one, SIGN_IN, OPEN, ONLINE)
    sync_once(one)
    back = step("refund", doc_no=number, reason="faulty")
    play(two, SIGN_IN, back, alone=True)
    play(
        one, SIGN_IN, find(number), step("bring_back", reason="faulty"), step("take_in"), alone=True
    )
    play(two, SIGN_IN, ONLINE)
    lines = play(one, SIGN_IN, ONLINE, step("wait_slip", state="CONFLICT", timeout_s=PATIENCE_S))
    assert lines[-1]["credited"] == 0
    (case,) = hub.report()["exceptions"]
    assert (case["kind"], case["amount"]) == ("over_return", 1_995)
