"""kill -9 at random points while selling: 200 times, real processes, real files, then a real hub."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader, LedgerView
from sync.protocol import Sale, Voided, decode_fact
from tests.scenarios.hub import MANAGER, ROOT, Hub, holdfast, hub_in, sync_once

pytestmark = pytest.mark.slow

TILLS = 3
KILLS = 62
"""Of each till by the forking seller."""
PLAY_KILLS = 14
"""Of the first till while the command `holdfast play` sells."""
STEPS = 24
"""How far a seller comes at most, some three sales; some die while they open the till."""

DAY = f"""
repeat = 10000
[[step]]
do = "sign_in"
who = "{MANAGER[0]}"
pin = "{MANAGER[1]}"
[[step]]
do = "scan"
code = "4006381333931"
[[step]]
do = "scan"
code = "9002490100070"
qty = 2
[[step]]
do = "pay"
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with hub_in(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def tills(hub: Hub) -> list[Path]:
    """Enrolled, sold on and killed two hundred times, without the hub's help."""
    made = hub.enrol(*range(1, TILLS + 1))
    hub.stop()
    deaths = kill_sellers(made)
    deaths += kill_players(made[0])
    assert deaths == [-signal.SIGKILL] * (TILLS * KILLS + PLAY_KILLS)
    return made


def kill_sellers(tills: list[Path]) -> list[int]:
    """How each child ended: all of them must have been killed, none may have failed by itself."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.scenarios.seller"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as seller:
        rng = random.Random(20261125)
        deaths = []
        for nth in range(KILLS):
            for data in tills:
                assert seller.stdin is not None
                assert seller.stdout is not None
                seller.stdin.write(f"{data} {nth}\n")
                seller.stdin.flush()
                pid = int(seller.stdout.readline())
                for _ in range(rng.randint(0, STEPS)):
                    assert seller.stdout.readline() == "+\n"
                threading.Event().wait(rng.random() ** 2 * 0.01)
                os.kill(pid, signal.SIGKILL)
                while (line := seller.stdout.readline()) == "+\n":
                    pass
                deaths.append(int(line))
        seller.stdin.close()
    return deaths


def kill_players(data: Path) -> list[int]:
    """The same with the command a person starts; it is killed some way into its sales."""
    rng = random.Random(7)
    (data / "day.toml").write_text(DAY)
    words = ("play", str(data / "day.toml"), "--data", str(data), "--alone")
    deaths = []
    for _ in range(PLAY_KILLS):
        with subprocess.Popen(
            [sys.executable, "-m", "pos_app", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as player:
            assert player.stdout is not None
            for _ in range(rng.randint(1, 5)):
                player.stdout.readline()
            threading.Event().wait(rng.uniform(0, 0.05))
            player.kill()
            rest, _ = player.communicate()
            tell_sales(data, rest)
        deaths.append(player.returncode)
    return deaths


def tell_sales(data: Path, said: str) -> None:
    """What `play` said it sold counts as told."""
    with (data / "told").open("a") as told:
        for doc_no, sale, payable in re.findall(
            r'"doc_no": "([^"]+)", "sale": "([^"]+)".*?"payable": (\d+)', said
        ):
            told.write(f"sale {doc_no} {sale} {payable}\n")


def documents(data: Path) -> list[Sale | Voided]:
    keys = Keys.load(data)
    found = []
    with JournalReader(data, keys.db_key) as journal:
        after = (0, 0)
        while entries := journal.entries(after):
            found += [decode_fact(entry.body) for entry in entries]
            after = (entries[-1].epoch, entries[-1].seq)
    return [fact for fact in found if isinstance(fact, Sale | Voided)]


def paper(data: Path) -> list[tuple[str, bool]]:
    """Every original receipt that reached paper: its number, and whether it says it may be twice."""
    found = []
    for folder in ("paper", "receipts"):
        for path in sorted((data / folder).glob("*.bin")):
            said = path.read_bytes()
            number = re.search(rb"HF1:([\d-]+\.\d+):", said) or re.search(rb"(\d-\d-\d\.\d+)", said)
            assert number is not None, path
            if b"COPY" not in said:
                found.append((number[1].decode(), b"POSSIBLE DUPLICATE" in said))
    return found


def test_every_chain_is_whole(tills):
    for data in tills:
        holdfast("journal", "verify", str(data))


def test_whoever_was_told_that_it_is_sold_finds_it_in_the_ledger(tills):
    for data in tills:
        there = {(fact.doc_no, fact.id, str(fact.payable)) for fact in documents(data)}
        told = [tuple(line.split()[1:]) for line in (data / "told").read_text().splitlines()]
        assert len(told) > KILLS // 2
        assert not set(told) - there
        assert len(set(told)) == len(told)


def test_numbers_are_dense_and_used_once(tills):
    for data in tills:
        numbers = [fact.doc_no for fact in documents(data)]
        prefix = numbers[0].rsplit(".", 1)[0]
        assert numbers == [f"{prefix}.{n}" for n in range(1, len(numbers) + 1)]


def test_every_printed_receipt_is_in_the_ledger_and_none_is_twice_without_saying_so(tills):
    for data in tills:
        printed = paper(data)
        there = {fact.doc_no for fact in documents(data)}
        assert {number for number, _ in printed} <= there
        unmarked = Counter(number for number, marked in printed if not marked)
        assert not {number for number, times in unmarked.items() if times > 1}
        assert len(unmarked) > KILLS // 3


def test_nothing_is_both_sold_and_still_in_a_basket(tills):
    for data in tills:
        keys = Keys.load(data)
        view = LedgerView(data / "ledger.sqlite", keys.db_key)
        held = view.open_basket()
        baskets = {each.basket_id for each in view.parked()} | (
            {held[0].basket_id} if held else set()
        )
        assert not baskets & {fact.id for fact in documents(data)}
        totals = view.shift_totals(view.current_shift().shift_id)
        view.close()
        assert totals.total == sum(fact.total for fact in documents(data))
        assert totals.expected_cash == 20_000 + sum(
            paid.amount
            for fact in documents(data)
            for paid in fact.payments
            if paid.tender == "cash"
        )


def test_the_hub_has_each_of_them_exactly_once(hub, tills):
    hub.serve(int(hub.url.rsplit(":", 1)[1]))
    for data in tills:
        sync_once(data)
    every = [fact for data in tills for fact in documents(data)]
    sales = [fact for fact in every if isinstance(fact, Sale)]
    report = hub.report()
    assert report["sales"] == len(sales)
    assert report["voids"] == len(every) - len(sales)
    assert report["total"] == sum(fact.total for fact in every)
    assert report["quarantined"] == 0
    moved = Counter()
    for fact in every:
        for line in fact.lines:
            moved[line.sku] -= line.qty
    assert report["stock"] == dict(moved)
    assert {row["till"]: row["seq"] for row in report["devices"]} == {
        data.name.removeprefix("till-"): head(data) for data in tills
    }


def head(data: Path) -> int:
    with JournalReader(data, Keys.load(data).db_key) as journal:
        return journal.head().seq
