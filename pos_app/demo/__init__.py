"""`holdfast demo`: a hub, a store with two tills and a catalogue; opens the till, or its tour."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from pos_app import display
from pos_app.demo import orders
from pos_app.demo.shop import DemoShop, demo_data, people
from pos_app.domain.errors import Unavailable
from pos_app.settings import Settings
from pos_app.words import text_of

PORT = 8470
UNSEEN = ("offscreen", "minimal", "minimalegl")
"""What Qt draws on where it is told to draw for nobody."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command `demo`."""
    demo = subparsers.add_parser("demo", help="a hub, a store, two tills: open one, or the tour")
    demo.add_argument(
        "--data", type=Path, default=Path("build"), help="where the demo lives (default: build)"
    )
    demo.add_argument("--tour", action="store_true", help="play the tour even with a display")
    demo.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """The till's window where there is a display; otherwise the tour, whose status it returns."""
    if chosen.tour or not window_opens():
        from pos_app.demo.tour import play_tour

        return play_tour(chosen.data / "tour")
    return _open_till(chosen.data / "demo")


def window_opens() -> bool:
    """Whether somebody would see a window here; says so where nobody would."""
    wrong = None
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in UNSEEN:
        wrong = Unavailable("no_display")
    else:
        try:
            display.check()
        except Unavailable as error:
            wrong = error
    if wrong is not None:
        print(text_of(wrong).title, "So the till plays its tour instead of opening.")
    return wrong is None


def _free(port: int) -> int:
    """`port` when nobody listens on it, else 0: any."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _open_till(folder: Path) -> int:
    shop = DemoShop(folder)
    try:
        shop.open(_free(PORT))
        ordered = folder / "ordered"
        if not ordered.exists():
            orders.place_all(shop.url, str(demo_data()["store"]["store"]))
            ordered.touch()
        for number in (1, 2):
            settings = Settings.load(shop.till(number))
            replace(settings, hub_url=shop.url, demo=True).save(shop.till(number))
        print(f"The hub answers at {shop.url}; its database is {shop.database}.")
        print(f"A web shop to order at, for pickup in the store: {shop.url}/demo-shop/")
        for person in people():
            print(f"  {person.name} ({person.role}) signs in with PIN {person.pin}")
        own = Path(sys.executable).with_name("holdfast")
        print(f"The second till: {_from_here(own)} till --data {shop.till(2)}", flush=True)
        opened = subprocess.run(
            [sys.executable, "-m", "pos_app", "till", "--data", str(shop.till(1))], check=False
        )
        return opened.returncode
    finally:
        shop.close()
