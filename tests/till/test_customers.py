"""Customers at a till: found, attached, changed, and nothing of them left where it must not be."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from pos_app.domain.basket import Override, discount_line, override_price
from pos_app.domain.errors import PosError, Refused
from pos_app.domain.tender import Payment
from pos_app.play.hands import Hands
from pos_app.play.steps import read_play
from pos_app.store.replica import ReplicaWriter
from pos_app.till import Till, checkout, customers, rights
from sync.protocol import ConsentNoted, ContactsShown, PriceRow, PromotionRow, Sale
from sync.protocol.customers import (
    CARD,
    EMAIL,
    PHONE,
    Contact,
    CustomerAsk,
    CustomerFields,
    CustomerReply,
    CustomerRow,
)
from tests.till.conftest import Counter
from tests.till.customer_data import ALL, GUEST, JOKINEN, SARA, tell
from tests.till.shop import CODES, COFFEE, SCARF, feed

Open = Callable[..., Counter]


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A shop whose hub told of four customers."""
    data = Path(shutil.copytree(made, tmp_path / "till"))
    tell(data, *ALL)
    return data


def names(rows: list[CustomerRow]) -> list[str]:
    return [row.name for row in rows]


def hear(till: Till, ask_id: str, reply: CustomerReply, status: int = 200) -> bool:
    body = msgspec.json.encode(reply).decode()
    return till.hear({"op": "answer", "id": ask_id, "status": status, "body": body})


def asked(till: Till, ask_id: str) -> CustomerAsk:
    question = till.ledger.question(ask_id)
    assert question is not None
    assert question.path == rights.CUSTOMERS
    return msgspec.json.decode(question.body, type=CustomerAsk)


# --- finding --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sara", ["Sara Lindqvist", "Sara Jokinen"]),
        ("sar lind", ["Sara Lindqvist"]),
        ("saa", ["Saara Niemi"]),
        ("4410", ["Sara Lindqvist", "S. Lindqvist"]),
        ("040 123", ["Sara Lindqvist", "S. Lindqvist"]),
        ("+358 40 1234410", ["Sara Lindqvist", "S. Lindqvist"]),
        ("sara@post", ["Sara Lindqvist"]),
        ("JOKINEN@POST.FI", ["Sara Jokinen"]),
        ("hf-7788", ["Sara Lindqvist"]),
        ("8812", ["Sara Lindqvist"]),
        ("töölö", []),
        ("44", []),
        ("", []),
        ('" OR *', []),
        ("x" * 10_000, []),
        ("\u202esara", ["Sara Lindqvist", "Sara Jokinen"]),
    ],
)
def test_a_customer_is_found_by_what_they_say(
    counter: Counter, typed: str, found: list[str]
) -> None:
    counter.swap("ben")
    assert names(customers.search(counter.till, typed)) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sara", ["Sara Lindqvist", "Sara Jokinen"]),
        ("sar", []),
        ("lindqvist", ["Sara Lindqvist", "S. Lindqvist"]),
        ("sara@post.fi", ["Sara Lindqvist"]),
        ("4410", ["Sara Lindqvist", "S. Lindqvist"]),
        ("441", []),
    ],
)
def test_a_cashier_finds_whole_names_and_ends_of_numbers(
    counter: Counter, typed: str, found: list[str]
) -> None:
    assert names(customers.search(counter.till, typed)) == found


def test_who_hands_orders_over_reads_names_alone(counter: Counter) -> None:
    counter.swap("pia")
    assert customers.level(counter.till) == customers.NAMES
    assert names(customers.search(counter.till, "sara lindqvist")) == ["Sara Lindqvist"]
    assert customers.search(counter.till, "sara lind") == []
    with pytest.raises(Refused, match="not_allowed"):
        customers.attach(counter.till, checkout.start(counter.till), SARA)


@pytest.mark.parametrize("code", ["HF-7788-8812", "hf77888812", " HF 7788 8812 "])
def test_a_card_is_its_holders(counter: Counter, code: str) -> None:
    found = customers.by_card(counter.till, code)
    assert found is not None
    assert found.customer == "c-sara"
    assert customers.by_card(counter.till, "HF-7788-881") is None
    assert customers.by_card(counter.till, "sara") is None


