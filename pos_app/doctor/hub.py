"""The hub as this till reaches it, the clock beside it, and what has not gone there yet."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pos_app import __version__, words
from pos_app.doctor.line import Line, Patient, bad, good, note, wrong
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Unavailable
from pos_app.store.catalogue import Catalogue
from pos_app.store.reader import JournalReader, LedgerView, ledger_file
from pos_app.store.records import Identity
from pos_app.words import gettext as _
from pos_app.words import ngettext
from sync.file_lock import is_held

CLOCK_MAX_S: Final = 120
"""How far from the hub's a till's clock may be."""


def hub(patient: Patient) -> Iterator[Line]:
    """A signed hello of our own: whether the hub is there, and knows this till."""
    from sync.engine.bootstrap import check_address
    from sync.engine.state import VERDICTS, Answered, Lost, Welcomed

    identity = patient.identity
    if identity is None:
        yield bad("hub", _("This till is not enrolled."), _("Run: holdfast till enrol"))
        return
    url = (patient.settings.hub_url or identity.hub_url).rstrip("/")
    if not url:
        yield bad("hub", _("No hub is set for this till."), _("Enter its address in the settings."))
        return
    check_address(url)
    asked = datetime.now(UTC)
    began = time.monotonic()
    event = _hello(patient, identity, url)
    took_ms = round((time.monotonic() - began) * 1000)
    if isinstance(event, Lost | Answered):
        yield wrong("hub", Unavailable(event.code or "hub_error"))
        return
    if not isinstance(event, Welcomed):  # intake has no other answer to a hello
        raise Unavailable("hub_garbled")
    hub = datetime.fromisoformat(event.reply.hub_time)
    offset = hub - (asked + timedelta(milliseconds=took_ms / 2))
    patient.offset_ms, patient.compared = round(offset.total_seconds() * 1000), True
    _mode, code = VERDICTS.get(event.reply.verdict, (None, "hub_error"))
    if code:
        yield wrong("hub", Unavailable(code))
        return
    told = _("The hub answers in {ms} ms and knows this till.").format(ms=took_ms)
    yield good("hub", told, url=url, ms=took_ms, verdict=event.reply.verdict)


def _hello(patient: Patient, identity: Identity, url: str) -> Any:
    from sync.engine import intake
    from sync.engine.outgo import Desk
    from sync.engine.shell.http import ask
    from sync.engine.state import HELLO, Answered, Lost
    from sync.protocol import PROTO, SCHEMA, Hello

    keys = patient.needed_keys()
    desk = Desk(url, identity, keys.sign, random.SystemRandom())
    with closing(JournalReader(patient.data, keys.db_key)) as journal:
        head = journal.head()

        def said() -> Any:
            now = datetime.now(UTC)
            message = Hello((PROTO, PROTO), SCHEMA, head, 0, {}, utc_text(now), __version__)
            signed_at = now + timedelta(milliseconds=patient.offset_ms or 0)
            reply = ask(url, desk.hello(message, signed_at))
            if isinstance(reply, str):
                return Lost(HELLO, reply)
            event = intake.welcomed(reply, lambda place: journal.hash_at(place.epoch, place.seq))
            if isinstance(event, Answered) and event.code == "signature_expired":
                hub = intake.hub_date(reply)
                if hub is not None:
                    offset = hub - datetime.now(UTC)
                    patient.offset_ms = round(offset.total_seconds() * 1000)
                    patient.compared = True
            return event

        event = said()
        if isinstance(event, Answered) and patient.compared:
            event = said()  # this machine's clock was set since the hub was last asked
        return event


def clock(patient: Patient) -> Iterator[Line]:
    """The clock beside the hub's, and beside this till's own last sale."""
    newest = ""
    if patient.identity is not None:
        with closing(LedgerView(ledger_file(patient.data), patient.needed_keys().db_key)) as view:
            sales = view.sales(1)
            newest = sales[0].wall if sales else ""
    todo = _("Set the clock of this machine, best by network time.")
    if newest and datetime.fromisoformat(newest) > patient.now + timedelta(seconds=CLOCK_MAX_S):
        yield bad("clock", _("The clock is behind this till's own last sale."), todo)
        return
    if patient.offset_ms is None:
        yield note("clock", _("The clock could not be compared: the hub never answered."))
        return
    seconds = patient.offset_ms / 1000
    told = _("The clock is {wait} from the hub's.").format(wait=words.wait(abs(seconds)))
    if abs(seconds) > CLOCK_MAX_S and not patient.compared:
        # It may have been set since: what the hub said then is no word on the clock of today.
        told = _("When the hub last answered, the clock was {wait} from the hub's.")
        told = told.format(wait=words.wait(abs(seconds)))
        more = _("Look whether this machine's time is right.")
        yield note("clock", told, more, offset_ms=patient.offset_ms)
    elif abs(seconds) > CLOCK_MAX_S:
        yield bad("clock", told, todo, offset_ms=patient.offset_ms)
    else:
        yield good("clock", told, offset_ms=patient.offset_ms)


def sync(patient: Patient) -> Iterator[Line]:
    """Whether sync runs, and what waits for the hub and for the printer."""
    keys = patient.needed_keys()
    with closing(Catalogue.open(patient.data, keys.db_key)) as catalogue:
        ack = catalogue.ack()
    with closing(LedgerView(ledger_file(patient.data), keys.db_key)) as view:
        unsent = view.unsent(ack)
        waiting = view.print_jobs(("queued", "unknown"))
        newest = view.sales(1)
    alive = is_held(patient.data / "sync.lock")
    if alive:
        yield good("sync", _("The sync process runs."))
    elif patient.window_runs:
        told = _("The sync process is not running though the till is.")
        yield bad("sync", told, _("It is started again by itself; if not, restart the till."))
    else:
        yield note("sync", _("The sync process is not running; it starts with the till."))
    if unsent.entries:
        told = ngettext(
            "{count} entry is not at head office yet; it is safe here.",
            "{count} entries are not at head office yet; they are safe here.",
            unsent.entries,
        ).format(count=words.number(unsent.entries))
        if unsent.sales and newest:
            worth = words.money(unsent.amount, newest[0].currency)
            more = ngettext(
                "Among them {sales} sale, worth {worth}.",
                "Among them {sales} sales, worth {worth}.",
                unsent.sales,
            )
            told = f"{told} {more.format(sales=words.number(unsent.sales), worth=worth)}"
        todo = _("It goes by itself when the hub answers; at once: holdfast till sync --once")
        yield bad("unsent", told, todo, entries=unsent.entries, sales=unsent.sales)
    else:
        yield good("unsent", _("Everything is at head office."), entries=0, sales=0)
    if waiting:
        told = ngettext("{count} receipt waits.", "{count} receipts wait.", len(waiting))
        todo = _("Look at the printer; they print when it is ready.")
        yield bad("receipts", told.format(count=len(waiting)), todo, waiting=len(waiting))
    else:
        yield good("receipts", _("No receipt waits."), waiting=0)
