"""The print queue: what a committed document still owes to paper.

A job is queued in the transaction of its document, so no receipt is ever lost; it is printed after
COMMIT, on the printer's own lane, so no printer ever delays or undoes a sale. One job goes through
three steps, each on the lane that may do it (`run_once` is all three in one thread):

| step | lane | what |
|---|---|---|
| `take` | ledger | the oldest queued job is marked "printing" |
| `perform` | printer | receipt built from the fact, sent; then the drawer is kicked |
| `settle` | ledger | "printed", back to "queued" (nothing reached paper), or "unknown" |

| job state | means |
|---|---|
| queued | waits; after a failure until its pause is over or `retry_now` |
| printing | at the printer now; found at a start, the program was killed there: becomes unknown |
| unknown | may be on paper: a person looks and calls `confirm` or `print_again` (marked) |
| printed, cancelled | done |

Nothing prints twice silently. The drawer is kicked once, at once even where the receipt has to
wait, and only for a job committed in this run of the program: a receipt of before opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.devices import Outcome
from pos_app.domain.errors import PosError, Refused, Unavailable, Uncertain
from pos_app.store.records import PrintJob
from pos_app.till import papers

if TYPE_CHECKING:
    from pos_app.domain.receipt import Receipt
    from pos_app.till.till import Till

PAUSES_MS = (2_000, 5_000, 15_000, 30_000)
"""Between attempts at a printer that is out; the last one repeats."""
OPEN_STATES = ("queued", "printing", "unknown")
"""States in which a job still needs something."""
_STATES = {
    Outcome.PRINTED: "printed",
    Outcome.HELD: "printing",
    Outcome.NOT_PRINTED: "queued",
    Outcome.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Work:
    """A job taken, with everything the printer's lane needs."""

    job: PrintJob
    ordered: papers.Ordered | None
    kick: bool
    prints: bool = True
    """False where only the drawer opens: the receipt waits its turn."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a job."""

    job_id: str
    doc_no: str
    state: str
    """The job's new state; `printing` where the printer still holds it (paper out)."""
    error: PosError | None = None
    """Why it is not printed; has words."""
    drawer: PosError | None = None
    """Why the drawer stayed shut, where it should have opened."""
    kicked: bool = False
    """Whether the drawer was to open with it."""
    kind: str = ""
    """The job's: receipt, copy, gift, drawer…"""
    paper_low: bool = False
    """Whether the printer said that its roll ends soon."""


