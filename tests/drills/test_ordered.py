"""What a person at the hub orders of a till: stopped, wiped, out of service; a dead one replaced."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from pos_app.domain.errors import Refused
from pos_app.store.keys import KEYS_FILE, SEALED_FILE, Keys
from pos_app.till import sign_in
from pos_app.till.till import Till
from sync.link import SyncStatus
from tests.drills.people import DEAD, PATIENCE_S, STOPPED, WIPED, Drill
from tests.scenarios.hub import MANAGER

pytestmark = pytest.mark.slow


def test_a_suspended_till_is_locked_and_goes_on_sending(drill: Drill) -> None:
    drill.sell(drill.data, 100)
    till, listening = drill.listens(drill.data, lambda _till, now: now.state == "LIVE", "live")
    device = drill.device()["device"]
    drill.at_hub(STOPPED, "hub suspend", DEVICE=device)
    began = time.monotonic()
    listening.until(lambda till, _status: till.stopped, "stopped")
    assert time.monotonic() - began < 60
    (who,) = [one for one in till.staff.values() if one.name == MANAGER[0]]
    with pytest.raises(Refused, match="device_suspended"):
        sign_in.sign_in(till, who.staff_id, MANAGER[1])
    listening.close()
    with pytest.raises(Refused, match="device_suspended"):
        drill.sell(drill.data, 200)
    drill.at_hub(STOPPED, "hub resume", DEVICE=device)

    def works(till: Till, _status: SyncStatus) -> bool:
        return not till.stopped

    _till, listening = drill.listens(drill.data, works, "let go")
    listening.close()
    drill.sell(drill.data, 300)
    drill.synced(drill.data)
    drill.check_hub()


def test_what_a_suspended_till_has_is_sent(drill: Drill) -> None:
    drill.sell(drill.data, 100, 200)
    drill.at_hub(STOPPED, "hub suspend", DEVICE=drill.device()["device"])
    assert drill.refused(drill.data) == "device_suspended"
    drill.check_hub()


def test_a_wiped_till_cannot_be_read_and_its_sales_are_not_lost(drill: Drill) -> None:
    drill.sell(drill.data, 100)
    drill.synced(drill.data)
    drill.sell(drill.data, 200, 400)
    device = drill.device()["device"]
    drill.at_hub(WIPED, "hub wipe DEVICE", DEVICE=device)
    began = time.monotonic()
    drill.syncs_until_ended(drill.data)
    assert time.monotonic() - began < PATIENCE_S
    assert not (drill.data / KEYS_FILE).exists()
    with pytest.raises(Refused, match="till_wiped"):
        Keys.load(drill.data)
    assert drill.device()["state"] == "wiped"
    ledger = drill.data / "ledger.sqlite"
    assert b"SQLite format" not in ledger.read_bytes()[:100]
    shutil.copy(ledger, drill.hub.folder)
    told = drill.at_hub(WIPED, "hub unseal", DEVICE=device)
    assert told == "3 entries booked that the till had not sent\n"
    drill.check_hub()
    told = drill.at_hub(WIPED, "hub unseal", DEVICE=device)
    assert told.startswith("0 entries"), "each once"


def test_a_till_that_is_to_be_drained_is_wiped_when_everything_is_there(drill: Drill) -> None:
    drill.sell(drill.data, 100, 200)
    drill.at_hub(WIPED, "hub wipe --drain", DEVICE=drill.device()["device"])
    drill.syncs_until_ended(drill.data)
    assert not (drill.data / KEYS_FILE).exists()
    assert (drill.data / SEALED_FILE).exists()
    drill.check_hub()


def test_a_dead_till_is_replaced_and_people_know_what_to_enter_from_paper(drill: Drill) -> None:
    (held,) = drill.sell(drill.data, 100)
    drill.synced(drill.data)
    (lost,) = drill.sell(drill.data, 200)
    shutil.rmtree(drill.data)
    fresh = drill.data.parent / "fresh"
    said = drill.enrols(fresh, drill.code(DEAD))
    assert f"the hub holds it up to {held}" in said
    del drill.sold[lost]
    drill.sell(fresh, 300)
    drill.synced(fresh)
    drill.check_hub(but=frozenset({"tail_lost"}))
    (told,) = [row for row in drill.hub.report()["exceptions"] if row["kind"] == "tail_lost"]
    assert f"receipts after {held}" in told["detail"]
    old = told["device"]
    said = drill.at_hub(DEAD, "hub lost", DEVICE=old, NUMBER=lost)
    assert held in said


def test_a_till_out_of_service_is_refused_within_a_second(drill: Drill, tmp_path: Path) -> None:
    drill.sell(drill.data, 100)
    _till, listening = drill.listens(drill.data, lambda _till, now: now.state == "LIVE", "live")
    drill.hub.command("revoke", drill.device()["device"])
    began = time.monotonic()
    listening.until(lambda _till, now: now.error_code == "device_revoked", "refused")
    assert time.monotonic() - began < 10, "the long poll ends at once"
    listening.close()
    assert drill.refused(drill.data) == "device_revoked"


def test_a_key_follows_another_and_both_are_good_for_some_days(drill: Drill) -> None:
    drill.sell(drill.data, 100)
    before = Keys.load(drill.data).public_hex
    drill.rotate(drill.data)
    assert Keys.load(drill.data).public_hex != before
    drill.sell(drill.data, 200)
    drill.synced(drill.data)
    drill.sell(drill.data, 300)
    drill.synced(drill.data)
    drill.rotate(drill.data)
    drill.sell(drill.data, 400)
    drill.synced(drill.data)
    drill.check_hub()
    drill.check_till(drill.data)
