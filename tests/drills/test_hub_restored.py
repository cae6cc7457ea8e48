"""The hub's disk dies in the middle of a day: the page's commands bring everything back, once."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pos_app.domain.errors import PosError
from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from sync.protocol import Sale, decode_fact
from tests.drills.hub_page import Desk, commands
from tests.faults.said import OPEN_SHIFT, SALE, SIGN_IN, play, sentence, sync
from tests.scenarios.hub import Hub, command, hub_in

pytestmark = pytest.mark.slow
BACKUP, VERIFY = commands("Keep a copy of the hub")
CODE, REJOIN, APPROVE = commands("A till the restored hub does not know")
RESTORE, SERVE, RECOVERED, OVERRIDE, VERIFY_AGAIN = commands("The hub's disk died")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with hub_in(tmp_path) as hub:
        yield hub


def sales_of(data: Path) -> dict[str, int]:
    """Each sale a till made: id -> total."""
    with closing(JournalReader(data, Keys.load(data).db_key)) as journal:
        bodies = [entry.body for entry in journal.entries((1, 0), 10_000, 1 << 30)]
    facts = [decode_fact(body) for body in bodies if b'"type":"sale",' in body]
    return {fact.id: fact.total for fact in facts if isinstance(fact, Sale)}


def cursors(data: Path) -> dict[str, tuple[str, int]]:
    with closing(Catalogue.open(data, Keys.load(data).db_key)) as catalogue:
        return catalogue.cursors()


@contextmanager
def watched(tills: list[Path]) -> Iterator[list[str]]:
    """Looks at the tills' places in the feeds all the while: what went back under one name."""
    found: list[str] = []
    over = threading.Event()

    def look(data: Path) -> None:
        seen: dict[tuple[str, str], int] = {}
        while not over.wait(0.02):
            try:
                now = cursors(data)
            except PosError:
                continue  # between two files
            for stream, (feed, pos) in now.items():
                if pos < seen.get((stream, feed), 0):
                    found.append(f"{data.name} {stream} {feed}: {seen[stream, feed]} -> {pos}")
                seen[stream, feed] = pos

    watching = [threading.Thread(target=look, args=(data,)) for data in tills]
    for each in watching:
        each.start()
    try:
        yield found
    finally:
        over.set()
        for each in watching:
            each.join()


def test_every_sale_is_there_once_after_the_hubs_disk_died(hub: Hub, tmp_path: Path) -> None:
    tills = hub.enrol(1, 2)
    desk = Desk(hub.folder)
    (hub.folder / "copies").mkdir()
    for data in tills:
        assert play(data, SIGN_IN + OPEN_SHIFT + 2 * SALE, "--alone")[0] == 0
        assert sync(data, 60) == (0, "")
    status, said = desk.run(BACKUP)
    assert (status, "whole" in said) == (0, True), said
    assert desk.run(VERIFY)[0] == 0
    hub.command("price", "set", "SCARF", "11.11")
    for data in tills:
        assert play(data, SIGN_IN + 3 * SALE, "--alone")[0] == 0
        assert sync(data, 60) == (0, "")
    before = {data: cursors(data) for data in tills}
    assert hub.report()["sales"] == 10
    port = int(hub.url.rpartition(":")[2])
    hub.stop(kill=True)
    for part in hub.folder.glob("hub.sqlite*"):
        part.write_bytes(b"\xff" * 4096)
    assert play(tills[0], SIGN_IN + SALE, "--alone")[0] == 0, "selling goes on"

    status, said = desk.run(RESTORE)
    assert status == 0, said
    assert "waits for 2 tills" in said
    assert list(hub.folder.glob("hub.sqlite.before-*")), "nothing was thrown away"
    assert SERVE == "holdfast hub serve"
    hub.serve(port)
    assert json.loads(desk.run(RECOVERED + " --json")[1])["since"]
    with watched(tills) as went_back:
        for data in tills:
            assert sync(data, 60) == (0, "")
            assert re.search("not recovering", desk.run(RECOVERED)[1]) or data is tills[0]
    assert went_back == []

    made = {fact: total for data in tills for fact, total in sales_of(data).items()}
    told = hub.report()
    assert len(made) == told["sales"] == 11
    assert told["total"] == sum(made.values())
    assert (told["exceptions"], told["quarantined"]) == ([], 0)
    assert told["stock"]["SCARF"] == -11_000
    assert told["recovering"] == {"since": "", "awaited": []}
    for data in tills:
        after = cursors(data)
        assert set(after) == set(before[data])
        for stream, (feed, _) in before[data].items():
            assert after[stream][0] != feed, f"{stream} goes on under its old name"
    assert desk.run(VERIFY_AGAIN)[0] == 0
    assert desk.run("holdfast hub stock list --json")[0] == 0


