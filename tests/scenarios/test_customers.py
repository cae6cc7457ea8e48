"""Customers end to end: a hub, two tills, an outage, two who were one, and one who is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.projections import differences
from tests.scenarios.hub import Hub, hub_in
from tests.scenarios.test_orders import ONLINE, PATIENCE_S, SCARF, SIGN_IN, play, step

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with hub_in(tmp_path) as hub:
        yield hub


def known(who: str, **more: Any) -> str:
    return step("wait_customer", who=who, timeout_s=PATIENCE_S, **more)


def facts(told: list[dict[str, Any]], do: str, place: int = 0) -> dict[str, Any]:
    return [line for line in told if line["do"] == do][place]


def test_a_customer_of_two_tills_and_an_outage(hub: Hub) -> None:
    one, two = hub.enrol(1, 2)
    new = {"name": "Mia Korhonen", "email": "mia@post.example", "card": "HF-0001"}
    play(
        one,
        SIGN_IN,
        step("open_shift", amount=100),
        ONLINE,
        step("network", state="off"),
        step("save_customer", **new, member=True, consents={"tips": "yes"}),
        step("scan", code=SCARF),
        step("attach_customer", who="HF-0001"),
        step("pay"),
        step("note_consent", who="HF-0001", purpose="tips", state="no"),
        step("network", state="on"),
        ONLINE,
        known("HF-0001"),
    )
    told = play(
        two,
        SIGN_IN,
        ONLINE,
        known("HF-0001"),
        step("customer_history", who="HF-0001", timeout_s=PATIENCE_S),
        step("save_customer", name="M. Korhonen", email="mia.k@post.example"),
        known("mia.k@post.example"),
        step("merge_customers", who="HF-0001", other="M. Korhonen"),
        known("M. Korhonen", gone=True),
        step("find_customer", text="mia.k@post.example", first="Mia Korhonen"),
    )
    row = facts(told, "wait_customer")
    assert (row["name"], row["member"]) == ("Mia Korhonen", True)
    assert row["consents"] == {"tips": "no"}, "what was said last counts"
    kinds = [moment[0] for moment in facts(told, "customer_history")["moments"]]
    assert "sale" in kinds
    other = facts(told, "merge_customers")["other"]
    play(
        one,
        SIGN_IN,
        ONLINE,
        known("mia.k@post.example"),
        step("merge_customers", who="HF-0001", other=other, undo=True),
        known("M. Korhonen"),
        step("customer_data", who="M. Korhonen", what="erase"),
        known("M. Korhonen", gone=True),
    )
    play(two, SIGN_IN, ONLINE, known("M. Korhonen", gone=True), known("HF-0001"))
    for data in (one, two):
        with Ledger.open(data, Keys.load(data)) as ledger:
            assert differences(ledger.connection) == []
            rows = ledger.connection.execute("SELECT body, answer FROM question").fetchall()
            assert not any(b"Korhonen" in bytes(body) + bytes(answer) for body, answer in rows)
            bodies = ledger.connection.execute("SELECT body FROM journal").fetchall()
            assert not any(b"Korhonen" in bytes(body) for (body,) in bodies)
            with closing(ledger.connection.execute("SELECT count(*) FROM customer_kept")) as kept:
                assert kept.fetchone() == (0,)
