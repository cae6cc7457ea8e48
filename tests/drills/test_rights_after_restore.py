"""The hub's disk dies after it gave its word: the till that has it shows it, and it is used once."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest

from tests.scenarios.hub import hub_in, sync_once
from tests.scenarios.test_promises import ONLINE, PATIENCE_S, SIGN_IN, playing, step
from tests.scenarios.test_return_race import OPEN, ended, refunds, sell, take_back

pytestmark = pytest.mark.slow


def until_asked(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert any('"asked"' in line for line in process.stdout)


def test_a_word_given_after_the_copy_was_made_is_known_again_and_used_once(tmp_path: Path) -> None:
    copy = str(tmp_path / "copy")
    with hub_in(tmp_path / "hub") as hub:
        one, two = hub.enrol(1, 2)
        for data in (one, two):
            ended(playing(data, SIGN_IN, OPEN, ONLINE))
        number = sell(one)
        sync_once(two)
        hub.command("backup", copy)
        holder = take_back(two, number)
        until_asked(holder)
        (given,) = rights(hub.command("rights", "--json"))
        assert (given["form"], given["state"]) == ("return", "AUTHORISED")

        port = int(hub.url.rpartition(":")[2])
        hub.stop(kill=True)
        hub.command("restore", copy)
        assert rights(hub.command("rights", "--json")) == [], "the copy does not know of it"
        hub.serve(port)
        sync_once(one)
        pause = threading.Event()
        for _turn in range(PATIENCE_S * 5):
            if not hub.report()["recovering"]["since"]:
                break
            pause.wait(0.2)
        (known,) = rights(hub.command("rights", "--json"))
        assert (known["right"], known["state"]) == (given["right"], "AUTHORISED")

        back = step("refund", doc_no=number, reason="faulty", patience_s=PATIENCE_S)
        told = ended(playing(one, SIGN_IN, ONLINE, back), well=False)[-1]
        assert (told["error"], told["facts"]["till"]) == ("return_under_way", "2")
        out, _ = holder.communicate("now\n", timeout=3 * PATIENCE_S)
        assert json.loads(out.splitlines()[-1])["auth"] == given["right"]
        sync_once(two)
        sync_once(one)
        assert [fact.auth for fact in refunds(one, two)] == [given["right"]]
        assert hub.report()["exceptions"] == []
        after = {
            row["right"]: row["state"] for row in rights(hub.command("rights", "--all", "--json"))
        }
        assert after[given["right"]] == "RETURNED"


def rights(text: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(text)
    return [row for row in rows if row["form"] == "return"]
