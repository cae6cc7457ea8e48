"""A backup of a till is put back: found out by the till itself, or by the hub; then set right."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.domain.errors import Refused
from pos_app.settings import HUB_VARIABLE
from pos_app.store.doubt import BEHIND, ChainState
from pos_app.till.till import Till
from sync.link import SyncStatus
from tests.drills.people import Drill
from tests.faults.said import sentence

pytestmark = pytest.mark.slow


def test_the_till_itself_knows_without_a_hub(drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it sells then has numbers that no paper of before has."""
    drill.sell(drill.data, 100)
    backup = drill.copy(drill.data, "backup")
    drill.sell(drill.data, 200, 300)
    monkeypatch.setenv(HUB_VARIABLE, "http://127.0.0.1:9")
    drill.restore(backup, drill.data)
    till = drill.opened(drill.data)
    assert (till.chain_state, till.guard.doubt.why) == (ChainState.SUSPECT, BEHIND)
    assert till.suspect
    drill.sign_in(till)
    (sale, *_) = till.ledger.sales()
    for take_back in (drill.void, drill.refund):
        with pytest.raises(Refused, match="chain_in_doubt"):
            take_back(till, sale.sale_id)
    till.close()
    numbers = drill.sell(drill.data, 400)
    assert numbers[0].startswith("1-1-1-"), numbers


def test_it_is_enrolled_again_and_every_sale_of_both_lives_is_there_once(drill: Drill) -> None:
    drill.sell(drill.data, 100)
    backup = drill.copy(drill.data, "backup")
    drill.sell(drill.data, 200, 300)
    drill.synced(drill.data)
    drill.restore(backup, drill.data)
    drill.sell(drill.data, 1_000, 2_000)
    assert drill.refused(drill.data) == "rolled_back", "nothing is sent before"
    assert drill.kinds() == {"rollback"}
    status, said = drill.rejoin(drill.data, drill.code())
    assert status == 0, said
    drill.sell(drill.data, 4_000)
    drill.synced(drill.data)
    drill.check_hub(but=frozenset({"rollback"}))
    drill.check_till(drill.data)
    assert drill.device()["epoch"] == 2
    till = drill.opened(drill.data)
    assert till.chain_state is ChainState.HEALTHY
    assert {row.doc_no: row.total for row in till.ledger.sales()} == drill.sold
    till.close()


def test_the_hub_finds_it_out_where_the_witness_was_put_back_too(drill: Drill) -> None:
    """The whole disk: the till cannot know, and gives a number that another paper has."""
    drill.sell(drill.data, 100)
    backup = drill.copy(drill.data, "backup")
    state = drill.copy(drill.data.parent / "state", "state-then")
    drill.sell(drill.data, 200, 300)
    drill.synced(drill.data)
    drill.restore(backup, drill.data)
    drill.restore(state, drill.data.parent / "state")
    (twice,) = drill.sell(drill.data, 1_000, again=True)
    assert twice in drill.sold

    def told(till: Till, _status: SyncStatus) -> bool:
        return till.chain_state is ChainState.ROLLED_BACK

    till, listening = drill.listens(drill.data, told, "told of it")
    assert till.suspect
    listening.close()
    assert drill.sell(drill.data, 2_000)[0].startswith("1-1-1-")
    status, said = drill.rejoin(drill.data, drill.code())
    assert status == 0, said
    drill.check_hub(but=frozenset({"rollback", "fork", "number_twice"}))
    assert "number_twice" in drill.kinds(), "two papers have one number, and people know"
    drill.check_till(drill.data)


def test_what_was_lost_with_the_disk_is_told(drill: Drill) -> None:
    """Sold, not sent, and gone: the witness says how much."""
    drill.sell(drill.data, 100)
    drill.synced(drill.data)
    backup = drill.copy(drill.data, "backup")
    lost = drill.sell(drill.data, 200, 300)
    drill.restore(backup, drill.data)
    drill.sell(drill.data, 400)
    assert drill.refused(drill.data) == "rolled_back", (
        "it is not believed to be whole though the hub sees nothing"
    )
    status, said = drill.rejoin(drill.data, drill.code())
    assert status == 0, said
    for number in lost:
        del drill.sold[number]
    drill.check_hub(but=frozenset({"rollback"}))
    told = [row["detail"] for row in drill.hub.report()["exceptions"]]
    assert any("are lost" in detail for detail in told), told


def test_a_till_without_a_witness_is_healthy_again_when_the_hub_says_so(drill: Drill) -> None:
    drill.sell(drill.data, 100)
    (drill.data / "ledger.witness").unlink()
    drill.elsewhere("another-state")
    (number,) = drill.sell(drill.data, 200)
    assert number.startswith("1-1-1-")

    def settled(till: Till, _status: SyncStatus) -> bool:
        return not till.suspect

    _till, listening = drill.listens(drill.data, settled, "settled")
    listening.close()
    assert drill.sell(drill.data, 300) == ["1-1-1.2"], "the plain series goes on"
    drill.synced(drill.data)
    drill.check_hub()


def test_broken_off_anywhere_the_same_code_ends_it(drill: Drill, tmp_path: Path) -> None:
    """The hub had given the epoch; the till knew nothing of it when the power went."""
    drill.sell(drill.data, 100)
    backup = drill.copy(drill.data, "backup")
    drill.sell(drill.data, 200)
    drill.synced(drill.data)
    drill.restore(backup, drill.data)
    drill.sell(drill.data, 400)
    code = drill.code()
    before = drill.copy(drill.data, "before")
    (drill.data / "ledger.sqlite.new").mkdir()  # what the disk will not have now
    assert drill.rejoin(drill.data, code)[0] == 1
    assert drill.device()["epoch"] == 2
    (drill.data / "ledger.sqlite.new").rmdir()
    assert drill.rejoin(drill.data, code)[0] == 0
    assert drill.device()["epoch"] == 2, "the same try, the same epoch"
    twin = drill.copy(before, "twin")
    drill.elsewhere("twin-state")
    assert drill.rejoin(twin, code) == (1, sentence("code_used") + "\n"), "not this copy's try"
    drill.check_hub(but=frozenset({"rollback"}))
