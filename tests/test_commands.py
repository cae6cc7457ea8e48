"""The command line as a newcomer meets it: what README says, what help says, what errors say."""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.cli import COMMANDS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="holdfast")
    words = whole.add_subparsers()
    for module, _ in COMMANDS.values():
        importlib.import_module(module).add_parser(words)
    return whole


def _everything(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[argparse.ArgumentParser, argparse.Action]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _everything(below)
        else:
            yield parser, action


def test_every_option_explains_itself(parser: argparse.ArgumentParser) -> None:
    silent = [
        f"{command.prog} {'/'.join(action.option_strings) or action.dest}"
        for command, action in _everything(parser)
        if not action.help
    ]
    assert not silent


def test_the_hub_answers_where_readme_sends_tills(parser: argparse.ArgumentParser) -> None:
    assert f"http://127.0.0.1:{parser.parse_args(['hub', 'serve']).port} " in README


def _typed(line: str, folder: Path, *, given: str = "", **more: str) -> tuple[int, str]:
    """A command in a folder, without a terminal and without a display: status and what it said."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "pos_app", *shlex.split(line)],
        cwd=folder,
        env={**env, "PYTHONPATH": str(Path(__file__).parent.parent), **more},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


INIT = "hub init --name Shop --currency EUR --zone Europe/Vienna --tax standard=20 --manager Mira"


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("till --data nowhere", 1, "There is no display here."),
        ("till --data nowhere sync --once", 1, "There is no till in nowhere."),
        ("till sync --data nowhere --once", 1, "There is no till in nowhere."),
        ("play day.toml --data nowhere", 2, "day.toml cannot be read: No such file or directory."),
        ("play quiet.toml --data nowhere", 1, "There is no till in nowhere."),
        ("play dance.toml --data nowhere", 2, "at `$.step[0].do`. Nothing was played."),
        ("journal verify nowhere", 17, "nowhere: No such file or directory"),
        ("doctor --data nowhere", 2, "There is no till in nowhere."),
        ("hub report", 1, "There is no hub at hub.sqlite."),
        ("hub serve --port 99999", 2, "99999 is no port: 0 to 65535"),
        ("hub serve --port http", 2, "http is no port: 0 to 65535"),
        (INIT, 1, "Nobody is here to type the PIN."),
        (f"{INIT} --pin-stdin", 1, "A PIN is digits only."),
        ("dance", 2, "invalid choice: 'dance'"),
    ],
)
def test_a_mistake_is_one_plain_sentence(line: str, status: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "quiet.toml").write_text('title = "Nothing"\nstep = []\n', encoding="utf-8")
    (tmp_path / "dance.toml").write_text('[[step]]\ndo = "dance"\n', encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    code, told = _typed(line, tmp_path)
    assert (code, "Traceback" in told) == (status, False), told
    assert said in told
    assert sorted(tmp_path.iterdir()) == before, "nothing was made"


def test_what_only_another_part_has_is_said(tmp_path: Path) -> None:
    (tmp_path / "PySide6.py").write_text("raise ModuleNotFoundError(name='PySide6')\n")
    path = f"{tmp_path}{os.pathsep}{Path(__file__).parent.parent}"
    said = _typed("till --data nowhere", tmp_path, PYTHONPATH=path, QT_QPA_PLATFORM="offscreen")
    assert said == (
        1,
        "The till is not installed here. Nothing was changed. Install holdfast-pos[till].\n",
    )
