"""What a customer reads: every renderer says the same, in the store's language and zone."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from pos_app import words
from pos_app.domain.proof import read
from pos_app.domain.receipt import Barcode, Receipt
from pos_app.receipts.build import (
    mark_duplicate,
    sale_receipt,
    void_receipt,
)
from pos_app.receipts.escpos import encode
from pos_app.receipts.layout import clean
from pos_app.receipts.picture import as_png
from pos_app.receipts.plain_text import as_text
from pos_app.receipts.profile import load_profile, profiles
from pos_app.receipts.shift_slips import z_receipt
from pos_app.till.papers import proof_of
from sync.protocol.facts import FactPayment, FactTax
from sync.protocol.promotions import FactOverride, FactPromo
from tests.hardware.paper import Paper
from tests.receipts.sold import CAIRO, VIENNA, ZURICH, sale, void, z

GOLDEN = Path(__file__).parent / "golden"
KEY = Ed25519PrivateKey.generate()
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def reference() -> str:
    return proof_of(sale(), HASH).text(KEY.sign)


def on_paper(receipt: Receipt, name: str = "generic-80") -> Paper:
    profile = load_profile(name)
    paper = Paper(profile.dots, profile.columns)
    paper.take(encode(receipt, profile))
    assert paper.unknown == []
    assert paper.pulses == []
    return paper


def test_a_sale_says_all_it_must():
    """Figure by figure, from the paper: the amounts are the fact's, to the cent."""
    text = on_paper(sale_receipt(sale(), VIENNA, reference=reference())).text
    for said in (
        "Kaufhaus Nord & Söhne",
        "Hauptstraße 1",
        "UID-Nr. ATU12345678",
        "1-2-1.7",
        "26.11.2026 00:30",  # 23:30 UTC is the next day in Vienna
        "Kasse 2",
        "Regenjacke Fjell",
        "1,254 kg",
        "-€ 12,90 A",
        "Fleck am Ärmel",
        "Stammkunde",
        "-€ 6,00",
        "€ 123,45",
        "004711",
        "€ 26,55",
        "Umtausch binnen 14 Tagen",
        "Geschenkverpackung",
    ):
        assert said in text, said
    assert "20 %" in text
    assert text.rstrip().endswith("[cut]")


def test_the_tax_table_is_by_rate_and_adds_up():
    lines = on_paper(sale_receipt(sale(), VIENNA)).text.splitlines()
    rows = [line.split() for line in lines if line[:2] in {"A ", "B "}]
    assert rows == [
        ["A", "20", "%", "91,91", "18,38", "110,29"],
        ["B", "10", "%", "11,97", "1,19", "13,16"],
    ]


@pytest.mark.parametrize("name", profiles())
def test_nothing_runs_over_the_edge_of_any_paper(name):
    profile = load_profile(name)
    for receipt in (
        sale_receipt(sale(), VIENNA, reference=reference()),
        void_receipt(void(), VIENNA),
        z_receipt(z(), VIENNA),
    ):
        paper = on_paper(receipt, name)
        for one in paper.printed:
            if one.kind == "text" and one.text:
                assert len(one.text) * one.style.wide <= (
                    profile.small_columns if one.style.font else profile.columns
                )
        raw = encode(receipt, profile)
        printed = [one for one in paper.printed if one.kind == "text"]
        assert raw.count(b"\n") <= len(printed) + 1, "the printer itself broke no line"


@pytest.mark.parametrize("name", profiles())
def test_amounts_of_one_receipt_end_at_the_same_column(name):
    text = as_text(sale_receipt(sale(), VIENNA), load_profile(name).columns)
    ends = {len(line) for line in text.splitlines() if line.endswith(("€", " A", " B"))}
    assert len(ends) <= 1


@pytest.mark.parametrize("name", profiles())
def test_what_is_printed_twice_as_wide_has_its_place_in_text_too(name):
    columns = load_profile(name).columns
    lines = as_text(sale_receipt(sale(), VIENNA), columns).splitlines()
    (total,) = [line for line in lines if line.startswith("Summe")]
    assert len(total) == columns
    head = lines[0]
    assert abs((len(head) - len(head.strip())) - (columns - len(head))) <= 1, "in the middle"


def test_cash_rounding_is_a_line_of_its_own():
    fact = msgspec.structs.replace(sale(), currency="CHF", rounding=2, payable=12_347)
    text = as_text(sale_receipt(fact, ZURICH))
    assert "Barrundung" in text
    assert "0.02" in text
    assert "123.47" in text


def test_tax_on_top_is_shown_before_the_total():
    text = as_text(sale_receipt(sale(tax_included=False), VIENNA))
    assert text.index("Netto ") < text.index("Normalsatz") < text.index("Summe")


