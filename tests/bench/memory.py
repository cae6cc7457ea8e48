"""Row 14: what a till's two processes hold, with the whole catalogue, after a busy quarter hour."""

from __future__ import annotations

from tests.bench.measure import Row
from tests.bench.window import measured


def run() -> list[Row]:
    """The window after its scans and searches, and sync after its backlog."""
    seen = measured()
    window, sync = seen["window_mb"], seen["sync_mb"]
    return [
        Row(14, "memory of window and sync", window + sync, "MB", gate=300.0, on="measured"),
        Row(14, "memory of the window", window, "MB", goal=120.0, on="measured"),
        Row(0, "memory of sync", sync, "MB"),
    ]
