"""What holds for all tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a machine that does other things as well is no fault of ours
settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow modules go first, so that at the end no process is alone with one of them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
