"""What `packaging/CHANNELS.md` shows works as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sync.hub.channels.mapping import KINDS
from sync.hub.channels.standard import Standard
from sync.hub.database import Connection, Database
from tests.hub.channels.deliveries import known_shop
from tests.hub.channels.test_deliveries import counted, waited
from tests.hub.orders.ordering import stocked
from tests.hub.processes import serving
from tests.hub.tills import HandClock

PAGE = (Path(__file__).resolve().parents[3] / "packaging" / "CHANNELS.md").read_text("utf-8")


def test_the_example_delivers_an_order(database: Database, books: Connection) -> None:
    wanted = ("bash", "curl", "openssl", "od")
    missing = [name for name in wanted if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not on this machine: {', '.join(missing)}")
    stocked(books, HandClock(), **{"100234": 3})
    secret = known_shop(books)
    (script,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    with serving(database) as hub:
        script = script.replace("whsec_...", secret).replace("http://127.0.0.1:8470", hub.url)
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.stdout, done.returncode) == ('{"kept":true}', 0), done.stderr
        waited(lambda: counted(books, "SELECT count(*) FROM order_part") == 1)
    rows = books.text("SELECT external_name, total, due FROM customer_order")
    assert rows == [("W-1001", 1_125, 0)]


def test_the_page_names_what_there_is() -> None:
    told = Standard.__doc__ or ""
    for option in re.findall(r"`([a-z]+_path)`", told):
        assert f"{option}=" in PAGE, option
    for kind in KINDS:
        assert kind in PAGE, kind
