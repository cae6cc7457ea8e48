"""Promotions at the hub: told to tills by version, and compared with what a sale was given."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec
import pytest

from pos_app.domain.basket import Basket, Line, Override
from pos_app.domain.errors import Refused
from pos_app.domain.pricing import price
from pos_app.domain.promotion import Goods, Kind, Promotion, Promotions
from pos_app.domain.sale import figures, figures_of, reverse
from pos_app.domain.tender import pay
from pos_app.till.documents import sale_fact, voided_fact
from sync.hub import feed, promotions
from sync.hub.database import Connection, Database
from sync.hub.promotion_file import promotion_from, read_file, slug
from sync.protocol import PromotionRow, Sale
from tests.hub.journals import DAY, RULES, Journal
from tests.hub.tills import HandClock, Till, play

pytestmark = pytest.mark.slow

AT = "2026-11-25T08:00:00.000Z"
OPENED = "2026-11-25T09:00:00.000Z"


def rule(name: str = "half", **more) -> Promotion:
    given = {
        "label": "Second at half price", "kind": Kind.N_FOR_M, "value": 5_000, "buy": 2, "pay": 1,
        "goods": (Goods(frozenset({"A"})),), **more,
    }  # fmt: skip
    return Promotion(name, 0, **given)


def put(books: Connection, *rules: Promotion) -> int:
    """Keeps them; the position of the feed after it."""
    with books.transaction():
        for each in rules:
            promotions.put(books, each, AT)
    return feed.positions(books)[feed.GLOBAL]


def rules_at(books: Connection, pos: int) -> Promotions:
    return promotions.Offers(books, "1").at({"global": pos})


def sold(
    journal: Journal, offers: Promotions, pos: int, *, coupons: tuple[str, ...] = (), **more
) -> Sale:
    line = Line(1, "A", "Article A", 2_000, 1_000, "standard", **more)
    basket = Basket("b", "EUR", OPENED, DAY, (line,), coupons=coupons)
    worth = price(basket, RULES, offers)
    payments = pay(worth.total, (), "cash", None, "", "EUR")
    stamp = journal.stamp(document=True, basis={"global": pos})
    return sale_fact(stamp, basket, figures(worth, payments), {"global": pos})


def kinds(books: Connection) -> list[tuple[str, str]]:
    return [tuple(row) for row in books.text("SELECT kind, detail FROM exception ORDER BY no")]


def test_versions_grow_with_changes_and_come_down_the_feed(
    database: Database, books: Connection, clock: HandClock
) -> None:
    put(books, rule())
    put(books, rule())
    put(books, rule(value=10_000))
    with books.transaction():
        promotions.end(books, "half", AT)

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        await till.join(database)
        page = await till.pull("global")
        rows = [
            row
            for each in page.rows
            if each.kind == "promotion"
            for row in msgspec.json.decode(each.rows, type=list[PromotionRow])
        ]
        told = [(row.version, row.value, row.active) for row in rows]
        assert told == [(1, 5_000, True), (2, 10_000, True), (3, 10_000, False)]

    play(database, clock, story)
    with pytest.raises(Refused, match="promotion_unknown"):
        promotions.end(books, "half", AT)


def test_a_sale_keeps_the_rules_it_was_sold_under(
    database: Database, books: Connection, clock: HandClock
) -> None:
    first = put(books, rule())
    second = put(books, rule(value=10_000))
    with books.transaction():
        promotions.end(books, "half", AT)
    third = feed.positions(books)[feed.GLOBAL]

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        for pos, total in ((first - 1, 2_000), (first, 1_500), (second, 1_000), (third, 2_000)):
            sale = sold(journal, rules_at(books, pos), pos)
            assert sale.total == total
            journal.append(sale)
        reply = await till.pushed(journal.push())
        assert reply.results == ["applied"] * 4
        assert kinds(books) == []
        rows = books.text("SELECT promotion_id, version, amount FROM promotion_line ORDER BY n")
        assert [tuple(row) for row in rows] == [("half", 1, 500), ("half", 2, 1_000)]

    play(database, clock, story)


def test_a_void_takes_the_promotion_back_to_zero(
    database: Database, books: Connection, clock: HandClock
) -> None:
    pos = put(books, rule())

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = sold(journal, rules_at(books, pos), pos)
        journal.append(sale)
        stamp = journal.stamp(document=True)
        journal.append(voided_fact(stamp, sale, reverse(figures_of(sale)), "Wrong item"))
        assert (await till.pushed(journal.push())).results == ["applied"] * 2
        assert books.text("SELECT sum(amount), count(*) FROM promotion_line") == [(0, 2)]
        sums = books.text("SELECT sum(gross), sum(discount), sum(total) FROM day_total")
        assert sums == [(0, 0, 0)]

    play(database, clock, story)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (lambda sale: _off(sale, 501), "should be 500"),
        (lambda sale: _off(sale, 0), "promotions: 0, should be 500"),
        (lambda sale: msgspec.structs.replace(sale, promo=[]), "its lines say 500"),
    ],
)
def test_what_the_rules_do_not_give_is_told_and_booked(
    database: Database, books: Connection, clock: HandClock, changed, told
) -> None:
    pos = put(books, rule())

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = changed(sold(journal, rules_at(books, pos), pos))
        journal.append(sale)
        assert (await till.pushed(journal.push())).results == ["exception"]
        assert [kind for kind, _ in kinds(books)] == ["promotion_differs"]
        assert told in kinds(books)[0][1]
        assert books.text("SELECT total FROM document") == [(sale.total,)]

    play(database, clock, story)


def _off(sale: Sale, amount: int) -> Sale:
    """The same sale with another promotion's amount, right in every sum."""
    whole = Basket("b", "EUR", OPENED, DAY, (Line(1, "A", "Article A", 2_000, 1_000, "standard"),))
    given = rule("half", kind=Kind.SPEND_AMOUNT, spend=1, value=amount, buy=0, pay=0)
    worth = price(whole, RULES, Promotions((given,)))
    payments = pay(worth.total, (), "cash", None, "", "EUR")
    stamp = {name: getattr(sale, name) for name in _STAMP}
    return sale_fact(stamp, whole, figures(worth, payments), sale.promo_basis)