def test_a_copy_says_so_at_both_ends_and_is_numbered():
    text = as_text(sale_receipt(sale(), VIENNA, copy_no=2)).splitlines()
    told = [line.strip() for line in text if line.strip()]
    assert told[0] == told[-1] == "KOPIE 2"
    assert "KOPIE" not in as_text(sale_receipt(sale(), VIENNA))


def test_a_slip_printed_after_doubt_says_that_it_may_be_the_second():
    receipt = mark_duplicate(sale_receipt(sale(), VIENNA))
    assert as_text(receipt).splitlines()[0].strip() == "MÖGLICHES DUPLIKAT"


def test_a_void_is_negative_and_names_the_sale_it_takes_back():
    text = as_text(void_receipt(void(), VIENNA))
    assert "1-2-1.7" in text
    assert "Fehlbuchung" in text
    assert text.count("\N{MINUS SIGN}€ 129,00") >= 3
    assert "Unterschrift" in text


def test_a_z_says_what_is_unsent():
    text = as_text(z_receipt(z(), VIENNA))
    for said in ("Z 412", "Noch nicht in der Zentrale", "5", "1.198,00", "Verzählt", "100 - 230"):
        assert said in text, said


def test_the_document_survives_the_print_queue():
    receipt = sale_receipt(sale(), VIENNA, reference=reference())
    kept = Receipt.from_dict(msgspec.json.decode(msgspec.json.encode(receipt.to_dict())))
    assert encode(kept, load_profile("generic-80")) == encode(receipt, load_profile("generic-80"))


@pytest.mark.parametrize("name", profiles())
def test_the_qr_code_is_read_back_and_believed(name):
    """Off the paper by another's decoder, then checked against the till's key."""
    receipt = sale_receipt(sale(), VIENNA, reference=reference())
    png = Image.open(io.BytesIO(as_png(receipt, load_profile(name))))
    for picture in (on_paper(receipt, name).picture(), png):
        found = {one.format.name: one.text for one in zxingcpp.read_barcodes(picture.convert("L"))}
        assert found["QRCode"] == reference()
    told = read(reference())
    assert told is not None
    assert (told.doc_no, told.total, told.hash8) == ("1-2-1.7", 12_345, HASH[:16])


def test_a_barcode_is_read_back_where_the_printer_draws_none_itself():
    receipt = Receipt((Barcode("1-2-1.7"),))
    profile = replace(load_profile("generic-58"), native_barcode=False)
    paper = Paper(profile.dots, profile.columns)
    paper.take(encode(receipt, profile))
    png = Image.open(io.BytesIO(as_png(receipt, profile)))
    for picture in (paper.picture(), png):
        (found,) = zxingcpp.read_barcodes(picture.convert("L"))
        assert found.text == "1-2-1.7"
    (native,) = [one for one in on_paper(receipt).printed if one.kind == "bars"]
    assert native.text == "{B1-2-1.7"


def test_a_receipt_is_in_the_stores_language_whatever_the_windows():
    words.use("ar_EG")
    try:
        assert as_text(sale_receipt(sale(), VIENNA)) == TEXT_BEFORE
    finally:
        words.use("en")


TEXT_BEFORE = as_text(sale_receipt(sale(), VIENNA))


def test_arabic_is_printed_as_whole_lines_from_right_to_left():
    receipt = sale_receipt(sale(currency="EGP"), CAIRO)
    paper = on_paper(receipt)
    pictures = [one for one in paper.printed if one.kind == "picture"]
    assert len(pictures) >= 4, "head, address and footer are pictures"
    wide = {one.image.width for one in pictures}
    assert wide == {576}
    number = next(line for line in as_text(receipt, 48).splitlines() if "1-2-1.7" in line)
    assert number.startswith("1-2-1.7"), "the amount's side is the left"
    assert number.endswith("\u0625\u064a\u0635\u0627\u0644"), "the name's side is the right"


def test_a_number_between_arabic_letters_stays_as_it_was_written():
    told = clean("\u0627\u0644\u0631\u0642\u0645 123-456-789 \u00b7 10%")
    assert "\u200e123-456-789\u200f" in told
    assert told.endswith("\u200e10%\u200f")
    assert clean(told) == told
    assert clean("129.00 \u062c.\u0645. A") == "129.00 \u062c.\u0645.\u200f A"
    assert clean("Ring 1-3, 10%") == "Ring 1-3, 10%"


def test_a_hebrew_pair_has_its_amount_at_the_left_in_dots():
    """Ink left and right of the middle: few dots of the amount, and the name's own shape."""
    from pos_app.domain.receipt import Pair

    receipt = Receipt((Pair("שלום עולם", "12.50"),), locale="he_IL")
    (one,) = [one for one in on_paper(receipt).printed if one.kind == "picture"]
    inverted = one.image.point(lambda dot: 255 - dot)
    left = inverted.crop((0, 0, 288, one.image.height)).getbbox()
    right = inverted.crop((288, 0, 576, one.image.height)).getbbox()
    assert left[0] < 12
    assert 40 < left[2] < 80, "five signs of twelve dots"
    assert right[2] > 276, "begins at the right edge"


