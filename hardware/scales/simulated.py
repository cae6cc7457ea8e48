"""A scale in memory, for demo and tests: it says what is put on it."""

from __future__ import annotations

from pos_app.domain.errors import Unavailable


class SimulatedScale:
    """Set `grams` or `fault` (one of the codes `Scale.weight` raises) from outside."""

    name = "simulated"

    def __init__(self, grams: int = 0) -> None:
        self.grams = grams
        self.fault = ""

    def weight(self) -> int:
        """See `Scale.weight`."""
        if self.fault:
            raise Unavailable(self.fault, scale=self.name)
        if not self.grams:
            raise Unavailable("scale_empty", scale=self.name)
        return self.grams

    def close(self) -> None:
        """See `Scale.close`."""
