"""One step of a store on its way into an order: what it is about, and what every step does alike."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from pos_app.domain.day import parse_utc
from sync.hub import feed, reservations, schema
from sync.hub.channels import outbox
from sync.hub.database import Connection, Statement
from sync.hub.orders import ending, flags, kept, rows, service
from sync.hub.orders.kept import Part, Told, Whole
from sync.hub.webhooks import telling
from sync.protocol import Handling, OrderRow, ReservationStepped
from sync.protocol.orders import PICKUP

if TYPE_CHECKING:
    from sync.hub.booking import Booking

_st = schema.staff.c
_NAME = Statement(
    "store_id staff_id",
    select(_st.name).where(
        _st.store_id == bindparam("store_id"), _st.staff_id == bindparam("staff_id")
    ),
)


def stuck_detail(name: str, store: str) -> str:
    """How a late part of a silent store is told of."""
    return f"{name}: store {store} is not heard"


def unheard_detail(name: str, store: str) -> str:
    """How one is told of that nobody fetched, where a till may know better."""
    return f"{name}: not fetched, and a till of store {store} is not heard"


@dataclass(slots=True)
class Step:
    """A fact, the part it is about, and the batch it is booked with."""

    books: Booking
    n: int
    fact: ReservationStepped
    whole: Whole
    part: Part
    happened: dt.datetime
    """When, by the hub's clock."""
    told: Told = field(default_factory=Told)

    @classmethod
    def of(
        cls,
        books: Booking,
        n: int,
        fact: ReservationStepped,
        whole: Whole,
        part: Part,
        happened: dt.datetime,
    ) -> Step:
        """The step that a fact tells of."""
        return cls(books, n, fact, whole, part, happened)

    @property
    def connection(self) -> Connection:
        """Where it is written."""
        return self.books.connection

    @property
    def row(self) -> OrderRow:
        """The part as it is now."""
        return self.part.row

    @property
    def handling(self) -> Handling:
        """What the store did beside the step itself."""
        return self.fact.handling or Handling(self.row.order)

    @property
    def now(self) -> dt.datetime:
        """When it came."""
        return parse_utc(self.books.at)

    def who(self) -> str:
        """The name of the person at the till; their number where nobody knows it."""
        found = self.connection.one(_NAME, (self.fact.store, self.fact.actor))
        return str(found[0]) if found else self.fact.actor

    def asked_by(self) -> str:
        """Whose promise it is: a till's that asked for goods of another store, or the hub's."""
        found = reservations.find(self.connection, self.row.reservation)
        return found.asked_by if found else ""

    def to(self, state: str) -> bool:
        """Brings the promise of the goods to that state."""
        fact = self.fact
        return ending.step(
            *(self.connection, self.part, state),
            by=fact.dev,
            at=self.books.at,
            sale=fact.sale,
            fact=fact.id,
        )

    def save(self, what: str, detail: str = "", **changed: Any) -> None:
        """Keeps the part as it is from now on; `what` names the step in its history, if anything."""
        at = self.fact.t.wall
        if what:
            detail = detail or self.handling.reason
            changed["history"] = kept.event(self.row, at, what, self.who(), detail)
        self.part = self.told.save(self.connection, self.part, self.books.at, **changed)

    def refresh(self) -> None:
        """The part as others of this step left it."""
        self.part = kept.part(self.connection, self.row.reservation) or self.part

    def too_late(self) -> None:
        """It cannot follow on what was booked before: kept, of no effect, and told to a person."""
        if self.fact.step != self.row.state:
            detail = f"{self.row.name}: {self.fact.step} after {self.row.state}"
            self.books.flag("reservation_strange", self.n, self.fact, detail)

    def unstick(self) -> None:
        """Its store is heard again: who was told that it waits need not look any more."""
        name, store = self.row.name, self.part.store_id
        for detail in (stuck_detail(name, store), unheard_detail(name, store)):
            flags.settle(self.connection, "order_stuck", detail, self.now)

    def all_picked(self) -> tuple[Any, ...]:
        """The lines with all that lies ready."""
        return rows.all_picked(self.row.lines, self.fact.lines)

    def put_back(self) -> tuple[Any, ...]:
        """The lines with what was not handed over on the shelf again."""
        return rows.restocked(self.row.lines)

    def kept_until(self) -> str:
        """Until when goods that are ready now wait for the customer."""
        offers = service.of(self.connection, self.part.store_id)
        return kept.at_of(offers.hours.kept_until(self.happened, offers.keep_days))

    def tell_ready(self) -> None:
        """The shop and whoever listens hear that the customer can come."""
        if self.row.way != PICKUP:
            return
        lines = tuple(
            (line.line, line.picked) for line in self.row.lines if line.picked and line.line
        )
        outbox.tell(
            *(self.connection, self.whole.channel, self.whole.external_id, outbox.READY),
            f"ready:{self.row.reservation}",
            lines=lines,
            location=self.part.store_id,
            now=self.now,
        )
        self.event("order.ready", keep_until=self.row.keep_until)

    def event(self, type_: str, **more: Any) -> None:
        """Tells webhooks of the part as it is now."""
        said = ending.named(self.whole, self.part.store_id, self.part)
        telling.tell(self.connection, type_, said | more, self.now)

    def publish(self) -> None:
        """What the stores hear goes out with the batch."""
        self.publish_to(self.books, self.told)

    @staticmethod
    def publish_to(books: Booking, told: Told) -> None:
        """The same for what was gathered elsewhere."""
        for store, rows_ in told.batches():
            stream = feed.store_stream(store)
            if feed.feed_of(books.connection, stream):
                books.told[stream] += rows_
        told.rows.clear()
