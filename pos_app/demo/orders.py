"""Orders of the demo: placed at the demo's own web shop as its page places them, picked, handed over."""

from __future__ import annotations

import json
import urllib.request
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pos_app.demo.doing import KEY

if TYPE_CHECKING:
    from pos_app.demo.doing import Doing
    from pos_app.presenters.pickup import Pickup
    from pos_app.presenters.pickup_views import PickList

WAITING = (
    ("Mia Korhonen", ("A570-OLV-M", "W120-PLM-M"), "card"),
    ("Ibrahim Farah", ("W130-BLK-M",), "card"),
    ("Petra Novak", ("W110-SKY-L", "W130-MOS-L", "W140-DNM-30"), "store"),
)
"""What is ordered before somebody opens the demo's till: who, which goods, how it is paid."""
PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Placed:
    """An order, and what its customer asks about it with."""

    order: str
    name: str
    token: str


def _ask(url: str, body: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - our own hub
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - the same
        told: dict[str, Any] = json.loads(answer.read())
    return told


def place(hub: str, store: str, customer: str, skus: tuple[str, ...], pay: str = "card") -> Placed:
    """An order of one piece each. `pay` is card, or store: then it is paid at the till."""
    told = _ask(
        f"{hub}/demo-shop/orders",
        {
            "id": str(uuid.uuid4()),
            "store": store,
            "lines": [{"sku": sku, "qty": 1_000} for sku in skus],
            "name": customer,
            "pay": pay,
        },
    )
    return Placed(told["order"], told["name"], told["token"])


def place_all(hub: str, store: str) -> None:
    """A few, so that Pickup is not empty."""
    for customer, skus, pay in WAITING:
        place(hub, store, customer, skus, pay)


def pass_of(hub: str, placed: Placed) -> str:
    """The signed text of its customer's code; empty while it is not ready."""
    told = _ask(f"{hub}/v1/storefront/orders/{placed.order}", token=placed.token)
    return str(told["parts"][0].get("qr") or "")


def picked_and_handed_over(doing: Doing, hub: str, store: str) -> None:
    """Two orders come in; one is picked, fetched with its code and gone, the other one waits."""
    hand, window = doing.hand, doing.window
    pickup = window.orders.pickup
    placed = [place(hub, store, customer, skus) for customer, skus, _pay in WAITING[:2]]
    hand.wait_for("the orders", lambda: window.rail.items["pickup"].count == len(placed))
    hand.press(KEY.Key_F9)
    hand.place("pickup")
    pickup.choose(
        next(row.reservation for row in pickup.state.rows if placed[0].name in row.detail)
    )
    hand.picture("pickup")
    for sku in WAITING[0][1]:
        counted = partial(_another, pickup, pickup.state.picks)
        hand.read(doing.codes[sku])
        hand.wait_for(f"{sku} to be counted", counted)
    hand.picture("pickup_found")
    hand.press(KEY.Key_F12)
    hand.wait_for("the shelf", lambda: window.rail.items["pickup"].count == 1)
    doing.synced()
    texts: list[str] = []

    def shown() -> bool:
        text = pass_of(hub, placed[0])
        texts[:] = [text] if text else []
        return bool(texts)

    hand.wait_for("the customer's code", shown, PATIENCE_S)
    hand.press(KEY.Key_Escape)
    hand.place("sell")
    hand.read(texts[0])
    hand.place("pickup")
    hand.wait_for("the bag on the counter", lambda: pickup.state.giving is not None)
    hand.picture("hand_over")
    hand.press(KEY.Key_F12)
    hand.wait_for(
        "the hand-over",
        lambda: window.sheet_name == "consent" or pickup.state.giving is None,
    )
    doing.consent("consent_to_hand_over")
    hand.wait_for("the hand-over", lambda: pickup.state.giving is None and not pickup.state.busy)
    doing.numbers["order"] = placed[0].name
    doing.printed()
    hand.press(KEY.Key_Escape)
    hand.place("sell")


def _another(pickup: Pickup, before: PickList | None) -> bool:
    """True once the pick list is not what it was."""
    return pickup.state.picks != before
