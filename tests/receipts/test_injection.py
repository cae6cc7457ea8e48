"""Text from data is never a printer command: for any text, on any printer."""

from __future__ import annotations

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_app.domain.receipt import (
    Align,
    Barcode,
    Blank,
    Image,
    Pair,
    Qr,
    Receipt,
    Row,
    Rule,
    Size,
    Text,
)
from pos_app.receipts.build import sale_receipt
from pos_app.receipts.escpos import encode, harmless
from pos_app.receipts.plain_text import as_text
from pos_app.receipts.profile import load_profile, profiles
from tests.hardware.paper import Paper
from tests.receipts.sold import VIENNA, sale

COMMANDS = [
    "\x1bp\x00\x19\xfa",  # drawer
    "\x10\x14\x01\x00\x01",  # drawer, in real time
    "\x1dV\x00",  # cut
    "\x1b@",
    "\x1d(k\x03\x001Q0",
    "\x1cp\x01\x00",
    "\x1d(A\x02\x00\x00\x02",
    "{A\x1bp",
    "\u202eevil",
    "a\nb\rc\x0bd\x0ce\x85f\u2028g",
    "\x9bp",
]
ANYTHING = st.one_of(
    st.text(max_size=60),
    st.text("אבגدرسabc 0123456789.,-€", max_size=40),
    st.sampled_from(COMMANDS),
    st.builds("{}{}{}".format, st.text(max_size=8), st.sampled_from(COMMANDS), st.text(max_size=8)),
)
STYLE = {"bold": st.booleans(), "size": st.sampled_from(Size)}
BLOCKS = st.one_of(
    st.builds(Text, ANYTHING, st.sampled_from(Align), **STYLE),
    st.builds(Pair, ANYTHING, ANYTHING, **STYLE),
    st.builds(Row, st.lists(ANYTHING, max_size=5).map(tuple)),
    st.builds(Rule, st.booleans()),
    st.builds(Blank, st.integers(-5, 300)),
    st.builds(Qr, ANYTHING),
    st.builds(Barcode, ANYTHING),
    st.builds(Image, ANYTHING),
)
RECEIPTS = st.builds(
    Receipt,
    st.lists(BLOCKS, max_size=8).map(tuple),
    title=ANYTHING,
    locale=st.sampled_from(["en", "de_AT", "ar_EG", "he", ""]),
)
PROFILES = st.sampled_from(profiles()).map(load_profile)


def printed(receipt: Receipt, profile) -> Paper:
    paper = Paper(profile.dots, profile.columns)
    paper.take(encode(receipt, profile))
    return paper


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECEIPTS, PROFILES)
def test_no_text_opens_the_drawer_cuts_or_is_a_command(receipt, profile):
    paper = printed(receipt, profile)
    assert paper.pulses == []
    assert paper.unknown == []
    assert bytes(paper.out) == b"", "it asked the printer nothing"
    assert paper._half == b""
    assert not paper._waiting, "every command has all its bytes"
    cuts = [one for one in paper.printed if one.kind == "cut"]
    assert len(cuts) == (profile.cut != "none")
    if cuts:
        assert paper.printed[-1] is cuts[0]


@settings(max_examples=150, deadline=None)
@given(RECEIPTS, st.integers(20, 80))
def test_plain_text_has_no_control_characters_and_fits(receipt, columns):
    from pos_app.receipts.layout import width

    text = as_text(receipt, columns)
    for line in text.split("\n"):
        assert not any(ord(mark) < 0x20 or 0x7F <= ord(mark) < 0xA0 for mark in line)
        if not line.startswith("["):
            assert width(line) <= columns


@settings(max_examples=100, deadline=None)
@given(ANYTHING, PROFILES)
def test_every_field_of_a_sale_is_harmless(text, profile):
    line = msgspec.structs.replace(
        sale().lines[0], label=text, variant=text, note=text, unit=text, tax_code=text
    )
    payment = msgspec.structs.replace(sale().payments[0], ref=text, tender=text)
    fact = sale(lines=[line], payments=[payment], note=text, doc_no=text, till=text, actor=text)
    paper = printed(sale_receipt(fact, VIENNA, reference=text, cashier=text), profile)
    assert (paper.pulses, paper.unknown) == ([], [])


@given(st.binary(max_size=300))
def test_a_picture_holds_no_real_time_command(dots):
    kept = harmless(dots + b"\x10\x14\x01\x00\x01" + dots + b"\x10\x10\x04\x01\x10\x05\x01")
    paper = Paper()
    paper.take(b"\x1dv0\x00" + (1).to_bytes(2, "little") + len(kept).to_bytes(2, "little") + kept)
    assert (paper.pulses, paper.unknown, bytes(paper.out)) == ([], [], b"")
