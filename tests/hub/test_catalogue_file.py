"""Product files as shops really have them: every good row comes out, every bad one is named."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.domain.errors import Refused, Unavailable
from pos_app.words import text_of
from sync.hub import catalogue_values as values
from sync.hub.catalogue_file import CatalogueFile, read_catalogue
from sync.hub.catalogue_rows import CatalogueRow, Options, RowError

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("HOLDFAST_BENCH_DATA", "nowhere"))
GTIN = "2041000000377"


def written(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "goods.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def good(path: Path, **options) -> list[CatalogueRow]:
    return [row for _, row in read_catalogue(path, Options(**options)) if _is_good(row)]


def _is_good(row: object) -> bool:
    return isinstance(row, CatalogueRow)


def faults(path: Path, **options) -> list[RowError]:
    return [row for _, row in read_catalogue(path, Options(**options)) if not _is_good(row)]


def refused(path: Path, **options) -> str:
    with pytest.raises((Refused, Unavailable)) as caught:
        list(read_catalogue(path, Options(**options)))
    assert text_of(caught.value).title != text_of(Refused("no_such_code_at_all")).title
    return caught.value.code


# What is understood


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_common_encoding_delimiter_and_line_end(tmp_path, delimiter, encoding, end) -> None:
    lines = [["sku", "name", "price"], ["A1", "Käse würzig", "12.90"], ["A2", "Crème", "0.99"]]
    text = end.join(delimiter.join(line) for line in lines) + end
    found = good(written(tmp_path, text, encoding))
    assert [row.product.name for row in found] == ["Käse würzig", "Crème"]
    assert [row.price.prices[0][2] for row in found if row.price] == [1290, 99]


@pytest.mark.parametrize(
    ("header", "price"),
    [
        ("Artikelnummer;Bezeichnung;EAN;VK-Preis;Bestand", "12,90"),
        ("Référence;Désignation;Code barres;Prix TTC;Quantité", "12,90 €"),
        ("Codice articolo;Denominazione;EAN;Prezzo;Giacenza", "€ 12,90"),
        ("Indeks;Nazwa;Kod kreskowy;Cena;Stan", "12,90 zł"),
        ("SKU;Product name;GTIN;Price;Stock", "EUR 12.90"),
        ("Variant SKU;Title;Variant Barcode;Variant Price;Variant Inventory Qty", "12.90"),
        ("رمز المنتج;الاسم;الباركود;السعر;المخزون", "12.90"),
    ],
)
def test_headers_are_known_in_several_languages(tmp_path, header, price) -> None:
    path = written(tmp_path, f"{header}\nA1;Ware;{GTIN};{price};3\n")
    (row,) = good(path)
    assert (row.product.sku, row.product.name, row.product.barcodes) == ("A1", "Ware", (GTIN,))
    assert row.price
    assert row.price.prices == (("", "", 1290, 0),)
    assert row.stock == 3_000


def test_columns_can_be_told(tmp_path) -> None:
    path = written(tmp_path, "Nr,Was ist es,Zahl\n7,Ding,3\n")
    told = {"sku": "Nr", "name": "was ist es", "price": "Zahl"}
    (row,) = good(path, columns=told)
    assert (row.product.sku, row.product.name) == ("7", "Ding")
    assert row.price
    assert row.price.prices[0][2] == 300


def test_the_products_of_the_demo_are_read_without_a_fault() -> None:
    path = ROOT / "resources" / "demo" / "catalogue.csv"
    assert not faults(path)
    found = {row.product.sku: row for row in good(path)}
    with path.open(encoding="utf-8", newline="") as file:
        assert len(found) == sum(1 for _ in csv.DictReader(file))
    jacket, apples = found["O610-NVY-M"], found["G1101"]
    assert (jacket.product.variant, jacket.product.style) == ("Navy · M", "O610")
    assert (apples.product.unit, apples.product.tax_code) == ("kg", "reduced")
    assert apples.stock
    assert apples.stock % 1_000 or apples.stock > 0
    assert found["G1527"].product.age_limit == 16
    boot = found["S420-BLK-39"].price
    assert boot
    assert boot.prices == (("", "", 13_900, 0), ("2026-01-02", "", 9_900, 13_900))


def test_quotes_embedded_newlines_and_blank_lines_keep_the_row_numbers(tmp_path) -> None:
    text = (
        'sku,name,price\n\nA1,"Jacket, ""Storm""\nnew line",1.00\n\n'
        'A2,5" pipe,2.00\nA3,"x ""y""",bad\n'
    )
    path = written(tmp_path, text)
    rows = list(read_catalogue(path))
    assert [no for no, _ in rows] == [3, 5, 6]
    assert rows[0][1].product.name == 'Jacket, "Storm" new line'
    assert rows[1][1].product.name == '5" pipe'
    assert rows[2][1].code == "price_unreadable"


