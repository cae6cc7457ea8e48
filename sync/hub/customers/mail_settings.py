"""How mail leaves the hub: its server, its sender; the password sealed like every other secret."""

from __future__ import annotations

from typing import Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from sync.hub.channels import keeping
from sync.hub.customers import contacts
from sync.hub.database import Connection
from sync.hub.identity import set_value, value_of
from sync.protocol.customers import EMAIL

_NAME: Final = "mail"
STARTTLS, TLS, PLAIN = "starttls", "tls", "none"
WAYS: Final = (STARTTLS, TLS, PLAIN)
PORTS: Final = {STARTTLS: 587, TLS: 465, PLAIN: 25}


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a server of mail needs to know."""

    host: str
    port: int
    way: str
    sender: str
    name: str = ""
    """Whom people read as its sender; empty is the store's own name."""
    user: str = ""
    password: str = ""
    reply_to: str = ""

    def __repr__(self) -> str:
        """Without the password, wherever it is shown."""
        return f"<mail by {self.host}:{self.port} as {self.sender}>"


def put(connection: Connection, settings: Settings) -> Settings:
    """Keeps them, sealed. Raises Refused("mail_setting_bad") and of the secrets' key."""
    checked = msgspec.structs.replace(
        settings,
        sender=contacts.normal(EMAIL, settings.sender),
        reply_to=contacts.normal(EMAIL, settings.reply_to) if settings.reply_to else "",
        name=plain(settings.name, 80),
    )
    host_bad = not checked.host or not checked.host.isprintable() or " " in checked.host
    if host_bad or not 0 < checked.port < 65_536 or checked.way not in WAYS or not checked.sender:
        raise Refused("mail_setting_bad")
    if settings.reply_to and not checked.reply_to:
        raise Refused("mail_setting_bad")
    if checked.way == PLAIN and checked.password:
        raise Refused("mail_password_in_clear")
    whole = msgspec.to_builtins(checked)
    set_value(connection, _NAME, keeping.seal(connection, _NAME, whole))
    return checked


def load(connection: Connection) -> Settings | None:
    """The settings; None where nobody set any. Raises Refused of the secrets' key."""
    sealed = value_of(connection, _NAME)
    if not sealed:
        return None
    return msgspec.convert(keeping.unseal(connection, _NAME, sealed), Settings)


def drop(connection: Connection) -> None:
    """No mail leaves the hub any more; what waits goes on waiting."""
    set_value(connection, _NAME, "")
