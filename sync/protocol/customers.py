"""Customers as the tills of a store know them, and what tills ask of the hub about them.

A journal names a customer by `customer` alone, an id that says nothing. Names, addresses and notes
travel in these messages only: an answered question is wiped at the till, and at the hub each
person's data can be ended with the key it is kept under.
"""

from __future__ import annotations

import msgspec

EMAIL, PHONE, CARD, SHOP = "email", "phone", "card", "shop"
"""Kinds of contact: an address, a number as +358401234410, a loyalty card, an id in a shop."""
YES, NO, LATER, UNKNOWN = "yes", "no", "later", "unknown"
"""States of a consent: *later* asks again another day; both it and *unknown* permit nothing."""
EMAIL_OFFERS, TEXT_MESSAGES, TIPS, CALLS = "email_offers", "texts", "tips", "calls"
PURPOSES = (EMAIL_OFFERS, TEXT_MESSAGES, TIPS, CALLS)
"""What a customer may be asked for; reports about single persons need *tips*."""


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way to reach or to know somebody."""

    kind: str
    value: str
    channel: str = ""
    """Where it came from: store, web, app, or the channel's id."""
    verified: bool = False


class Consent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody said to one purpose; what nobody asked has no row."""

    purpose: str
    state: str
    at: str
    """UTC."""
    source: str = ""
    """Where it was said, in words for people: `till 2`, `web checkout`."""
    text: str = ""
    """Which wording was read out or shown."""


class Proposal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody else who may be the same person: for a person to decide, never done by itself."""

    other: str
    name: str
    why: str
    """email, phone or card: what both have, verified."""
    differs: bool = False
    """True where the first names differ: a shared phone of a household."""
    detail: str = ""


class CustomerRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer as a till keeps them (feed kind `customer`); the row of the highest version holds."""

    customer: str
    version: int
    name: str = ""
    contacts: tuple[Contact, ...] = ()
    language: str = ""
    birthday: str = ""
    """MM-DD; empty where nobody said."""
    groups: tuple[str, ...] = ()
    price_list: str = ""
    """What they pay by; empty is everybody's."""
    account: str = ""
    """Their account of points and of store credit; empty: `customer` itself."""
    member: bool = False
    tier: str = ""
    """Id of the tier in the programme."""
    points: int = 0
    """Theirs to spend, as of `as_of`. What a till holds for an open basket is in it: who asks for
    it meanwhile is told what is left."""
    points_pending: int = 0
    points_to_next: int = 0
    """Until the next tier; 0 where there is none."""
    credit: int = 0
    """Store credit, minor units of `currency`."""
    currency: str = ""
    as_of: str = ""
    """UTC: when points and credit stood so."""
    consents: tuple[Consent, ...] = ()
    since: str = ""
    """ISO date."""
    last_seen: str = ""
    """UTC."""
    last_store: str = ""
    """Name of the store, or of the channel."""
    favourite_store: str = ""
    favourite_share: int = 0
    """Percent of the visits."""
    favourite_channel: str = ""
    value: int = 0
    """Paid less returned in all channels, minor units."""
    basket: int = 0
    visits: int = 0
    visits_web: int = 0
    gap_days: int = 0
    proposals: tuple[Proposal, ...] = ()
    favourites: tuple[str, ...] = ()
    """SKUs bought most often and not returned; only with consent to tips."""
    note: str = ""
    """The newest note that staff should see."""
    guest: bool = False
    """Known by an order alone."""
    merged_into: str = ""
    erased: bool = False
    """True where nothing of the person may be kept: the till forgets the row."""


class CustomerFields(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be known of somebody from now on; None leaves a field as it is."""

    name: str | None = None
    contacts: tuple[Contact, ...] | None = None
    language: str | None = None
    birthday: str | None = None
    groups: tuple[str, ...] | None = None
    member: bool | None = None


class CustomerAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/customers`: something is to be done to a customer, once for each id."""

    id: str
    epoch: int
    act: str
    """save, merge, unmerge, dismiss (a proposal), note, support, support_state, erase, export."""
    customer: str
    """For a new one an id made by the till."""
    base: int = 0
    """Version of the row that was changed; 0 for somebody new."""
    fields: CustomerFields | None = None
    consents: tuple[Consent, ...] = ()
    other: str = ""
    """The second of a merge or a proposal."""
    text: str = ""
    about: str = ""
    """Of a support request: its id, and for `support` what it is about: a sale or an order."""
    state: str = ""
    by: str = ""
    """Staff id."""


class CustomerReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of it."""

    id: str
    state: str
    """DONE, or REFUSED with `why`."""
    why: str = ""
    row: CustomerRow | None = None
    kept: tuple[str, ...] = ()
    """Fields that somebody else had changed meanwhile: those of the hub stand."""
    text: str = ""
    """Number of a support request; words of an export."""


class CustomerFind(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/customers/find`: customers of all stores."""

    text: str = ""
    customer: str = ""
    code: str = ""
    """A card or member code as it was scanned."""
    limit: int = 20


class CustomersFound(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rows, best first."""

    rows: tuple[CustomerRow, ...] = ()
    more: bool = False


class TimelineAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/customers/timeline`: what happened between a customer and all channels."""

    customer: str
    kind: str = ""
    """orders, returns, support, points; empty for all."""
    before: str = ""
    """The `cursor` of the page before."""
    limit: int = 50


class Moment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened."""

    at: str
    """UTC."""
    kind: str
    """sale, order, return, support, note, points, credit, consent, look, merge."""
    state: str = ""
    """Of an order, a support request; earned, spent, expired, reversed of points."""
    name: str = ""
    """What people call it: a receipt's number, W-10391, T-582."""
    ref: str = ""
    """Its id."""
    place: str = ""
    """Store or channel, in words."""
    detail: str = ""
    amount: int = 0
    currency: str = ""
    points: int = 0
    items: int = 0
    by: str = ""


class Timeline(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest first."""

    moments: tuple[Moment, ...] = ()
    cursor: str = ""
    """Empty where this is the end."""
    complete_to: str = ""
    """UTC: what every store has told up to."""
