"""What the pages say can be done: every command, path, target and benchmark they name is there."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from pos_app.cli import COMMANDS
from tests.bench.__main__ import BENCHES

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "PROOF.md",
    "README.md",
    "SECURITY.md",
    "hardware/terminals/PROTOCOL.md",
    "packaging/CHANNELS.md",
    "packaging/CUSTOMERS.md",
    "packaging/DRILLS.md",
    "packaging/ORDERS.md",
    "packaging/POSTGRES.md",
    "packaging/RETURNS.md",
    "packaging/RUNNING.md",
    "packaging/SCALE.md",
    "packaging/LOYALTY.md",
    "packaging/STOREFRONT.md",
    "pos_app/play/PLAY.md",
    "sync/PROTOCOL.md",
)
FOR_A_NUMBER = {"NUMBER": "1", "PORT": "8470", "N": "2", "S": "20"}
"""What pages write in the place of a number, and one."""


@pytest.fixture(scope="module")
def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="holdfast")
    words = whole.add_subparsers()
    for module, _ in COMMANDS.values():
        importlib.import_module(module).add_parser(words)
    return whole


def _text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _typed(page: str) -> list[str]:
    """Commands that stand on a line of their own, to be typed as they are."""
    lines = re.findall(r"^ *(holdfast .+)$", _text(page), re.MULTILINE)
    return [line.partition("  #")[0] for line in lines]


def _named(page: str) -> list[str]:
    """Commands in the middle of a sentence; a page may break its line in one."""
    return [" ".join(one.split()) for one in re.findall(r"`(holdfast [^`]+)`", _text(page))]


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _missing(parser: argparse.ArgumentParser, line: str) -> str:
    """The first word or option of a command that the program does not know; else nothing."""
    words = iter(re.sub(r"[\[\]|]", " ", line).split()[1:])
    known = dict(parser._option_string_actions)
    for word in words:
        below = _below(parser)
        if word.startswith("--"):
            if word not in known:
                return word
            if known[word].nargs != 0:
                next(words, "")
        elif word in below:
            parser = below[word]
            known |= parser._option_string_actions
        elif below and "…" not in word:
            return word
    return ""


@pytest.mark.parametrize("page", PAGES)
def test_a_command_that_a_page_names_is_there(page: str, parser: argparse.ArgumentParser) -> None:
    for line in (*_named(page), *_typed(page)):
        assert not _missing(parser, line), line


@pytest.mark.parametrize("page", PAGES)
def test_a_line_of_a_page_can_be_typed(page: str, parser: argparse.ArgumentParser) -> None:
    for line in _typed(page):
        if "…" in line or "[" in line:
            continue  # only a part of a command
        parser.parse_args([FOR_A_NUMBER.get(word, word) for word in shlex.split(line)[1:]])


def test_a_word_that_nobody_knows_is_found(parser: argparse.ArgumentParser) -> None:
    assert len(_typed("README.md")) > 15
    assert len(_typed("packaging/DRILLS.md")) > 20
    assert _missing(parser, "holdfast hub dance") == "dance"
    assert _missing(parser, "holdfast hub exceptions list --loud") == "--loud"
    assert not _missing(parser, "holdfast till --data till-2 sync")


@pytest.mark.parametrize("page", PAGES)
def test_a_path_that_a_page_names_is_there(page: str) -> None:
    rooms = "pos_app|sync|hardware|resources|tests|packaging"
    for path in re.findall(rf"`((?:{rooms})/[\w./*-]+)`", _text(page)):
        assert any(ROOT.glob(path)), path


@pytest.mark.parametrize("page", PAGES)
def test_a_target_and_a_benchmark_that_a_page_names_are_there(page: str) -> None:
    makefile = _text("Makefile")
    for target in re.findall(r"`make ([a-z]+)`", _text(page)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for given in re.findall(r"python -m tests\.bench ([a-z_ ]+)", _text(page)):
        assert set(given.split()) <= BENCHES.keys(), given


def test_each_module_of_the_hub_that_the_architecture_names_is_there() -> None:
    part = _text("ARCHITECTURE.md").split("| in `sync/hub` | modules |")[1].split("\n\n")[0]
    names = re.findall(r"`([\w*]+)`", part)
    assert len(names) > 50
    for name in names:
        assert any((ROOT / "sync" / "hub").glob(f"{name}.py")), name


def test_each_module_of_the_hub_is_named_in_the_architecture() -> None:
    part = _text("ARCHITECTURE.md").split("| in `sync/hub` | modules |")[1].split("\n\n")[0]
    named = re.findall(r"`([\w*/]+)`", part)
    hub = ROOT / "sync" / "hub"
    rooms = [room for room in hub.iterdir() if (room / "__init__.py").exists()]
    assert [room.name for room in rooms if not re.search(rf"`(sync/hub/)?{room.name}/", part)] == []
    assert _unnamed(hub, named) == []


@pytest.mark.parametrize(("column", "room"), [(2, "till"), (3, "presenters"), (4, "ui")])
def test_the_modules_of_the_window_are_those_in_the_architecture(column: int, room: str) -> None:
    part = _text("ARCHITECTURE.md").split("| about | in `pos_app/till` |")[1].split("\n\n")[0]
    rows = [line.split("|") for line in part.splitlines()[2:]]
    named = [name for row in rows for name in re.findall(r"`([\w*]+)`", row[column])]
    folder = ROOT / "pos_app" / room
    assert _unnamed(folder, named) == []
    assert [name for name in named if not any(folder.glob(f"{name}.py"))] == []


def _unnamed(folder: Path, named: list[str]) -> list[str]:
    modules = [path.stem for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    return [one for one in modules if not any(fnmatchcase(one, name) for name in named)]
