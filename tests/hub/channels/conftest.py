"""Every platform's shop, and a hub that sells through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.hub.channels import client
from sync.hub.database import Database
from tests.hub.channels.channelled import Channelled
from tests.hub.channels.fake import FakeShop
from tests.hub.channels.shops.every import SHOPS
from tests.hub.tills import HandClock


@pytest.fixture(params=sorted(SHOPS))
def shop(request: pytest.FixtureRequest) -> Iterator[FakeShop]:
    """One of each platform."""
    made = SHOPS[request.param]()
    yield made
    made.end()


@pytest.fixture
def asked_shop(shop: FakeShop) -> FakeShop:
    """The same, where the platform is asked for orders."""
    if not shop.fetched:
        pytest.skip("its deliveries carry the whole order: nothing is fetched")
    return shop


@pytest.fixture
def hub(database: Database, clock: HandClock, shop: FakeShop) -> Iterator[Channelled]:
    made = Channelled(database, clock, shop)
    yield made
    made.close()


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that hangs is given up sooner than a real one would be."""
    monkeypatch.setattr(client, "READ_S", 0.3)
