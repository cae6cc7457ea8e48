"""Training: the same till over another ledger, `training.sqlite`, with numbers of its own.

Nothing done in it is in the till's ledger, is sent, counts anywhere, or opens a drawer: only that
training began and ended, who let it begin and why, is in the journal. The real basket and shift wait
as they are. Its receipts are signed with a key that no other till believes. A till that is started
anew sells again: nobody must sell real goods into an exercise by mistake.

Wrong PINs are counted in the till's own ledger also meanwhile: training gives nobody more guesses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.till import reference
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import TRAINING, Behind, Till, stamp
from sync.protocol import TrainingBegan, TrainingEnded

FILE: Final = "training.sqlite"
ACTION: Final = "training_mode"


class PracticeDrawer:
    """A drawer that stays shut, and says nothing of it: nothing is paid in training."""

    def open(self) -> None:
        """Nothing."""

    def is_open(self) -> bool | None:
        """Nobody knows."""
        return None


def begin(till: Till, reason: str = "", *, approval: Approval | None = None) -> None:
    """*Writes.* From here on the till practises; whoever is signed in stays so.

    Raises Refused("training_running"), Refused("training_busy") while something is being printed,
    and what `permission.require` raises for the action `training_mode`.
    """
    if till.behind is not None:
        raise Refused("training_running")
    reason = reason_text(reason)
    approver = require(till, ACTION, approval=approval, reason=reason)
    if till.ledger.print_jobs(("printing",)):
        raise Refused("training_busy")
    practice = _practice(till)
    try:
        view = practice.reader()
        with till.ledger.transaction() as tx:
            fields = stamp(till, tx, approver=approver)
            method = approval.method if approval and approver else ""
            tx.append(TrainingBegan(**fields, reason=reason, method=method))
            tx.set_reference(TRAINING, "", b"1")
    except BaseException:
        practice.close()
        raise
    till.after_commit()
    real = Behind(till.ledger, till.view, till.keys, till.devices, till.after_commit)
    practice.set_basis(real.ledger.basis)
    till.behind, till.ledger, till.view = real, practice, view
    till.keys = practice.keys
    till.devices = replace(till.devices, drawer=PracticeDrawer(), terminal=None)
    till.after_commit = _nothing
    _look(till)


def end(till: Till) -> Callable[[], None]:
    """*Writes.* The till sells again, as it was before; nobody is signed in.

    Gives what closes the exercise's ledger: for the thread that reads it, when it reads no more.
    Raises Refused("not_in_training"), Refused("training_busy") while something is being printed.
    """
    real = till.behind
    if real is None:
        raise Refused("not_in_training")
    practice, view = till.ledger, till.view
    if practice.print_jobs(("printing",)):
        raise Refused("training_busy")
    real.ledger.set_basis(practice.basis)
    till.behind, till.ledger, till.view = None, real.ledger, real.view
    till.keys, till.devices, till.after_commit = real.keys, real.devices, real.after_commit
    _look(till)
    _ended(till, "left")
    till.person = None

    def close() -> None:
        view.close()
        practice.close()

    return close


def settle(till: Till) -> None:
    """*Writes.* A till that was in training when its program ended sells again."""
    _ended(till, "restarted")


def _ended(till: Till, reason: str) -> None:
    with till.ledger.transaction() as tx:
        tx.append(TrainingEnded(**stamp(till, tx), reason=reason))
        tx.set_reference(TRAINING, "", None)
    till.after_commit()


def _look(till: Till) -> None:
    """Shift, limits and people as the ledger in use knows them."""
    till.look_again()
    till.refresh_reference()
    till.counted = {}


def _practice(till: Till) -> Ledger:
    """The exercise's ledger, made at the first time; it knows what the till's own knows."""
    keys = _keys(till)
    if (till.data / FILE).exists():
        practice = Ledger.open(till.data, keys, till.clock, file=FILE)
    else:
        own = till.identity
        identity = msgspec.structs.replace(
            own,
            device=f"{own.device}-training",
            epoch=1,
            till=f"T{own.till}",
            prev_epoch_hash="",
            pubkey=keys.public_hex,
        )
        practice = Ledger.create(till.data, keys, identity, till.clock, file=FILE)
    try:
        with practice.transaction() as tx:
            for kind in reference.KINDS:
                for key, body in till.ledger.reference(kind).items():
                    tx.set_reference(kind, key, body)
        for job in practice.print_jobs(("queued", "printing", "unknown")):
            with practice.transaction() as tx:
                tx.print_state(job.job_id, "cancelled")  # nobody waits for last week's exercise
    except BaseException:
        practice.close()
        raise
    return practice


def _keys(till: Till) -> Keys:
    """The same secret for the file, and a key to sign with that is nobody's."""
    return Keys(till.keys.db_key, sha256(b"HF-TRAINING\x00" + till.keys.db_key).digest())


def _nothing() -> None:
    """Sync is not told of exercises."""
