"""The words of `holdfast hub channel`: online shops, and what their names mean here."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Final

import msgspec

from pos_app.domain.errors import Refused
from sync.hub import commands, store
from sync.hub.answers import SystemClock, stamp
from sync.hub.catalogue_values import Unreadable, thousandths
from sync.hub.channels import due, keeping, lanes, mapping, shops
from sync.hub.channels.adapters import PLATFORMS, adapter_of
from sync.hub.channels.shops import SELLS_ALL, SELLS_MAPPED, Secrets, Shop
from sync.hub.database import Connection

_Words = argparse._SubParsersAction  # noqa: SLF001 - argparse names this type no other way
_VERBS: Final = (
    "add | set | list | test | sync-now | retry | rotate-secret | map | pause | resume | erase"
)
_EXAMPLES: Final = """for instance:
  add web --platform standard --url https://shop.example --public https://hub.example
  map web store downtown 1
  map web sku SHIRT-BLUE-M 100234"""


def add_words(
    words: _Words[argparse.ArgumentParser],
    word: Callable[..., argparse.ArgumentParser],
    json_too: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds channel to `holdfast hub`."""
    channel = words.add_parser("channel", help="online shops: who they are, how it goes with them")
    verbs = channel.add_subparsers(dest="verb", required=True, metavar=_VERBS)
    add = word(verbs, "add", _add, "a shop; says once where it delivers and with which secret")
    add.formatter_class = argparse.RawDescriptionHelpFormatter
    add.epilog = _EXAMPLES
    _named(add)
    add.add_argument(
        "--platform", required=True, choices=sorted(PLATFORMS), help="what the shop runs on"
    )
    change = _named(word(verbs, "set", _change, "another address, key or way; the rest stays"))
    for parser in (add, change):
        _about(parser, first=parser is add)
    json_too(word(verbs, "list", _list, "all shops, and how it goes with each"))
    _named(word(verbs, "test", _test, "whether a shop answers, and whether it knows the hub"))
    _named(word(verbs, "sync-now", _sync_now, "ask it what changed, tell it all stock, at once"))
    _named(word(verbs, "retry", _retry, "read once more what could not be, ask what was refused"))
    rotate = _named(
        word(verbs, "rotate-secret", _rotate, "another secret; the one before holds for a day")
    )
    _secret(rotate)
    mapped = _named(
        word(verbs, "map", _map, "what it calls something; without names, all there is")
    )
    mapped.add_argument("kind", nargs="?", choices=mapping.KINDS, help="what is meant")
    mapped.add_argument("theirs", nargs="?", default="", metavar="THEIRS", help="the shop's name")
    mapped.add_argument("ours", nargs="?", default="", metavar="OURS", help="ours; none forgets it")
    json_too(mapped)
    _named(word(verbs, "pause", _pause, "say nothing to it for now; what it sends is kept"))
    _named(word(verbs, "resume", _resume, "go on with it"))
    erase = _named(word(verbs, "erase", _erase, "forget what it sent of a person, word for word"))
    erase.add_argument("person", metavar="PERSON", help="an e-mail address, a number or an id")


def _named(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("channel", metavar="NAME", help="the shop's name at this hub")
    return parser


def _secret(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--webhook-secret",
        default="",
        metavar="SECRET",
        help="the platform's own, where it makes one; - asks for it",
    )


def _about(parser: argparse.ArgumentParser, *, first: bool) -> None:
    parser.add_argument("--url", required=first, help="the address of its API")
    parser.add_argument("--public", metavar="URL", help="the hub's address as the shop sees it")
    parser.add_argument("--name", metavar="TEXT", help="what people call it")
    parser.add_argument("--currency", metavar="CODE", help="what it sells in (the first store's)")
    for name, told in (("key", "by which it knows the hub"), ("secret", "a second one")):
        parser.add_argument(f"--api-{name}", metavar="KEY", help=f"{told}; - asks for it")
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="a way of the platform"
    )
    parser.add_argument(
        "--only-store",
        action="append",
        metavar="NUMBER",
        help="tell it no other store's stock; again for more",
    )
    parser.add_argument(
        "--sells",
        choices=(SELLS_ALL, SELLS_MAPPED),
        help="whether it is told of all products, or of those that are mapped",
    )
    parser.add_argument("--safety", metavar="QUANTITY", help="of each product, never offered there")
    if first:
        _secret(parser)


def _asked(given: str | None, told: str) -> str:
    """An option that is a secret: `-` is asked for, so that no list of programs shows it."""
    if given != "-":
        return given or ""
    if sys.stdin.isatty():
        return getpass.getpass(f"{told}: ").strip()
    return sys.stdin.readline().strip()


