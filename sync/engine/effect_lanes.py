"""Which lane an effect belongs to, and an answer as the window is told of it."""

from __future__ import annotations

from typing import Any

from sync.engine.copy_state import COPY, KeepList, PutChunk, SendChunk, SendList, TakeChunk
from sync.engine.state import (
    ASK,
    BUILD,
    HELLO,
    PULL,
    PUSH,
    Apply,
    Effect,
    KeepAck,
    ReadAhead,
    SendAsk,
    SendHello,
    SendPull,
    SendPush,
    TellAnswer,
)


def answer_message(effect: TellAnswer) -> dict[str, Any]:
    """An answer as it goes over the link; the body is the hub's JSON."""
    told = {"op": "answer", "id": effect.ask_id, "status": effect.status, "code": effect.code}
    return {**told, "body": effect.body.decode(errors="replace")}


def lane_of(effect: Effect) -> str:
    """The lane that waits where the effect fails, and what builds on it."""
    lane = BUILD
    match effect:
        case SendAsk() | TellAnswer():
            lane = ASK
        case SendPush() | ReadAhead() | KeepAck():
            lane = PUSH
        case SendHello():
            lane = HELLO
        case SendPull():
            lane = PULL + effect.stream
        case Apply():
            lane = PULL + effect.reply.stream
        case SendChunk() | PutChunk():
            lane = effect.lane
        case SendList() | TakeChunk():
            lane = COPY + effect.stream
        case KeepList():
            lane = COPY + effect.snapshot.stream
    return lane
