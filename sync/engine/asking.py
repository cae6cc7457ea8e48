"""Questions of the window that the hub alone can answer, on a lane of their own.

The window keeps a question in the ledger and asks it over the link; here it is held in memory only,
sent signed, and the answer told. Where none comes the window hears "unknown" and asks again, under
the same id: also after a restart of either process, so nothing here has to be kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sync.engine.lanes import TALKING, Moment, freed, with_lane
from sync.engine.state import (
    ASK,
    TABLE,
    AnswerCame,
    Asked,
    SendAsk,
    State,
    TellAnswer,
)

WAITING_MAX: Final = 50
"""Questions that may wait; one more is told to come again."""
UNKNOWN: Final = 0
"""The status of a question nobody answered."""


def hear_ask(event: Asked | AnswerCame, t: Moment) -> State:
    """A question of the window's, or what became of one."""
    return _asked(event, t) if isinstance(event, Asked) else _answered(event, t)


def _asked(event: Asked, t: Moment) -> State:
    """The window asks: taken where the hub answers just now, else told at once that it does not."""
    state = t.state
    if any(one.ask_id == event.ask_id for one in state.asks):
        return state
    if state.mode not in TALKING:
        code = state.code or "hub_unreachable"
    elif len(state.asks) >= WAITING_MAX:
        code = "hub_busy"
    else:
        return replace(state, asks=(*state.asks, event))
    t.effects.append(TellAnswer(event.ask_id, UNKNOWN, b"", code))
    return state


def _answered(event: AnswerCame, t: Moment) -> State:
    """An answer, or the news that none came; the next question may go."""
    t.effects.append(TellAnswer(event.ask_id, event.status, event.body, event.code))
    state = freed(t.state, ASK)
    return replace(state, asks=tuple(one for one in state.asks if one.ask_id != event.ask_id))


def lost_ask(code: str, t: Moment) -> State:
    """The line broke under a question: nobody knows, and what waits behind it is told so too."""
    for one in t.state.asks:
        t.effects.append(TellAnswer(one.ask_id, UNKNOWN, b"", code))
    return replace(freed(t.state, ASK), asks=())


def plan_asks(state: State, t: Moment) -> State:
    """The question that is next, after what has to be pushed."""
    if not state.asks:
        return state
    if not TABLE[state.mode].push:
        t.effects += [
            TellAnswer(one.ask_id, UNKNOWN, b"", state.code or "hub_unreachable")
            for one in state.asks[int(state.lane(ASK).busy) :]
        ]
        return replace(state, asks=state.asks[: int(state.lane(ASK).busy)])
    if state.lane(ASK).busy:
        return state
    first = state.asks[0]
    t.effects.append(SendAsk(first.ask_id, first.path, first.body))
    return with_lane(state, ASK, replace(state.lane(ASK), busy=True))
