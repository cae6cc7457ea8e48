"""The card terminal's line: each fault of it is told apart, and no reference is charged twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hardware.connect import connect, simulated_terminal
from hardware.devices import CardAnswer, CardResult, Terminal
from hardware.terminals.lines import LINE_MAX, answer_of, masked, packed, packed_answer, unpacked
from hardware.terminals.network import NetworkTerminal
from pos_app.domain.errors import PosError, Refused, Unavailable, Uncertain
from tests.hardware.terminal_process import TerminalProcess

SILENT_S = 0.3


def quiet(_event: str) -> None:
    """Nobody listens."""


def outcome(terminal: Terminal, reference: str = "P-1", amount: int = 1_000) -> str:
    """The result, or the code of what was raised."""
    try:
        return terminal.begin(reference, amount, "EUR", quiet).result
    except PosError as told:
        return told.code


SCRIPT: list[tuple[str | dict[str, Any], str, str, int]] = [
    # what the terminal does, what begin gives, what asking gives, what was charged
    ("approve", "approved", "approved", 1_000),
    ("decline", "declined", "declined", 0),
    ("customer_cancels", "cancelled", "cancelled", 0),
    ({"do": "slow", "ms": 20}, "approved", "approved", 1_000),
    ({"do": "partial", "amount": 400}, "approved", "approved", 400),
    ({"do": "wrong_amount", "amount": 1}, "approved", "approved", 1),
    ("twice", "approved", "approved", 1_000),
    ("silent", "terminal_silent", "approved", 1_000),
    ({"do": "silent", "charged": False}, "terminal_silent", "never", 0),
    ("garbage", "terminal_garbled", "approved", 1_000),
    ({"do": "garbage", "charged": False}, "terminal_garbled", "never", 0),
    ("drop", "terminal_lost", "approved", 1_000),
    ({"do": "drop", "charged": False}, "terminal_lost", "never", 0),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NetworkTerminal, Any]]:
    room = tmp_path_factory.mktemp("terminal")
    with TerminalProcess(room, *(entry for entry, *_rest in SCRIPT)) as process:
        yield NetworkTerminal("127.0.0.1", process.port, silent_s=SILENT_S), process


def test_every_fault_is_told_apart_and_asking_says_the_truth(
    served: tuple[NetworkTerminal, TerminalProcess],
) -> None:
    terminal, process = served
    memory = simulated_terminal([entry for entry, *_rest in SCRIPT])
    for place, (entry, begun, asked, charged) in enumerate(SCRIPT):
        for each in (terminal, memory):
            reference = f"P-{place}"
            assert outcome(each, reference) == begun, (entry, each.name)
            answer = each.ask(reference)
            assert (answer.result, answer.amount) == (asked, charged), (entry, each.name)
            assert outcome(each, reference) == asked, "the same again is the answer that is there"
    took = {charge.reference: charge for charge in process.book().charged()}
    assert sorted(took) == sorted(
        f"P-{place}" for place, (*_e, charged) in enumerate(SCRIPT) if charged
    )


def test_an_answer_has_everything_but_a_card_number(
    served: tuple[NetworkTerminal, TerminalProcess],
) -> None:
    terminal, _process = served
    events: list[str] = []
    answer = terminal.begin("full", 1_234, "EUR", events.append)
    assert events == ["shown", "card"]
    assert (answer.amount, answer.currency, answer.terminal) == (1_234, "EUR", "T-1")
    assert len(answer.last4) == 4
    assert len(answer.auth) == 6
    assert answer.last4 in answer.slip
    assert answer.at.endswith("Z")


def test_money_goes_back_once_and_never_more_than_came(
    served: tuple[NetworkTerminal, TerminalProcess],
) -> None:
    terminal, process = served
    terminal.begin("whole", 1_000, "EUR", quiet)
    assert terminal.refund("back-1", "whole", 600, "EUR").result is CardResult.APPROVED
    assert terminal.refund("back-1", "whole", 600, "EUR").result is CardResult.APPROVED
    assert terminal.refund("back-2", "whole", 600, "EUR").result is CardResult.DECLINED
    assert terminal.refund("back-3", "whole", 400, "EUR").result is CardResult.APPROVED
    assert terminal.refund("back-4", "nothing", 1, "EUR").result is CardResult.DECLINED
    assert process.book().given_back("whole") == 1_000


def test_asking_closes_so_that_nothing_late_is_charged(
    served: tuple[NetworkTerminal, TerminalProcess],
) -> None:
    terminal, process = served
    assert terminal.ask("late").result is CardResult.NEVER
    assert outcome(terminal, "late") == "never"
    terminal.cancel("later")
    assert outcome(terminal, "later") == "never"
    assert not {"late", "later"} & {charge.reference for charge in process.book().charged()}


@pytest.mark.parametrize(
    ("entry", "asked"),
    [("die_before_charging", CardResult.NEVER), ("die_after_charging", CardResult.APPROVED)],
)
def test_a_terminal_that_dies_remembers(tmp_path: Path, entry: str, asked: CardResult) -> None:
    with TerminalProcess(tmp_path, entry) as process:
        terminal = NetworkTerminal("127.0.0.1", process.port, silent_s=5)
        assert outcome(terminal) == "terminal_lost"
        assert process.died() == 70
        assert outcome(terminal, "P-2") == "terminal_offline"
        process.start()
        assert terminal.ask("P-1").result is asked
        assert terminal.ready()
        assert outcome(terminal, "P-2") == "approved", "the script goes on, it does not begin anew"


def test_a_cancellation_goes_beside_the_payment_that_waits(tmp_path: Path) -> None:
    with TerminalProcess(tmp_path, "hold") as process:
        terminal = NetworkTerminal("127.0.0.1", process.port, silent_s=10)
        shown, came = threading.Event(), []
        pays = threading.Thread(
            target=lambda: came.append(
                terminal.begin("P-1", 500, "EUR", lambda _event: shown.set())
            )
        )
        pays.start()
        assert shown.wait(10)
        assert outcome(terminal, "P-2") == "terminal_busy"
        assert terminal.ask("P-1").result is CardResult.RUNNING
        terminal.cancel("P-1")
        pays.join(10)
        assert came[0].result is CardResult.CANCELLED
        assert process.book().charged() == []


def test_a_till_that_hangs_up_gets_its_answer_by_asking(tmp_path: Path) -> None:
    with TerminalProcess(tmp_path, {"do": "slow", "ms": 150}) as process:
        with socket.create_connection(("127.0.0.1", process.port)) as line:
            line.sendall(packed(op="pay", reference="P-1", amount=700, currency="EUR"))
            assert line.recv(100)
        terminal = NetworkTerminal("127.0.0.1", process.port)
        while (answer := terminal.ask("P-1")).result is CardResult.RUNNING:
            pass
        assert (answer.result, answer.amount) == (CardResult.APPROVED, 700)


@pytest.mark.parametrize(
    "said",
    [
        b"[]",
        b"{}",
        b'{"reference": "P-2", "result": "approved", "amount": 1, "currency": "EUR"}',
        b'{"reference": "P-1", "result": "fine", "amount": 1, "currency": "EUR"}',
        b'{"reference": "P-1", "result": "approved"}',
        b'{"reference": "P-1", "result": "approved", "amount": -1, "currency": "EUR"}',
        b'{"reference": "P-1", "result": "approved", "amount": 1.5, "currency": "EUR"}',
        b'{"reference": "P-1", "result": "approved", "amount": true, "currency": "EUR"}',
        b'{"reference": "P-1", "result": "approved", "amount": 1%s, "currency": "EUR"}'
        % (b"0" * 30),
        b"[" * 60_000,
        b"\xff\xfe",
        b"x" * (LINE_MAX + 1),
    ],
)
def test_what_is_no_answer_is_never_taken_for_one(said: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        answer_of(unpacked(said), "P-1")


def test_a_trickle_that_never_ends_is_silence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def trickle() -> None:
            line, _from = server.accept()
            with line:
                while not stop.wait(0.02):
                    line.sendall(b" ")

        thread = threading.Thread(target=trickle)
        thread.start()
        terminal = NetworkTerminal("127.0.0.1", server.getsockname()[1], silent_s=0.2)
        with pytest.raises(Uncertain, match="terminal_silent"):
            terminal.begin("P-1", 1, "EUR", quiet)
        stop.set()
        thread.join(10)


def test_no_card_number_comes_through() -> None:
    number = "4111 1111 1111 1111"
    said = unpacked(
        packed_answer(
            CardAnswer(
                *("P-1", CardResult.APPROVED, 5, "EUR"),
                auth=number.replace(" ", ""),
                last4=number.replace(" ", ""),
                slip=f"Card {number}\nThanks",
            )
        )
    )
    answer = answer_of(said, "P-1")
    assert "4111 1111" not in repr(answer)
    assert "11111111" not in repr(answer)
    assert answer.last4 == ""
    assert masked("P-1-2-1-77 on 25.11.2026") == "P-1-2-1-77 on 25.11.2026"


def test_addresses(tmp_path: Path) -> None:
    def terminal(address: str, *, selling: bool = False) -> Terminal | None:
        return connect(data=tmp_path, terminal=address, selling=selling).terminal

    assert terminal("manual") is None
    found = terminal("tcp:10.0.0.9:2000")
    assert found is not None
    assert found.name == "tcp:10.0.0.9:2000"
    memory = terminal("simulated")
    assert memory is not None
    with closing(memory):
        assert outcome(memory) == "approved"
    again = terminal("simulated")
    assert again is not None
    assert again.ask("P-1").result is CardResult.APPROVED, "its log outlives the program"
    for wrong in ("serial:COM1", "tcp:", "", "tcp:host/path"):
        with pytest.raises(Refused, match="device_address_unknown"):
            terminal(wrong)
        refusing = terminal(wrong, selling=True)
        assert refusing is not None, "a slip must not be typed where no terminal stands alone"
        assert not refusing.ready()
        with pytest.raises(Unavailable, match="device_address_unknown"):
            refusing.begin("P-1", 1, "EUR", quiet)


def test_an_unplugged_terminal_was_not_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    terminal = NetworkTerminal("127.0.0.1", port)
    assert not terminal.ready()
    with pytest.raises(Unavailable, match="terminal_offline"):
        terminal.begin("P-1", 1, "EUR", quiet)
    with pytest.raises(Unavailable, match="terminal_offline"):
        terminal.ask("P-1")
