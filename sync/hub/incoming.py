"""A request on its way in: its headers, and its body within bounds of size and time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from sync.hub.answers import HubProblem
from sync.hub.desk import Endpoint


def size_of(headers: dict[str, str], endpoint: Endpoint) -> int:
    """What a body may come to, as it says or as the endpoint takes."""
    told = headers.get("content-length", "")
    if told.isascii() and told.isdigit() and len(told) < 12:
        return min(int(told), endpoint.body_max)
    return endpoint.body_max if "transfer-encoding" in headers else 0


def fields_of(http: HttpRequest) -> dict[str, str]:
    """Headers by their names in small letters; one that came twice has both values.

    So it fits nothing that was signed.
    """
    fields: dict[str, str] = {}
    for raw_name, raw_value in http.scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


async def body_of(http: HttpRequest, endpoint: Endpoint, seconds: float) -> bytes:
    """The body, never more of it than the endpoint takes, never longer than its time."""
    told = http.headers.get("content-length", "0")
    if told.isascii() and told.isdigit() and int(told) > endpoint.body_max:
        raise HubProblem("body_too_large", f"at most {endpoint.body_max} bytes")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in http.stream():
                size += len(part)
                if size > endpoint.body_max:
                    raise HubProblem("body_too_large", f"at most {endpoint.body_max} bytes")
                parts.append(part)
    except TimeoutError as cause:
        raise HubProblem("slow_request") from cause
    except ClientDisconnect as cause:
        raise HubProblem("malformed", "the body broke off") from cause
    return b"".join(parts)
