"""What a person may see of the second copies of this till's journal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import Refused
from pos_app.presenters.desk import Desk
from pos_app.words import _, has_words, ngettext, number, since

PATIENCE = timedelta(minutes=5)
"""So long a stick may be out, or another till away, before a person is told."""


def told(status: Any, head: Any, acked: Any) -> str:
    """One line of the sheet: how much stands on this till's disk alone; empty without a copy."""
    if status is None or not status.copies:
        return ""
    held = acked.seq if acked is not None and acked.epoch == head.epoch else 0
    risk = head.seq - max(held, status.copied(head.epoch))
    if risk <= 0:
        return _("A second copy has everything that head office lacks.")
    return ngettext(
        "{count} entry is not in the second copy yet.",
        "{count} entries are not in the second copy yet.",
        risk,
    ).format(count=number(risk))


def troubles(status: Any, desk: Desk, now: datetime) -> list[tuple[str, str, str]]:
    """(title, detail, short) of each copy that has not been written for a while."""
    found = []
    for one in status.copies if status is not None else ():
        code, last = str(one.get("code", "")), str(one.get("at", ""))
        late = not last or now - parse_utc(last) > PATIENCE
        if not (code and late and has_words(code)):
            continue
        said = desk.words(Refused(code))
        more = _("Last complete {time}.").format(time=since(parse_utc(last), now, desk.zone))
        detail = " ".join(filter(None, (said.safe, said.todo, more if last else "")))
        found.append((said.title, detail, _("No second copy")))
    return found
