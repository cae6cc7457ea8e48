"""The engine's mind: what each thing heard makes it do, and what it never does."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from sync.engine.lanes import BACK_OFF_MAX_MS
from sync.engine.state import (
    HELLO,
    PULL,
    PUSH,
    TABLE,
    VERDICTS,
    Answered,
    Apply,
    DiskFailed,
    Exit,
    Fed,
    KeepAck,
    Lost,
    Mode,
    Nudged,
    ReadAhead,
    SendHello,
    SendPull,
    SendPush,
    Tick,
    UseHubTime,
)
from sync.engine.step import LINGER_MS, due_ms, status_of
from sync.protocol import LONG_POLL_S, FeedRow, Head, Limits, PullReply
from tests.sync.stepping import FEED, READY, Engine, hash_of, kinds


def test_every_mode_has_its_row_and_every_verdict_its_mode() -> None:
    assert set(TABLE) == set(Mode)
    assert set(VERDICTS) == {"ok", "behind", "rolled_back", "fork", "fenced", "upgrade_required"}


def test_a_start_says_hello_and_nothing_else() -> None:
    engine = Engine()
    assert kinds(engine.hears(Tick(), head=12)) == [SendHello]
    assert engine.state.mode is Mode.HELLO
    assert engine.hears(Nudged()) == []


def test_after_hello_it_sends_what_is_missing_and_asks_each_stream() -> None:
    engine = Engine(replace(READY, head=1_200, acked=10))
    engine.hears(Tick())
    effects = engine.welcome(seq=10)
    assert kinds(effects) == [SendPush, ReadAhead, SendPull, SendPull]
    assert effects[0] == SendPush(10, 500, 1 << 20)
    assert effects[2] == SendPull("store:1", FEED, 5, 0)
    assert engine.state.mode is Mode.DRAIN


def test_live_polls_wait_at_the_hub_and_a_nudge_pushes_at_once() -> None:
    engine = Engine().live()
    assert engine.state.lane(PULL + "global").busy
    effects = engine.hears(Nudged(), head=11)
    assert kinds(effects) == [SendPush]
    assert engine.state.mode is Mode.DRAIN
    assert kinds(engine.ack(11)) == [KeepAck]
    assert engine.state.mode is Mode.LIVE


def test_one_push_is_in_flight_at_a_time() -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    assert engine.hears(Nudged(), head=12) == []
    assert engine.ack(11)[-1] == SendPush(11, 500, 1 << 20)


def test_a_page_is_written_while_the_next_is_on_its_way() -> None:
    engine = Engine()
    engine.hears(Tick())
    engine.welcome()
    effects = engine.page("global", 3, 2, more=True)
    assert kinds(effects) == [SendPull, Apply]
    assert effects[0] == SendPull("global", FEED, 5, 0)
    effects = engine.page("global", 5, 1, cursors={**READY.cursors, "global": (FEED, 5)})
    assert effects[0] == Apply(effects[0].reply)
    assert effects[1] == SendPull("global", FEED, 6, LONG_POLL_S)


# what a hub says is believed as far as it proves it


def test_an_ack_without_proof_is_not_kept() -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    assert engine.ack(11, proven=False, own=None) == []
    assert engine.state.lane(PUSH).code == "ack_unproven"
    assert status_of(engine.state, engine.view, 1, engine.now).error_code == "ack_unproven"


def test_a_proven_ack_with_another_hash_is_a_fork_and_stops_sending() -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    assert engine.ack(11, own=hash_of(99)) == []
    assert (engine.state.mode, engine.state.code) == (Mode.PAUSED, "fork")
    assert engine.hears(Nudged(), head=12) == []
    assert kinds(engine.hears(Tick(), wait=60_001)) == [SendHello]


def test_a_proven_ack_beyond_our_journal_means_we_were_rolled_back() -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    engine.ack(40, own=None)
    assert engine.state.mode is Mode.ROLLED_BACK


def test_an_old_ack_again_and_again_is_not_sent_after_without_a_pause() -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=20)
    assert kinds(engine.ack(10, upto=20)) == [KeepAck]
    assert engine.state.lane(PUSH).due_ms > engine.now
    assert kinds(engine.hears(Tick(), wait=BACK_OFF_MAX_MS)) == [SendPush]


@pytest.mark.parametrize(
    ("verdict", "own", "mode"),
    [
        ("ok", "same", Mode.PULL),
        ("behind", "same", Mode.PULL),
        ("ok", None, Mode.ROLLED_BACK),
        ("ok", hash_of(99), Mode.PAUSED),
        ("rolled_back", "same", Mode.ROLLED_BACK),
        ("fork", "same", Mode.PAUSED),
        ("fenced", "same", Mode.PAUSED),
        ("upgrade_required", "same", Mode.UPGRADE),
        ("something new", "same", Mode.UPGRADE),
    ],
)
def test_verdicts(verdict: str, own: str | None, mode: Mode) -> None:
    engine = Engine()
    engine.hears(Tick())
    effects = engine.welcome(verdict, own=own)
    assert engine.state.mode is mode
    assert (SendPull in kinds(effects)) is TABLE[mode].pull


def test_a_hub_that_lost_data_gets_it_again() -> None:
    engine = Engine()
    engine.hears(Tick())
    effects = engine.welcome("behind", seq=4)
    assert effects[0] == KeepAck(Head(1, 4, hash_of(4)), "", "2026-11-25T13:00:00.000Z")
    assert effects[1].after == 4


def test_a_lost_ack_is_proven_by_the_last_entry_again() -> None:
    engine = Engine(replace(READY, acked=0))
    engine.hears(Tick())
    assert engine.welcome()[0] == SendPush(9, 500, 1 << 20)
    assert kinds(engine.ack(10)) == [KeepAck]
    assert engine.hears(Tick(), acked=10) == []


def test_a_page_from_elsewhere_is_a_hole_and_is_asked_for_again() -> None:
    engine = Engine()
    engine.hears(Tick())
    engine.welcome()
    rows = [FeedRow(6, "price", msgspec.Raw(b"[]"))]
    effects = engine.hears(Fed(PullReply("global", FEED, 5, 6, False, "", rows), FEED, 3))
    assert effects == []
    assert engine.state.lane(PULL + "global").code == "feed_hole"
    again = engine.hears(Tick(), wait=BACK_OFF_MAX_MS)
    assert SendPull("global", FEED, 3, 0) in again


def test_a_page_with_a_gap_is_a_hole() -> None:
    engine = Engine()
    engine.hears(Tick())
    engine.welcome()
    rows = [FeedRow(4, "price", msgspec.Raw(b"[]")), FeedRow(6, "price", msgspec.Raw(b"[]"))]
    assert engine.hears(Fed(PullReply("global", FEED, 3, 5, False, "", rows), FEED, 3)) == []
    assert engine.state.lane(PULL + "global").code == "feed_hole"


# faults cost retries


@pytest.mark.parametrize("lane", [HELLO, PUSH, PULL + "global"])
@pytest.mark.parametrize("code", ["hub_unreachable", "hub_silent", "hub_cut_off"])
def test_lost_contact_backs_off_then_says_hello(lane: str, code: str) -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    if lane != PUSH:
        engine.ack(11)
    effects = engine.hears(Lost(lane, code), acked=11)
    assert effects == []
    assert engine.state.mode is Mode.OFFLINE
    assert status_of(engine.state, engine.view, 1, engine.now).next_try_s >= 1
    assert engine.hears(Tick(), wait=999) == []
    assert kinds(engine.hears(Tick(), wait=1_001)) == [SendHello]


def test_back_off_grows_to_a_minute_and_no_further() -> None:
    engine = Engine()
    waits = []
    engine.hears(Tick())
    for _ in range(40):
        engine.hears(Lost(HELLO, "hub_unreachable"))
        wait = due_ms(engine.state, engine.now) - engine.now
        waits.append(wait)
        assert SendHello in kinds(engine.hears(Tick(), wait=wait))
    assert all(1_000 <= wait <= BACK_OFF_MAX_MS for wait in waits)
    assert max(waits[:2]) <= 4_000 < max(waits[6:])
    assert len(set(waits)) > 30, "jitter: a thousand tills do not come back together"


def test_a_person_may_try_now() -> None:
    engine = Engine()
    engine.hears(Tick())
    for _ in range(8):
        engine.hears(Lost(HELLO, "hub_unreachable"))
        engine.hears(Tick(), wait=BACK_OFF_MAX_MS)
    engine.hears(Lost(HELLO, "hub_unreachable"))
    assert engine.hears(Nudged()) == []
    assert kinds(engine.hears(Nudged(now=True))) == [SendHello]


def test_a_failing_stream_does_not_hold_up_the_sales() -> None:
    engine = Engine().live()
    engine.hears(Answered(PULL + "global", 500, "hub_error"))
    assert kinds(engine.hears(Nudged(), head=11)) == [SendPush]


def test_retry_after_is_obeyed_by_all_lanes_but_not_for_ever() -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    engine.hears(Answered(PUSH, 503, "hub_busy", retry_after_s=99_999_999))
    assert engine.hears(Nudged(), wait=599_000) == []
    assert kinds(engine.hears(Tick(), wait=2_000)) == [SendHello]
    assert kinds(engine.welcome(seq=10)) == [SendPush]


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "device_unknown"), (403, "device_revoked"), (401, "signature_invalid")],
)
def test_a_refused_till_keeps_everything_and_asks_again(status: int, code: str) -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    assert engine.hears(Answered(PUSH, status, code)) == []
    assert (engine.state.mode, engine.state.code) == (Mode.REFUSED, code)
    assert SendHello in kinds(engine.hears(Tick(), wait=BACK_OFF_MAX_MS))
    assert SendPush in kinds(engine.welcome(seq=10))


def test_a_wrong_clock_signs_by_the_hubs_once_and_then_backs_off() -> None:
    engine = Engine()
    engine.hears(Tick())
    expired = Answered(HELLO, 401, "signature_expired")
    assert kinds(engine.hears(expired)) == [UseHubTime, SendHello]
    assert kinds(engine.hears(expired)) == [UseHubTime]
    assert engine.state.mode is Mode.REFUSED


@pytest.mark.parametrize("code", ["gap", "fork", "fenced"])
def test_a_push_that_does_not_fit_asks_hello_at_once(code: str) -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    assert kinds(engine.hears(Answered(PUSH, 409, code))) == [SendHello]


def test_too_large_a_batch_is_halved_until_it_fits() -> None:
    engine = Engine(replace(READY, head=2_000))
    engine.hears(Tick())
    assert engine.welcome(seq=10)[0].max_events == 500
    sizes = []
    for _ in range(10):
        engine.hears(Answered(PUSH, 413, "hub_error"))
        engine.state = replace(engine.state, hello_due_ms=engine.now + BACK_OFF_MAX_MS + 1)
        sizes.append(engine.hears(Tick(), wait=BACK_OFF_MAX_MS)[0].max_events)
    assert sizes[:3] == [250, 125, 62]
    assert sizes[-1] == 1
    assert engine.ack(11)[-2].max_events == 51


def test_the_hubs_limits_are_kept() -> None:
    engine = Engine(replace(READY, head=2_000))
    engine.hears(Tick())
    push = engine.welcome(seq=10, limits=Limits(20, 9_000, 0))[0]
    assert (push.max_events, push.max_bytes) == (20, 9_000)


def test_a_full_disk_asks_for_the_same_page_again_later() -> None:
    engine = Engine()
    engine.hears(Tick())
    engine.welcome()
    assert kinds(engine.page("global", 3, 2)) == [Apply, SendPull]
    engine.hears(DiskFailed(PULL + "global", "disk_full", busy=True))
    assert engine.page("global", 5, 0) == [], "asked before the page was lost"
    assert SendPull("global", FEED, 3, 0) in engine.hears(Tick(), wait=BACK_OFF_MAX_MS)


# leaving


def test_it_outlives_the_window_until_everything_is_sent() -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11, window=False, clients=0)
    assert Exit not in kinds(engine.hears(Tick(), wait=10 * LINGER_MS))
    engine.ack(11)
    engine.hears(Tick(), acked=11)
    assert due_ms(engine.state, engine.now) <= engine.now + LINGER_MS
    assert Exit in kinds(engine.hears(Tick(), wait=LINGER_MS))


def test_a_replica_being_filled_is_not_left_but_one_that_waits_for_the_hub_is() -> None:
    engine = Engine(replace(READY, building=True, window=False, clients=0, cursors={}))
    engine.hears(Tick())
    engine.welcome()
    for _ in range(5):
        assert Exit not in kinds(engine.hears(Tick(), wait=LINGER_MS))
    engine.hears(Lost(PULL + "global", "hub_unreachable"))
    assert Exit in kinds(engine.hears(Tick(), wait=LINGER_MS))


def test_with_a_window_it_stays() -> None:
    engine = Engine().live()
    assert Exit not in kinds(engine.hears(Tick(), wait=10 * LINGER_MS))
