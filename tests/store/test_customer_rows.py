"""The index of customers and their rows say the same, whatever the hub tells in whatever order."""

from __future__ import annotations

import random
from contextlib import closing

import pytest
from sqlcipher3 import dbapi2

from pos_app.store import customer_rows, replica_schema
from sync.protocol.customers import EMAIL, PHONE, Contact, CustomerRow


def told(chance: random.Random, version: dict[str, int]) -> CustomerRow:
    """Somebody of three as they are by now, or joined with somebody else."""
    customer = f"c-{chance.randrange(3)}"
    version[customer] = version.get(customer, 0) + 1
    first, last = chance.choice(("Mia", "M.", "Sara")), chance.choice(("Korhonen", "Aalto"))
    contacts = (
        Contact(EMAIL, f"{first}.{last}@post.example".lower()),
        Contact(PHONE, f"+35840{chance.randrange(10**7):07d}"),
    )
    return CustomerRow(
        *(customer, version[customer], f"{first} {last}", contacts[: chance.randint(0, 2)]),
        merged_into="c-x" if chance.random() < 0.3 else "",
    )


@pytest.mark.parametrize("seed", range(60))
def test_each_word_of_each_row_is_found_and_no_other(seed: int) -> None:
    """A number used twice once lost a row here: an index that overwrites does not bear that."""
    chance, version = random.Random(seed), dict[str, int]()
    with closing(dbapi2.connect(":memory:", isolation_level=None)) as connection:
        for statement in replica_schema.create_statements():
            if "customer" in statement or "people" in statement:
                connection.execute(statement)
        for _turn in range(40):
            connection.execute("BEGIN")
            rows = [told(chance, version) for _each in range(chance.randint(1, 2))]
            customer_rows.change(connection, rows)
            connection.execute("COMMIT")
            wanted: dict[str, set[int]] = {}
            for number, body in connection.execute("SELECT id, body FROM customer"):
                (row,) = customer_rows.every([(body,)])
                for word in customer_rows.indexed_text(row).split():
                    wanted.setdefault(word, set()).add(number)
            for word, numbers in wanted.items():
                found = connection.execute(customer_rows.MATCHES, (f'"{word}"', 99)).fetchall()
                assert {number for (number,) in found} == numbers
