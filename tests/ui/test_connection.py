from __future__ import annotations

from pos_app.ui import paint, theme
from pos_app.ui.shell import PILL_WIDEST
from sync.link import SyncStatus
from sync.protocol import Head


def say(hand, **changes) -> None:
    state = {"state": "LIVE", "last_contact": "2026-11-25T09:59:50.000Z", "replica": "current"}
    hand.line.status = SyncStatus(**{**state, **changes})
    hand.window.connection.refresh()


def acked(hand, *, everything: bool) -> None:
    head = hand.till.ledger.head()
    hand.till.acked = lambda: head if everything else Head(1, 1, "00")


def test_online_is_said_only_when_everything_was_confirmed(hand, monkeypatch):
    head = hand.till.ledger.head()
    monkeypatch.setattr(type(hand.till), "acked", lambda _till: head)
    say(hand)
    assert hand.window.connection.state.look == "online"
    assert "10:59" in hand.window.connection.state.second


def test_something_unsent_is_syncing_and_counted(hand, codes):
    hand.scan(codes[0])
    hand.window.acts.exact("cash")
    hand.settle()
    say(hand)
    assert hand.window.connection.state.look == "syncing"
    assert hand.window.connection.state.first == "Syncing 1"


def test_no_answer_is_offline_since_then_and_never_red(hand, codes):
    hand.scan(codes[0])
    hand.window.acts.exact("cash")
    hand.settle()
    hand.line.connected = False
    hand.window.connection.refresh()
    state = hand.window.connection.state
    assert state.look == "offline"
    assert "1 waiting" in state.second
    hand.window.acts.sync()
    hand.settle()
    state = hand.window.connection.state
    assert [row.title for row in state.waiting] == ["Sale 1-2-1.1", "3 other entries"]
    assert state.waiting_count == 1
    assert hand.window.screens.sync.list.isVisible()


def test_what_is_no_sale_waits_in_the_pill_and_in_the_sheet_alike(hand):
    hand.line.connected = False
    hand.window.acts.sync()
    hand.settle()
    state, sheet = hand.window.connection.state, hand.window.screens.sync
    assert state.second == "3 waiting \u00b7 saved here"
    assert [row.title for row in state.waiting] == ["3 other entries"]
    assert not sheet.nothing.isVisible()
    assert sheet.count.text() == "3"
    hand.clock.go(5 * 3_600)
    hand.window.connection.refresh()
    assert not hand.window.connection.state.attention, "no sale waits"


def test_the_pill_has_room_for_what_needs_somebody_and_for_an_old_day(hand, codes, monkeypatch):
    hand.scan(codes[0])
    hand.window.acts.exact("cash")
    hand.settle()
    monkeypatch.setattr(type(hand.till), "free_mb", lambda _till: 99)
    hand.clock.go(9 * 86_400)
    say(hand, offset_ms=40_000_000)
    told = hand.window.connection.state.attention
    assert len(told) > 2
    for each in told:
        words = each.short or each.title
        assert paint.width_of(words, theme.font(12, 500)) <= PILL_WIDEST - 62, words
    hand.line.connected = False
    hand.window.connection.refresh()
    state = hand.window.connection.state
    assert state.second.startswith("Offline since ")
    assert "2026" in state.second
    assert paint.width_of(state.second, theme.font(14, 600)) <= PILL_WIDEST - 62


def test_a_window_just_opened_asks_first_and_never_says_offline_unasked(hand):
    connection = hand.window.connection
    connection._began, connection._met = None, False
    say(hand, state="HELLO", last_contact="")
    assert (connection.state.look, connection.state.first) == ("syncing", "Connecting\u2026")
    say(hand, state="OFFLINE", last_contact="", error_code="hub_unreachable")
    assert connection.state.look == "offline"
    say(hand, state="HELLO", last_contact="")
    hand.clock.go(21)
    connection.refresh()
    assert connection.state.look == "offline"


def test_an_old_answer_is_no_line(hand):
    say(hand)
    hand.clock.go(600)
    hand.window.connection.refresh()
    assert hand.window.connection.state.look == "offline"


def test_being_refused_needs_a_person(hand):
    say(hand, state="REFUSED", error_code="device_revoked")
    state = hand.window.connection.state
    assert state.look == "attention"
    assert state.attention


def test_a_clock_that_is_off_needs_a_person(hand):
    say(hand, offset_ms=400_000)
    assert hand.window.connection.state.look == "attention"
    assert "clock" in hand.window.connection.state.attention[0].title


def test_selling_offline_is_selling(hand, codes):
    hand.line.connected = False
    hand.scan(codes[0])
    hand.window.acts.exact("card")
    hand.settle()
    assert len(hand.till.ledger.sales(5)) == 1
    assert hand.window.place == "sell"


def test_a_link_that_says_release_and_swapped_keeps_selling(qapp, data, codes):
    from pos_app import app

    window = app.build_window(data, offscreen=True)
    window.show()
    line = next(child for child in window.children() if isinstance(child, app.Line))
    line._hear({"op": "release"})
    assert window.till.catalogue.search("wool", 5) == []
    line._hear({"op": "swapped"})
    assert window.till.catalogue.search("wool", 5)
    window.close()


def test_a_disk_that_fills_up_needs_a_person(hand, monkeypatch):
    monkeypatch.setattr(type(hand.till), "free_mb", lambda _till: 499)
    say(hand)
    assert "499 MB" in hand.window.connection.state.attention[0].title
    monkeypatch.setattr(type(hand.till), "free_mb", lambda _till: 500)
    say(hand)
    assert not hand.window.connection.state.attention


def test_sales_that_wait_for_hours_need_a_person(hand, codes):
    hand.scan(codes[0])
    hand.window.acts.exact("cash")
    hand.settle()
    hand.line.connected = False
    hand.clock.go(4 * 3_600)
    hand.window.connection.refresh()
    assert hand.window.connection.state.look == "offline"
    hand.clock.go(60)
    hand.window.connection.refresh()
    state = hand.window.connection.state
    assert state.look == "attention"
    assert "11:00" in state.attention[0].title
    assert "Offline" in state.second
