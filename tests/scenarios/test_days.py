"""Trading days from files, played by the command; those with a hub end with equal books."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hardware.terminals.machine import Book
from sync.hub.database import Database
from tests.scenarios.hub import Hub, command, hub_in, sync_once
from tests.scenarios.test_kill import documents, head
from tests.till.shop import make_shop
from tests.till.test_play import play

pytestmark = pytest.mark.slow

DAYS = Path(__file__).parent / "days"


def played(day: str, data: Path, *more: str):
    status, lines, said = play(DAYS / f"{day}.toml", data, None, *more)
    assert status == 0, (lines[-1:], said)
    return lines


def test_a_quiet_day(tmp_path):
    data = make_shop(tmp_path / "till")
    (data / "till.toml").write_text('printer = "simulated"\ndrawer = "simulated"\n')
    z = played("quiet", data)[-1]
    assert (z["sales"], z["voids"], z["total"]) == (6, 1, 7_478)
    assert z["tenders"] == {"cash": [25_188, 24_000], "card": [2_290, 2_290]}
    assert z["printed"]


def test_a_day_of_papers(tmp_path):
    data = make_shop(tmp_path / "till")
    (data / "till.toml").write_text('printer = "simulated"\ndrawer = "simulated"\n')
    steps = played("papers", data)
    assert [step["copy"] for step in steps if step.get("do") == "reprint"] == [1, 0]


def test_a_day_with_a_card_terminal(tmp_path):
    data = make_shop(tmp_path / "till")
    (data / "till.toml").write_text(
        'printer = "simulated"\ndrawer = "simulated"\nterminal = "simulated"\n'
    )
    played("cards", data)
    charged = Book(data / "terminal-simulated.jsonl").charged()
    assert len(charged) == len({each.reference for each in charged}) == 4


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with hub_in(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def tills(hub: Hub) -> list[Path]:
    return hub.enrol(1, 2)


def test_an_outage_and_a_bad_network_end_with_equal_books(hub, tills):
    outage, bad = tills
    lines = played("outage", outage)
    sold = [line for line in lines if line["do"] == "pay" and line.get("doc_no")]
    assert len(sold) == 4
    assert max(line["ms"] for line in sold) < 2_000, "no sale waits for the network"
    played("bad_network", bad)

    every = [fact for data in tills for fact in documents(data)]
    report = hub.report()
    assert (report["sales"], report["voids"]) == (8, 1)
    assert report["total"] == sum(fact.total for fact in every)
    assert report["tax"] == sum(fact.tax for fact in every)
    assert (report["quarantined"], report["exceptions"]) == (0, [])
    moved: Counter[str] = Counter()
    tendered: Counter[str] = Counter()
    for fact in every:
        for line in fact.lines:
            moved[line.sku] -= line.qty
        for paid in fact.payments:
            tendered[paid.tender] += paid.amount
    assert report["stock"] == dict(moved)
    assert report["by_tender"] == dict(tendered)
    assert [row["seq"] for row in sorted(report["devices"], key=lambda row: row["till"])] == [
        head(data) for data in tills
    ]


def test_a_killed_play_leaves_no_sync_behind_that_would_keep_the_till_from_its_hub(hub, tills):
    data = tills[0]
    (data / "wait.toml").write_text(
        '[[step]]\ndo = "network"\nstate = "off"\n'
        '[[step]]\ndo = "sign_in"\nwho = "Ana"\npin = "1470"\n'
        '[[step]]\ndo = "wait_synced"\ntimeout_s = 600\n'
    )
    playing = command("play", str(data / "wait.toml"), "--data", str(data))
    assert playing.stdout is not None
    playing.stdout.readline()
    assert '"sign_in"' in playing.stdout.readline()
    playing.kill()
    playing.communicate()
    (data / "next.toml").write_text('[[step]]\ndo = "wait_synced"\n')
    status, lines, said = play(data / "next.toml", data)
    assert status == 0, (lines, said)
    assert lines[-1]["unsent"] == 0, said


def test_badges_and_a_training_day_reach_the_hub_as_what_they_are(hub, tills):
    """What the hub signed and gave opens the till; of the training it hears only when and by whom."""
    data = tills[1]
    before = hub.report()
    badges = {
        name: json.loads(hub.command("staff", "badge", number, "--json"))["code"]
        for name, number in (("mia", "1"), ("ana", "2"))
    }
    sync_once(data)
    (data / "train.toml").write_text(
        f"""
[[step]]
do = "sign_in"
badge = "{badges["ana"]}"
[[step]]
do = "open_shift"
amount = 100
approver = {{ badge = "{badges["mia"]}" }}
[[step]]
do = "training"
reason = "Practice"
approver = {{ badge = "{badges["mia"]}" }}
[[step]]
do = "open_shift"
amount = 100
approver = {{ badge = "{badges["mia"]}" }}
[[step]]
do = "scan"
code = "4006381333931"
[[step]]
do = "pay"
[[step]]
do = "training"
state = "end"
[[step]]
do = "sign_in"
who = "Mia"
pin = "258013"
badge = "{badges["mia"]}"
[[step]]
do = "wait_synced"
"""
    )
    status, lines, said = play(data / "train.toml", data)
    assert status == 0, (lines[-1:], said)
    after = hub.report()
    for name in ("sales", "total", "by_tender", "stock", "exceptions", "quarantined"):
        assert after[name] == before[name], name
    with closing(Database(hub.database).connect(write=False)) as books:
        rows = books.text("SELECT type, body FROM event ORDER BY n")
        kinds = [kind for kind, _body in rows]
        agreed = [json.loads(body) for kind, body in rows if kind == "overridden"][-1]
        assert b"1-T" not in b"".join(bytes(body) for _kind, body in rows)
    assert kinds[-3:] == ["training_began", "training_ended", "signed_in"]
    assert (agreed["action"], agreed["method"]) == ("training_mode", "badge")
    assert (agreed["actor"], agreed["approver"], agreed["reason"]) == ("2", "1", "Practice")