def test_colour_and_size_make_the_variant_and_a_style_is_named_once(tmp_path) -> None:
    text = "Handle,Title,Color,Size,SKU\nshirt,Linen Shirt,White,S,A\nshirt,,White,M,B\nhat,,,,C\n"
    path = written(tmp_path, text)
    assert [(row.product.name, row.product.variant) for row in good(path)] == [
        ("Linen Shirt", "White · S"),
        ("Linen Shirt", "White · M"),
    ]
    assert [fault.code for fault in faults(path)] == ["name_missing"]


def test_codes_several_in_a_cell_and_in_columns(tmp_path) -> None:
    text = (
        f"sku,name,EAN,Barcode\nA,x,{GTIN} 12345;77,4006381333931\n"
        'B,y,978-3-16-148410-0,\nC,z,978 3 16 148410 0,\nD,w,"=""00123""",\n'
    )
    path = written(tmp_path, text)
    found = {row.product.sku: row.product.barcodes for row in good(path)}
    assert found["A"] == (GTIN, "12345", "77", "4006381333931")
    assert found["B"] == ("978-3-16-148410-0",)
    assert found["D"] == ("00123",)
    # The same book, printed in groups: one code, and B has it.
    (fault,) = faults(path)
    assert (fault.code, fault.left_out) == ("barcode_twice", False)
    assert found["C"] == ()


def test_a_barcode_alone_is_number_enough(tmp_path) -> None:
    (row,) = good(written(tmp_path, "barcode,name\n0000000000017,Crackers\n"))
    assert row.product.sku == "0000000000017"
    assert row.price is None
    assert row.stock is None


def test_text_that_looks_like_a_formula_stays_text(tmp_path) -> None:
    hostile = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "<b>x</b>", "'; DROP TABLE x;--"]
    rows = [
        ["sku", "name", "department"],
        *([f"S{n}", text, text] for n, text in enumerate(hostile)),
    ]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    found = good(written(tmp_path, out.getvalue()))
    assert [row.product.name for row in found] == hostile
    assert [row.product.department for row in found] == hostile


def test_hidden_characters_go_and_direction_marks_cannot_hide_a_name(tmp_path) -> None:
    tea = ("\u0634\u0627\u064a", "\u0623\u062e\u0636\u0631")
    text = "sku,name\nA,Sha\u00admpoo\u202eevil\x07\nB,\u200f" + "\u00a0".join(tea) + "\n"
    found = good(written(tmp_path, text))
    assert found[0].product.name == "Shampooevil"
    assert found[1].product.name == " ".join(tea)


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files(tmp_path, packed) -> None:
    text = b"sku,name\n" + b"".join(b"A%d,name %d\n" % (n, n) for n in range(3_000))
    path = tmp_path / "goods.csv.packed"
    path.write_bytes(packed(text))
    assert len(good(path)) == 3_000
    path.write_bytes(packed(text)[:-200])
    assert refused(path) == "catalogue_damaged"


def test_the_spreadsheets_own_separator_line(tmp_path) -> None:
    (row,) = good(written(tmp_path, "sep=;\nsku;name\nA;x,y\n"))
    assert row.product.name == "x,y"


# Amounts


@pytest.mark.parametrize(
    ("cell", "digits", "mark", "minor"),
    [
        ("12.90", 2, "", 1290),
        ("12,90", 2, "", 1290),
        ("12,9", 2, "", 1290),
        ("12", 2, "", 1200),
        (".5", 2, "", 50),
        ("1.234,50", 2, "", 123_450),
        ("1,234.50", 2, "", 123_450),
        ("1'234.50", 2, "", 123_450),
        ("1 234,50", 2, "", 123_450),
        ("1\u202f234,50\u00a0€", 2, "", 123_450),
        ("1.234.567,89", 2, "", 123_456_789),
        ("1.234", 2, ",", 123_400),
        ("1,234", 2, ".", 123_400),
        ("0.500", 2, "", 50),
        ("CHF 5.-", 2, "", 500),
        ("$9.99", 2, "", 999),
        ("1,980", 0, "", 1980),
        ("¥1,980", 0, "", 1980),
        ("1980", 0, "", 1980),
        ("1980.00", 0, "", 1980),
        ("1.234", 3, "", 1_234),
        ("12,5", 3, "", 12_500),
        ("0", 2, "", 0),
        ("12.9000", 2, ".", 1290),
    ],
)
def test_prices_with_point_or_comma(cell, digits, mark, minor) -> None:
    assert values.amount(cell, digits, mark) == minor


