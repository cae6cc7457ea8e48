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
