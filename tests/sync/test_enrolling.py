"""A till enrolled by its command at a real hub, and what is said where that cannot be."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from tests.sync.conftest import PRODUCTS, enrol
from tests.sync.server import holdfast, served


def test_enrolment_says_words_and_fetches_everything(tmp_path: Path, enrolled: Path) -> None:
    with served(enrolled / "hub.sqlite") as hub:
        said = enrol(hub, tmp_path / "second", "2")
        assert f"{PRODUCTS} products" in said
        data = tmp_path / "second"
        keys = Keys.load(data)
        catalogue = Catalogue.open(data, keys.db_key)
        assert catalogue.counts()["products"] == PRODUCTS
        catalogue.close()
        for path in data.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        again = holdfast(
            "till", "enrol", "--data", str(data), "--hub", hub.url, "--code", "x", check=False
        )
        assert (again.returncode, "already belongs" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("hub_url", "told"),
    [
        ("http://127.0.0.1:9", "No hub answers"),
        ("ftp://hub", "no address"),
        ("nonsense", "no address"),
        ("http://127.0.0.1:99999", "no address"),
    ],
)
def test_enrolment_without_a_hub_is_one_sentence(tmp_path: Path, hub_url: str, told: str) -> None:
    done = holdfast(
        "till",
        "enrol",
        "--data",
        str(tmp_path / "new"),
        "--hub",
        hub_url,
        "--code",
        "A",
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "new" / "keys.json").exists()


def test_a_wrong_code_is_one_sentence(tmp_path: Path, enrolled: Path) -> None:
    with served(enrolled / "hub.sqlite") as hub:
        done = holdfast(
            "till",
            "enrol",
            "--data",
            str(tmp_path / "new"),
            "--hub",
            hub.url,
            "--code",
            "QQQQ",
            check=False,
        )
    assert done.returncode == 1
    assert "does not know that enrolment code" in done.stderr
