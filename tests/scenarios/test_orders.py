"""Customers' orders end to end: a hub, two tills, and an outage in the middle of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.projections import differences
from sync.hub.channels.canonical import (
    ChannelCustomer,
    ChannelFulfilment,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
)
from sync.hub.database import Database
from sync.hub.identity import load_keys
from sync.hub.orders import kept, passes
from sync.hub.orders.taking import Context, take
from sync.protocol import OrderRow
from tests.scenarios.hub import MANAGER, ROOT, Hub, hub_in

pytestmark = pytest.mark.slow
PATIENCE_S = 120
SCARF, COFFEE = "4006381333931", "9002490100070"
PRICES = {"SCARF": 1_995, "COFFEE": 749}


def step(do: str, **said: object) -> str:
    lines = [f"{name} = {_toml(value)}" for name, value in said.items()]
    return "\n".join(["[[step]]", f'do = "{do}"', *lines, ""])


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(each)}' for key, each in value.items()) + "}"
    return json.dumps(value)


SIGN_IN = step("sign_in", who=MANAGER[0], pin=MANAGER[1])
ONLINE = step("wait_synced", timeout_s=PATIENCE_S)


def known(name: str, state: str = "") -> str:
    return step("wait_order", order=name, state=state, timeout_s=PATIENCE_S)


def told(name: str, state: str) -> str:
    return step("wait_order", order=name, state=state, told=True, timeout_s=PATIENCE_S)


def play(data: Path, *steps: str, alone: bool = False) -> list[dict[str, Any]]:
    file = data.parent / f"{data.name}.toml"
    file.write_text("\n".join(steps))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pos_app", "play", str(file), "--data", str(data)),
            *(["--alone"] if alone else []),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        timeout=3 * PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def order(
    hub: Hub, number: int, *, paid: bool = True, may_substitute: bool = False, **goods: int
) -> OrderRow:
    """A shop tells the hub of an order, to be fetched in store 1."""
    lines = tuple(
        ChannelLine(f"l-{sku}", sku, sku.title(), qty * 1_000, PRICES[sku], qty * PRICES[sku])
        for sku, qty in goods.items()
    )
    total = sum(each.gross for each in lines)
    payment = (
        ChannelPayment("paid", total, 0, "Visa •1180")
        if paid
        else ChannelPayment("pending", 0, total, "store")
    )
    now = datetime.now(UTC)
    at = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    made = ChannelOrder(
        channel="web",
        external_id=str(number),
        external_name=f"W-{number}",
        external_version=at,
        placed_at=at,
        state="open",
        currency="EUR",
        lines=lines,
        payment=payment,
        total=total,
        customer=ChannelCustomer(name="Lena Berger"),
        fulfilment=ChannelFulfilment("pickup", "1"),
        may_substitute=may_substitute,
    )
    with closing(Database(hub.database).connect(write=True)) as books, books.transaction():
        taken = take(books, made, now, Context(store="1"))
    (part,) = taken.parts
    return part.row


def at_hub(hub: Hub, row: OrderRow) -> OrderRow:
    with closing(Database(hub.database).connect(write=False)) as books:
        part = kept.part(books, row.reservation)
    assert part is not None
    return part.row


def code_of(hub: Hub, row: OrderRow) -> str:
    with closing(Database(hub.database).connect(write=False)) as books:
        return passes.code_of(load_keys(books), row.reservation)


def pass_of(hub: Hub, row: OrderRow) -> str:
    with closing(Database(hub.database).connect(write=False)) as books:
        return passes.signed(load_keys(books), row, "1", "2099-01-01T00:00:00.000Z")


def agree(data: Path) -> None:
    """What a till's tables say is what its journal says."""
    with Ledger.open(data, Keys.load(data)) as ledger:
        assert differences(ledger.connection) == []


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Hub, Path, Path]]:
    with hub_in(tmp_path / "hub") as hub:
        one, two = hub.enrol(1, 2)
        yield hub, one, two


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()


