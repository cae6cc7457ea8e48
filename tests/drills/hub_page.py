"""The hub's sections of the drill page: their commands as they stand there, run as a person runs them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "packaging" / "DRILLS.md"


def commands(section: str) -> list[str]:
    """The command lines of a section, in their order."""
    text = PAGE.read_text(encoding="utf-8")
    assert f"\n## {section}\n" in text, f"no section {section!r} on the page"
    part = text.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", part, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    assert lines, f"no command under {section!r}"
    return lines


@dataclass
class Desk:
    """Where somebody sits who administers the hub: in its folder."""

    folder: Path

    def run(self, line: str, *, given: str = "", **put: str) -> tuple[int, str]:
        """A line of the page; names in capitals are put in. Exit status, and what was said."""
        for name, value in put.items():
            line = line.replace(name, value)
        words = shlex.split(line)
        assert words.pop(0) == "holdfast", line
        done = subprocess.run(
            [sys.executable, "-m", "pos_app", *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            input=given,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr
