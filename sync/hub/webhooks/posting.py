"""One POST to a stranger: to the address that was looked at, within its time, no further.

No library is asked that would follow a redirect, take a proxy from the environment, keep a cookie or
read an answer without end. Of the answer only the status and `Retry-After` are of interest.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from pos_app.domain.errors import PosError
from sync.hub.webhooks.addresses import resolved, target

PATIENCE_S: Final = 15.0
"""For all of it: name, connection, request, and the head of the answer."""
HEAD_MAX: Final = 16 << 10
_PIECE: Final = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: the status, or 0 and why there is none."""

    status: int
    detail: str = ""
    retry_after_s: int = 0


class _Broken(Exception):
    """What answered does not speak HTTP."""


def post(
    url: str,
    headers: dict[str, str],
    body: bytes,
    *,
    private_ok: bool,
    patience_s: float = PATIENCE_S,
) -> Answer:
    """Sends it and reads the head of the answer. Raises nothing: whatever went wrong is told."""
    deadline = time.monotonic() + patience_s
    try:
        where = target(url, private_ok=private_ok)
        address = resolved(where, private_ok=private_ok)
        given = {
            "host": where.authority,
            "content-length": str(len(body)),
            "connection": "close",
            **headers,
        }
        head = f"POST {where.path} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in given.items())
        plain = socket.create_connection((address, where.port), timeout=_left(deadline))
        with contextlib.ExitStack() as closing:
            closing.callback(plain.close)
            line = plain
            if where.scheme == "https":
                context = ssl.create_default_context()
                line = context.wrap_socket(plain, server_hostname=where.host)
                closing.callback(line.close)
            line.settimeout(_left(deadline))
            line.sendall(head.encode("ascii") + b"\r\n" + body)
            return _answer(line, deadline)
    except PosError as refused:
        return Answer(0, refused.code)
    except TimeoutError:
        return Answer(0, "timeout")
    except ssl.SSLError as cause:
        return Answer(0, f"tls: {cause.reason or 'refused'}"[:80])
    except (OSError, _Broken, UnicodeError) as cause:
        return Answer(0, type(cause).__name__.strip("_").lower())


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _answer(line: socket.socket, deadline: float) -> Answer:
    """The final answer's head; one that only says "go on" is read past."""
    held = b""
    while True:
        while (end := held.find(b"\r\n\r\n")) < 0:
            if len(held) > HEAD_MAX:
                raise _Broken
            line.settimeout(_left(deadline))
            piece = line.recv(_PIECE)
            if not piece:
                raise _Broken
            held += piece
        head, held = held[:end], held[end + 4 :]
        status = _status(head)
        if status >= http.client.OK:
            return Answer(status, "", _retry_after(head))


def _status(head: bytes) -> int:
    first = head.partition(b"\r\n")[0].split(b" ", 2)
    if len(first) < 2 or not first[0].startswith(b"HTTP/1.") or not first[1].isdigit():
        raise _Broken
    status = int(first[1])
    if not 100 <= status <= 599:
        raise _Broken
    return status


def _retry_after(head: bytes) -> int:
    """Seconds, however it says it; 0 where it does not, a day at most."""
    fields = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2] + b"\r\n\r\n"))
    told = str(fields.get("retry-after", "")).strip()
    if told.isascii() and told.isdigit() and len(told) < 9:
        return min(int(told), 86_400)
    try:
        moment = parsedate_to_datetime(told)
        return min(max(int(moment.timestamp() - time.time()), 0), 86_400)
    except (ValueError, TypeError, OverflowError):
        return 0