def test_an_amount_keeps_its_minus_in_front_of_an_arabic_currency():
    from pos_app.receipts.layout import direction

    assert direction("\N{MINUS SIGN}12.90 ج.م.") == "ltr"
    assert direction("شارع 12") == "rtl"


def test_letters_are_joined_and_ordered_as_arabic_is():
    """The picture of a word is not that of its letters one by one, nor of the word reversed."""
    from pos_app.domain.receipt import Text

    def dots(text: str) -> bytes:
        (one,) = [one for one in on_paper(Receipt((Text(text),))).printed if one.kind == "picture"]
        return one.image.tobytes()

    word = "سلام"
    assert dots(word) != dots(word[::-1])
    assert dots(word) != dots("\u200c".join(word)), "letters that do not join"


def test_a_sign_at_the_end_of_an_arabic_sentence_stands_at_its_left():
    from pos_app.domain.receipt import Text

    (one,) = [one for one in on_paper(Receipt((Text("سلام!"),))).printed if one.kind == "picture"]
    rows = one.image.convert("L")
    ink = [min(rows.crop((x, 0, x + 1, rows.height)).tobytes()) == 0 for x in range(60)]
    first = ink.index(True)
    assert ink.index(False, first) - first <= 4, "an exclamation mark is narrow, no letter is"


def test_what_a_page_lacks_is_a_picture_and_what_says_the_same_is_not():
    text = on_paper(
        sale_receipt(
            sale(note="Größe 12 \N{MINUS SIGN} “M” … 3 \N{MULTIPLICATION SIGN} 4"), VIENNA
        ),
        "clone-80-437",
    ).text
    assert 'Größe 12 - "M" ... 3 x 4' in text
    assert "EUR" not in text
    assert "[picture]" in text, "437 has no euro: the line is drawn, not guessed"


@pytest.mark.parametrize("name", profiles())
def test_the_paper_is_the_one_that_was_looked_at(name):
    """Golden receipts; HOLDFAST_GOLDEN=update writes them anew, to be looked at again."""
    texts = [
        on_paper(receipt, name).text
        for receipt in (
            sale_receipt(sale(), VIENNA, reference=reference()),
            void_receipt(void(), VIENNA),
            z_receipt(z(), VIENNA),
        )
    ]
    found = "\n".join(line.rstrip() for text in texts for line in text.splitlines()) + "\n"
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("HOLDFAST_GOLDEN") == "update":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_a_basket_of_a_thousand_lines_prints():
    line = sale().lines[0]
    fact = sale(lines=[msgspec.structs.replace(line, line=n) for n in range(1, 1_001)])
    paper = on_paper(sale_receipt(fact, replace(VIENNA, name="x" * 500)))
    assert paper.text.count("Regenjacke Fjell") == 1_000


def test_what_changed_a_price_is_said_where_it_did():
    """Promotions, another price, lot and date, the card: each on a line of its own kind."""
    first, *others = sale().lines
    first = msgspec.structs.replace(
        first,
        promo=[FactPromo("p1", 1, "3 for 2", 1_200), FactPromo("p2", 1, "Summer", 300, whole=True)],
        override=FactOverride(14_900, "Shelf label", "anna"),
        lot="L42",
        expiry="2026-12-24",
        total=first.total - 1_500,
    )
    paid = FactPayment("card", 12_345, ref="004711", auth="A1B2C3", last4="4821")
    fact = sale(
        lines=[first, *others],
        payments=[paid],
        promo=[FactPromo("p1", 1, "3 for 2", 1_200), FactPromo("p2", 1, "Summer", 300, whole=True)],
    )
    lines = as_text(sale_receipt(fact, VIENNA)).splitlines()
    text = "\n".join(lines)
    assert text.index("Statt € 149,00 · Shelf label") < text.index("3 for 2")
    assert next(line for line in lines if "3 for 2" in line).endswith("\N{MINUS SIGN}€ 12,00 A")
    assert text.count("3 for 2") == text.count("Summer") == 1
    assert text.index("Zwischensumme") < text.index("Summer") < text.index("Stammkunde")
    subtotal = next(line for line in lines if "Zwischensumme" in line)
    assert subtotal.endswith("€ 117,45"), "117,45 - 3,00 - 6,00 is what all lines come to: 108,45"
    assert "Charge L42" in text
    assert "MHD 24.12.2026" in text
    assert "4821 · A1B2C3 · 004711" in text


def test_why_a_line_is_exempt_is_said():
    exempt = FactTax("books", 0, 500, 0, 500, "§ 6 Abs. 1 Z 8", exempt=True)
    text = as_text(sale_receipt(sale(taxes=[*sale().taxes, exempt]), VIENNA))
    assert "C Steuerfrei" in text
    assert "C Steuerfrei: § 6 Abs. 1 Z 8" in text
