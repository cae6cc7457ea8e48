"""What is on this machine: program, keys, ledger, disk, and what the hub has sent."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from pos_app import words
from pos_app.doctor.line import Line, Patient, bad, good, note
from pos_app.domain.errors import Unavailable
from pos_app.settings import Settings
from pos_app.store.catalogue import CURRENT, DAMAGED, PREVIOUS, Catalogue
from pos_app.store.keys import KEYS_FILE, Keys
from pos_app.store.reader import ledger_file
from pos_app.store.reads import LEDGER_FILE
from pos_app.words import gettext as _
from pos_app.words import ngettext

DISK_MIN: Final = 500 << 20
"""Bytes free below which a till needs attention."""


def settings(patient: Patient) -> Iterator[Line]:
    """Whether till.toml can be read; what it says is used by the later looks."""
    patient.settings = Settings.load(patient.data)
    yield good("settings", _("The settings are readable."))


def sqlite(_patient: Patient) -> Iterator[Line]:
    """Whether SQLite is new enough, and can encrypt."""
    from sqlcipher3 import dbapi2

    from pos_app.store.schema import check_version

    check_version()
    with closing(dbapi2.connect(":memory:")) as connection:
        row = connection.execute("PRAGMA cipher_version").fetchone()
    if not row:
        told = _("SQLite {version} cannot encrypt.").format(version=dbapi2.sqlite_version)
        yield bad("sqlite", told, _("Install the program again."))
        return
    told = _("SQLite {version} with SQLCipher {cipher}.")
    yield good(
        "sqlite",
        told.format(version=dbapi2.sqlite_version, cipher=row[0]),
        sqlite=dbapi2.sqlite_version,
        sqlcipher=row[0],
    )


def keys(patient: Patient) -> Iterator[Line]:
    """Whether the keys are there and nobody else can read them."""
    patient.keys = Keys.load(patient.data)
    if patient.settings.keys == "keyring":
        yield good("keys", _("The keys are in the system's keyring."), where="keyring")
        return
    path = patient.data / KEYS_FILE
    mode = stat.S_IMODE(path.stat().st_mode)
    if sys.platform != "win32" and mode & 0o077:
        told = _("Others on this machine can read the till's keys ({file}, mode {mode}).")
        yield bad(
            "keys",
            told.format(file=KEYS_FILE, mode=f"{mode:04o}"),
            _("Run: chmod 600 {path}").format(path=path),
            where="file",
            mode=f"{mode:04o}",
        )
        return
    yield good("keys", _("Only the owner can read the till's keys."), where="file", mode="0600")


def ledger(patient: Patient) -> Iterator[Line]:
    """Whether the ledger opens and the whole journal is as it was written."""
    from pos_app.store.journal_file import Ledgered, Unreadable
    from pos_app.store.verify import OK, verify
    from pos_app.store.witness import read_witness

    path = ledger_file(patient.data)
    keys = patient.needed_keys()
    try:
        with closing(Ledgered(path, keys.db_key)) as source:
            if source.connection.execute("PRAGMA cipher_integrity_check").fetchone():
                raise Unavailable("ledger_corrupt", file=LEDGER_FILE)
            patient.identity = source.identity
            seen = read_witness(patient.data)
            found = verify(source, keys.publics, [seen] if seen else [])
    except Unreadable as cause:
        raise Unavailable("ledger_corrupt", file=LEDGER_FILE) from cause
    place = "/".join(map(str, found.last_good))
    if found.code != OK:
        told = _("The journal is not as it was written ({told}); it is good up to {place}.")
        todo = _("Sell on another till, leave the files as they are, call head office.")
        yield bad("ledger", told.format(told=found.told, place=place), todo, code=found.code)
        return
    told = ngettext(
        "The ledger opens and its {count} entry agrees.",
        "The ledger opens and its {count} entries agree.",
        found.entries,
    )
    yield good(
        "ledger",
        told.format(count=words.number(found.entries)),
        entries=found.entries,
        last=place,
        store=source.identity.store,
        till=source.identity.till,
    )


def disk(patient: Patient) -> Iterator[Line]:
    """How much room is left."""
    free = shutil.disk_usage(patient.data).free
    told = _("{megabytes} MB are free on the disk.").format(megabytes=words.number(free >> 20))
    if free < DISK_MIN:
        todo = _("Make room: below {megabytes} MB a till is at risk.")
        yield bad("disk", told, todo.format(megabytes=DISK_MIN >> 20), free=free)
    else:
        yield good("disk", told, free=free)


def replica(patient: Patient) -> Iterator[Line]:
    """What of the hub's data is here, and how old it is."""
    keys = patient.needed_keys()
    with closing(Catalogue.open(patient.data, keys.db_key)) as catalogue:
        source = catalogue.source
        if source == "none":
            told = _("There is no copy of the catalogue here; custom items can be sold.")
            yield bad("catalogue", told, _("Bring the hub within reach: it is fetched by itself."))
            return
        offset = catalogue.state("hub_time_offset_ms")
        patient.offset_ms = int(offset) if offset else None
        counts = catalogue.counts()
        age_s = catalogue.age_s(patient.now)
    if source == "current" and (patient.data / DAMAGED).exists():
        source = "damaged"
    file = PREVIOUS if source == "previous" else CURRENT
    prices, stock, as_of = _counted(patient.data / file, keys.db_key)
    yield from _catalogue(source, age_s, counts, prices)
    yield from _people(counts)
    if stock:
        told = ngettext(
            "Stock of {count} product is here, the newest of it {age} old.",
            "Stock of {count} products is here, the newest of it {age} old.",
            stock,
        ).format(count=words.number(stock), age=_age(as_of, patient.now))
        yield good("stock", told, rows=stock)
    else:
        yield note("stock", _("The hub has told no stock yet. Selling works."), rows=0)
    yield note("customers", _("Customers are not part of this version."))


