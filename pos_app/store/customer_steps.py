"""Where in a till's journal the entries stand that name a customer: a fold of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sync.protocol import Fact

_STEP: Final = "INSERT INTO customer_step (place, customer) VALUES (?, ?)"


def keep(execute: Callable[..., Any], fact: Fact, place: int) -> None:
    """That an entry names a customer, if it does."""
    customer = getattr(fact, "customer", "")
    if customer:
        execute(_STEP, (place, customer))
