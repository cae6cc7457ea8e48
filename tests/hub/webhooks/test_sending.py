"""Events leave the hub signed, again and again until they arrive or a day is over."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from sync.hub.answers import RandomIds
from sync.hub.channels import keeping
from sync.hub.database import Connection, Database
from sync.hub.webhooks import outbox, subscriptions, telling
from sync.hub.webhooks.sending import Sender
from sync.hub.webhooks.signing import headers, new_secret
from tests.hub.tills import HandClock
from tests.hub.webhooks.receiver import Receiver, listening


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as one:
        yield one


class Outgoing:
    """A hub's outbox, and the sender at it, by a clock that is set by hand."""

    def __init__(self, database: Database, books: Connection, clock: HandClock) -> None:
        self.books, self.clock = books, clock
        self.sender = Sender(
            database, clock, patience_s=5, pause=lambda low, high: (low + high) / 2
        )

    def add(self, url: str, *types: str, name: str = "one") -> str:
        with self.books.transaction():
            _, secret = subscriptions.add(
                self.books,
                name,
                url,
                list(types) or ["*"],
                RandomIds(),
                self.clock.now(),
                private_ok=True,
            )
        return secret

    def tell(self, kind: str = "order.ready", **data: object) -> str:
        with self.books.transaction():
            return telling.tell(self.books, kind, data or {"order": "1"}, self.clock.now())

    def states(self, name: str = "one") -> list[str]:
        return [one.state for one in subscriptions.deliveries(self.books, name)]


@pytest.fixture
def outgoing(
    database: Database, books: Connection, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Outgoing]:
    if books.shared:
        monkeypatch.setenv(keeping.KEY_VARIABLE, "5a" * 32)
    one = Outgoing(database, books, clock)
    yield one
    one.sender.close()


@pytest.mark.both_engines
def test_an_event_arrives_once_signed_by_the_secret_that_was_shown(
    outgoing: Outgoing, receiver: Receiver
) -> None:
    secret = outgoing.add(receiver.url)
    event = outgoing.tell("order.ready", order="7", store="1")
    assert outgoing.sender.once() == 1
    assert outgoing.sender.once() == 0
    (got,) = receiver.got
    assert got.path == "/in?x=1"
    assert got.id == event
    assert got.signed_by(secret)
    assert not got.signed_by("whsec_" + "A" * 44)
    assert got.headers["webhook-timestamp"] == str(int(outgoing.clock.now().timestamp()))
    assert got.message["type"] == "order.ready"
    assert got.message["data"] == {"order": "7", "store": "1"}
    assert got.message["timestamp"].endswith("Z")
    assert outgoing.states() == ["done"]


def test_nobody_listens_and_nothing_is_written(outgoing: Outgoing) -> None:
    assert outgoing.tell() == ""
    assert outgoing.books.text("SELECT count(*) FROM webhook_event") == [(0,)]


def test_who_listens_is_read_once_a_second_and_not_for_each_event(outgoing: Outgoing) -> None:
    outgoing.tell()
    asked = Counter[str]()
    plain = outgoing.books.all

    def counting(*given: object) -> list[tuple[object, ...]]:
        asked["reads"] += 1
        return plain(*given)  # type: ignore[arg-type]

    outgoing.books.all = counting  # type: ignore[method-assign,assignment]
    for _ in range(500):
        telling.tell(outgoing.books, "sale.completed", {}, outgoing.clock.now())
    assert asked["reads"] == 0
    outgoing.clock.forward(seconds=1)
    telling.tell(outgoing.books, "sale.completed", {}, outgoing.clock.now())
    assert asked["reads"] == 1


def test_only_what_was_asked_for(outgoing: Outgoing, receiver: Receiver) -> None:
    outgoing.add(receiver.url, "order.*", "stock.changed")
    for kind in ("sale.completed", "order.ready", "stock.changed", "order.short"):
        outgoing.tell(kind)
    outgoing.sender.once()
    assert {got.message["type"] for got in receiver.got} == {
        "order.ready",
        "stock.changed",
        "order.short",
    }


def test_what_was_undone_is_told_to_nobody(outgoing: Outgoing, receiver: Receiver) -> None:
    outgoing.add(receiver.url)
    with contextlib.suppress(ZeroDivisionError), outgoing.books.transaction():
        assert telling.tell(outgoing.books, "order.ready", {}, outgoing.clock.now())
        raise ZeroDivisionError
    assert outgoing.sender.once() == 0


