"""The same document as PDF, as HTML and laid out for the screen: what each says, and that only."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from PIL import Image

from pos_app.domain.receipt import Pair, Qr, Receipt, Row, Text
from pos_app.receipts.build import mark_training, sale_receipt, void_receipt
from pos_app.receipts.flow import Code, Put, Style, flow
from pos_app.receipts.gift import gift_receipt
from pos_app.receipts.html import as_html
from pos_app.receipts.invoice import invoice
from pos_app.receipts.layout import width
from pos_app.receipts.pdf import A4, page_pdf, roll_pdf
from pos_app.receipts.plain_text import as_text
from pos_app.till.papers import proof_of
from sync.protocol import FactBuyer, Invoiced
from tests.receipts.sold import CAIRO, HEAD, VIENNA, sale, void
from tests.receipts.test_injection import ANYTHING, RECEIPTS

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
KEY = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
CODE = proof_of(sale(), "9f86d081884c7d65").text(KEY.sign)
GIFT_CODE = proof_of(sale(), "9f86d081884c7d65", gift=True).text(KEY.sign)
INVOICED = Invoiced(
    **{**HEAD, "doc_no": "1-2-1.9", "seq": 9},
    id="01890000-0000-7000-8000-000000000009",
    sale="01890000-0000-7000-8000-000000000001",
    sale_doc="1-2-1.7",
    sale_date="2026-11-25",
    currency="EUR",
    total=12_345,
    buyer=FactBuyer("Müller & Co KG", ("Ring 1", "1020 Wien"), "ATU87654321"),
)
DOCUMENTS = {
    "sale": sale_receipt(sale(), VIENNA, reference=CODE),
    "copy": sale_receipt(sale(), VIENNA, copy_no=2, reference=CODE),
    "void": void_receipt(void(), VIENNA),
    "gift": gift_receipt(sale(), VIENNA, reference=GIFT_CODE),
    "invoice": invoice(INVOICED, sale(), VIENNA, reference=CODE),
    "cairo": sale_receipt(sale(currency="EGP"), CAIRO),
    "training": mark_training(sale_receipt(sale(), VIENNA, reference=CODE)),
}


def cells(text: str, letters: float, _bold: bool) -> float:
    """A face whose letters are all as wide: what golden files are laid out in."""
    return width(text) * letters * 0.6


def laid(receipt: Receipt, across: float = 300.0):
    return flow(receipt, Style(across, 10.0), cells)


def golden(name: str, found: str) -> None:
    """HOLDFAST_GOLDEN=update writes them anew, to be looked at again."""
    path = GOLDEN / name
    if os.environ.get("HOLDFAST_GOLDEN") == "update":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def pages_of(data: bytes) -> list[pypdfium2.PdfPage]:
    return list(pypdfium2.PdfDocument(data))


def text_of(data: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pages_of(data))


def seen(page: pypdfium2.PdfPage) -> Image.Image:
    return page.render(scale=3).to_pil().convert("L")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_page_on_the_web_is_the_one_that_was_looked_at(name):
    golden(f"{name}.html", as_html(DOCUMENTS[name]))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_everything_stands_where_it_was_looked_at(name):
    """One engine places the texts of the PDF and of the screen; here in letters of one width."""
    strip = laid(DOCUMENTS[name])
    lines = [f"{strip.width:g} x {strip.height:g} {'rtl' if strip.rtl else 'ltr'}"]
    for one in strip.placed:
        at = f"{one.x:6.1f} {one.y:7.1f} {one.width:6.1f}"
        if isinstance(one, Put):
            style = f"{one.align} {one.letters:g}{' bold' if one.bold else ''}"
            lines.append(f"{at}  {style:<16} {one.text}")
        else:
            told = one.data[:20] if isinstance(one, Code) else ""
            lines.append(f"{at}  [{type(one).__name__.lower()}] {told}".rstrip())
    golden(f"{name}.flow.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "cairo"])
def test_the_pdf_says_what_the_paper_says(name):
    said = text_of(roll_pdf(DOCUMENTS[name])).replace("\r\n", "\n")
    words = set(re.findall(r"[\w.,€%]+", said))
    for block in DOCUMENTS[name].blocks:
        if isinstance(block, Text | Pair | Row):
            told = " ".join(
                block.cells
                if isinstance(block, Row)
                else (block.left, block.right)
                if isinstance(block, Pair)
                else (block.text,)
            )
            missing = set(re.findall(r"[\w.,€%]+", told)) - words
            assert not missing, (told, missing)


@pytest.mark.parametrize(("across", "points"), [(58, 164.4), (80, 226.8)])
def test_a_roll_is_as_wide_as_its_paper_and_one_page_long(across, points):
    (page,) = pages_of(roll_pdf(DOCUMENTS["sale"], across))
    assert page.get_width() == pytest.approx(points, abs=0.1)
    codes = {code.text for code in zxingcpp.read_barcodes(seen(page))}
    assert codes == {CODE, "1-2-1.7"}


def test_an_invoice_is_a_page_of_a4_with_both_codes():
    (page,) = pages_of(page_pdf(DOCUMENTS["invoice"]))
    assert page.get_size() == pytest.approx(A4, abs=0.1)
    assert {code.text for code in zxingcpp.read_barcodes(seen(page))} == {CODE, "1-2-1.9"}
    said = page.get_textpage().get_text_range()
    for told in ("Rechnung an", "Müller & Co KG", "ATU87654321", "ATU12345678", "1 / 1"):
        assert told in said, told


def test_five_thousand_lines_are_pages_that_each_say_which_they_are():
    line = sale().lines[0]
    many = [msgspec.structs.replace(line, line=n, label=f"Nr {n}") for n in range(1, 5_001)]
    receipt = invoice(INVOICED, sale(lines=many), VIENNA)
    pages = pages_of(page_pdf(receipt))
    assert len(pages) > 100
    assert f"/ {len(pages)}" in pages[-1].get_textpage().get_text_range()
    assert "Nr 2500," in "".join(
        page.get_textpage().get_text_range() for page in pages[len(pages) // 2 - 3 :][:6]
    )
    strip = laid(sale_receipt(sale(lines=many), VIENNA))
    assert sum(put.text.startswith("Nr ") for put in strip.placed if isinstance(put, Put)) == 5_000
    assert as_html(receipt).count("Nr ") == 5_000
    assert as_text(receipt).count("Nr ") == 5_000


def test_the_same_document_gives_the_same_bytes():
    assert roll_pdf(DOCUMENTS["sale"]) == roll_pdf(DOCUMENTS["sale"])
    assert as_html(DOCUMENTS["sale"]) == as_html(DOCUMENTS["sale"])


def test_arabic_in_a_pdf_is_joined_and_ordered():
    """The picture of a word is not that of its letters one by one, nor of the word reversed."""

    def dots(text: str) -> bytes:
        (page,) = pages_of(roll_pdf(Receipt((Text(text),))))
        return seen(page).tobytes()

    word = "سلام"
    assert dots(word) != dots(word[::-1])
    assert dots(word) != dots("\u200c".join(word)), "letters that do not join"
    assert dots("متجر سلام") != dots("سلام متجر"), "words have an order"


def test_latin_after_arabic_is_seen():
    """The line after a shaped one is drawn in its own font again."""
    (page,) = pages_of(roll_pdf(Receipt((Text("القاهرة"), Text("VAT id 123")))))
    alone = pages_of(roll_pdf(Receipt((Text(" "), Text("VAT id 123")))))[0]

    def ink(one: pypdfium2.PdfPage) -> int:
        image = seen(one)
        return sum(image.crop((0, 105, *image.size)).histogram()[:128])

    assert ink(page) > 100
    assert abs(ink(page) - ink(alone)) < ink(alone) // 5


class Tags(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.said += data


ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "p",
    "table",
    "tr",
    "td",
    "th",
    "hr",
    "svg",
    "path",
    "bdi",
}
ATTRIBUTES = {
    "lang",
    "dir",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "viewbox",
    "width",
    "height",
    "d",
    "role",
    "aria-label",
    "preserveaspectratio",
    "shape-rendering",
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECEIPTS)
def test_no_text_is_markup(receipt):
    found = Tags(as_html(receipt))
    assert set(found.tags) <= ALLOWED
    assert found.attributes <= ATTRIBUTES
    assert not set(found.said) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\x1b\x00")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</style><script>1</script>",
        "</title><script>1</script>",
        "javascript:alert(1)",
        "&lt;b&gt;",
        "]]> <!-- -->",
        "\u202egnp.exe",
    ],
)
def test_markup_in_any_field_is_text(text):
    line = msgspec.structs.replace(sale().lines[0], label=text, variant=text, note=text)
    fact = sale(lines=[line], note=text, doc_no=text, till=text)
    store = replace(VIENNA, name=text, address=(text,), footer=text, locale=text[:8])
    page = as_html(sale_receipt(fact, store, "en", reference=text, cashier=text))
    found = Tags(page)
    assert set(found.tags) <= ALLOWED
    assert found.attributes <= ATTRIBUTES
    assert "script-src" not in page
    assert "default-src 'none'" in page


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECEIPTS)
def test_any_document_is_a_pdf_without_anything_that_acts(receipt):
    data = roll_pdf(receipt)
    for act in (
        b"/JavaScript",
        b"/JS",
        b"/OpenAction <<",
        b"/AA",
        b"/URI",
        b"/Launch",
        b"/EmbeddedFile",
    ):
        assert not re.search(re.escape(act) + rb"(?![A-Za-z+])", data.split(b"stream")[0]), act
    assert len(pages_of(data)) == 1


@pytest.mark.parametrize(
    "text",
    [
        ") Tj ET /OpenAction << /S /JavaScript /JS (app.alert(1)) >> (",
        "\\) endstream endobj 9 0 obj << /Type /Action >>",
        "%%EOF\n1 0 obj",
        "\x1b@\x10\x14\x01",
        "<< /URI (http://x) >>",
    ],
)
def test_pdf_operators_in_a_name_are_text(text):
    line = msgspec.structs.replace(sale().lines[0], label=text)
    fact = sale(lines=[line], doc_no=text, note=text)
    data = page_pdf(sale_receipt(fact, replace(VIENNA, name=text), reference=text))
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 1
    assert document.count_attachments() == 0
    said = re.sub(r"\s+", "", text_of(data))
    assert re.sub(r"[\s\x00-\x1f]+", "", text)[:12] in said


@settings(max_examples=60, deadline=None)
@given(ANYTHING)
def test_every_place_is_on_the_paper(text):
    receipt = Receipt((Pair(text, text), Row((text, text, text)), Text(text), Qr(text)), title=text)
    for one in laid(receipt).placed:
        assert one.x >= -0.01
        assert one.x + one.width <= 300.01


def test_emoji_and_letters_no_font_has_are_boxes_and_no_fault(caplog):
    receipt = Receipt((Text("Cake \N{BIRTHDAY CAKE} 蛋糕 \U0001f468\u200d\U0001f373"),))
    said = text_of(roll_pdf(receipt))
    assert "Cake" in said
    assert not [row for row in caplog.records if row.levelname in ("WARNING", "ERROR")]
    assert "\N{BIRTHDAY CAKE}" in as_html(receipt)
    assert "\N{BIRTHDAY CAKE}" in as_text(receipt)


def test_a_picture_of_the_pdf_has_ink_where_the_receipt_says_so():
    (page,) = pages_of(roll_pdf(DOCUMENTS["cairo"]))
    image = seen(page)
    left = image.crop((0, 0, image.width // 2, image.height)).getextrema()[0]
    assert left < 50
    written = io.BytesIO()
    image.save(written, "PNG")
    assert written.getvalue().startswith(b"\x89PNG")
