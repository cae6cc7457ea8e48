"""The engine's lanes: hello, push, a pull for each stream, the building of a replica.

Each is busy or free, waits longer after each failure, and is free at once after a good answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sync.engine.copy_state import CHUNK, COPY
from sync.engine.ports import Rng
from sync.engine.state import PULL, PUSH, TABLE, Build, Effect, Lane, Mode, SendPull, State, View
from sync.protocol import PUSH_MAX_BYTES, PUSH_MAX_EVENTS, Limits

BACK_OFF_MIN_MS: Final = 1_000
BACK_OFF_MAX_MS: Final = 60_000
PAUSED_HELLO_MS: Final = 60_000
HELLO_EVERY_MS: Final = 600_000
TALKING: Final = frozenset({Mode.DRAIN, Mode.PULL, Mode.LIVE})


class Moment:
    """What every part of a step needs; short names, one turn's life."""

    __slots__ = ("effects", "now", "rng", "state", "view")

    def __init__(
        self, state: State, view: View, now_ms: int, rng: Rng, effects: list[Effect]
    ) -> None:
        self.state = state
        self.view = view
        self.now = now_ms
        self.rng = rng
        self.effects = effects


def with_lane(state: State, name: str, lane: Lane) -> State:
    """The state with another lane of that name."""
    return replace(state, lanes={**state.lanes, name: lane})


def freed(state: State, name: str) -> State:
    """The lane after a good answer."""
    lane = replace(state.lane(name), busy=False, failures=0, due_ms=0, code="")
    return with_lane(state, name, lane)


def failed(state: State, t: Moment, name: str, code: str) -> State:
    """The lane after a bad one: it waits, longer each time, never twice the same."""
    lane = state.lane(name)
    failures = min(lane.failures + 1, 16)
    most = min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS << failures)
    wait = BACK_OFF_MIN_MS + int(t.rng.random() * (most - BACK_OFF_MIN_MS))
    failed = replace(lane, busy=False, failures=failures, due_ms=t.now + wait, code=code, at=None)
    return with_lane(state, name, failed)


def offline(state: State, lane: str, code: str) -> State:
    """Contact is lost: hello comes first, when the lane that failed may try again."""
    stays = state.mode in (Mode.ROLLED_BACK, Mode.PAUSED, Mode.REFUSED, Mode.SUSPENDED)
    mode, code = (state.mode, state.code) if stays else (Mode.OFFLINE, code)
    due = state.lane(lane).due_ms
    return replace(state, mode=mode, code=code, base=-1, hello_due_ms=due)


def stopped(t: Moment, mode: Mode, code: str) -> State:
    """Nothing more is sent until hello says that it may be."""
    state = freed(t.state, PUSH)
    return replace(state, mode=mode, code=code, base=-1, hello_due_ms=t.now + PAUSED_HELLO_MS)


def build(state: State, t: Moment) -> State:
    """The feed began anew, or there is no replica: fill another from the beginning."""
    t.effects.append(Build())
    lanes = {
        name: replace(lane, at=None, caught_up=False) if name.startswith(PULL) else lane
        for name, lane in state.lanes.items()
    }
    state = replace(state, lanes=lanes, finishing=False, finished=False, released=0)
    return replace(state, plain=frozenset(), renew=frozenset(), bad={})


def most_events(limits: Limits) -> int:
    """How many events the hub and we allow in a push."""
    return max(1, min(limits.max_events, PUSH_MAX_EVENTS))


def batch(state: State) -> int:
    """How many events a push may hold now."""
    return min(state.max_events or PUSH_MAX_EVENTS, most_events(state.limits))


def most_bytes(state: State) -> int:
    """How many bytes a push may hold."""
    return max(1, min(state.limits.max_bytes, PUSH_MAX_BYTES))


def may(state: State, name: str) -> bool:
    """True where the mode allows the lane."""
    row = TABLE[state.mode]
    return row.push if name == PUSH else row.pull if name.startswith((PULL, COPY, CHUNK)) else True


def talks(state: State, t: Moment) -> bool:
    """False while the hub asked for silence."""
    return t.now >= state.hold_until_ms


def pull(state: State, t: Moment, stream: str, at: tuple[str, int], wait_s: int) -> State:
    """Asks for the page of a stream after `at`; `wait_s` lets the hub wait for news."""
    t.effects.append(SendPull(stream, at[0], at[1], wait_s))
    lane = state.lane(PULL + stream)
    return with_lane(state, PULL + stream, replace(lane, busy=True, at=at))
