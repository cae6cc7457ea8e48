"""The texts to translate, as a gettext template: `python -m pos_app.words.template > holdfast.pot`.

With a language, `python -m pos_app.words.template de` brings resources/translations/de.po up to
what the code says now: its texts are kept, new ones stand there empty, old ones are gone.

Texts in the code are found by their keyword (`_`, `gettext`, `ngettext`, `N_`); sentences are
taken from the rooms themselves, each of their three lines a text of its own.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from pos_app.words.compile import header, source
from pos_app.words.language import DIRECTORY, normal
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


def brought_up(locale: str, old: Catalog | None) -> Catalog:
    """A language's texts in the template's order; one it does not say yet is empty."""
    new = Catalog(locale=locale, charset="utf-8")
    for each in template():
        if each.id:
            said = old.get(each.id) if old is not None else None
            kept = said is not None and isinstance(said.id, str) is isinstance(each.id, str)
            new.add(each.id, said.string if kept and said is not None else "")
    return new


def written(catalogue: Catalog) -> bytes:
    """A language's file: no places and no dates, so that it changes only with its texts."""
    head = "".join(f'"{line}\\n"\n' for line in header(catalogue).splitlines())
    out = BytesIO()
    out.write(f'msgid ""\nmsgstr ""\n{head}\n'.encode())
    write_po(out, catalogue, width=96, no_location=True, omit_header=True, ignore_obsolete=True)
    return out.getvalue().rstrip() + b"\n"


def bring_up(locale: str, directory: Path = DIRECTORY) -> int:
    """Rewrites a language's file; how many texts it does not say yet."""
    path = directory / f"{normal(locale)}.po"
    new = brought_up(normal(locale), source(path) if path.is_file() else None)
    path.write_bytes(written(new))
    return sum(1 for each in new if each.id and not said_whole(each, new.num_plurals))


def said_whole(message: Message, forms: int) -> bool:
    """True where a text is said, in every form its language has."""
    if isinstance(message.id, str):
        return bool(message.string)
    return isinstance(message.string, tuple | list) and all(
        (len(message.string) == forms, *message.string)
    )


def main(words: list[str]) -> int:
    """The template to standard output, or each language named brought up."""
    if not words:
        write_po(sys.stdout.buffer, template(), width=96, omit_header=False)
    for locale in words:
        sys.stdout.write(f"{normal(locale)}.po: {bring_up(locale)} texts to translate\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
