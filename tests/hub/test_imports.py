"""The hub runs without the till: no window toolkit and none of the till's files is loaded."""

from __future__ import annotations

import subprocess
import sys


def test_the_hub_loads_neither_qt_nor_the_tills_store() -> None:
    code = (
        "import sys, sync.hub.app, sync.hub.commands, sync.hub.commands_stock, sync.hub.serving;"
        "import sync.hub.commands_store, sync.hub.report, sync.hub.importing;"
        "print([name for name in sys.modules"
        " if name.startswith(('PySide6', 'pos_app.store', 'pos_app.till', 'hardware', 'escpos'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", done.stdout
