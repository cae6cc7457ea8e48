"""Another signing key for a till: the one before signs the fact that names it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pos_app.domain.day import utc_text
from pos_app.store import doubt
from sync.protocol import KeyRotated

if TYPE_CHECKING:
    from datetime import datetime

    from pos_app.store.ledger import Ledger

SINCE: Final = "key_since"
"""Under this name `setting` keeps since when the present key signs."""


def rotate(ledger: Ledger, data: Path, *, business_date: str, actor: str = "") -> str:
    """The public half (hex) of the key that signs from the next entry on.

    The key is kept before it is named, so a power cut leaves the old one in force, or the new one.
    Raises what keys and transactions raise.
    """
    made = ledger.signing_keys().with_another(data)
    now = ledger.clock.now()
    with ledger.transaction() as tx:
        stamp = tx.stamp(business_date=business_date, actor=actor)
        tx.append(KeyRotated(**stamp, pubkey=made.public_hex))
        tx.sign_by(made.public_hex)
        tx.keep_setting(SINCE, utc_text(now).encode())
    ledger.use_keys(made)
    return made.public_hex


def signs_since(ledger: Ledger, now: datetime) -> str:
    """Since when the present key signs (UTC), as far as this ledger knows; noted where it is not."""
    held = doubt.read_value(ledger.connection, SINCE)
    if held is not None:
        return held.decode()
    with ledger.transaction() as tx:
        tx.keep_setting(SINCE, utc_text(now).encode())
    return utc_text(now)
