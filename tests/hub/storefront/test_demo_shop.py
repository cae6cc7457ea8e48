"""The demo shop: its own server, and its page in a real browser from the store's choice to the goods."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.hub import devices, schema
from sync.hub.answers import SystemClock, stamp
from sync.hub.database import Connection, Database, putting
from sync.hub.identity import load_keys
from sync.hub.orders import kept
from sync.hub.push import push
from sync.hub.stock import move_stock
from sync.protocol import Handling, ReservationStepped
from tests.hub.enrolled import enrolled
from tests.hub.journals import Journal
from tests.hub.processes import RunningHub, serving

HERE = Path(__file__).parent / "browser"
KEPT = Path(
    os.environ.get("HOLDFAST_TEST_BROWSER", "") or Path(__file__).parents[3] / "build/browser"
)
"""Where a browser is kept between runs."""
INSTALL_S = 240
PATIENCE_S = 120
_PRODUCT, _PRICE = putting(schema.product), putting(schema.price)


@pytest.fixture
def till(database: Database, books: Connection) -> Journal:
    """A store with shirts and a till."""
    journal = enrolled(books, 1, 0)
    with books.transaction():
        for place, name in enumerate(("Blue shirt", "Red shirt", "Lamp"), 1):
            sku = f"SKU-{place:05}"
            row = (sku, name, "M", "", "Clothes", "piece", "standard", 0, "shirt", True, "[]")
            books.run(_PRODUCT, row)
            books.run(_PRICE, (sku, "retail", "EUR", "", "", 1_999, 2_499))
        move_stock(books, "1", {"SKU-00001": 77_000}, stamp(SystemClock().now()))
    return journal


@pytest.fixture
def hub(database: Database, till: Journal) -> Iterator[RunningHub]:
    with serving(database, "--demo-shop") as running:
        yield running


class Store:
    """What the store's till tells the hub of an order."""

    def __init__(self, books: Connection, till: Journal) -> None:
        self.books, self.till = books, till
        self.sent = 0

    def step(self, order: str, step: str) -> None:
        (part,) = kept.parts_of(self.books, order)
        lines = tuple((line.sku, line.qty) for line in part.row.lines)
        fact = ReservationStepped(
            **self.till.stamp(),
            reservation=part.row.reservation,
            step=step,
            lines=() if step == "PICKING" else lines,
            handling=Handling(order, shelf="B3"),
        )
        self.till.append(fact)
        now = SystemClock().now()
        with self.books.transaction():
            device = devices.find(self.books, self.till.identity.device)
            assert device is not None
            push(self.books, device, self.till.push(self.sent + 1), load_keys(self.books), now)
        self.sent = self.till.seq


def test_without_the_option_there_is_no_shop(database: Database, till: Journal) -> None:
    with serving(database) as running:
        assert running.get("/demo-shop/").status_code == 404


def test_its_own_server_orders_and_draws_and_holds_the_secret(hub: RunningHub) -> None:
    page = hub.get("/demo-shop/")
    assert page.headers["content-security-policy"].startswith(
        "default-src 'none'; script-src 'self'"
    )
    assert hub.get("/demo-shop").headers["location"] == "/demo-shop/"
    assert hub.get("/demo-shop/icons/shirt.svg").headers["content-type"] == "image/svg+xml"
    for strange in ("icons/..%2f..%2fdemo%2fshop.svg", "icons/nothing.svg", "shop.toml"):
        assert hub.get(f"/demo-shop/{strange}").status_code == 404
    asked = {
        "id": "cart-1",
        "store": "1",
        "lines": [{"sku": "SKU-00001", "qty": 1_000}],
        "name": "Ada",
        "pay": "card",
    }
    at = hub.url + "/demo-shop/"
    made = httpx.post(at + "orders", json=asked)
    assert made.status_code == 200, made.text
    told = made.json()
    assert (told["total"], told["due"]) == (1_999, 0)
    assert httpx.post(at + "orders", json=asked).json()["order"] == told["order"]
    strange_page = {"sec-fetch-site": "cross-site"}
    assert httpx.post(at + "orders", json=asked, headers=strange_page).status_code == 403
    assert httpx.post(at + "orders", json={**asked, "card": "4111"}).status_code == 400
    assert httpx.post(at + "qr", content=b"https://evil.example").status_code == 400
    drawn = httpx.post(at + "qr", content=b"HFP1.abc.def")
    assert drawn.headers["content-type"] == "image/svg+xml"
    wrong = httpx.post(at + "cancel", json={"order": told["order"], "token": "ot_no"})
    assert wrong.status_code == 404
    off = httpx.post(at + "cancel", json={"order": told["order"], "token": told["token"]})
    assert off.json()["state"] == "cancelled"
    everything = page.text + hub.get("/demo-shop/config").text + made.text
    assert "sk_" not in everything


