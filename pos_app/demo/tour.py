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
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pos_app.demo.shop import MEMBER, POINTS_GIVEN, DemoShop, demo_data, people
from pos_app.domain.errors import PosError, Unavailable
from pos_app.domain.returns import SELLABLE
from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from pos_app.store.reads import LEDGER_FILE
from pos_app.till import training
from sync.protocol import (
    AnyFact,
    EarnReversed,
    Refunded,
    ReservationStepped,
    RightUsed,
    Sale,
    ValueEarned,
    Voided,
    decode_fact,
)
from sync.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtCore import QMessageLogContext, QtMsgType

NUMBER = re.compile(r"^(?:Receipt|Void|Refund|Exchange)\s+(\S+)$", re.MULTILINE)
DIFFERENCES = ("money_difference", "stock_difference", "card_difference", "points_difference")
SCREENS = {"customer": (1920, 1024, 600), "main": (0, 1920, 1080)}
"""The till's screen and the customer's: where it begins, width and height."""
BADGES = 3
"""So many of the demo's people have a badge."""
COMES_BACK = 2
"""Which sale of the second till comes back at the first."""


def play_tour(folder: Path) -> int:
    """Plays the day into `folder` (emptied first); 0 only when the hub agrees with the tills."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _two_screens(folder)
    shop = DemoShop(folder / "shop")
    told = ""
    try:
        shop.open(0)
        try:
            _play_day(shop, folder)
        except PosError as stuck:
            told = str(stuck)
        report = count(shop, folder / "terminal.jsonl") | {"stopped": told}
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
        and report["refunds_at_hub"] == report["refunds_made"]
        and report["orders_at_hub"] == report["orders_handed_over"]
        and not report["training_at_hub"]
        and not any(report[name] for name in DIFFERENCES)
    )


def _two_screens(folder: Path) -> None:
    """No display is needed for either; Qt is told of them by a file."""
    from PySide6.QtCore import qInstallMessageHandler

    rows = [
        {"name": name, "x": x, "y": 0, "width": width, "height": height, "logicalDpi": 96, "dpr": 1}
        for name, (x, width, height) in SCREENS.items()
    ]
    file = folder / "screens.json"
    file.write_text(json.dumps({"screens": rows}), encoding="utf-8")
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={file}"
    qInstallMessageHandler(_said_by_qt)


def _said_by_qt(_kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
    """What Qt says goes on, but that a window without a display cannot be put before others."""
    if "raise()" not in text:
        print(text, file=sys.stderr)


def _play_day(shop: DemoShop, folder: Path) -> None:
    """Both tills' day: the first through its window, the second beside it through `play`."""
    from pos_app.app import application, build_window
    from pos_app.demo.cards import SILENT_S, Terminal
    from pos_app.demo.day import Day
    from pos_app.demo.doing import Doing
    from pos_app.demo.hand import Hand

    data, staff = shop.till(1), people()
    badges = shop.badges([each.name for each in staff[:BADGES]])
    hub = urlsplit(shop.url)
    with ExitStack() as after:
        proxy = FaultProxy(hub.hostname or "127.0.0.1", hub.port or 80)
        after.callback(proxy.close)
        os.environ["HOLDFAST_HUB"] = proxy.url
        after.callback(os.environ.pop, "HOLDFAST_HUB", None)
        terminal = Terminal(folder)
        after.callback(terminal.close)
        settings = Settings.load(data)
        settings = replace(settings, terminal=terminal.address, terminal_silent_s=SILENT_S)
        settings = replace(settings, theme="light", speaker="none", lock_after_s=0)
        replace(settings, display="screen").save(data)
        application(data)
        hand = Hand(lambda: build_window(data), folder)
        after.callback(hand.close)
        store = str(demo_data()["store"]["store"])
        day = Day(Doing(hand, staff, badges), proxy, shop.url, store)
        day.morning()
        day.outage()
        second = _second_till(shop, folder)
        # While this till is cut off, the other one asks for points that are kept for it.
        hand.wait_for("the other till's no", lambda: _said(folder, "use_points"), 120)
        day.afternoon()
        if second.wait() != 0:
            raise Unavailable("demo_step_failed", step="play", told=_last_line(folder))
        day.later(_receipt_of_second(folder))
        _comes_back_twice(shop, folder)
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


def _said(folder: Path, step: str) -> bool:
    """True once the second till has come to that step, or to its end."""
    told = (folder / "till-2.jsonl").read_text("utf-8")
    return f'"do": "{step}"' in told or '"ok": false' in told


def _last_line(folder: Path) -> str:
    return (folder / "till-2.jsonl").read_text("utf-8").splitlines()[-1]


def _receipt_of_second(folder: Path) -> str:
    """The number of a sale that the second till said it made."""
    rows = [json.loads(line) for line in (folder / "till-2.jsonl").read_text("utf-8").splitlines()]
    made = [row["doc_no"] for row in rows if row["do"] == "pay" and "doc_no" in row]
    return str(made[COMES_BACK - 1])


