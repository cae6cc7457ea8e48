"""Whether the devices of this till answer; nothing is printed, nothing opened."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.devices import PRINTING, Printer, PrinterStatus, Scale, Scanner, Terminal
from pos_app.doctor.line import Line, Patient, State, good, note, wrong
from pos_app.domain.errors import Unavailable
from pos_app.receipts.raster import shapes
from pos_app.words import gettext as _
from pos_app.words import text_of

NOT_THERE = ("scale_offline", "scale_silent")
"""What a scale that is empty or not steady does not say."""


def devices(patient: Patient) -> Iterator[Line]:
    """Each device of the settings: whether it answers."""
    from hardware.connect import connect

    settings = patient.settings
    connected = connect(
        data=patient.data,
        printer=settings.printer,
        profile=settings.printer_profile,
        drawer=settings.drawer,
        scanner=settings.scanner,
        display=settings.display,
        terminal=settings.terminal,
        terminal_silent_s=settings.terminal_silent_s,
        weighing=settings.weighing,
    )
    try:
        yield _printer(connected.printer)
        if not shapes():
            told = _("Arabic and Hebrew would be printed unjoined: the library fribidi is missing.")
            yield note("scripts", told, _("Where it is needed, install libfribidi0."))
        if connected.drawer is None:
            yield note("drawer", _("No drawer is set up."))
        else:
            yield note("drawer", _("The drawer opens through the printer; it was not tried."))
        yield _scanner(patient, connected.scanner)
        yield _scale(patient, connected.scale)
        yield _terminal(connected.terminal)
        if settings.display == "screen":
            yield note("display", _("The customer's display is the second screen."))
        elif connected.display is None:
            yield note("display", _("No customer display is set up."))
        else:
            yield note("display", _("The customer display was not tried: it may be in use."))
        yield _sounds(patient)
    finally:
        connected.close()


def _printer(printer: Printer | None) -> Line:
    if printer is None:
        return note("printer", _("No receipt printer is set up."))
    status = printer.status()
    facts = {"address": printer.name, "status": status.value}
    if status is PrinterStatus.PAPER_LOW:
        told = _("The printer is ready; its roll ends soon.")
        return Line("printer", State.READY, told, _("Have a new roll at hand."), facts)
    if status in PRINTING and not printer.two_way:
        told = _("Receipts are written as files: {place}.").format(place=printer.name)
        return good("printer", told, **facts)
    if status in PRINTING:
        return good("printer", _("The printer is ready."), **facts)
    if status is PrinterStatus.UNKNOWN and not printer.two_way:
        told = _("The printer takes data and says nothing: whether it is ready is not known.")
        return note("printer", told, _("Print a test page."), **facts)
    codes = {
        PrinterStatus.PAPER_OUT: "printer_paper_out",
        PrinterStatus.COVER_OPEN: "printer_cover_open",
        PrinterStatus.UNKNOWN: "printer_silent",
    }
    line = wrong("printer", Unavailable(codes.get(status, "printer_offline")))
    return Line(line.name, line.state, line.told, line.todo, {**line.facts, **facts})


def _terminal(terminal: Terminal | None) -> Line:
    if terminal is None:
        return note(
            "terminal", _("Card payments are typed from the slip of a stand-alone terminal.")
        )
    if not terminal.ready():
        return wrong("terminal", Unavailable("terminal_offline"))
    return good("terminal", _("The card terminal answers."), address=terminal.name)


def _scanner(patient: Patient, scanner: Scanner | None) -> Line:
    if patient.settings.scanner == "wedge":
        return note("scanner", _("The scanner types like a keyboard; try it in the window."))
    if scanner is None:
        return note("scanner", _("No scanner is set up."))
    if patient.window_runs:
        return note("scanner", _("The scanner is in use by the running till."))
    try:
        scanner.read(0.05)
    except Unavailable as told:
        return wrong("scanner", told)
    return good("scanner", _("The scanner's line is open."))


def _scale(patient: Patient, scale: Scale | None) -> Line:
    if scale is None:
        return note("scale", _("No scale is set up."))
    if patient.window_runs:
        return note("scale", _("The scale is in use by the running till."))
    try:
        scale.weight()
    except Unavailable as told:
        if told.code in NOT_THERE:
            return wrong("scale", told)
    return good("scale", _("The scale answers."), address=scale.name)


def _sounds(patient: Patient) -> Line:
    from hardware.connect import can_sound

    settings = patient.settings
    if settings.speaker == "none" or not settings.volume:
        return note("sounds", _("Sounds are off."))
    if not can_sound():
        return note("sounds", text_of(Unavailable("speaker_missing")).title)
    return note("sounds", _("Sounds are on; try them in the settings."))
