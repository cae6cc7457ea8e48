"""Every code that is raised anywhere has words, and no words are for a code nobody raises."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.domain.errors import Cancelled, Refused, Unavailable, Uncertain
from pos_app.words import WORDS, has_words, text_of, text_of_bug
from pos_app.words.said import ROOMS, Sentence

ROOT = Path(__file__).parents[2]
ROOMS_OF_CODE = ("pos_app", "sync", "hardware")
SPOKEN = {"Refused", "Unavailable", "Uncertain"}
"""`Cancelled` is silent and needs no words."""
PROMISED = re.compile(
    r"\b(?:Refused|Unavailable|Uncertain)\(\s*((?:\"[a-z0-9_]+\"[\s|.]*)+)[,)]", re.DOTALL
)
CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
HOWS = {
    "",
    "money",
    "over",
    "amount",
    "percent",
    "quantity",
    "number",
    "wait",
    "whole",
    "date",
    "moment",
    "state",
}
WORDS_A_LINE = 12


def sources() -> list[Path]:
    found = [path for room in ROOMS_OF_CODE for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if "said" not in path.parts]


def _name(call: ast.Call) -> str:
    function = call.func
    return getattr(function, "id", getattr(function, "attr", ""))


def raised(tree: ast.Module) -> Iterator[str]:
    """Codes as first arguments (both arms of a choice too) and codes promised in docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in SPOKEN and node.args:
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for promise in PROMISED.findall(node.value):
                yield from re.findall(r"\"([a-z0-9_]+)\"", promise)


def literals(tree: ast.Module) -> set[str]:
    return {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for part in (
            [node.value] if CODE.match(node.value) else re.findall(r"[a-z0-9_]+", node.value)
        )
    }


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_every_code_that_is_raised_has_words() -> None:
    silent = {
        f"{path.relative_to(ROOT)}: {code}"
        for path in sources()
        for code in raised(_tree(path))
        if CODE.match(code) and not has_words(code)
    }
    assert not silent, "codes without words:\n" + "\n".join(sorted(silent))


def test_no_words_are_left_for_a_code_nobody_raises() -> None:
    known = set().union(*(literals(_tree(path)) for path in sources()))
    assert not sorted(set(WORDS) - known)


def _named(said: Sentence) -> set[str]:
    lines = (said.title, said.many, said.safe, said.todo)
    return {name for line in lines for _, name, _, _ in string.Formatter().parse(line) if name}


def test_whoever_raises_a_code_gives_the_facts_its_sentence_names() -> None:
    lacking = set()
    for path in sources():
        for node in ast.walk(_tree(path)):
            if not (isinstance(node, ast.Call) and _name(node) in SPOKEN and node.args):
                continue
            given = {each.arg for each in node.keywords}
            code = node.args[0]
            if None in given or not isinstance(code, ast.Constant) or code.value not in WORDS:
                continue  # facts or a code handed on from elsewhere
            for name in _named(WORDS[str(code.value)]) - {str(fact) for fact in given}:
                lacking.add(f"{path.relative_to(ROOT)}:{node.lineno} {code.value}: {name}")
    assert not lacking, "sentences that would show a dash:\n" + "\n".join(sorted(lacking))


def test_a_code_is_said_in_one_room() -> None:
    assert sum(len(room) for room in ROOMS.values()) == len(WORDS)


@pytest.mark.parametrize("code", sorted(WORDS))
def test_a_sentence_is_short_and_says_something(code: str) -> None:
    said: Sentence = WORDS[code]
    assert CODE.match(code)
    assert said.title
    for line in (said.title, said.many, said.safe, said.todo):
        assert len(line.split()) <= WORDS_A_LINE, line
        assert not line or line.endswith((".", "?")), line
        for _, name, how, _ in string.Formatter().parse(line):
            assert name is None or (name.isidentifier() and (how or "") in HOWS), line
    assert not said.many or said.by


def test_a_code_without_words_still_gets_a_sentence_to_act_on() -> None:
    said = text_of(Refused("made_by_a_newer_hub", secret="x"))
    assert said.title
    assert said.todo
    assert "x" not in str(said).split()


def test_what_a_person_stopped_is_silent() -> None:
    assert str(text_of(Cancelled("payment_cancelled"))) == ""


def test_facts_are_written_as_the_shop_writes_them() -> None:
    overpaid = Refused("overpaid", due=129_900, currency="EUR")
    assert "€1,299.00" in text_of(overpaid, locale="en").title
    assert "€\u00a01.299,00" in text_of(overpaid, locale="de_AT").title
    assert "¥1,980" in text_of(Refused("overpaid", due=1_980), currency="JPY").title


@pytest.mark.parametrize("family", [Refused, Unavailable, Uncertain])
@pytest.mark.parametrize("code", sorted(WORDS))
def test_missing_and_hostile_facts_never_break_a_sentence(code: str, family: type) -> None:
    names = {
        name
        for line in (WORDS[code].title, WORDS[code].many, WORDS[code].safe, WORDS[code].todo)
        for _, name, _, _ in string.Formatter().parse(line)
        if name
    }
    assert text_of(family(code)).title
    hostile = dict.fromkeys(names, "{0.__class__}\x1b[2J\u202e<b>" + "x" * 500)
    said = text_of(family(code, **hostile))
    assert "\x1b" not in str(said)
    assert "\u202e" not in str(said)
    assert len(said.title) < 400
    assert text_of(family(code, **dict.fromkeys(names))).title
    assert text_of(family(code, **dict.fromkeys(names, 10**30))).title


def test_a_fault_of_our_own_names_its_reference() -> None:
    assert "7F3A" in text_of_bug("7F3A").todo


def test_a_limit_of_nothing_is_no_amount_to_name() -> None:
    facts = {"action": "void", "amount": 1_580, "unit": "money"}
    never = text_of(Refused("needs_manager", limit=0, **facts), locale="en", currency="EUR")
    over = text_of(Refused("needs_manager", limit=500, **facts), locale="en", currency="EUR")
    assert (never.title, over.title) == ("This needs a manager.", "Over €5.00 needs a manager.")
