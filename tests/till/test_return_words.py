"""The hub's word on a return of what another till sold: had, refused, or not waited for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pos_app.domain.errors import Refused, Unavailable
from pos_app.store.replica import ReplicaWriter
from pos_app.till import refund, return_words, rights
from pos_app.till.refund import Returning
from pos_app.words import text_of
from sync.protocol import GrantReleased, ReturnAsk, RightPart, RightReply, Taken
from tests.till.shop import COFFEE, SCARF
from tests.till.test_checkout import facts, sold
from tests.till.test_refund import elsewhere_sold, returning


def asked(counter: Any, *lines: int) -> Returning:
    till = counter.till
    sale = elsewhere_sold(counter, sold(till, SCARF, COFFEE).sale)
    back = refund.authorise(till, returning(till, sale, *lines))
    assert return_words.waits(till, back.auth)
    return back


def answered(counter: Any, back: Returning, state: str = "AUTHORISED") -> None:
    """What sync brings."""
    till = counter.till
    question = till.ledger.question(back.auth)
    said = msgspec.json.decode(question.body, type=ReturnAsk)
    parts = tuple(RightPart("sold", f"{said.sale}/{line}", qty) for line, qty in said.lines)
    own = till.identity
    why = "not_enough" if state == "REFUSED" else ""
    reply = RightReply(
        back.auth, "return", state, own.device, own.epoch, 1_800, parts, "2026-11-25T10:00:00Z", why
    )
    body = msgspec.json.encode(reply).decode()
    till.hear({"op": "answer", "id": back.auth, "status": 200, "code": "", "body": body})


def released(counter: Any) -> list[tuple[str, str]]:
    return [(each.right, each.reason) for each in facts(counter.till, GrantReleased)]


def test_with_the_hubs_word_the_refund_says_so_and_the_word_is_used_up(counter):
    till = counter.till
    back = asked(counter, 1)
    answered(counter, back)
    done = refund.complete(till, back).refund
    assert (done.auth, done.offline) == (back.auth, False)
    right = till.ledger.held_right(back.auth)
    assert (right.state, right.remaining) == ("RETURNED", 0)
    assert released(counter) == []


def test_what_came_back_before_gives_no_money(counter):
    back = asked(counter, 1)
    answered(counter, back, "REFUSED")
    before = counter.till.ledger.head()
    with pytest.raises(Refused, match="return_not_authorised"):
        refund.complete(counter.till, back)
    assert counter.till.ledger.head() == before


def test_without_an_answer_the_counter_goes_on_as_without_a_hub(counter):
    till = counter.till
    back = asked(counter, 1)
    done = refund.complete(till, back).refund
    assert (done.auth, done.offline) == ("", True)
    assert released(counter) == [(back.auth, "given_up")], "a late word is worthless"
    assert not return_words.waits(till, back.auth)
    answered(counter, back)
    assert till.ledger.held_rights() == [], "and nothing is held by it"


def test_another_choice_gives_the_earlier_word_back(counter):
    till = counter.till
    back = asked(counter, 1)
    answered(counter, back)
    again = refund.authorise(till, refund.choose(back, 2, 1_000, "faulty"))
    assert again.auth not in ("", back.auth)
    assert released(counter) == [(back.auth, "not_needed")]


def test_a_word_for_other_lines_or_one_that_is_over_is_none(counter):
    till = counter.till
    back = asked(counter, 1)
    answered(counter, back)
    counter.clock.go(3_600)
    done = refund.complete(till, refund.choose(back, 2, 1_000, "faulty")).refund
    assert (done.auth, done.offline) == ("", True)
    assert released(counter) == [(back.auth, "not_needed")]


def test_nobody_is_asked_about_ones_own_sales_or_without_a_line(counter):
    till = counter.till
    own = returning(till, sold(till, SCARF).sale, 1)
    assert refund.authorise(till, own).auth == ""
    counter.line.connected = False
    other = returning(till, elsewhere_sold(counter, sold(till, SCARF).sale), 1)
    assert refund.authorise(till, other).auth == ""


def test_time_measured_by_the_clock_nobody_sets_gives_a_word_back(counter):
    till = counter.till
    back = asked(counter, 1)
    answered(counter, back)
    counter.clock.moment = counter.clock.moment.replace(year=2030)
    assert rights.release_over(till) == 0, "a wall clock decides nothing"
    counter.clock.ms += 1_800_000
    assert rights.release_over(till) == 1
    assert released(counter) == [(back.auth, "ttl")]
    back = asked(counter, 1)
    answered(counter, back)
    counter.clock.boot = "boot-2"
    assert rights.release_over(till) == 1, "started anew: nobody knows how long it was off"


def test_large_returns_without_an_answer_meet_the_offline_limit(counter):
    till = counter.till
    sale = elsewhere_sold(counter, sold(till, *[SCARF] * 6).sale)
    counter.swap("mia")
    back = refund.authorise(till, returning(till, sale, 1))
    with pytest.raises(Unavailable, match="needs_hub"):
        refund.complete(till, back)
    answered(counter, back)
    assert refund.complete(till, back).refund.auth == back.auth


def refused_by(counter: Any, back: Returning, taken: Taken | None) -> str:
    """What a person is told where the hub says no."""
    question = counter.till.ledger.question(back.auth)
    said = msgspec.json.decode(question.body, type=ReturnAsk)
    parts = tuple(RightPart("sold", f"{said.sale}/{line}", qty) for line, qty in said.lines)
    own = counter.till.identity
    reply = RightReply(
        *(back.auth, "return", "REFUSED", own.device, own.epoch, 1_800, parts),
        *("2026-11-25T10:00:00Z", "not_enough"),
        taken=taken,
    )
    body = msgspec.json.encode(reply).decode()
    counter.till.hear({"op": "answer", "id": back.auth, "status": 200, "code": "", "body": body})
    with pytest.raises(Refused) as told:
        refund.complete(counter.till, back)
    assert return_words.refusal(counter.till, back.auth).code == told.value.code
    return text_of(told.value).title


@pytest.mark.parametrize(
    ("taken", "title"),
    [
        (None, "The hub says that these goods came back before."),
        (
            Taken("refund", "1", "7", "2026-11-25T09:40:00.000Z"),
            "These goods came back already: till 7, 10:40.",
        ),
        (
            Taken("void", "4", "1", "2026-11-24T09:40:00.000Z"),
            "These goods came back already: store 4, till 1, Nov 24, 2026 10:40.",
        ),
        (
            Taken("word", "1", "7", "2026-11-25T09:59:59.000Z"),
            "Till 7 of store 1 is taking these goods back now.",
        ),
    ],
)
def test_a_person_is_told_who_has_the_goods_and_since_when(counter, taken, title):
    assert refused_by(counter, asked(counter, 1), taken) == title


def test_a_no_to_other_lines_is_no_no_to_these(counter):
    till = counter.till
    back = asked(counter, 1)
    answered(counter, back, "REFUSED")
    done = refund.complete(till, refund.choose(refund.begin_again(back), 2, 1_000, "faulty"))
    assert (done.refund.auth, done.refund.offline) == ("", True)


def test_a_later_question_says_which_it_stands_for(counter):
    till = counter.till
    back = asked(counter, 1)
    again = refund.authorise(till, refund.choose(back, 2, 1_000, "faulty"))
    body = till.ledger.question(again.auth).body
    assert msgspec.json.decode(body, type=ReturnAsk).instead_of == back.auth


def test_of_ones_own_sale_the_hub_is_asked_as_soon_as_it_holds_it(counter):
    till = counter.till
    back = returning(till, sold(till, SCARF).sale, 1)
    assert refund.is_ours_alone(till, back)
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        head = till.ledger.head()
        writer.set_ack(head, "", "2026-11-25T10:00:00.000Z")
    till.catalogue.reopen()
    assert refund.must_ask(till, back)
    back = refund.authorise(till, back)
    assert return_words.waits(till, back.auth)
    answer = {"op": "answer", "id": back.auth, "status": 409, "code": "sale_unknown", "body": ""}
    till.hear(answer)
    assert return_words.in_vain(till, back.auth)
    assert not refund.complete(till, back).refund.offline, "nobody else can have taken it back"
