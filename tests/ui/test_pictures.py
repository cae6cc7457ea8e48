"""Golden pictures of the main screens: HOLDFAST_GOLDEN=update takes them anew, to be looked at.

Another machine's fonts are ours, but its rasteriser may smooth an edge otherwise: what is compared
is the mean of blocks of 16 px. A part that moved by 8 px or has another colour changes blocks.
"""

from __future__ import annotations

import os
import shutil
from itertools import product
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter
from PySide6.QtGui import QImage

from pos_app.store.witness import PLACE_VARIABLE
from pos_app.till.till import Till
from pos_app.ui import keys, theme
from tests.ui.pictures import LOOKS, Look, every

pytestmark = pytest.mark.slow

KEPT = Path(__file__).parents[1] / "golden" / "pictures"
SEEN = Path("build/pictures")
UPDATE = os.environ.get("HOLDFAST_GOLDEN") == "update"
BLOCK = 16
MOST = 40
"""A block whose mean differs by more than this, of 255, in any of the three colours…"""
SOME, FEW = 14, 12
"""…or more than FEW blocks that differ by more than SOME."""
SLACK = 2
"""So many pixels a text may stand elsewhere."""
COLOURS = 128
LARGEST = 8_000_000
"""All of them together, bytes."""


def as_kept(image: QImage) -> Image.Image:
    """Our picture, as Pillow knows it."""
    size = (image.width(), image.height())
    return Image.frombytes(
        "RGB", size, bytes(image.constBits()), "raw", "RGB", image.bytesPerLine()
    )


def blocks(one: Image.Image, other: Image.Image) -> Image.Image:
    """The mean difference of each block, in the colour that differs most."""
    red, green, blue = ImageChops.difference(one, other).reduce(BLOCK).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def difference(one: Image.Image, other: Image.Image, slack: int = 0) -> tuple[int, int]:
    """The largest mean difference of a block, and how many blocks differ.

    `slack` lets each block lie so many pixels elsewhere: another version of Qt may.
    """
    one, other = one.convert("RGB"), other.convert("RGB")
    if one.size != other.size:
        return 255, one.width * one.height // BLOCK**2
    worst = blocks(one, other)
    for x, y in product(range(-slack, slack + 1), repeat=2):
        worst = ImageChops.darker(worst, blocks(ImageChops.offset(one, x, y), other))
    return int(worst.getextrema()[1]), sum(worst.histogram()[SOME + 1 :])


def differs(one: Image.Image, other: Image.Image) -> bool:
    return all(_far(difference(one, other, slack)) for slack in (0, SLACK))


def _far(found: tuple[int, int]) -> bool:
    return found[0] > MOST or found[1] > FEW


@pytest.fixture
def still(monkeypatch):
    """What would differ from machine to machine stands still."""
    monkeypatch.setattr(keys, "GUARD_MS", 0)
    monkeypatch.setattr(Till, "free_mb", lambda _till: 41_000)
    yield
    theme.use("light")


def test_the_main_screens_look_as_they_did(made, tmp_path, qapp, still):
    faults = []
    taken = 0

    def fresh(name: str) -> Path:
        os.environ[PLACE_VARIABLE] = str(tmp_path / f"{name}-machine")
        return Path(shutil.copytree(made, tmp_path / name))

    def take(screen: str, look: Look, image: QImage) -> None:
        nonlocal taken
        taken += 1
        now = as_kept(image)
        path = KEPT / screen / f"{look.name}.png"
        if UPDATE:
            path.parent.mkdir(parents=True, exist_ok=True)
            small = now.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
            small.save(path, optimize=True)
            return
        if not path.is_file() or differs(Image.open(path), now):
            SEEN.mkdir(parents=True, exist_ok=True)
            now.save(SEEN / f"{screen}-{look.name}.png")
            found = difference(Image.open(path), now, SLACK) if path.is_file() else "not kept"
            faults.append(f"{screen} {look.name}: {found}")

    every(fresh, take)
    assert taken > 100
    assert not faults, "see build/pictures beside tests/golden/pictures:\n" + "\n".join(faults)


def test_the_pictures_are_few_and_small():
    kept = list(KEPT.rglob("*.png"))
    assert len(kept) > 100
    assert sum(path.stat().st_size for path in kept) <= LARGEST
    assert all(len(list(folder.iterdir())) <= 12 for folder in KEPT.iterdir())


def test_every_pair_of_looks_is_covered():
    rows = [(look.size, look.line, look.theme, look.locale) for look in LOOKS]
    for one in range(4):
        for other in range(one + 1, 4):
            pairs = {(row[one], row[other]) for row in rows}
            wanted = {row[one] for row in rows}, {row[other] for row in rows}
            assert len(pairs) == len(wanted[0]) * len(wanted[1])


def test_what_moved_by_8_px_or_has_another_colour_is_caught_and_smoothing_is_not():
    kept = Image.open(KEPT / "sell" / "1366-light-en-offline.png").convert("RGB")
    box = (940, 668, 1346, 732)
    moved = kept.copy()
    moved.paste(kept.crop(box), (box[0], box[1] - 8))
    assert differs(kept, moved)
    label = (941, 572, 1000, 600)
    moved = kept.copy()
    moved.paste(kept.crop(label), (label[0] + 8, label[1]))
    assert differs(kept, moved)
    dyed = kept.copy()
    pay = kept.crop(box)
    dyed.paste(
        Image.merge(
            "RGB", [pay.getchannel("R").point(lambda v: min(255, v + 20)), *pay.split()[1:]]
        ),
        box,
    )
    assert differs(kept, dyed)
    smooth = Image.blend(kept, kept.filter(ImageFilter.GaussianBlur(0.6)), 0.5)
    assert not differs(kept, smooth)
