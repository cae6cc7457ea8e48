"""PROTOCOL.md is true: each example is a message of ours, each table names what the code has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from pos_app.domain.tax import TaxRate, TaxRules
from pos_app.store.feed_rows import known_kinds
from sync import protocol
from sync.hub import booking, desk
from sync.hub.answers import problem_codes
from sync.hub.checks import Checker
from sync.protocol import AnyFact, Sale, versions
from sync.protocol.messages import PROTO, SCHEMA

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "sync" / "PROTOCOL.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```json (\w+)\n(.+?)\n```$", PAGE, re.MULTILINE | re.DOTALL)


def _kind(name: str) -> Any:
    for endpoint in desk.ENDPOINTS:
        for kind in (endpoint.body, endpoint.reply):
            if kind is not None and kind.__name__ == name:
                return kind
    return getattr(protocol, name)


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_each_example_is_read_and_written_again_the_same(name: str, text: str) -> None:
    kind = _kind(name)
    message = msgspec.json.decode(text, type=kind)
    again = json.loads(msgspec.json.encode(message))
    told = json.loads(text)
    if isinstance(told, dict):
        assert set(told) <= {field.encode_name for field in msgspec.structs.fields(kind)} | {"type"}
        defaults = set(again) - set(told)
        assert not defaults, f"{name} does not show {defaults}"
        assert {key: told[key] for key in again} == again
    else:
        assert told == again


def test_every_message_has_an_example() -> None:
    shown = {name for name, _ in EXAMPLES}
    wanted = {endpoint.body for endpoint in desk.ENDPOINTS}
    wanted |= {endpoint.reply for endpoint in desk.ENDPOINTS}
    names = {kind.__name__ for kind in wanted if kind is not None} | {"Problem"}
    rows = {name for name in protocol.__all__ if name.endswith("Row") and name != "FeedRow"}
    assert names | rows | {"Sale"} == shown


def test_the_example_sale_is_right_to_the_cent() -> None:
    text = dict(EXAMPLES)["Sale"]
    rules = TaxRules((TaxRate("reduced", 100_000),))
    assert Checker(rules).sale(msgspec.json.decode(text, type=Sale)) == []


def _named(section: str) -> set[str]:
    """The names in backticks in the first column of a section's table."""
    part = PAGE.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    return {
        name
        for row in re.findall(r"^\| (`.+?) \|", part, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }


def test_every_problem_is_in_the_table_with_its_status() -> None:
    assert _named("Problems") == set(problem_codes())
    table = PAGE.split("\n## Problems\n", 1)[1].splitlines()
    for code, (status, _) in problem_codes().items():
        row = next(line for line in table if line.startswith("|") and f"`{code}`" in line)
        assert str(status) in row, row


def test_every_type_of_fact_is_in_the_table() -> None:
    tags = {kind.__struct_config__.tag for kind in get_args(AnyFact)}
    assert _named("Facts") == tags


def test_every_exception_the_code_opens_is_in_the_table() -> None:
    room = Path(booking.__file__).parent
    code = "".join(module.read_text(encoding="utf-8") for module in sorted(room.rglob("*.py")))
    opened = set(re.findall(r"\.flag\(\s*\"(\w+)\"", code))
    opened |= set(re.findall(r"Anomaly\(\s*\*?\(?\"(\w+)\"", code))
    opened |= set(re.findall(r"open_one\(\s*\*?\(?(?:self\.)?connection, \"(\w+)\"", code))
    opened |= set(re.findall(r"kind=\"(\w+)\"", code)) | {"rollback", "fork"}
    opened -= {"pickup", "ship", "svg"}  # kinds of fulfilment and of pictures, not of exceptions
    assert opened <= _named("Push")
    assert _named("Push") <= opened


def test_every_verdict_is_in_the_table() -> None:
    from sync.hub import greeting

    code = Path(greeting.__file__).read_text(encoding="utf-8")
    told = set(re.findall(r'return "(\w+)"', code)) | set(re.findall(r'"(\w+)" if ', code))
    told |= set(re.findall(r'else "(\w+)"', code))
    assert _named("Hello") == told


def test_the_versions_are_the_codes_own() -> None:
    assert f"`proto` {PROTO} " in PAGE
    assert f"`schema` {SCHEMA} " in PAGE


def test_the_version_notes_name_every_message() -> None:
    wanted = {endpoint.body for endpoint in desk.ENDPOINTS}
    wanted |= {endpoint.reply for endpoint in desk.ENDPOINTS}
    names = {kind.__name__ for kind in wanted if kind is not None} | {"Problem"}
    part = PAGE.split("\n| message | proto | since then |\n", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"`([A-Z]\w+)`", part)) == names


def test_every_fact_says_the_version_that_is_written_today() -> None:
    part = PAGE.split("\n## Facts\n", 1)[1].split("\n## ", 1)[0]
    for names, version in re.findall(r"^\| (`.+?) \| (\d+) \|", part, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", names):
            assert versions.highest(name) == int(version), name


def test_every_kind_of_row_that_a_till_reads_is_in_the_table() -> None:
    part = PAGE.split("\n| kind | row |\n", 1)[1].split("\n\n", 1)[0]
    told = set(re.findall(r"`(\w+)`", part))
    assert known_kinds() <= told, known_kinds() - told
