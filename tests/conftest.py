"""What holds for all tests."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from pos_app.store.witness import PLACE_VARIABLE

_ROOM = tempfile.TemporaryDirectory(prefix="holdfast-witness-")
_COUNT = itertools.count()
os.environ[PLACE_VARIABLE] = f"{_ROOM.name}/session"

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


@pytest.fixture(scope="module", autouse=True)
def _a_machine_for_the_module() -> Iterator[None]:
    """What a module makes for all its tests is on a machine that no other module has used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PLACE_VARIABLE, f"{_ROOM.name}/{next(_COUNT)}")
        yield


@pytest.fixture(autouse=True)
def _a_machine_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of one till that tests make are on machines that know nothing of each other."""
    monkeypatch.setenv(PLACE_VARIABLE, f"{_ROOM.name}/{next(_COUNT)}")
