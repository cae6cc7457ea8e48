"""The bytes of every message, fact and row are what they were: kept in files, one a kind.

After a change that is meant: `HOLDFAST_GOLDEN=update pytest tests/hub/test_golden_messages.py`. What
a kind looked like before goes to `older/`, where it has to be read for as long as it is there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from sync.hub.storefront import desk as storefront
from sync.protocol import AnyFact, decode_fact
from tests.hub.samples import kinds, sample

KEPT = Path(__file__).parents[1] / "golden" / "messages"
OLDER = KEPT / "older"
KINDS = kinds()
ASKED_BY_WEBSITES = {row.body for row in storefront.ROWS}


def _decode(kind: type[msgspec.Struct], body: bytes) -> msgspec.Struct:
    if kind in get_args(AnyFact):
        return decode_fact(body)
    found: msgspec.Struct = msgspec.json.decode(body, type=kind)
    return found


def _update(name: str, body: bytes) -> None:
    path = KEPT / f"{name}.json"
    if path.exists() and path.read_bytes() != body:
        OLDER.mkdir(exist_ok=True)
        number = len(list(OLDER.glob(f"{name}-*.json"))) + 1
        path.rename(OLDER / f"{name}-{number}.json")
    path.write_bytes(body)


@pytest.mark.parametrize("name", KINDS)
def test_today_reads_and_writes_the_very_bytes(name: str) -> None:
    kind = KINDS[name]
    made = sample(kind)
    body = msgspec.json.encode(made)
    if os.environ.get("HOLDFAST_GOLDEN") == "update":
        _update(name, body)
    path = KEPT / f"{name}.json"
    assert path.exists(), f"{name} is new: HOLDFAST_GOLDEN=update writes its bytes"
    golden = path.read_bytes()
    assert golden == body, f"{name} is another one on the wire now: was that meant?"
    assert msgspec.json.encode(_decode(kind, golden)) == golden


def test_what_was_written_before_is_read() -> None:
    for path in sorted(OLDER.glob("*.json")):
        assert _decode(KINDS[path.stem.rpartition("-")[0]], path.read_bytes()), path.stem


def test_no_file_is_of_a_kind_that_is_gone() -> None:
    """A kind that was ever sent is read for two releases more."""
    assert {path.stem for path in KEPT.glob("*.json")} <= set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_fields_nobody_knows_are_passed_over(name: str) -> None:
    """A newer side says more; what is kept of a fact are its bytes, so nothing of it is lost.

    What websites ask is refused instead: who writes a name wrong there is told while they write it.
    """
    told = msgspec.json.decode((KEPT / f"{name}.json").read_bytes())
    if isinstance(told, dict):
        told["of_tomorrow"] = {"deep": [1, {"deeper": None}]}
    else:
        told.append({"of": "tomorrow"})
    kind = KINDS[name]
    if kind.__struct_config__.forbid_unknown_fields:
        assert kind in ASKED_BY_WEBSITES
        with pytest.raises(msgspec.ValidationError, match="of_tomorrow"):
            _decode(kind, msgspec.json.encode(told))
        return
    assert _decode(kind, msgspec.json.encode(told)) == _decode(
        kind, (KEPT / f"{name}.json").read_bytes()
    )