_STAMP = (
    "dev", "epoch", "seq", "id", "store", "till", "shift", "biz_date", "t", "basis", "actor",
    "doc_no",
)  # fmt: skip


def test_a_cent_too_much_on_a_line_is_a_wrong_figure(
    database: Database, books: Connection, clock: HandClock
) -> None:
    pos = put(books, rule())

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sale = sold(journal, rules_at(books, pos), pos)
        line = sale.lines[0]
        promo = msgspec.structs.replace(line.promo[0], amount=line.promo[0].amount + 1)
        wrong = msgspec.structs.replace(line, promo=[promo])
        journal.append(msgspec.structs.replace(sale, lines=[wrong]))
        await till.pushed(journal.push())
        assert {kind for kind, _ in kinds(books)} == {"figures_differ", "promotion_differs"}

    play(database, clock, story)


def test_a_coupon_good_once_is_told_of_the_second_time_and_no_till_takes_it_after(
    database: Database, books: Connection, clock: HandClock
) -> None:
    once = Promotion("w", 0, "Welcome", Kind.PERCENT, 1_000, coupon="ONCE", single_use=True)
    pos = put(books, once)
    offers = rules_at(books, pos)

    async def story(client: httpx.AsyncClient) -> None:
        one, two = Till(client, clock), Till(client, clock)
        first, second = await one.join(database, "1"), await two.join(database, "2")
        sale = sold(first, offers, pos, coupons=("once",))
        assert sale.total == 1_800
        first.append(sale)
        assert (await one.pushed(first.push())).results == ["applied"]
        told = promotions.latest(books)["w"].row
        assert (told.used_on, told.version) == (DAY, 2)
        second.append(sold(second, offers, pos, coupons=("ONCE",)))
        assert (await two.pushed(second.push())).results == ["exception"]
        assert kinds(books) == [("coupon_twice", f"ONCE: used by {sale.doc_no}")]
        late = feed.positions(books)[feed.GLOBAL]
        assert price(_basket("once"), RULES, rules_at(books, late)).total == 2_000

    play(database, clock, story)


def _basket(coupon: str) -> Basket:
    line = Line(1, "A", "Article A", 2_000, 1_000, "standard")
    return Basket("b", "EUR", OPENED, DAY, (line,), coupons=(coupon,))


def test_an_age_nobody_checked_is_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    books.text("INSERT INTO product VALUES('A','Wine','','','','piece','standard',16,'',TRUE,'[]')")

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        nothing = Promotions()
        journal.append(sold(journal, nothing, 0))
        journal.append(sold(journal, nothing, 0, age_checked="7"))
        assert (await till.pushed(journal.push())).results == ["exception", "applied"]
        assert kinds(books) == [("age_not_checked", "A: 16")]

    play(database, clock, story)


