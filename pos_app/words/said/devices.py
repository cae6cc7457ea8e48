"""Said about devices: printers, drawers, scanners, displays."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

DEVICES: dict[str, Sentence] = {
    "scale_empty": S_("Nothing is on the scale.", "", "Put it on, or type the weight."),
    "scale_moving": S_("The scale is not steady.", "", "Wait a moment, or type the weight."),
    "scale_offline": S_("The scale is not connected.", "", "Check its cable, or type the weight."),
    "scale_over": S_(
        "That is too heavy for the scale.", "", "Weigh it elsewhere, type the weight."
    ),
    "scale_silent": S_(
        "The scale does not answer.", "", "Check that it is on, or type the weight."
    ),
    "scale_under": S_(
        "The scale shows less than nothing.", "", "Set it to zero, then weigh again."
    ),
    "device_address_unknown": S_(
        "No {device} can be reached at {address}.",
        "Selling goes on without it.",
        "Correct the address in the settings.",
    ),
    "display_offline": S_(
        "The customer display does not answer.", "Selling goes on without it.", "Check its cable."
    ),
    "drawer_unavailable": S_(
        "Drawer did not open.", "The sale is saved.", "Use the key if needed."
    ),
    "print_unknown": S_(
        "It may have printed, or only in part.",
        "The sale is saved.",
        "Look at the paper, then print it again if needed.",
    ),
    "printer_busy": S_(
        "The printer is still busy with another receipt.",
        "The receipt waits in line.",
        "It prints by itself.",
    ),
    "printer_cover_open": S_(
        "The printer's cover is open.", "The receipt waits in line.", "Close the cover."
    ),
    "printer_garbled": S_(
        "What answers is no receipt printer, or speaks too fast or slow.",
        "The receipt waits in line.",
        "Check the printer's address and speed in the settings.",
    ),
    "printer_offline": S_(
        "The printer does not answer.",
        "The sale is saved, the receipt waits in line.",
        "Check its power and its cable.",
    ),
    "printer_paper_out": S_(
        "Printer out of paper.", "The sale is saved; print when ready.", "Put in a new roll."
    ),
    "printer_profile_unknown": S_(
        "No printer profile is called {profile}.",
        "Selling goes on; receipts wait in line.",
        "Choose another one in the settings.",
    ),
    "printer_silent": S_(
        "The printer takes data but says nothing.",
        "The receipt waits in line.",
        "Switch it off and on again.",
    ),
    "speaker_missing": S_(
        "No sound can be played on this machine.",
        "Everything is shown as well.",
        "Choose another volume in the settings, or none.",
    ),
    "scanner_offline": S_(
        "The scanner does not answer.", "Codes can be typed.", "Check its cable."
    ),
    "no_display": S_(
        "There is no display here.",
        "Nothing was touched.",
        "Open the till where there is a screen.",
    ),
    "display_unreachable": S_(
        "The display {display} does not answer.",
        "Nothing was touched.",
        "Open the till as the person signed in at that screen.",
    ),
    "no_printer": S_(
        "This till has no receipt printer.",
        "The sale is saved.",
        "Choose a printer in the settings.",
    ),
    "terminal_busy": S_(
        "The card terminal is busy with another payment.",
        "Nothing was charged.",
        "Wait for it, or cancel on the terminal.",
    ),
    "terminal_garbled": S_(
        "The terminal's answer could not be read.",
        "Checking before you charge again.",
        "Nothing to do yet.",
    ),
    "terminal_lost": S_(
        "The line to the terminal was lost.",
        "Checking before you charge again.",
        "Nothing to do yet.",
    ),
    "terminal_offline": S_("Terminal not connected.", "Cash still works.", "Try again."),
    "terminal_script_unreadable": S_(
        "The script {file} could not be read.",
        "Nothing was started.",
        "It is a JSON list of what the terminal does.",
    ),
    "terminal_silent": S_(
        "No answer from the terminal.",
        "Checking before you charge again.",
        "Nothing to do yet.",
    ),
    "no_such_print_job": S_(
        "That receipt is no longer waiting.", "", "Print it again from the sales history."
    ),
}
