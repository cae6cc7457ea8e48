"""What is asked of the hub about values that must not be spent twice, and what it answers.

Each question carries an id made by whoever asks and kept before it was sent: asked again it gets
the same answer, and the same id with other words is refused (422).
"""

from __future__ import annotations

import msgspec


class RightAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/grants` and `/v1/holds`: so much of an account, for this till alone."""

    id: str
    epoch: int
    kind: str
    """points, credit or card."""
    account: str
    amount: int
    ttl_s: int = 900
    basket: str = ""
    least: int = 0
    """Above 0: less than `amount` will do where there is less, but not less than this."""
    currency: str = ""
    """Of money; an account of another one has nothing for it."""
    pin: str = ""
    """Of a card with a short number: see `ValueLook`."""


class CaptureAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/holds/{id}/capture`: spent now; the fact that says so follows in the journal."""

    epoch: int
    amount: int


class VoidAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/holds/{id}/void`."""

    epoch: int


class ReturnAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/return-auths`: whether so much of these sold lines may come back."""

    id: str
    epoch: int
    sale: str
    lines: tuple[tuple[int, int], ...]
    """(line of the sale, thousandths)."""
    ttl_s: int = 1_800
    instead_of: str = ""
    """An earlier question about the same sale that this till gave up, by a fact, before this one:
    it may arrive later than this."""


class ReserveAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/reservations`: goods of a store for somebody who comes for them."""

    id: str
    epoch: int
    store: str
    lines: tuple[tuple[str, int], ...]
    """(SKU, thousandths)."""
    reference: str = ""
    """A number or code of an order; never a name."""
    ttl_s: int = 86_400


class ReservationAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/reservations/{id}/step`: CANCELLED from a till; others come as facts."""

    epoch: int
    step: str


class RightPart(msgspec.Struct, frozen=True, array_like=True):
    """How much of which account."""

    kind: str
    account: str
    amount: int
    used: int = 0


class Taken(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where goods that may not come back once more are, or went to."""

    kind: str
    """refund or void: they came back; slip: they did, against a slip that was paid; shop: the online
    shop gave the money back itself (`store` and `till` empty); word: somebody is taking them back
    just now."""
    store: str
    till: str
    at: str
    """When (UTC), by the clock of that till; of a word or a shop, by the hub's."""


class RightReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a right stands now."""

    id: str
    form: str
    """grant, hold, return or reservation."""
    state: str
    """ACTIVE, HELD, AUTHORISED, RESERVED …; REFUSED with `why`."""
    device: str
    epoch: int
    ttl_s: int
    parts: tuple[RightPart, ...]
    hub_time: str
    why: str = ""
    left: int = 0
    """Of a refused one: what could be had (of the first part that was short). Of a hold on a gift card
    or credit: what is free beside it; not signed."""
    sig: str = ""
    """Hub's signature over `right_signing_bytes` (base64)."""
    taken: Taken | None = None
    """Of a refused return: who has the goods, as far as the hub knows; not signed."""
    order: str = ""
    """Of goods promised as a customer's order: what people call it."""
    until: str = ""
    """Until when they are kept (UTC)."""
    instead: tuple[tuple[str, int], ...] = ()
    """Where goods were refused: (store, thousandths) who could promise them, most first."""


class StockElsewhereRow(msgspec.Struct, frozen=True, array_like=True):
    """What a store has of some products, for the tills of the others; at most once a minute."""

    store: str
    as_of: str
    """When the hub told it (UTC)."""
    stock: tuple[tuple[str, int], ...]
    """(SKU, thousandths on hand)."""
    more: tuple[tuple[str, int, int, str], ...] = ()
    """(SKU, thousandths reserved, thousandths coming, day of the first of them) of those products in
    `stock` of which there is either; of the others nothing is reserved and nothing comes."""


class StoreNameRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a store is called, for the tills of the others."""

    store: str
    name: str
    place: str = ""
    """Where it is: the last line of its address, where it has more than one; empty for nowhere."""
    lat: int = 0
    """Millionths of a degree, north positive; 0 and 0 where nobody said where it is."""
    lon: int = 0
    zone: str = ""
    """Its time zone; empty where that is not told."""
    hours: tuple[tuple[tuple[int, int], ...], ...] = ()
    """(minute it opens, minute it closes) of each day of a usual week, Monday first; empty: not told."""
    days: dict[str, tuple[tuple[int, int], ...]] = {}
    """Days that differ: `2026-12-25` -> their own hours, none for closed."""
    pickup: bool = True
    """Whether customers may fetch goods there."""
    ships: bool = True
    """Whether it sends parcels, and goods to other stores."""


class StoreHeardRow(msgspec.Struct, frozen=True):
    """A store fell silent, or speaks again."""

    store: str
    silent: str = ""
    """Since when (UTC); empty while the hub hears it."""


def right_signing_bytes(reply: RightReply) -> bytes:
    """What the hub signs of a right: a hub that was restored believes it again by that."""
    parts = ";".join(f"{part.kind},{part.account},{part.amount}" for part in reply.parts)
    head = f"HF-RIGHT|{reply.id}|{reply.form}|{reply.state}|{reply.device}|{reply.epoch}"
    return f"{head}|{reply.ttl_s}|{parts}".encode()
