"""A till that a real hub enrolled, copied for each test; and a hub of its own where one is asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.settings import HUB_VARIABLE
from tests.scenarios.hub import Hub, hub_in


@pytest.fixture(scope="session")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """hub.sqlite and till-1 beside it, everything fetched, nothing running."""
    folder = tmp_path_factory.mktemp("laid")
    with hub_in(folder) as hub:
        hub.enrol(1)
    return folder


@pytest.fixture
def data(laid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The till's directory; its hub does not answer."""
    monkeypatch.setenv(HUB_VARIABLE, "http://127.0.0.1:9")
    return Path(shutil.copytree(laid / "till-1", tmp_path / "till-1"))


@pytest.fixture
def hub(laid: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that knows the till in `data`, and answers."""
    shutil.copy(laid / "hub.sqlite", tmp_path / "hub.sqlite")
    hub = Hub(tmp_path)
    hub.serve()
    monkeypatch.setenv(HUB_VARIABLE, hub.url)
    try:
        yield hub
    finally:
        hub.stop()
