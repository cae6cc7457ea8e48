"""What the hub says of its work: a line a request, as JSON or as text, on standard error.

A line holds what an operator needs and nothing a stranger or a person would mind: the endpoint's
own path, the till's id, status, duration, sizes and a request id; never a body, a query, a name, a
signature or an amount. Long polls that end in order are not worth a line.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from typing import Any, Final

FORMATS: Final = ("text", "json", "none")
REQUEST_ID: Final = "x-request-id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")


def request_id(given: str) -> str:
    """The id of a request: what a proxy gave it, or a new one."""
    return given if _GIVEN.match(given) else secrets.token_hex(8)


def open_log(form: str) -> Any:
    """A structlog logger for requests, None where they are not wanted.

    Warnings of every library come out in the same form.
    """
    import structlog

    handler = logging.StreamHandler(sys.stderr)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    if form == "none":
        return None
    logger = logging.getLogger("holdfast.hub")
    logger.setLevel(logging.INFO)
    wrap = structlog.stdlib.ProcessorFormatter.wrap_for_formatter
    return structlog.wrap_logger(
        logger, processors=[*shared, wrap], wrapper_class=structlog.stdlib.BoundLogger
    )
