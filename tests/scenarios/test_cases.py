"""What needs attention, made by two tills that could not see each other, and settled twice at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.protocol import ExceptionAssigned, ExceptionResolved, Refunded, ShiftClosed
from tests.scenarios.hub import Hub, hub_in, sync_once
from tests.scenarios.test_cash_day import every_fact
from tests.scenarios.test_days import played

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with hub_in(tmp_path_factory.mktemp("cases")) as hub:
        hub.command(
            *("staff", "add", "--name", "Max", "--role", "manager", "--pin-stdin"),
            given="369258\n",
        )
        one, two = hub.enrol(1, 2)
        played("cases_one", one)
        sync_once(two)
        played("cases_two", two)
        played("cases_again", one)
        before = hub.report()
        played("cases_offline", one)
        played("cases_first", two)
        played("cases_end", one)
        yield hub, before, one, two


def queue(hub: Hub, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(hub.command("exceptions", "list", "--json", *more))
    return found


def of_kind(data: Path, kind: type) -> list[Any]:
    return [fact for fact in every_fact(data) if isinstance(fact, kind)]


def test_the_queue_is_the_report_and_the_journals(day) -> None:
    hub, before, one, _two = day
    (again,) = of_kind(one, Refunded)
    (told,) = before["exceptions"]
    assert (told["kind"], told["amount"]) == ("over_return", -again.total)
    assert told["fact"] == again.id
    waiting = queue(hub)
    report = hub.report()["exceptions"]
    assert [(row["no"], row["amount"]) for row in waiting] == [
        (row["no"], row["amount"]) for row in report
    ]
    checked = json.loads(hub.command("check", "--json"))
    assert checked["whole"], checked
    assert checked["at_stake"] == checked["kept"] == {"EUR": -again.total}


def test_the_first_decision_that_the_hub_heard_holds(day) -> None:
    hub, _before, one, two = day
    (late,), (first,) = of_kind(one, ExceptionResolved), of_kind(two, ExceptionResolved)
    (taken,) = of_kind(one, ExceptionAssigned)
    assert late.exception == first.exception == taken.exception
    (case,) = [row for row in queue(hub, "--all") if row["kind"] == "over_return"]
    held = json.loads(hub.command("exceptions", "show", str(case["no"]), "--json"))
    assert (held["state"], held["resolution"]) == ("resolved", "duplicate_confirmed")
    assert held["resolved_fact"] == first.id
    assert hub.report()["decided"][0]["way"] == "duplicate_confirmed"
    (waiting,) = queue(hub)
    assert waiting["kind"] == "resolved_twice"
    told = json.loads(hub.command("exceptions", "show", str(waiting["no"]), "--json"))
    assert {one["fact"] for one in told["evidence"]} == {first.id, late.id}


def test_the_z_said_what_waited(day) -> None:
    _hub, before, one, _two = day
    (z,) = of_kind(one, ShiftClosed)
    assert (z.exceptions, z.exceptions_total) == (1, before["exceptions"][0]["amount"])
    assert (z.set_aside, z.set_aside_total) == (0, 0)
    assert z.exceptions_as_of


def test_settled_at_the_hub_it_is_in_the_hubs_own_journal(day) -> None:
    hub, *_ = day
    (waiting,) = queue(hub)
    said = hub.command(
        *("exceptions", "resolve", str(waiting["no"]), "duplicate_confirmed", "--by", "Ada"),
        "--json",
    )
    assert json.loads(said)["resolved_by"] == "hub:Ada"
    assert queue(hub) == []
    assert hub.report()["exceptions"] == []
    assert json.loads(hub.command("check", "--json"))["whole"]
