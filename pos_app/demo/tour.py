"""The tour: the real window through a trading day with an outage at noon, and the proof of it.

It leaves a picture of each screen, the receipts, and `report.json`, whose figures come from the
journals, the papers and the hub's books, each read by itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pos_app.demo.shop import DemoShop, people
from pos_app.domain.errors import PosError
from sync.protocol import Refunded, Sale, Voided, decode_fact
from sync.proxy import FaultProxy

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = re.compile(r"^(?:Receipt|Void)\s+(\S+)$", re.MULTILINE)
DIFFERENCES = ("money_difference", "stock_difference")


def play_tour(folder: Path) -> int:
    """Plays the day into `folder` (emptied first); 0 only when the hub agrees with the tills."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shop = DemoShop(folder / "shop")
    told = ""
    try:
        shop.open(0)
        try:
            _play_day(shop, folder)
        except PosError as stuck:
            told = str(stuck)
        report = count(shop) | {"stopped": told}
    finally:
        shop.close()
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    agreed = agrees(report)
    print(json.dumps({name: report[name] for name in report if name != "stopped"}))
    if told:
        print(f"The tour stopped: {told}")
    print(
        f"{'The hub agrees with the tills' if agreed else 'THE HUB DOES NOT AGREE'}: "
        f"pictures, receipts and report.json are in {folder}"
    )
    return 0 if agreed else 1


def agrees(report: dict[str, Any]) -> bool:
    """True when nothing differs, everything sold was printed and the day went to its end."""
    sold = report["sales_made"]
    return bool(
        sold
        and not report["stopped"]
        and report["receipts_printed"] == sold
        and report["sales_at_hub"] == sold
        and not any(report[name] for name in DIFFERENCES)
    )


def _play_day(shop: DemoShop, folder: Path) -> None:
    """Both tills' day: the first through its window, the second beside it through `play`."""
    from pos_app.app import build_window
    from pos_app.demo.day import Day
    from pos_app.demo.hand import Hand

    hub = urlsplit(shop.url)
    proxy = FaultProxy(hub.hostname or "127.0.0.1", hub.port or 80)
    with ExitStack() as after:
        after.callback(proxy.close)
        os.environ["HOLDFAST_HUB"] = proxy.url
        after.callback(os.environ.pop, "HOLDFAST_HUB", None)
        window = build_window(shop.till(1), offscreen=True)
        after.callback(window.close)
        day = Day(Hand(window, folder), people(), proxy)
        day.morning()
        day.outage()
        second = _second_till(shop, folder)
        day.afternoon()
        if second.wait() != 0:
            day.hand.picture("stuck")
        day.evening()
    _copy_receipts(shop, folder)


def _second_till(shop: DemoShop, folder: Path) -> subprocess.Popen[bytes]:
    """The second till's day, in a process of its own, straight to the hub."""
    played = files("resources").joinpath("demo", "second_till.toml")
    with (folder / "till-2.jsonl").open("wb") as out:
        command = [sys.executable, "-m", "pos_app", "play", str(played)]
        command += ["--data", str(shop.till(2)), "--hub", shop.url]
        surroundings = {k: v for k, v in os.environ.items() if k != "HOLDFAST_HUB"}
        return subprocess.Popen(command, stdout=out, stderr=out, env=surroundings)


def _copy_receipts(shop: DemoShop, folder: Path) -> None:
    for number in (1, 2):
        shutil.copytree(shop.till(number) / "receipts", folder / f"receipts-till-{number}")


def count(shop: DemoShop) -> dict[str, Any]:
    """What the tills' journals, their printed papers and the hub's books say, side by side."""
    from pos_app.store.keys import Keys
    from pos_app.store.reader import JournalReader

    sales: set[str] = set()
    papers: set[str] = set()
    money: Counter[str] = Counter()
    stock: Counter[str] = Counter()
    for number in (1, 2):
        data = shop.till(number)
        reader = JournalReader(data, Keys.load(data).db_key)
        for entry in reader.entries((0, 0), 1_000_000, 1 << 40):
            fact = decode_fact(entry.body)
            if isinstance(fact, Sale):
                sales.add(fact.doc_no)
            if isinstance(fact, Sale | Voided | Refunded):
                money["total"] += fact.total
                money["tax"] += fact.tax
                for payment in fact.payments:
                    money[f"tender {payment.tender}"] += payment.amount
                for line in fact.lines:
                    if not line.custom:
                        stock[line.sku] -= line.qty
        for paper in (data / "receipts").glob("*.txt"):
            papers.update(NUMBER.findall(paper.read_text(encoding="utf-8")))
    hub = shop.report()
    booked = Counter({"total": hub["total"], "tax": hub["tax"]})
    booked.update({f"tender {code}": amount for code, amount in hub["by_tender"].items()})
    return {
        "sales_made": len(sales),
        "receipts_printed": len(sales & papers),
        "sales_at_hub": hub["sales"],
        "money_difference": _apart(money, booked),
        "stock_difference": _apart(stock, Counter(hub["stock"])),
        "voids_at_hub": hub["voids"],
        "exceptions_at_hub": len(hub["exceptions"]),
        "quarantined_at_hub": hub["quarantined"],
        "total": hub["total"],
    }


def _apart(one: Counter[str], other: Counter[str]) -> int:
    """The sum of all differences, so that two of them can never cancel each other out."""
    return sum(abs(one[name] - other[name]) for name in set(one) | set(other))