@pytest.mark.parametrize(
    ("cell", "digits", "mark", "code"),
    [
        ("1.234", 2, "", "price_ambiguous"),
        ("1,234", 2, "", "price_ambiguous"),
        ("12,90", 2, ".", "price_unreadable"),
        ("0.575", 2, "", "price_too_fine"),
        ("12.345", 2, ".", "price_too_fine"),
        ("19.80", 0, "", "price_too_fine"),
        ("-1.00", 2, "", "price_out_of_range"),
        ("9" * 30, 2, "", "price_out_of_range"),
        ("9" * 41, 2, "", "price_unreadable"),
        ("free", 2, "", "price_unreadable"),
        ("1.2.3", 2, "", "price_unreadable"),
        ("1,23,456.00", 2, "", "price_unreadable"),
        ("1e5", 2, "", "price_unreadable"),
        ("NaN", 2, "", "price_unreadable"),
        ("١٢", 2, "", "price_unreadable"),
        ("²", 2, "", "price_unreadable"),
        ("12.9\n0", 2, "", "price_unreadable"),
        ("=1+1", 2, "", "price_unreadable"),
        (".", 2, "", "price_unreadable"),
    ],
)
def test_a_price_that_could_be_another_one_is_refused(cell, digits, mark, code) -> None:
    with pytest.raises(values.Unreadable) as caught:
        values.amount(cell, digits, mark)
    assert caught.value.code == code


@given(st.integers(0, 99_999_999_999), st.sampled_from([0, 2, 3]), st.sampled_from([".", ","]))
def test_what_a_till_would_write_is_read_back(minor, digits, mark) -> None:
    whole, rest = divmod(minor, 10**digits)
    group = "," if mark == "." else "."
    plain = f"{whole}{mark}{rest:0{digits}d}" if digits else str(whole)
    grouped = f"{whole:,}".replace(",", group) + plain[len(str(whole)) :]
    assert values.amount(plain, digits, mark) == minor
    assert values.amount(grouped, digits, mark) == minor


@given(st.text(max_size=45), st.sampled_from([0, 2, 3]), st.sampled_from(["", ".", ","]))
def test_no_text_breaks_the_reading_of_values(cell, digits, mark) -> None:
    for read in (
        lambda: values.amount(cell, digits, mark),
        lambda: values.thousandths(cell, mark),
        lambda: values.day(cell),
        lambda: values.unit(cell),
        lambda: values.age(cell),
        lambda: values.flag(cell),
    ):
        try:
            found = read()
        except values.Unreadable:
            continue
        assert type(found) in (int, str, bool)


def test_the_files_own_mark_settles_what_one_cell_leaves_open(tmp_path) -> None:
    path = written(tmp_path, "sku;name;price\nA;x;1.234\nB;y;9,90\n")
    assert [row.price.prices[0][2] for row in good(path) if row.price] == [123_400, 990]
    both = written(tmp_path, "sku;name;price\nA;x;1.234\nB;y;9,90\nC;z;9.90\n")
    assert [fault.code for fault in faults(both)] == ["price_ambiguous"]
    assert not faults(written(tmp_path, "sku;name;price\nA;x;1.234\n"), decimal=",")


@pytest.mark.parametrize(
    ("cell", "day"),
    [("2026-11-25", "2026-11-25"), ("25.11.2026", "2026-11-25"), ("25/11/2026", "2026-11-25"),
     ("11/25/2026", "2026-11-25"), ("2026-11-25T00:00:00Z", "2026-11-25"), ("3.4.2026", "2026-04-03")],
)  # fmt: skip
def test_days(cell, day) -> None:
    assert values.day(cell) == day


@pytest.mark.parametrize("cell", ["31.02.2026", "2026-13-01", "soon", "25-11-26", "1/1/1"])
def test_days_that_are_none(cell) -> None:
    with pytest.raises(values.Unreadable, match="date_unreadable"):
        values.day(cell)
    with pytest.raises(values.Unreadable, match="date_ambiguous"):
        values.day("03/04/2026")


