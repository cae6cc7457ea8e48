"""What a till may ask about an entry of its store that the hub could not read."""

from __future__ import annotations

from typing import Final

from pos_app.domain.errors import Refused
from sync.hub import devices, quarantine
from sync.hub.answers import HubProblem, RandomIds
from sync.hub.exception_rights import role_of
from sync.hub.right_desk import Asked, Row
from sync.protocol.quarantines import ReplayAsk, ReplayReply


def _replay(asked: Asked) -> ReplayReply:
    """Asked again it is refused: it left quarantine once, and its effects are there once."""
    connection, message = asked.connection, asked.message
    number = int(asked.named) if asked.named.isascii() and asked.named.isdigit() else 0
    try:
        kept = quarantine.find(connection, number if number < 1 << 53 else 0)
    except Refused as refused:
        raise HubProblem("quarantine_unknown") from refused
    device = devices.find(connection, kept.device)
    if device is None or device.store_id != asked.device.store_id:
        raise HubProblem("quarantine_unknown")
    if role_of(connection, device.store_id, message.staff) is None:
        raise HubProblem("not_yours_to_settle")
    if not kept.waiting:
        raise HubProblem("quarantine_over")
    result = quarantine.replay(
        connection, kept.n, asked.keys, asked.now, RandomIds(), actor=message.staff
    )
    still = result == quarantine.QUARANTINED
    reason = quarantine.find(connection, kept.n).reason if still else ""
    return ReplayReply(kept.n, result, reason)


ROWS: Final = (
    Row(
        "/v1/quarantine/{id}/replay",
        "An entry the hub could not read is tried again; its effects are booked once.",
        ReplayAsk,
        _replay,
        ("quarantine_unknown", "quarantine_over", "not_yours_to_settle"),
        ReplayReply,
    ),
)