def _conventions(chosen: argparse.Namespace) -> dict[str, str]:
    found = {}
    for each in chosen.option:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise Refused("option_bad", option="--option", value=each)
        found[name] = value
    said = {"public_url": chosen.public, "name": chosen.name}
    return found | {name: value for name, value in said.items() if value is not None}


def _safety(text: str | None) -> int:
    if not text:
        return 0
    try:
        found = thousandths(text, ".")
    except Unreadable as cause:
        raise Refused("option_bad", option="--safety", value=text) from cause
    if found < 0:
        raise Refused("option_bad", option="--safety", value=text)
    return found


def _stores(connection: Connection, chosen: argparse.Namespace) -> tuple[str, ...]:
    return tuple(
        store.load(connection, number).store.store_id for number in chosen.only_store or ()
    )


def _add(chosen: argparse.Namespace) -> int:
    from sync.hub.channels.stock_push import everything
    from sync.hub.webhooks.signing import new_secret

    adapter_of(chosen.platform)
    secret = _asked(chosen.webhook_secret, "Its webhook secret") or new_secret()
    secrets = Secrets(
        ((secret, ""),),
        _asked(chosen.api_key, "Its API key"),
        _asked(chosen.api_secret, "Second key"),
    )
    connection = commands.connected(chosen)
    now = SystemClock().now()
    with connection.transaction():
        shop = shops.make(
            connection,
            chosen.channel,
            chosen.platform,
            chosen.url,
            chosen.currency or store.every(connection)[0].store.currency,
            secrets,
            now,
            options=_conventions(chosen),
            stores=_stores(connection, chosen),
            sells=chosen.sells or SELLS_ALL,
            safety=_safety(chosen.safety),
        )
    everything(connection, shop)
    connection.close()
    due.forget()
    print(f"The shop {shop.channel} is known.")
    _say_door(shop, secret if not chosen.webhook_secret else "")
    return 0


def _say_door(shop: Shop, secret: str) -> None:
    print(f"It delivers to: {shop.address or shops.path_of(shop.channel)}")
    if secret:
        print(f"Its secret, shown this once: {secret}")


