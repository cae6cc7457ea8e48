"""A PostgreSQL for the shops; where there is none, or no shop is installed, all of it is skipped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.shops.stories")

from tests.shops.running import NoShop, Postgres  # noqa: E402 - after what has to be rewritten


@pytest.fixture(scope="session")
def shops_postgres() -> Iterator[Postgres]:
    try:
        server = Postgres()
    except NoShop as why:
        pytest.skip(str(why))
    with contextlib.closing(server):
        yield server
