"""The engine's mind: one turn of the conversation with the hub, without any I/O.

`step(state, turn, now_ms, rng) -> (state, effects)`. First what was heard changes the state, then
the plan is made anew from the state and from what the files hold: a missed trigger costs at most
one tick, and there is no list of things to do that could be lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sync.engine.asking import plan_asks
from sync.engine.copying import copies, plan_copy
from sync.engine.hearing import hear
from sync.engine.lanes import (
    BACK_OFF_MAX_MS,
    HELLO_EVERY_MS,
    TALKING,
    Moment,
    batch,
    build,
    freed,
    may,
    most_bytes,
    pull,
    talks,
    with_lane,
)
from sync.engine.ports import Rng
from sync.engine.state import (
    BUILD,
    HELLO,
    PULL,
    PUSH,
    TABLE,
    Apply,
    AskRelease,
    Build,
    Effect,
    Exit,
    Finish,
    KeepAck,
    Mode,
    ReadAhead,
    SendHello,
    SendPush,
    State,
    Swap,
    Turn,
    View,
    Wipe,
)
from sync.link import SyncStatus, vouched_text
from sync.protocol import LONG_POLL_S

RELEASE_EVERY_MS: Final = 5_000
LINGER_MS: Final = 10_000
"""How long sync stays when the window is gone and nothing is left to send."""


def step(state: State, turn: Turn, now_ms: int, rng: Rng) -> tuple[State, list[Effect]]:
    """The state after this turn, and what is to be done, in order."""
    effects: list[Effect] = []
    state = hear(turn.event, Moment(state, turn.view, now_ms, rng, effects))
    return _plan(Moment(state, turn.view, now_ms, rng, effects)), effects


def due_ms(state: State, now_ms: int) -> int:
    """When the engine wants a tick without anything having happened, at the latest."""
    times = [
        lane.due_ms for name, lane in state.lanes.items() if not lane.busy and may(state, name)
    ]
    if state.mode in TALKING:
        times.append(state.push_due_ms)
    times.append(state.hello_due_ms)
    if state.finished:
        times.append(state.release_due_ms)
    if state.alone_since_ms >= 0:
        times.append(state.alone_since_ms + LINGER_MS)
    coming = [max(time, state.hold_until_ms) for time in times]
    return min((time for time in coming if time > now_ms), default=now_ms + BACK_OFF_MAX_MS)


def status_of(state: State, view: View, epoch: int, now_ms: int) -> SyncStatus:
    """What a person may see of it."""
    lanes = [lane for name, lane in state.lanes.items() if lane.code and may(state, name)]
    waits = [max(lane.due_ms, state.hold_until_ms) for lane in lanes if not lane.busy]
    if state.mode not in TALKING and not state.lane(HELLO).busy:
        waits = [max(state.hello_due_ms, state.lane(HELLO).due_ms, state.hold_until_ms)]
    acked = view.acked if state.base < 0 else min(view.acked, state.base)
    return SyncStatus(
        state=state.mode.value,
        acked=(epoch, acked),
        next_try_s=max(0, min(waits) - now_ms + 999) // 1000 if waits else 0,
        error_code=state.code or next((lane.code for lane in lanes), ""),
        cursors={stream: pos for stream, (_, pos) in view.cursors.items()},
        replica="building" if view.building else "current" if view.ready else "none",
        vouched=vouched_text(state.vouched),
        order="wiped" if state.wiping else state.order,
    )


# The plan: what is to be done now, whatever has happened.


def _plan(t: Moment) -> State:
    state = t.state
    if state.finishing and not t.view.building:
        state = replace(state, finishing=False)  # it was damaged, and thrown away
    begun = t.view.building and not state.finished and not _caught_up(state)
    if begun and state.lane(BUILD).failures:
        state = freed(state, BUILD)
    missing = not t.view.ready and not t.view.building and not _building_asked(t)
    if missing and t.now >= state.lane(BUILD).due_ms:
        state = build(state, t)
    if talks(state, t):
        state = _plan_hello(state, t)
        state = _plan_push(state, t)
        state = plan_asks(state, t)
        state = _plan_pull(state, t)
    state = _plan_swap(state, t)
    state = _name(state, t)
    state = _plan_wipe(state, t)
    return _plan_exit(state, t)


def _building_asked(t: Moment) -> bool:
    return any(isinstance(effect, Build) for effect in t.effects)


def _plan_hello(state: State, t: Moment) -> State:
    lane = state.lane(HELLO)
    pushing = state.lane(PUSH).busy
    if lane.busy or pushing or t.now < max(state.hello_due_ms, lane.due_ms):
        return state
    t.effects.append(SendHello())
    mode = Mode.HELLO if state.mode is Mode.OFFLINE else state.mode
    state = with_lane(state, HELLO, replace(lane, busy=True))
    return replace(state, mode=mode, hello_due_ms=t.now + HELLO_EVERY_MS)


def _plan_push(state: State, t: Moment) -> State:
    lane = state.lane(PUSH)
    if lane.busy or state.lane(HELLO).busy or state.base < 0 or not TABLE[state.mode].push:
        return state
    after = state.base
    if after >= t.view.head and t.view.acked < after and not _kept(t):
        # The hub has it all, but we hold no proof: the last entry again brings one.
        after = t.view.head - 1
    if after >= t.view.head or t.now < max(lane.due_ms, state.push_due_ms):
        return state
    most, size = batch(state), most_bytes(state)
    t.effects.append(SendPush(after, most, size))
    if t.view.head - after > most // 4:
        t.effects.append(ReadAhead(most, size))
    return with_lane(state, PUSH, replace(lane, busy=True))


def _kept(t: Moment) -> bool:
    return any(isinstance(effect, KeepAck) for effect in t.effects)


def _plan_pull(state: State, t: Moment) -> State:
    if not TABLE[state.mode].pull or _building_asked(t) or state.finishing or state.held:
        return state
    for stream, feed in sorted(state.streams.items(), key=_soonest):
        if copies(state, t, stream):
            state = plan_copy(state, t, stream, feed)
            continue
        lane = state.lane(PULL + stream)
        if lane.busy or t.now < lane.due_ms:
            continue
        at = lane.at or t.view.cursors.get(stream, (feed, 0))
        if at[0] != feed:
            continue  # hello has seen it and asked for a new replica
        state = pull(state, t, stream, at, LONG_POLL_S if lane.caught_up else 0)
    return state


def _soonest(stream: tuple[str, str]) -> int:
    """What is for this till alone goes before its store's prices, those before the catalogue."""
    name = stream[0]
    return 0 if name.startswith("device:") else 1 if name.startswith("store:") else 2


