"""The texts to translate, as a gettext template: `python -m pos_app.words.template > holdfast.pot`.

Texts in the code are found by their keyword (`_`, `gettext`, `ngettext`, `N_`); sentences are
taken from the rooms themselves, each of their three lines a text of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from pos_app.words.said import ROOMS
from pos_app.words.telling import OWN

ROOT = Path(__file__).parents[2]
CODE = ("pos_app", "sync", "hardware")
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "_n": (1, 2)}


def template(root: Path = ROOT) -> Catalog:
    """Every text of the product, each with the places it stands at."""
    found = Catalog(project="holdfast-pos", charset="utf-8")
    for room in CODE:
        texts = extract_from_dir(root / room, [("**.py", "python")], keywords=KEYWORDS)
        for file, line, message, _, _ in texts:
            found.add(message, locations=[(f"{room}/{file}", line)])
    rooms = [(f"pos_app/words/said/{name}.py", room.values()) for name, room in ROOMS.items()]
    for place, sentences in (*rooms, ("pos_app/words/telling.py", OWN)):
        for said in sentences:
            title = (said.title, said.many) if said.many else said.title
            found.add(title, locations=[(place, 1)])
            for text in filter(None, (said.safe, said.todo)):
                found.add(text, locations=[(place, 1)])
    return found


if __name__ == "__main__":
    write_po(sys.stdout.buffer, template(), width=96, omit_header=False)
