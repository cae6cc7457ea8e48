"""Coupons, other prices and weighed labels in a play: the steps do what the window does."""

from __future__ import annotations

from pos_app.store.keys import Keys
from pos_app.store.replica import ReplicaWriter
from sync.protocol import row_of
from tests.till.offering import rule
from tests.till.shop import feed, store_row
from tests.till.test_play import play

DAY = """
[[step]]
do = "sign_in"
who = "ben"
pin = "2222"
[[step]]
do = "open_shift"
amount = 200
[[step]]
do = "scan"
code = "4006381333931"
[[step]]
do = "override"
price = 19.00
reason = "Wrong label"
[[step]]
do = "expect"
total = 19.00
[[step]]
do = "coupon"
code = "NOBODY"
refused = "coupon_unknown"
[[step]]
do = "coupon"
code = "save 10"
[[step]]
do = "expect"
total = 17.10
[[step]]
do = "add"
sku = "APPLES"
refused = "weight_needed"
[[step]]
do = "add"
sku = "APPLES"
qty = 1.5
[[step]]
do = "scan"
code = "2100APPLES"
refused = "unknown_code"
[[step]]
do = "override"
line = 1
price = 12.00
reason = "Price match"
approver = {who = "mia", pin = "333333"}
refused = "approval_not_enough"
[[step]]
do = "pay"
[[step]]
do = "expect"
sales = 1
"""


def test_a_play_with_a_coupon_and_another_price(tmp_path, data) -> None:
    key = Keys.load(data).db_key
    save = rule("save", "percent", value=1_000, coupon="SAVE-10")
    with ReplicaWriter.open(data, key) as writer:
        pos = writer.cursors()["global"][1]
        writer.apply(feed("global", pos, ("promotion", [row_of(save)])))
        pos = writer.cursors()["store:1"][1]
        store = store_row(label_patterns=("21IIIIIWWWWWC",))
        writer.apply(feed("store:1", pos, ("store", [store])))
    status, lines, said = play(tmp_path / "day.toml", data, DAY)
    assert (status, said) == (0, ""), lines[-1]