def _comes_back_twice(shop: DemoShop, folder: Path) -> None:
    """What the first till took back, the second one takes back too: its line was cut meanwhile.

    Nobody there could know. The hub does when it hears of it, and has a person look at it.
    """
    number, surroundings = _receipt_of_second(folder), {**os.environ}
    surroundings.pop("HOLDFAST_HUB", None)
    taken = [
        fact
        for fact in _facts(shop.till(1), LEDGER_FILE)
        if isinstance(fact, Refunded) and fact.sale_doc == number
    ]
    who = people()[0]
    begin = f'[[step]]\ndo = "sign_in"\nwho = "{who.name}"\npin = "{who.pin}"\n'
    twice = begin + '[[step]]\ndo = "open_shift"\namount = 200\n'
    for row in taken[-1].lines:
        twice += f'[[step]]\ndo = "refund"\ndoc_no = "{number}"\nline = {row.of}\n'
        twice += 'reason = "faulty"\n'
    told = begin + '[[step]]\ndo = "wait_synced"\n'
    for name, steps, more in (("again", twice, ["--alone"]), ("told", told, ["--hub", shop.url])):
        file = folder / f"till-2-{name}.toml"
        file.write_text(steps, encoding="utf-8")
        command = [sys.executable, "-m", "pos_app", "play", str(file)]
        command += ["--data", str(shop.till(2)), *more]
        played = subprocess.run(
            command, env=surroundings, capture_output=True, text=True, check=False
        )
        if played.returncode:
            raise Unavailable("demo_step_failed", step="play", told=played.stdout[-400:])


def _copy_receipts(shop: DemoShop, folder: Path) -> None:
    for number in (1, 2):
        shutil.copytree(shop.till(number) / "receipts", folder / f"receipts-till-{number}")


def count(shop: DemoShop, terminal: Path) -> dict[str, Any]:
    """What journals, printed papers, the card terminal's log and the hub's books say, each apart."""
    from pos_app.demo.cards import charged

    sales: set[str] = set()
    refunds: set[str] = set()
    handed: set[str] = set()
    papers: set[str] = set()
    money: Counter[str] = Counter()
    stock: Counter[str] = Counter()
    by_card = 0
    for number in (1, 2):
        for fact in _facts(shop.till(number), LEDGER_FILE):
            if isinstance(fact, Sale):
                sales.add(fact.doc_no)
            if isinstance(fact, Refunded):
                refunds.add(fact.doc_no)
            if isinstance(fact, ReservationStepped) and fact.step == "COLLECTED":
                handed.add(fact.reservation)
            if isinstance(fact, Sale | Voided | Refunded):
                _add(fact, money, stock)
                if number == 1:
                    by_card += sum(each.amount for each in fact.payments if each.tender == "card")
        for paper in (shop.till(number) / "receipts").glob("*.txt"):
            papers.update(NUMBER.findall(paper.read_text(encoding="utf-8")))
    practised = [f.id for f in _facts(shop.till(1), training.FILE) if isinstance(f, Sale)]
    hub = shop.report()
    booked = Counter({"total": hub["total"], "tax": hub["tax"]})
    booked.update({f"tender {code}": amount for code, amount in hub["by_tender"].items()})
    return {
        "sales_made": len(sales),
        "receipts_printed": len(sales & papers),
        "sales_at_hub": hub["sales"],
        "refunds_made": len(refunds),
        "refunds_at_hub": hub["refunds"],
        "orders_handed_over": len(handed),
        "orders_at_hub": len(handed & shop.handed_over()),
        "money_difference": _apart(money, booked),
        "stock_difference": _apart(stock, Counter(hub["stock"])),
        "card_difference": abs(charged(terminal) - by_card) if terminal.exists() else by_card,
        "points_difference": _points_apart(shop),
        "training_sales": len(practised),
        "training_at_hub": shop.documents(practised),
        "voids_at_hub": hub["voids"],
        "exceptions_at_hub": len(hub["exceptions"]),
        "quarantined_at_hub": hub["quarantined"],
        "total": hub["total"],
    }


def _facts(data: Path, ledger: str) -> Iterator[AnyFact]:
    """Everything a ledger's journal holds; nothing where there is none."""
    if not (data / ledger).exists():
        return
    with JournalReader(data / ledger, Keys.load(data).db_key) as reader:
        for entry in reader.entries((0, 0), 1_000_000, 1 << 40):
            yield decode_fact(entry.body)


def _add(fact: Sale | Voided | Refunded, money: Counter[str], stock: Counter[str]) -> None:
    """What a document moves: money by tender, and goods; a damaged one goes back on no shelf."""
    money["total"] += fact.total
    money["tax"] += fact.tax
    for payment in fact.payments:
        money[f"tender {payment.tender}"] += payment.amount
    for line in fact.lines:
        if not line.custom and getattr(line, "condition", SELLABLE) == SELLABLE:
            stock[line.sku] -= line.qty


def _points_apart(shop: DemoShop) -> int:
    """How far the member's points at the hub are from what the tills' journals say of them."""
    told = POINTS_GIVEN
    for number in (1, 2):
        for fact in _facts(shop.till(number), LEDGER_FILE):
            if isinstance(fact, ValueEarned | EarnReversed | RightUsed) and fact.kind == "points":
                told += fact.amount if isinstance(fact, ValueEarned) else -fact.amount
    return abs(shop.points(MEMBER) - told)


def _apart(one: Counter[str], other: Counter[str]) -> int:
    """The sum of all differences, so that two of them can never cancel each other out."""
    return sum(abs(one[name] - other[name]) for name in set(one) | set(other))
