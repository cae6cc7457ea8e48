"""Installs the small shops of this folder from their packages: `install.py DIRECTORY [SHOP…]`.

Each goes into a folder of its own there, outside of the sources; what is installed already, at the
same versions, is left as it is. No package's own scripts run: none is needed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHOPS = {"vendure": ("--omit=optional", "--legacy-peer-deps"), "medusa": ()}
"""Name -> what its packages need said: Vendure's are told of databases that it does not use."""
DONE = "installed"


def main(words: list[str]) -> int:
    """Installs; 1 where something is missing, with a sentence about it."""
    if not words:
        print("where to? install.py DIRECTORY [SHOP…]")
        return 2
    if shutil.which("npm") is None:
        print("npm is not on the path: Node.js 20.19 or later brings it")
        return 1
    for name in words[1:] or SHOPS:
        place = Path(words[0]).resolve() / name
        place.mkdir(parents=True, exist_ok=True)
        shutil.copytree(HERE / name, place, dirs_exist_ok=True)
        wanted = hashlib.sha256((HERE / name / "package.json").read_bytes()).hexdigest()
        mark = place / "node_modules" / DONE
        if mark.is_file() and mark.read_text(encoding="ascii") == wanted:
            print(f"{name} is installed in {place}")
            continue
        print(f"installing {name} into {place}, which takes some minutes", flush=True)
        told = subprocess.run(
            [
                *("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"),
                *("--no-package-lock", "--loglevel=error", *SHOPS[name]),
            ],
            cwd=place,
            check=False,
        )
        if told.returncode:
            return 1
        mark.write_text(wanted, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
