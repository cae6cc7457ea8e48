"""The check-up: a real till, enrolled at a real hub, then broken one piece at a time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pos_app.doctor import check_up
from pos_app.doctor import files as file_looks
from pos_app.doctor import hub as hub_looks
from pos_app.doctor.line import Line, State
from pos_app.store import schema
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from pos_app.store.replica import ReplicaWriter
from pos_app.till import checkout, sign_in
from pos_app.till.shift import open_shift
from sync.file_lock import FileLock
from tests.hardware.served import OnNetwork
from tests.sync.server import HOLDFAST, Hub, holdfast, served
from tests.till.shop import make_shop, open_shop

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CATALOGUE = "sku,name,price,barcode\nSCARF,Wool scarf,29.90,4006381333931\nTEA,Tea,3.50,\n"


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[Hub]:
    room = tmp_path_factory.mktemp("hub")
    hub = Hub(room / "hub.sqlite")
    database = f"sqlite:///{hub.database}"
    (room / "goods.csv").write_text(CATALOGUE)
    _hub(
        *("init", "--database", database, "--store", "1", "--name", "North", "--address", "A 1"),
        *("--vat-id", "ATU1", "--currency", "EUR", "--zone", "Europe/Vienna", "--locale", "de-AT"),
        *("--tax", "standard=20", "--manager", "Mia", "--pin-stdin"),
        given="471108\n",
    )
    _hub("import-catalogue", str(room / "goods.csv"), "--database", database)
    with served(hub.database) as running:
        yield running


def _hub(*words: str, given: str = "") -> str:
    done = subprocess.run(
        [*HOLDFAST, "hub", *words], input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def enrol(hub: Hub, data: Path, till: str) -> Path:
    """A till of the hub, approved while it waits."""
    said = hub.run("enrol-code", "--store", "1", "--till", till)
    code = re.search(r"[A-Z0-9]{4}(?:-[A-Z0-9]{4})+|[A-Z0-9]{8,}", said)
    assert code, said
    words = ("till", "enrol", "--data", str(data), "--hub", hub.url, "--code", code.group())
    enrolling = subprocess.Popen([*HOLDFAST, *words], stdout=subprocess.PIPE, text=True)
    assert enrolling.stdout is not None
    for line in enrolling.stdout:
        if found := re.search(r"(?:[a-z]+[ -]){5}[a-z]+", line):
            hub.run("approve", found.group().strip())
            break
    rest = enrolling.stdout.read()
    enrolling.stdout.close()
    assert enrolling.wait(30) == 0, rest
    return data


@pytest.fixture(scope="module")
def enrolled(hub: Hub, tmp_path_factory) -> Path:
    return enrol(hub, tmp_path_factory.mktemp("enrolled") / "till", "2")


@pytest.fixture
def till(enrolled: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(enrolled, tmp_path / "till"))


def looked(data: Path, now: datetime | None = None) -> dict[str, Line]:
    found = check_up(data, now or datetime.now(UTC))
    for line in found:
        assert line.told.endswith((".", "!")), line
        assert line.state is not State.NOT_READY or line.todo, "what to do is said"
    return {line.name: line for line in found}


def test_a_till_in_order_is_ready(till):
    holdfast("till", "sync", "--once", "--data", str(till))
    done = holdfast("doctor", "--data", str(till), "--json", check=False)
    said = json.loads(done.stdout)
    wrong = [row for row in said["checks"] if row["state"] == "not_ready"]
    assert (wrong, done.returncode, said["ready"]) == ([], 0, True)
    names = {row["name"]: row for row in said["checks"]}
    assert names["catalogue"]["facts"]["products"] == 2
    assert names["prices"]["facts"]["rows"] == 2
    assert names["staff"]["facts"]["rows"] == 1
    assert names["customers"]["told"] == "Customers are not part of this version."
    assert names["hub"]["facts"]["verdict"] in {"ok", "behind"}
    assert abs(names["clock"]["facts"]["offset_ms"]) < 2_000
    assert names["unsent"]["facts"]["entries"] == 0
    assert names["sqlite"]["facts"]["sqlcipher"]
    assert done.stderr == ""


def test_words_for_people_one_line_each(till):
    done = holdfast("doctor", "--data", str(till), check=False)
    lines = done.stdout.splitlines()
    assert len(lines) >= 15
    assert all(line[:10].strip() in {"ok", "-", "NOT READY"} for line in lines)


def test_the_hub_is_away_and_sales_are_unsent(tmp_path):
    data = make_shop(tmp_path / "till")
    found = looked(data, NOW)
    assert found["hub"].state is State.NOT_READY
    assert found["unsent"].state is State.NOT_READY, "its chain start was never sent"
    assert found["unsent"].facts["entries"] == 1
    assert found["ledger"].state is State.READY
    assert found["clock"].state is State.NOTE
    assert found["stock"].state is State.READY
    done = holdfast("doctor", "--data", str(data), check=False)
    assert done.returncode == 1


def test_a_hub_that_nobody_answers_at(till):
    (till / "till.toml").write_text('hub_url = "http://127.0.0.1:1"\n')
    found = looked(till)
    assert (found["hub"].state, found["hub"].facts["code"]) == (State.NOT_READY, "hub_unreachable")
    assert found["clock"].state is State.READY, "from the last answer"


def test_a_till_the_hub_took_out_of_service(hub, tmp_path):
    data = enrol(hub, tmp_path / "till", "3")
    facts = looked(data)["ledger"].facts
    assert (facts["store"], facts["till"]) == ("1", "3")
    with JournalReader(data, Keys.load(data).db_key) as journal:
        hub.run("revoke", journal.identity().device)
    assert looked(data)["hub"].facts["code"] == "device_revoked"


def test_keys_that_others_can_read(till):
    (till / "keys.json").chmod(0o644)
    line = looked(till)["keys"]
    assert line.state is State.NOT_READY
    assert "chmod 600" in line.todo


def test_keys_that_are_gone(till):
    (till / "keys.json").unlink()
    found = looked(till)
    assert found["keys"].state is State.NOT_READY
    assert found["ledger"].state is State.NOT_READY


def test_a_damaged_ledger_and_one_that_is_gone(till):
    with (till / "ledger.sqlite").open("r+b") as file:
        file.seek(100)
        file.write(b"damage" * 1_000)
    found = looked(till)
    assert (found["ledger"].state, found["ledger"].facts["code"]) == (
        State.NOT_READY,
        "ledger_corrupt",
    )
    assert found["catalogue"].state is State.READY, "the rest is looked at all the same"
    for path in till.glob("ledger*"):
        path.unlink()
    assert looked(till)["ledger"].facts["code"] == "ledger_missing"


def test_a_journal_that_was_changed(tmp_path):
    data = make_shop(tmp_path / "till")
    connection = schema.connect(data / "ledger.sqlite", Keys.load(data).db_key, write=True)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(
        "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'chain', 'brain') AS BLOB)"
    )
    connection.close()
    line = looked(data, NOW)["ledger"]
    assert line.state is State.NOT_READY
    assert line.facts["code"] == 10


def test_a_damaged_copy_of_the_catalogue(till):
    with (till / "replica.sqlite").open("r+b") as file:
        file.write(b"damage" * 1_000)
    assert "custom items" in looked(till)["catalogue"].told
    shutil.copy(till / "ledger.sqlite", till / "replica.prev.sqlite")
    assert looked(till)["catalogue"].state is State.NOT_READY


def test_the_last_good_copy_is_said_to_be_the_last_good_one(till):
    (till / "replica.sqlite").rename(till / "replica.prev.sqlite")
    line = looked(till)["catalogue"]
    assert line.state is State.NOT_READY
    assert line.facts["source"] == "previous"
    assert "last good" in line.told


def test_the_clock_is_set_back_or_wrong(till, monkeypatch):
    monkeypatch.setattr(hub_looks, "CLOCK_MAX_S", -1)
    assert looked(till)["clock"].state is State.NOT_READY


HOUR_MS = 3_600_000


def noted_offset(data: Path, offset_ms: int) -> None:
    with ReplicaWriter.open(data, Keys.load(data).db_key) as writer:
        writer.set_state("hub_time_offset_ms", str(offset_ms))


@pytest.mark.parametrize("offset_ms", [HOUR_MS, -HOUR_MS])
def test_a_clock_that_was_put_right_is_judged_by_what_the_hub_says_now(till, offset_ms):
    """Signed by the correction of the clock before, the question itself would be refused."""
    noted_offset(till, offset_ms)
    found = looked(till)
    assert found["hub"].state is State.READY
    assert found["clock"].state is State.READY
    assert abs(found["clock"].facts["offset_ms"]) < 2_000


def test_an_old_word_on_the_clock_is_no_verdict_where_the_hub_is_away(till):
    noted_offset(till, HOUR_MS)
    (till / "till.toml").write_text('hub_url = "http://127.0.0.1:1"\n')
    line = looked(till)["clock"]
    assert line.state is State.NOTE
    assert "last answered" in line.told


def test_the_clock_is_behind_the_last_sale(tmp_path):
    data = make_shop(tmp_path / "till")
    till = open_shop(data)
    sign_in.sign_in(till, "ana", "1111")
    open_shift(till, 10_000)
    basket = checkout.start(till)
    basket, _ = checkout.scan(till, basket, "4006381333931")
    due = checkout.settlement(till, basket, ()).due_cash
    payments = checkout.pay(till, basket, (), "cash", due)
    checkout.complete(till, basket, payments)
    till.close()
    found = looked(data, NOW - timedelta(days=400))
    assert found["clock"].state is State.NOT_READY
    assert found["receipts"].facts["waiting"] == 1
    assert found["unsent"].facts["sales"] == 1


def test_no_room_on_the_disk(till, monkeypatch):
    monkeypatch.setattr(file_looks, "DISK_MIN", 1 << 62)
    assert looked(till)["disk"].state is State.NOT_READY


def test_devices_answer_or_do_not(till):
    served_printer = OnNetwork()
    served_printer.start()
    url = f'hub_url = "http://127.0.0.1:1"\nprinter = "{served_printer.address}"\n'
    (till / "till.toml").write_text(url + 'scanner = "serial:/dev/no-such-scanner"\n')
    found = looked(till)
    assert (found["printer"].state, found["printer"].facts["status"]) == (State.READY, "ready")
    assert found["scanner"].facts["code"] == "scanner_offline"
    served_printer.paper.paper_out = True
    assert looked(till)["printer"].facts["code"] == "printer_paper_out"
    served_printer.stop()
    assert looked(till)["printer"].facts["code"] == "printer_offline"
    assert served_printer.paper.printed == [], "nothing was printed"
    assert served_printer.paper.pulses == [], "nothing was opened"
    (till / "till.toml").write_text('printer = "none"\nscanner = "none"\n')
    assert looked(till)["printer"].state is State.NOTE
    (till / "till.toml").write_text('weighing = "serial:/dev/no-such-scale"\nspeaker = "none"\n')
    found = looked(till)
    assert found["scale"].facts["code"] == "scale_offline"
    assert found["sounds"].told == "Sounds are off."
    (till / "till.toml").write_text('weighing = "simulated"\ndisplay = "screen"\n')
    found = looked(till)
    assert found["scale"].state is State.READY
    assert "second screen" in found["display"].told
    (till / "till.toml").write_text('printer = "usb"\n')
    assert looked(till)["devices"].facts["code"] == "device_address_unknown"


def test_settings_that_cannot_be_read(till):
    (till / "till.toml").write_text("printer = [")
    assert looked(till)["settings"].state is State.NOT_READY


def test_sync_is_dead_while_the_till_runs(till):
    window, sync = FileLock(till / "window.lock"), FileLock(till / "sync.lock")
    assert window.take()
    assert looked(till)["sync"].state is State.NOT_READY
    assert sync.take()
    assert looked(till)["sync"].state is State.READY
    window.free()
    sync.free()
    assert looked(till)["sync"].state is State.NOTE


def test_no_till_at_all(tmp_path):
    done = holdfast("doctor", "--data", str(tmp_path / "nothing"), check=False)
    assert done.returncode == 2
    assert "no till" in done.stderr
