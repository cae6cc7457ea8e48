"""The second copies of the journal: how far each reaches, and what would be lost without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pos_app import words
from pos_app.doctor.line import Line, Patient, bad, good, note, wrong
from pos_app.domain.errors import PosError, Unavailable
from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from pos_app.words import gettext as _
from pos_app.words import ngettext


def copies(patient: Patient) -> Iterator[Line]:
    """Each copy of the settings, read where it is; then what this till keeps for others."""
    settings = patient.settings
    if patient.identity is None:
        return
    if not settings.journal_copy and not settings.mirror_to:
        told = _(
            "No second copy of the journal is set up: what the hub lacks is on this disk only."
        )
        yield note("copy", told, _("Name a folder on a stick: journal_copy in till.toml."))
    if settings.journal_copy:
        yield _line(patient, "copy", settings.journal_copy)
    if settings.mirror_to:
        yield _line(patient, "mirror", settings.mirror_to)
    if settings.mirror_listen:
        yield _kept(patient.data)


def _line(patient: Patient, name: str, where: str) -> Line:
    keys = patient.needed_keys()
    try:
        seq = _reach(patient, keys, name, where)
    except PosError as error:
        return wrong(name, error)
    except OSError as cause:
        from sync.engine.shell.copies import code_of

        return wrong(name, Unavailable(code_of(cause)))
    with closing(JournalReader(patient.data, keys.db_key)) as journal:
        head = journal.head()
    with closing(Catalogue.open(patient.data, keys.db_key)) as catalogue:
        ack = catalogue.ack()
    held = ack.seq if ack is not None and ack.epoch == head.epoch else 0
    risk = max(0, head.seq - max(seq, held))
    facts = {"where": where, "seq": seq, "head": head.seq, "at_risk": risk}
    if risk:
        told = ngettext(
            "{count} entry is neither at the hub nor in the copy in {where}.",
            "{count} entries are neither at the hub nor in the copy in {where}.",
            risk,
        ).format(count=words.number(risk), where=where)
        return bad(name, told, _("It is copied while the till is open; look at it then."), **facts)
    told = _("Whatever the hub lacks is also in {where}.").format(where=where)
    return good(name, told, **facts)


def _reach(patient: Patient, keys: Keys, name: str, where: str) -> int:
    """The last entry a copy holds. Raises PosError and OSError."""
    from sync.engine.shell.copies import room_of
    from sync.engine.shell.mirror import TillKeeper
    from sync.journal_copy import CopyFile

    with closing(JournalReader(patient.data, keys.db_key)) as journal:
        identity = journal.identity()
        if name == "copy":
            room = room_of(patient.data, Path(where), identity.device)
            last = CopyFile(room, identity.epoch).last
        else:
            with closing(TillKeeper(patient.data, keys, where)) as keeper:
                last, _missing = keeper.reach(identity)
        if last is not None and journal.hash_at(identity.epoch, last.last) != last.hash:
            raise Unavailable("copy_ahead")
    return 0 if last is None else last.last


def _kept(data: Path) -> Line:
    from sync.engine.shell.mirror import ROOM

    room = data / ROOM
    tills = sorted(each for each in room.iterdir() if each.is_dir()) if room.is_dir() else []
    size = sum(path.stat().st_size for each in tills for path in each.iterdir())
    told = ngettext(
        "Copies of {count} other till are kept in {room}: {megabytes} MB.",
        "Copies of {count} other tills are kept in {room}: {megabytes} MB.",
        len(tills),
    ).format(count=len(tills), room=room, megabytes=words.number(size >> 20))
    return note("kept", told, tills=len(tills), bytes=size)
