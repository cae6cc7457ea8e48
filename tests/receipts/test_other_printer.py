"""Our bytes on a printer that somebody else wrote: `emupos`, where this machine can run it.

It needs Python 3.13 or newer, so it lives in an interpreter of its own: HOLDFAST_EMUPOS names one
that can import it (`python3.13 -m venv X && X/bin/pip install emupos`). `tests/hardware/paper.py`
is the independent printer that is always there.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from pos_app.receipts.escpos import encode
from pos_app.receipts.profile import load_profile, profiles
from tests.receipts.test_renderers import CODE, DOCUMENTS

PROBE = "import sys; assert sys.version_info >= (3, 13); import emupos"


def interpreter() -> str:
    """The Python that has it; skips with the reason where there is none."""
    for name in (os.environ.get("HOLDFAST_EMUPOS", ""), "python3.14", "python3.13"):
        path = shutil.which(name) if name else None
        if path is None:
            continue
        asked = subprocess.run([path, "-c", PROBE], capture_output=True, check=False, timeout=20)
        if asked.returncode == 0:
            return path
    pytest.skip("no Python 3.13 with emupos here: name one with HOLDFAST_EMUPOS")


@pytest.fixture(scope="module")
def python() -> str:
    return interpreter()


PAGES = {"cp858": "PC858", "cp437": "PC437", "cp1252": "WPC1252"}


def printed(python: str, data: bytes, name: str) -> dict[str, list]:
    """What that printer made of the bytes: events, texts, pictures and how each job ended."""
    profile = load_profile(name)
    asked = {
        "dots": profile.dots,
        "columns": profile.columns,
        "page": profile.code_page,
        "name": PAGES[profile.codec],
        "bytes": b64encode(data).decode(),
    }
    script = Path(__file__).with_name("other_printer.py")
    told = subprocess.run(
        [python, str(script)],
        input=json.dumps(asked).encode() + b"\n",
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(told.stdout)


@pytest.mark.parametrize("name", profiles())
def test_another_printer_prints_what_we_meant(python, name):
    """Text, cut and both codes, by somebody else's reading of the command reference."""
    found = printed(python, encode(DOCUMENTS["sale"], load_profile(name)), name)
    assert found["ends"] == (["cut"] if load_profile(name).cut != "none" else ["connection-closed"])
    for said in ("Kaufhaus Nord", "1-2-1.7", "Umtausch binnen 14 Tagen"):
        assert said in found["texts"][0], said
    picture = Image.open(io.BytesIO(b64decode(found["pictures"][0]))).convert("L")
    codes = {code.text for code in zxingcpp.read_barcodes(picture)}
    assert codes == {CODE, "1-2-1.7"}
    assert not [told for kind, told in found["events"] if kind == "drawer.opened"]
    unknown = [told for kind, told in found["events"] if "unknown" in kind]
    assert all("1b 52 00" in told for told in unknown), "ESC R 0 is all it does not know"


def test_arabic_reaches_it_as_a_picture(python):
    found = printed(python, encode(DOCUMENTS["cairo"], load_profile("generic-80")), "generic-80")
    assert found["ends"] == ["cut"]
    assert "1-2-1.7" in found["texts"][0]
