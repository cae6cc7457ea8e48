"""Facts about customers: never who they are, only the id that says nothing."""

from __future__ import annotations

from sync.protocol.fact import Fact


class ConsentNoted(Fact, frozen=True, tag="consent_noted"):
    """A customer said yes or no to a purpose, at this till."""

    customer: str
    purpose: str
    state: str
    """yes, no or later."""
    text: str = ""
    """Which wording was read out."""


class ContactsShown(Fact, frozen=True, tag="contacts_shown"):
    """Somebody looked at a customer's address and number unmasked."""

    customer: str


class CustomersMerged(Fact, frozen=True, tag="customers_merged"):
    """Two customers are one person, a person said; in the hub's own journal."""

    merge: str
    kept: str
    other: str


class CustomersParted(Fact, frozen=True, tag="customers_parted"):
    """A merge was a mistake: both are two again; in the hub's own journal."""

    merge: str
    kept: str
    other: str


class ValueMoved(Fact, frozen=True, tag="value_moved"):
    """What was free of one account is on another one: two entries, and not a point more or less.

    In the hub's own journal.
    """

    kind: str
    """points or credit."""
    amount: int
    source: str
    target: str
    about: str = ""
    """The merge, or whoever was erased."""
    why: str = ""
    """merged, late (it came for who was merged), parted, or to_code (on a code nobody is named by)."""


class CustomerErased(Fact, frozen=True, tag="customer_erased"):
    """Nothing but this id is left of a person; in the hub's own journal."""

    customer: str
    cause: str
    """asked, inactive, or the shop that passed it on."""
    account: str = ""
    """Their account of points and of store credit."""
    forfeited: tuple[tuple[str, int], ...] = ()
    """(kind, amount) of what was let go with it, as the person agreed."""
