"""Two things go wrong one after the other: a till and its hub both lose a part of what they knew."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_app.domain.errors import PosError
from pos_app.settings import Settings
from pos_app.store.witness import PLACE_VARIABLE
from sync.engine.shell.process import sync_once
from tests.drills.people import PATIENCE_S, Drill
from tests.drills.serving import answering
from tests.faults.said import run
from tests.scenarios.hub import Hub

pytestmark = pytest.mark.slow


class Both:
    """The drill's till beside a hub that can be put back to a copy of itself."""

    def __init__(self, drill: Drill) -> None:
        self.drill = drill
        self.data = drill.data
        self.hub = drill.hub
        self.serving = contextlib.ExitStack()

    def copy_of_hub(self, name: str) -> None:
        self.hub.command("backup", str(self.hub.folder / f"{name}.sqlite"))

    def put_hub_back(self, name: str) -> None:
        """The hub as it was when that copy was made, by the page's command."""
        self.serving.close()
        self.hub.command("restore", str(self.hub.folder / f"{name}.sqlite"))
        self.serve()

    def serve(self) -> None:
        """The hub answers at an address of its own, and the tills know it."""
        self.hub.url = self.serving.enter_context(answering(self.hub.database))
        for ledger in self.hub.folder.glob("*/ledger.sqlite"):
            replace(Settings.load(ledger.parent), hub_url=self.hub.url).save(ledger.parent)

    def code(self, till: str) -> str:
        told = json.loads(self.hub.command("enrol-code", "--till", till, "--json"))
        return str(told["code"])

    def said_no(self, data: Path) -> str:
        with pytest.raises(PosError) as told:
            sync_once(data, PATIENCE_S)
        return told.value.code

    def enrol_again(self, data: Path, till: str = "1") -> None:
        status, said = run("till", "rejoin", "--data", str(data), "--code", self.code(till))
        assert status == 0, said

    def check(self, data: Path) -> None:
        """Every sale is there once, and both sides' books prove themselves."""
        told = self.hub.report()
        assert (told["sales"], told["total"]) == (
            len(self.drill.sold),
            sum(self.drill.sold.values()),
        )
        assert told["quarantined"] == 0
        status, said = run("hub", "verify", "--database", self.hub.database)
        assert status == 0, said
        status, said = run("journal", "verify", str(data))
        assert status == 0, said
        self.drill.check_till(data)


@pytest.fixture
def both(laid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """A till, its hub that answers, and a room for the till's second witness."""
    data = Path(shutil.copytree(laid / "till-1", tmp_path / "till-1"))
    for path in laid.glob("hub.sqlite*"):
        shutil.copy(path, tmp_path / path.name)
    monkeypatch.setenv(PLACE_VARIABLE, str(tmp_path / "state"))
    both = Both(Drill(Hub(tmp_path), data, monkeypatch))
    both.serve()
    yield both
    both.serving.close()


def test_a_till_put_back_to_before_it_changed_its_key(both: Both) -> None:
    """It has only the key of before, and stays the till that it is."""
    drill = both.drill
    drill.sell(both.data, 100)
    drill.synced(both.data)
    backup = drill.copy(both.data, "backup")
    drill.rotate(both.data)
    drill.sell(both.data, 200)
    drill.synced(both.data)
    drill.restore(backup, both.data)
    drill.sell(both.data, 400)
    assert both.said_no(both.data) == "rolled_back"
    both.enrol_again(both.data)
    drill.sell(both.data, 800)
    drill.rotate(both.data)
    drill.sell(both.data, 1_600)
    drill.synced(both.data)
    both.check(both.data)


def test_a_till_that_changed_its_key_untold_and_is_enrolled_again(both: Both) -> None:
    drill = both.drill
    drill.sell(both.data, 100)
    drill.synced(both.data)
    backup = drill.copy(both.data, "backup")
    drill.sell(both.data, 200)
    drill.synced(both.data)
    drill.restore(backup, both.data)
    drill.rotate(both.data)
    drill.sell(both.data, 400)
    both.enrol_again(both.data)
    drill.sell(both.data, 800)
    drill.synced(both.data)
    both.check(both.data)


def test_a_hub_put_back_to_before_a_till_was_enrolled_again(both: Both) -> None:
    """It knows nothing of the till's present epoch, and lacks a part of the one before.

    Then somebody finds a newer copy: it knows an epoch that the till's ledger holds no more.
    """
    drill = both.drill
    drill.sell(both.data, 100)
    drill.synced(both.data)
    both.copy_of_hub("older")
    backup = drill.copy(both.data, "backup")
    drill.sell(both.data, 200)
    drill.synced(both.data)
    drill.restore(backup, both.data)
    drill.sell(both.data, 400)
    both.enrol_again(both.data)
    drill.rotate(both.data)
    drill.sell(both.data, 800)
    drill.synced(both.data)
    both.copy_of_hub("newer")
    for name, price in (("older", 1_600), ("newer", 6_400)):
        both.put_hub_back(name)
        drill.sell(both.data, price)
        assert both.said_no(both.data) == "fork"
        both.enrol_again(both.data)
        drill.sell(both.data, 2 * price)
        drill.synced(both.data)
        both.check(both.data)


def test_a_hub_put_back_to_before_it_knew_a_till_of_two_lives(both: Both) -> None:
    """What the till told in its first life goes to the hub again, too."""
    drill = both.drill
    both.copy_of_hub("older")
    (two,) = both.hub.enrol(2)
    drill.sell(two, 100)
    drill.synced(two)
    backup = drill.copy(two, "backup")
    drill.sell(two, 200)
    drill.synced(two)
    drill.restore(backup, two)
    drill.sell(two, 400)
    both.enrol_again(two, "2")
    both.put_hub_back("older")
    drill.sell(two, 800)
    assert both.said_no(two) == "device_unknown"
    drill.rejoin_as_new(two, both.code("2"))
    drill.synced(two)
    both.check(two)
