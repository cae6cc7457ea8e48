"""The engine's mind about the replica: filled beside, indexed, swapped, and begun anew."""

from __future__ import annotations

from dataclasses import replace

from sync.engine.copy_state import SendList
from sync.engine.lanes import BACK_OFF_MAX_MS
from sync.engine.state import (
    BUILD,
    PULL,
    Answered,
    Apply,
    AskRelease,
    Build,
    DiskFailed,
    Finish,
    Finished,
    Held,
    KeepAck,
    Nudged,
    Released,
    SendHello,
    SendPull,
    SendPush,
    Swap,
    Tick,
)
from sync.protocol import LONG_POLL_S
from tests.sync.stepping import FEED, READY, Engine, kinds


def test_no_replica_is_filled_beside_and_swapped_when_the_window_let_go() -> None:
    engine = Engine(replace(READY, ready=False, cursors={}))
    assert kinds(engine.hears(Tick())) == [Build, SendHello]
    engine.hears(Tick(), building=True)
    assert kinds(engine.welcome()) == [SendList, SendList]
    engine.without_snapshots()
    engine.page("global", 0, 2)
    assert kinds(engine.page("store:1", 0, 1, cursors={"global": (FEED, 2)})) == [Apply, SendPull]
    assert kinds(engine.hears(Tick(), cursors={"global": (FEED, 2), "store:1": (FEED, 1)})) == [
        Finish
    ]
    assert engine.hears(Tick()) == []
    assert kinds(engine.hears(Finished())) == [AskRelease]
    assert engine.hears(Tick()) == []
    assert kinds(engine.hears(Released())) == [Swap]


def test_without_a_window_nobody_is_asked() -> None:
    engine = Engine(replace(READY, building=True, window=False, clients=0))
    engine.hears(Tick())
    engine.welcome()
    engine.page("global", 3, 0)
    assert Finish in kinds(engine.page("store:1", 5, 0))
    assert Swap in kinds(engine.hears(Finished()))


def test_a_window_that_does_not_answer_keeps_the_old_one() -> None:
    engine = Engine(replace(READY, building=True, clients=2))
    engine.hears(Tick())
    engine.welcome()
    engine.page("global", 3, 0)
    engine.page("store:1", 5, 0)
    assert AskRelease in kinds(engine.hears(Finished()))
    assert engine.hears(Released()) == [], "one of two"
    assert kinds(engine.hears(Tick(), wait=5_001)) == [AskRelease], "asked anew"
    assert engine.hears(Tick(), clients=0) == [], "a window without a link still reads it"
    assert kinds(engine.hears(Tick(), window=False)) == [Swap]


def finishing() -> Engine:
    """The last page of a new replica is written: it is being indexed."""
    engine = Engine(replace(READY, building=True))
    engine.hears(Tick())
    engine.welcome()
    engine.page("global", 3, 0)
    assert Finish in kinds(engine.page("store:1", 5, 0))
    return engine


def test_while_a_new_replica_is_indexed_sales_go_on_and_no_page_is_taken() -> None:
    engine = finishing()
    assert kinds(engine.hears(Nudged(), head=12)) == [SendPush]
    assert kinds(engine.ack(12, acked=12)) == [KeepAck]
    assert engine.page("global", 3, 2) == [], "nobody else may write into it now"
    assert engine.hears(Tick()) == [], "it is finished once"
    effects = engine.hears(Finished())
    assert SendPull("global", FEED, 3, LONG_POLL_S) in effects, "the page is asked for again"
    assert AskRelease in kinds(effects)


def test_while_the_search_is_ranked_sales_go_on_and_no_page_is_taken() -> None:
    engine = Engine().live()
    assert engine.hears(Held(on=True)) == []
    assert kinds(engine.hears(Nudged(), head=12)) == [SendPush]
    assert kinds(engine.ack(12, acked=12)) == [KeepAck]
    assert engine.page("global", 3, 2) == [], "nobody else may write into it now"
    effects = engine.hears(Held(on=False))
    assert effects == [SendPull("global", FEED, 3, LONG_POLL_S)], "the page is asked for again"


def test_indexing_that_fails_is_tried_again_later_each_time() -> None:
    engine = finishing()
    waits = []
    for _ in range(4):
        assert Finish not in kinds(engine.hears(DiskFailed(BUILD, "disk_full")))
        waits.append(engine.state.lane(BUILD).due_ms - engine.now)
        assert Finish in kinds(engine.hears(Tick(), wait=waits[-1]))
    assert max(waits) > 2_000, "not in a tight circle"
    engine.hears(Finished())
    assert engine.state.lane(BUILD).code == ""


def test_a_feed_that_begins_anew_meanwhile_gives_the_indexing_up() -> None:
    engine = finishing()
    engine.hears(Tick(), wait=600_001)
    assert Build in kinds(engine.welcome(streams={"global": "f2", "store:1": "f2"}))
    assert not engine.state.finishing


def test_another_feed_id_builds_anew() -> None:
    engine = Engine()
    engine.hears(Tick())
    effects = engine.welcome(streams={"global": "f2", "store:1": "f2"})
    assert kinds(effects) == [Build]
    effects = engine.hears(Tick(), building=True, cursors={})
    assert effects == [SendList("store:1"), SendList("global")]
    effects = engine.without_snapshots()
    assert effects == [SendPull("store:1", "f2", 0, 0), SendPull("global", "f2", 0, 0)]


def test_a_cursor_the_hub_has_not_reached_builds_anew_after_a_pause() -> None:
    engine = Engine().live()
    effects = engine.hears(Answered(PULL + "global", 410, "cursor_ahead"))
    assert kinds(effects) == [Build, SendHello]
    assert engine.state.lane(PULL + "global").due_ms > engine.now


def test_a_replica_that_breaks_in_use_is_built_anew_beside() -> None:
    engine = Engine().live()
    engine.page("global", 3, 2)
    assert Build in kinds(engine.hears(DiskFailed(PULL + "global", "replica_corrupt", busy=True)))
    engine.hears(Tick(), building=True, cursors={})
    effects = engine.hears(DiskFailed(PULL + "global", "replica_corrupt"))
    assert Build not in kinds(effects), "not again and again"


def test_a_full_disk_does_not_build_in_a_hurry() -> None:
    engine = Engine(replace(READY, ready=False, cursors={}))
    assert Build in kinds(engine.hears(Tick()))
    assert engine.hears(DiskFailed("build", "disk_full")) == []
    assert Build in kinds(engine.hears(Tick(), wait=BACK_OFF_MAX_MS))
