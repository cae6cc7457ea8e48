"""A hub that was put back from a copy: it promises nothing yet, and pays nothing back twice."""

from __future__ import annotations

from sync.hub import own_journal, recovering
from sync.hub.answers import stamp
from sync.hub.channels import lanes, outbox
from sync.hub.identity import set_value
from tests.hub.channels.channelled import CHANNEL, Channelled
from tests.hub.channels.fake import Basket, FakeShop


def test_what_came_waits_until_every_till_was_heard(hub: Channelled, shop: FakeShop) -> None:
    own = shop.order(Basket())
    with hub.books.transaction():
        set_value(hub.books, recovering.SINCE, stamp(hub.clock.now()))
    assert hub.told(own) == 200, "kept, and answered"
    assert hub.order(own) is None
    with hub.books.transaction():
        set_value(hub.books, recovering.SINCE, "")
    hub.run(lanes.IN)
    assert hub.order(own) is not None


def test_a_refund_that_the_copy_knows_nothing_of_is_paid_once(
    hub: Channelled, shop: FakeShop
) -> None:
    own = shop.order(Basket())
    hub.told(own)

    def asked() -> None:
        with hub.books.transaction():
            outbox.tell(
                *(hub.books, CHANNEL, own, outbox.REFUND, "refund:one"),
                amount=1_000,
                currency="EUR",
                location="1",
                reason="came back",
                now=hub.clock.now(),
            )
        hub.run(lanes.OUT)

    asked()
    assert shop.refunds(own) == [1_000]
    with hub.books.transaction():
        hub.books.text("DELETE FROM channel_outbox")
        own_journal.begin_epoch(hub.books)
    asked()
    assert hub.outbox() == [("refund", "done")]
    assert shop.refunds(own) == [1_000]
