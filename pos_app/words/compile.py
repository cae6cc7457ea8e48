"""The languages as a till reads them: `python -m pos_app.words.compile` writes each `.po`'s `.mo`.

A `.mo` is read in a millisecond and needs nothing but the standard library. What is written hangs
on the texts alone: no date, no version and no order of the source is in it.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from pos_app.words.language import DIRECTORY

MAGIC = 0x950412DE
HEAD = 28
"""Bytes before the two tables: seven numbers, the last two for a hash table nobody needs."""


def source(path: Path) -> Catalog:
    """A `.po` as it is read here: its name is its language, and a broken line is said."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


def header(catalogue: Catalog) -> str:
    """What a catalogue says about itself: its language, its letters, its plurals."""
    return (
        f"Language: {catalogue.locale_identifier}\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n"
        f"Plural-Forms: {catalogue.plural_forms}\n"
    )


def compiled(catalogue: Catalog) -> bytes:
    """The `.mo` of a catalogue: every text that is translated and not in doubt, sorted."""
    texts = {b"": header(catalogue).encode()}
    for each in catalogue:
        said = (each.string,) if isinstance(each.string, str) else tuple(each.string or ())
        if each.id and not each.fuzzy and said and all(said):
            texts[_joined(each.id)] = _joined(said)
    keys = sorted(texts)
    values = [texts[key] for key in keys]
    place = HEAD + 16 * len(keys)
    tables = b""
    for strings in (keys, values):
        for text in strings:
            tables += struct.pack("<II", len(text), place)
            place += len(text) + 1
    head = struct.pack("<7I", MAGIC, 0, len(keys), HEAD, HEAD + 8 * len(keys), 0, HEAD)
    return head + tables + b"".join(text + b"\0" for text in keys + values)


def _joined(text: str | tuple[str, ...] | list[str]) -> bytes:
    return (text if isinstance(text, str) else "\0".join(text)).encode()


def main(directory: Path = DIRECTORY) -> int:
    """Writes the `.mo` beside every `.po`; a `.mo` whose `.po` is gone is taken away."""
    languages = sorted(directory.glob("*.po"))
    for stale in {*directory.glob("*.mo")} - {path.with_suffix(".mo") for path in languages}:
        stale.unlink()
    for path in languages:
        path.with_suffix(".mo").write_bytes(compiled(source(path)))
        sys.stdout.write(f"{path.with_suffix('.mo').name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
