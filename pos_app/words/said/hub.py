"""Said by the hub and the tools that administer it: stores, taxes, imports, devices."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

HUB: dict[str, Sentence] = {
    "zone_unknown": S_(
        "The store's time zone {zone} is not known.", "", "Correct it at head office."
    ),
}
