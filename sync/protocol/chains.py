"""Messages about a till's chain: where two histories part, and what the hub holds of an old one."""

from __future__ import annotations

from typing import Final

import msgspec

from sync.protocol.messages import PushedEvent

COMPARE_MAX: Final = 64
"""Places that are compared at once: a million entries are searched in four questions."""
ENTRIES_MAX: Final = 500
"""Entries that come back at once."""
PROVEN_DOUBTS: Final = frozenset({"behind_witness", "other_machine"})
"""Doubts of a till (`Hello.doubt`) that no history takes away: it is an older copy, or a second one."""


class CompareAsk(msgspec.Struct, frozen=True):
    """`POST /v1/chain/compare`: our hashes at some places of an epoch of ours."""

    epoch: int
    places: list[tuple[int, str]]
    """(sequence number, hash in hex), at most `COMPARE_MAX`."""


class CompareReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which of them the hub holds just so. The largest is not beyond the common history."""

    epoch: int
    """The device's present epoch."""
    attempt: str
    """The attempt to enrol that began it, as its till called it; empty for the first."""
    held: int
    """The last entry that the hub holds of the epoch asked about."""
    agreed: int
    """The largest of the places where the hashes are the same, 0 for none."""


class EntriesAsk(msgspec.Struct, frozen=True):
    """`POST /v1/chain/entries`: what the hub holds of an epoch of ours after an entry."""

    epoch: int
    after: int


class EntriesReply(msgspec.Struct, frozen=True):
    """In order, nothing left out; the bytes as they once were pushed."""

    epoch: int
    first_seq: int
    events: list[PushedEvent]
    more: bool


class WipedNote(msgspec.Struct, frozen=True):
    """`POST /v1/devices/wiped`: the database key is gone; the last thing a wiped till says."""

    unsent: int
    """Entries that the hub had not confirmed then: they are in the ledger, sealed."""


class WipedReply(msgspec.Struct, frozen=True):
    """The hub has noted it."""

    state: str