# What is wrong in a row


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("X,,1.00,,,,", "name", "name_missing"),
        (",x,1.00,,,,", "sku", "sku_missing"),
        ("A1,again,1.00,,,,", "sku", "sku_twice"),
        ("X,x,abc,,,,", "price", "price_unreadable"),
        ("X,x,-1,,,,", "price", "price_out_of_range"),
        ("X,x,0.575,,,,", "price", "price_too_fine"),
        ("X,x,1.00,box,,,", "unit", "unit_unknown"),
        ("X,x,1.00,,adult,,", "age limit", "age_unreadable"),
        ("X,x,1.00,,,4.0063E+12,", "barcode", "code_rounded"),
        ("4.0063E+12,x,1.00,,,,", "sku", "code_rounded"),
        (f"X,x,1.00,,,{'9' * 129},", "barcode", "barcode_unreadable"),
        ("X,a\x00b,1.00,,,,", "name", "text_damaged"),
        (f"X,{'n' * 251},1.00,,,,", "name", "text_too_long"),
        ("X,Wine, red,1.00,,,,5", "", "row_too_wide"),
        (f"X,{'n' * 140_000},1.00,,,,", "", "quote_unclosed"),
    ],
)
def test_a_bad_row_is_named_and_stops_no_other(tmp_path, row, column, code) -> None:
    header = "sku,name,price,unit,age limit,barcode,stock"
    path = written(tmp_path, f"{header}\nA1,first,1.00,,,,\n{row}\nA2,last,2.00,,,,\n")
    (fault,) = faults(path)
    assert (fault.row_no, fault.column, fault.code, fault.left_out) == (3, column, code, True)
    assert len(fault.value) <= 80
    assert text_of(Refused(fault.code)).title
    assert [found.product.sku for found in good(path)] == ["A1", "A2"]


@pytest.mark.parametrize(
    ("stock", "unit", "code"),
    [("many", "", "stock_unreadable"), ("1.5", "", "stock_not_whole"),
     ("1.2345", "kg", "stock_too_fine"), ("9" * 20, "", "stock_out_of_range")],
)  # fmt: skip
def test_a_stock_that_cannot_be_read_keeps_the_product(tmp_path, stock, unit, code) -> None:
    path = written(tmp_path, f"sku,name,unit,stock\nA,x,{unit},{stock}\n")
    (fault,) = faults(path)
    assert (fault.code, fault.left_out) == (code, False)
    (row,) = good(path)
    assert row.stock is None


def test_stock_in_thousandths(tmp_path) -> None:
    path = written(tmp_path, "sku,name,unit,stock\nA,x,kg,38.500\nB,y,,-3\nC,z,,6.0\nD,v,,\n")
    assert [row.stock for row in good(path)] == [38_500, -3_000, 6_000, None]


def test_a_code_of_another_row_is_reported_and_left_to_it(tmp_path) -> None:
    path = written(tmp_path, "sku,name,barcode\nA,x,4006381333931\nB,y,04006381333931 77\n")
    (fault,) = faults(path)
    assert (fault.code, fault.left_out, fault.value) == (
        "barcode_twice", False, "04006381333931 (row 2)",
    )  # fmt: skip
    assert good(path)[1].product.barcodes == ("77",)


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path) -> None:
    rows = "".join(f"S{n},name {n},1.00\n" for n in range(500))
    path = written(tmp_path, f'sku,name,price\nA,"never closed,1.00\n{rows}')
    (fault,) = faults(path)
    assert (fault.row_no, fault.code) == (2, "quote_unclosed")
    assert len(good(path)) == 500
    short = written(tmp_path, 'sku,name\nA,x\nB,"never closed\nC,y\nD,z\n')
    assert [row.product.sku for row in good(short)] == ["A", "C", "D"]


def test_one_damaged_row_does_not_change_the_files_encoding(tmp_path) -> None:
    rows = "".join(f"S{n},Käse\n" for n in range(50)).encode()
    path = written(tmp_path, b"sku,name\n" + rows + b"B,K\xe4se\n")
    assert {row.product.name for row in good(path)} == {"Käse"}
    assert [fault.code for fault in faults(path)] == ["text_damaged"]


