"""Planted bugs of the engine: what a till believes, sends again, gives up and writes down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sync.engine import hearing, intake, lanes
from sync.engine.files import ALL_SENT, TillFiles
from sync.engine.runner import Runner
from sync.engine.state import PUSH, Acked, KeepAck, SendPush, Welcomed
from sync.protocol import Head
from sync.simulation import plants_hub

Rows = list[tuple[Any, str, Any]]


def _ack_by_seq() -> Rows:
    real = intake.acked

    def acked(*given: Any) -> Any:
        event = real(*given)
        if isinstance(event, Acked) and event.proven:
            return replace(event, own_hash=event.ack.hash)
        return event

    greeted = intake.welcomed

    def welcomed(*given: Any) -> Any:
        event = greeted(*given)
        if isinstance(event, Welcomed):
            return replace(event, own_hash=event.reply.head.hash)
        return event

    return [(intake, "acked", acked), (intake, "welcomed", welcomed)]


def _only_numbers() -> Rows:
    return [*_ack_by_seq(), *plants_hub.unseeing(), *plants_hub.unchained()]


def _ack_unsigned() -> Rows:
    return [(intake, "_signed", lambda *_given: True)]


def _401_is_delivered() -> Rows:
    """Whoever sends 401 has taken what was pushed."""
    real = hearing._answered

    def answered(event: Any, t: Any) -> Any:
        if event.status == 401 and event.lane == PUSH and t.state.base >= 0:
            t.effects.append(KeepAck(Head(1, t.view.head, ""), "", ""))
        return real(event, t)

    return [(hearing, "_answered", answered)]


def _sent_noted_after_sending() -> Rows:
    def send(self: Any, effect: SendPush) -> None:
        batch, self._ahead = self._ahead, None
        if batch is None or batch.after != effect.after:
            batch = self._files.read(effect.after, effect.max_events, effect.max_bytes)
        if batch is None:
            return
        self._asked[PUSH] = _asked(self, effect, batch.last)
        self._net.send(PUSH, self._desk.push(batch, self._hub_now()))
        self._files.keep_sent(batch.last)
        self._sent = max(self._sent, batch.last)

    def foresee(self: Any) -> None:
        del self

    return [(Runner, "_send_push", send), (Runner, "_foresee", foresee)]


def _asked(runner: Any, effect: Any, last: int) -> Any:
    from sync.engine.runner import _Asked

    return _Asked(effect, runner._clock.now(), last)


def _lane_stays_busy() -> Rows:
    """A page that never came is waited for, for ever."""
    real = hearing._lost

    def lost(event: Any, t: Any) -> Any:
        if event.lane.startswith("pull:"):
            return t.state
        return real(event, t)

    return [(hearing, "_lost", lost)]


def _retry_given_up() -> Rows:
    """After four failures a lane is not tried again."""
    real = lanes.failed

    def failed(state: Any, t: Any, name: str, code: str) -> Any:
        state = real(state, t, name, code)
        lane = state.lane(name)
        if lane.failures < 4:
            return state
        return lanes.with_lane(state, name, replace(lane, due_ms=t.now + (1 << 40)))

    return [(hearing, "failed", failed)]


def _wrong_clock_never_signs() -> Rows:
    return [(Runner, "_use_hub_time", lambda _self: None)]


def _behind_is_ignored() -> Rows:
    """What the hub has lost is not sent again."""
    real = hearing._welcomed

    def welcomed(event: Any, t: Any) -> Any:
        state = real(event, t)
        if event.reply.verdict == "behind":
            t.effects[:] = [one for one in t.effects if not isinstance(one, KeepAck)]
            return replace(state, base=max(state.base, t.view.acked))
        return state

    return [(hearing, "_welcomed", welcomed)]


def _noted_in_memory_only() -> Rows:
    """While the search is ranked, how far was sent stands in memory alone."""
    real = TillFiles._note_meanwhile

    def note(self: Any) -> None:
        writer = self._noted
        if writer is None:
            return
        was = writer.sent_upto()
        real(self)
        if writer.sent_upto()[1] == ALL_SENT:
            writer.set_sent_upto(*was)

    return [(TillFiles, "_note_meanwhile", note)]


def _pages_out_of_order() -> Rows:
    """A page is written wherever it begins, and the cursor goes where it ends."""
    return [
        (hearing, "_fed", _fed),
    ]


def _fed(event: Any, t: Any) -> Any:
    from sync.engine.state import PULL, Apply

    reply, lane_name = event.reply, PULL + event.reply.stream
    state = lanes.freed(t.state, lane_name)
    at = (reply.feed, reply.end + 1 if reply.more else reply.end)
    fed = replace(state.lane(lane_name), at=at, caught_up=not reply.more)
    if reply.rows:
        t.effects.append(Apply(reply))
    return lanes.with_lane(state, lane_name, fed)


ROWS: Final = (
    (
        "ack_by_seq",
        "A till believes an ack by its number, and the hub takes what it has for what was sent.",
        *("clone", 10, lambda: [*_ack_by_seq(), *plants_hub.unseeing()]),
    ),
    (
        "only_numbers_count",
        "Neither till nor hub looks at the hashes of a chain.",
        *("clone", 10, _only_numbers),
    ),
    ("ack_unsigned", "A till believes an ack that the hub did not sign.", "wire", 8, _ack_unsigned),
    (
        "a_401_is_delivered",
        "A till takes 401 for an answer of the hub and drops what it sent.",
        *("wire", 8, _401_is_delivered),
    ),
    (
        "sent_noted_after_sending",
        "How far was sent is written down after the first byte has left.",
        *("crash", 12, _sent_noted_after_sending),
    ),
    (
        "lane_stays_busy",
        "A page that never came is waited for, for ever.",
        "wire",
        8,
        _lane_stays_busy,
    ),
    ("retry_given_up", "What failed four times is not tried again.", "wire", 8, _retry_given_up),
    (
        "wrong_clock_never_signs",
        "A till whose clock is wrong goes on signing by it.",
        *("clock", 6, _wrong_clock_never_signs),
    ),
    (
        "behind_is_ignored",
        "A till does not send again what a restored hub has lost.",
        *("hub-restore", 8, _behind_is_ignored),
    ),
    (
        "noted_in_memory_only",
        "How far was sent stands in memory alone while the search is ranked.",
        *("crash", 30, _noted_in_memory_only),
    ),
    (
        "cursor_beyond_the_page",
        "The next page is asked for one position too late.",
        *("feed", 6, _pages_out_of_order),
    ),
)
