"""Sets up `.venv` from the hash-pinned lock, on a machine that has only python3, pip and git.

Run by `make setup` (and by `make run` and `make test`) with the system's own Python; standard
library only. Says what is missing from the system and, as root on a Debian-like machine,
installs it; otherwise prints the one line to type and leaves with status 3.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "packaging" / "locks"

# Shared library -> Debian package. Even QtCore needs glib; offscreen needs all of the first
# group, a real X11 window the second as well.
OFFSCREEN = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    # Arabic and Hebrew on receipts: Pillow loads it when it is there.
    "libfribidi.so.0": "libfribidi0",
}
DISPLAY = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}

# Tests of power cuts record a process's own calls with a small library in C.
COMPILER = ["gcc", "libc6-dev"]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_packages(*, display: bool) -> list[str]:
    """Debian packages whose library this machine cannot load."""
    if not sys.platform.startswith("linux"):
        return []
    wanted = {**OFFSCREEN, **(DISPLAY if display else {})}
    return [package for library, package in wanted.items() if not _loads(library)]


def has_compiler() -> bool:
    """Whether the recorder of the power-cut tests can be built; elsewhere they are skipped."""
    if not sys.platform.startswith("linux"):
        return True
    return shutil.which("gcc") is not None and Path("/usr/include/stdio.h").exists()


def apt_line(packages: list[str]) -> str:
    """The one line that a person types to install `packages`."""
    return "sudo apt-get install -y --no-install-recommends " + " ".join(packages)


def install_system(packages: list[str]) -> None:
    """Install with apt when that is ours to do; otherwise say the line and leave with 3."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print("Some system libraries are missing. Type this once, then try again:\n")
        print("    " + apt_line(packages) + "\n")
        raise SystemExit(3)
    print("Installing system libraries:", " ".join(packages), flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = [apt, "-qq", "-y", "--no-install-recommends", "install", *packages]
    if subprocess.run(command, env=quiet, check=False).returncode != 0:
        # A new machine has no package list yet.
        subprocess.run([apt, "-qq", "update"], env=quiet, check=True)
        subprocess.run(command, env=quiet, check=True)


def install_compiler() -> None:
    """Install it where that is ours to do; without it some tests are skipped, and say so."""
    if has_compiler() or shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    try:
        install_system(COMPILER)
    except subprocess.CalledProcessError:
        print("No C compiler could be installed: the tests of power cuts will be skipped.")


def _venv_python() -> Path:
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return ROOT / ".venv" / folder / ("python.exe" if sys.platform == "win32" else "python")


def _fingerprint(lock: Path) -> str:
    told = hashlib.sha256(lock.read_bytes())
    told.update(sys.version.encode())
    told.update(str(ROOT).encode())
    return told.hexdigest()


def set_up_environment(lock_name: str) -> None:
    """Make `.venv` hold exactly what the lock names; does nothing when it already does."""
    lock = LOCKS / f"{lock_name}.txt"
    stamp = ROOT / ".venv" / "holdfast.stamp"
    wanted = _fingerprint(lock)
    if stamp.exists() and stamp.read_text() == wanted and _venv_python().exists():
        return
    print("Setting up .venv (once)…", flush=True)
    # --without-pip: Debian ships no ensurepip; the system's pip serves the environment.
    subprocess.run(
        [sys.executable, "-m", "venv", "--clear", "--without-pip", str(ROOT / ".venv")], check=True
    )
    pip = [sys.executable, "-m", "pip", "--python", str(_venv_python()), "-q", "install"]
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(lock)], env=quiet, check=True)
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], env=quiet, check=True
    )
    # pip compiles what it installs, but not a project that is installed where it stands: the
    # first start of a till would compile it.
    rooms = [str(ROOT / room) for room in ("pos_app", "sync", "hardware", "resources")]
    subprocess.run([str(_venv_python()), "-m", "compileall", "-q", *rooms], check=False)
    stamp.write_text(wanted)


def main() -> int:
    """Check the system, then make the environment. 0 when ready, 3 when a person must act."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--lock", choices=("dev", "till", "hub"), default="dev", help="what to install (dev: all)"
    )
    parser.add_argument("--deps", action="store_true", help="print the system packages and stop")
    parser.add_argument("--tests", action="store_true", help="also what only tests need")
    chosen = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 -- run by whatever python3 the machine has
        print(f"Holdfast needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        return 3
    if chosen.deps:
        print(apt_line([*OFFSCREEN.values(), *DISPLAY.values(), *COMPILER]))
        return 0
    if chosen.lock != "hub":
        shown = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        packages = missing_packages(display=shown)
        if packages:
            install_system(packages)
    if chosen.tests:
        install_compiler()
    if importlib.util.find_spec("pip") is None:
        print("The set-up needs pip. Type this once, then try again:\n")
        print("    " + apt_line(["python3-pip"]) + "\n")
        return 3
    try:
        set_up_environment(chosen.lock)
    except subprocess.CalledProcessError as cause:
        print("The environment in .venv could not be set up; what stands above says why.")
        return cause.returncode or 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
