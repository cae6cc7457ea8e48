"""A line of the check-up, and the till that is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pos_app import words
from pos_app.domain.errors import PosError
from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.ledger import LOCK_FILE
from pos_app.store.records import Identity
from sync.file_lock import is_held


class State(StrEnum):
    """How one thing stands."""

    READY = "ready"
    NOT_READY = "not_ready"
    NOTE = "note"
    """Neither: not part of this till, or nothing can be known of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at: what is, and what to do about it (empty where nothing is)."""

    name: str
    state: State
    told: str
    todo: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Patient:
    """A till's directory, and what the first looks found out for the later ones."""

    data: Path
    now: datetime
    settings: Settings = field(default_factory=Settings)
    keys: Keys | None = None
    identity: Identity | None = None
    offset_ms: int | None = None
    compared: bool = False
    """True where the hub has answered now: else `offset_ms` is of its last answer to sync."""

    def needed_keys(self) -> Keys:
        """The till's keys; raises what `Keys.load` raises."""
        if self.keys is None:
            self.keys = Keys.load(self.data)
        return self.keys

    @property
    def window_runs(self) -> bool:
        """Whether a window has this till open."""
        return is_held(self.data / LOCK_FILE)


def good(name: str, told: str, **facts: object) -> Line:
    """It is as it should be."""
    return Line(name, State.READY, told, facts=facts)


def note(name: str, told: str, todo: str = "", **facts: object) -> Line:
    """It is neither right nor wrong."""
    return Line(name, State.NOTE, told, todo, facts)


def bad(name: str, told: str, todo: str, **facts: object) -> Line:
    """It is not ready, and what to do."""
    return Line(name, State.NOT_READY, told, todo, facts)


def wrong(name: str, error: PosError) -> Line:
    """What a rule or a device said, as a line."""
    said = words.text_of(error)
    told = " ".join(part for part in (said.title, said.safe) if part)
    return bad(name, told, said.todo, code=error.code)
