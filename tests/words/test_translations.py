"""A language is a file: what it says is said, what it lacks is English, a broken one is not there."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from pos_app.domain.errors import Refused
from pos_app.words import WORDS, ngettext, text_of, use
from pos_app.words.language import DIRECTORY
from pos_app.words.template import template

GERMAN = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "The basket is empty."
msgstr "Der Korb ist leer."

msgid "{count} line"
msgid_plural "{count} lines"
msgstr[0] "{count} Zeile"
msgstr[1] "{count} Zeilen"
"""


@pytest.fixture
def languages(tmp_path) -> Iterator[Path]:
    """An empty folder of languages, in use; English again afterwards."""
    use("en", tmp_path)
    yield tmp_path
    use("en")


def names(text: str) -> set[tuple[str, str]]:
    return {(name, how or "") for _, name, how, _ in string.Formatter().parse(text) if name}


def test_a_language_and_its_territories_are_one_file(languages) -> None:
    (languages / "de.po").write_text(GERMAN, encoding="utf-8")
    empty = Refused("basket_empty")
    assert text_of(empty, locale="de_AT").title == "Der Korb ist leer."
    assert text_of(empty, locale="fr").title == "The basket is empty."
    use("de_CH", languages)
    assert text_of(empty).title == "Der Korb ist leer."
    assert text_of(empty).todo == WORDS["basket_empty"].todo
    said = [ngettext("{count} line", "{count} lines", n) for n in (1, 2)]
    assert said == ["{count} Zeile", "{count} Zeilen"]


def test_a_compiled_file_is_preferred(languages) -> None:
    (languages / "de.po").write_text(GERMAN.replace("leer", "LEER"), encoding="utf-8")
    with (languages / "de.po").open("rb") as source, (languages / "de.mo").open("wb") as out:
        write_mo(out, read_po(source))
    (languages / "de.po").write_text(GERMAN, encoding="utf-8")
    assert text_of(Refused("basket_empty"), locale="de").title == "Der Korb ist LEER."


@pytest.mark.parametrize("content", [b"\x00\xff" * 50, b'msgid "x', b"", b"\xde\x12\x04\x95"])
@pytest.mark.parametrize("suffix", [".po", ".mo"])
def test_a_broken_file_never_keeps_a_till_from_speaking(languages, content, suffix) -> None:
    (languages / f"de{suffix}").write_bytes(content)
    assert text_of(Refused("basket_empty"), locale="de").title == "The basket is empty."


def test_the_template_holds_every_sentence_and_text() -> None:
    found = template()
    texts = {
        text for each in found for text in (each.id if isinstance(each.id, tuple) else (each.id,))
    }
    for said in WORDS.values():
        assert {said.title, said.safe, said.todo, said.many} - {""} <= texts
    assert "That did not work." in texts
    assert len(texts) > 2 * len(WORDS)


def test_every_shipped_language_says_everything_with_the_same_names() -> None:
    for path in sorted(DIRECTORY.glob("*.po")):
        with path.open("rb") as file:
            theirs = read_po(file)
        for each in template():
            ids = each.id if isinstance(each.id, tuple) else (each.id,)
            other = theirs.get(each.id) if each.id else None
            assert other or not each.id, f"{path.name} does not know: {each.id}"
            strings = other.string if other else ()
            for text in strings if isinstance(strings, tuple) else (strings,):
                assert text, f"{path.name} does not say: {each.id}"
                assert names(text) <= set().union(*map(names, ids)), f"{path.name}: {text}"
