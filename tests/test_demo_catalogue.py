"""The demo's goods and people: enough of each kind, right codes, nobody's numbers."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from pos_app.domain.barcode import is_gtin, read
from pos_app.domain.day import zone_of
from pos_app.domain.staff import Role
from pos_app.domain.store import Store

DEMO = Path(__file__).parents[1] / "resources" / "demo"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (DEMO / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shop() -> dict:
    return tomllib.loads((DEMO / "shop.toml").read_text(encoding="utf-8"))


def test_there_are_several_hundred_goods_in_three_trades(rows) -> None:
    departments = Counter(row["department"] for row in rows)
    assert 450 <= len(rows) <= 520
    assert {"Women", "Outdoor", "Bakery"} <= set(departments)
    assert min(departments.values()) >= 10
    styles = Counter(row["style"] for row in rows if row["style"])
    assert len(styles) >= 30
    assert max(styles.values()) >= 12


def test_skus_and_variants_are_their_own(rows) -> None:
    assert len({row["sku"] for row in rows}) == len(rows)
    assert len({(row["name"], row["variant"]) for row in rows}) == len(rows)
    assert all(row["name"] == row["name"].strip() and len(row["name"]) <= 40 for row in rows)


def test_codes_are_in_store_numbers_with_the_right_check_digit(rows) -> None:
    codes = [code for row in rows for code in row["barcodes"].split()]
    assert len(codes) > len(rows)
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert len(code) == 13
        assert 20 <= int(code[:2]) <= 29, f"{code} could be somebody's"
        assert is_gtin(code)
        assert read(code).value == code.zfill(14)


def test_every_rule_of_selling_has_goods_that_show_it(rows) -> None:
    assert sum(row["unit"] == "kg" for row in rows) >= 15
    assert {row["age_limit"] for row in rows} == {"", "16", "18"}
    assert {row["tax_code"] for row in rows} == {"standard", "reduced"}
    assert {"wine", "beer"} <= {row["icon"] for row in rows if row["age_limit"]}
    dated = [row for row in rows if row["promo_price"]]
    assert any(row["promo_to"] for row in dated)
    assert any(not row["promo_to"] for row in dated)
    assert any(row["was"] for row in rows)
    for row in dated:
        assert float(row["promo_price"]) < float(row["price"])
    assert {"0", "1"} <= {row["stock"] for row in rows}


def test_the_shop_is_complete(shop, rows) -> None:
    store = shop["store"]
    zone_of(Store(store["store"], store["name"], store["currency"], store["zone"]))
    assert {row["tax_code"] for row in rows} <= set(shop["tax"])
    assert shop["staff"][0]["role"] == Role.MANAGER
    assert {Role(person["role"]) for person in shop["staff"]} >= {Role.CASHIER, Role.SENIOR}
    pins = [person["pin"] for person in shop["staff"]]
    assert len(set(pins)) == len(pins)
    assert all(len(pin) >= 4 and pin.isdigit() for pin in pins)