@pytest.mark.both_engines
def test_a_failure_is_tried_again_under_the_same_id_with_a_new_time(
    outgoing: Outgoing, receiver: Receiver
) -> None:
    secret = outgoing.add(receiver.url)
    event = outgoing.tell()
    receiver.answers = [(500, {}), (302, {"location": receiver.url}), (200, {})]
    for seconds in (0, 5, 20):
        outgoing.clock.forward(seconds=seconds - 0.1)
        assert outgoing.sender.once() == 0 if seconds else True
        outgoing.clock.forward(seconds=0.1)
        outgoing.sender.once()
    assert [got.id for got in receiver.got] == [event] * 3
    assert len({got.headers["webhook-timestamp"] for got in receiver.got}) == 3
    assert all(got.signed_by(secret) for got in receiver.got)
    assert len({got.body for got in receiver.got}) == 1
    assert outgoing.states() == ["done"]


def test_pauses_grow_and_are_never_the_same() -> None:
    middle = [outbox.pause_s(tries, lambda low, high: (low + high) / 2) for tries in range(1, 12)]
    assert middle[:4] == [5, 20, 80, 320]
    assert max(middle) == 6 * 3600
    assert outbox.pause_s(3) != outbox.pause_s(3)
    assert all(60 <= outbox.pause_s(3) <= 100 for _ in range(50))


@pytest.mark.both_engines
def test_after_a_day_it_is_dead_and_is_sent_again_when_somebody_says_so(
    outgoing: Outgoing, receiver: Receiver
) -> None:
    outgoing.add(receiver.url)
    event = outgoing.tell()
    receiver.answer = (500, {})
    began = outgoing.clock.now()
    while outgoing.states() == ["due"]:
        outgoing.sender.once()
        outgoing.clock.forward(minutes=10)
    hours = (outgoing.clock.now() - began).total_seconds() / 3600
    assert 24 <= hours < 24.5
    assert 8 <= len(receiver.got) <= 14
    (dead,) = subscriptions.deliveries(outgoing.books, "one")
    assert (dead.state, dead.event_id, dead.status) == ("dead", event, 500)
    receiver.answer = (200, {})
    with outgoing.books.transaction():
        assert subscriptions.replay(outgoing.books, "one", outgoing.clock.now()) == 1
    outgoing.sender.once()
    assert receiver.got[-1].id == event
    assert outgoing.states() == ["done"]


def test_what_arrived_may_be_had_again_by_its_id_or_since_a_moment(
    outgoing: Outgoing, receiver: Receiver
) -> None:
    outgoing.add(receiver.url)
    first = outgoing.tell()
    outgoing.clock.forward(hours=1)
    later = outgoing.tell()
    outgoing.sender.once()
    with outgoing.books.transaction():
        now = outgoing.clock.now()
        assert subscriptions.replay(outgoing.books, "one", now) == 0
        assert subscriptions.replay(outgoing.books, "one", now, event=first) == 1
        since = outgoing.clock.now().isoformat()[:13]
        assert subscriptions.replay(outgoing.books, "one", now, since=since) == 1
    outgoing.sender.once()
    assert Counter(got.id for got in receiver.got) == {first: 2, later: 2}


def test_gone_is_gone_for_all_that_waits(outgoing: Outgoing, receiver: Receiver) -> None:
    outgoing.add(receiver.url)
    for _ in range(6):
        outgoing.tell()
    receiver.answer = (410, {})
    outgoing.sender.once()
    assert set(outgoing.states()) == {"dead"}
    assert len(receiver.got) <= outbox.AT_ONCE_EACH
    (one,) = subscriptions.every(outgoing.books)
    assert one.state == "disabled"
    outgoing.clock.forward(seconds=1)
    assert outgoing.tell() == ""
    with outgoing.books.transaction():
        subscriptions.resume(outgoing.books, "one")
    assert outgoing.tell()


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"retry-after": "90"}, 90),
        (503, {"retry-after": "120"}, 120),
        (502, {}, 60),
        (504, {}, 60),
    ],
)
def test_a_server_with_too_much_to_do_is_left_alone(
    outgoing: Outgoing, receiver: Receiver, status: int, headers: dict[str, str], wait_s: int
) -> None:
    outgoing.add(receiver.url)
    outgoing.tell()
    receiver.answers = [(status, headers)]
    outgoing.sender.once()
    outgoing.tell()
    outgoing.clock.forward(seconds=wait_s - 1)
    assert outgoing.sender.once() == 0
    outgoing.clock.forward(seconds=1)
    assert outgoing.sender.once() == 2
    assert outgoing.states() == ["done", "done"]