def test_a_day_with_an_outage_ends_with_every_order_handed_over_once(
    shop: tuple[Hub, Path, Path],
) -> None:
    hub, one, _ = shop
    paid = order(hub, 1, SCARF=2, COFFEE=1)
    owing = order(hub, 2, paid=False, SCARF=1)
    play(
        one,
        *(SIGN_IN, step("open_shift", amount=100), known("W-1"), known("W-2")),
        step("pick", order="W-1", code=SCARF),
        step("pick", order="W-1", code="5901234123457", refused="unknown_code"),
        step("mark_ready", order="W-1", shelf="B3", refused="left_to_pick"),
        step("pick", order="W-1", code=SCARF),
        step("pick", order="W-1", code=SCARF, refused="enough_picked"),
        step("pick", order="W-1", code=COFFEE),
        step("mark_ready", order="W-1", shelf="B3", bags=1),
        *(ONLINE, told("W-1", "READY"), step("order_paper", order="W-1", what="label")),
    )
    assert at_hub(hub, paid).shelf == "B3"
    unheard = order(hub, 3, paid=False, COFFEE=2)  # comes while this till is away

    lines = play(
        one,
        SIGN_IN,
        step("scan", code=COFFEE),
        step("hand_over", code=code_of(hub, paid)),
        step("expect", orders={"W-1": "COLLECTED"}, stock={"SCARF": 98, "COFFEE": 999}),
        step("hand_over", code="W-1", reason="x", refused="order_handed_over"),
        step("hand_over", code=code_of(hub, owing), refused="order_not_ready"),
        step("pick", order="W-2", code=SCARF),
        step("mark_ready", order="W-2", shelf="A1"),
        step("hand_over", code=code_of(hub, owing)),
        step("expect", total=19.95, parked=1),
        step("scan", code=COFFEE),
        step("expect", total=27.44),
        step("pay", tender="cash", amount=50),
        step("expect", orders={"W-2": "COLLECTED"}, shift_total=7.49, orders_paid=19.95),
        step("void", reason="No", refused="order_handed_over_for_good"),
        step("hand_over", code=pass_of(hub, unheard), id_seen=True),
        step("pay", tender="cash"),
        step("expect", orders={"W-3": "COLLECTED"}, orders_paid=34.93),
        step("expect", expected={"cash": 142.42}, stock={"SCARF": 97, "COFFEE": 996}),
        step("recall"),
        step("cancel", reason="Changed their mind"),
        alone=True,
    )
    assert all(line["ok"] for line in lines)
    agree(one)

    play(
        one,
        *(SIGN_IN, ONLINE, told("W-1", "COLLECTED"), told("W-2", "COLLECTED")),
        told("W-3", "COLLECTED"),
        step("hand_over", code=pass_of(hub, unheard), refused="order_handed_over"),
        step("expect", stock={"SCARF": 97, "COFFEE": 996}),
        *(step("close_shift"), ONLINE),
    )
    agree(one)
    report = hub.report()
    assert report["exceptions"] == []
    assert (report["total"], report["sales"]) == (749, 2), "what was paid for orders is no turnover"
    assert report["by_tender"] == {"cash": 749 + 1_995 + 1_498}
    for row in (paid, owing, unheard):
        now = at_hub(hub, row)
        assert (now.state, now.due) == ("COLLECTED", 0)
        assert [line.handed for line in now.lines] == [line.qty for line in row.lines]


def test_two_tills_hand_the_same_order_over_offline_and_a_person_is_told(
    shop: tuple[Hub, Path, Path],
) -> None:
    hub, one, two = shop
    row = order(hub, 1, SCARF=1)
    play(
        one,
        *(SIGN_IN, known("W-1"), step("pick", order="W-1", code=SCARF)),
        *(step("mark_ready", order="W-1", shelf="B3"), ONLINE, told("W-1", "READY")),
    )
    play(two, SIGN_IN, known("W-1", "READY"), ONLINE)
    code = code_of(hub, row)
    for data in (one, two):
        play(data, SIGN_IN, step("hand_over", code=code), alone=True)
        agree(data)
    play(one, SIGN_IN, ONLINE, told("W-1", "COLLECTED"))
    play(two, SIGN_IN, ONLINE, told("W-1", "COLLECTED"))
    (case,) = hub.report()["exceptions"]
    assert case["kind"] == "pickup_twice"
    with closing(Database(hub.database).connect(write=False)) as books:
        ((on_hand,),) = books.text("SELECT on_hand FROM stock WHERE sku = 'SCARF'")
    assert on_hand == 98_000, "both left the store, whoever was wrong"


