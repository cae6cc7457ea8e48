from __future__ import annotations

import stat
from dataclasses import replace

import pytest

from pos_app.domain.errors import Refused, Unavailable
from pos_app.settings import Settings, default_data_dir


def test_what_is_saved_is_loaded_and_only_the_owner_reads_it(tmp_path):
    odd = 'a "quoted" \\ name\n\x07\x7f é'
    settings = replace(Settings(), hub_url="http://hub:8000", locale=odd, scale=125, demo=True)
    settings.save(tmp_path)
    assert Settings.load(tmp_path) == settings
    assert stat.S_IMODE((tmp_path / "till.toml").stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["till.toml"]


def test_no_file_is_defaults(tmp_path):
    assert Settings.load(tmp_path) == Settings()


def test_names_of_a_newer_program_are_kept(tmp_path):
    (tmp_path / "till.toml").write_text('theme = "dark"\nhologram = "on"\n')
    settings = Settings.load(tmp_path)
    settings.save(tmp_path)
    assert 'hologram = "on"' in (tmp_path / "till.toml").read_text()


@pytest.mark.parametrize(
    "text",
    [
        'theme = "pink"',
        "scale = 1000",
        "scale = true",
        'demo = "yes"',
        "printer = [1]",
        "=",
        "\x00",
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_place(tmp_path, text):
    (tmp_path / "till.toml").write_text(text)
    with pytest.raises(Refused) as told:
        Settings.load(tmp_path)
    assert told.value.code == "settings_unreadable"
    assert told.value.facts["where"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "till").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="settings_not_saved"):
        Settings().save(tmp_path / "till")


def test_the_hub_of_a_run(monkeypatch):
    settings = replace(Settings(), hub_url="http://set")
    monkeypatch.delenv("HOLDFAST_HUB", raising=False)
    assert Settings().hub("http://enrolled") == "http://enrolled"
    assert settings.hub("http://enrolled") == "http://set"
    monkeypatch.setenv("HOLDFAST_HUB", "http://run")
    assert settings.hub("http://enrolled") == "http://run"


def test_where_the_data_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))
    assert default_data_dir() == tmp_path
    monkeypatch.delenv("HOLDFAST_DATA")
    assert default_data_dir().name == "till"


def test_how_long_the_hub_is_waited_for_can_be_set(tmp_path):
    (tmp_path / "till.toml").write_text("[network]\nanswer_s = 3\nnewer_s = 7\n")
    found = Settings.load(tmp_path)
    assert (found.patience().answer_s, found.patience().connect_s) == (3, 5)
    found.save(tmp_path)
    assert Settings.load(tmp_path).network == {"answer_s": 3, "newer_s": 7}


@pytest.mark.parametrize(
    "text", ["answer_s = 0", "poll_s = 16", "connect_s = 1.5", 'write_s = "1"']
)
def test_no_time_out_is_none_or_endless(tmp_path, text):
    (tmp_path / "till.toml").write_text(f"[network]\n{text}\n")
    with pytest.raises(Refused, match="settings_unreadable"):
        Settings.load(tmp_path)
