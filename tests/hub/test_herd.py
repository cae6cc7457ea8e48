"""Ten tills that sold in an outage come back in the same moment: each sale once, to the cent."""

from __future__ import annotations

from pathlib import Path

from tests.bench.herd import HUB_MB, herd


def test_a_herd_drains_into_one_hub(tmp_path: Path) -> None:
    found = herd(tmp_path / "herd", tills=10, sales=50, processes=1)
    assert found.troubles == []
    assert found.sales == 500
    assert found.total == found.sold
    assert found.exceptions == 0
    assert found.hub_mb <= HUB_MB