def test_two_tills_pick_one_order_and_the_second_sees_who_is_on_it(
    shop: tuple[Hub, Path, Path],
) -> None:
    hub, one, two = shop
    order(hub, 1, SCARF=1, COFFEE=1)
    play(
        one,
        *(SIGN_IN, known("W-1"), step("pick", order="W-1", code=SCARF), ONLINE),
        told("W-1", "PICKING"),
    )
    ana = step("sign_in", who="Ana", pin="1470")
    play(
        two,
        *(ana, known("W-1", "PICKING")),
        step("pick", order="W-1", code=COFFEE, refused="order_with_somebody"),
        step("start_order", order="W-1", take_over=True),
        step("pick", order="W-1", code=COFFEE),
        step("mark_ready", order="W-1", shelf="C1"),
        *(ONLINE, told("W-1", "READY")),
    )
    play(one, SIGN_IN, known("W-1", "READY"), step("expect", orders={"W-1": "READY"}))
    assert hub.report()["exceptions"] == []


def test_what_is_missing_replaced_kept_called_off_and_put_back_is_the_same_at_till_and_hub(
    shop: tuple[Hub, Path, Path],
) -> None:
    hub, one, _ = shop
    short = order(hub, 1, SCARF=1, COFFEE=2)
    swapped = order(hub, 2, may_substitute=True, COFFEE=1)
    off = order(hub, 3, SCARF=1)
    names = ("W-1", "W-2", "W-3")
    play(
        one,
        *(SIGN_IN, *(known(name) for name in names)),
        step("pick", order="W-1", code=SCARF),
        step("pick", order="W-1", code=COFFEE),
        step("cannot_find", order="W-1", line="l-COFFEE", wish="refund", reason="Sold out"),
        step("mark_ready", order="W-1", shelf="B3"),
        step("keep_order", order="W-1", days=3),
        step("cannot_find", order="W-2", line="l-COFFEE", wish="substitute", instead=SCARF),
        step("mark_ready", order="W-2", shelf="B4"),
        step("pick", order="W-3", code=SCARF),
        step("unpick", order="W-3", line="l-SCARF"),
        step("pick", order="W-3", by_hand="l-SCARF", reason="Label torn off"),
        *(step("wait_synced"), step("cancel_order", order="W-3", reason="Damaged")),
        *(ONLINE, told("W-1", "READY"), told("W-2", "READY"), told("W-3", "CANCELLED")),
        step("hand_over", code=pass_of(hub, short)),
        step("hand_over", code=pass_of(hub, swapped)),
        step("expect", stock={"SCARF": 98, "COFFEE": 999}),
        *(ONLINE, told("W-1", "COLLECTED"), told("W-2", "COLLECTED")),
        step("expect", stock={"SCARF": 98, "COFFEE": 999}),
    )
    agree(one)
    now = [at_hub(hub, row) for row in (short, swapped, off)]
    assert [row.state for row in now] == ["COLLECTED", "COLLECTED", "CANCELLED"]
    lines = {line.sku: (line.handed, line.short) for line in now[0].lines}
    assert lines == {"SCARF": (1_000, 0), "COFFEE": (1_000, 1_000)}
    assert [(line.handed, line.instead) for line in now[1].lines] == [(1_000, "SCARF")]
    strange = {case["kind"] for case in hub.report()["exceptions"]}
    assert not strange & {"reservation_strange", "reservation_over_picked", "pickup_twice"}


def test_two_tills_pick_one_order_offline_and_no_piece_is_lost(
    shop: tuple[Hub, Path, Path],
) -> None:
    hub, one, two = shop
    row = order(hub, 1, SCARF=2, COFFEE=1)
    for data in (one, two):
        play(data, SIGN_IN, known("W-1"), ONLINE)
    play(one, SIGN_IN, step("pick", order="W-1", code=SCARF), alone=True)
    ana = step("sign_in", who="Ana", pin="1470")
    play(
        two,
        *(ana, step("pick", order="W-1", code=SCARF), step("pick", order="W-1", code=COFFEE)),
        alone=True,
    )
    for data in (one, two):
        play(data, SIGN_IN, ONLINE)
    picked = {line.sku: line.picked for line in at_hub(hub, row).lines}
    assert picked == {"SCARF": 2_000, "COFFEE": 1_000}
    play(
        one,
        *(SIGN_IN, told("W-1", "PICKING")),
        step("wait_order", order="W-1", to_find=0, timeout_s=PATIENCE_S),  # also what the other did
        step("mark_ready", order="W-1", shelf="B3", refused="order_with_somebody"),
        step("start_order", order="W-1", take_over=True),
        step("mark_ready", order="W-1", shelf="B3"),
        *(ONLINE, told("W-1", "READY")),
    )
