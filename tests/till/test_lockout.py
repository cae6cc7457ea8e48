"""Nobody guesses a PIN: not by patience, not by pulling the plug, not by setting the clock."""

from __future__ import annotations

import random

import pytest

from pos_app.domain.errors import Refused
from pos_app.till import lockout, sign_in
from sync.protocol import SignInRefused
from tests.till.shop import BADGES, PINS, HandClock, staff_rows
from tests.till.test_checkout import facts
from tests.till.test_sign_in import hub_says


def wrong(till, who, pin="9999", badge=""):
    with pytest.raises(Refused) as told:
        sign_in.sign_in(till, who, pin, badge=badge)
    return told.value


def test_all_ten_thousand_pins_in_thirty_days_reach_the_check_a_hundred_times(opened, monkeypatch):
    """With kills, restarts of the machine, clocks set about, and a manager who lets in each time."""
    draw = random.Random(7)
    looked = 0

    def never(_verifier, _pin):
        nonlocal looked
        looked += 1
        if draw.random() < 0.05:
            raise KeyboardInterrupt  # the plug, during the check
        return False

    counter = opened()
    counter.line.connected = False
    agreed = sign_in.approve(counter.till, "mia", PINS["mia"], sign_in.UNLOCK)
    fits = sign_in._fits
    boot, days = 1, 0.0
    for guess in range(10_000):
        monkeypatch.setattr(sign_in, "_fits", never)
        try:
            sign_in.sign_in(counter.till, "ana", f"{guess:04}")
        except KeyboardInterrupt:
            pass
        except Refused as told:
            if told.code == "pin_locked":
                monkeypatch.setattr(sign_in, "_fits", fits)
                sign_in.unlock(counter.till, "ana", agreed)
            elif told.code == "pin_locked_hub":
                break
        counter.clock.go(258)
        days += 258 / 86_400
        if draw.random() < 0.02:
            boot += draw.random() < 0.5
            moment = counter.clock.moment.replace(year=draw.choice((1990, 2026, 2036)))
            clock = HandClock(moment=moment, ms=counter.clock.ms, boot=f"boot-{boot}")
            counter = opened(clock=clock)
            counter.line.connected = False
    assert looked == lockout.TOTAL_TRIES
    assert days < 30
    monkeypatch.setattr(sign_in, "_fits", fits)
    assert wrong(counter.till, "ana", PINS["ana"]).code == "pin_locked_hub"
    with pytest.raises(Refused, match="pin_locked_hub"):
        sign_in.unlock(counter.till, "ana", agreed)
    assert sign_in.sign_in_badge(counter.till, BADGES["ana"]), "the badge still opens"
    hub_says(counter, ("staff", staff_rows(ana="7301")))
    assert sign_in.sign_in(counter.till, "ana", "7301"), "and the hub's new PIN"


def test_twenty_wrong_pins_within_an_hour_and_only_badges_open_the_till(opened):
    counter = opened()
    till, clock = counter.till, counter.clock
    for who in ("ana", "ben", "pia", "hq"):
        for _ in range(5):
            wrong(till, who)
            clock.go(30)
    told = wrong(till, "mia", PINS["mia"])
    assert told.code == "pin_badges_only"
    assert told.facts["wait_s"] == 3_600 - 20 * 30
    with pytest.raises(Refused, match="pin_badges_only"):
        sign_in.approve(till, "mia", PINS["mia"], "discount", 2_000)
    assert sign_in.sign_in_badge(till, BADGES["ana"])
    assert sign_in.sign_in(till, "mia", PINS["mia"], badge=BADGES["mia"]), "badge and PIN"
    clock.go(told.facts["wait_s"])
    assert sign_in.sign_in(till, "mia", PINS["mia"]), "one try has aged out"


def test_a_restart_of_the_machine_begins_the_tills_hour_anew(opened):
    counter = opened()
    for who in ("ana", "ben", "pia", "hq"):
        for _ in range(5):
            wrong(counter.till, who)
    counter.clock.go(3_599)
    counter = opened(clock=HandClock(moment=counter.clock.moment, ms=77, boot="boot-2"))
    assert wrong(counter.till, "mia", PINS["mia"]).facts["wait_s"] == 3_600


def test_a_restart_of_the_program_keeps_the_wait_where_it_was(opened):
    counter = opened()
    for _ in range(5):
        wrong(counter.till, "ana")
    counter.clock.go(20)
    counter = opened(clock=counter.clock)
    assert lockout.wait_s(counter.till, "ana") == 10


def test_right_pins_are_no_guesses(opened):
    till = opened().till
    for _ in range(30):
        sign_in.sign_in(till, "ana", PINS["ana"])
    assert lockout.guesses(till, "ana") == 0
    assert lockout.till_wait_s(till) == 0


def test_wrong_ones_add_up_over_right_ones_while_the_hub_is_away(opened):
    counter = opened()
    counter.line.connected = False
    till = counter.till
    for _ in range(3):
        wrong(till, "ana")
        sign_in.sign_in(till, "ana", PINS["ana"])
    assert lockout.guesses(till, "ana") == 3
    counter.line.connected = True
    sign_in.sign_in(till, "ana", PINS["ana"])
    assert lockout.guesses(till, "ana") == 0


def test_a_badge_does_not_forgive_wrong_pins(opened):
    till = opened().till
    for _ in range(5):
        wrong(till, "ana")
    sign_in.sign_in_badge(till, BADGES["ana"])
    assert wrong(till, "ana", PINS["ana"]).code == "pin_wait"


def test_somebody_elses_badge_does_not_help_with_a_pin(opened):
    till = opened().till
    assert wrong(till, "mia", PINS["mia"], badge=BADGES["ana"]).code == "badge_unknown"
    assert [fact.method for fact in facts(till, SignInRefused)] == ["badge"]


def test_a_short_pin_of_before_still_opens_and_is_noted_until_it_is_changed(opened):
    counter = opened()
    hub_says(counter, ("staff", staff_rows(mia="2580")))
    assert sign_in.sign_in(counter.till, "mia", "2580")
    assert sign_in.short_pins(counter.till) == ["Mia"]
    assert sign_in.short_pins(opened(clock=counter.clock).till) == ["Mia"]


def test_a_longer_one_from_the_hub_settles_that(opened):
    counter = opened()
    hub_says(counter, ("staff", staff_rows(mia="2580")))
    sign_in.sign_in(counter.till, "mia", "2580")
    hub_says(counter, ("staff", staff_rows(mia="258041")))
    assert sign_in.short_pins(counter.till) == []