def test_one_that_does_not_answer_holds_up_nobody_else(
    database: Database, outgoing: Outgoing, receiver: Receiver
) -> None:
    with listening() as down:
        gone = down.url
    outgoing.add(gone, name="gone")
    outgoing.add(receiver.url)
    for _ in range(10):
        outgoing.tell()
    sent = outgoing.sender.take(Counter())
    assert Counter(one.subscription.name for one in sent) == {"gone": 4, "one": 4}


@pytest.mark.both_engines
def test_two_processes_never_have_the_same_letter(
    database: Database, outgoing: Outgoing, receiver: Receiver, clock: HandClock
) -> None:
    outgoing.add(receiver.url)
    for _ in range(6):
        outgoing.tell()
    other = Sender(database, clock)
    mine, theirs = outgoing.sender.take(Counter()), other.take(Counter())
    assert len(mine) == 4
    assert len(theirs) == 2
    assert not {one.event_id for one in mine} & {one.event_id for one in theirs}
    clock.forward(seconds=outbox.CLAIMED_FOR.total_seconds() + 1)
    again = other.take(Counter())
    assert {one.event_id for one in mine} <= {one.event_id for one in again} | {
        one.event_id for one in other.take(Counter())
    }, "what a dead process had is sent by another"
    other.close()


def test_two_secrets_sign_while_one_takes_the_place_of_the_other(
    outgoing: Outgoing, receiver: Receiver
) -> None:
    old = outgoing.add(receiver.url)
    with outgoing.books.transaction():
        new = subscriptions.rotate(outgoing.books, "one", outgoing.clock.now())
    outgoing.tell()
    outgoing.sender.once()
    assert receiver.got[0].signed_by(old)
    assert receiver.got[0].signed_by(new)
    outgoing.clock.forward(hours=25)
    outgoing.tell()
    outgoing.sender.once()
    assert not receiver.got[1].signed_by(old)
    assert receiver.got[1].signed_by(new)


def test_no_secret_stands_in_the_database(outgoing: Outgoing, database: Database) -> None:
    secret = outgoing.add("http://127.0.0.1:1/")
    outgoing.books.text("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = database.path.read_bytes()
    assert secret.encode() not in kept
    assert secret.removeprefix("whsec_").encode() not in kept
    assert secret not in repr(subscriptions.every(outgoing.books))


def test_old_ones_are_let_go(outgoing: Outgoing, receiver: Receiver) -> None:
    outgoing.add(receiver.url)
    outgoing.tell()
    outgoing.sender.once()
    outgoing.clock.forward(days=6)
    outgoing.sender.once()
    assert outgoing.states() == ["done"]
    outgoing.clock.forward(days=2)
    outgoing.sender.once()
    assert outgoing.states() == []
    assert outgoing.books.text("SELECT count(*) FROM webhook_event") == [(0,)]


def test_whoever_knows_the_standard_believes_it() -> None:
    """The reference implementation checks it; an old one and another body it does not believe."""
    secret, body, now = new_secret(), b'{"a":"\xc3\xa9"}', int(time.time())
    for secrets, at, told, good in (
        ([secret], now, body, True),
        ([new_secret(), secret], now, body, True),
        ([secret], now - 400, body, False),
        ([secret], now, body + b" ", False),
        ([new_secret()], now, body, False),
    ):
        signed = headers(secrets, "msg_1", at, body)
        believed = True
        try:
            Webhook(secret).verify(told, signed)
        except WebhookVerificationError:
            believed = False
        assert believed == good


def test_the_thread_sends_by_itself(
    database: Database, outgoing: Outgoing, receiver: Receiver, clock: HandClock
) -> None:
    outgoing.add(receiver.url)
    thread = Sender(database, clock, 0.02)
    thread.start()
    ids = {outgoing.tell() for _ in range(30)}
    assert {got.id for got in receiver.wait_for(30)} == ids
    thread.end()
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.both_engines
def test_two_hub_processes_at_one_outbox_send_each_once(
    database: Database, outgoing: Outgoing, receiver: Receiver, clock: HandClock
) -> None:
    outgoing.add(receiver.url)
    senders = [Sender(database, clock, 0.01) for _ in range(2)]
    ids = {outgoing.tell() for _ in range(80)}
    for one in senders:
        one.start()
    receiver.wait_for(80)
    done = threading.Event()
    began = time.monotonic()
    while set(outgoing.states()) != {"done"} and time.monotonic() - began < 60:
        done.wait(0.05)
    assert outgoing.states() == ["done"] * 80, "each was noted, not only sent"
    for one in senders:
        one.end()
        one.join(60)
    assert Counter(got.id for got in receiver.got) == dict.fromkeys(ids, 1)
