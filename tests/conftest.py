"""What holds for all tests."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow modules go first, so that at the end no process is alone with one of them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