class Printing:
    """The queue of one till. Its owner runs it on a device lane; there is one runner at a time."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self._fresh: set[str] = set()
        self._paperless: set[str] = set()
        self._failures = 0
        self._not_before_ms = 0
        self._held: Work | None = None
        self._endings: dict[str, tuple[str, str]] = {}
        """Job -> state and error that the ledger has not taken yet: its disk was full."""

    def without_paper(self, sale_id: str) -> None:
        """A verb says that nobody wanted this sale on paper: whoever asks later gets the receipt."""
        self._paperless.add(sale_id)

    def was_without_paper(self, sale_id: str) -> bool:
        """Whether its receipt itself is still to be had, in this run of the program; once."""
        if sale_id not in self._paperless:
            return False
        self._paperless.discard(sale_id)
        return True

    def committed(self, job_id: str) -> None:
        """A verb says that this job's document was committed now: its drawer may open."""
        self._fresh.add(job_id)

    def recover(self) -> None:
        """At a start: a job that was at the printer when the program ended is unknown now."""
        left = self._till.ledger.print_jobs(("printing",))
        if left:
            with self._till.ledger.transaction() as tx:
                for job in left:
                    tx.print_state(job.job_id, "unknown", "print_unknown")

    def open_jobs(self) -> list[PrintJob]:
        """Jobs that are not done, oldest first."""
        return self._till.ledger.print_jobs(OPEN_STATES)

    def retry_now(self) -> None:
        """A person says the printer is ready: no pause is waited for."""
        self._not_before_ms = 0
        self._failures = 0

    def pause_ms(self) -> int:
        """Milliseconds until the next attempt makes sense; 0 now."""
        return max(0, self._not_before_ms - self._till.clock.monotonic_ms())

    def run_once(self) -> Ending | None:
        """One job through all three steps in this thread; None where nothing is to be done now."""
        work = self.take()
        if work is None:
            return None
        ending = self.perform(work)
        self.settle(work, ending)
        return ending

    def take(self) -> Work | None:
        """*Ledger lane, writes.* What is to be done now; None where nothing is.

        The oldest queued job, now "printing". While that has to wait, a drawer does not: the work
        is then a kick alone, and its job stays queued.
        """
        self._keep_endings()
        ready = not self.pause_ms()
        if self._held is not None and ready:
            return self._held
        waiting = self._till.ledger.print_jobs(("queued",))
        if not waiting:
            return None
        if self._held is None and ready:
            job = waiting[0]
            with self._till.ledger.transaction() as tx:
                tx.print_state(job.job_id, "printing")
            ordered = papers.ordered(self._till, job.receipt)
            return Work(job, ordered, job.kick and job.job_id in self._fresh)
        kicks = [job for job in waiting if job.kick and job.job_id in self._fresh]
        return Work(kicks[0], None, kick=True, prints=False) if kicks else None

    def perform(self, work: Work) -> Ending:
        """*Printer's lane.* Prints and kicks the drawer; raises nothing a device can cause."""
        if work is self._held:
            return self._ask_again(work)
        if not work.prints:
            return self._ending(work, "queued", None, kick=True)
        state = "printed"
        error: PosError | None = None
        try:
            self._send(work)
        except Unavailable as told:
            state, error = "queued", told
        except Uncertain as told:
            state, error = self._outcome(), told
        except Refused as told:
            state, error = ("queued" if self._is_value(work) else "cancelled"), told
        return self._ending(work, state, None if state == "printed" else error, kick=True)

    @staticmethod
    def _is_value(work: Work) -> bool:
        """True of paper that is worth its amount: it waits for a printer, whatever is wrong."""
        return work.job.kind == papers.VALUE

    def _ending(
        self, work: Work, state: str, error: PosError | None, *, kick: bool = False
    ) -> Ending:
        printer, job = self._till.devices.printer, work.job
        drawer = self._kick(work) if kick else None
        printed = state == "printed" and job.kind != "drawer"
        low = printed and printer is not None and printer.paper_low
        kicked = kick and work.kick
        return Ending(job.job_id, job.doc_no, state, error, drawer, kicked, job.kind, low)

    def settle(self, work: Work, ending: Ending) -> None:
        """*Ledger lane, writes.* Keeps what became of it."""
        self._fresh.discard(ending.job_id)
        if not work.prints:
            return
        self._held = work if ending.state == "printing" else None
        if ending.state in ("queued", "printing"):
            pause = PAUSES_MS[min(self._failures, len(PAUSES_MS) - 1)]
            self._failures += 1
            self._not_before_ms = self._till.clock.monotonic_ms() + pause
        else:
            self._failures = 0
        error = ending.error.code if ending.error else ""
        self._endings[ending.job_id] = (ending.state, error)
        self._keep_endings()

    def _keep_endings(self) -> None:
        """What the ledger could not take before is tried again, before anything else is printed."""
        if self._endings:
            with self._till.ledger.transaction() as tx:
                for job_id, (state, error) in self._endings.items():
                    tx.print_state(job_id, state, error)
            self._endings.clear()

    def trial(self) -> str:
        """*Writes.* Queues a page that shows whether the printer is set up rightly; its job's id.

        One that still waits is enough. Raises Refused("no_printer").
        """
        till = self._till
        if till.devices.printer is None:
            raise Refused("no_printer")
        for job in till.ledger.print_jobs(("queued",)):
            if job.kind == "test":
                return job.job_id
        from pos_app.receipts.build import trial_page

        page = trial_page(
            *(till.store, till.settings.printer, till.settings.printer_profile, till.now()),
            till.settings.locale or till.store.locale,
        )
        with till.ledger.transaction() as tx:
            return tx.queue_print("test", page.to_dict())

    def confirm(self, job_id: str) -> None:
        """*Writes.* A person saw the paper: that unknown job is printed."""
        job = self._unknown(job_id)
        with self._till.ledger.transaction() as tx:
            tx.print_state(job.job_id, "printed")

    def print_again(self, job_id: str) -> str:
        """*Writes.* A person wants it again: a new job, marked as a possible duplicate. Its id."""
        job = self._unknown(job_id)
        with self._till.ledger.transaction() as tx:
            tx.print_state(job.job_id, "cancelled", "print_unknown")
            new_id = tx.queue_print(
                job.kind,
                {**job.receipt, "duplicate": True},
                doc_no=job.doc_no,
                sale_id=job.sale_id,
            )
        self.retry_now()
        return new_id

    def cancel(self, job_id: str) -> None:
        """*Writes.* Nobody wants it on paper any more; the document itself stays.

        Raises Refused("no_such_print_job").
        """
        for job in self.open_jobs():
            if job.job_id == job_id and job.state != "printing":
                with self._till.ledger.transaction() as tx:
                    tx.print_state(job_id, "cancelled")
                return
        raise Refused("no_such_print_job")

    def receipt_of(self, job: PrintJob) -> Receipt:
        """The receipt of a job, to print or to show; raises Refused("receipt_unreadable")."""
        return papers.receipt_of(self._till, papers.ordered(self._till, job.receipt))

    def _unknown(self, job_id: str) -> PrintJob:
        for job in self._till.ledger.print_jobs(("unknown",)):
            if job.job_id == job_id:
                return job
        raise Refused("no_such_print_job")

    def _send(self, work: Work) -> None:
        ordered, printer = work.ordered, self._till.devices.printer
        if ordered is None or ordered.order.get("of") == papers.NOTHING:
            return
        if printer is None:
            raise Refused("no_printer")
        receipt = papers.receipt_of(self._till, ordered)
        from pos_app.receipts.escpos import encode
        from pos_app.receipts.profile import load_profile

        data = encode(receipt, load_profile(self._till.devices.profile))
        printer.send(data, document=receipt)

    def _outcome(self) -> str:
        printer = self._till.devices.printer
        outcome = printer.outcome() if printer is not None else Outcome.UNKNOWN
        return _STATES[outcome]

    def _ask_again(self, work: Work) -> Ending:
        """The printer held it (paper out): it is asked, never sent again."""
        state = self._outcome()
        error = None if state == "printed" else Uncertain("print_unknown", status=state)
        return self._ending(work, state, error)

    def _kick(self, work: Work) -> PosError | None:
        drawer = self._till.devices.drawer
        if not work.kick or drawer is None:
            return None
        try:
            drawer.open()
        except PosError as told:
            return told
        return None