def _plan_swap(state: State, t: Moment) -> State:
    waits = state.finishing or t.now < state.lane(BUILD).due_ms
    if not t.view.building or _building_asked(t) or waits:
        return state
    applying = any(isinstance(effect, Apply) for effect in t.effects)
    if not state.finished:
        if not applying and _caught_up(state):
            t.effects.append(Finish())
            state = replace(state, finishing=True)
        return state
    free = t.view.clients == 0 and not t.view.window
    if free or 0 < t.view.clients <= state.released:
        t.effects.append(Swap())
        return replace(state, finished=False, released=0)
    if t.now >= state.release_due_ms:
        t.effects.append(AskRelease())
        return replace(state, released=0, release_due_ms=t.now + RELEASE_EVERY_MS)
    return state


def _caught_up(state: State) -> bool:
    return bool(state.streams) and all(
        state.lane(PULL + stream).caught_up for stream in state.streams
    )


def _name(state: State, t: Moment) -> State:
    """DRAIN, PULL or LIVE, by what is left to do."""
    if state.mode not in TALKING:
        return state
    if 0 <= state.base < t.view.head:
        return replace(state, mode=Mode.DRAIN)
    return replace(state, mode=Mode.LIVE if _caught_up(state) else Mode.PULL)


def _plan_wipe(state: State, t: Moment) -> State:
    """At once where that was ordered, or as soon as the hub has everything."""
    drained = 0 <= state.base >= t.view.head and (t.view.acked >= t.view.head or _kept(t))
    due = state.order == "wipe" or (state.order == "drain_wipe" and drained)
    if not due or state.wiping:
        return state
    t.effects.append(Wipe())
    return replace(state, wiping=True)


def _plan_exit(state: State, t: Moment) -> State:
    unsent = t.view.acked < t.view.head
    filling = t.view.building and state.mode in TALKING
    if t.view.window or t.view.clients or unsent or filling:
        return replace(state, alone_since_ms=-1)
    if state.alone_since_ms < 0:
        return replace(state, alone_since_ms=t.now)
    if t.now - state.alone_since_ms >= LINGER_MS:
        t.effects.append(Exit())
    return state
