"""A hub that asks for a pause gets one, from every lane; what is urgent goes first."""

from __future__ import annotations

import msgspec
import pytest

from sync.engine import intake
from sync.engine.hearing import RETRY_AFTER_MAX_S
from sync.engine.ports import Reply
from sync.engine.state import (
    HELLO,
    PULL,
    PUSH,
    Acked,
    Answered,
    Nudged,
    SendHello,
    SendPull,
    SendPush,
    Tick,
)
from sync.engine.step import due_ms
from sync.protocol import Head, Limits, Problem
from tests.sync.stepping import FEED, Engine, hash_of, kinds

SENDING = (SendHello, SendPush, SendPull)


def busy(status: int, code: str, wait: int, *, header: bool) -> Reply:
    told = Problem(f"/problems/{code}", "", status, retry_after_s=0 if header else wait)
    headers = {"retry-after": str(wait)} if header else {}
    return Reply(status, headers, msgspec.json.encode(told))


def sent(effects: list) -> list[type]:
    return [kind for kind in kinds(effects) if kind in SENDING]


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("lane", [HELLO, PUSH, PULL + "global", PULL + "store:1"])
def test_every_lane_waits_as_long_as_any_was_told_to(lane: str, status: int, header: bool) -> None:
    engine = Engine().live()
    if lane == PUSH:
        engine.hears(Nudged(), head=11)
    event = intake.answered(lane, busy(status, "slow_down", 7, header=header))
    assert event == Answered(lane, status, "hub_busy", 7)
    assert sent(engine.hears(event)) == []
    told = engine.now
    for wait in (1, 2_000, 3_000, 1_998):
        assert sent(engine.hears(Tick(), wait)) == []
        assert sent(engine.hears(Nudged(), head=engine.view.head + 1)) == []
    assert engine.now < told + 7_000
    assert told + 7_000 <= due_ms(engine.state, engine.now) <= told + 7_000 * 5 // 4
    # A herd that was told the same comes back over a quarter of the time, and then all of it goes.
    assert sent(engine.hears(Tick(), 120_000)) != []


@pytest.mark.parametrize("status", [200, 401, 404, 500])
def test_other_answers_give_no_pause(status: int) -> None:
    event = intake.answered(PUSH, busy(status, "hub_error", 7, header=True))
    assert event.retry_after_s == 0


def test_a_pause_is_believed_up_to_ten_minutes_and_a_person_may_end_it() -> None:
    engine = Engine().live()
    engine.hears(Nudged(), head=11)
    engine.hears(Answered(PUSH, 503, "hub_busy", retry_after_s=10**9))
    assert due_ms(engine.state, engine.now) <= engine.now + RETRY_AFTER_MAX_S * 1_000
    assert SendPush in kinds(engine.hears(Nudged(now=True)))


def test_a_herd_comes_back_one_after_the_other() -> None:
    until = set()
    for seed in range(40):
        engine = Engine().live()
        engine.rng.seed(seed)
        engine.hears(Answered(HELLO, 429, "hub_busy", retry_after_s=20))
        until.add(engine.state.hold_until_ms - engine.now)
    assert len(until) > 35
    assert min(until) >= 20_000
    assert max(until) <= 25_000


def test_the_hubs_least_interval_between_pushes_is_kept() -> None:
    engine = Engine().live()
    assert SendPush in kinds(engine.hears(Nudged(), head=11))
    ack = Acked(
        Head(1, 11, hash_of(11)), hash_of(11), True, "", "sig", 11, Limits(min_interval_ms=2_000)
    )
    engine.hears(ack, acked=11)
    assert SendPush not in kinds(engine.hears(Nudged(), 1_999, head=12))
    assert SendPush in kinds(engine.hears(Tick(), 1))


def test_what_is_for_this_till_alone_is_fetched_first_and_the_catalogue_last() -> None:
    engine = Engine()
    streams = {"global": FEED, "store:1": FEED, "device:me": FEED}
    engine.hears(Tick())
    engine.hears(Tick(), head=11, cursors=dict.fromkeys(streams, (FEED, 1)))
    effects = engine.welcome(seq=10, streams=streams)
    told = [one.stream for one in effects if isinstance(one, SendPull)]
    assert told == ["device:me", "store:1", "global"]
    order = kinds(effects)
    assert order.index(SendPush) < order.index(SendPull)