def _change(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    with connection.transaction():
        shop = shops.load(connection, chosen.channel)
        options = msgspec.json.encode({**shop.conventions, **_conventions(chosen)}).decode()
        changed = replace(
            shop,
            url=(chosen.url or shop.url).rstrip("/"),
            currency=chosen.currency or shop.currency,
            options=options,
            sells=chosen.sells or shop.sells,
            safety=shop.safety if chosen.safety is None else _safety(chosen.safety),
        )
        if chosen.only_store is not None:
            stores = msgspec.json.encode(_stores(connection, chosen)).decode()
            changed = replace(changed, stores=stores)
        shops.save(connection, changed)
        if chosen.api_key or chosen.api_secret:
            held = shops.secrets_of(connection, changed)
            key = _asked(chosen.api_key, "Its API key") or held.api_key
            second = _asked(chosen.api_secret, "Second key") or held.api_secret
            shops.put_secrets(connection, changed, Secrets(held.webhook, key, second))
    connection.close()
    due.forget()
    print(f"The shop {chosen.channel} was changed.")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    from sync.hub.channels import inbox
    from sync.hub.channels.depths import depths

    connection = commands.connected(chosen, write=False)
    rows = []
    for shop in shops.every(connection):
        state = shops.state(connection, shop.channel)
        deep = depths(connection, shop.channel, SystemClock().now())
        shown = (lambda text: text) if chosen.json else commands.moment
        rows.append(
            {
                "channel": shop.channel,
                "platform": shop.platform,
                "url": shop.url,
                "state": "paused" if not shop.active else state.health or "well",
                "heard": shown(inbox.heard(connection, shop.channel)),
                "asked": shown(state.polled),
                "to read": deep.inbox,
                "to tell": deep.outbox,
                "stock to tell": deep.stock,
            }
        )
    connection.close()
    commands.show(chosen, rows)
    return 0


def _test(chosen: argparse.Namespace) -> int:
    from sync.hub.channels.adapter import KeyRefused, ShopRefused, ShopUnreachable
    from sync.hub.channels.running import working

    connection = commands.connected(chosen)
    shop = shops.load(connection, chosen.channel)
    clock = SystemClock()
    try:
        with working(connection, clock, shop, lanes.IN) as work:
            said = work.adapter.health(work.client, work.settings, shop.address)
            changed = work.adapter.list_changed(work.client, work.settings, "")
            some, asked = list(islice(changed, 1)), work.client.asked
    except KeyRefused as cause:
        print(
            f"{shop.url} does not take the hub's key ({cause}). Give another: channel set --api-key"
        )
        return 1
    except ShopUnreachable as cause:
        print(f"{shop.url} does not answer as a shop does: {cause}. Nothing is lost meanwhile.")
        return 1
    except ShopRefused as cause:
        print(f"{shop.url} answers, and says no: {cause}")
        return 1
    finally:
        connection.close()
    if not asked:
        print("The shop only delivers: nothing can be asked of it.")
        return 0
    print(f"{shop.url} answers, and takes the hub's key.")
    print(
        said or "It delivers to the hub."
        if shop.address
        else "Where it delivers is not known: --public"
    )
    print("It has orders." if some else "It has no open orders, or no list of them.")
    return 0


def _sync_now(chosen: argparse.Namespace) -> int:
    from sync.hub.channels import inbox, outbox
    from sync.hub.channels.stock_push import everything

    connection = commands.connected(chosen)
    now = SystemClock().now()
    with connection.transaction():
        shop = shops.load(connection, chosen.channel)
        shops.note(connection, shop.channel, poll_at=stamp(now))
        inbox.at_once(connection, shop.channel, now)
        outbox.at_once(connection, shop.channel, now)
    goods = everything(connection, shop)
    connection.close()
    print(
        f"{shop.channel} is asked what changed, and told of {goods} products, as soon as the hub serves."
    )
    return 0


def _retry(chosen: argparse.Namespace) -> int:
    from sync.hub.channels import inbox, outbox

    connection = commands.connected(chosen)
    now = SystemClock().now()
    with connection.transaction():
        channel = shops.load(connection, chosen.channel).channel
        read = inbox.flagged_again(connection, channel, now)
        told = outbox.refused_again(connection, channel, now)
    connection.close()
    print(f"{channel}: {read} deliveries are read once more, {told} acts are asked for once more.")
    return 0


def _rotate(chosen: argparse.Namespace) -> int:
    from sync.hub.webhooks.signing import new_secret

    given = _asked(chosen.webhook_secret, "Its new webhook secret")
    secret = given or new_secret()
    connection = commands.connected(chosen)
    with connection.transaction():
        shop = shops.load(connection, chosen.channel)
        held = shops.secrets_of(connection, shop)
        shops.put_secrets(connection, shop, shops.rotated(held, secret, SystemClock().now()))
    connection.close()
    print(f"The shop {shop.channel} has another secret. The one before holds for a day.")
    _say_door(shop, "" if given else secret)
    return 0


def _map(chosen: argparse.Namespace) -> int:
    from sync.hub.channels.stock_push import of_product

    connection = commands.connected(chosen, write=bool(chosen.kind))
    shop = shops.load(connection, chosen.channel)
    channel = shop.channel
    if not chosen.kind:
        rows = [
            {"kind": kind, "theirs": theirs, "ours": ours}
            for kind, theirs, ours in mapping.every(connection, channel)
        ]
        connection.close()
        commands.show(chosen, rows)
        return 0
    if not chosen.theirs:
        raise Refused("option_bad", option="THEIRS", value="")
    if chosen.kind == mapping.STORE and chosen.ours:
        store.load(connection, chosen.ours)
    with connection.transaction():
        if chosen.ours:
            mapping.put(connection, channel, chosen.kind, chosen.theirs, chosen.ours)
            if chosen.kind == mapping.SKU:
                mapping.drop(connection, channel, mapping.UNSOLD, chosen.ours)
                of_product(connection, shop, chosen.ours, SystemClock().now())
        elif not mapping.drop(connection, channel, chosen.kind, chosen.theirs):
            raise Refused("option_bad", option="THEIRS", value=chosen.theirs)
    connection.close()
    due.forget()
    means = f"means {chosen.ours}" if chosen.ours else "means nothing any more"
    print(f"{chosen.kind} {chosen.theirs} of {channel} {means}.")
    return 0


def _pause(chosen: argparse.Namespace) -> int:
    return _set_active(chosen, active=False)


def _resume(chosen: argparse.Namespace) -> int:
    return _set_active(chosen, active=True)


def _set_active(chosen: argparse.Namespace, *, active: bool) -> int:
    from sync.hub.channels.stock_push import everything

    connection = commands.connected(chosen)
    with connection.transaction():
        shop = replace(shops.load(connection, chosen.channel), active=active)
        shops.save(connection, shop)
    if active:
        everything(connection, shop)
    connection.close()
    due.forget()
    print(f"{shop.channel} {'is spoken to again' if active else 'is left alone until resume'}.")
    return 0


def _erase(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    with connection.transaction():
        channel = shops.load(connection, chosen.channel).channel
        count = keeping.erase(connection, channel, chosen.person)
    connection.close()
    print(f"{count} deliveries of {channel} were emptied. What was booked of them stays.")
    return 0
