"""A hub with a programme and tills that sell to its members: real files, deliveries by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pos_app.domain.loyalty import Programme
from pos_app.domain.member import Attached
from pos_app.store.replica import ReplicaWriter, swap
from pos_app.till import checkout, points, shift, sign_in
from pos_app.till.till import Till
from sync.hub.answers import stamp
from sync.hub.customers import book
from sync.hub.loyalty import programmes
from sync.hub.loyalty.standing import standing
from sync.protocol import CustomerFields, PriceRow
from tests.sync.righting import Pos, World
from tests.till.membering import CLUB
from tests.till.shop import (
    CODES,
    PINS,
    Line,
    feed,
    goods,
    signed_policy,
    staff_rows,
    store_row,
    tax_row,
)

MIRA = "0197a1c2-0000-7000-8000-00000000c11a"


class Club(World):
    """The hub; its tills have goods, people and the programme."""

    def __init__(self, template: Path, room: Path, tills: int = 2) -> None:
        super().__init__(template, room, tills)
        with self.hub.transaction():
            programmes.put(self.hub, replace(CLUB, version=0), stamp(self.now))
            book.save(
                self.hub, MIRA, CustomerFields(name="Mira", birthday="05-18", member=True), self.now
            )
        for pos in self.tills:
            self.furnish(pos)

    @property
    def now(self) -> Any:
        return self.hub_clock.now()

    @property
    def programme(self) -> Programme:
        found = programmes.running(self.hub)
        assert found is not None
        return found

    def furnish(self, pos: Pos) -> None:
        """What a first pull brings."""
        pos.till.close()
        keys = pos.private
        store, tax = store_row(), tax_row()
        prices = [
            PriceRow(each.sku, "retail", "EUR", (("", "", amount, 0),))
            for each, amount in goods()
            if amount >= 0
        ]
        rows = list(programmes.latest(self.hub).values())
        with ReplicaWriter.create_beside(pos.data, keys.db_key) as writer:
            products = [each for each, _ in goods()]
            told = (("product", products), ("price", prices), ("programme", rows))
            writer.apply(feed("global", 0, *told))
            policy = signed_policy(by=self.keys.signing)
            mine = (("store", [store]), ("tax", [tax]), ("policy", [policy]))
            writer.apply(feed("store:1", 0, *mine, ("staff", staff_rows())))
            writer.finish()
        swap(pos.data, keys.db_key)
        pos.till = pos._open()
        pos.till.link = Line()
        pos.till.refresh_reference()
        sign_in.sign_in(pos.till, "mia", PINS["mia"])
        shift.open_shift(pos.till, 20_000)

    # people

    def mira(self) -> Attached:
        """Mira as the hub knows her now."""
        row = book.row(self.hub, MIRA, self.now)
        assert row is not None
        return Attached(
            *(MIRA, row.name, row.account or MIRA, row.member, row.tier, row.points),
            as_of=row.as_of,
        )

    def standing(self) -> Any:
        return standing(self.hub, MIRA, self.now)

    def exceptions(self, *kinds: str) -> list[tuple[str, int, str]]:
        found = self.rows("SELECT kind, amount, detail FROM exception ORDER BY no")
        return [(str(a), int(b), str(c)) for a, b, c in found if not kinds or a in kinds]

    def deliver(self) -> None:
        for pos in self.tills:
            assert pos.deliver() == ""


def basket(till: Till, who: Attached | None, *codes: str) -> Any:
    """Goods in a basket for somebody."""
    found = checkout.start(till)
    for code in codes:
        found, _ = checkout.scan(till, found, CODES[code])
    return replace(found, customer=who)


def sold(till: Till, what: Any) -> Any:
    checkout.keep(till, what)
    return checkout.complete(till, what, checkout.pay(till, what, (), "cash")).sale


def asked(pos: Pos, what: Any) -> str:
    """The basket's points are asked for, and the hub answers."""
    ask_id = points.prefetch(pos.till, what)
    if ask_id:
        pos.ask(ask_id)
    return ask_id


def offline(pos: Pos, *, on: bool = True) -> None:
    line: Any = pos.till.link
    line.connected = not on
