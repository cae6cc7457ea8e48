"""A till's sync process and a hub's, with the network and the hub failing between them."""

from __future__ import annotations

import json
import os
import queue
import signal
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.store.catalogue import CURRENT, NEXT, PREVIOUS, Catalogue
from pos_app.store.schema import connect
from sync.engine.aside import Aside
from sync.engine.shell.process import SyncProcess
from tests.sync.conftest import PRODUCTS, Pair
from tests.sync.server import holdfast

pytestmark = pytest.mark.slow


def test_sales_arrive_and_the_books_agree(pair: Pair) -> None:
    pair.sync.ensure()
    pair.sell(40)
    pair.until_synced()
    pair.check()
    moved = pair.until(lambda now: now.state == "LIVE", "live")
    assert moved.error_code == ""
    assert abs(moved.offset_ms or 0) < 2_000


def test_an_outage_costs_nothing_and_ends_by_itself(pair: Pair) -> None:
    pair.sync.ensure()
    pair.sell(5)
    pair.until_synced()
    pair.proxy.off()
    pair.sell(30)
    told = pair.until(lambda now: now.state == "OFFLINE", "offline")
    assert told.error_code in ("hub_unreachable", "hub_cut_off")
    assert told.acked[1] < pair.ledger.head().seq
    pair.proxy.on()
    pair.link.try_now()
    pair.until_synced()
    pair.check()


def test_a_hub_that_dies_and_comes_back(pair: Pair) -> None:
    pair.sync.ensure()
    pair.sell(5)
    pair.until_synced()
    pair.sell(200)
    pair.hub.kill()
    pair.sell(20)
    pair.until(lambda now: now.state == "OFFLINE", "offline")
    pair.hub.start()
    pair.link.try_now()
    pair.until_synced()
    pair.check()


def test_answers_cut_off_in_the_middle(pair: Pair) -> None:
    pair.proxy.reset_mid_body = 150
    pair.sync.ensure()
    for _ in range(4):
        pair.sell(10)
        pair.until(lambda now: now.acked[1] > 0 or now.error_code != "", "heard of")
        pair.proxy.reset_mid_body = 150
        pair.link.try_now()
    pair.proxy.on()
    pair.link.try_now()
    pair.until_synced()
    pair.check()


def test_a_black_hole_is_given_up_and_left(pair: Pair) -> None:
    pair.sync.ensure()
    pair.sell(3)
    pair.until_synced()
    pair.proxy.black_hole = True
    pair.sell(10)
    pair.until(lambda now: now.error_code == "hub_silent", "silent", 40)
    pair.proxy.on()
    pair.link.try_now()
    pair.until_synced()
    pair.check()


def test_killing_sync_at_any_moment_loses_and_doubles_nothing(pair: Pair) -> None:
    for _ in range(6):
        pair.restart()
        pair.sell(30)
        pair.until(lambda now: now.pid == pair.sync.pid, "running")
        os.kill(pair.sync.pid, signal.SIGKILL)
        pair.sync.stop()
    pair.restart()
    pair.until_synced()
    pair.check()


def test_sync_outlives_the_window_until_everything_is_sent(pair: Pair) -> None:
    pair.proxy.off()
    pair.sync.ensure()
    pair.sell(20)
    pair.until(lambda now: now.state == "OFFLINE", "offline")
    pair.link.close()
    pair.ledger.close()
    pair.proxy.on()
    assert pair.sync.pid
    while pair.report()["sales"] < 20:
        assert pair.sync.pid
    pair.check()


def test_a_revoked_till_sells_on_and_is_heard_again_when_approved(pair: Pair) -> None:
    pair.sync.ensure()
    pair.sell(3)
    pair.until_synced()
    device = pair.ledger.identity.device
    pair.hub.run("revoke", device)
    pair.sell(5)
    told = pair.until(lambda now: now.state == "REFUSED", "refused")
    assert told.error_code in ("device_revoked", "device_unknown")
    assert len(pair.seller.totals) == 8
    assert pair.report()["sales"] == 3


def test_a_lost_replica_is_built_beside_while_the_window_reads(pair: Pair) -> None:
    (pair.data / "replica.sqlite").write_bytes(b"not a database at all" * 500)
    window = Catalogue.open(pair.data, pair.keys.db_key)
    assert window.source == "none"
    pair.sync.ensure()
    heard: list[str] = []
    waiting = threading.Event()
    while "swapped" not in heard:
        for message in pair.link.poll():
            heard.append(message["op"])
            if message["op"] == "release":
                window.close()
                pair.link.released()
        waiting.wait(0.01)
    window.reopen()
    assert window.source == "current"
    assert window.counts()["products"] == PRODUCTS
    window.close()
    pair.sell(3)
    pair.until_synced()


class Held(SyncProcess):
    """A sync process whose indexing of a new replica takes as long as a test wants."""

    def __init__(self, data: Path) -> None:
        self.lent: queue.SimpleQueue[Aside] = queue.SimpleQueue()
        super().__init__(data)

    def _lend(self, aside: Aside) -> None:
        self.lent.put(aside)

    def give(self, aside: Aside) -> None:
        super()._lend(aside)

    def look_for_a_copy(self) -> None:
        """As the timer does."""
        self._queue.put(("copy", None))

    def look_for_a_rank(self) -> None:
        self._queue.put(("rank", None))

    @property
    def ranked(self) -> bool:
        """Nothing of it is under way any more."""
        return not self.runner.state.held