def test_a_till_enrolled_since_the_copy_is_let_in_again(hub: Hub) -> None:
    (one,) = hub.enrol(1)
    desk = Desk(hub.folder)
    (hub.folder / "copies").mkdir()
    assert desk.run(BACKUP)[0] == 0
    (two,) = hub.enrol(2)
    for data in (one, two):
        assert play(data, SIGN_IN + OPEN_SHIFT + 2 * SALE, "--alone")[0] == 0
        assert sync(data, 60) == (0, "")
    port = int(hub.url.rpartition(":")[2])
    hub.stop(kill=True)
    assert desk.run(RESTORE)[0] == 0
    hub.serve(port)
    assert play(two, SIGN_IN + SALE, "--alone")[0] == 0
    assert sync(two, 60) == (1, sentence("device_unknown") + "\n"), "and sells on"
    assert sync(one, 60) == (0, "")

    status, said = desk.run(CODE + " --json")
    assert status == 0, said
    words = REJOIN.replace("CODE", json.loads(said)["code"]).split()[1:]
    asking = command(*words, "--data", str(two))
    while asking.poll() is None:
        for row in json.loads(hub.command("devices", "--json")):
            if row["state"] == "pending":
                assert desk.run(APPROVE.replace("SIX WORDS", row["fingerprint"]))[0] == 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            asking.wait(0.2)
    said, _ = asking.communicate()
    assert asking.returncode == 0, said
    assert sync(two, 60) == (0, "")
    assert play(two, SIGN_IN + SALE, "--alone")[0] == 0
    assert sync(two, 60) == (0, "")
    told = hub.report()
    assert (told["sales"], told["total"]) == (6, 6 * 1_995)
    assert told["stock"]["SCARF"] == -6_000
    assert desk.run(VERIFY_AGAIN)[0] == 0
    epochs = [row["epoch"] for row in json.loads(hub.command("devices", "--json"))]
    assert sorted(epochs) == [1, 2], "no receipt number twice"


def test_a_till_that_will_not_come_is_given_up_by_name(hub: Hub) -> None:
    one, _ = hub.enrol(1, 2)
    desk = Desk(hub.folder)
    (hub.folder / "copies").mkdir()
    assert desk.run(BACKUP)[0] == 0
    port = int(hub.url.rpartition(":")[2])
    status, said = desk.run(RESTORE)
    assert status != 0, "it serves"
    assert "Stop it" in said
    hub.stop()
    assert desk.run(RESTORE)[0] == 0
    hub.serve(port)
    assert sync(one, 60) == (0, "")
    assert "RECOVERING" in hub.command("report")
    rows = json.loads(hub.command("devices", "--json"))
    assert [row["awaited"] for row in rows] == ["", "hello"]
    status, said = desk.run(OVERRIDE)
    assert status == 0, said
    assert "1 till" in said
    assert desk.run(RECOVERED) == (0, "not recovering\n")
    assert desk.run(OVERRIDE)[0] != 0
    assert desk.run(VERIFY_AGAIN)[0] == 0