def test_a_wrong_check_digit_is_told_of_and_the_row_is_kept(tmp_path) -> None:
    text = "sku,name,barcode\nA,x,4006381333932\nB,y,4006381333931 12345678\nC,z,77 ABC-1234\n"
    rows = list(read_catalogue(written(tmp_path, text)))
    faults = [row for _, row in rows if isinstance(row, RowError)]
    assert [(each.row_no, each.code, each.value, each.left_out) for each in faults] == [
        (2, "barcode_check_digit", "4006381333932", False),
        (3, "barcode_check_digit", "12345678", False),
    ]
    assert [row.product.barcodes for row in good(written(tmp_path, text))] == [
        ("4006381333932",), ("4006381333931", "12345678"), ("77", "ABC-1234"),
    ]  # fmt: skip


# What is wrong with a file


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "catalogue_empty"),
        (b"\n\n  \n", "catalogue_empty"),
        (b"\xef\xbb\xbf", "catalogue_empty"),
        (b"PK\x03\x04" + bytes(500), "catalogue_not_text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "catalogue_not_text"),
        (b"a,b\n" + bytes(4_000), "catalogue_not_text"),
        (b"one,two\n1,2\n", "catalogue_columns_missing"),
        (b"name,price\nx,1\n", "catalogue_columns_missing"),
        (b'"sku,name\nA,x\n', "catalogue_columns_missing"),
        (b"x" * (5 << 20), "catalogue_line_too_long"),
        (b"\x1f\x8bnonsense", "catalogue_damaged"),
        (b"BZhnonsense", "catalogue_damaged"),
        (b"\xfd7zXZ\x00nonsense", "catalogue_damaged"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_says_why(tmp_path, content, code) -> None:
    assert refused(written(tmp_path, content)) == code


def test_options_that_do_not_fit_say_why(tmp_path) -> None:
    path = written(tmp_path, "sku,name\nA,x\n")
    assert refused(path, columns={"colour": "Farbe"}) == "catalogue_column_unknown"
    assert refused(path, columns={"weight": "name"}) == "catalogue_field_unknown"
    assert refused(path, encoding="klingon") == "catalogue_encoding_unknown"
    assert refused(path, delimiter="::") == "catalogue_delimiter_unknown"
    assert [row.product.sku for row in good(path, delimiter="comma")] == ["A"]


def test_files_that_are_not_there(tmp_path) -> None:
    assert refused(tmp_path / "nothing.csv") == "catalogue_unreadable"
    assert refused(tmp_path) == "catalogue_unreadable"


def test_a_file_knows_its_columns_and_how_far_it_is(tmp_path) -> None:
    path = written(tmp_path, "Artikelnr;Bezeichnung;EAN;GTIN\nA;x;77;78\n", "cp1252")
    with CatalogueFile(path, Options()) as file:
        assert file.columns == {"sku": "Artikelnr", "name": "Bezeichnung", "barcode": "EAN, GTIN"}
        assert (file.delimiter, file.size) == (";", path.stat().st_size)
        assert len(list(file.rows())) == 1
        assert file.done == file.size


@settings(max_examples=200)
@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=6), max_size=12), st.data())
def test_no_table_breaks_the_reader(tmp_path_factory, table, data) -> None:
    out = io.StringIO(newline="")
    delimiter = data.draw(st.sampled_from([",", ";", "\t"]))
    csv.writer(out, delimiter=delimiter).writerows([["sku", "name", "price", "stock"], *table])
    path = tmp_path_factory.mktemp("table") / "goods.csv"
    path.write_bytes(out.getvalue().encode("utf-8", "surrogatepass"))
    for row_no, row in read_catalogue(path):
        assert row_no >= 2
        if isinstance(row, RowError):
            assert text_of(Refused(row.code)).title


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path_factory, content) -> None:
    path = tmp_path_factory.mktemp("bytes") / "goods.csv"
    path.write_bytes(b"sku,name,price\n" + content)
    try:
        list(read_catalogue(path))
    except (Refused, Unavailable) as told:
        code = told.code
    else:
        code = "catalogue_read"
    assert code.startswith("catalogue_")


@pytest.mark.skipif(
    not REAL.is_file(), reason="HOLDFAST_BENCH_DATA names no file of 818,775 real products"
)
def test_the_real_products_come_out_whole() -> None:
    rows = 0
    twice: set[int] = set()
    for row_no, row in read_catalogue(REAL):
        rows += 1
        if isinstance(row, RowError):
            assert row.code == "barcode_twice"
            twice.add(row_no)
        else:
            assert row.product.name
    assert rows == 818_775
    assert 0 < len(twice) < 500
