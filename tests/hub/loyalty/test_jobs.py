"""What the clock and a person do to points: ends, birthdays, days on the way, by hand; each once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pos_app import cli
from pos_app.domain.errors import Refused
from pos_app.till import points, void
from sync.hub import right_check
from sync.hub.answers import stamp
from sync.hub.loyalty import jobs, ledger, programmes
from tests.hub.loyalty.club import MIRA, Club, asked, basket, sold
from tests.till.membering import CLUB
from tests.till.shop import SCARF

HEAD = 'programme = "x"\nname = "X"\ncurrency = "EUR"\n'


@pytest.fixture
def club(new_hub: Path, tmp_path: Path) -> Iterator[Club]:
    found = Club(new_hub, tmp_path)
    yield found
    try:
        assert right_check.differences(found.hub) == []
    finally:
        found.close()


def rules(club: Club, **changes: Any) -> None:
    with club.hub.transaction():
        programmes.put(club.hub, replace(CLUB, version=0, **changes), stamp(club.now))


def give(club: Club, amount: int, reason: str = "adjusted") -> None:
    with club.hub.transaction():
        ledger.move(club.hub, MIRA, amount, reason=reason, now=club.now)


def told(club: Club) -> list[tuple[int, str]]:
    return [(each.points, each.reason) for each in ledger.statement(club.hub, MIRA)]


def days(club: Club, count: int) -> None:
    for clock in (club.clock, club.hub_clock):
        clock.moment += dt.timedelta(days=count)


def test_points_end_oldest_first_and_once(club: Club) -> None:
    rules(club, expiry_months=12)
    give(club, 300)
    days(club, 30)
    give(club, 200)
    give(club, -100)
    days(club, 340)
    jobs.one_look(club.hub, club.now)
    jobs.one_look(club.hub, club.now, again=True)
    assert told(club) == [
        (300, "adjusted"),
        (200, "adjusted"),
        (-100, "adjusted"),
        (-200, "expired"),
    ]
    assert club.standing().points == 200
    assert club.standing().ending == 200


def test_what_a_till_holds_just_then_ends_later(club: Club) -> None:
    rules(club, expiry_months=12)
    give(club, 300)
    days(club, 370)
    pos = club.tills[0]
    open_basket = basket(pos.till, club.mira(), SCARF)
    asked(pos, open_basket)
    jobs.one_look(club.hub, club.now)
    assert told(club) == [(300, "adjusted")]
    points.let_go(pos.till, open_basket)
    club.deliver()
    days(club, 1)
    jobs.one_look(club.hub, club.now)
    assert told(club)[-1] == (-300, "expired")


def test_a_birthday_brings_points_once_a_year(club: Club) -> None:
    rules(club, birthday=100)
    days(club, 1 + (dt.date(2027, 5, 18) - dt.date(2026, 11, 26)).days)
    for _ in range(2):
        jobs.one_look(club.hub, club.now, again=True)
    days(club, 1)
    jobs.one_look(club.hub, club.now)
    assert told(club) == [(100, "birthday")]
    days(club, 365)
    jobs.one_look(club.hub, club.now)
    assert told(club) == [(100, "birthday")] * 2


def test_points_on_their_way_are_not_spent_and_arrive(club: Club) -> None:
    rules(club, pending_days=14)
    for pos in club.tills:
        pos.till.loyalty.now = club.programme
    till = club.tills[0].till
    sold(till, basket(till, club.mira(), *[SCARF] * 6))
    club.deliver()
    assert (club.standing().points, club.standing().pending) == (0, 119)
    days(club, 15)
    jobs.one_look(club.hub, club.now)
    assert (club.standing().points, club.standing().pending) == (119, 0)


def test_goods_that_come_back_before_their_points_arrive_are_no_debt(club: Club) -> None:
    rules(club, pending_days=14)
    for pos in club.tills:
        pos.till.loyalty.now = club.programme
    till = club.tills[0].till
    sale = sold(till, basket(till, club.mira(), SCARF))
    void.void_sale(till, sale.id, "they changed their mind")
    club.deliver()
    assert club.exceptions() == []
    days(club, 15)
    jobs.one_look(club.hub, club.now)
    assert (club.standing().points, club.standing().pending) == (0, 0)


def hub(club: Club, *words: str) -> int:
    return cli.main(["hub", *words, "--database", f"sqlite:///{club.room / 'hub.sqlite'}"])


def test_the_words_of_the_command_line(club: Club, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path("resources/demo/programme.toml")
    assert hub(club, "loyalty", "end", "club") == 0
    assert hub(club, "loyalty", "set", str(file)) == 0
    assert hub(club, "loyalty", "set", str(file)) == 0
    assert "as it was" in capsys.readouterr().out
    assert hub(club, "loyalty", "adjust", MIRA, "250", "--reason", "sorry", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["now"] == 250
    assert hub(club, "loyalty", "adjust", MIRA, "-300", "--reason", "wrong") != 0
    assert "250 points to take off" in capsys.readouterr().err
    assert hub(club, "loyalty", "statement", MIRA) == 0
    assert "250 to spend" in capsys.readouterr().out
    assert hub(club, "loyalty", "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["version"], row["running"]) for row in rows] == [(1, True), (2, False), (3, True)]
    assert hub(club, "loyalty", "run") == 0


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('programme = "x"', "name: 1 to 60 plain characters"),
        (HEAD + "point = 1", "there is no field point"),
        ("= 3", "Invalid"),
        (
            HEAD + '[[reward]]\nreward = "a"\nlabel = "A"\nkind = "amount"\npoints = 10',
            "reward 1.value",
        ),
    ],
)
def test_a_file_nobody_can_use_is_refused_with_where(
    club: Club, tmp_path: Path, text: str, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    assert hub(club, "loyalty", "set", str(file)) != 0
    assert where in capsys.readouterr().err
    assert len(programmes.every(club.hub)) == 1


def test_one_programme_a_currency(club: Club) -> None:
    with club.hub.transaction(), pytest.raises(Refused, match="programme_bad"):
        programmes.put(club.hub, replace(CLUB, programme="other"), stamp(club.now))
