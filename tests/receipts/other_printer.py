"""Runs in emupos's own Python: printer bytes in, what came out of that printer as JSON."""

import base64
import json
import sys

from emupos.config import PrinterProfile
from emupos.printer.printer import Printer

asked = json.loads(sys.stdin.buffer.readline())
profile = PrinterProfile(
    type="printer",
    name="test",
    dpi=203,
    width_dots=asked["dots"],
    font_a={"width": asked["dots"] // asked["columns"], "height": 24},
    font_b={"width": 9, "height": 17},
    code_pages={asked["page"]: asked["name"]},
    default_code_page=asked["page"],
    drawer_sensor_open_level="high",
)
printer = Printer("test", profile, sensor_open_level="high", job_idle_timeout_ms=1000)
told = [printer.open_connection("one", 0.0)]
told.append(printer.receive("one", base64.b64decode(asked["bytes"]), 0.1))
told.append(printer.close_connection("one", 0.2))
receipts = [receipt for each in told for receipt in each.receipts]
sys.stdout.write(
    json.dumps(
        {
            "events": [
                [str(event.type), str(event.data)] for each in told for event in each.events
            ],
            "writes": [
                base64.b64encode(write.data).decode() for each in told for write in each.writes
            ],
            "texts": [receipt.text for receipt in receipts],
            "pictures": [base64.b64encode(receipt.png).decode() for receipt in receipts],
            "ends": [str(receipt.boundary) for receipt in receipts],
        }
    )
)
