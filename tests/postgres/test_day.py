"""A trading day whose hub keeps its books on a server: an outage, a bad network, equal books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres.server import Databases
from tests.scenarios.hub import Hub, hub_in
from tests.scenarios.test_days import played
from tests.scenarios.test_kill import documents

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(tmp_path: Path, postgres: Databases) -> Iterator[Hub]:
    url = postgres.make()
    with hub_in(tmp_path, url) as hub:
        yield hub
    postgres.drop(url)


def test_an_outage_and_a_bad_network_end_with_equal_books(hub: Hub) -> None:
    outage, bad = hub.enrol(1, 2)
    lines = played("outage", outage)
    sold = [line for line in lines if line["do"] == "pay" and line.get("doc_no")]
    assert len(sold) == 4
    played("bad_network", bad)
    every = [fact for data in (outage, bad) for fact in documents(data)]
    report = hub.report()
    assert (report["sales"], report["voids"]) == (8, 1)
    assert report["total"] == sum(fact.total for fact in every)
    assert report["tax"] == sum(fact.tax for fact in every)
