"""The titles of the policy's actions can be translated: each stands where texts are collected."""

from __future__ import annotations

import tomllib
from pathlib import Path

import resources
from pos_app.domain.staff import Policy
from pos_app.presenters.actions import TITLES, action_title

TEXT = (Path(resources.__file__).parent / "policy.toml").read_text(encoding="utf-8")


def test_every_action_of_the_table_has_its_title_here_and_no_other_has() -> None:
    rows = tomllib.loads(TEXT)["action"]
    assert {name: row["title"] for name, row in rows.items()} == TITLES


def test_a_row_that_only_the_hub_has_is_called_as_it_is_there() -> None:
    policy = Policy.parse(
        TEXT.replace("[action.sell]", "[action.lend]").replace("Sell, ", "Lend, ")
    )
    assert action_title(policy, "lend") == "Lend, cash or card, print"
    assert action_title(policy, "discount") == "Give a discount by hand"
    assert action_title(policy, "nothing") == ""
