"""Pieces of a snapshot in a new replica: all of one or nothing, and none of a list that is past."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from pos_app.domain.errors import Refused
from pos_app.store.catalogue import Catalogue
from pos_app.store.replica import ReplicaWriter, swap
from sync.protocol import PriceRow, ProductRow, Snapshot, SnapshotChunk

KEY = bytes(32)
MADE = "2026-11-25T09:00:00.000Z"
Pieces = list[tuple[SnapshotChunk, list[bytes]]]


def pieces(*skus: str, name: str = "Thing") -> Pieces:
    """A piece a product, and one for all prices."""
    found: Pieces = []
    bounds = ["", *skus[:-1], ""]
    for place, sku in enumerate(skus):
        line = msgspec.json.encode([ProductRow(sku, f"{name} {sku}", barcodes=(f"4{sku:0>11}",))])
        found.append(piece("product", bounds[place], bounds[place + 1], [line]))
    prices = [PriceRow(sku, "retail", "EUR", (("", "", 100, 0),)) for sku in skus]
    found.append(piece("price", "", "", [msgspec.json.encode(prices)], len(skus)))
    return found


def piece(
    kind: str, after: str, upto: str, lines: list[bytes], rows: int = 1
) -> tuple[SnapshotChunk, list[bytes]]:
    sha = sha256(b"\n".join(lines)).hexdigest()
    return SnapshotChunk(kind, after, upto, rows, 9, sha), lines


def listed(found: Pieces, pos: int = 7) -> Snapshot:
    return Snapshot("global", "f1", pos, 1, MADE, tuple(chunk for chunk, _ in found))


def put(writer: ReplicaWriter, found: Pieces, *numbers: int) -> None:
    for n in numbers:
        writer.put_chunk("global", n, found[n][0].sha256, found[n][1])


def skus(data: Path) -> list[str]:
    with closing(Catalogue.open(data, KEY)) as catalogue:
        return [sku for sku in ("1", "2", "3", "4") if catalogue.by_sku(sku) is not None]


def test_the_cursor_comes_with_the_last_piece_and_never_before(tmp_path: Path) -> None:
    found = pieces("1", "2", "3")
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        writer.keep_snapshot(listed(found), None)
        for n in (2, 0, 3):
            put(writer, found, n)
            assert writer.cursors() == {}
        put(writer, found, 1)
        assert writer.cursors() == {"global": ("f1", 7)}
        assert writer.copying() == {}
        writer.finish()
    swap(tmp_path, KEY)
    assert skus(tmp_path) == ["1", "2", "3"]


def test_a_piece_that_breaks_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    found = pieces("1", "2")
    first = msgspec.json.encode([ProductRow("1", "Half of it")])
    broken = piece("product", "", "", [first, b'[["no", 1]]'], 2)
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        writer.keep_snapshot(listed([broken]), None)
        with pytest.raises(Refused, match="snapshot_corrupt"):
            put(writer, [broken], 0)
        assert len(writer.copying()["global"][2]) == 1, "it is not here"
        assert writer.cursors() == {}
        writer.keep_snapshot(listed(found), None)
        put(writer, found, 0, 1, 2)
        writer.finish()
    swap(tmp_path, KEY)
    with closing(Catalogue.open(tmp_path, KEY)) as catalogue:
        assert catalogue.by_sku("1").product.name == "Thing 1"
        assert catalogue.search("half") == []


def test_broken_off_between_two_pieces_the_file_says_what_is_missing(tmp_path: Path) -> None:
    found = pieces("1", "2", "3")
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        writer.keep_snapshot(listed(found), None)
        put(writer, found, 1)
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        feed, pos, missing = writer.copying()["global"]
        assert (feed, pos, [n for n, _, _ in missing]) == ("f1", 7, [0, 2, 3])
        put(writer, found, 1)  # it comes twice: its rows do not
        put(writer, found, 0, 2, 3)
        writer.finish()
    swap(tmp_path, KEY)
    with closing(Catalogue.open(tmp_path, KEY)) as catalogue:
        assert catalogue.counts()["products"] == 3


def test_what_is_only_of_the_list_before_is_swept(tmp_path: Path) -> None:
    before, after = pieces("1", "2", "3"), pieces("1", "3")
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        writer.keep_snapshot(listed(before), None)
        put(writer, before, 0, 1, 3)
        writer.keep_snapshot(listed(after, 9), None)
        assert writer.cursors() == {}
        _, _, missing = writer.copying()["global"]
        assert [n for n, _, _ in missing] == [1, 2], "what is of both stays"
        put(writer, after, *(n for n, _, _ in missing))
        assert writer.cursors() == {"global": ("f1", 9)}
        writer.finish()
    swap(tmp_path, KEY)
    assert skus(tmp_path) == ["1", "3"]
    with closing(Catalogue.open(tmp_path, KEY)) as catalogue:
        assert catalogue.counts()["products"] == 2
        assert catalogue.by_code(("4" + "2".zfill(11),)) is None
