"""Addresses as people write them in `till.toml`, and what they become."""

from __future__ import annotations

import pytest

from hardware.connect import connect
from hardware.drawers.on_printer import PrinterDrawer
from hardware.printers.device_file import DeviceFilePrinter
from hardware.printers.directory import DirectoryPrinter
from hardware.printers.network import NetworkPrinter
from hardware.printers.serial_line import SerialPrinter
from pos_app.domain.errors import Refused
from pos_app.receipts.profile import load_profile, profiles
from pos_app.settings import Settings
from pos_app.words import has_words


@pytest.mark.parametrize(
    ("address", "driver", "name"),
    [
        ("dir", DirectoryPrinter, "dir:{data}/receipts"),
        ("dir:slips", DirectoryPrinter, "dir:{data}/slips"),
        ("dir:/a/b", DirectoryPrinter, "dir:/a/b"),
        ("tcp:printer.local", NetworkPrinter, "tcp:printer.local:9100"),
        ("tcp:10.0.0.7:9101", NetworkPrinter, "tcp:10.0.0.7:9101"),
        ("tcp://10.0.0.7:9101", NetworkPrinter, "tcp:10.0.0.7:9101"),
        ("tcp:[::1]:9100", NetworkPrinter, "tcp:::1:9100"),
        ("serial:/dev/ttyUSB0?baud=19200&flow=none", SerialPrinter, "serial:/dev/ttyUSB0"),
        ("serial:COM3", SerialPrinter, "serial:COM3"),
        ("file:/dev/usb/lp0", DeviceFilePrinter, "file:/dev/usb/lp0"),
    ],
)
def test_a_printer_by_its_address(tmp_path, address, driver, name):
    devices = connect(data=tmp_path, printer=address)
    assert isinstance(devices.printer, driver)
    assert devices.printer.name == name.format(data=tmp_path)
    assert isinstance(devices.drawer, PrinterDrawer)
    assert devices.scanner is None, "a wedge types"
    devices.close()


def test_what_never_answers_is_not_asked(tmp_path):
    assert connect(data=tmp_path, printer="tcp:h:9100").printer.two_way
    assert not connect(data=tmp_path, printer="tcp:h:9100?answers=no").printer.two_way


def test_a_till_without_devices(tmp_path):
    devices = connect(data=tmp_path, printer="none", scanner="none")
    assert (devices.printer, devices.drawer, devices.scanner, devices.display) == (None,) * 4
    devices.close()


def test_the_settings_a_till_starts_with_can_be_connected(tmp_path):
    settings = Settings()
    devices = connect(
        data=tmp_path,
        printer=settings.printer,
        profile=settings.printer_profile,
        drawer=settings.drawer,
        scanner=settings.scanner,
        display=settings.display,
    )
    assert isinstance(devices.printer, DirectoryPrinter)


@pytest.mark.parametrize(
    "addresses",
    [
        {"printer": "tcp:"},
        {"printer": "tcp:host:port"},
        {"printer": "tcp:host:99999"},
        {"printer": "tcp:host:9100/path"},
        {"printer": "tcp:host name"},
        {"printer": "serial:"},
        {"printer": "file:"},
        {"printer": "usb:1234"},
        {"printer": ""},
        {"printer": "serial:COM3?baud=fast"},
        {"printer": "serial:COM3?baud=0"},
        {"printer": "serial:COM3?flow=maybe"},
        {"printer": "tcp:h?answers"},
        {"drawer": "usb"},
        {"scanner": "tcp:h:1"},
        {"display": "wedge"},
    ],
)
def test_an_address_that_means_nothing_is_refused_in_words(tmp_path, addresses):
    with pytest.raises(Refused) as told:
        connect(data=tmp_path, **addresses)
    assert told.value.code == "device_address_unknown"
    assert told.value.facts["device"] in addresses
    assert has_words(told.value.code)


def test_every_profile_loads_and_an_unknown_one_is_refused(tmp_path):
    assert {"generic-58", "generic-80", "epson-tm-t20iii"} <= set(profiles())
    for name in profiles():
        profile = load_profile(name)
        assert profile.columns * 8 <= profile.dots
        assert "€".encode(profile.codec, "replace") != b"?" or name == "clone-80-437"
    with pytest.raises(Refused) as told:
        connect(data=tmp_path, profile="../../etc/passwd")
    assert told.value.code == "printer_profile_unknown"
