"""What a customer gets: receipt, gift receipt, invoice, nothing; and their codes believed again."""

from __future__ import annotations

import io

import msgspec
import pytest
import zxingcpp
from PIL import Image

from pos_app.cli import main
from pos_app.domain.errors import Refused
from pos_app.receipts.layout import lay_out
from pos_app.receipts.plain_text import as_text
from pos_app.till import invoicing, reprint, showing, void
from pos_app.till.believing import believe
from pos_app.till.checkout import add, complete, pay, start
from pos_app.till.papers import GIFT, NONE
from sync.protocol import Invoiced, ReceiptCopied, TillRow
from tests.till.shop import SCARF
from tests.till.test_checkout import sold
from tests.till.test_printing import drain
from tests.till.test_shift import facts


def sell(counter, paper="receipt", tender="cash"):
    till = counter.till
    basket, _ = add(till, start(till), SCARF)
    return complete(till, basket, pay(till, basket, (), tender), paper)


def code_on(receipt) -> str:
    (code,) = [block.data for block in receipt.blocks if type(block).__name__ == "Qr"]
    return code


def test_no_paper_still_opens_the_drawer_once(counter):
    sell(counter, NONE)
    (ending,) = drain(counter)
    assert (ending.state, ending.error) == ("printed", None)
    assert (counter.printer.paper, counter.drawer.opened) == ([], 1)


def test_no_paper_and_no_cash_leaves_nothing_to_do(counter):
    done = sell(counter, NONE, "card")
    assert (done.job_id, drain(counter)) == ("", [])
    assert counter.till.ledger.print_jobs(("queued",)) == []


def test_a_gift_receipt_comes_after_the_receipt_and_tells_no_price(counter):
    done = sell(counter, GIFT)
    assert [ending.state for ending in drain(counter)] == ["printed", "printed"]
    receipt, gift = map(as_text, counter.printer.documents)
    assert "GESCHENKBON" in gift
    assert "GESCHENK" not in receipt
    for amount in (done.sale.total, done.sale.net, done.sale.tax):
        assert f"{amount / 100:.2f}" not in gift
        assert f"{amount / 100:.2f}".replace(".", ",") not in gift
    assert counter.drawer.opened == 1
    assert [fact.what for fact in facts(counter.till, ReceiptCopied)] == ["gift"]


def test_a_gift_receipt_later_is_no_copy(counter):
    done = sell(counter)
    reprint.gift_receipt(counter.till, done.sale.id)
    copied = reprint.reprint(counter.till, done.sale.id, "asked", approval=None)
    assert copied.copy_no == 1
    assert counter.till.ledger.copies(done.sale.id) == 1


def test_the_code_on_paper_is_believed_by_another_till_of_the_store(counter, monkeypatch):
    done = sell(counter, GIFT)
    drain(counter)
    receipt, gift = counter.printer.documents
    device, key = done.sale.dev, counter.till.keys.public_hex
    own = msgspec.structs.replace(counter.till.ledger.identity, device="another")
    monkeypatch.setattr(type(counter.till), "identity", property(lambda _: own))
    with pytest.raises(Refused, match="receipt_till_unknown"):
        believe(counter.till, code_on(receipt))
    counter.till.own.tills[device] = TillRow(device, "1", key)  # type: ignore[index]
    proof = believe(counter.till, code_on(receipt))
    assert (proof.doc_no, proof.total, proof.gift) == (done.sale.doc_no, done.sale.total, False)
    assert proof.hash8 == done.position.hash[:16]
    assert believe(counter.till, code_on(gift)).gift
    counter.till.own.tills[device] = TillRow(device, "1", "ab" * 32)  # type: ignore[index]
    with pytest.raises(Refused, match="receipt_not_believed"):
        believe(counter.till, code_on(receipt))
    with pytest.raises(Refused, match="receipt_code_unknown"):
        believe(counter.till, "4006381333931")


def test_an_invoice_is_a_document_of_its_own_with_both_parties(counter):
    done = sell(counter)
    to = invoicing.buyer("Müller & Co KG", "Ring 1\n1020 Wien", "atu 876 54321")
    made = invoicing.invoice(counter.till, done.sale.id, to)
    assert (done.sale.doc_no, made.invoiced.doc_no) == ("1-2-1.1", "1-2-1.2")
    assert made.invoiced.buyer.vat_id == "ATU87654321"
    drain(counter)
    text = as_text(counter.printer.documents[-1])
    for said in (
        "1-2-1.2",
        "1-2-1.1",
        "Müller & Co KG",
        "1020 Wien",
        "ATU87654321",
        "Noch zu zahlen",
    ):
        assert said in text, said
    assert sold(counter.till).sale.doc_no == "1-2-1.3", "numbers stay dense"


