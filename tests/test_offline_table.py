"""PROOF.md says what works without the hub: that is made of the limits, and of nothing else.

After a change of either file: `HOLDFAST_GOLDEN=update pytest tests/test_offline_table.py`.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain.money import minor_digits
from pos_app.domain.staff import Policy

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "PROOF.md"
TEXT = (ROOT / "resources" / "policy.toml").read_text(encoding="utf-8")
ROWS: list[dict[str, Any]] = tomllib.loads(
    (ROOT / "resources" / "operations.toml").read_text(encoding="utf-8")
)["operation"]
POLICY = Policy.parse(TEXT)
TITLE = "## What works without the hub"
FOREWORD = f"""{TITLE}

What a till does alone, and what it leaves for later. The last column is a till that may be a copy of
itself (its files were put back, its disk was copied), until the hub has looked at it. A shop changes
the numbers with `holdfast hub policy`; these are the ones it begins with. Made of
`resources/policy.toml` and `resources/operations.toml` by `tests/test_offline_table.py`; that a till
keeps to it is shown by `tests/domain/test_staff.py`, `tests/till/test_in_doubt.py`,
`tests/till/test_refund.py`, `tests/sync/test_rights_properties.py` and `tests/till/test_unsecured.py`.

| operation | with the hub | without it | without it, perhaps a copy |
|---|---|---|---|
"""


def number(match: re.Match[str]) -> str:
    """A number of the limits, as the page shows it."""
    found: Any = tomllib.loads(TEXT)
    name, *rest = match.group(1).split(".")
    found = found[name] if name in found else found["action"][name]
    for part in rest:
        found = found[part]
    kind = rest[0] if name == "unsecured" else name
    money = kind != "points" and (name == "unsecured" or POLICY.action(name).unit == "money")
    assert minor_digits(POLICY.currency) == 2
    return f"{found} {POLICY.currency}" if money and found else str(found) if found else "nothing"


def made() -> str:
    lines = [
        "| "
        + " | ".join(
            re.sub(r"\{([\w.]+)\}", number, row[name])
            for name in ("title", "online", "offline", "in_doubt")
        )
        + " |"
        for row in ROWS
    ]
    return FOREWORD + "\n".join(lines) + "\n"


def test_the_page_says_what_the_limits_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    begin = page.find(TITLE)
    end = page.find("\n## ", begin + 1) if begin >= 0 else -1
    if os.environ.get("HOLDFAST_GOLDEN") == "update":
        if begin < 0:
            begin = end = page.index("\n## Power cuts") + 1
            page = f"{page[:begin]}{made()}\n{page[end:]}"
        else:
            page = page[:begin] + made() + page[end:]
        PAGE.write_text(page, encoding="utf-8")
        return
    assert begin >= 0
    assert page[begin:end] == made()


def test_each_row_of_the_limits_is_in_one_operation() -> None:
    named = [action for row in ROWS for action in row.get("actions", ())]
    assert sorted(named) == sorted(POLICY.actions)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["title"][:30])
def test_what_is_told_is_what_the_limits_do(row: dict[str, Any]) -> None:
    actions = [POLICY.action(name) for name in row.get("actions", ())]
    for action in actions:
        assert action.in_doubt is not None, f"{action.name} does not say"
        assert row["in_doubt"].startswith("no") is not action.in_doubt, action.name
        assert (row["offline"] == "no") is (action.offline_pct == 0), action.name
        assert ("half" in row["offline"]) <= (any(each.offline_pct == 50 for each in actions)), (
            action.name
        )
        capped = action.offline_up_to is not None
        assert not capped or f"{action.name}.offline_up_to" in row["offline"], action.name


def test_the_numbers_of_risk_are_nothing_as_shipped() -> None:
    assert set(POLICY.unsecured) == {"points", "credit", "card"}
    for risk in POLICY.unsecured.values():
        assert (risk.event, risk.account, risk.episode) == (0, 0, 0)
