"""What another till of the store sold, as this one knows it: found, kept for a while, replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pos_app.store.catalogue import CURRENT, Catalogue
from pos_app.store.replica import ReplicaWriter
from sync.protocol.messages import RefLine, RefPayment, RefTax, SaleRefRow
from tests.store.replica_feed import KEY, reply

KEPT = Path(__file__).parents[1] / "databases"


def ref(number: int, kind: str = "sale", of: str = "", day: str = "2026-11-25") -> SaleRefRow:
    sign = 1 if kind == "sale" else -1
    line = RefLine(
        1, "A", "Scarf", "Navy", "piece", 2_000 * sign, 500, 1_000 * sign, 1_000 * sign, 0, "standard",
        200_000, 833 * sign, 167 * sign, False, int(kind == "refund"),
    )  # fmt: skip
    return SaleRefRow(
        id=f"id{number}", kind=kind, of=of, doc_no=f"1-2-1.{number}", store="1", till="2",
        biz_date=day, wall=f"{day}T09:{number:02}:00.000Z", actor="ana", currency="EUR",
        total=1_000 * sign, payable=1_000 * sign, tax_included=True, lines=(line,),
        taxes=(RefTax("standard", "Standard"),), payments=(RefPayment("cash", 1_000 * sign),),
    )  # fmt: skip


@pytest.fixture
def writer(tmp_path: Path):
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        yield writer


def feed(writer: ReplicaWriter, *rows: SaleRefRow, start: int = 0) -> None:
    writer.apply(reply(start, ("sale_ref", rows), stream="store:1"))


def test_a_sale_is_found_by_number_and_with_what_came_back_of_it(writer, tmp_path: Path) -> None:
    feed(writer, ref(1), ref(2), ref(3, "refund", "id1"), ref(4, "void", "id2"))
    with_ = Catalogue.open(tmp_path, KEY)
    found = with_.sale_ref("1-2-1.1")
    assert found == ref(1)
    assert with_.sale_ref_by_id("id1") == ref(1)
    assert [row.doc_no for row in with_.refs_of("id1")] == ["1-2-1.3"]
    assert [row.kind for row in with_.refs_of("id2")] == ["void"]
    assert with_.sale_ref("1-2-1.3") is None, "a refund's number is no sale's"
    assert with_.sale_ref("1-2-1.9") is None
    assert with_.refs_of("") == []
    with_.close()


def test_the_newest_are_listed_and_searched(writer, tmp_path: Path) -> None:
    feed(writer, *(ref(number) for number in range(1, 13)))
    with_ = Catalogue.open(tmp_path, KEY)
    assert [row.doc_no for row in with_.recent_refs("2026-11-25", "1")][:2] == [
        "1-2-1.12", "1-2-1.11",
    ]  # fmt: skip
    assert [row.doc_no for row in with_.recent_refs("", "1", "1-2-1.3")] == ["1-2-1.3"]
    assert len(with_.recent_refs("", "1", amount=1_000)) == 12
    assert with_.recent_refs("", "1", amount=999) == []
    assert with_.recent_refs("", "2") == [], "its own are in its ledger"
    assert with_.recent_refs("2026-11-26", "1") == []
    with_.close()


def test_after_sixty_days_they_go(writer, tmp_path: Path) -> None:
    feed(writer, ref(1, day="2026-09-01"), ref(2, day="2026-09-26"))
    feed(writer, ref(3, day="2026-11-25"), start=1)
    with_ = Catalogue.open(tmp_path, KEY)
    kept = [with_.sale_ref(f"1-2-1.{number}") for number in (1, 2, 3)]
    assert [row is not None for row in kept] == [False, True, True]
    with_.close()


def test_a_restored_hub_tells_them_anew(writer, tmp_path: Path) -> None:
    feed(writer, ref(1))
    writer.reset_stream("store:1", "f2")
    with_ = Catalogue.open(tmp_path, KEY)
    assert with_.sale_ref("1-2-1.1") is None
    with_.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_copy_of_before_knows_none_and_stays_in_use(tmp_path: Path, version: int) -> None:
    shutil.copy(KEPT / f"replica_v{version}.sqlite", tmp_path / CURRENT)
    with_ = Catalogue.open(tmp_path, KEY, marks=True)
    assert with_.sale_ref("1-2-1.1") is None
    assert with_.sale_ref_by_id("id1") is None
    assert with_.refs_of("id1") == with_.recent_refs("", "1", "x", 5) == []
    assert with_.source == "current"
    assert not (tmp_path / "replica.damaged").exists()
    with_.close()
