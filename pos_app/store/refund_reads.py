"""What a till's ledger holds of refunds: those of a sale, and sales by what people read from paper."""

from __future__ import annotations

from typing import Any, Final

from pos_app.store.journal import SELECT_BODY
from pos_app.store.reads import Reads, whole
from sync.protocol import Refunded, Sale, decode_fact

_OF_SALE: Final = "SELECT refund_id FROM refund WHERE sale_id = ? ORDER BY place"


class RefundReads(Reads):
    """The part of a ledger's reads that is about refunds."""

    def refunds_of(self, sale_id: str) -> list[Refunded]:
        """The refunds this till made of a sale, oldest first."""
        found = []
        for (refund_id,) in self._rows(_OF_SALE, (sale_id,)):
            fact = self._decoded(refund_id)
            if isinstance(fact, Refunded):
                found.append(fact)
        return found

    def refund(self, refund_id: str) -> Refunded | None:
        """A refund's fact; None for an unknown id or another kind of fact."""
        fact = self._decoded(refund_id)
        return fact if isinstance(fact, Refunded) else None

    def voided_by(self, sale_id: str) -> str:
        """Number of the document that took a sale back as a whole; empty for none."""
        row = self._row("SELECT doc_no FROM sale WHERE void_of = ? AND void_of <> ''", (sale_id,))
        return "" if row is None else str(row[0])

    def sale_by_tail(self, tail: int) -> Sale | None:
        """The last sale whose receipt number ends in `.tail`: what people read from paper."""
        row = self._row(
            "SELECT sale_id FROM sale WHERE doc_n = ? AND kind = 'sale' ORDER BY place DESC LIMIT 1",
            (tail,),
        )
        fact = None if row is None else self._decoded(row[0])
        return fact if isinstance(fact, Sale) else None

    def _decoded(self, fact_id: str) -> Any:
        row = self._row(SELECT_BODY, (fact_id,))
        return None if row is None else whole(decode_fact, row[0])
