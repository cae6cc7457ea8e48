"""What shops have in common whose own plug-in sends hints by Standard Webhooks."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from standardwebhooks import Webhook

from tests.hub.channels.fake import FakeShop, Sent


def minor(units: str) -> int:
    return int((Decimal(units) * 100).quantize(Decimal(1), ROUND_HALF_UP))


class BridgedShop(FakeShop):
    reservations_apart = True
    topics: ClassVar[dict[str, str]]

    def began(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.counts: dict[str, Counter[str]] = {}
        self.numbers: dict[tuple[str, str], int] = {}
        self._no = 0
        self._minute = 0

    def _next(self) -> int:
        self._no += 1
        return self._no

    def _now(self) -> str:
        self._minute += 1
        at = dt.datetime.fromisoformat(self.at) + dt.timedelta(minutes=self._minute)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def hint(self, order_id: str, what: str) -> dict[str, Any]:
        """The `data` of a delivery."""
        raise AssertionError((order_id, what))

    def version(self, order_id: str) -> str:
        raise AssertionError(order_id)

    def count(self, order_id: str, what: str) -> None:
        self.counts.setdefault(order_id, Counter())[what] += 1

    def sent(
        self,
        order_id: str,
        now_s: int,
        *,
        secret: str = "",
        delivery: str = "",
        what: str = "created",
    ) -> Sent:
        told = {"type": self.topics[what], "timestamp": self.at, "data": self.hint(order_id, what)}
        body = json.dumps(told)
        key = delivery or f"msg_{what}_{order_id}_{self.version(order_id)}"
        at = dt.datetime.fromtimestamp(now_s, dt.UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(now_s),
            "webhook-signature": Webhook(secret or self.secret).sign(key, at, body),
        }
        return Sent(headers, body.encode())

    def done(self, order_id: str) -> Counter[str]:
        return self.counts.get(order_id, Counter())

    def stock(self, sku: str, location: str) -> int | None:
        return self.numbers.get((sku, location))
