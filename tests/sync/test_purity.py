"""The engine's core knows no time, no chance and no wire of its own: a simulation owns them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "sync" / "engine"
MIND = ("step", "asking", "copying", "hearing", "lanes")
CORE = ("state", "copy_state", *MIND, "intake", "outgo", "runner", "ports")
WORLD = {"time", "random", "secrets", "uuid", "uuid_utils", "socket", "threading", "httpx", "os"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("module", CORE)
def test_the_core_touches_nothing(module: str) -> None:
    assert not imported(ENGINE / f"{module}.py") & WORLD


def test_the_step_needs_only_its_own_words() -> None:
    trees = [ast.parse((ENGINE / f"{module}.py").read_text()) for module in MIND]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    froms = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert froms == {
        *(f"sync.engine.{module}" for module in MIND[1:]),
        "__future__",
        "dataclasses",
        "typing",
        "sync.engine.copy_state",
        "sync.engine.ports",
        "sync.engine.state",
        "sync.link",
        "sync.protocol",
    }


def test_requests_need_no_library_but_pythons_own() -> None:
    """A till's; shops are asked by the hub, with a library that knows all that theirs do."""
    rooms = [*(ROOT / "sync").rglob("*.py"), *(ROOT / "pos_app").rglob("*.py")]
    found = [path.relative_to(ROOT).as_posix() for path in rooms if "httpx" in imported(path)]
    assert found == ["sync/hub/channels/client.py"]