def _counted(path: Path, key: bytes) -> tuple[int, int, str]:
    """Prices, products with stock, and of when the newest of it is."""
    from sqlcipher3 import dbapi2

    from pos_app.store.schema import connect

    try:
        with closing(connect(path, key, write=False)) as connection:
            prices = connection.execute("SELECT count(*) FROM price").fetchone()[0]
            row = connection.execute("SELECT count(DISTINCT sku), max(as_of) FROM stock").fetchone()
    except dbapi2.Error as cause:
        raise Unavailable("replica_corrupt", file=path.name) from cause
    return int(prices), int(row[0]), str(row[1] or "")


def _catalogue(
    source: str, age_s: int | None, counts: dict[str, int], prices: int
) -> Iterator[Line]:
    products = counts.get("products", 0)
    facts = {"source": source, "age_s": age_s, "products": products, "prices": prices}
    told = _("{products} products and {prices} prices are here; the newest change is {age} old.")
    told = told.format(
        products=words.number(products),
        prices=words.number(prices),
        age=_("an unknown time") if age_s is None else words.wait(age_s),
    )
    if source == "previous":
        told = f"{_('The newest copy is damaged; the last good one is used.')} {told}"
        todo = _("Bring the hub within reach: it is fetched again by itself.")
        yield bad("catalogue", told, todo, **facts)
    elif source == "damaged":
        told = f"{_('A part of the copy is damaged; the rest is used.')} {told}"
        todo = _("Bring the hub within reach: it is fetched again by itself.")
        yield bad("catalogue", told, todo, **facts)
    elif not products:
        yield bad("catalogue", told, _("Import a catalogue at the hub."), **facts)
    else:
        yield good("catalogue", told, **facts)
    if prices:
        yield good("prices", _("{count} prices.").format(count=words.number(prices)), rows=prices)
    else:
        yield bad("prices", _("No prices are here."), _("Set prices at the hub."), rows=0)


def _people(counts: dict[str, int]) -> Iterator[Line]:
    staff = counts.get("staff", 0)
    lacking = [kind for kind in ("policy", "tax", "store") if not counts.get(kind)]
    if not staff:
        todo = _("Add people at the hub: holdfast hub staff add.")
        yield bad("staff", _("Nobody can sign in: no staff is here."), todo, rows=0)
    else:
        told = ngettext("{count} person can sign in.", "{count} people can sign in.", staff)
        yield good("staff", told.format(count=staff), rows=staff)
    if lacking:
        told = _("The hub has not sent: {kinds}.").format(kinds=", ".join(lacking))
        yield bad("rules", told, _("Set up the store at the hub."), lacking=lacking)
    else:
        yield good("rules", _("Tax, limits for staff and the store's data are here."))


def _age(utc: str, now: datetime) -> str:
    if not utc:
        return _("an unknown time")
    return words.wait(max(0.0, (now - datetime.fromisoformat(utc)).total_seconds()))
