"""The sync process's own log: JSON lines in the till's directory, rotated, without secrets."""

from __future__ import annotations

import logging
import logging.handlers
import os
from pathlib import Path
from typing import Any, Final

LOG_BYTES: Final = 1 << 20
LOG_FILES: Final = 4


def open_log(data: Path) -> Any:
    """A structlog logger that writes to `DATA/log/sync.log`.

    What is logged are modes, codes and counts: never bodies, keys, names or amounts. A place that
    cannot be written, or a full disk, costs the log and nothing else.
    """
    import structlog

    handler: logging.Handler
    try:
        handler = _file(data / "log")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("holdfast.sync")
    for before in logger.handlers:
        before.close()
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)
    return structlog.wrap_logger(
        logger,
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )


def _file(room: Path) -> logging.Handler:
    room.mkdir(mode=0o700, exist_ok=True)
    path = room / "sync.log"
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    return _Patient(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")


class _Patient(logging.handlers.RotatingFileHandler):
    """A line that cannot be written is lost, quietly."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Nothing: there is nowhere to say it."""
