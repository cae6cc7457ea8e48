"""Commands as a person runs them: exit status and what stood on the screen."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from pos_app.cli import main
from pos_app.domain.errors import Refused
from pos_app.words import text_of
from tests.scenarios.hub import MANAGER, command

SIGN_IN = f"""
[[step]]
do = "sign_in"
who = "{MANAGER[0]}"
pin = "{MANAGER[1]}"
"""
OPEN_SHIFT = """
[[step]]
do = "open_shift"
amount = 100
"""
SALE = """
[[step]]
do = "scan"
code = "4006381333931"
[[step]]
do = "pay"
"""


def run(*words: str) -> tuple[int, str]:
    """Exit status and everything said; what is no plain answer is raised.

    Sync runs in a process of its own, as ever; what else a person runs is called here.
    """
    if words[:2] == ("till", "sync"):
        syncing = command(*words)
        said, _ = syncing.communicate()
        return syncing.returncode, said
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = main(words)
    return status, out.getvalue()


def sentence(code: str, **facts: object) -> str:
    """The words for a code."""
    return str(text_of(Refused(code, **facts)))


def play(data: Path, steps: str, *more: str) -> tuple[int, str]:
    """Steps played on the till."""
    file = data.parent / "day.toml"
    file.write_text(steps)
    return run("play", str(file), "--data", str(data), *more)


def steps_of(said: str) -> list[dict[str, Any]]:
    """The lines a play said."""
    return [json.loads(line) for line in said.splitlines()]


def sync(data: Path, timeout_s: int = 20) -> tuple[int, str]:
    """Everything sent and fetched, or the reason why not."""
    return run("till", "sync", "--once", "--timeout", str(timeout_s), "--data", str(data))
