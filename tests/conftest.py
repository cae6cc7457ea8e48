"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a machine that does other things as well is no fault of ours
settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow modules go first, so that at the end no process is alone with one of them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A `Databases` of a PostgreSQL server; skips only where there is none and none can be made."""
    from tests.postgres.server import OVERRIDE, Databases, NoServer, Server

    if given := os.environ.get(OVERRIDE):
        databases = Databases(given)
        yield databases
        databases.drop_all()
        return
    try:
        server = Server()
        server.start()
    except NoServer as why:
        pytest.skip(str(why))
    yield Databases(server.admin)
    server.remove()