# --- attaching ------------------------------------------------------------------------------


def with_friends_price(counter: Counter) -> None:
    """The friends' list has a price for the scarf; who is a staff-friend gets 1 EUR off coffee."""
    from pos_app.store.keys import Keys

    till = counter.till
    with ReplicaWriter.open(till.data, Keys.load(till.data).db_key) as writer:
        _, pos = writer.cursors()["global"]
        price = PriceRow(SCARF, "friends", "EUR", (("", "", 1_500, 1_995),))
        rule = PromotionRow(
            *("p-1", 1, "Friends", "amount", 100),
            goods=(((COFFEE,), (), 1),),
            currency="EUR",
            groups=("staff-friends", "others"),
        )
        writer.apply(feed("global", pos, ("price", [price]), ("promotion", [rule])))
    till.hear({"op": "changed"})


def two_lines(till: Till) -> Any:
    basket, _ = checkout.scan(till, checkout.start(till), CODES[SCARF])
    return checkout.scan(till, basket, CODES[COFFEE])[0]


def test_an_attached_customer_pays_by_their_list_and_their_groups(counter: Counter) -> None:
    with_friends_price(counter)
    till = counter.till
    basket = two_lines(till)
    assert checkout.priced(till, basket).total == 1_995 + 749
    theirs = customers.attach(till, basket, SARA)
    assert checkout.priced(till, theirs).total == 1_500 + 649
    more, _ = checkout.scan(till, theirs, CODES[SCARF])
    assert more.lines[0].qty == 2_000, "what is scanned later costs the same"
    assert checkout.priced(till, customers.detach(till, more)).total == 2 * 1_995 + 749
    other = customers.attach(till, theirs, JOKINEN)
    assert checkout.priced(till, other).total == 1_995 + 749


def test_what_a_person_priced_stays(counter: Counter) -> None:
    with_friends_price(counter)
    till = counter.till
    basket = two_lines(till)
    basket = override_price(basket, 1, Override(0, "scratch", "ana"), 1_000)
    theirs = customers.attach(till, basket, SARA)
    line = theirs.lines[0]
    assert (line.unit_price, line.price_list) == (1_000, "friends")
    assert line.override is not None
    assert line.override.price_from == 1_500
    assert discount_line(theirs, 2, None).customer is not None


def test_a_sale_names_its_customer_by_the_id_alone(counter: Counter) -> None:
    with_friends_price(counter)
    till = counter.till
    basket = customers.attach(till, two_lines(till), SARA, "card")
    total = checkout.priced(till, basket).total
    done = checkout.complete(till, basket, (Payment("cash", total, total, 0),))
    sale = till.ledger.sale(done.sale.id)
    assert isinstance(sale, Sale)
    assert (sale.customer, sale.groups) == ("c-sara", ["staff-friends"])
    body = till.ledger.connection.execute("SELECT group_concat(body) FROM journal").fetchone()[0]
    for word in (b"Lindqvist", b"sara@", b"8812", b"4410"):
        assert word not in (body if isinstance(body, bytes) else str(body).encode())
    assert [fact.id for fact in till.view.customer_facts("c-sara", 5)] == [sale.id]
    assert till.view.lately_named(5) == ["c-sara"]


def test_the_basket_keeps_its_customer_over_a_power_cut(counter: Counter, opened: Open) -> None:
    till = counter.till
    basket = customers.attach(till, two_lines(till), SARA)
    checkout.keep(till, basket, ())
    again = opened().till.ledger.open_basket()
    assert again is not None
    assert again[0].customer == basket.customer
    empty = customers.attach(till, checkout.start(till), SARA)
    assert empty.customer is not None
    assert empty.customer.name == "Sara Lindqvist"


def test_nobody_else_comes_into_a_sale_that_is_being_paid(counter: Counter) -> None:
    till = counter.till
    basket = two_lines(till)
    with pytest.raises(Refused, match="customer_after_payment"):
        customers.attach(till, basket, SARA, paid=True)
    with pytest.raises(Refused, match="customer_erased"):
        customers.attach(till, basket, CustomerRow("c-x", 9, erased=True))


