"""A till's disk is copied: two machines sell as one till. Both keep everything; one becomes another."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.store.doubt import OTHER_MACHINE, ChainState
from pos_app.store.machine import NAME_VARIABLE
from tests.drills.people import COPIED, Drill
from tests.faults.said import sentence

pytestmark = pytest.mark.slow


def test_the_first_to_enrol_again_stays_and_the_other_becomes_another_till(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = drill.data.parent / "machine-id"
    machine.write_text("another one\n")
    drill.sell(drill.data, 100)
    drill.synced(drill.data)
    twin = drill.copy(drill.data, "twin")
    drill.sell(drill.data, 200, 300)
    # The other machine: another name, and no memory of the till.
    monkeypatch.setenv(NAME_VARIABLE, str(machine))
    drill.elsewhere("second-state")
    till = drill.opened(twin)
    assert (till.chain_state, till.guard.doubt.why) == (ChainState.SUSPECT, OTHER_MACHINE)
    till.close()
    drill.sell(twin, 1_000, 2_000)
    assert drill.refused(twin) == "rolled_back", "a copy is not believed, even before the first"
    # The copy is quicker.
    status, said = drill.rejoin(twin, drill.code())
    assert status == 0, said
    # The first machine again: it is fenced, and gets a number of its own.
    monkeypatch.delenv(NAME_VARIABLE)
    drill.elsewhere("state")
    assert drill.refused(drill.data) == "fenced"
    said = drill.rejoin_as_new(drill.data, drill.code(COPIED))
    assert "till 2" in said
    drill.sell(drill.data, 4_000)
    drill.synced(drill.data)
    monkeypatch.setenv(NAME_VARIABLE, str(machine))
    drill.elsewhere("second-state")
    drill.sell(twin, 8_000)
    drill.synced(twin)
    drill.check_hub(but=frozenset({"rollback", "fork"}))
    assert {row["till"]: row["state"] for row in drill.devices()} == {"1": "active", "2": "active"}
    for data in (drill.data, twin):
        drill.check_till(data)


def test_two_copies_that_cannot_be_told_apart_are_found_out_by_their_chains(drill: Drill) -> None:
    """Same names, same witness: whoever sends second is told that it is a fork."""
    drill.sell(drill.data, 100)
    twin = drill.copy(drill.data, "twin")
    drill.elsewhere("second-state")
    drill.sell(twin, 1_000, again=True)
    drill.synced(twin)
    drill.elsewhere("state-of-the-first")
    (twice,) = drill.sell(drill.data, 200, again=True)
    assert drill.refused(drill.data) == "fork"
    status, said = drill.rejoin(drill.data, drill.code())
    assert status == 0, said
    assert drill.refused(twin) == "fenced"
    drill.check_hub(but=frozenset({"fork", "number_twice"}))
    told = [row for row in drill.hub.report()["exceptions"] if row["kind"] == "number_twice"]
    assert [row["detail"] for row in told] == [twice]


def test_whoever_replays_a_copy_s_words_is_refused(drill: Drill, tmp_path: Path) -> None:
    """A copy of the old epoch adds nothing, whatever it sends."""
    drill.sell(drill.data, 100)
    twin = drill.copy(drill.data, "twin")
    drill.synced(drill.data)
    assert drill.rejoin(drill.data, drill.code())[0] == 0
    before = drill.hub.report()
    drill.elsewhere("second-state")
    drill.sell(twin, 500, again=True)
    assert drill.refused(twin) == "fenced"
    assert drill.rejoin(twin, drill.code())[1] == sentence("till_taken") + "\n"
    after = drill.hub.report()
    assert (after["sales"], after["total"]) == (before["sales"], before["total"])