def test_in_a_quiet_moment_a_copy_of_the_replica_is_made_beside_the_sales(pair: Pair) -> None:
    pair.proxy.off()
    process = Held(pair.data)
    process.look_for_a_copy()
    thread = threading.Thread(target=process.run, args=(lambda _: False,))
    thread.start()
    try:
        pair.sell(2)
        pair.until(lambda now: now.error_code.startswith("hub_"), "offline")
        assert process.lent.empty(), "not while something is unsent"
        pair.proxy.on()
        pair.link.try_now()
        pair.until_synced()
        pair.until(lambda now: now.state == "LIVE", "live")
        process.look_for_a_copy()
        aside = process.lent.get(timeout=30)
        pair.sell(3)
        pair.until_synced()
        aside.run()
    finally:
        process.stop()
        thread.join()
    with closing(connect(pair.data / PREVIOUS, pair.keys.db_key, write=False)) as copy:
        assert copy.execute("SELECT sum(products) FROM department").fetchone() == (PRODUCTS,)


def test_sales_go_to_the_hub_while_the_search_is_ranked_by_what_sold(pair: Pair) -> None:
    pair.sell(2)
    process = Held(pair.data)
    thread = threading.Thread(target=process.run, args=(lambda _: False,))
    thread.start()
    try:
        pair.until_synced()
        pair.until(lambda now: now.state == "LIVE", "live")
        process.look_for_a_rank()
        aside = process.lent.get(timeout=30)
        pair.sell(3)
        pair.until_synced()
        process.give(aside)
        pair.until(lambda _: process.ranked, "ranked")
        pair.sell(1)
        pair.until_synced()
    finally:
        process.stop()
        thread.join()
    with closing(connect(pair.data / CURRENT, pair.keys.db_key, write=False)) as replica:
        ranked = replica.execute("SELECT count(*) FROM best").fetchone()[0]
        sent = replica.execute("SELECT value FROM state WHERE name = 'sent_upto'").fetchone()[0]
    assert ranked > 3
    assert sent == f"1 {pair.ledger.head().seq}"


@pytest.mark.parametrize("before", ["of an earlier version", "lost"])
def test_a_sale_is_at_the_hub_before_a_new_replica_is_indexed(pair: Pair, before: str) -> None:
    key = pair.keys.db_key
    if before == "lost":
        (pair.data / CURRENT).write_bytes(b"")
    else:
        with closing(connect(pair.data / CURRENT, key, write=True)) as connection:
            connection.execute("PRAGMA user_version=1")
    process = Held(pair.data)
    thread = threading.Thread(target=process.run, args=(lambda _: False,))
    thread.start()
    try:
        aside = process.lent.get(timeout=30)
        with closing(connect(pair.data / NEXT, key, write=True)) as indexing:
            indexing.execute("BEGIN IMMEDIATE")  # as the indexing does for most of its time
            pair.sell(3)
            assert pair.until_synced().replica == "building"
            indexing.execute("ROLLBACK")
        process.give(aside)
        heard: list[str] = []
        waiting = threading.Event()
        while "swapped" not in heard:
            for message in pair.link.poll():
                heard.append(message["op"])
                if message["op"] == "release":
                    pair.link.released()
            waiting.wait(0.01)
    finally:
        process.stop()
        thread.join()
    seq = pair.ledger.head().seq
    with closing(Catalogue.open(pair.data, key)) as window:
        assert window.counts()["products"] == PRODUCTS
        ack = window.ack()
        assert ack is not None
        assert ack.seq == seq, "noted while there was no file to note it in"
        assert window.state("sent_upto") == f"1 {seq}"
    pair.check()


def test_the_next_sale_is_noted_as_sent_before_it_is_made_and_not_when_offline(
    pair: Pair,
) -> None:
    """So its push waits for no disk; and what is sold offline is known to have never left."""
    waiting = threading.Event()

    def noted() -> str:
        with closing(Catalogue.open(pair.data, pair.keys.db_key)) as window:
            return window.state("sent_upto")

    def until_noted(seq: int) -> None:
        for _ in range(1_000):
            pair.link.poll()
            if noted() == f"1 {seq}":
                return
            waiting.wait(0.01)
        assert noted() == f"1 {seq}"

    pair.sync.ensure()
    pair.sell(2)
    pair.until_synced()
    pair.until(lambda now: now.state == "LIVE", "live")
    until_noted(pair.ledger.head().seq + 1)
    pair.sell(1)
    pair.until_synced()
    last = pair.ledger.head().seq
    until_noted(last + 1)
    pair.proxy.off()
    pair.until(lambda now: now.state == "OFFLINE", "offline")
    until_noted(last)
    pair.sell(2)
    pair.until(lambda now: now.error_code != "", "still offline")
    assert noted() == f"1 {last}"
    pair.proxy.on()
    pair.link.try_now()
    pair.until_synced()
    until_noted(last + 3)
    pair.sync.stop()
    assert noted() == f"1 {last + 2}", "what has ended sends nothing"
    pair.check()


def test_two_sync_processes_never_talk_for_one_till(pair: Pair) -> None:
    pair.sync.ensure()
    pair.until(lambda now: now.pid != 0, "running")
    done = holdfast("till", "sync", "--once", "--data", str(pair.data), check=False)
    assert done.returncode == 1
    assert "already" in done.stderr


def test_once_sends_everything_and_ends(pair: Pair) -> None:
    pair.sell(12)
    pair.ledger.close()
    pair.link.close()
    holdfast("till", "sync", "--once", "--data", str(pair.data))
    pair.check()


def test_the_log_is_private_and_says_no_secrets(pair: Pair) -> None:
    pair.sync.ensure()
    pair.sell(2)
    pair.until_synced()
    pair.sync.stop()
    path = pair.data / "log" / "sync.log"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    for line in text.splitlines():
        json.loads(line)
    for secret in (pair.keys.db_key.hex(), pair.data.joinpath("keys.json").read_text()[30:60]):
        assert secret not in text


# enrolment
