"""Rows of a newer hub: passed over, noted where they are, and fetched once a newer program knows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.store import feed_rows
from pos_app.store.replica import ReplicaWriter, swap
from tests.store.replica_feed import KEY, product, reply, stock

MILK = product("M1", "Whole milk 1l", "4006381333931")


def learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program was updated: it knows holograms."""
    monkeypatch.setitem(feed_rows._TABLES, "hologram", feed_rows._TABLES["stock"])


def test_what_was_passed_over_is_noted_with_its_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("hologram", [{"a": 1}]), ("product", [MILK])))
        writer.apply(reply(2, ("product", [MILK]), ("hologram", [{"a": 2}]), ("siren", [1])))
        writer.apply(reply(0, ("hologram", [{"a": 3}]), stream="store:1"))
        assert writer.cursors()["global"] == ("f1", 5), "the cursor goes on"
        assert not writer.missed()
        noted = writer._passed_over(writer._connection)
        assert noted == {
            "hologram": {"global": (1, 4), "store:1": (1, 1)},
            "siren": {"global": (5, 5)},
        }
    learn(monkeypatch)
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        assert writer.missed()


def test_a_file_fetched_anew_has_missed_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("hologram", [{"a": 1}]), ("product", [MILK])))
    learn(monkeypatch)
    with ReplicaWriter.create_beside(tmp_path, KEY) as beside:
        beside.apply(reply(0, ("hologram", [stock("M1", 5)]), ("product", [MILK])))
        beside.finish()
    swap(tmp_path, KEY)
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        assert not writer.missed()
