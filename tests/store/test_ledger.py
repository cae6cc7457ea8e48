"""The ledger as the verbs use it: one transaction a business action, all of it or nothing."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pos_app.domain.basket import Basket, Line, add_line
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.records import new_id
from sync.file_lock import FileLock
from sync.protocol import BasketCancelled, DrawerOpened, ReceiptCopied, ShiftClosed, decode_fact
from tests.store.books import (
    DAY,
    KEYS,
    SHIFT,
    ToldClock,
    identity,
    new_ledger,
    open_shift,
    sale,
    sell,
    store_bytes,
    void,
)

ROOT = Path(__file__).parents[2]


def a_basket(basket_id: str = "0199f000-0000-7000-8000-00000000000b") -> Basket:
    basket = Basket(basket_id, "EUR", "2026-11-25T09:00:00.000Z", DAY)
    return add_line(basket, Line(0, "SKU-1", "Thing", 2_000, 1_250, "standard"))[0]


def test_a_sale_is_one_commit_with_everything_it_does(ledger: Ledger) -> None:
    basket = a_basket()
    with ledger.transaction() as tx:
        tx.keep_basket(basket, (Payment("cash", 500, 500),))
    with ledger.transaction() as tx:
        made = sale(tx, [1_200, 350], fact_id=basket.basket_id)
        position = tx.append(made)
        job = tx.queue_print("receipt", {"v": 1}, doc_no=made.doc_no, sale_id=made.id, kick=True)
    assert position.doc_no == "1-2-1.1"
    assert (ledger.head().seq, ledger.head().hash) == (position.seq, position.hash)
    assert ledger.open_basket() is None, "the sale's commit takes its basket away"
    assert ledger.sale(made.id) == made == ledger.sale_by_number("1-2-1.1")
    (row,) = ledger.sales()
    assert (row.sale_id, row.total, row.tenders) == (made.id, 1_550, (("cash", 1_550),))
    assert (row.seq, row.epoch, row.voided, row.void_of) == (3, 1, False, "")
    totals = ledger.shift_totals(SHIFT)
    assert (totals.sales, totals.total, totals.expected_cash) == (1, 1_550, 11_550)
    assert (totals.first_seq, totals.last_seq) == (2, 3)
    assert ledger.own_stock_moves() == {"SKU-1": -1_000, "SKU-2": -1_000}
    (waiting,) = ledger.print_jobs(["queued"])
    assert (waiting.job_id, waiting.receipt, waiting.kick, waiting.tries) == (
        job,
        {"v": 1},
        True,
        0,
    )
    assert tuple(ledger.unsent(None)) == (3, 1, 1_550)
    assert tuple(ledger.unsent(ledger.head())) == (0, 0, 0)


def test_an_exception_takes_everything_back_also_in_memory(ledger: Ledger) -> None:
    before = ledger.head()

    def stumble() -> None:
        with ledger.transaction() as tx:
            tx.append(sale(tx))
            tx.queue_print("receipt", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert ledger.head() == before
    assert ledger.sales() == []
    assert ledger.print_jobs(["queued"]) == []
    assert ledger.shift_totals(SHIFT).sales == 0
    assert sell(ledger).doc_no == "1-2-1.1", "the number was not used up"
    assert ledger.shift_totals(SHIFT).sales == 1


def test_whoever_swallows_a_failed_fact_commits_nothing(ledger: Ledger) -> None:
    first = sell(ledger)
    before = ledger.head()

    def swallow() -> None:
        with ledger.transaction() as tx:
            with suppress(Refused):
                tx.append(sale(tx, fact_id=first.id))
            tx.count_try("anna", datetime(2026, 11, 25, tzinfo=UTC))

    with pytest.raises(Refused, match="already_recorded"):
        swallow()
    assert ledger.head() == before
    assert ledger.tries("anna") == (0, "")
    assert sell(ledger).seq == before.seq + 1


def test_a_basket_becomes_one_sale_however_often_it_is_tried(ledger: Ledger) -> None:
    first = sell(ledger)
    with pytest.raises(Refused, match="already_recorded"):
        sell(ledger, fact_id=first.id)
    assert [row.sale_id for row in ledger.sales()] == [first.id]


def test_a_fact_must_be_stamped_for_its_place(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        stale = sale(tx)
    sell(ledger)
    with pytest.raises(ValueError, match="stamped for"), ledger.transaction() as tx:
        tx.append(stale)
    assert ledger.head().seq == 3


def test_numbers_are_dense_per_document_and_sequence_over_everything(ledger: Ledger) -> None:
    one = sell(ledger)
    with ledger.transaction() as tx:
        tx.append(DrawerOpened(**tx.stamp(business_date=DAY, shift=SHIFT), reason="change"))
    two = sell(ledger)
    with ledger.transaction() as tx:
        back = void(tx, two)
        tx.append(back)
    three = sell(ledger)
    assert [doc.doc_no for doc in (one, two, back, three)] == [f"1-2-1.{n}" for n in (1, 2, 3, 4)]
    assert [doc.seq for doc in (one, two, back, three)] == [3, 5, 6, 7]


def test_numbers_go_on_after_a_restart(data: Path) -> None:
    with new_ledger(data) as ledger:
        for _ in range(3):
            sell(ledger)
        head = ledger.head()
    with Ledger.open(data, Keys.load(data), ToldClock()) as ledger:
        assert ledger.head() == head
        assert not ledger.witness.missing
        again = sell(ledger)
        assert (again.doc_no, again.seq) == ("1-2-1.4", head.seq + 1)
        assert ledger.shift_totals(SHIFT).sales == 4


def test_a_void_turns_the_sale_and_its_stock_once(ledger: Ledger) -> None:
    made = sell(ledger, [1_200])
    with ledger.transaction() as tx:
        back = void(tx, made)
        tx.append(back)
    row, sold = ledger.sales()
    assert (sold.voided, row.void_of, row.total) == (True, made.id, -1_200)
    assert ledger.own_stock_moves() == {}
    totals = ledger.shift_totals(SHIFT)
    assert (totals.sales, totals.voids, totals.total, totals.expected_cash) == (1, 1, 0, 10_000)
    with pytest.raises(Refused, match="already_voided"), ledger.transaction() as tx:
        tx.append(void(tx, made))
    unknown = sale_of_nobody(ledger)
    with pytest.raises(Refused, match="no_such_sale"), ledger.transaction() as tx:
        tx.append(void(tx, unknown))
    assert ledger.head().seq == 4


def sale_of_nobody(ledger: Ledger) -> object:
    with ledger.transaction() as tx:
        return sale(tx)


def test_own_moves_are_counted_once_and_from_where_it_is_asked(ledger: Ledger) -> None:
    first = sell(ledger, [100])
    assert ledger.own_stock_moves((1, 0)) == {"SKU-1": -1_000}
    sell(ledger, [100, 200])
    assert ledger.own_stock_moves((1, 0)) == {"SKU-1": -2_000, "SKU-2": -1_000}
    assert ledger.own_stock_moves((1, first.seq)) == {"SKU-1": -1_000, "SKU-2": -1_000}
    assert ledger.own_stock_moves((1, 99)) == {}
    assert ledger.own_stock_moves((1, 0)) == {"SKU-1": -2_000, "SKU-2": -1_000}, "back again"


def test_everything_a_shift_counts(ledger: Ledger) -> None:
    sold = sell(ledger)
    with ledger.transaction() as tx:
        stamp = tx.stamp(business_date=DAY, shift=SHIFT)
        tx.append(BasketCancelled(**stamp, currency="EUR", lines=1, total=100))
        tx.append(DrawerOpened(**tx.stamp(business_date=DAY, shift=SHIFT), reason="change"))
        stamp = tx.stamp(business_date=DAY, shift=SHIFT)
        tx.append(ReceiptCopied(**stamp, sale=sold.id, sale_doc=sold.doc_no, copy=1))
    totals = ledger.shift_totals(SHIFT)
    assert (totals.cancelled, totals.drawer_opens, totals.copies, totals.last_seq) == (1, 1, 1, 6)
    assert ledger.copies(sold.id) == 1
    shift = ledger.current_shift()
    assert shift is not None
    assert (shift.number, shift.float_amount, shift.counts) == (1, 10_000, {"1000": 10})
    assert ledger.next_shift_number() == 2
    with ledger.transaction() as tx:
        tx.append(closing(tx.stamp(business_date=DAY, shift=SHIFT)))
    assert ledger.current_shift() is None
    with ledger.transaction() as tx:
        open_shift(tx, "shift-2", 2)
    assert ledger.shift_totals("shift-2").sales == 0
    with pytest.raises(Refused, match="no_open_shift"):
        ledger.shift_totals("nobody's")


def closing(stamp: dict[str, object]) -> ShiftClosed:
    sums = dict.fromkeys(("gross", "discount", "net", "tax", "total", "rounding"), 0)
    return ShiftClosed(
        **stamp, **sums, number=1, z_no=1, currency="EUR", opened="", sales=1, voids=0, taxes=[],
        tenders=[],
    )  # fmt: skip


def test_hours_are_the_stores(data: Path) -> None:
    with new_ledger(data, ToldClock(datetime(2026, 11, 25, 23, 30, tzinfo=UTC))) as ledger:
        with ledger.transaction() as tx:
            tx.set_reference("store", "1", store_bytes())
        sell(ledger)
        assert list(ledger.shift_totals(SHIFT).hours) == [0], "half past midnight in Vienna"


def test_a_clock_set_back_changes_no_order(data: Path) -> None:
    clock = ToldClock(datetime(2026, 11, 25, 12, tzinfo=UTC))
    with new_ledger(data, clock) as ledger:
        early = sell(ledger)
        clock.moment = datetime(1970, 1, 1, tzinfo=UTC)
        late = sell(ledger)
        assert late.t.wall.startswith("1970-01-01"), "recorded as the clock said it"
        assert late.seq == early.seq + 1
        assert [row.sale_id for row in ledger.sales()] == [late.id, early.id]
        assert late.id != early.id
    with Ledger.open(data, KEYS, clock) as ledger:
        assert ledger.head().seq == late.seq


def test_the_stamp_says_all_that_is_known_of_time_and_feed(ledger: Ledger) -> None:
    ledger.set_hub_offset(-2_500, datetime(2026, 11, 25, 8, 59, tzinfo=UTC))
    ledger.set_basis({"global": 41, "store:1": 7})
    clock = ledger.clock
    assert isinstance(clock, ToldClock)
    clock.moment = datetime(1999, 1, 1, tzinfo=UTC)  # the age is counted on the other clock
    made = sell(ledger)
    kept = ledger.fact(made.id)
    assert kept is not None
    assert (kept.t.off, kept.t.off_age, kept.t.boot) == (-2_500, 60, "boot-1")
    assert kept.basis == {"global": 41, "store:1": 7}


def test_the_open_basket_and_its_payments_come_back(data: Path) -> None:
    basket = a_basket()
    with new_ledger(data) as ledger:
        with ledger.transaction() as tx:
            tx.keep_basket(a_basket(), ())
        with ledger.transaction() as tx:
            tx.keep_basket(basket, (Payment("card", 700, reference="slip 4"),))
    with Ledger.open(data, KEYS, ToldClock()) as ledger:
        found = ledger.open_basket()
        assert found is not None
        assert found[:2] == (basket, (Payment("card", 700, reference="slip 4"),))
        with ledger.transaction() as tx:
            tx.forget_basket(basket.basket_id)
        assert ledger.open_basket() is None


def test_parking_keeps_what_was_paid(ledger: Ledger) -> None:
    basket = a_basket()
    with ledger.transaction() as tx:
        tx.keep_basket(basket)
    with ledger.transaction() as tx:
        paid = (Payment("cash", 100, 100),)
        park_id = tx.park(basket, paid, label="Blue coat", by="anna", at="2026-11-25T10:00:00.000Z")
    (row,) = ledger.parked()
    assert (row.label, row.lines, row.total, row.currency) == ("Blue coat", 1, 2_500, "EUR")
    assert ledger.open_basket() is None
    with ledger.transaction() as tx:
        assert tx.unpark(park_id) == basket
    found = ledger.open_basket()
    assert found is not None
    assert found[:2] == (basket, paid)
    with pytest.raises(Refused, match="no_such_parked"), ledger.transaction() as tx:
        tx.unpark(park_id)


def test_print_jobs_keep_their_order_and_their_tries(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        jobs = [tx.queue_print("test", {"n": n}) for n in range(3)]
    with ledger.transaction() as tx:
        tx.print_state(jobs[0], "printing")
    with ledger.transaction() as tx:
        tx.print_state(jobs[0], "queued", "paper out")
        tx.print_state(jobs[0], "printing")
        tx.print_state(jobs[1], "printed")
    waiting = ledger.print_jobs(["queued", "printing"])
    assert [job.job_id for job in waiting] == [jobs[0], jobs[2]]
    assert waiting[0].tries == 2
    found = ledger.print_job(jobs[1])
    assert found is not None
    assert found.state == "printed"


def test_only_printed_jobs_are_ever_dropped(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_app.store.ledger.PRINTED_KEPT", 2)
    with ledger.transaction() as tx:
        jobs = [tx.queue_print("test", {"n": n}) for n in range(5)]
        for job in jobs[1:]:
            tx.print_state(job, "printed")
    ledger.checkpoint_when_idle()
    assert [job.job_id for job in ledger.print_jobs(["queued"])] == jobs[:1]
    assert [job.job_id for job in ledger.print_jobs(["printed"])] == jobs[3:]


def test_reference_rows_and_tries(ledger: Ledger) -> None:
    clock = ledger.clock
    with ledger.transaction() as tx:
        tx.set_reference("staff", "anna", b"one")
        tx.set_reference("staff", "ben", b"two")
        tx.set_reference("staff", "anna", b"three")
        tx.set_reference("staff", "ben", None)
        assert tx.count_try("anna", clock.now()) == 1
        assert tx.count_try("anna", clock.now()) == 2
    assert ledger.reference("staff") == {"anna": b"three"}
    assert ledger.tries("anna")[0] == 2
    last = ledger.last_try("anna")
    assert last is not None
    assert (last.boot, last.mono > 0) == ("boot-1", True)
    with ledger.transaction() as tx:
        tx.clear_tries("anna")
    assert ledger.tries("anna") == (0, "")


def test_another_thread_reads_beside_a_transaction(ledger: Ledger) -> None:
    sell(ledger)
    seen: list[int] = []
    view = ledger.reader()
    with ledger.transaction() as tx:
        tx.append(sale(tx))
        asked = threading.Thread(target=lambda: seen.append(len(view.sales())))
        asked.start()
        asked.join(5)
    seen.append(len(view.sales()))
    view.close()
    assert seen == [1, 2], "what is not committed is seen by nobody"


def test_one_process_at_a_time(ledger: Ledger, data: Path) -> None:
    with pytest.raises(Refused, match="ledger_in_use"):
        Ledger.open(data, KEYS)
    ask = (
        "import sys; from pathlib import Path; from tests.store.books import KEYS\n"
        "from pos_app.domain.errors import Refused; from pos_app.store.ledger import Ledger\n"
        "try: Ledger.open(Path(sys.argv[1]), KEYS)\n"
        "except Refused as no: print(no.code)"
    )
    second = subprocess.run(
        [sys.executable, "-c", ask, str(data)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert second.stdout.strip() == "ledger_in_use"
    ledger.close()
    Ledger.open(data, KEYS).close()


def test_somebody_who_only_asks_for_the_lock_keeps_no_window_out(data: Path) -> None:
    new_ledger(data).close()
    asking = FileLock(data / "window.lock")
    assert asking.take()
    answered = threading.Timer(0.02, asking.free)
    answered.start()
    Ledger.open(data, KEYS, ToldClock()).close()
    answered.join()


def test_nothing_is_made_over_what_is_there(data: Path) -> None:
    with pytest.raises(Refused, match="ledger_missing"):
        Ledger.open(data, KEYS)
    new_ledger(data).close()
    with pytest.raises(Refused, match="ledger_exists"):
        Ledger.create(data, KEYS, identity())
    with pytest.raises(Refused, match="keys_exist"):
        Keys.create(data)


def test_a_half_made_ledger_is_made_again(data: Path) -> None:
    data.mkdir()
    (data / "ledger.sqlite.new").write_bytes(b"half")
    with new_ledger(data) as ledger:
        assert ledger.head().seq == 2
    assert not (data / "ledger.sqlite.new").exists()


def test_files_are_the_owners_alone_and_hold_no_plain_text(data: Path) -> None:
    keys = Keys.create(data)
    with Ledger.create(data, keys, identity(), ToldClock()) as ledger:
        with ledger.transaction() as tx:
            open_shift(tx)
        sell(ledger)
        for path in data.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
            assert b"A thing called" not in path.read_bytes(), path.name
        assert stat.S_IMODE(data.stat().st_mode) & 0o077 == 0
    assert Keys.load(data).public_hex == keys.public_hex == ledger.identity.pubkey


def test_keys_that_are_missing_or_spoilt_are_said(data: Path) -> None:
    data.mkdir()
    with pytest.raises(Refused, match="keys_missing"):
        Keys.load(data)
    (data / "keys.json").write_text('{"db_key": "00"}')
    with pytest.raises(Exception, match="keys_unreadable"):
        Keys.load(data)


def test_ids_are_version_7_and_carry_the_moment() -> None:
    moment = datetime(2026, 11, 25, 13, tzinfo=UTC)
    made = {new_id(moment) for _ in range(100)}
    assert len(made) == 100
    for one in made:
        assert one[14] == "7"
        assert one[19] in "89ab"
        assert int(one.replace("-", "")[:12], 16) == int(moment.timestamp() * 1000)
    assert utc_text(moment) == "2026-11-25T13:00:00.000Z"


def test_selling_needs_no_heavy_library_before_the_first_signature() -> None:
    ask = (
        "import sys; import pos_app.store.ledger\n"
        "print([m for m in ('sqlalchemy','cryptography','httpx','PySide6','babel') "
        "if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


def test_bodies_are_decoded_as_they_were_made(ledger: Ledger) -> None:
    made = sell(ledger, note="überall „Anführung“ 🧾")
    row = ledger.connection.execute("SELECT body FROM journal WHERE id = ?", (made.id,)).fetchone()
    assert decode_fact(row[0]) == made
