"""One key for a code, whatever the reader sent; nothing a stranger prints breaks it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pos_app.domain.barcode import CODE_MAX, FNC1, check_digit, is_gtin, read
from pos_app.domain.errors import Refused

EAN13 = "4006381333931"
KEY13 = "04006381333931"


@pytest.mark.parametrize(
    ("code", "kind", "keys"),
    [
        (EAN13, "gtin", (KEY13, EAN13)),
        (f"  {EAN13}\r\n", "gtin", (KEY13, EAN13)),
        ("036000291452", "gtin", ("00036000291452", "036000291452")),
        ("0036000291452", "gtin", ("00036000291452", "0036000291452")),
        ("00036000291452", "gtin", ("00036000291452",)),
        ("96385074", "gtin", ("00000096385074", "96385074")),
        ("10012345678902", "gtin", ("10012345678902",)),
        ("978-3-16-148410-0", "gtin", ("09783161484100", "978-3-16-148410-0", "9783161484100")),
        ("978 3 16 148410 0", "gtin", ("09783161484100", "978 3 16 148410 0", "9783161484100")),
        ("4006381333932", "text", ("4006381333932",)),  # a wrong check digit is never repaired
        ("123", "text", ("123",)),
        ("SKU-77/b", "text", ("SKU-77/b",)),
        ("=1+1", "text", ("=1+1",)),
        ("Ünïcode-1", "text", ("Ünïcode-1",)),
        ("²²²²²²²²²²²²²", "text", ("²²²²²²²²²²²²²",)),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", "text", ("٤٠٠٦٣٨١٣٣٣٩٣١",)),
    ],
)
def test_what_a_code_is(code, kind, keys) -> None:
    found = read(code)
    assert (found.kind, found.keys) == (kind, keys)


@pytest.mark.parametrize(
    ("upc_e", "upc_a"),
    [
        ("01234505", "012000003455"), ("01234514", "012100003454"), ("01234523", "012200003453"),
        ("01234531", "012300000451"), ("01234543", "012340000053"), ("01234558", "012345000058"),
        ("01234565", "012345000065"), ("01234596", "012345000096"), ("04252614", "042100005264"),
    ],
)  # fmt: skip
def test_upc_e_is_looked_up_as_its_upc_a(upc_e, upc_a) -> None:
    assert is_gtin(upc_a)
    assert upc_a.zfill(14) in read(upc_e).keys
    assert upc_e in read(upc_e).keys


@pytest.mark.parametrize(
    "code",
    [
        f"]C101{KEY13}",
        f"]d201{KEY13}10LOT7{FNC1}17261231",
        f"]E0{EAN13}",
        f"]Q301{KEY13}",
        f"(01){KEY13}(17)261231(10)AB-12",
        f"{FNC1}01{KEY13}",
        f"https://id.example.com/01/{KEY13}/10/LOT?17=261231",
    ],
)
def test_gs1_codes_are_looked_up_by_their_gtin(code) -> None:
    found = read(code)
    assert KEY13 in found.keys
    assert found.kind in ("gs1", "gtin")


def test_gs1_from_a_reader_that_sends_no_sign_of_it() -> None:
    assert KEY13 in read(f"01{KEY13}17261231").keys


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "code_empty"), (" \t\r\n", "code_empty"), (FNC1, "code_empty"),
        ("1" * (CODE_MAX + 1), "code_too_long"), ("\x00", "code_unprintable"),
        ("400638\x1b1333931", "code_unprintable"), ("abc\u202edef", "code_unprintable"),
        ("a\u200bb", "code_unprintable"), ("\ud800", "code_unprintable"),
        ("12\n34", "code_unprintable"),
    ],
)  # fmt: skip
def test_codes_nobody_can_read_are_refused(code, says) -> None:
    with pytest.raises(Refused) as caught:
        read(code)
    assert caught.value.code == says


GS1_BITS = st.sampled_from(
    ["]C1", "]d2", "]E0", "]Q3", "(01)", "(", ")", "01", "10", "17", "3103", "3922", FNC1, KEY13,
     EAN13, "000000", "999999", "https://id.gs1.org/01/", "HTTP://", "?", "#", "/", "%", "-", "x"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=140), st.lists(GS1_BITS, max_size=9).map("".join)))
@example("]C1")
@example("(01)")
@example("(392)")
@example("http://[")
@example("https://id.gs1.org/01/1/?3103=99999999999")
@example(f"]d23922{FNC1}")
@example("]E01234567890128]")
@example("(3103)12345x")
@example("]d211000000")
def test_any_text_is_a_code_or_is_refused(text) -> None:
    try:
        found = read(text)
    except Refused as told:
        said = told.code
    else:
        said = "code_read"
        assert found.keys
        assert len(set(found.keys)) == len(found.keys)
        for key in found.keys:
            assert key
            assert FNC1 not in key
    assert said.startswith("code_")


@given(st.integers(0, 10**13 - 1))
def test_the_check_digit_finds_one_wrong_digit(number) -> None:
    payload = f"{number:013d}"
    whole = payload + str(check_digit(payload))
    assert is_gtin(whole)
    for place in range(14):
        other = str((int(whole[place]) + 1) % 10)
        assert not is_gtin(whole[:place] + other + whole[place + 1 :])


@given(st.sampled_from([7, 11, 12, 13]), st.data())
def test_every_length_of_gtin_has_one_key(length, data) -> None:
    payload = "".join(
        data.draw(st.lists(st.sampled_from("0123456789"), min_size=length, max_size=length))
    )
    whole = payload + str(check_digit(payload))
    assert whole.zfill(14) in read(whole).keys


def test_plain_codes_need_no_biip() -> None:
    probe = (
        "import sys; from pos_app.domain.barcode import read;"
        f"read('{EAN13}'); read('SKU-1'); read('01234505');"
        "print([m for m in ('biip', 'babel') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
