"""Facts about what a person settled, and the rows and messages by which tills and hub speak of it.

The same two facts stand in a till's journal and in the hub's own.
"""

from __future__ import annotations

import msgspec

from sync.protocol.fact import Fact


class ExceptionAssigned(Fact, frozen=True, tag="exception_assigned"):
    """Somebody took an exception, gave it to another, or gave it back (`to` is empty)."""

    exception: str
    """Its id; the same after a restore of the hub, since it follows from what was told."""
    kind: str = ""
    to: str = ""
    """Staff id."""
    later: str = ""
    """Put off until then (UTC) by whoever has it; empty where it is not."""


class ExceptionResolved(Fact, frozen=True, tag="exception_resolved"):
    """A person's decision about an exception; the first that the hub books is what holds."""

    exception: str
    resolution: str
    """write_off, customer_debt, reversal, recount, reissue or duplicate_confirmed."""
    kind: str = ""
    amount: int = 0
    """What was at stake, as the person saw it."""
    currency: str = ""
    reason: str = ""
    method: str = ""
    """How `approver` agreed; empty where nobody had to."""


class CaseEffect(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a decision did, or that a person has yet to do."""

    what: str
    """cost, debt, credit, stock, count, paper or again (`pos_app.domain.exceptions`)."""
    amount: int = 0
    currency: str = ""
    """Of the amount; `points` where it counts points."""
    kind: str = ""
    account: str = ""
    """Whose value it moved: points, credit or card, and which."""
    sku: str = ""
    qty: int = 0
    """Thousandths by which the stock changed."""
    done: bool = True
    """False while it waits for a person's hands."""


class CaseDone(Fact, frozen=True, tag="case_done"):
    """What the hub did because somebody settled an exception so: once a decision, never twice.

    It stands in the hub's own journal; its id follows from the exception's.
    """

    exception: str
    decision: str
    """Id of the decision it was done for."""
    kind: str = ""
    resolution: str = ""
    effects: tuple[CaseEffect, ...] = ()


class CaseStepped(Fact, frozen=True, tag="case_stepped"):
    """What waited for a person's hands after a decision was done."""

    exception: str
    place: int
    """Which of the effects, from 0."""
    by_fact: str = ""
    """Id of the count or the document that did it; empty where a person says so."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A journal entry that an exception stands on: never what it says of a customer."""

    fact: str
    type: str
    doc_no: str = ""
    store: str = ""
    till: str = ""
    wall: str = ""
    actor: str = ""
    amount: int = 0
    tenders: tuple[str, ...] = ()
    offline: bool = False


class ExceptionRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """An exception as its store's tills are told of it: once a change, the last one holds."""

    id: str
    no: int
    kind: str
    state: str
    """open, assigned, resolved by a person, or settled by itself."""
    amount: int
    currency: str
    opened: str
    due: str
    device: str = ""
    till: str = ""
    detail: str = ""
    owner: str = ""
    """Staff id of who has it."""
    evidence: tuple[Evidence, ...] = ()
    resolution: str = ""
    resolved: str = ""
    resolved_by: str = ""
    resolved_fact: str = ""
    later: str = ""
    """Put off until then by whoever has it."""
    effects: tuple[CaseEffect, ...] = ()
    """What the decision did, and what is still to be done; of accounts without whose they are."""


class SettleRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """`POST /v1/exceptions/{id}/resolve` and `/assign`: one person's decision, asked once.

    `id` is made and kept before it is sent; the same again has the same answer.
    """

    id: str
    staff: str
    """Who decides: a person of the store."""
    wall: str
    resolution: str = ""
    to: str = ""
    reason: str = ""
    amount: int = 0
    currency: str = ""
    later: str = ""


class SettleReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The exception as it stands now."""

    row: ExceptionRow
    first: bool = True
    """False where somebody else's decision was there before, and holds."""
