"""A language is a file: what it says is said, what it lacks is English, a broken one is not there."""

from __future__ import annotations

import gettext
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from pos_app import receipts
from pos_app.domain.errors import Refused
from pos_app.presenters import cash, closing, consent, opening
from pos_app.words import WORDS, ngettext, text_of, use
from pos_app.words.compile import compiled, source
from pos_app.words.compile import main as compile_all
from pos_app.words.language import DIRECTORY
from pos_app.words.template import bring_up, said_whole, template

SHIPPED = sorted(DIRECTORY.glob("*.po"))
HEADER = {"mime-version", "content-type", "content-transfer-encoding", "plural-forms"}

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


def test_the_template_holds_every_sentence_and_text(texts) -> None:
    found = {each for text in texts for each in _forms(text.id)}
    for said in WORDS.values():
        assert {said.title, said.safe, said.todo, said.many} - {""} <= found
    assert "That did not work." in found
    assert len(found) > 2 * len(WORDS)


def test_the_template_holds_what_is_chosen_from_a_list(texts) -> None:
    """Reasons are read when they are shown: marked where they stand, or nobody translates them."""
    found = {each.id for each in texts}
    lists = [*consent.REASONS.values(), *cash.REASONS.values(), closing.REASONS, opening.REASONS]
    assert not {reason for reasons in lists for reason in reasons} - found


def test_a_receipt_asks_for_its_texts_where_the_template_finds_them() -> None:
    for path in Path(receipts.__file__).parent.glob("*.py"):
        assert not re.search(r"\bsay\(\s*[\"']", path.read_text(encoding="utf-8")), path.name


@pytest.fixture(scope="module")
def texts() -> list[Message]:
    """Every text the code has today."""
    return [each for each in template() if each.id]


def _forms(said: object) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def lacking(theirs: Catalog, texts: list[Message]) -> list[str]:
    """What a language does not say, or says with other names than the code gives."""
    found = []
    for each in texts:
        other = theirs.get(each.id)
        if other is None or other.fuzzy or not said_whole(other, theirs.num_plurals):
            found.append(f"does not say: {each.id}")
        elif isinstance(other.id, str) is not isinstance(each.id, str):
            found.append(f"has no plural as the code has: {each.id}")
        else:
            found += _misnamed(each, other)
    return found


def _misnamed(ours: Message, theirs: Message) -> Iterator[str]:
    wanted = set().union(*map(names, _forms(ours.id)))
    for text in _forms(theirs.string):
        if not names(text) <= wanted:
            yield f"names what is not given: {text}"
    if set().union(*map(names, _forms(theirs.string))) != wanted:
        yield f"leaves out a name: {theirs.string}"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_language_says_everything_with_the_same_names(path, texts) -> None:
    found = lacking(source(path), texts)
    assert not found, f"{path.name}: run python -m pos_app.words.template {path.stem}\n" + (
        "\n".join(found)
    )


def test_a_text_no_language_knows_yet_is_found(texts) -> None:
    assert SHIPPED
    for path in SHIPPED:
        theirs = source(path)
        already = len(lacking(theirs, texts))
        new = [Message("A text of tomorrow."), Message(("{count} moon", "{count} moons"))]
        assert len(lacking(theirs, [*texts, *new])) == already + 2


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "does not say"),
        (("Eine Zeile", ""), "does not say"),
        (("Eine Zeile", "{count} Zeilen", "{count} Zeilen"), "does not say"),
        (("{count} Zeile", "{zahl} Zeilen"), "names what is not given"),
        (("Eine Zeile", "Zeilen"), "leaves out a name"),
        (("Eine Zeile", "{count:money} Zeilen"), "names what is not given"),
        (("Eine Zeile", "{count} Zeilen"), ""),
    ],
)
def test_half_a_translation_is_found(said, told) -> None:
    ours = Message(("{count} line", "{count} lines"))
    theirs = Catalog(locale="de")
    theirs.add(ours.id, said)
    found = lacking(theirs, [ours])
    assert (found[0] if found else "").startswith(told)
    assert bool(found) is bool(told)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_compiled_file_is_what_its_source_compiles_to(path) -> None:
    ready = path.with_suffix(".mo")
    assert ready.is_file(), "run python -m pos_app.words.compile"
    assert ready.read_bytes() == compiled(source(path)), "run python -m pos_app.words.compile"


def test_no_compiled_file_is_without_its_source() -> None:
    assert {path.stem for path in DIRECTORY.glob("*.mo")} <= {path.stem for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_language_reads_the_same_compiled_or_not(path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        ready = gettext.GNUTranslations(file)
    theirs = source(path)
    for each in theirs:
        if not each.id or not said_whole(each, theirs.num_plurals):
            continue  # another test tells of it
        if isinstance(each.id, str):
            assert ready.gettext(each.id) == each.string
        else:
            said = {ready.ngettext(*each.id, n) for n in range(120)}
            assert said <= set(_forms(each.string))
    assert (ready.info()["language"], ready.charset()) == (path.stem, "utf-8")
    assert set(ready.info()) == {"language", *HEADER}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_file_tells_nothing_but_its_texts(path) -> None:
    """No places that move with every line of code, no dates, no names, nobody's address."""
    text = path.read_text(encoding="utf-8")
    assert "\n#:" not in text
    assert "\n#~" not in text
    head = text.partition("\n\n")[0]
    kept = {line.partition(":")[0].strip('"').lower() for line in head.splitlines() if ":" in line}
    assert kept == {"language", *HEADER}


def test_the_commands_bring_up_and_compile(languages) -> None:
    (languages / "de.po").write_text(GERMAN, encoding="utf-8")
    (languages / "fr.mo").write_bytes(b"of a language that was taken out")
    left = bring_up("de", languages)
    once = (languages / "de.po").read_bytes()
    assert bring_up("de", languages) == left
    assert (languages / "de.po").read_bytes() == once
    theirs = source(languages / "de.po")
    assert theirs.get("The basket is empty.").string == "Der Korb ist leer."
    assert theirs.get("Scan again.").string == ""
    assert left > 1_000
    assert compile_all(languages) == 0
    assert [path.name for path in languages.glob("*.mo")] == ["de.mo"]
    empty = text_of(Refused("basket_empty"), locale="de_AT")
    assert (empty.title, empty.todo) == ("Der Korb ist leer.", WORDS["basket_empty"].todo)
