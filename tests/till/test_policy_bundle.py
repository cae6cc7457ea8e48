"""The limits as the hub signs them: proven before use, halved when old, never in the way of selling."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.staff import Outcome, Role, Standing
from pos_app.till import checkout, permission
from sync.link import SyncStatus
from tests.till.shop import CODES, SCARF, feed, policy_text, signed_policy, staff_rows
from tests.till.test_sign_in import hub_says

UNTIL = "2026-12-02T07:00:00.000Z"
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)


def of(counter, **more):
    hub_says(counter, ("policy", [signed_policy(2, **more)]))
    return counter.till


def test_what_the_hub_signed_is_used_and_kept(opened, counter):
    text = policy_text().replace("cashier = 5\n", "cashier = 7\n")
    till = of(counter, text=text)
    assert (till.policy.version, till.policy_refused) == (1, "")
    assert till.policy.limit(Role.CASHIER, "discount") == 700
    assert till.standing is Standing.VALID
    assert opened(clock=counter.clock).till.policy.limit(Role.CASHIER, "discount") == 700


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda row: msgspec.structs.replace(row, sig=""), "policy_forged"),
        (lambda row: msgspec.structs.replace(row, sig="AAAA"), "policy_forged"),
        (lambda row: msgspec.structs.replace(row, text=row.text + "\n"), "policy_forged"),
        (lambda row: msgspec.structs.replace(row, valid_until="2100-01-01"), "policy_forged"),
        (lambda row: msgspec.structs.replace(row, version=3), "policy_forged"),
        (lambda _row: signed_policy(2, by=STRANGER), "policy_forged"),
        (lambda _row: signed_policy(2, "cashier = 'everything'"), "policy_unreadable"),
        (lambda _row: signed_policy(2, until="tomorrow"), "policy_unreadable"),
    ],
)
def test_forged_or_unreadable_limits_are_not_taken_and_the_last_good_ones_stay(
    opened, counter, spoil, code
):
    good = signed_policy(2, policy_text().replace("cashier = 5\n", "cashier = 50\n"))
    hub_says_nothing_new(counter, spoil(good))
    till = counter.till
    assert till.policy_refused == code
    assert till.policy.limit(Role.CASHIER, "discount") == 500
    assert till.standing is Standing.VALID
    again = opened(clock=counter.clock).till
    assert again.policy_refused == code, "said again after a restart"
    hub_says(counter_of(again, counter), ("policy", [good]))
    assert again.policy_refused == ""
    assert again.policy.limit(Role.CASHIER, "discount") == 5_000


def counter_of(till, counter):
    counter.till = till
    return counter


def hub_says_nothing_new(counter, row):
    from pos_app.store.replica import ReplicaWriter

    till = counter.till
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        _, pos = writer.cursors()["store:1"]
        writer.apply(feed("store:1", pos, ("policy", [row])))
    till.hear({"op": "changed", "kinds": ["policy"]})


def test_an_older_bundle_played_again_is_passed_over_without_a_word(counter):
    strict = policy_text().replace("cashier = 5\n", "cashier = 1\n")
    of(counter, text=strict, issued="2026-11-25T08:00:00.000Z")
    hub_says_nothing_new(counter, signed_policy(9, issued="2026-11-24T08:00:00.000Z"))
    assert counter.till.policy.limit(Role.CASHIER, "discount") == 100
    assert counter.till.policy_refused == ""


def test_expired_limits_halve_what_is_left_offline_and_nothing_else(counter):
    till = of(counter, until=UNTIL)
    counter.clock.go(8 * 86_400)
    assert till.standing is Standing.EXPIRED
    assert till.policy.limit(Role.MANAGER, "discount") == 4_000, "the hub answers"
    counter.line.connected = False
    assert till.policy.limit(Role.MANAGER, "discount", offline=True) == 2_000
    assert till.policy.limit(Role.MANAGER, "void_sale", offline=True) == 7_500
    assert till.policy.decide(Role.CASHIER, "discount", 251, offline=True).outcome is (
        Outcome.NEEDS_APPROVAL
    )
    assert till.policy.decide(Role.MANAGER, "refund", 5_001, offline=True).online_only
    assert till.policy.decide(Role.MANAGER, "refund", 5_000, offline=True).allowed


def test_two_weeks_later_only_plain_sales_are_left_and_selling_goes_on(counter):
    till = of(counter, until=UNTIL)
    counter.clock.go(22 * 86_400)
    assert till.standing is Standing.LAPSED
    with pytest.raises(Refused, match="policy_lapsed"):
        permission.require(till, "discount", 100, reason="damaged")
    basket, _ = checkout.scan(till, checkout.start(till), CODES[SCARF])
    paid = checkout.pay(till, basket, (), "cash", 1_995)
    assert checkout.complete(till, basket, paid).sale.total == 1_995
    for action in ("sell", "line_void", "open_shift", "close_shift", "z_close", "unlock_staff"):
        assert till.policy.decide(Role.MANAGER, action).outcome is not Outcome.REFUSED, action
    assert till.policy.decide(Role.CASHIER, "cancel_basket", 1_000, offline=True).allowed
    assert not till.policy.decide(Role.CASHIER, "cancel_basket", 1_001, offline=True).allowed
    of(counter, until="2027-01-01T00:00:00.000Z", issued="2026-12-17T08:00:00.000Z")
    permission.require(till, "discount", 100, reason="damaged")


def test_their_age_is_judged_by_the_hubs_time_and_not_by_a_clock_somebody_set(counter):
    till = of(counter, until=UNTIL)
    counter.clock.go(8 * 86_400)
    week_ms = 8 * 86_400_000
    till.hear({"op": "status", **told(offset_ms=-week_ms)})
    assert till.standing is Standing.VALID, "this till's clock is a week ahead"
    counter.clock.moment -= timedelta(days=16)
    till.hear({"op": "status", **told(offset_ms=week_ms * 2 + 1)})
    assert till.standing is Standing.EXPIRED
    counter.clock.moment = counter.clock.moment.replace(year=1990)
    till.hear({"op": "status", **told(offset_ms=0)})
    assert till.hub_now() == till.own.policy_issued, "never before they were signed"


def told(**values):
    return {"state": "LIVE", "cursors": {}, **values}


def test_the_hubs_time_is_known_again_after_a_restart(opened, counter):
    from pos_app.store.replica import ReplicaWriter

    till = of(counter, until=UNTIL)
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        writer.set_state("hub_time_offset_ms", str(8 * 86_400_000))
    assert opened(clock=counter.clock).till.standing is Standing.EXPIRED


def test_a_till_that_never_got_limits_reads_the_shipped_ones_as_strictly_as_can_be(opened, data):
    till = opened().till
    with till.ledger.transaction() as tx:
        for key in till.ledger.reference("policy"):
            tx.set_reference("policy", key, None)
    till.look_again()
    assert till.standing is Standing.MISSING
    assert not till.policy.decide(Role.MANAGER, "discount", 100).allowed
    assert till.policy.decide(Role.CASHIER, "sell").allowed
    assert till.policy.limit(Role.CASHIER, "cancel_basket") == 1_000, "halved, the hub or not"


def test_limits_of_before_they_were_signed_stay_and_count_as_expired(opened):
    from sync.protocol import PolicyRow

    till = opened().till
    with till.ledger.transaction() as tx:
        for key in till.ledger.reference("policy"):
            tx.set_reference("policy", key, msgspec.json.encode(PolicyRow(1, policy_text())))
    till.look_again()
    assert till.standing is Standing.EXPIRED
    till.refresh_reference()
    assert till.standing is Standing.VALID, "until the hub has signed"


def test_what_an_older_hub_does_not_know_is_as_shipped(counter):
    text = policy_text()
    start_of = text.index("[action.training_mode]")
    till = of(counter, text=text[:start_of])
    assert till.policy.decide(Role.MANAGER, "training_mode").allowed
    assert till.policy.proof(Role.MANAGER).pin_min == 6


def test_an_offline_refund_beyond_the_cap_waits_for_the_hub(counter):
    till = counter.till
    counter.swap("mia")
    counter.line.status = SyncStatus(state="OFFLINE")
    with pytest.raises(Unavailable, match="needs_hub"):
        permission.require(till, "refund", 10_001, reason="faulty")
    permission.require(till, "refund", 10_000, reason="faulty", spent=20_000)
    with pytest.raises(Unavailable, match="needs_hub"):
        permission.require(till, "refund", 10_000, reason="faulty", spent=20_001)


def test_another_role_counts_at_once_and_who_works_here_no_more_is_signed_out(counter):
    till = counter.till
    counter.swap("mia")
    (mia,) = [row for row in staff_rows() if row.staff_id == "mia"]
    hub_says(counter, ("staff", [msgspec.structs.replace(mia, role="cashier")]))
    assert till.need_person().role is Role.CASHIER
    hub_says(counter, ("staff", [msgspec.structs.replace(mia, active=False)]))
    with pytest.raises(Refused, match="nobody_signed_in"):
        till.need_person()