@pytest.fixture(scope="session")
def browser() -> Path:
    """A folder with a browser that Node can drive; skips with the reason where none is to be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js and npm are not here: the page is not opened in a browser")
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    KEPT.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", KEPT)
    if not all(_version(name) == version for name, version in wanted.items()):
        words = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock"]
        try:
            done = subprocess.run(
                words, cwd=KEPT, capture_output=True, text=True, timeout=INSTALL_S, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip("no browser came from the package registry in time")
        if done.returncode:
            pytest.skip(f"no browser came from the package registry: {done.stderr[-200:]}")
    return KEPT


def _version(name: str) -> str:
    with contextlib.suppress(FileNotFoundError):
        text = (KEPT / "node_modules" / name / "package.json").read_text(encoding="utf-8")
        return str(json.loads(text)["version"])
    return ""


class Customer:
    """Somebody at a browser."""

    def __init__(self, folder: Path, url: str, pictures: str) -> None:
        words = ["node", str(HERE / "visit.mjs"), url, str(folder), pictures]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.late = threading.Timer(PATIENCE_S, self.process.kill)
        self.late.start()

    def sees(self, what: str) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            said = self.process.stderr.read() if self.process.stderr else ""
            if "error while loading shared libraries" in said:
                pytest.skip(f"the browser does not run on this machine: {said[-300:]}")
            pytest.fail(f"no {what}: {said[-3_000:]}")
        told: dict[str, Any] = json.loads(line)
        assert told["what"] == what
        return told

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def leave(self) -> None:
        self.late.cancel()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def customer(browser: Path, hub: RunningHub) -> Iterator[Customer]:
    one = Customer(browser, hub.url, os.environ.get("HOLDFAST_TEST_PICTURES", ""))
    yield one
    one.leave()


@pytest.mark.slow
def test_a_customer_orders_in_a_browser_and_sees_it_become_ready_and_fetched(
    customer: Customer, books: Connection, till: Journal, browser: Path
) -> None:
    offered = customer.sees("offered")
    assert offered == {"what": "offered", "pill": "In this store", "gone": True, "pages": False}
    ordered = customer.sees("ordered")
    assert ordered["head"] == "Thank you: the store has your order"
    assert not ordered["wide"]
    order = ordered["hash"][1:].partition("/")[0]
    (part,) = kept.parts_of(books, order)
    assert (part.row.name, part.row.customer) == (ordered["name"], "Ada <b>Lovelace</b>")
    assert part.row.due == 1_999
    store = Store(books, till)
    shown: dict[str, dict[str, Any]] = {}
    for step in ("PICKING", "READY", "COLLECTED"):
        store.step(order, step)
        customer.go_on()
        shown[step] = customer.sees(step)
    assert not shown["PICKING"]["pass"]
    assert shown["READY"]["pass"]
    assert shown["READY"]["head"] == "Ready: come and fetch it"
    assert len(shown["READY"]["code"].replace(" ", "")) == 6
    assert shown["READY"]["due"] == "To pay in the store: €19.99"
    assert (shown["COLLECTED"]["pass"], shown["COLLECTED"]["done"]) == (False, 4)
    customer.go_on()
    end = customer.sees("end")
    assert end["wrong"] == []
    assert not end["unsafe"], "no script that is not the page's own runs there"
    assert (end["nameless"], end["small"]) == ([], [])
    api = {one for one in end["asked"] if "/v1/" in one}
    assert api == {
        "GET /v1/storefront/availability",
        "GET /v1/storefront/orders/ID",
        "GET /v1/storefront/products",
        "GET /v1/storefront/stores",
    }
    assert scanned(browser / "qr.png").startswith("HFP1.")


def scanned(picture: Path) -> str:
    """What a scanner reads from the screen."""
    import zxingcpp
    from PIL import Image

    with Image.open(picture) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))
    return str(found[0].text) if found else ""
