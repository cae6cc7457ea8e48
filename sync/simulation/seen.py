"""What a run has seen of the hub so far, so that each check looks only at what is new."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """Everything here is the observer's own memory: no fault reaches it."""

    event_n: int = 0
    """The hub's number of the last entry that was looked at."""
    heads: dict[str, tuple[int, int, bytes]] = field(default_factory=dict)
    """Device -> epoch, seq and hash of the last entry at the hub."""
    answered: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Device -> epoch and seq of the last ack that left the hub."""
    feed_pos: dict[str, int] = field(default_factory=dict)
    """Stream -> position up to which the feed was looked at."""
    ids: set[str] = field(default_factory=set)
    """Facts that have had their effects."""
    stock: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=dict)
    """(stream, sku) -> (position, on hand), as the feed told it."""
    hashes: dict[tuple[str, int, int], bytes] = field(default_factory=dict)
    """(device, epoch, seq) -> hash, of all entries."""
    model_n: int = 0
    model: dict[str, int] = field(default_factory=dict)
    """Stock as the entries up to `model_n` make it, worked out beside the hub."""
    moved: set[str] = field(default_factory=set)
    """Skus of the model that changed since it was compared."""
    reflected: dict[str, list[tuple[int, str, int, int]]] = field(default_factory=dict)
    """Stream -> (position, device, epoch, seq)."""
    prices: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Sku -> (position of the global stream, amount)."""
    restores: int = 0

    def hub_restored(self) -> None:
        """An older hub is in its place: what was seen has to be seen again."""
        self.restores += 1
        self.event_n = self.model_n = 0
        for kept in (self.heads, self.feed_pos, self.stock, self.hashes, self.model, self.answered):
            kept.clear()
        for also in (self.reflected, self.prices, self.ids, self.moved):
            also.clear()