# --- changing -------------------------------------------------------------------------------


def test_somebody_new_is_known_here_at_once_and_offline(counter: Counter) -> None:
    till = counter.till
    counter.line.connected = False
    fields = CustomerFields("Mia Korhonen", (Contact(EMAIL, " Mia@Post.FI "),), member=True)
    customer, ask_id = customers.save(till, fields)
    assert customers.state_of(till, ask_id) == "queued"
    assert asked(till, ask_id).fields == CustomerFields(
        "Mia Korhonen", (Contact(EMAIL, "mia@post.fi", "store"),), member=True
    )
    row = customers.get(till, customer)
    assert row is not None
    assert (row.name, row.member, row.version) == ("Mia Korhonen", True, 0)
    assert names(customers.search(till, "korhonen")) == ["Mia Korhonen"]
    assert names(customers.search(till, "mia@post.fi")) == ["Mia Korhonen"]
    basket = customers.attach(till, two_lines(till), row, "new")
    assert basket.customer is not None
    assert basket.customer.account == customer


def every_row(till: Till) -> bytes:
    """Each value of each table of the ledger."""
    found = b""
    connection = till.ledger.connection
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    for table in tables:
        for row in connection.execute(f"SELECT * FROM {table}"):
            for value in row:
                found += value if isinstance(value, bytes) else str(value).encode()
    return found


def test_an_answered_question_leaves_nothing_of_a_person(counter: Counter, data: Path) -> None:
    till = counter.till
    fields = CustomerFields("Mia Korhonen", (Contact(PHONE, "040 555 1234"),))
    customer, ask_id = customers.save(till, fields)
    assert b"Korhonen" in every_row(till)
    row = CustomerRow(
        customer, 1, "Mia Korhonen", (Contact(PHONE, "+358405551234"),), since="2026-11-25"
    )
    assert hear(till, ask_id, CustomerReply(ask_id, "DONE", row=row, kept=("language",)))
    question = till.ledger.question(ask_id)
    assert question is not None
    assert (question.body, question.answer, question.status) == (b"", b"", 200)
    assert customers.state_of(till, ask_id) == "done"
    reply = customers.reply_to(till, ask_id)
    assert reply is not None
    assert reply.kept == ("language",)
    shown = customers.get(till, customer)
    assert shown == row, "it counts before the feed brings it"
    assert b"Korhonen" in every_row(till), "as a row that waits for the feed"
    tell(data, row)
    till.hear({"op": "changed"})
    assert b"Korhonen" not in every_row(till)
    assert b"5551234" not in every_row(till)
    assert customers.get(till, customer) == row


def test_an_older_row_of_the_feed_does_not_undo_an_answer(counter: Counter, data: Path) -> None:
    till = counter.till
    counter.swap("ben")
    _, ask_id = customers.save(till, CustomerFields("Sara Lind"), customer="c-sara", base=3)
    row = customers.get(till, "c-sara")
    assert row is not None
    assert row.name == "Sara Lind"
    assert row.points == 1_240
    hear(
        till, ask_id, CustomerReply(ask_id, "DONE", row=replace(SARA, version=5, name="Sara Lind"))
    )
    tell(data, replace(SARA, version=4, name="Sara Other"))
    till.hear({"op": "changed"})
    assert customers.get(till, "c-sara") == replace(SARA, version=5, name="Sara Lind")
    assert names(customers.search(till, "sara lind")) == ["Sara Lind"]


def test_a_refusal_is_told_and_wiped(counter: Counter) -> None:
    till = counter.till
    customer, ask_id = customers.save(till, CustomerFields("Mia Korhonen"))
    assert hear(till, ask_id, CustomerReply(ask_id, "REFUSED", "customer_unknown"))
    assert customers.state_of(till, ask_id) == "customer_unknown"
    assert b"Korhonen" not in every_row(till)
    assert customers.get(till, customer) is None
    _, second = customers.save(till, CustomerFields("Mia Korhonen"))
    assert (
        till.hear({"op": "answer", "id": second, "status": 0, "code": "hub_unreachable"}) is False
    )
    assert customers.state_of(till, second) == "asked"
    assert till.hear({"op": "answer", "id": second, "status": 200, "body": "not json"}) is False
    assert till.hear({"op": "answer", "id": second, "status": 403, "code": "not_yours"})
    assert b"Korhonen" not in every_row(till)


