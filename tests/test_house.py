"""Style that a reader relies on, kept by machine: sizes, names, prose and what may be tracked."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILE_LINES = 500
FUNCTION_LINES = 70
CODE = ("pos_app", "sync", "hardware", "resources", "packaging", "tests")
FORBIDDEN_NAMES = re.compile(r"^(utils?|helpers?|common|misc|managers?|base|abstract\w*|factory)$")
FORBIDDEN_CLASSES = re.compile(r"^(Abstract\w+|\w+Impl|\w+Factory|\w+Manager|Base[A-Z]\w*)$")


def tracked(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    names = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in names if path.suffix in suffixes and path.is_file()]


PYTHON = tracked(".py")


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PYTHON, ids=_id)
def test_a_file_and_its_functions_keep_their_size(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= FILE_LINES, f"{_id(path)} is too long: give it another room"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= FUNCTION_LINES, f"{_id(path)}:{node.lineno} {node.name}: {length}"


@pytest.mark.parametrize("path", PYTHON, ids=_id)
def test_names_say_what_a_thing_is(path: Path) -> None:
    assert not FORBIDDEN_NAMES.match(path.stem), f"{_id(path)}: a name that says nothing"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            assert not FORBIDDEN_CLASSES.match(node.name), f"{_id(path)}: class {node.name}"


@pytest.mark.parametrize("path", PYTHON, ids=_id)
def test_nothing_waits_by_the_clock_or_is_left_over(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path != Path(__file__):
        for mark in ("TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error"):
            assert mark not in text, f"{_id(path)}: {mark}"
    if "tests" in path.parts:
        assert "time.sle" + "ep(" not in text, f"{_id(path)}: a test that sleeps"


def test_a_commented_noqa_says_why() -> None:
    for path in PYTHON:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = re.search(r"#\s*noqa:?\s*[A-Z0-9, ]*(.*)$", line)
            if found and path != Path(__file__):
                assert found.group(1).strip(" -—:"), f"{_id(path)}:{number}: noqa without a reason"


def test_locks_pin_hashes_and_name_no_host() -> None:
    locks = sorted((ROOT / "packaging" / "locks").glob("*.txt"))
    assert [lock.stem for lock in locks] == ["dev", "hub", "till"]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, f"{lock.name} names a host"
        pins = re.findall(r"^([a-z0-9][\w.-]*)==", text, re.MULTILINE)
        assert len(pins) > 10
        assert text.count("--hash=sha256:") >= len(pins)
        assert "setuptools" in pins, "it builds the package itself"
    hub = (ROOT / "packaging" / "locks" / "hub.txt").read_text(encoding="utf-8").lower()
    assert "pyside6" not in hub, "the hub runs without Qt"


def test_packaging_is_no_package() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists(), "it would hide a library of that name"


def test_prose_names_no_path_of_a_machine() -> None:
    bad = re.compile(r"(?<![\w.])/(?:root|home/[a-z]+|work)/")
    for path in tracked(".py", ".md", ".toml", ".txt", ".sh"):
        if path == Path(__file__):
            continue
        found = bad.search(path.read_text(encoding="utf-8"))
        assert not found, f"{_id(path)}: {found.group(0) if found else ''}"


def test_no_large_file_is_tracked() -> None:
    for path in tracked(".png", ".ttf", ".otf", ".woff2", ".csv", ".sqlite", ".json", ".svg"):
        assert path.stat().st_size <= 1 << 20, f"{_id(path)} is over 1 MiB"
