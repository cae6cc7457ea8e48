"""Words for states that a sentence names: of a till, of goods put aside, of an order's part."""

from __future__ import annotations

from typing import Final

from pos_app.domain.text import plain
from pos_app.words.language import gettext

N_ = str

STATES: Final[dict[str, str]] = {
    "active": N_("in service"),
    "pending": N_("waiting for approval"),
    "revoked": N_("out of service"),
    "suspended": N_("stopped"),
    "wiped": N_("wiped"),
    "queued": N_("not asked yet"),
    "asked": N_("not answered yet"),
    "REFUSED": N_("not given"),
    "RESERVED": N_("put aside"),
    "PICKING": N_("being picked"),
    "READY": N_("ready"),
    "PARTLY": N_("partly handed over"),
    "COLLECTED": N_("handed over"),
    "CANCELLING": N_("called off"),
    "CANCELLED": N_("called off"),
    "SHORT": N_("not found"),
    "LAPSED": N_("not fetched in time"),
    "RESTOCKED": N_("back on sale"),
}


def state(name: str, locale: str = "") -> str:
    """A state as people call it; one that nobody named stays as it is."""
    told = STATES.get(name)
    return gettext(told, locale) if told else plain(name, 48) or "-"