def test_a_sale_has_one_invoice_and_that_is_copied(counter):
    done = sell(counter)
    to = invoicing.buyer("A")
    invoicing.invoice(counter.till, done.sale.id, to)
    with pytest.raises(Refused, match="already_invoiced"):
        invoicing.invoice(counter.till, done.sale.id, to)
    assert len(facts(counter.till, Invoiced)) == 1
    copied = reprint.reprint_invoice(counter.till, done.sale.id, "asked")
    assert (copied.doc_no, copied.copy_no) == ("1-2-1.2", 1)
    drain(counter)
    assert as_text(counter.printer.documents[-1]).strip().startswith("KOPIE 1")
    assert counter.till.ledger.copies(done.sale.id) == 0, "the receipt itself was not copied"


def test_no_invoice_for_a_sale_taken_back_or_unknown(counter):
    done = sell(counter)
    void.void_sale(counter.till, done.sale.id, "wrong item")
    with pytest.raises(Refused, match="already_voided"):
        invoicing.invoice(counter.till, done.sale.id, invoicing.buyer("A"))
    with pytest.raises(Refused, match="no_such_sale"):
        invoicing.invoice(counter.till, "nobody", invoicing.buyer("A"))
    with pytest.raises(Refused, match="no_invoice"):
        reprint.reprint_invoice(counter.till, done.sale.id, "x")


@pytest.mark.parametrize(
    ("name", "address", "vat", "code"),
    [
        (" \x1b ", "", "", "buyer_missing"),
        ("A", "", "ATU1234", "vat_id_unlikely"),
        ("A", "4111 1111 1111 1111", "", "text_is_card_number"),
    ],
)
def test_a_buyer_that_cannot_be_is_refused(name, address, vat, code):
    with pytest.raises(Refused, match=code):
        invoicing.buyer(name, address, vat)


def test_what_is_shown_is_what_was_printed(counter):
    done = sell(counter)
    drain(counter)
    assert showing.shown(counter.till, done.sale.id) == counter.printer.documents[0]
    with pytest.raises(Refused, match="no_such_document"):
        showing.shown(counter.till, "nobody")


@pytest.mark.parametrize("form", ["text", "pdf", "html", "escpos", "png"])
def test_support_reads_any_document_beside_the_window(counter, data, tmp_path, form):
    """The window has the ledger open; what is made is marked, and its code is read back."""
    done = sell(counter)
    out = tmp_path / f"receipt.{form}"
    asked = ["receipt", done.sale.doc_no, "--data", str(counter.till.data)]
    assert main([*asked, "--format", form, "--out", str(out)]) == 0
    made = out.read_bytes()
    if form == "text":
        assert made.decode().strip().startswith("KOPIE")
        assert done.sale.doc_no in made.decode()
    elif form == "png":
        codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(made)).convert("L"))
        texts = {code.text for code in codes}
        assert done.sale.doc_no in texts
        assert any(believe(counter.till, text) for text in texts if text.startswith("HF1"))
    else:
        assert made.startswith(
            {"pdf": b"%PDF-", "html": b"<!DOCTYPE html>", "escpos": b"\x1b@"}[form]
        )
    assert len(list(tmp_path.glob("receipt.*"))) == 1


def test_support_is_told_what_is_not_there(counter, capsys):
    asked = ["receipt", "1-2-1.99", "--data", str(counter.till.data)]
    assert main(asked) == 1
    assert "no document of that number" in capsys.readouterr().err


def test_every_paper_of_an_exercise_says_so(counter):
    from pos_app.receipts.build import mark_training

    done = sell(counter)
    marked = mark_training(showing.shown(counter.till, done.sale.id))
    lines = [line.text.strip() for line in lay_out(marked, 48) if hasattr(line, "text")]
    assert "SCHULUNG" in lines[0]
    assert sum("SCHULUNG" in line for line in lines) == 3
    assert "kein Beleg. Nichts wurde verkauft." in lines[-1]
    assert not [block for block in marked.blocks if type(block).__name__ in ("Qr", "Barcode")]
