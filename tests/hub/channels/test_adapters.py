"""Every platform's adapter against its shop over real HTTP, with everything that goes wrong there.

Adding a platform is a line in `shops/every.py`: each test here is then run for it.
"""

from __future__ import annotations

import pytest

from sync.hub.channels import inbox, lanes, outbox
from sync.hub.channels.client import AT_ONCE
from tests.hub.channels.channelled import CHANNEL, Channelled
from tests.hub.channels.fake import Basket, FakeShop, Sold
from tests.hub.orders.ordering import free, on_hand

pytestmark = pytest.mark.slow

THREE = Basket(
    lines=(
        Sold("A1", 2, "12.50", "22.50"),
        Sold("B2", 1, "9.99", "8.991", rate="0"),
    ),
    coupon="TEN",
)
"""The basket whose money was seen on live shops: 10 % off, and one of them does not round."""


def told_ready(hub: Channelled, order_id: str, act: str = outbox.READY, **said: object) -> None:
    with hub.books.transaction():
        assert outbox.tell(
            hub.books, CHANNEL, order_id, act, f"{act}-{order_id}", now=hub.clock.now(), **said
        )


# --- in: what comes is taken once ----------------------------------------------------------------


def test_an_order_is_taken_and_its_goods_are_promised(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket(utm="news", consent="yes"))
    assert hub.told(own) == 200
    order = hub.order(own)
    assert order is not None
    assert (order.total, order.due, order.currency) == (1_000, 0, "EUR")
    (part,) = hub.parts(own)
    assert (part.row.state, part.row.customer) == ("RESERVED", "Ada L.")
    assert [(line.sku, line.qty, line.total) for line in part.row.lines] == [("A1", 1_000, 1_000)]
    assert free(hub.books, hub.clock) == 19_000
    assert hub.waiting() == []
    told = order.told
    assert told is not None
    assert (told.customer.email, told.attribution.source) == ("ada@example.org", "news")
    assert told.consent.email == "yes"


