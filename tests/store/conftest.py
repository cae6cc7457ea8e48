from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.store.ledger import Ledger
from tests.store.books import new_ledger


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "till"


@pytest.fixture
def ledger(data: Path) -> Iterator[Ledger]:
    """An enrolled till's ledger with an open shift."""
    with new_ledger(data) as opened:
        yield opened
