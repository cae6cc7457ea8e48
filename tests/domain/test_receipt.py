"""A receipt is a plain document: what was queued is what is printed, also by an older program."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.errors import Refused
from pos_app.domain.receipt import (
    Align,
    Barcode,
    Blank,
    Image,
    Pair,
    Qr,
    Receipt,
    Row,
    Rule,
    Size,
    Text,
)

words = st.text(max_size=20)
blocks = st.one_of(
    st.builds(Text, words, st.sampled_from(Align), st.booleans(), st.sampled_from(Size)),
    st.builds(Pair, words, words, st.booleans(), st.sampled_from(Size)),
    st.builds(Row, st.lists(words, max_size=4).map(tuple), st.booleans()),
    st.builds(Rule, st.booleans()),
    st.builds(Blank, st.integers(1, 9)),
    st.builds(Qr, words),
    st.builds(Barcode, words),
    st.builds(Image, words),
)


@given(st.builds(Receipt, st.lists(blocks, max_size=12).map(tuple), words, words))
def test_a_receipt_comes_back_from_its_dictionary(receipt) -> None:
    stored = json.loads(json.dumps(receipt.to_dict()))
    assert Receipt.from_dict(stored) == receipt


def test_fields_of_a_newer_program_are_ignored() -> None:
    stored = Receipt((Text("hello"),)).to_dict()
    stored["blocks"][0]["glow"] = True
    stored["sound"] = "ding"
    assert Receipt.from_dict(stored).blocks == (Text("hello"),)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"v": 2, "blocks": []},
        {"v": 1},
        {"v": 1, "blocks": [{"kind": "hologram"}]},
        {"v": 1, "blocks": [{"kind": "text"}]},
        {"v": 1, "blocks": [{"kind": "text", "text": 5}]},
        {"v": 1, "blocks": [{"kind": "text", "text": "x", "align": "diagonal"}]},
        {"v": 1, "blocks": [{"kind": "text", "text": "x", "bold": "yes"}]},
        {"v": 1, "blocks": [{"kind": "row", "cells": [1, 2]}]},
        {"v": 1, "blocks": [{"kind": "row", "cells": "abc"}]},
        {"v": 1, "blocks": [{"kind": "blank", "lines": True}]},
        {"v": 1, "blocks": ["text"]},
        {"v": 1, "blocks": 7},
    ],
)
def test_what_is_no_receipt_is_refused(broken) -> None:
    with pytest.raises(Refused, match="receipt_unreadable"):
        Receipt.from_dict(broken)
