"""What tills ask about goods that come back: one row a question, which `desk` makes endpoints of."""

from __future__ import annotations

from typing import Final

from sync.hub.returning import finding, pended
from sync.hub.right_desk import Row
from sync.protocol import PendedLook, PendedReply, SaleFind, SalesFound

ROWS: Final = (
    Row(
        "/v1/sales/find",
        "Sales of all stores and orders of all channels, by what a customer has in the hand.",
        SaleFind,
        finding.answer,
        (),
        SalesFound,
    ),
    Row(
        "/v1/returns/pended",
        "What became of a slip that was given for goods without paying.",
        PendedLook,
        pended.look,
        (),
        PendedReply,
    ),
)
