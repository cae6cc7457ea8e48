"""The shops a hub sells through: kept, read, and how it goes with each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select, update

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.channels import keeping
from sync.hub.channels.adapter import Settings
from sync.hub.database import Connection, Statement, adding, putting

SELLS_ALL, SELLS_MAPPED = "all", "mapped"
BOTH_LIVE: Final = dt.timedelta(days=1)
"""How long the secret before still opens the door after it was changed."""
RESERVED_NAMES: Final = frozenset({"till", "storefront"})
"""Channels of our own, which have no shop."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}").fullmatch

_c, _s = schema.channel.c, schema.channel_state.c
_ONE = Statement("channel", select(*_c).where(_c.channel == bindparam("channel")))
_EVERY = Statement("", select(*_c).order_by(_c.channel))
_PUT = putting(schema.channel)
_BEGIN = adding(schema.channel_state, ignore=True)
_STATE = Statement("channel", select(*_s).where(_s.channel == bindparam("channel")))


def _setting(column: str) -> Statement:
    return Statement(
        "value wanted",
        update(schema.channel_state)
        .where(_s.channel == bindparam("wanted"))
        .values({column: bindparam("value")}),
    )


_SET: Final = {
    name: _setting(name) for name in ("cursor", "polled", "poll_at", "health", "health_at")
}


@dataclass(frozen=True, slots=True)
class Shop:
    """A row of `channel`, as it is kept."""

    channel: str
    platform: str
    url: str
    currency: str
    options: str
    sealed: str
    active: bool
    stores: str
    sells: str
    safety: int
    made: str

    @property
    def conventions(self) -> dict[str, str]:
        """Its options."""
        return msgspec.json.decode(self.options, type=dict[str, str])

    @property
    def chosen(self) -> tuple[str, ...]:
        """The stores whose stock it is told; none means all."""
        return msgspec.json.decode(self.stores, type=tuple[str, ...])

    @property
    def address(self) -> str:
        """Where it delivers, as far as somebody said what the hub is called from outside."""
        public = self.conventions.get("public_url", "")
        return public.rstrip("/") + path_of(self.channel) if public else ""


@dataclass(frozen=True, slots=True)
class State:
    """How it goes with a shop; see the table."""

    channel: str
    cursor: str
    polled: str
    poll_at: str
    health: str
    health_at: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is sealed of a shop."""

    webhook: tuple[tuple[str, str], ...]
    """(secret, until when it holds; empty for the present one)."""
    api_key: str = ""
    api_secret: str = ""


def path_of(channel: str) -> str:
    """The path of its deliveries."""
    return f"/v1/channels/{channel}/deliveries"


def find(connection: Connection, channel: str) -> Shop | None:
    """The shop of that name."""
    row = connection.one(_ONE, (channel,))
    return _shop(row) if row else None


def load(connection: Connection, channel: str) -> Shop:
    """The same. Raises Refused("channel_unknown")."""
    found = find(connection, channel)
    if found is None:
        raise Refused("channel_unknown", channel=channel)
    return found


def every(connection: Connection) -> list[Shop]:
    """All of them by name."""
    return [_shop(row) for row in connection.all(_EVERY)]


def _shop(row: tuple[Any, ...]) -> Shop:
    fields = dict(zip(Shop.__slots__, row, strict=True))
    return Shop(**{**fields, "active": bool(fields["active"])})


def state(connection: Connection, channel: str) -> State:
    """How it goes with it."""
    row = connection.one(_STATE, (channel,))
    return State(*row) if row else State(channel, "", "", "", "", "")


def note(connection: Connection, channel: str, **said: str) -> None:
    """Writes of its state what is said."""
    for name, value in said.items():
        connection.run(_SET[name], (value, channel))


def make(
    connection: Connection,
    channel: str,
    platform: str,
    url: str,
    currency: str,
    secrets: Secrets,
    now: dt.datetime,
    *,
    options: Mapping[str, str] | None = None,
    stores: tuple[str, ...] = (),
    sells: str = SELLS_ALL,
    safety: int = 0,
) -> Shop:
    """A new shop. Raises Refused("channel_name_bad" | "channel_exists") and of its secrets' key."""
    if not _NAME(channel) or channel in RESERVED_NAMES:
        raise Refused("channel_name_bad", channel=channel)
    if find(connection, channel) is not None:
        raise Refused("channel_exists", channel=channel)
    made = Shop(
        channel=channel,
        platform=platform,
        url=url.rstrip("/"),
        currency=currency,
        options=_json(dict(options or {})),
        sealed=_sealed(connection, channel, secrets),
        active=True,
        stores=_json(stores),
        sells=sells,
        safety=safety,
        made=stamp(now),
    )
    save(connection, made)
    connection.run(_BEGIN, (channel, "", "", stamp(now), "", ""))
    return made


def save(connection: Connection, shop: Shop) -> None:
    """Writes it as it is said."""
    connection.run(
        _PUT,
        (
            *(shop.channel, shop.platform, shop.url, shop.currency, shop.options, shop.sealed),
            *(shop.active, shop.stores, shop.sells, shop.safety, shop.made),
        ),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _sealed(connection: Connection, channel: str, secrets: Secrets) -> str:
    whole = {
        "webhook": [list(each) for each in secrets.webhook],
        "api_key": secrets.api_key,
        "api_secret": secrets.api_secret,
    }
    return keeping.seal(connection, f"channel:{channel}", whole)


def secrets_of(connection: Connection, shop: Shop) -> Secrets:
    """What is sealed of it. Raises Refused("secrets_key_missing" | "secrets_key_bad")."""
    whole = keeping.unseal(connection, f"channel:{shop.channel}", shop.sealed)
    pairs = tuple((str(secret), str(until)) for secret, until in whole["webhook"])
    return Secrets(pairs, whole["api_key"], whole["api_secret"])


def put_secrets(connection: Connection, shop: Shop, secrets: Secrets) -> Shop:
    """Seals others in the place of those it had."""
    changed = replace(shop, sealed=_sealed(connection, shop.channel, secrets))
    save(connection, changed)
    return changed


def rotated(secrets: Secrets, secret: str, now: dt.datetime) -> Secrets:
    """A new secret before those that hold, of which the present one ends in a day."""
    end = stamp(now + BOTH_LIVE)
    former = tuple((one, until or end) for one, until in secrets.webhook if not _over(until, now))
    return Secrets(((secret, ""), *former[:1]), secrets.api_key, secrets.api_secret)


def _over(until: str, now: dt.datetime) -> bool:
    return bool(until) and parse_utc(until) <= now


def settings_of(connection: Connection, shop: Shop, now: dt.datetime) -> Settings:
    """What its adapter is given: secrets in the clear, those that hold now, the newest first."""
    secrets = secrets_of(connection, shop)
    live = tuple(secret for secret, until in secrets.webhook if not _over(until, now))
    return Settings(
        channel=shop.channel,
        platform=shop.platform,
        url=shop.url,
        secrets=live,
        api_key=secrets.api_key,
        api_secret=secrets.api_secret,
        currency=shop.currency,
        options=shop.conventions,
    )