def test_another_price_and_a_labels_price_are_right_figures(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        override = Override(1_200, "Wrong label", "7")
        journal.append(sold(journal, Promotions(), 0, label_price=777))
        journal.append(sold(journal, Promotions(), 0, override=override))
        journal.append(sold(journal, Promotions(), 0))
        assert (await till.pushed(journal.push())).results == ["applied"] * 3
        assert books.text("SELECT total FROM document ORDER BY n") == [(777,), (2_000,), (2_000,)]
        stated = sold(journal, Promotions(), 0, label_price=777)
        line = msgspec.structs.replace(stated.lines[0], label_price=0)
        journal.append(msgspec.structs.replace(stated, lines=[line]))
        assert (await till.pushed(journal.push())).results[-1] == "exception"

    play(database, clock, story)


# ---- how people write them


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"label": "x", "kind": "percent"}, "percent"),
        ({"label": "x", "kind": "percent", "percent": "101"}, "at most 100"),
        ({"label": "x", "kind": "percent", "percent": "1.234"}, "2 decimals"),
        ({"label": "", "kind": "percent", "percent": "10"}, "id"),
        ({"label": "x", "kind": "lottery"}, "kind"),
        ({"label": "x", "kind": "n-for-m", "buy": 2, "pay": 2, "sku": "A"}, "buy, pay"),
        ({"label": "x", "kind": "fixed", "price": "3"}, "needs goods"),
        ({"label": "x", "kind": "bundle", "part": ["A"], "price": "3"}, "pieces together"),
        ({"label": "x", "kind": "bundle", "part": ["A", "A,B"], "price": "3"}, "two parts"),
        ({"label": "x", "kind": "spend", "spend": "40"}, "either"),
        ({"label": "x", "kind": "percent", "percent": "5", "hours": "25:00-26:00"}, "hours"),
        ({"label": "x", "kind": "percent", "percent": "5", "weekdays": ["noday"]}, "weekdays"),
        ({"label": "x", "kind": "percent", "percent": "5", "until": "2026-02-30"}, "until"),
        ({"label": "x", "kind": "percent", "percent": "5", "single_use": True}, "coupon"),
        ({"label": "x", "kind": "percent", "percent": "5", "colour": "red"}, "no such field"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_place(table, where) -> None:
    with pytest.raises(Refused) as caught:
        promotion_from(table, "EUR")
    assert caught.value.code == "promotion_bad"
    assert where in str(caught.value.facts["where"])


def test_a_file_holds_several(tmp_path: Path) -> None:
    path = tmp_path / "offers.toml"
    path.write_text(
        '[[promotion]]\nlabel = "Frühstück für 2"\nkind = "bundle"\nprice = 5.90\n'
        'part = ["C, T", "department:Bakery * 2"]\nweekdays = ["mon", "fri"]\n'
        'hours = "7:00-10:30"\n[[promotion]]\nlabel = "5 off"\nkind = "spend"\nspend = 40\n'
        "amount = 5\n",
        encoding="utf-8",
    )
    one, two = read_file(path, "EUR")
    assert (one.promotion_id, one.value, one.weekdays) == ("fruhstuck-fur-2", 590, (1, 5))
    assert (one.from_minute, one.to_minute) == (420, 630)
    assert one.goods == (
        Goods(frozenset({"C", "T"})), Goods(frozenset(), frozenset({"Bakery"}), 2),
    )  # fmt: skip
    assert (two.kind, two.spend, two.value) == (Kind.SPEND_AMOUNT, 4_000, 500)
    path.write_text("[[promotion]]\nlabel = 3 for 2\n", encoding="utf-8")
    with pytest.raises(Refused, match="promotion_file_unreadable"):
        read_file(path, "EUR")
    assert slug("  ") == ""


def test_the_command_adds_looks_lists_and_ends(database: Database) -> None:
    def run(*words: str) -> str:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pos_app", "hub", "promotion", *words),
                *("--database", database.url),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else f"refused: {done.stderr}"

    wanted = ("add", "3 for 2", "--kind", "n-for-m", "--buy", "3", "--pay", "2", "--sku", "A")
    assert "nothing was changed" in run(*wanted, "--dry-run")
    assert json.loads(run("list", "--json")) == []
    (added,) = json.loads(run(*wanted, "--json"))
    assert (added["done"], added["not in the catalogue"]) == ("new", "A")
    (listed,) = json.loads(run("list", "--json"))
    assert (listed["id"], listed["what"], listed["running"]) == ("3-for-2", "3 for 2", True)
    assert "3-for-2 ends" in run("end", "3-for-2")
    assert json.loads(run("list", "--json")) == []
    assert "refused: No promotion 3-for-2" in run("end", "3-for-2")