def test_a_consent_is_a_fact_and_counts_at_once(counter: Counter) -> None:
    till = counter.till
    customers.consent(till, "c-sara", "tips", "no", "tips-1")
    row = customers.get(till, "c-sara")
    assert row is not None
    said = {each.purpose: each for each in row.consents}
    assert (said["tips"].state, said["tips"].source) == ("no", "till 2")
    (fact,) = till.view.customer_facts("c-sara", 5)
    assert isinstance(fact, ConsentNoted)
    assert (fact.purpose, fact.state, fact.text, fact.actor) == ("tips", "no", "tips-1", "ana")
    with pytest.raises(Refused, match="consent_unknown"):
        customers.consent(till, "c-sara", "telepathy", "yes")


def test_what_was_said_later_elsewhere_stands(counter: Counter, data: Path) -> None:
    from sync.protocol.customers import Consent

    till = counter.till
    customers.consent(till, "c-sara", "tips", "no")
    later = Consent("tips", "yes", "2026-11-25T11:00:00.000Z", "web checkout")
    tell(data, replace(SARA, version=9, consents=(later,)))
    till.hear({"op": "changed"})
    row = customers.get(till, "c-sara")
    assert row is not None
    assert row.consents == (later,)


def test_a_look_at_an_address_is_kept_before_it_is_shown(counter: Counter) -> None:
    till = counter.till
    with pytest.raises(Refused, match="needs_manager"):
        customers.contacts_shown(till, "c-sara")
    counter.swap("ben")
    customers.contacts_shown(till, "c-sara")
    (fact,) = till.view.customer_facts("c-sara", 5)
    assert isinstance(fact, ContactsShown)
    assert (fact.customer, fact.actor) == ("c-sara", "ben")


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        (Contact(EMAIL, "sara@post.fi"), "s•••@post.fi"),
        (Contact(PHONE, "+358401234410"), "+358 •• ••• 4410"),
        (Contact(PHONE, "12345"), "•• ••• 2345"),
        (Contact(CARD, "HF-7788-8812"), "•8812"),
    ],
)
def test_a_masked_contact_says_only_its_ends(contact: Contact, shown: str) -> None:
    assert customers.masked(contact).value == shown


