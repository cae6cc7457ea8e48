"""Limits that are old, forged or missing, and short PINs, are said where people look."""

from __future__ import annotations

from tests.ui.shop import CASHIER


def said(hand):
    hand.window.tick()
    hand.settle()
    return {each.title: each.detail for each in hand.window.connection.state.attention}


def test_nothing_is_said_of_good_limits(hand):
    assert said(hand) == {}


def test_limits_that_ran_out_and_later_ones_that_are_forged_are_said(hand):
    hand.clock.go(86_400 * 365 * 80)
    titles = said(hand)
    assert "The limits for staff ran out weeks ago" in titles
    hand.till.policy_refused = "policy_forged"
    titles = said(hand)
    assert titles["The limits for staff are not signed by head office."].startswith(
        "They were not taken over; the limits used before stay in force."
    )
    assert hand.window.connection.state.look == "attention"


def test_a_short_pin_is_said_by_name(hand):
    hand.till.short_pins = frozenset({CASHIER})
    assert "Too short a PIN: Anna Keller" in said(hand)
