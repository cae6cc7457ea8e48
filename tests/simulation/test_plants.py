"""Each planted bug is found within the seeds the table gives it; the same seeds pass without it."""

from __future__ import annotations

import pytest

from sync.simulation import plants_engine, plants_hub, plants_orders, plants_rights, plants_store
from sync.simulation.plants import PLANTS
from sync.simulation.runs import Options, play
from tests.simulation.seeds import first_broken

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_there_are_at_least_twenty_and_each_says_what_it_is() -> None:
    assert len(PLANTS) >= 20
    assert all(plant.told.endswith(".") and plant.seeds <= 30 for plant in PLANTS.values())


class TestOfTheHub:
    @pytest.mark.parametrize("name", [row[0] for row in plants_hub.ROWS])
    def test_is_found(self, name: str) -> None:
        found(name)


class TestOfTheEngine:
    @pytest.mark.parametrize("name", [row[0] for row in plants_engine.ROWS])
    def test_is_found(self, name: str) -> None:
        found(name)


class TestOfTheFiles:
    @pytest.mark.parametrize("name", [row[0] for row in plants_store.ROWS])
    def test_is_found(self, name: str) -> None:
        found(name)


class TestOfRights:
    @pytest.mark.parametrize("name", [row[0] for row in plants_rights.ROWS])
    def test_is_found(self, name: str) -> None:
        found(name)


class TestOfOrders:
    @pytest.mark.parametrize("name", [row[0] for row in plants_orders.ROWS])
    def test_is_found(self, name: str) -> None:
        found(name)


def found(name: str) -> None:
    plant = PLANTS[name]
    broken = first_broken(name, plant.profile, plant.seeds)
    assert broken is not None, f"{name} lives through {plant.seeds} seeds of {plant.profile}"
    healthy = play(broken.seed, Options(plant.profile))
    assert not healthy.broken, f"not the plant: {healthy.broken}"
