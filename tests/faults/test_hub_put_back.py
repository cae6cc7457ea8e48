"""The hub is not what it was: an older copy of itself, another hub, or done with this till."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.settings import HUB_VARIABLE
from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from tests.faults.said import OPEN_SHIFT, SALE, SIGN_IN, play, sentence, sync
from tests.scenarios.hub import Hub

pytestmark = pytest.mark.slow


def price_of(data: Path, sku: str) -> int:
    with closing(Catalogue.open(data, Keys.load(data).db_key)) as catalogue:
        article = catalogue.by_sku(sku)
        assert article is not None
        return article.prices[0].amount


def put_back(hub: Hub, copy: Path) -> None:
    """Stops the hub and lays an older copy of its database in its place."""
    hub.stop()
    for left in hub.folder.glob("hub.sqlite*"):
        left.unlink()
    shutil.copy(copy, hub.folder / "hub.sqlite")


@pytest.mark.parametrize("sells", [True, False], ids=["sold", "only-fetched"])
def test_an_older_copy_of_the_hub_gets_its_sales_again_and_its_prices_count(
    data: Path, hub: Hub, sells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the hub has moved past the place of which the till's cursor tells."""
    assert play(data, SIGN_IN + OPEN_SHIFT + SALE, "--alone")[0] == 0
    assert sync(data) == (0, "")
    hub.stop()
    shutil.copy(hub.folder / "hub.sqlite", hub.folder / "kept")
    hub.serve()
    monkeypatch.setenv(HUB_VARIABLE, hub.url)
    for amount in ("10.10", "11.11"):
        hub.command("price", "set", "SCARF", amount)
    if sells:
        assert play(data, SIGN_IN + 2 * SALE, "--alone")[0] == 0
    assert sync(data) == (0, "")
    assert price_of(data, "SCARF") == 1_111
    put_back(hub, hub.folder / "kept")
    for _ in range(6 if sells else 1):
        hub.command("price", "set", "COFFEE", "5.55")
    hub.serve()
    monkeypatch.setenv(HUB_VARIABLE, hub.url)
    assert sync(data) == (0, "")
    assert (price_of(data, "SCARF"), price_of(data, "COFFEE")) == (1_995, 555)
    told = hub.report()
    assert told["sales"] == (3 if sells else 1)
    assert told["exceptions"] == []


def test_another_hub_at_the_old_address_gets_nothing(
    data: Path, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert play(data, SIGN_IN + OPEN_SHIFT + SALE, "--alone")[0] == 0
    hub.stop()
    other = Hub(tmp_path / "other")
    other.folder.mkdir()
    other.lay()
    other.serve()
    monkeypatch.setenv(HUB_VARIABLE, other.url)
    try:
        assert sync(data) == (1, sentence("device_unknown") + "\n")
        assert play(data, SIGN_IN + SALE, "--alone")[0] == 0, "selling goes on"
        assert other.report()["sales"] == 0
    finally:
        other.stop()
    hub.serve()
    monkeypatch.setenv(HUB_VARIABLE, hub.url)
    assert sync(data) == (0, "")
    assert hub.report()["sales"] == 2


def test_a_till_out_of_service_sells_on_and_keeps_everything(data: Path, hub: Hub) -> None:
    (device,) = [row["device"] for row in hub.report()["devices"]]
    hub.command("revoke", device)
    assert play(data, SIGN_IN + OPEN_SHIFT + 2 * SALE, "--alone")[0] == 0
    assert sync(data) == (1, sentence("device_revoked") + "\n")
    assert hub.report()["sales"] == 0
