"""What is shipped around the program: units that systemd can read, a container file that fits."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sync.hub.metrics import Metrics

ROOT = Path(__file__).resolve().parents[1]
UNITS = sorted((ROOT / "packaging" / "systemd").iterdir())
CONTAINER = (ROOT / "packaging" / "Containerfile").read_text(encoding="utf-8")
RUNNING = (ROOT / "packaging" / "RUNNING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_reads_each_unit(unit: Path, tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not here")
    program = tmp_path / "holdfast"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for each in UNITS:
        text = each.read_text(encoding="utf-8").replace("/opt/holdfast/bin/holdfast", str(program))
        (tmp_path / each.name).write_text(text)
    command = [tool, "verify", "--recursive-errors=no", str(tmp_path / unit.name)]
    if unit.name in ("holdfast-till.service", "holdfast-sync.service"):
        command.insert(2, "--user")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    told = [line for line in done.stderr.splitlines() if unit.name in line]
    assert told == [], done.stderr


def test_the_hubs_units_may_do_little() -> None:
    for name in ("holdfast-hub.service", "holdfast-hub-backup.service"):
        text = (ROOT / "packaging" / "systemd" / name).read_text(encoding="utf-8")
        for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="):
            assert f"\n{line}\n" in text, (name, line)
        assert "\nUser=holdfast\n" in text


def test_the_container_is_made_of_what_there_is_and_runs_without_root() -> None:
    for given in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER, re.MULTILINE):
        for source in given.split():
            assert (ROOT / source).exists(), source
    last = CONTAINER.split("\nFROM ")[-1]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "--require-hashes" in CONTAINER
    assert not re.search(r"^ADD ", CONTAINER, re.MULTILINE)
    left_in = (ROOT / "packaging" / "Containerfile.dockerignore").read_text(encoding="utf-8")
    assert left_in.startswith("**\n"), "what is not named stays out: no keys, no databases"


def test_the_page_names_every_metric_and_no_other() -> None:
    registry = Metrics().registry
    ours = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in registry.collect()
    }
    named = set(re.findall(r"`(holdfast_[a-z_]+)", RUNNING))
    assert named == ours