HOSTILE = [
    "\u202eevil\u202c",
    "a\x00b\x1b[31m",
    "<b onmouseover=x>Sara</b>",
    "=HYPERLINK(1)",
    "x" * 10_000,
    "Robert'); DROP TABLE customer;--",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_notes_are_only_text(counter: Counter, text: str) -> None:
    till = counter.till
    counter.swap("ben")
    customer, ask_id = customers.save(till, CustomerFields(text))
    fields = asked(till, ask_id).fields
    assert fields is not None
    assert fields.name
    assert len(fields.name) <= 120
    assert fields.name.isprintable()
    row = customers.get(till, customer)
    assert row is not None
    note = customers.note(till, customer, text)
    assert len(asked(till, note).text) <= 1_000
    assert asked(till, note).text.isprintable()
    customers.search(till, text)


@pytest.mark.parametrize("number", ["4111 1111 1111 1111", "5500-0000-0000-0004"])
def test_no_card_number_gets_in(counter: Counter, number: str) -> None:
    till = counter.till
    counter.swap("ben")
    for act in (
        lambda: customers.save(till, CustomerFields(f"Sara {number}")),
        lambda: customers.save(till, CustomerFields("S", (Contact(CARD, number),))),
        lambda: customers.note(till, "c-sara", f"card {number}"),
        lambda: customers.support(till, "c-sara", number),
        lambda: customers.mail_receipt(till, "s-1", f"{number.replace(' ', '')}@x.example"),
    ):
        with pytest.raises(PosError, match="text_is_card_number"):
            act()
    assert till.ledger.open_questions() == []


@pytest.mark.parametrize(
    "contact",
    [
        Contact(EMAIL, "sara"),
        Contact(EMAIL, "a@b@c"),
        Contact(PHONE, "12"),
        Contact(PHONE, "call me"),
        Contact(CARD, " "),
    ],
)
def test_what_reaches_nobody_is_no_contact(counter: Counter, contact: Contact) -> None:
    with pytest.raises(Refused, match="contact_unfit"):
        customers.save(counter.till, CustomerFields("Sara", (contact,)))


def test_two_that_are_one_are_joined_by_who_may(counter: Counter, data: Path) -> None:
    till = counter.till
    with pytest.raises(Refused, match="needs_manager"):
        customers.merge(till, "c-sara", "c-guest")
    counter.swap("ben")
    ask_id = customers.merge(till, "c-sara", "c-guest")
    assert (asked(till, ask_id).other, asked(till, ask_id).base) == ("c-guest", 3)
    row = customers.get(till, "c-sara")
    assert row is not None
    assert row.proposals == ()
    tell(data, replace(GUEST, version=2, merged_into="c-sara"), replace(SARA, version=4))
    till.hear({"op": "changed"})
    merged = customers.get(till, "c-guest")
    assert merged is not None
    assert merged.customer == "c-sara"
    assert names(customers.search(till, "lindqvist")) == ["Sara Lindqvist"]
    tell(data, replace(GUEST, version=3))
    till.hear({"op": "changed"})
    assert len(customers.search(till, "lindqvist")) == 2, "split again"


# --- played ---------------------------------------------------------------------------------


def test_a_play_does_all_of_it(counter: Counter, tmp_path: Path) -> None:
    counter.swap("ben")
    hands = Hands(counter.till)
    file = tmp_path / "day.toml"
    file.write_text(
        f"""
step = [
  {{do = "find_customer", text = "sara", first = "Sara Lindqvist"}},
  {{do = "scan", code = "{CODES[SCARF]}"}},
  {{do = "attach_customer", who = "HF-7788-8812"}},
  {{do = "detach_customer"}},
  {{do = "save_customer", name = "Mia K", email = "mia@x.example", attach = true}},
  {{do = "save_customer", who = "Mia K", phone = "0401234567"}},
  {{do = "note_consent", who = "Sara Lindqvist", purpose = "tips", state = "no"}},
  {{do = "note_customer", who = "Sara Lindqvist", text = "Likes tea"}},
  {{do = "note_customer", who = "Sara Lindqvist", text = "Lost parcel", support = true}},
  {{do = "settle_support", who = "Sara Lindqvist", number = "T-1"}},
  {{do = "merge_customers", who = "Sara Lindqvist", other = "S. Lindqvist"}},
  {{do = "merge_customers", who = "Sara Lindqvist", other = "c-guest", undo = true}},
  {{do = "show_contacts", who = "Sara Lindqvist"}},
  {{do = "pay"}},
  {{do = "mail_receipt", who = "Sara Lindqvist"}},
  {{do = "customer_data", who = "Sara Lindqvist", what = "export", refused = "not_allowed"}},
]
""",
        "utf-8",
    )
    told: list[dict[str, Any]] = []
    for step in read_play(file).step:
        with pytest.raises(Refused, match=step.refused) if step.refused else nullcontext():
            told.append(hands.does(step) or {})
    assert told[2]["name"] == "Sara Lindqvist"
    assert told[6]["consents"] == {"tips": "no"}
    assert told[10]["other"] == "c-guest"
    assert told[12]["contacts"][0] == ["email", "sara@post.fi"]
    acts = [
        msgspec.json.decode(each.body, type=CustomerAsk).act
        for each in counter.till.ledger.open_questions_at(rights.CUSTOMERS)
    ]
    assert sorted(acts) == sorted(
        [*("save", "save", "note", "support", "support_state"), "merge", "unmerge", "mail_receipt"]
    )
    (sale,) = [
        fact
        for fact in counter.till.view.customer_facts(told[4]["customer"], 5)
        if isinstance(fact, Sale)
    ]
    assert sale.customer == told[4]["customer"]