def test_duplicates_are_taken_once(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    for _ in range(3):
        assert hub.told(own, delivery="the-same") == 200
    assert (hub.orders(), len(hub.inbox())) == (1, 1)
    assert free(hub.books, hub.clock) == 19_000


def test_the_same_key_with_another_body_is_kept_and_read(hub: Channelled, shop: FakeShop) -> None:
    """A platform whose ids collide within a second loses nothing."""
    first, second = shop.order(Basket()), shop.order(Basket())
    for own in (first, second):
        assert hub.told(own, delivery="collides") == 200
    assert hub.orders() == 2


def test_in_the_wrong_order_the_newest_holds(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    created = shop.sent(own, hub.now_s)
    shop.cancel(own)
    assert hub.post(shop.sent(own, hub.now_s, what="cancelled")) == 200
    hub.run()
    assert hub.post(created) == 200
    hub.run()
    order = hub.order(own)
    assert order is not None
    assert order.state == "cancelled"
    assert free(hub.books, hub.clock) == 20_000


def test_what_was_lost_is_found_by_looking(hub: Channelled, asked_shop: FakeShop) -> None:
    """Neither of the two was ever delivered; the second has no webhook at all."""
    first = asked_shop.order(Basket())
    hub.run()
    second = asked_shop.order(Basket())
    hub.run()
    assert (hub.order(first) is not None, hub.order(second)) == (True, None)
    hub.clock.forward(minutes=6)
    hub.run()
    assert hub.order(second) is not None
    assert hub.orders() == 2


def test_a_look_does_not_fetch_what_it_saw(hub: Channelled, asked_shop: FakeShop) -> None:
    own = asked_shop.order(Basket())
    hub.run()
    asked_shop.calls.clear()
    hub.clock.forward(minutes=6)
    hub.run(lanes.IN)
    assert asked_shop.calls
    fetched = [one.path for one in asked_shop.calls if own in one.path or own.encode() in one.body]
    assert fetched == []


def test_late_by_a_day_it_is_taken_all_the_same(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    hub.clock.forward(days=1)
    assert hub.told(own) == 200
    assert hub.order(own) is not None


# --- in: who may ---------------------------------------------------------------------------------


def test_forged_stale_and_another_channels_secret_open_nothing(
    hub: Channelled, shop: FakeShop
) -> None:
    own = shop.order(Basket())
    sent = shop.sent(own, hub.now_s)
    changed = type(sent)(sent.headers, sent.body.replace(b"{", b"{ ", 1))
    bare = type(sent)({"content-type": "application/json"}, sent.body)
    assert hub.post(changed) == 401
    assert hub.post(bare) == 401
    assert hub.deliver(own, secret=shop.other_secret) == 401
    if shop.timed:
        assert hub.post(shop.sent(own, hub.now_s - 301)) == 401
        assert hub.post(shop.sent(own, hub.now_s + 301)) == 401
    assert hub.inbox() == []
    assert hub.post(shop.sent(own, hub.now_s)) == 200


def test_an_unsigned_hello_is_answered_and_nothing_is_kept(hub: Channelled, shop: FakeShop) -> None:
    ping = shop.ping()
    if ping is None:
        pytest.skip("the platform says no hello")
    assert hub.post(ping) == 200
    assert hub.inbox() == []


def test_what_nobody_knows_is_answered_and_kept(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    assert hub.told(own, what="other") == 200
    assert [state for _, state in hub.inbox()] == ["kept"]
    assert hub.orders() == 0 or shop.fetched


# --- in: what stands in it -----------------------------------------------------------------------


def test_an_id_past_the_floats_stays_what_it_is(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket(), shop.large_id)
    assert hub.told(own) == 200
    assert hub.order(own) is not None
    assert shop.large_id in own


def test_money_is_right_to_the_penny(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(THREE)
    assert hub.told(own) == 200
    order = hub.order(own)
    assert order is not None
    told = order.told
    assert told is not None
    assert told.total == 3_149
    assert sum(line.gross for line in told.lines) + told.shipping + told.rounding == told.total
    assert [line.gross for line in told.lines] == list(shop.lines_of_three)
    assert told.coupons == ("TEN",)
    assert all(type(line.gross) is int for line in told.lines)
    assert hub.waiting() == []


def test_members_that_nobody_knows_do_no_harm(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    shop.add_unknown_fields(own)
    assert hub.told(own) == 200
    assert hub.order(own) is not None


def test_consent_that_nobody_told_is_unknown(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    hub.told(own)
    order = hub.order(own)
    assert order is not None
    assert order.told is not None
    assert (order.told.consent.email, order.told.consent.sms) == ("unknown", "unknown")


def test_what_cannot_be_read_is_kept_flagged_and_in_nobodys_way(
    hub: Channelled, shop: FakeShop
) -> None:
    bad, good = shop.order(Basket()), shop.order(Basket())
    shop.spoil(bad)
    assert hub.deliver(bad) == 200
    assert hub.deliver(good) == 200
    hub.run()
    assert hub.order(bad) is None
    assert hub.order(good) is not None
    assert "flagged" in [state for _, state in hub.inbox()]
    assert "channel_order" in hub.waiting()
    with hub.books.transaction():
        assert inbox.flagged_again(hub.books, CHANNEL, hub.clock.now()) >= 1
    hub.run()
    assert (hub.order(bad), hub.orders()) == (None, 1)


def test_unknown_goods_and_an_unknown_store_are_taken_and_flagged(
    hub: Channelled, shop: FakeShop
) -> None:
    goods = shop.order(Basket(lines=(Sold("NOBODYS", 1, "5.00", "5.00"),)))
    place = shop.order(Basket(location="nowhere"))
    for own in (goods, place):
        assert hub.told(own) == 200
        assert hub.order(own) is not None
    assert {"order_unknown_sku", "order_unknown_store"} <= set(hub.waiting())


# --- in: the shop is down, or lies ----------------------------------------------------------------


@pytest.mark.parametrize(
    "how", ["500", "hang", "html", "truncated", "redirect", "huge", "list", "lost"]
)
def test_while_the_shop_fails_a_delivery_waits(
    hub: Channelled, asked_shop: FakeShop, how: str, short_waits: None
) -> None:
    own = asked_shop.order(Basket())
    with asked_shop.failing(how):
        assert hub.told(own) == 200
        assert hub.order(own) is None
        assert [state for _, state in hub.inbox()] == ["new"]
    hub.clock.forward(minutes=15)
    hub.run()
    assert hub.order(own) is not None
    assert [state for _, state in hub.inbox()] == ["done"]
    assert hub.state.health == ""


def test_a_shop_that_asks_for_time_is_given_it(hub: Channelled, asked_shop: FakeShop) -> None:
    own = asked_shop.order(Basket())
    hub.deliver(own)
    with asked_shop.failing("429"):
        assert hub.run(lanes.IN) >= 90
    hub.clock.forward(seconds=91)
    hub.run(lanes.IN)
    assert hub.order(own) is not None


def test_one_order_that_nobody_can_fetch_holds_up_no_other(
    hub: Channelled, asked_shop: FakeShop
) -> None:
    bad, good = asked_shop.order(Basket()), asked_shop.order(Basket())
    asked_shop.failing_paths[bad] = "500"
    assert hub.deliver(bad) == 200
    assert hub.deliver(good) == 200
    hub.run()
    assert (hub.order(bad), hub.order(good) is not None) == (None, True)


def test_a_revoked_key_is_told_at_once_and_nothing_is_lost(
    hub: Channelled, asked_shop: FakeShop
) -> None:
    own = asked_shop.order(Basket())
    with asked_shop.failing("key"):
        assert hub.told(own) == 200
        assert hub.state.health.startswith("the key is not taken since ")
        assert hub.waiting() == ["channel_away"]
    hub.clock.forward(minutes=2)
    hub.run()
    assert hub.order(own) is not None
    assert (hub.state.health, hub.waiting()) == ("", [])


def test_a_shop_that_is_away_for_long_is_a_persons_matter(
    hub: Channelled, asked_shop: FakeShop
) -> None:
    with asked_shop.failing("500"):
        for _ in range(4):
            hub.run(lanes.IN)
            hub.clock.forward(minutes=6)
        assert hub.waiting() == ["channel_away"]
    hub.run(lanes.IN)
    assert hub.waiting() == []


def test_a_subscription_that_ended_is_made_anew_and_told(hub: Channelled, shop: FakeShop) -> None:
    hub.run()
    if not shop.unsubscribe():
        pytest.skip("the platform's API does not know of that")
    hub.clock.forward(minutes=6)
    hub.run()
    assert "channel_away" in hub.waiting()
    before = len(hub.waiting())
    hub.clock.forward(minutes=6)
    hub.run()
    assert len(hub.waiting()) == before


# --- out -----------------------------------------------------------------------------------------


def test_what_happens_in_the_store_is_told_in_order_and_once(
    hub: Channelled, shop: FakeShop
) -> None:
    own = shop.order(Basket())
    hub.told(own)
    for act in (outbox.READY, outbox.COLLECTED):
        told_ready(hub, own, act, location="1")
    with hub.books.transaction():
        again = outbox.tell(
            hub.books, CHANNEL, own, outbox.READY, f"ready-{own}", now=hub.clock.now()
        )
    assert not again
    hub.run(lanes.OUT)
    assert hub.outbox() == [("ready", "done"), ("collected", "done")]
    assert shop.done(own)["collected"] == 1
    assert shop.done(own)["ready"] <= 1


@pytest.mark.parametrize("act", [outbox.READY, outbox.COLLECTED, outbox.PAID])
def test_an_act_whose_answer_was_lost_is_done_once(
    hub: Channelled, shop: FakeShop, act: str
) -> None:
    own = shop.order(Basket(paid=act != outbox.PAID))
    hub.told(own)
    told_ready(hub, own, act, amount=1_000, currency="EUR", location="1")
    with shop.failing("lost"):
        hub.run(lanes.OUT)
    assert hub.outbox() == [(act, "sent")]
    hub.clock.forward(minutes=1)
    hub.run(lanes.OUT)
    assert hub.outbox() == [(act, "done")]
    assert shop.done(own)[act] <= 1


@pytest.mark.parametrize("calls", range(AT_ONCE))
def test_a_refund_whose_answer_was_lost_is_paid_once(
    hub: Channelled, shop: FakeShop, calls: int
) -> None:
    """Whichever of its calls it was whose answer nobody heard."""
    own = shop.order(Basket())
    hub.told(own)
    told_ready(hub, own, outbox.REFUND, amount=1_000, currency="EUR", reason="came back")
    shop.failures = [""] * calls + ["lost"]
    for _ in range(4):
        hub.run(lanes.OUT)
        hub.clock.forward(minutes=10)
    assert hub.outbox() == [("refund", "done")]
    assert shop.refunds(own) == [1_000]


def test_two_refunds_are_two(hub: Channelled, shop: FakeShop) -> None:
    """Rounded as a whole: 11.25 and then 11.24 of 22.49 is all of it, and nothing more."""
    own = shop.order(Basket(lines=(Sold("A1", 2, "11.25", "22.49"),)))
    hub.told(own)
    for place, amount in enumerate((1_125, 1_124)):
        with hub.books.transaction():
            outbox.tell(
                *(hub.books, CHANNEL, own, outbox.REFUND, f"r{place}"),
                amount=amount,
                currency="EUR",
                now=hub.clock.now(),
            )
    hub.run(lanes.OUT)
    assert shop.refunds(own) == [1_125, 1_124]


def test_while_the_shop_is_away_acts_wait_in_their_order(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    hub.told(own)
    with shop.failing("500"):
        for act in (outbox.READY, outbox.COLLECTED):
            told_ready(hub, own, act, location="1")
        hub.run(lanes.OUT)
        assert [state for _, state in hub.outbox()] == ["sent", "new"]
    hub.clock.forward(minutes=15)
    hub.run(lanes.OUT)
    assert [state for _, state in hub.outbox()] == ["done", "done"]


def test_a_key_that_is_revoked_loses_no_act(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    hub.told(own)
    told_ready(hub, own, outbox.COLLECTED, location="1")
    with shop.failing("key"):
        assert hub.run(lanes.OUT) > 1
    hub.clock.forward(minutes=2)
    hub.run(lanes.OUT)
    assert shop.done(own)["collected"] == 1


def test_an_act_that_is_refused_is_told_and_the_next_go_on(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    hub.told(own)
    told_ready(hub, "none-such", outbox.COLLECTED, location="1")
    told_ready(hub, own, outbox.COLLECTED, location="1")
    hub.run(lanes.OUT)
    assert sorted(state for _, state in hub.outbox()) == ["done", "refused"]
    assert hub.waiting() == ["channel_act"]
    with hub.books.transaction():
        assert outbox.refused_again(hub.books, CHANNEL, hub.clock.now()) == 1
    hub.run(lanes.OUT)
    assert shop.done(own)["collected"] == 1


# --- stock ---------------------------------------------------------------------------------------


def test_stock_goes_out_as_the_platform_counts_it(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    hub.told(own)
    hub.all_stock()
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    place = shop.place("here")
    assert shop.stock("A1", place) == (20 if shop.reservations_apart else 19)
    assert shop.stock("B2", place) == 20
    assert on_hand(hub.books) == 20_000


def test_safety_stock_is_never_offered_and_nothing_goes_below_none(
    hub: Channelled, shop: FakeShop
) -> None:
    hub.change(safety=5_000)
    hub.books.text("UPDATE stock SET on_hand = 3000 WHERE sku = 'A1'")
    hub.books.text("UPDATE stock SET on_hand = -2000 WHERE sku = 'B2'")
    hub.all_stock()
    hub.clock.forward(seconds=2)
    hub.run(lanes.OUT)
    place = shop.place("here")
    assert (shop.stock("A1", place), shop.stock("B2", place)) == (0, 0)


def test_stock_is_told_again_after_the_shop_was_away(hub: Channelled, shop: FakeShop) -> None:
    hub.all_stock()
    hub.clock.forward(seconds=2)
    with shop.failing("503"):
        assert hub.run(lanes.OUT) >= 120
    assert shop.stock("A1", shop.place("here")) is None
    hub.clock.forward(minutes=3)
    hub.run(lanes.OUT)
    assert shop.stock("A1", shop.place("here")) == 20
