"""Settings, keys and places that are not what they should be: one sentence, and selling goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pos_app.store.keys import Keys
from pos_app.store.reader import LedgerView
from tests.faults.said import OPEN_SHIFT, SALE, SIGN_IN, play, run, sentence, steps_of, sync
from tests.scenarios.hub import ROOT

pytestmark = pytest.mark.slow

DAY = SIGN_IN + OPEN_SHIFT + SALE


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ('printer = "warp:9"\n', "device_address_unknown"),
        ('printer = "tcp:host:99999999"\n', "device_address_unknown"),
        ('printer_profile = "nobody"\n', "printer_profile_unknown"),
    ],
)
def test_a_printer_named_wrongly_closes_no_shop(data: Path, settings: str, code: str) -> None:
    (data / "till.toml").write_text(settings)
    status, said = play(data, DAY, "--alone")
    assert status == 0, said
    assert steps_of(said)[-1]["queued"] == ["1-1-1.1"], "the receipt waits"
    _, looked = run("doctor", "--data", str(data), "--json")
    told = {row["name"]: row["facts"].get("code") for row in json.loads(looked)["checks"]}
    assert told["devices"] == code
    (data / "till.toml").write_text("")
    status, said = play(data, SIGN_IN, "--alone")
    assert steps_of(said)[0]["printed"] == ["1-1-1.1"]


@pytest.mark.parametrize("address", ["htp:/x y", "http://[::1", "http://", "http://host:99999"])
def test_a_hub_named_wrongly_is_said_by_sync_and_doctor(
    data: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv("HOLDFAST_HUB")
    (data / "till.toml").write_text(f'hub_url = "{address}"\n')
    assert play(data, DAY, "--alone")[0] == 0
    assert sync(data) == (1, sentence("hub_address_bad") + "\n")
    status, looked = run("doctor", "--data", str(data), "--json")
    told = {row["name"]: row["facts"].get("code") for row in json.loads(looked)["checks"]}
    assert (status, told["hub"]) == (1, "hub_address_bad")


def test_settings_nobody_can_read_are_not_said_to_be_keys(data: Path) -> None:
    (data / "till.toml").write_text("garbage ][")
    for words in (("journal", "verify", str(data)), ("till", "sync", "--data", str(data))):
        status, said = run(*words)
        assert status != 0
        assert "The settings in till.toml cannot be read" in said


def test_the_signing_key_of_another_till_signs_nothing(data: Path) -> None:
    keys = json.loads((data / "keys.json").read_text())
    (data / "keys.json").write_text(json.dumps({**keys, "sign_key": "11" * 32}))
    status, said = play(data, DAY, "--alone")
    assert status == 1
    assert steps_of(said)[-1]["error"] == "keys_foreign"
    (data / "keys.json").write_text(json.dumps(keys))
    assert run("journal", "verify", str(data))[0] == 0, "nothing was written"
    assert play(data, DAY, "--alone")[0] == 0


@pytest.mark.parametrize("held", [None, "", "[1]", '{"db_key": 3, "sign_key": 4}'])
def test_keys_that_are_gone_or_garbage_are_said_in_words(data: Path, held: str | None) -> None:
    before = (data / "ledger.sqlite").read_bytes()
    (data / "keys.json").unlink()
    if held is not None:
        (data / "keys.json").write_text(held)
    told = sentence("keys_missing" if held is None else "keys_unreadable")
    for words in (
        ("play", str(_day(data)), "--data", str(data), "--alone"),
        ("journal", "verify", str(data)),
        ("journal", "head", str(data)),
        ("doctor", "--data", str(data)),
        ("till", "sync", "--once", "--data", str(data)),
    ):
        status, said = run(*words)
        assert status != 0
        assert told in said, words
    assert (data / "ledger.sqlite").read_bytes() == before


def _day(data: Path) -> Path:
    file = data.parent / "day.toml"
    file.write_text(DAY)
    return file


def test_a_folder_that_is_no_till_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "missing"):
        status, said = play(tmp_path / name, DAY, "--alone")
        assert status == 1
        assert "Enrol it" in said, "not that its keys are missing"


@pytest.mark.parametrize("spot", ["log", "receipts", "window.lock"])
def test_something_else_in_the_place_of_a_file_ends_in_no_traceback(data: Path, spot: str) -> None:
    """A file where a folder should be, a folder where a file should be."""
    place = data / spot
    if spot == "window.lock":
        place.unlink(missing_ok=True)
        place.mkdir()
    else:
        if place.is_dir():
            for each in place.iterdir():
                each.unlink()
            place.rmdir()
        place.write_text("no folder")
    status, said = play(data, DAY, "--alone")
    if spot == "window.lock":
        assert (status, said) == (1, sentence("ledger_read_only") + "\n")
    else:
        assert status == 0, said
    assert sync(data, 1) == (1, sentence("hub_unreachable") + "\n")
    with_one = LedgerView(data / "ledger.sqlite", Keys.load(data).db_key)
    assert len(with_one.sales()) == (0 if spot == "window.lock" else 1)
    with_one.close()


STRANGER = """
import io, os, sys
from contextlib import redirect_stderr, redirect_stdout
from pos_app.cli import main
mine, theirs = sys.argv[1:3]
WORDS = (["journal", "verify"], ["till", "sync", "--once", "--timeout", "1", "--data"])
for words in WORDS:  # everything is loaded while it may be
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        main([*words, mine])
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
for words in WORDS:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        status = main([*words, theirs])
    print(status, out.getvalue().strip())
"""


def test_files_of_another_person_are_said_to_be_that(data: Path) -> None:
    with tempfile.TemporaryDirectory() as place:  # a stranger cannot enter the test's own
        theirs = Path(shutil.copytree(data, Path(place) / "till"))
        Path(place).chmod(0o755)
        theirs.chmod(0o000)
        done = subprocess.run(
            [sys.executable, "-c", STRANGER, str(data), str(theirs)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": "/tmp"},
            capture_output=True,
            text=True,
            check=False,
        )
        theirs.chmod(0o700)
    assert "Permission denied" in done.stdout.splitlines()[0], done.stderr
    assert done.stdout.splitlines()[1] == f"1 {sentence('file_unreadable')}", done.stderr
