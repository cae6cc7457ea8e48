"""Half a million customers on one till: found key by key, and one of them opened."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

from pos_app.store import customer_rows
from pos_app.store.catalogue import Catalogue
from pos_app.store.replica import ReplicaWriter, swap
from sync.protocol.customers import CARD, EMAIL, PHONE, Contact, CustomerRow
from tests.bench.measure import KEY, Row, percentile, sized, timed_ms, workplace
from tests.store.replica_feed import reply

MANY: Final = 500_000
AT_ONCE: Final = 5_000
KEYS_GATE_MS: Final = 50.0
_FIRST = [
    "Sara",
    "Saara",
    "Sarah",
    "Mia",
    "Maria",
    "Anna",
    "Aino",
    "Eero",
    "Onni",
    "Leo",
    "Elias",
    "Emma",
    "Lena",
    "Jonas",
    "Noah",
    "Finn",
    "Max",
    "Paul",
    "Omar",
    "Layla",
    "Youssef",
    "Fatima",
    "Ivan",
    "Olga",
    "Piotr",
    "Zofia",
    "Jan",
    "Eva",
    "Luca",
    "Giulia",
    "Pierre",
    "Chloe",
    "Hugo",
    "Ines",
    "Diego",
]
_LAST = [
    "Lindqvist",
    "Jokinen",
    "Niemi",
    "Aalto",
    "Koski",
    "Virtanen",
    "Korhonen",
    "Mueller",
    "Schmidt",
    "Huber",
    "Gruber",
    "Weber",
    "Fischer",
    "Novak",
    "Kowalski",
    "Rossi",
    "Ferrari",
    "Martin",
    "Bernard",
    "Garcia",
    "Lopez",
    "Silva",
    "Costa",
    "Haddad",
    "Nasser",
    "Ozturk",
    "Yilmaz",
    "Johansson",
    "Andersson",
    "Hansen",
    "Larsen",
    "Nielsen",
    "Dubois",
    "Moreau",
    "Keller",
    "Brandt",
    "Sandoval",
    "Aydin",
]


def person(number: int, chance: random.Random) -> CustomerRow:
    """Somebody, always the same by their number."""
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    tail = f"{chance.choice('abcdefghijklmnoprstuvw')}{number % 97}"
    return CustomerRow(
        f"0199f000-0000-7000-8000-{number:012d}",
        1,
        f"{first} {last}{'' if number % 3 else '-' + chance.choice(_LAST)}",
        (
            Contact(EMAIL, f"{first}.{last}{tail}@mail{number % 40}.example".lower(), "web"),
            Contact(PHONE, f"+35840{chance.randrange(10**7):07d}", "app"),
            Contact(CARD, f"HF-{number:08d}", "store"),
        ),
        language="fi",
        member=bool(number % 4),
        tier=("basic", "silver", "gold")[number % 3],
        points=chance.randrange(5_000),
        last_seen=f"2026-0{1 + number % 9}-1{number % 9}T10:00:00.000Z",
        last_store="Kallio",
    )


def made(many: int) -> Path:
    """A till's replica with that many customers."""
    data = workplace() / "customers"
    data.mkdir(exist_ok=True)
    chance = random.Random(6)
    with ReplicaWriter.create_beside(data, KEY) as writer:
        at = 0
        while at < many:
            rows = [person(at + n, chance) for n in range(min(AT_ONCE, many - at))]
            _, pos = writer.cursors().get("store:1", ("", 0))
            writer.apply(reply(pos, ("customer", rows), stream="store:1"))
            at += len(rows)
        writer.finish()
    swap(data, KEY)
    return data


def typed(chance: random.Random, many: int) -> list[str]:
    """What people type, letter by letter: names, both names, ends of numbers, addresses, cards."""
    row = person(chance.randrange(many), random.Random(chance.random()))
    whole = chance.choice(
        (
            row.name.split()[0],
            row.name,
            " ".join(reversed(row.name.split())),
            row.contacts[0].value,
            row.contacts[1].value[-4:],
            "0" + row.contacts[1].value[4:],
            row.contacts[2].value,
        )
    ).lower()
    return [whole[:end] for end in range(3, len(whole) + 1)]


def run() -> list[Row]:
    """Each key of many searches, as the screen asks; and the rows of one page."""
    many = sized(MANY, 2_000)
    catalogue = Catalogue.open(made(many), KEY)
    chance = random.Random(7)
    times: list[float] = []
    texts = [text for _each in range(sized(400, 20)) for text in typed(chance, many)]
    for whole in (False, True):
        times += [
            timed_ms(lambda text=text, whole=whole: _found(catalogue, text, whole))
            for text in texts
        ]
    by_card = [
        timed_ms(lambda: _card(catalogue, f"HF-{chance.randrange(many):08d}"))
        for _each in range(sized(500, 20))
    ]
    catalogue.close()
    return [
        Row(
            *(0, "customer search, each key p99", percentile(times, 99), "ms"),
            gate=KEYS_GATE_MS,
            on="measured",
        ),
        Row(0, "customer search, each key p50", percentile(times, 50), "ms"),
        Row(0, "customer by card p99", percentile(by_card, 99), "ms"),
    ]


def _found(catalogue: Catalogue, text: str, whole: bool) -> Any:
    asked = customer_rows.wanted(text, whole=whole)
    if asked is None:
        return []
    return catalogue.customers(
        lambda connection: customer_rows.find(connection, asked.match, customer_rows.LOOKED_AT)
    )


def _card(catalogue: Catalogue, code: str) -> Any:
    asked = customer_rows.by_card(code)
    return catalogue.customers(lambda connection: customer_rows.find(connection, asked, 5))
