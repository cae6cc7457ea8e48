"""Where a webhook may be sent: never into the network the hub itself stands in.

Whoever names an address could otherwise have the hub ask its neighbours for them. So the name is
resolved here, every address it has must be a public one, and the connection is made to the very
address that was looked at: a name that means something else a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pos_app.domain.errors import Refused, Unavailable

URL_MAX: Final = 2_000
_PORTS: Final = {"https": 443, "http": 80}
_TRANSLATED: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
"""Addresses that carry one of the old kind inside them, whichever it is."""
_METADATA: Final = ipaddress.ip_network("169.254.0.0/16")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart."""

    scheme: str
    host: str
    port: int
    path: str
    """With its query."""

    @property
    def authority(self) -> str:
        """As the Host header says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target(url: str, *, private_ok: bool) -> Target:
    """The parts of a URL; plain HTTP only within a network of one's own.

    Raises Refused("webhook_url_bad").
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as cause:
        raise Refused("webhook_url_bad", url=url[:200]) from cause
    schemes = ("https", "http") if private_ok else ("https",)
    strange = (
        len(url) > URL_MAX
        or not (url.isascii() and url.isprintable())
        or " " in url
        or parts.username is not None
        or parts.password is not None
        or "%" in host
        or not host
        or port == 0
    )
    if strange or parts.scheme not in schemes:
        raise Refused("webhook_url_bad", url=url[:200])
    path = parts.path or "/"
    return Target(
        parts.scheme,
        host,
        port or _PORTS[parts.scheme],
        path + ("?" + parts.query) * (parts.query != ""),
    )


def resolved(where: Target, *, private_ok: bool) -> str:
    """The one address to connect to.

    Raises Refused("address_private") where any that the name has may not be connected to, and
    Unavailable("host_unknown").
    """
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as cause:
        raise Unavailable("host_unknown", host=where.host) from cause
    addresses = [str(one[4][0]) for one in found]
    if not addresses:
        raise Unavailable("host_unknown", host=where.host)
    if not all(may_be_asked(one, private_ok=private_ok) for one in addresses):
        raise Refused("address_private", host=where.host)
    return addresses[0]


def may_be_asked(text: str, *, private_ok: bool) -> bool:
    """Whether the hub may connect to an address; with `private_ok` also to its own network.

    Never to a group, to nowhere, or to where a cloud keeps what its machines may not tell.
    """
    try:
        address: _Address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is not None:
            address = mapped
        elif address.is_loopback:
            return private_ok
        elif any(address in network for network in _TRANSLATED if network.version == 6):
            return False
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    if address.is_link_local or (address.version == 4 and address in _METADATA):
        return False
    return address.is_global or private_ok
