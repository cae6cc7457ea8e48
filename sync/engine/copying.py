"""A first copy in pieces: which to ask for next, and what an answer means.

A new replica takes a stream's snapshot where the hub has one, else every page from the beginning.
What is missing is read from the file in each turn, so a copy that was broken off anywhere (the
process, the network, the hub) goes on with the pieces that are not here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sync.engine.copy_state import (
    CHUNK_LANES,
    COPY,
    ChunkCame,
    Copying,
    KeepList,
    Listed,
    Missing,
    PutChunk,
    SendChunk,
    SendList,
    TakeChunk,
)
from sync.engine.lanes import Moment, build, failed, freed, with_lane
from sync.engine.state import Answered, Lost, State

TRIES: Final = 3
"""A piece that cannot be had so often is not waited for: the feed says the same."""
_GONE: Final = 404


def copies(state: State, t: Moment, stream: str) -> bool:
    """Whether a stream is to come, or to come further, by a snapshot."""
    return (
        t.view.building
        and not state.finished
        and stream not in t.view.cursors
        and stream not in state.plain
        and not stream.startswith("device:")
    )


def plan_copy(state: State, t: Moment, stream: str, feed: str) -> State:
    """Asks for the list of pieces, or for those that are missing, some at once."""
    if any(isinstance(effect, KeepList) for effect in t.effects):
        return state  # what is missing is known in the next turn
    known = t.view.copying.get(stream)
    if known is None or known.feed != feed or stream in state.renew:
        lane = state.lane(COPY + stream)
        if lane.busy or t.now < lane.due_ms:
            return state
        t.effects.append(SendList(stream))
        return with_lane(state, COPY + stream, replace(lane, busy=True))
    return _plan_pieces(state, t, stream, known)


def _plan_pieces(state: State, t: Moment, stream: str, known: Copying) -> State:
    under_way = {state.fetched[name] for name in CHUNK_LANES if state.lane(name).busy} | {
        (one.stream, one.n) for one in t.effects if isinstance(one, PutChunk)
    }
    wanted = [
        piece
        for piece in sorted(known.missing, key=lambda piece: state.bad.get(piece.sha, 0))
        if (stream, piece.n) not in under_way
    ]
    for name in CHUNK_LANES:
        lane = state.lane(name)
        if lane.busy or t.now < lane.due_ms:
            continue
        piece = next((one for one in wanted if not one.at_hand), None)
        if piece is None:
            break
        wanted.remove(piece)
        t.effects.append(SendChunk(name, stream, piece.n, piece.sha))
        state = with_lane(state, name, replace(lane, busy=True))
        state = replace(state, fetched={**state.fetched, name: (stream, piece.n)})
    taking = any(isinstance(effect, TakeChunk) for effect in t.effects)
    near = next((one for one in wanted if one.at_hand), None)
    if near is not None and not taking and t.now >= state.lane(COPY + stream).due_ms:
        t.effects.append(TakeChunk(stream, near.n))
    return state


def hear_copy(event: Listed | ChunkCame, t: Moment) -> State:
    """The hub's list, or a piece."""
    if isinstance(event, Listed):
        return _listed(event, t)
    state = freed(t.state, event.lane)
    piece = _piece(t, event.stream, event.n)
    if piece is None or piece.sha != event.sha or not copies(state, t, event.stream):
        return state  # asked for a replica before this one, or of another list
    t.effects.append(PutChunk(event.lane, event.stream, event.n, event.sha, event.lines))
    return state


def _listed(event: Listed, t: Moment) -> State:
    told = event.snapshot
    lane = COPY + told.stream
    if t.state.streams.get(told.stream) != told.feed:
        return replace(failed(t.state, t, lane, "feed_changed"), hello_due_ms=t.now)
    state = freed(t.state, lane)
    if copies(state, t, told.stream):
        t.effects.append(KeepList(told))
    return replace(state, renew=state.renew - {told.stream})


def _piece(t: Moment, stream: str, n: int) -> Missing | None:
    known = t.view.copying.get(stream)
    return next((one for one in known.missing if one.n == n), None) if known else None


def no_list(event: Answered, t: Moment, state: State) -> State:
    """Any answer but a list: a hub that has none is asked for pages."""
    stream = event.lane.removeprefix(COPY)
    if event.status != _GONE:
        return failed(state, t, event.lane, event.code)
    state = freed(state, event.lane)
    return replace(state, plain=state.plain | {stream}, renew=state.renew - {stream})


def no_piece(event: Answered | Lost, t: Moment, state: State) -> State:
    """A piece that is gone, or is not what its hash says.

    The list is asked for again: there may be a newer one. A piece that stays away does not keep a
    till without its catalogue: it begins anew, page by page.
    """
    stream, n = state.fetched.get(event.lane, ("", -1))
    state = failed(state, t, event.lane, event.code)
    gone = isinstance(event, Lost) or event.status == _GONE
    piece = _piece(t, stream, n)
    if not gone or piece is None:
        return state
    tried = state.bad.get(piece.sha, 0) + 1
    state = replace(state, bad={**state.bad, piece.sha: tried})
    if tried >= TRIES and copies(state, t, stream):
        return replace(build(state, t), plain=frozenset({stream}))
    return replace(state, renew=state.renew | {stream})
