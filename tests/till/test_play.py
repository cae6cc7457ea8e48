from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pos_app.domain.errors import Refused
from pos_app.play import steps
from pos_app.play.hands import Hands
from pos_app.words import has_words
from tests.till.shop import BADGES, PINS

ROOT = Path(__file__).parent.parent.parent
PLAY_MD = ROOT / "pos_app" / "play" / "PLAY.md"
FLOW = {
    "restart",
    "network",
    "kill_sync",
    "wait_synced",
    "wait_answer",
    "wait_case",
    "wait_order",
    "wait_delivery",
    "wait_customer",
    "customer_history",
}


def play(file: Path, data: Path, text: str | None = None, *more: str):
    if text is not None:
        file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pos_app", "play", str(file), "--data", str(data), *more],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_every_step_and_field_is_told_and_nothing_else():
    told: dict[str, set[str]] = {}
    table = PLAY_MD.read_text(encoding="utf-8").split("## The steps")[1]
    for row in re.findall(r"^\| `(\w+)` \|(.*?)\|", table, re.MULTILINE):
        told[row[0]] = set(re.findall(r"`(\w+)`", row[1]))
    every = set(steps.Step.__struct_fields__)
    wanted = {word: set(kind.__struct_fields__) - every for word, kind in steps.STEPS.items()}
    expected = table.split("`expect` may say:")[1]
    del told["do"]
    told["expect"] = {name for name in wanted["expect"] if f"`{name}`" in expected}
    assert told == wanted
    both = set(
        re.findall(
            r"^\| `(\w+)` \| ", PLAY_MD.read_text("utf-8").split("## The steps")[0], re.MULTILINE
        )
    )
    assert both == every


def test_every_step_is_done_by_somebody():
    kinds = {word for word, kind in steps.STEPS.items() if kind in Hands._DOES}
    assert kinds | FLOW == set(steps.STEPS)


def test_the_example_in_the_prose_can_be_read(tmp_path):
    example = re.search(r"```toml\n(.*?)```", PLAY_MD.read_text("utf-8"), re.DOTALL).group(1)
    (tmp_path / "day.toml").write_text(example)
    assert steps.read_play(tmp_path / "day.toml").title == "Noon"


@pytest.mark.parametrize(
    "text",
    [
        "[[step]]\ndo = 'dance'",
        "[[step]]\ndo = 'scan'",
        "[[step]]\ndo = 'scan'\ncode = 1",
        "[[step]]\ndo = 'scan'\ncode = '1'\ncolour = 'red'",
        "[[step]]\ndo = 'discount'\nreason = 'x'",
        "[[step]]\ndo = 'network'\nstate = 'sideways'",
        "[[step]]\ndo = 'print'\nunknown = 'maybe'",
        "step = 'none'",
        "= =",
    ],
)
def test_a_bad_file_plays_nothing(tmp_path, text):
    (tmp_path / "day.toml").write_text(text)
    with pytest.raises(Refused, match="play_unreadable"):
        steps.read_play(tmp_path / "day.toml")


def test_exit_status_2_for_a_bad_file_with_a_sentence_and_untouched_data(tmp_path, data):
    before = (data / "ledger.sqlite").read_bytes()
    status, lines, said = play(tmp_path / "day.toml", data, "[[step]]\ndo = 'dance'\n")
    assert (status, lines) == (2, [])
    assert "dance" in said
    assert "Traceback" not in said
    assert (data / "ledger.sqlite").read_bytes() == before
    assert play(tmp_path / "nothing.toml", data)[0] == 2


def test_exit_status_1_where_a_step_is_not_right_and_the_rest_is_not_played(tmp_path, data):
    text = """
[[step]]
do = "sign_in"
who = "Ana"
pin = "1111"
[[step]]
do = "scan"
code = "0000"
[[step]]
do = "open_shift"
"""
    status, lines, _ = play(tmp_path / "day.toml", data, text)
    assert status == 1
    assert [(line["do"], line["ok"]) for line in lines] == [("sign_in", True), ("scan", False)]
    assert lines[1]["error"] == "unknown_code"
    foreseen = text.replace('code = "0000"', 'code = "0000"\nrefused = "unknown_code"')
    status, lines, _ = play(tmp_path / "day.toml", data, foreseen)
    assert (status, len(lines)) == (0, 3)
    not_refused = foreseen.replace('code = "0000"', 'code = "4006381333931"')
    status, lines, _ = play(tmp_path / "day.toml", data, not_refused)
    assert (status, lines[-1]["error"]) == (1, "play_not_refused")


def test_a_second_process_is_told_that_the_till_is_open(tmp_path, opened, data):
    opened()
    status, lines, said = play(tmp_path / "day.toml", data, "step = []")
    assert (status, lines) == (1, [])
    assert "already open" in said


def test_amounts_are_exact_or_refused(tmp_path, data):
    text = "[[step]]\ndo = 'sign_in'\nwho = 'ana'\npin = '1111'\n[[step]]\ndo = 'open_shift'\namount = {}\n"
    status, lines, _ = play(tmp_path / "day.toml", data, text.format("0.575"))
    assert (status, lines[-1]["error"]) == (1, "play_amount_not_exact")
    status, lines, _ = play(tmp_path / "day.toml", data, text.format("0.57"))
    assert (status, lines[-1]["float"]) == (0, 57)


def test_every_code_of_play_has_words():
    text = "".join(path.read_text() for path in (ROOT / "pos_app" / "play").glob("*.py"))
    for code in re.findall(r'(?:Refused|Unavailable)\(\s*"(\w+)"', text):
        assert has_words(code), code


def test_badges_training_and_letting_somebody_in_can_be_played(tmp_path, data):
    """Badge in, a sale in training that counts nowhere, and a locked name let in again."""
    wrong = "".join(
        f"[[step]]\ndo = 'sign_in'\nwho = 'pia'\npin = '0000'\nrefused = '{code}'\n"
        for code in ["pin_wrong"] * 4 + ["pin_wait"] * 2
    )
    text = f"""
[[step]]
do = "sign_in"
badge = "{BADGES["ana"]}"
[[step]]
do = "open_shift"
amount = 100
[[step]]
do = "training"
reason = "Practice"
approver = {{ badge = "{BADGES["mia"]}" }}
[[step]]
do = "open_shift"
[[step]]
do = "scan"
code = "4006381333931"
[[step]]
do = "pay"
[[step]]
do = "expect"
sales = 1
doc_no = "1-T2-1.1"
[[step]]
do = "training"
state = "end"
[[step]]
do = "expect"
person = ""
{wrong}
[[step]]
do = "unlock"
who = "pia"
approver = {{ who = "mia", pin = "{PINS["mia"]}", badge = "{BADGES["mia"]}" }}
[[step]]
do = "sign_in"
who = "pia"
pin = "{PINS["pia"]}"
"""
    status, lines, _ = play(tmp_path / "day.toml", data, text)
    assert (status, lines[-1]["person"]) == (0, "pia"), lines[-1]
    types = [line["do"] for line in lines if not line["ok"]]
    assert types == []


@pytest.mark.parametrize("words", ["who = 'ana'", "pin = '1111'", "", "who = ''\npin = '1'"])
def test_a_sign_in_says_who_and_how(tmp_path, words):
    (tmp_path / "day.toml").write_text(f"[[step]]\ndo = 'sign_in'\n{words}\n", encoding="utf-8")
    with pytest.raises(Refused, match="play_unreadable"):
        steps.read_play(tmp_path / "day.toml")
