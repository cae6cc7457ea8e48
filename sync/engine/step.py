"""The engine's mind: one turn of the conversation with the hub, without any I/O.

`step(state, turn, now_ms, rng) -> (state, effects)`. First what was heard changes the state, then
the plan is made anew from the state and from what the files hold: a missed trigger costs at most
one tick, and there is no list of things to do that could be lost.

What a hub says is believed only as far as it proves it: an ack needs the hub's signature and our
own hash at that place; a page must begin where it was asked for. Everything else costs a retry.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sync.engine.ports import Rng
from sync.engine.state import (
    BUILD,
    HELLO,
    PULL,
    PUSH,
    TABLE,
    VERDICTS,
    Acked,
    Answered,
    Apply,
    AskRelease,
    Build,
    DiskFailed,
    Effect,
    Event,
    Exit,
    Fed,
    Finish,
    Finished,
    Held,
    KeepAck,
    Lane,
    Lost,
    Mode,
    Nudged,
    ReadAhead,
    Released,
    SendHello,
    SendPull,
    SendPush,
    State,
    Swap,
    Turn,
    UseHubTime,
    View,
    Welcomed,
)
from sync.link import SyncStatus
from sync.protocol import LONG_POLL_S, PUSH_MAX_BYTES, PUSH_MAX_EVENTS, Limits

BACK_OFF_MIN_MS: Final = 1_000
BACK_OFF_MAX_MS: Final = 60_000
HELLO_EVERY_MS: Final = 600_000
PAUSED_HELLO_MS: Final = 60_000
RETRY_AFTER_MAX_S: Final = 600
"""Longer is not believed: a hub that says "in ten years" must not end the syncing of a shop."""
RELEASE_EVERY_MS: Final = 5_000
LINGER_MS: Final = 10_000
"""How long sync stays when the window is gone and nothing is left to send."""
GROW_EVENTS: Final = 50
TALKING: Final = frozenset({Mode.DRAIN, Mode.PULL, Mode.LIVE})

_AGAIN: Final = frozenset({"gap", "fork", "fenced"})
"""Problems of a push that mean: we differ about the chain; hello finds out how."""


def step(state: State, turn: Turn, now_ms: int, rng: Rng) -> tuple[State, list[Effect]]:
    """The state after this turn, and what is to be done, in order."""
    effects: list[Effect] = []
    state = _hear(turn.event, _Turn(state, turn.view, now_ms, rng, effects))
    return _plan(_Turn(state, turn.view, now_ms, rng, effects)), effects


def due_ms(state: State, now_ms: int) -> int:
    """When the engine wants a tick without anything having happened, at the latest."""
    times = [
        lane.due_ms for name, lane in state.lanes.items() if not lane.busy and _may(state, name)
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
    lanes = [lane for name, lane in state.lanes.items() if lane.code and _may(state, name)]
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
    )


class _Turn:
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


# What was heard.


def _nudged(event: Nudged, t: _Turn) -> State:
    if not event.now:
        return t.state
    idle = {name: replace(lane, due_ms=0) for name, lane in t.state.lanes.items()}
    hello = t.state.hello_due_ms if t.state.mode in TALKING else 0
    return replace(t.state, lanes=idle, hold_until_ms=0, hello_due_ms=hello)


def _welcomed(event: Welcomed, t: _Turn) -> State:
    reply, own = event.reply, event.own_hash
    mode, code = VERDICTS.get(reply.verdict, (Mode.UPGRADE, "upgrade_required"))
    if mode is Mode.LIVE and own is None:
        mode, code = Mode.ROLLED_BACK, "rolled_back"
    elif mode is Mode.LIVE and own != reply.head.hash:
        mode, code = Mode.PAUSED, "fork"
    again = HELLO_EVERY_MS if mode is Mode.LIVE else PAUSED_HELLO_MS
    lanes = {
        name: lane if lane.busy else replace(lane, caught_up=False, at=None)
        for name, lane in t.state.lanes.items()
        if not name.startswith(PULL) or name[len(PULL) :] in reply.streams or lane.busy
    }
    lanes[HELLO] = Lane()
    state = replace(
        t.state,
        mode=mode,
        code=code,
        base=reply.head.seq if mode in (Mode.LIVE, Mode.UPGRADE) else -1,
        streams=dict(reply.streams),
        lanes=lanes,
        limits=reply.limits,
        hello_due_ms=t.now + again,
        clock_tries=0,
    )
    if 0 <= state.base < t.view.acked:
        # The hub lost what it had confirmed; what is further back needs no proof.
        t.effects.append(KeepAck(reply.head, "", reply.hub_time))
    stale = any(
        stream in t.view.cursors and t.view.cursors[stream][0] != feed
        for stream, feed in reply.streams.items()
    )
    return _build(state, t) if stale and TABLE[mode].pull else state


def _acked(event: Acked, t: _Turn) -> State:
    ack = event.ack
    if not event.proven:
        return _failed(t.state, t, PUSH, "ack_unproven")
    if event.own_hash is None:
        return _stopped(t, Mode.ROLLED_BACK, "rolled_back")
    if event.own_hash != ack.hash:
        return _stopped(t, Mode.PAUSED, "fork")
    short = ack.seq < event.sent_upto
    state = _failed(t.state, t, PUSH, "ack_unproven") if short else _freed(t.state, PUSH)
    t.effects.append(KeepAck(ack, event.sig, event.hub_time))
    most = min(_most(event.limits), _batch(state) + GROW_EVENTS)
    pause = min(max(event.limits.min_interval_ms, 0), BACK_OFF_MAX_MS)
    return replace(
        state,
        base=ack.seq if state.base >= 0 else state.base,
        limits=event.limits,
        max_events=most,
        push_due_ms=t.now + pause,
    )


def _fed(event: Fed, t: _Turn) -> State:
    reply, lane_name = event.reply, PULL + event.reply.stream
    asked = (event.feed, event.after)
    lane = t.state.lane(lane_name)
    here = t.view.cursors.get(reply.stream, (event.feed, 0))
    dense = all(row.pos == reply.start + n for n, row in enumerate(reply.rows, 1))
    ends = reply.start + len(reply.rows)
    if (reply.feed, reply.start) != asked or not dense or reply.end != ends:
        return _failed(t.state, t, lane_name, "feed_hole")
    if reply.more and not reply.rows:
        return _failed(t.state, t, lane_name, "hub_garbled")
    if asked != here or lane.at != asked or t.state.finishing or t.state.held:
        # Asked before a page was lost to a full disk, or of the replica before this one, or
        # before this one began to be indexed, or ranked anew.
        return _with(t.state, lane_name, replace(lane, busy=False, at=None))
    state = _freed(t.state, lane_name)
    at = (reply.feed, reply.end)
    freed = replace(state.lane(lane_name), at=at, caught_up=not reply.more)
    state = _with(state, lane_name, freed)
    if reply.more and _talks(state, t) and TABLE[state.mode].pull:
        # The next page is on its way while this one is written.
        state = _pull(state, t, reply.stream, at, 0)
    if reply.rows:
        t.effects.append(Apply(reply))
    return state


def _answered(event: Answered, t: _Turn) -> State:
    lane, code, status = event.lane, event.code, event.status
    state = t.state
    if event.retry_after_s > 0:
        wait = min(event.retry_after_s, RETRY_AFTER_MAX_S) * 1000
        state = replace(state, hold_until_ms=max(state.hold_until_ms, t.now + wait))
    if code == "signature_expired":
        t.effects.append(UseHubTime())
        if state.clock_tries == 0:
            hello = t.now if lane == HELLO else state.hello_due_ms
            return replace(_freed(state, lane), clock_tries=1, hello_due_ms=hello)
    if status in (401, 403) and code not in ("signature_replayed", "stream_not_yours"):
        state = replace(_failed(state, t, lane, code), mode=Mode.REFUSED, code=code, base=-1)
        return replace(state, hello_due_ms=state.lane(lane).due_ms)
    if lane == PUSH and code in _AGAIN:
        return replace(_failed(state, t, lane, code), mode=Mode.OFFLINE, base=-1, hello_due_ms=0)
    if status == 410 and lane.startswith(PULL):
        state = replace(_failed(state, t, lane, code), hello_due_ms=t.now)
        return _build(state, t) if code == "cursor_ahead" else state
    if status == 426:
        failed = _failed(state, t, lane, code)
        return replace(failed, mode=Mode.UPGRADE, code="upgrade_required")
    if lane == PUSH and status in (400, 413, 422):
        state = replace(state, max_events=max(1, _batch(state) // 2))
    failed = _failed(state, t, lane, code)
    return _offline(failed, lane, code) if lane == HELLO else failed


def _lost(event: Lost, t: _Turn) -> State:
    lane, code = event.lane, event.code
    state = t.state
    if lane == PUSH:
        state = replace(state, max_events=max(1, _batch(state) // 2))
    state = _failed(state, t, lane, code)
    return state if code == "hub_garbled" and lane != HELLO else _offline(state, lane, code)


def _disk_failed(event: DiskFailed, t: _Turn) -> State:
    state = _failed(t.state, t, event.lane, event.code)
    lane = replace(state.lane(event.lane), busy=event.busy, at=None, caught_up=False)
    state = _with(state, event.lane, lane)
    if event.lane == BUILD:
        again = event.code == "replica_unfinished"
        state = replace(state, finishing=False, finished=state.finished and not again)
    if event.code == "replica_corrupt" and not t.view.building:
        return _build(state, t)  # its rest stays in use until another is whole
    return state


def _beside(event: Released | Held | Finished, t: _Turn) -> State:
    if isinstance(event, Released):
        return replace(t.state, released=t.state.released + 1)
    if isinstance(event, Held):
        return replace(t.state, held=event.on)
    state = _freed(t.state, BUILD)
    return replace(state, finishing=False, finished=True, released=0, release_due_ms=0)


def _hear(event: Event, t: _Turn) -> State:
    state = t.state  # a tick changes nothing
    match event:
        case Nudged():
            state = _nudged(event, t)
        case Released() | Held() | Finished():
            state = _beside(event, t)
        case Welcomed():
            state = _welcomed(event, t)
        case Acked():
            state = _acked(event, t)
        case Fed():
            state = _fed(event, t)
        case Answered():
            state = _answered(event, t)
        case Lost():
            state = _lost(event, t)
        case DiskFailed():
            state = _disk_failed(event, t)
    return state


# What follows from it.


def _with(state: State, name: str, lane: Lane) -> State:
    return replace(state, lanes={**state.lanes, name: lane})


def _freed(state: State, name: str) -> State:
    """The lane after a good answer."""
    lane = replace(state.lane(name), busy=False, failures=0, due_ms=0, code="")
    return _with(state, name, lane)


def _failed(state: State, t: _Turn, name: str, code: str) -> State:
    """The lane after a bad one: it waits, longer each time, never twice the same."""
    lane = state.lane(name)
    failures = min(lane.failures + 1, 16)
    most = min(BACK_OFF_MAX_MS, BACK_OFF_MIN_MS << failures)
    wait = BACK_OFF_MIN_MS + int(t.rng.random() * (most - BACK_OFF_MIN_MS))
    failed = replace(lane, busy=False, failures=failures, due_ms=t.now + wait, code=code, at=None)
    return _with(state, name, failed)


def _offline(state: State, lane: str, code: str) -> State:
    """Contact is lost: hello comes first, when the lane that failed may try again."""
    stays = state.mode in (Mode.ROLLED_BACK, Mode.PAUSED, Mode.REFUSED)
    mode, code = (state.mode, state.code) if stays else (Mode.OFFLINE, code)
    due = state.lane(lane).due_ms
    return replace(state, mode=mode, code=code, base=-1, hello_due_ms=due)


def _stopped(t: _Turn, mode: Mode, code: str) -> State:
    """Nothing more is sent until hello says that it may be."""
    state = _freed(t.state, PUSH)
    return replace(state, mode=mode, code=code, base=-1, hello_due_ms=t.now + PAUSED_HELLO_MS)


def _build(state: State, t: _Turn) -> State:
    """The feed began anew, or there is no replica: fill another from the beginning."""
    t.effects.append(Build())
    lanes = {
        name: replace(lane, at=None, caught_up=False) if name.startswith(PULL) else lane
        for name, lane in state.lanes.items()
    }
    return replace(state, lanes=lanes, finishing=False, finished=False, released=0)


def _most(limits: Limits) -> int:
    return max(1, min(limits.max_events, PUSH_MAX_EVENTS))


def _batch(state: State) -> int:
    """How many events a push may hold now."""
    return min(state.max_events or PUSH_MAX_EVENTS, _most(state.limits))


def _bytes(state: State) -> int:
    return max(1, min(state.limits.max_bytes, PUSH_MAX_BYTES))


def _may(state: State, name: str) -> bool:
    row = TABLE[state.mode]
    return row.push if name == PUSH else row.pull if name.startswith(PULL) else True


def _talks(state: State, t: _Turn) -> bool:
    return t.now >= state.hold_until_ms


# The plan: what is to be done now, whatever has happened.


def _plan(t: _Turn) -> State:
    state = t.state
    if state.finishing and not t.view.building:
        state = replace(state, finishing=False)  # it was damaged, and thrown away
    begun = t.view.building and not state.finished and not _caught_up(state)
    if begun and state.lane(BUILD).failures:
        state = _freed(state, BUILD)
    missing = not t.view.ready and not t.view.building and not _building_asked(t)
    if missing and t.now >= state.lane(BUILD).due_ms:
        state = _build(state, t)
    if _talks(state, t):
        state = _plan_hello(state, t)
        state = _plan_push(state, t)
        state = _plan_pull(state, t)
    state = _plan_swap(state, t)
    state = _name(state, t)
    return _plan_exit(state, t)


def _building_asked(t: _Turn) -> bool:
    return any(isinstance(effect, Build) for effect in t.effects)


def _plan_hello(state: State, t: _Turn) -> State:
    lane = state.lane(HELLO)
    pushing = state.lane(PUSH).busy
    if lane.busy or pushing or t.now < max(state.hello_due_ms, lane.due_ms):
        return state
    t.effects.append(SendHello())
    mode = Mode.HELLO if state.mode is Mode.OFFLINE else state.mode
    state = _with(state, HELLO, replace(lane, busy=True))
    return replace(state, mode=mode, hello_due_ms=t.now + HELLO_EVERY_MS)


def _plan_push(state: State, t: _Turn) -> State:
    lane = state.lane(PUSH)
    if lane.busy or state.lane(HELLO).busy or state.base < 0 or not TABLE[state.mode].push:
        return state
    after = state.base
    if after >= t.view.head and t.view.acked < after and not _kept(t):
        # The hub has it all, but we hold no proof: the last entry again brings one.
        after = t.view.head - 1
    if after >= t.view.head or t.now < max(lane.due_ms, state.push_due_ms):
        return state
    most, size = _batch(state), _bytes(state)
    t.effects.append(SendPush(after, most, size))
    if t.view.head - after > most // 4:
        t.effects.append(ReadAhead(most, size))
    return _with(state, PUSH, replace(lane, busy=True))


def _kept(t: _Turn) -> bool:
    return any(isinstance(effect, KeepAck) for effect in t.effects)


def _plan_pull(state: State, t: _Turn) -> State:
    if not TABLE[state.mode].pull or _building_asked(t) or state.finishing or state.held:
        return state
    for stream, feed in state.streams.items():
        lane = state.lane(PULL + stream)
        if lane.busy or t.now < lane.due_ms:
            continue
        at = lane.at or t.view.cursors.get(stream, (feed, 0))
        if at[0] != feed:
            continue  # hello has seen it and asked for a new replica
        state = _pull(state, t, stream, at, LONG_POLL_S if lane.caught_up else 0)
    return state


def _pull(state: State, t: _Turn, stream: str, at: tuple[str, int], wait_s: int) -> State:
    t.effects.append(SendPull(stream, at[0], at[1], wait_s))
    lane = state.lane(PULL + stream)
    return _with(state, PULL + stream, replace(lane, busy=True, at=at))


def _plan_swap(state: State, t: _Turn) -> State:
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


def _name(state: State, t: _Turn) -> State:
    """DRAIN, PULL or LIVE, by what is left to do."""
    if state.mode not in TALKING:
        return state
    if 0 <= state.base < t.view.head:
        return replace(state, mode=Mode.DRAIN)
    return replace(state, mode=Mode.LIVE if _caught_up(state) else Mode.PULL)


def _plan_exit(state: State, t: _Turn) -> State:
    unsent = t.view.acked < t.view.head
    filling = t.view.building and state.mode in TALKING
    if t.view.window or t.view.clients or unsent or filling:
        return replace(state, alone_since_ms=-1)
    if state.alone_since_ms < 0:
        return replace(state, alone_since_ms=t.now)
    if t.now - state.alone_since_ms >= LINGER_MS:
        t.effects.append(Exit())
    return state
