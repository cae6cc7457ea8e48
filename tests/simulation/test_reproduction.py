"""A seed is a day: played again, here or in another process, it is the same to the last byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync.simulation.plants import PLANTS
from sync.simulation.runs import Options, command_of, play, play_checked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]


def simulate(*words: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        [sys.executable, "-m", "pos_app", "simulate", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("profile", ["swarm", "crash", "feed", "restore"])
def test_a_seed_played_twice_is_the_same_day_and_another_seed_another(profile: str) -> None:
    first, other = (play_checked(seed, Options(profile), twice=True) for seed in (4, 5))
    assert not first.broken
    assert not other.broken
    assert first.digest != other.digest


def test_a_planted_bug_breaks_the_same_seed_ten_times_out_of_ten() -> None:
    options = Options("wire", "ack_unsigned")
    seed = next(n for n in range(20) if play(n, options).broken)
    told = {play(seed, options).broken for _ in range(10)}
    assert len(told) == 1
    assert "I5" in told.pop()


def test_the_command_line_of_a_failure_fails_again_in_another_process(tmp_path: Path) -> None:
    options = Options("wire", "ack_unsigned")
    seed = next(n for n in range(20) if play(n, options).broken)
    words = command_of(seed, options).split()[4:]
    runs = [simulate(*words, "--keep", str(tmp_path), hash_seed=n) for n in ("1", "2")]
    assert [run.returncode for run in runs] == [1, 1]
    assert runs[0].stdout.splitlines()[:3] == runs[1].stdout.splitlines()[:3]
    assert command_of(seed, options) in runs[0].stdout
    kept = tmp_path / f"wire-{seed}-ack_unsigned"
    report = json.loads((kept / "run.json").read_text("utf-8"))
    assert report["seed"] == seed
    assert report["command"] == command_of(seed, options)
    assert (kept / "files" / "hub.sqlite").is_file()
    assert (kept / "files" / "till1" / "ledger.sqlite").is_file()
    assert (kept / "trace.txt").read_text("utf-8").count("\n") > 2


def test_json_is_an_object_a_seed_and_a_sum_at_the_end() -> None:
    run = simulate("--seeds", "0:3", "--profile", "calm", "--json")
    assert run.returncode == 0, run.stderr
    *seeds, whole = [json.loads(line) for line in run.stdout.splitlines()]
    assert [one["seed"] for one in seeds] == [0, 1, 2]
    assert all(one["passed"] and len(one["digest"]) == 64 for one in seeds)
    assert seeds[0]["replayed"]
    assert (whole["seeds"], whole["failed"]) == (3, 0)


def test_the_digest_is_the_same_in_another_process() -> None:
    run = simulate("--seeds", "4:5", "--json", hash_seed="7")
    assert json.loads(run.stdout.splitlines()[0])["digest"] == play(4, Options()).digest


def test_bugs_and_profiles_are_named_with_a_sentence_each() -> None:
    plants = json.loads(simulate("--plant", "list", "--json").stdout)
    assert {row["name"] for row in plants} == PLANTS.keys()
    assert all(row["told"].endswith(".") for row in plants)
    listed = simulate("--profile", "list").stdout
    assert "every-write" in listed
    unknown = simulate("--plant", "nothing")
    assert unknown.returncode == 1
    assert "nothing" in unknown.stderr
