"""What a run has seen of the hub so far, so that each check looks only at what is new."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class SeenRights:
    """The same of rights."""

    n: int = 0
    """The hub's number of the last entry whose values were added up."""
    values: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """(kind, account) -> what came in less what was reversed, and what was reversed."""
    spent: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(right, kind, account) -> what facts spent of it."""
    told: dict[str, set[str]] = field(default_factory=dict)
    """Type of a fact -> the rights it names."""
    states: dict[str, str] = field(default_factory=dict)
    """Right -> its state at the last commit."""
    asked: dict[str, bytes] = field(default_factory=dict)
    """Id -> the words that were answered with a right."""


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
    model_n: dict[str, int] = field(default_factory=dict)
    """Stream -> the hub's number of the last entry in its model."""
    model: dict[tuple[str, str], int] = field(default_factory=dict)
    """(stream, sku) -> stock as the entries up to there make it, worked out beside the hub."""
    moves: dict[str, int] = field(default_factory=dict)
    """Stream -> number of the last movement without a fact that is in its model."""
    moved: set[tuple[str, str]] = field(default_factory=set)
    """What of the model changed since it was compared."""
    reflected: dict[str, list[tuple[int, str, int, int]]] = field(default_factory=dict)
    """Stream -> (position, device, epoch, seq)."""
    prices: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Sku -> (position of the global stream, amount)."""
    restores: int = 0
    rights: SeenRights = field(default_factory=SeenRights)

    def hub_restored(self) -> None:
        """An older hub is in its place: what was seen has to be seen again."""
        self.restores += 1
        self.event_n = 0
        self.rights = SeenRights(asked=self.rights.asked)
        for kept in (
            self.model_n,
            self.moves,
            self.heads,
            self.feed_pos,
            self.stock,
            self.hashes,
            self.model,
            self.answered,
        ):
            kept.clear()
        for also in (self.reflected, self.prices, self.ids, self.moved):
            also.clear()
