"""The one table of who may do how much, row by row, and that nothing in it can be misread."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.badge import badge_code, badge_fits, badge_verifier, is_badge
from pos_app.domain.errors import Refused
from pos_app.domain.staff import POLICY_MAX, Badge, Outcome, Policy, Role, Standing

TEXT = (Path(__file__).parents[2] / "resources" / "policy.toml").read_text(encoding="utf-8")
EUR = Policy.parse(TEXT)
YES, ASK, NO = Outcome.ALLOWED, Outcome.NEEDS_APPROVAL, Outcome.REFUSED
M, HQ = Role.MANAGER, Role.HQ


@pytest.mark.parametrize(
    ("action", "role", "amount", "online", "offline"),
    [
        ("sell", "cashier", 0, YES, YES),
        ("sell", "pickup", 0, NO, NO),
        ("sell", "auditor", 0, NO, NO),
        ("custom_item", "cashier", 10_000, YES, YES),
        ("custom_item", "cashier", 10_001, ASK, ASK),
        ("line_void", "cashier", 1_000_000, YES, YES),
        ("cancel_basket", "cashier", 2_000, YES, YES),
        ("cancel_basket", "cashier", 2_001, ASK, ASK),
        ("void_sale", "cashier", 1, ASK, ASK),
        ("void_sale", "senior", 5_000, YES, ASK),
        ("void_sale", "senior", 2_500, YES, YES),
        ("void_sale", "senior", 5_001, ASK, ASK),
        ("void_sale", "manager", 30_000, YES, ASK),
        ("void_sale", "manager", 15_000, YES, YES),
        ("void_sale", "manager", 30_001, ASK, ASK),
        ("void_sale", "hq", 1, ASK, ASK),
        ("void_sale", "it", 1, NO, NO),
        ("undo_sale", "cashier", 5_000, YES, YES),
        ("undo_sale", "hq", 1, NO, NO),
        ("price_override", "cashier", 1, NO, NO),
        ("price_override", "senior", 1_000, YES, YES),
        ("price_override", "senior", 1_001, ASK, ASK),
        ("discount", "cashier", 500, YES, YES),
        ("discount", "cashier", 501, ASK, ASK),
        ("discount", "manager", 4_000, YES, YES),
        ("discount", "manager", 4_001, ASK, ASK),
        ("no_sale", "cashier", 1, ASK, ASK),
        ("no_sale", "senior", 3, YES, YES),
        ("no_sale", "senior", 4, ASK, ASK),
        ("no_sale", "manager", 6, NO, NO),
        ("cash_in_out", "senior", 10_000, YES, YES),
        ("cash_in_out", "auditor", 0, NO, NO),
        ("open_shift", "cashier", 500, YES, YES),
        ("open_shift", "cashier", 501, ASK, ASK),
        ("safe_drop", "senior", 10_001, ASK, ASK),
        ("refund", "cashier", 5_000, YES, YES),
        ("refund", "cashier", 5_001, ASK, ASK),
        ("refund", "manager", 100_000, YES, NO),
        ("refund", "manager", 10_000, YES, YES),
        ("refund", "manager", 10_001, YES, NO),
        ("refund", "it", 1, NO, NO),
        ("refund_other_store", "cashier", 1, ASK, NO),
        ("refund_other_store", "senior", 5_000, YES, NO),
        ("refund_other_tender", "cashier", 1, NO, NO),
        ("refund_other_tender", "manager", 1, ASK, NO),
        ("refund_order", "cashier", 10_000, YES, NO),
        ("refund_order", "cashier", 10_001, ASK, NO),
        ("refund_order", "senior", 30_000, YES, NO),
        ("exchange", "cashier", 10_000, YES, YES),
        ("exchange", "cashier", 20_000, YES, NO),
        ("exchange", "cashier", 20_001, ASK, NO),
        ("exchange", "manager", 900_000, YES, NO),
        ("take_in", "cashier", 900_000, YES, YES),
        ("take_in", "pickup", 1, NO, NO),
        ("take_in_no_receipt", "cashier", 1, ASK, ASK),
        ("take_in_no_receipt", "senior", 5_000, YES, YES),
        ("take_in_no_receipt", "manager", 30_001, ASK, ASK),
        ("refund_no_receipt", "manager", 5_000, YES, NO),
        ("refund_no_receipt", "senior", 1, ASK, NO),
        ("training_mode", "cashier", 0, ASK, ASK),
        ("training_mode", "manager", 0, YES, YES),
        ("training_mode", "hq", 0, NO, NO),
        ("unlock_staff", "pickup", 0, ASK, ASK),
        ("unlock_staff", "manager", 0, YES, YES),
        ("staff_pin", "manager", 0, YES, NO),
        ("close_shift", "cashier", 500, YES, YES),
        ("close_shift", "senior", 501, ASK, ASK),
        ("close_shift", "manager", 99_999, YES, YES),
        ("see_expected_cash", "cashier", 0, NO, NO),
        ("see_expected_cash", "manager", 0, YES, YES),
        ("see_expected_cash", "auditor", 0, YES, YES),
        ("z_close", "auditor", 0, NO, NO),
        ("z_close", "cashier", 0, ASK, ASK),
        ("reprint", "cashier", 1, YES, YES),
        ("reprint", "cashier", 2, ASK, ASK),
        ("age_override", "auditor", 0, NO, NO),
        ("age_override", "cashier", 0, ASK, ASK),
    ],
)
def test_decisions(action, role, amount, online, offline) -> None:
    found = EUR.decide(Role(role), action, amount)
    assert found.outcome is online
    assert found.allowed == (online is YES)
    assert EUR.decide(Role(role), action, amount, offline=True).outcome is offline


def test_those_who_may_agree_are_named_lowest_first() -> None:
    assert EUR.decide(Role.CASHIER, "discount", 4_000).approvers == (M, HQ)
    assert EUR.decide(Role.CASHIER, "discount", 4_001).approvers == (HQ,)
    assert EUR.decide(Role.CASHIER, "discount", 501).limit == 500
    assert EUR.decide(Role.CASHIER, "void_sale", 30_000, offline=True).approvers == (HQ,)


def test_reasons_always_or_above_an_amount() -> None:
    assert EUR.decide(Role.CASHIER, "discount", 1).needs_reason
    assert not EUR.decide(Role.CASHIER, "line_void", 5_000).needs_reason
    assert EUR.decide(Role.CASHIER, "line_void", 5_001).needs_reason
    assert EUR.decide(Role.CASHIER, "close_shift", -501).needs_reason
    assert not EUR.decide(Role.CASHIER, "close_shift", -500).needs_reason


def test_how_often_in_one_shift() -> None:
    assert EUR.decide(Role.CASHIER, "discount", 100, used=29).outcome is YES
    again = EUR.decide(Role.CASHIER, "discount", 100, used=30)
    assert (again.outcome, again.limit) == (ASK, 30)


@given(
    st.sampled_from(sorted(EUR.actions)),
    st.sampled_from(Role),
    st.integers(0, 10**8),
    st.booleans(),
)
def test_a_smaller_amount_is_never_harder_and_offline_never_easier(action, role, amount, off) -> None:  # fmt: skip
    rank = {YES: 0, ASK: 1, NO: 2}
    now = EUR.decide(role, action, amount, offline=off).outcome
    assert rank[EUR.decide(role, action, amount // 2, offline=off).outcome] <= rank[now]
    assert (
        rank[EUR.decide(role, action, amount).outcome]
        <= rank[EUR.decide(role, action, amount, offline=True).outcome]
    )
    assert EUR.decide(role, action, -amount, offline=off).outcome is now


@given(st.sampled_from(sorted(EUR.actions)), st.sampled_from(Role), st.integers(0, 10**8))
def test_who_is_named_may_agree_and_nobody_else(action, role, amount) -> None:
    found = EUR.decide(role, action, amount)
    for other in Role:
        if other in found.approvers:
            assert EUR.may_approve(other, action, amount)
    assert not EUR.may_approve(Role.CASHIER, action, amount)
    assert not EUR.may_approve(Role.AUDITOR, action, amount)


@pytest.mark.parametrize(
    ("currency", "twenty"),
    [("EUR", 2_000), ("SEK", 20_000), ("JPY", 3_000), ("KWD", 20_000), ("HUF", 800_000),
     ("ISK", 20)],
)  # fmt: skip
def test_limits_in_a_stores_own_money(currency, twenty) -> None:
    policy = Policy.parse(TEXT, currency)
    assert policy.limit(Role.CASHIER, "cancel_basket") == twenty
    assert policy.limit(Role.CASHIER, "discount") == 500
    assert policy.limit(Role.SENIOR, "no_sale") == 3
    assert policy.limit(Role.SENIOR, "sell") is None
    assert policy.limit(Role.PICKUP, "sell") == 0
    assert (
        policy.limit(Role.SENIOR, "void_sale", offline=True)
        == EUR.limit(Role.SENIOR, "void_sale", offline=True) * twenty // 2_000
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('cashier = "allow"', 'cashier = "alow"'),
        ("cashier = 100", "cashier = 100.5"),
        ("cashier = 100", "cashier = -1"),
        ("cashier = 100", "cashier = true"),
        ("cashier = 100", 'cashier = "100"'),
        ("cashier = 100\n", ""),
        ('unit = "money"', 'unit = "monkeys"'),
        ('offline = "same"', 'offline = "maybe"'),
        ('offline = "same"\n', ""),
        ("version = 1", 'version = "one"'),
        ("version = 1\n", ""),
        ("[action.sell]", "[action.sell"),
        ("[action.sell]", "[action]\nsell = 5\n[other]"),
        ('currency = "EUR"\n', ""),
    ],
)
def test_a_policy_that_cannot_be_read_is_no_policy(old, new) -> None:
    assert old in TEXT
    with pytest.raises(Refused, match="policy_unreadable"):
        Policy.parse(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    "text", ["", "version = 1", "\x00", "a = " + "[" * 5_000, "ü" * 10, TEXT + "#" * POLICY_MAX]
)
def test_other_texts_are_no_policy(text) -> None:
    with pytest.raises(Refused, match="policy_unreadable"):
        Policy.parse(text)


def test_an_action_nobody_wrote_down_is_refused() -> None:
    for ask in (EUR.limit, EUR.decide, EUR.may_approve):
        with pytest.raises(Refused, match="action_unknown"):
            ask(Role.MANAGER, "launch_rocket")


def test_every_row_has_words_and_a_cell_for_every_role() -> None:
    assert len(EUR.actions) >= 16
    for action in EUR.actions.values():
        assert action.title[0].isupper()
        assert set(action.cells) == set(Role)


@given(
    st.sampled_from(sorted(EUR.actions)),
    st.sampled_from(Role),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_limits_that_are_older_are_never_looser(action, role, amount, off) -> None:
    rank = {YES: 0, ASK: 1, NO: 2}
    found = [
        rank[EUR.at(standing).decide(role, action, amount, offline=off).outcome]
        for standing in Standing
    ]
    assert found == sorted(found)
    for standing in Standing:
        policy = EUR.at(standing)
        limits = policy.limit(role, action, offline=off), EUR.limit(role, action, offline=off)
        assert limits[1] is None or (limits[0] is not None and limits[0] <= limits[1])
        for other in Role:
            if policy.may_approve(other, action, amount, offline=off):
                assert EUR.may_approve(other, action, amount, offline=off)


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("offline", [False, True])
def test_selling_is_never_stopped_by_the_age_of_a_table(standing, offline) -> None:
    bare = Policy.parse(TEXT.replace("plain = true", "plain = false")).at(standing)
    for policy in (EUR.at(standing), bare):
        for role in (Role.CASHIER, Role.SENIOR, M):
            for action in ("sell", "line_void", "open_shift", "close_shift"):
                assert policy.decide(role, action, offline=offline).allowed
        assert policy.decide(M, "close_shift", 100_000, offline=offline).allowed


def test_refunds_offline_are_capped_by_receipt_and_by_shift() -> None:
    def ask(amount, spent=0):
        return EUR.decide(M, "refund", amount, offline=True, spent=spent)

    assert ask(10_000).allowed
    assert (ask(10_001).online_only, ask(10_001).limit) == (True, 10_000)
    assert ask(10_000, spent=20_000).allowed
    assert (ask(10_000, spent=20_001).online_only, ask(10_000, spent=20_001).limit) == (True, 9_999)
    assert EUR.decide(M, "refund", 100_000, spent=10**9).allowed, "with the hub there is no cap"


def test_how_each_role_shows_who_it_is() -> None:
    for role in Role:
        proof = EUR.proof(role)
        approver = role in (M, HQ)
        assert (proof.pin_min >= 6) == (role not in (Role.CASHIER, Role.SENIOR, Role.PICKUP))
        assert (proof.signs_in is Badge.ALONE) == (proof.pin_min == 4)
        assert (proof.agrees is Badge.ALONE) == approver
    none = Policy.parse(TEXT[: TEXT.index("[proof]")] + TEXT[TEXT.index("[action.sell]") :])
    assert none.proof(Role.CASHIER).signs_in is Badge.WITH_PIN, "unsaid is strict"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pin = [4, 6]", "pin = [3, 6]"),
        ("pin = [4, 6]", "pin = [6, 4]"),
        ("pin = [4, 6]", "pin = [4, 13]"),
        ("pin = [4, 6]", "pin = 4"),
        ('signs_in = "alone"', 'signs_in = "always"'),
        (', agrees = "no"', ""),
        ("days = 7", "days = 0"),
        ("offline_up_to = 100", "offline_up_to = -1"),
        ("offline_shift_total = 300", 'offline_shift_total = "300"'),
    ],
)
def test_proofs_and_caps_that_cannot_be_read_are_no_policy(old, new) -> None:
    assert old in TEXT
    with pytest.raises(Refused, match="policy_unreadable"):
        Policy.parse(TEXT.replace(old, new, 1))


@given(st.randoms(use_true_random=False), st.binary(min_size=16, max_size=16))
def test_a_badge_is_known_by_its_look_and_proven_by_its_hash(source, salt) -> None:
    code = badge_code(source.randbytes(64))
    assert is_badge(code)
    assert is_badge(code.lower())
    kept = badge_verifier(code, salt)
    assert badge_fits(kept, code)
    assert badge_fits(kept, code.lower())
    assert not badge_fits(kept, code[:-1] + ("2" if code[-1] != "2" else "3"))
    assert code not in kept


@pytest.mark.parametrize(
    "code", ["", "HFB", "4006381333931", "HFB-1234", "HFB" + "A" * 19, "HFB" + "Y" * 20, "A" * 23]
)
def test_what_is_no_badge_is_goods(code) -> None:
    assert not is_badge(code)


@pytest.mark.parametrize("kept", ["", "sha256", "sha256$zz$00", "md5$00$00", "sha256$00$"])
def test_what_is_no_verifier_fits_no_badge(kept) -> None:
    assert not badge_fits(kept, "HFB" + "A" * 20)
