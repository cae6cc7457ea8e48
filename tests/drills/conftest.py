"""A hub that a till was enrolled with, over real HTTP, and copies of both to do harm to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_app.settings import Settings
from pos_app.store.witness import PLACE_VARIABLE
from tests.drills.people import Drill
from tests.drills.serving import answering
from tests.scenarios.hub import Hub, hub_in


@pytest.fixture(scope="session")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """hub.sqlite and till-1 beside it, everything fetched, nothing running."""
    folder = tmp_path_factory.mktemp("laid")
    with hub_in(folder) as hub:
        hub.enrol(1)
    return folder


@pytest.fixture
def drill(laid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drill]:
    """The hub answers, and till 1 is in `till`; its second witness is in a room of its own."""
    data = Path(shutil.copytree(laid / "till-1", tmp_path / "till-1"))
    for path in laid.glob("hub.sqlite*"):
        shutil.copy(path, tmp_path / path.name)
    hub = Hub(tmp_path)
    with answering(hub.database) as hub.url:
        replace(Settings.load(data), hub_url=hub.url).save(data)
        monkeypatch.setenv(PLACE_VARIABLE, str(tmp_path / "state"))
        yield Drill(hub, data, monkeypatch)
