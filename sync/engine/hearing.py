"""What the engine makes of what it heard: the state after an event, before anything is planned.

What a hub says is believed only as far as it proves it: an ack needs the hub's signature and our
own hash at that place; a page must begin where it was asked for. Everything else costs a retry.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sync.engine.asking import hear_ask, lost_ask
from sync.engine.copy_state import CHUNK, COPY, ChunkCame, Listed
from sync.engine.copying import hear_copy, no_list, no_piece
from sync.engine.lanes import (
    BACK_OFF_MAX_MS,
    HELLO_EVERY_MS,
    PAUSED_HELLO_MS,
    TALKING,
    Moment,
    batch,
    build,
    failed,
    freed,
    most_events,
    offline,
    pull,
    stopped,
    talks,
    with_lane,
)
from sync.engine.state import (
    ASK,
    BUILD,
    HELLO,
    PULL,
    PUSH,
    TABLE,
    VERDICTS,
    Acked,
    AnswerCame,
    Answered,
    Apply,
    Asked,
    DiskFailed,
    Event,
    Fed,
    Finished,
    Held,
    KeepAck,
    Lane,
    Lost,
    Mode,
    Nudged,
    Released,
    State,
    UseHubTime,
    Welcomed,
)

RETRY_AFTER_MAX_S: Final = 600
"""Longer is not believed: a hub that says "in ten years" must not end the syncing of a shop."""
GROW_EVENTS: Final = 50
_AGAIN: Final = frozenset({"gap", "fork", "fenced"})
"""Problems of a push that mean: we differ about the chain; hello finds out how."""

_BEGIN_ANEW: Final = frozenset({"cursor_ahead", "cursor_too_old"})
"""Places of a feed from which the hub cannot go on: another replica is begun, this one stays."""
_UNREAD: Final = frozenset({"hub_garbled", "snapshot_corrupt"})


def _nudged(event: Nudged, t: Moment) -> State:
    if not event.now:
        return t.state
    idle = {name: replace(lane, due_ms=0) for name, lane in t.state.lanes.items()}
    hello = t.state.hello_due_ms if t.state.mode in TALKING else 0
    return replace(t.state, lanes=idle, hold_until_ms=0, hello_due_ms=hello)


def _welcomed(event: Welcomed, t: Moment) -> State:
    reply, own = event.reply, event.own_hash
    mode, code = VERDICTS.get(reply.verdict, (Mode.UPGRADE, "upgrade_required"))
    if mode is Mode.LIVE and own is None:
        mode, code = Mode.ROLLED_BACK, "rolled_back"
    elif mode is Mode.LIVE and own != reply.head.hash:
        mode, code = Mode.PAUSED, "fork"
    vouched = event.asked if mode is Mode.LIVE else None
    if mode is Mode.LIVE and reply.order:
        mode, code = Mode.SUSPENDED, "device_suspended"
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
        base=reply.head.seq if mode in (Mode.LIVE, Mode.UPGRADE, Mode.SUSPENDED) else -1,
        vouched=vouched,
        order=reply.order,
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
    return build(state, t) if stale and TABLE[mode].pull else state


def _acked(event: Acked, t: Moment) -> State:
    ack = event.ack
    if not event.proven:
        return failed(t.state, t, PUSH, "ack_unproven")
    if event.own_hash is None:
        return stopped(t, Mode.ROLLED_BACK, "rolled_back")
    if event.own_hash != ack.hash:
        return stopped(t, Mode.PAUSED, "fork")
    short = ack.seq < event.sent_upto
    state = failed(t.state, t, PUSH, "ack_unproven") if short else freed(t.state, PUSH)
    t.effects.append(KeepAck(ack, event.sig, event.hub_time))
    most = min(most_events(event.limits), batch(state) + GROW_EVENTS)
    pause = min(max(event.limits.min_interval_ms, 0), BACK_OFF_MAX_MS)
    return replace(
        state,
        base=ack.seq if state.base >= 0 else state.base,
        limits=event.limits,
        max_events=most,
        push_due_ms=t.now + pause,
    )


def _fed(event: Fed, t: Moment) -> State:
    reply, lane_name = event.reply, PULL + event.reply.stream
    asked = (event.feed, event.after)
    lane = t.state.lane(lane_name)
    here = t.view.cursors.get(reply.stream, (event.feed, 0))
    dense = all(row.pos == reply.start + n for n, row in enumerate(reply.rows, 1))
    ends = reply.start + len(reply.rows)
    if (reply.feed, reply.start) != asked or not dense or reply.end != ends:
        return failed(t.state, t, lane_name, "feed_hole")
    if reply.more and not reply.rows:
        return failed(t.state, t, lane_name, "hub_garbled")
    if asked != here or lane.at != asked or t.state.finishing or t.state.held:
        # Asked before a page was lost to a full disk, or of the replica before this one, or
        # before this one began to be indexed, or ranked anew.
        return with_lane(t.state, lane_name, replace(lane, busy=False, at=None))
    state = freed(t.state, lane_name)
    at = (reply.feed, reply.end)
    fed = replace(state.lane(lane_name), at=at, caught_up=not reply.more)
    state = with_lane(state, lane_name, fed)
    if reply.more and talks(state, t) and TABLE[state.mode].pull:
        # The next page is on its way while this one is written.
        state = pull(state, t, reply.stream, at, 0)
    if reply.rows:
        t.effects.append(Apply(reply))
    return state


def _refused(state: State, lane: str, code: str, t: Moment) -> State:
    """The hub does not speak with us, or (to hello) it does, and says what it wants."""
    state = failed(state, t, lane, code)
    if code == "device_suspended" and lane != HELLO:
        return replace(state, hello_due_ms=t.now)
    state = replace(state, mode=Mode.REFUSED, code=code, base=-1)
    return replace(state, hello_due_ms=state.lane(lane).due_ms)


def _answered(event: Answered, t: Moment) -> State:
    lane, code, status = event.lane, event.code, event.status
    state = t.state
    if event.retry_after_s > 0:
        wait = min(event.retry_after_s, RETRY_AFTER_MAX_S) * 1000
        # Else all who were told the same come back at once.
        wait = min(wait + int(t.rng.random() * wait / 4), RETRY_AFTER_MAX_S * 1000)
        state = replace(state, hold_until_ms=max(state.hold_until_ms, t.now + wait))
    if code == "signature_expired":
        t.effects.append(UseHubTime())
        if state.clock_tries == 0:
            hello = t.now if lane == HELLO else state.hello_due_ms
            return replace(freed(state, lane), clock_tries=1, hello_due_ms=hello)
    if status in (401, 403) and code not in ("signature_replayed", "stream_not_yours"):
        return _refused(state, lane, code, t)
    return _of_lane(event, t, state)


def _of_lane(event: Answered, t: Moment, state: State) -> State:
    """What it means for the lane alone."""
    lane, code, status = event.lane, event.code, event.status
    if lane.startswith((COPY, CHUNK)):
        return no_list(event, t, state) if lane.startswith(COPY) else no_piece(event, t, state)
    if lane == PUSH and code in _AGAIN:
        return replace(failed(state, t, lane, code), mode=Mode.OFFLINE, base=-1, hello_due_ms=0)
    if status == 410 and lane.startswith(PULL):
        state = replace(failed(state, t, lane, code), hello_due_ms=t.now)
        return build(state, t) if code in _BEGIN_ANEW else state
    if status == 426:
        refused = failed(state, t, lane, code)
        return replace(refused, mode=Mode.UPGRADE, code="upgrade_required")
    if lane == PUSH and status in (400, 413, 422):
        state = replace(state, max_events=max(1, batch(state) // 2))
    state = failed(state, t, lane, code)
    return offline(state, lane, code) if lane == HELLO else state


def _lost(event: Lost, t: Moment) -> State:
    lane, code = event.lane, event.code
    state = t.state
    if lane == ASK:
        return lost_ask(code, t)
    if lane.startswith(CHUNK) and code in _UNREAD:
        return no_piece(event, t, state)
    if lane == PUSH:
        state = replace(state, max_events=max(1, batch(state) // 2))
    state = failed(state, t, lane, code)
    return state if code in _UNREAD and lane != HELLO else offline(state, lane, code)


def _disk_failed(event: DiskFailed, t: Moment) -> State:
    if event.code == "snapshot_corrupt":
        return no_piece(Lost(event.lane, event.code), t, t.state)
    state = failed(t.state, t, event.lane, event.code)
    lane = replace(state.lane(event.lane), busy=event.busy, at=None, caught_up=False)
    state = with_lane(state, event.lane, lane)
    if event.lane == BUILD:
        again = event.code == "replica_unfinished"
        state = replace(state, finishing=False, finished=state.finished and not again)
    if event.code == "replica_corrupt" and not t.view.building:
        return build(state, t)  # its rest stays in use until another is whole
    return state


def _beside(event: Released | Held | Finished, t: Moment) -> State:
    if isinstance(event, Released):
        return replace(t.state, released=t.state.released + 1)
    if isinstance(event, Held):
        return replace(t.state, held=event.on)
    state = freed(t.state, BUILD)
    return replace(state, finishing=False, finished=True, released=0, release_due_ms=0)


def hear(event: Event, t: Moment) -> State:
    """The state after what was heard; effects that belong to it are in `t.effects`."""
    state = t.state  # a tick changes nothing
    match event:
        case Nudged():
            state = _nudged(event, t)
        case Released() | Held() | Finished():
            state = _beside(event, t)
        case Asked() | AnswerCame():
            state = hear_ask(event, t)
        case Welcomed():
            state = _welcomed(event, t)
        case Acked():
            state = _acked(event, t)
        case Fed() | Listed() | ChunkCame():
            state = _fed(event, t) if isinstance(event, Fed) else hear_copy(event, t)
        case Answered():
            state = _answered(event, t)
        case Lost():
            state = _lost(event, t)
        case DiskFailed():
            state = _disk_failed(event, t)
    return state
