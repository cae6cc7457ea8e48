"""Questions of the window on their lane: one at a time, unknown where nobody answers, never lost."""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec
import pytest

from sync.engine import intake
from sync.engine.ports import Reply
from sync.engine.state import (
    ASK,
    AnswerCame,
    Asked,
    Effect,
    Event,
    Lost,
    Mode,
    SendAsk,
    State,
    TellAnswer,
    Tick,
    Turn,
    View,
)
from sync.engine.step import step
from sync.protocol import Problem, RightReply

PATH = "/v1/holds"


def turn(state: State, event: Event) -> tuple[State, list[Effect]]:
    view = View(1, 1, {}, ready=True, building=False, window=True, clients=1)
    after, effects = step(state, Turn(event, view), 1_000, random.Random(1))
    return after, [each for each in effects if isinstance(each, SendAsk | TellAnswer)]


def live() -> State:
    return State(mode=Mode.LIVE, base=1, hello_due_ms=1 << 40)


def test_one_at_a_time_in_the_order_they_were_asked() -> None:
    state, sent = turn(live(), Asked("one", PATH, b"1"))
    assert sent == [SendAsk("one", PATH, b"1")]
    state, sent = turn(state, Asked("two", PATH, b"2"))
    assert sent == []
    state, sent = turn(state, Asked("one", PATH, b"1"))
    assert sent == [], "it is on its way already"
    state, sent = turn(state, AnswerCame("one", 200, b"{}", ""))
    assert sent == [TellAnswer("one", 200, b"{}", ""), SendAsk("two", PATH, b"2")]
    state, sent = turn(state, AnswerCame("two", 409, b"", "right_over"))
    assert sent == [TellAnswer("two", 409, b"", "right_over")]
    assert state.asks == ()


def test_a_line_that_breaks_tells_all_of_them_unknown_and_the_next_goes_at_once() -> None:
    state, _ = turn(live(), Asked("one", PATH, b"1"))
    state, _ = turn(state, Asked("two", PATH, b"2"))
    state, told = turn(state, Lost(ASK, "hub_silent"))
    assert told == [TellAnswer(each, 0, b"", "hub_silent") for each in ("one", "two")]
    assert state.mode is Mode.PULL, "the other lanes say whether there is contact"
    _, sent = turn(state, Asked("one", PATH, b"1"))
    assert sent == [SendAsk("one", PATH, b"1")]


@pytest.mark.parametrize("mode", [Mode.OFFLINE, Mode.HELLO, Mode.PAUSED, Mode.REFUSED])
def test_without_contact_the_answer_is_unknown_at_once(mode: Mode) -> None:
    state = State(mode=mode, hello_due_ms=1 << 40)
    after, told = turn(state, Asked("one", PATH, b"1"))
    assert told == [TellAnswer("one", 0, b"", "hub_unreachable")]
    assert after.asks == ()


def test_contact_lost_while_one_waits_behind_another() -> None:
    state, _ = turn(live(), Asked("one", PATH, b"1"))
    state, _ = turn(state, Asked("two", PATH, b"2"))
    state = changed(state, mode=Mode.PAUSED, code="fork")
    state, told = turn(state, Tick())
    assert told == [TellAnswer("two", 0, b"", "fork")], "the first is under way: its lane will say"
    assert [each.ask_id for each in state.asks] == ["one"]


def changed(state: State, **said: object) -> State:
    return replace(state, **said)  # type: ignore[arg-type]


def problem(status: int, code: str) -> Reply:
    return Reply(status, {}, msgspec.json.encode(Problem(f"/problems/{code}", "said", status)))


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (409, "fenced", 409),
        (422, "id_reused", 422),
        (404, "sale_unknown", 404),
        (401, "signature_expired", 0),
        (403, "device_revoked", 0),
        (429, "slow_down", 0),
        (503, "hub_recovering", 0),
        (500, "internal", 0),
    ],
)
def test_only_what_the_hub_decided_ends_a_question(status: int, code: str, told: int) -> None:
    came = intake.came(problem(status, code), "one", "00" * 32)
    assert (came.status, came.code) == (told, code)


def test_an_answer_without_the_hubs_signature_is_none() -> None:
    reply = RightReply("one", "hold", "HELD", "d", 1, 60, (), "2026-11-25T10:00:00Z", sig="AAAA")
    came = intake.came(Reply(200, {}, msgspec.json.encode(reply)), "one", "00" * 32)
    assert (came.status, came.code, came.body) == (0, "ack_unproven", b"")
    assert intake.came(Reply(200, {}, b"nonsense"), "one", "00" * 32).status == 0
    assert intake.came(Reply(404, {}, b"<html>"), "one", "00" * 32).code == "hub_garbled"


@pytest.mark.parametrize("path", ["/v1/devices/enrol", "/v1/sync/push", "/v1/holds/../x", ""])
def test_sync_signs_nothing_but_questions_about_rights(path: str) -> None:
    assert intake.asked({"op": "ask", "id": "one", "path": path, "body": "{}"}) is None
    named = f"{PATH}/0197a1c2-0000-7000-8000-000000000001/capture"
    found = intake.asked({"op": "ask", "id": "one", "path": named, "body": "{}"})
    assert found == Asked("one", named, b"{}")
    for known in ("/v1/reservations", "/v1/orders"):
        assert intake.asked({"op": "ask", "id": "one", "path": known, "body": "{}"}), known
