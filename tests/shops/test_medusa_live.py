"""A real Medusa server, a hub and a till: an order's whole life, told once, whatever breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shops.medusa_shop import MedusaShop
from tests.shops.running import NoShop, Postgres, installed
from tests.shops.stories import Story, opened
from tests.shops.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
    try:
        installed("medusa")
        postgres: Postgres = request.getfixturevalue("shops_postgres")
        world, shop = opened(
            tmp_path_factory.mktemp("medusa"), MedusaShop, postgres, lambda price: price / 100
        )
    except NoShop as why:
        pytest.skip(str(why))
    yield world
    world.close()
    shop.end()


class TestMedusa(Story):
    """The stories, of a customer of Medusa's."""
