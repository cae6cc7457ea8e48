"""The hub's word on a return, in the window: asked when the choice rests, waited for, told."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pos_app.presenters import return_word
from pos_app.store.replica import ReplicaWriter
from pos_app.store.rights_held import Question
from pos_app.ui import keys
from sync.hub.refunds import ref_of
from sync.protocol import GrantReleased, Refunded, ReturnAsk, RightPart, RightReply, Taken
from tests.till.shop import feed
from tests.till.test_checkout import facts
from tests.ui.shop import Hand, make_data, opened
from tests.ui.shots_returns import codes_of

ALT = Qt.KeyboardModifier.AltModifier
pytestmark = pytest.mark.slow
LONG_MS = 600_000
"""A moment's patience that does not end while a test runs."""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    with opened(make_data(tmp_path_factory.mktemp("shop") / "till")) as hand:
        hand.ready()
        yield hand


@pytest.fixture
def hand(window: Hand, monkeypatch: pytest.MonkeyPatch) -> Hand:
    monkeypatch.setattr(keys, "GUARD_MS", 20)
    monkeypatch.setattr(return_word, "REST_MS", 0)
    monkeypatch.setattr(return_word, "PATIENCE_MS", LONG_MS)
    it = window.window
    soon = it.later
    monkeypatch.setattr(it, "later", lambda ms, job: soon(ms, job) if ms < LONG_MS else None)
    window.line.connected = True
    for _step in range(3):
        it.returns.cancel()
    it.acts.go_sell()
    window.settle()
    window.before = len(facts(window.till, Refunded))
    return window


def brought(hand: Hand, number: int) -> str:
    """A sale of another till, its one item chosen; the code of the item."""
    code = codes_of(hand, 1)[0]
    hand.scan(code)
    hand.scan(code)
    hand.key(Qt.Key.Key_F10)
    sale = hand.till.view.sale_by_number(hand.till.view.sales(1)[0].doc_no)
    there = replace(
        *(sale,),
        id=f"0197a1c2-0000-7000-8000-0000000{number:05}",
        till="7",
        doc_no=f"1-7-1.{number}",
    )
    with ReplicaWriter.open(hand.till.data, hand.till.keys.db_key) as writer:
        _, pos = writer.cursors()["store:1"]
        writer.apply(feed("store:1", pos, ("sale_ref", [ref_of(there)])))
    hand.till.catalogue.reopen()
    hand.key(Qt.Key.Key_F8)
    hand.scan(there.doc_no)
    hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 1), ALT)
    return code


def question(hand: Hand) -> Question:
    """The one about this return, as soon as it is kept."""
    for _turn in range(6_000):
        hand.settle()
        found = [each for each in hand.till.view.open_questions() if "return" in each.path]
        if found:
            return found[-1]
        QTest.qWait(10)
    raise AssertionError("nobody asked")


def answer(hand: Hand, asked: Question, state: str, taken: Taken | None = None) -> None:
    """What sync brings, heard as the window hears it."""
    said = msgspec.json.decode(asked.body, type=ReturnAsk)
    parts = tuple(RightPart("sold", f"{said.sale}/{line}", qty) for line, qty in said.lines)
    own = hand.till.identity
    reply = RightReply(
        *(asked.ask_id, "return", state, own.device, own.epoch, 1_800, parts),
        "2026-11-25T10:00:00Z",
        taken=taken,
    )
    body = msgspec.json.encode(reply).decode()
    told = {"op": "answer", "id": asked.ask_id, "status": 200, "code": "", "body": body}
    word = hand.window.returns.word
    hand.window.run("ledger", lambda: hand.till.hear(told), lambda _: word.heard())
    hand.settle()


def refunds(hand: Hand) -> list[Refunded]:
    return facts(hand.till, Refunded)[hand.before :]


def test_the_word_comes_while_people_look_and_f12_pays_with_it(hand: Hand) -> None:
    brought(hand, 41)
    asked = question(hand)
    answer(hand, asked, "AUTHORISED")
    hand.key(Qt.Key.Key_F12)
    (fact,) = refunds(hand)
    assert (fact.auth, fact.offline) == (asked.ask_id, False)


def test_who_finishes_sooner_waits_a_moment_and_sees_for_what(hand: Hand) -> None:
    brought(hand, 42)
    hand.key(Qt.Key.Key_F12)
    asked = question(hand)
    state = hand.window.returns.state
    assert (refunds(hand), state.button_reason) == ([], "Asking head office…")
    answer(hand, asked, "AUTHORISED")
    (fact,) = refunds(hand)
    assert fact.auth == asked.ask_id


def test_nobody_waits_longer_than_a_moment(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(return_word, "PATIENCE_MS", 50)
    brought(hand, 43)
    question(hand)
    hand.key(Qt.Key.Key_F12)
    for _turn in range(6_000):
        hand.settle()
        if refunds(hand):
            break
        QTest.qWait(10)
    (fact,) = refunds(hand)
    assert (fact.auth, fact.offline) == ("", True), "by the rules of a till without its hub"


def test_a_no_is_told_at_once_and_the_button_says_why(hand: Hand) -> None:
    brought(hand, 44)
    asked = question(hand)
    answer(hand, asked, "REFUSED", Taken("refund", "1", "2", "2026-11-25T08:10:00.000Z"))
    state = hand.window.returns.state
    assert state.refused == "These goods came back already: till 2, 09:10."
    assert state.button_reason == state.refused
    assert state.refused_detail.startswith("No money was given.")
    hand.key(Qt.Key.Key_F12)
    assert refunds(hand) == []


def test_another_choice_asks_anew_and_one_dropped_is_given_back(hand: Hand) -> None:
    code = brought(hand, 45)
    first = question(hand)
    answer(hand, first, "AUTHORISED")
    hand.scan(code)
    second = question(hand)
    said = msgspec.json.decode(second.body, type=ReturnAsk)
    assert (said.instead_of, said.lines[0][1]) == (first.ask_id, 2_000)
    answer(hand, second, "AUTHORISED")
    while hand.window.returns.cancel():
        pass
    hand.settle()
    given = [each.right for each in facts(hand.till, GrantReleased)]
    assert given[-2:] == [first.ask_id, second.ask_id]


def test_of_what_only_this_till_knows_nobody_is_asked(hand: Hand) -> None:
    code = codes_of(hand, 1)[0]
    hand.scan(code)
    hand.key(Qt.Key.Key_F10)
    number = hand.till.view.sales(1)[0].doc_no
    hand.key(Qt.Key.Key_F8)
    hand.scan(number)
    hand.scan(code)
    hand.key(Qt.Key(Qt.Key.Key_0 + 1), ALT)
    hand.key(Qt.Key.Key_F12)
    (fact,) = refunds(hand)
    assert (fact.auth, fact.offline) == ("", False)
