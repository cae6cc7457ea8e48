"""The journal and its way to the hub: nothing lost, nothing twice, nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pos_app.store import schema
from pos_app.store.reads import LEDGER_FILE
from sync.simulation.faults import expect

if TYPE_CHECKING:
    from sync.simulation.till import SimulatedTill
    from sync.simulation.world import World

OWN = "hub"
"""The device of the hub's own journal."""


def entries_of(till: SimulatedTill) -> Iterator[tuple[Any, ...]]:
    """Every entry on a till's disk: epoch, seq, id, hash, body, type."""
    path = till.data / LEDGER_FILE
    with closing(schema.connect(path, till.keys.db_key, write=False)) as connection:
        yield from connection.execute(
            "SELECT epoch, seq, id, hash, body, type FROM journal ORDER BY place"
        )


def _start_of(world: World, device: str, epoch: int) -> bytes:
    rows = world.hub.ask(
        "SELECT nonce, prev_epoch_hash FROM device_epoch WHERE device = ? AND epoch = ?",
        *(device, epoch),
    )
    expect(rows, f"I4: {device} has no epoch {epoch}")
    nonce, before = rows[0]
    named = device.encode() + b"|" + str(epoch).encode() + b"|"
    raw = bytes.fromhex(nonce) + b"|" + bytes.fromhex(before)
    return sha256(b"HF-GENESIS\x00" + named + raw).digest()


def i04_each_commit(world: World) -> None:
    """I3, I4, I25 at each commit: what is new continues its chain, once, in the living epoch."""
    seen = world.seen
    rows = world.hub.ask(
        "SELECT n, device, epoch, seq, id, hash, body FROM event WHERE n > ? ORDER BY n",
        seen.event_n,
    )
    for n, device, epoch, seq, fact_id, held, body in rows:
        seen.event_n = n
        if device == OWN:
            continue
        was_epoch, was_seq, was_hash = seen.heads.get(device, (0, 0, b""))
        if epoch != was_epoch:
            expect(epoch > was_epoch, f"I25: {device} added {seq} to its ended epoch {epoch}")
            was_seq, was_hash = 0, _start_of(world, device, epoch)
        expect(seq == was_seq + 1, f"I4: {device} {epoch}.{seq} came after {was_seq}")
        right = sha256(b"HF1\x00" + was_hash + body).digest()
        expect(held == right, f"I4: {device} {epoch}.{seq} does not follow what is before it")
        seen.heads[device] = (epoch, seq, held)
        seen.hashes[device, epoch, seq] = held
        if fact_id is not None:
            expect(fact_id not in seen.ids, f"I3: {fact_id} had its effects twice")
            seen.ids.add(fact_id)


def i05_acked_is_held(world: World, till: SimulatedTill) -> None:
    """I5: no till believes, for a moment, that the hub holds what it does not hold."""
    runner, files = till.sync.runner, till.sync.files
    if runner is None or files is None or world.seen.restores:
        return
    acked = runner.view.acked
    if acked == till.believed:
        return
    till.believed = acked
    if not acked:
        return
    epoch = files.identity.epoch
    held = world.seen.hashes.get((till.device, epoch, acked), b"").hex()
    expect(held, f"I5: {till.name} believes {epoch}.{acked} to be at the hub, which has less")
    own = files.journal.hash_at(epoch, acked)
    expect(own in (None, held), f"I5: {till.name} believes {epoch}.{acked}, the hub's is another")


def i05_answers_are_durable(world: World) -> None:
    """I5 at the hub: what an answer of it confirmed is there, whatever befell it since."""
    for device, (epoch, seq) in world.seen.answered.items():
        rows = world.hub.ask("SELECT epoch, last_seq FROM device WHERE device = ?", device)
        held = tuple(rows[0]) if rows else (0, 0)
        expect((epoch, seq) <= held, f"I5: {device} was told {epoch}.{seq}, the hub has {held}")


def i18_sent_is_noted(world: World, till: SimulatedTill) -> None:
    """I18: what the hub holds was noted as sent before, so no void passes for never sent."""
    runner, files = till.sync.runner, till.sync.files
    if runner is None or files is None or till.name in world.promises.lost_disks:
        return
    epoch, seq, _ = world.seen.heads.get(till.device, (0, 0, b""))
    if (epoch, seq) == till.noted or epoch != files.identity.epoch:
        return
    till.noted = (epoch, seq)
    sent = files.sent_upto()
    if sent < seq:
        view = files.view()  # where there is no replica nobody can take anything for never sent
        told = f"I18: {till.name} noted {sent} as sent, the hub holds {seq}"
        expect(not (view.ready or view.building), told)


def i18_sent_at_the_end(world: World) -> None:
    """I18 once more when all is calm, whatever was looked at before."""
    for till in world.tills:
        till.noted = (0, 0)
        i18_sent_is_noted(world, till)


def i01_printed_is_at_the_hub(world: World) -> None:
    """I1: every fact that a till handed out, and whose disk was never lost, is at the hub."""
    rows = world.hub.ask("SELECT id FROM event WHERE id IS NOT NULL")
    held = {row[0] for row in rows}
    held |= world.promises.strange | world.promises.impossible  # kept as bytes: see I24
    for printed in world.promises.kept():
        expect(printed.fact_id in held, f"I1: {printed.kind} {printed.doc_no} is not at the hub")


def i02_every_disk_is_at_the_hub(world: World) -> None:
    """I2: every entry on any disk that is in use is at the hub: booked, copied or set aside."""
    for till in world.tills:
        if till.stopped:
            continue  # it stands still and says so: a person has to enrol it anew
        rows = world.hub.ask(
            "SELECT epoch, seq, hash, result FROM event WHERE device = ?", till.device
        )
        held = {(epoch, seq): (kept, result) for epoch, seq, kept, result in rows}
        for epoch, seq, fact_id, own, _body, _kind in entries_of(till):
            kept, result = held.get((epoch, seq), (b"", ""))
            if not kept and _booked(world, fact_id):
                continue  # of a life before a restore, told again in the present one
            expect(kept == own, f"I2: {till.name} {epoch}.{seq} ({fact_id}) is not at the hub")
            expect(
                result in ("applied", "duplicate", "exception", "quarantined"),
                f"I2: {till.name} {epoch}.{seq} became {result!r}",
            )


def i02_nothing_is_left_behind(world: World) -> None:
    """I2 over lives: what a till had when it was enrolled again is at the hub, under its own id."""
    rows = world.hub.ask("SELECT id FROM event WHERE id IS NOT NULL")
    held = {row[0] for row in rows} | world.promises.strange | world.promises.impossible
    missing = sorted(world.promises.carried - held)
    expect(not missing, f"I2: {len(missing)} facts of an ended life are nowhere: {missing[:2]}")


def _booked(world: World, fact_id: str) -> bool:
    return bool(world.hub.ask("SELECT n FROM event WHERE id = ?", fact_id))


def i03_effects_once(world: World) -> None:
    """I3: each fact has its effects exactly once: a document for each, and none without one."""
    ask = world.hub.ask
    found = ask(
        "SELECT event.id, count(*) FROM document JOIN event USING (n) "
        "GROUP BY event.id HAVING count(*) <> 1 OR event.id IS NULL"
    )
    expect(not found, f"I3: documents of {found}")
    wanted = {"sale": "sale", "voided": "void", "refunded": "refund"}
    booked = dict(ask("SELECT event.n, document.kind FROM document JOIN event USING (n)"))
    rows = ask("SELECT n, type FROM event WHERE id IS NOT NULL")
    for n, kind in rows:
        expect(booked.get(n) == wanted.get(kind), f"I3: entry {n} ({kind}) is {booked.get(n)}")
    printed = list(world.promises.printed.values())
    if (
        world.plan.values
    ):  # a basket that came back with an older disk is sold once more, as another
        printed = [one for one in printed if one.till not in world.promises.lost_disks]
    made = {one.fact_id: one.total for one in printed if one.doc_no}
    held = dict(ask("SELECT event.id, document.total FROM document JOIN event USING (n)"))
    for fact_id, total in held.items():
        expect(made.get(fact_id, total) == total, f"I3: {fact_id} came to {total}")


def i04_chains_are_equal(world: World) -> None:
    """I4: per device and epoch 1 to n, dense; the chain proves it; and the very bytes of the till."""
    for till in world.tills:
        rows = world.hub.ask(
            "SELECT epoch, seq, hash, body FROM event WHERE device = ? ORDER BY epoch, seq",
            till.device,
        )
        own = {
            (epoch, seq): (held, body) for epoch, seq, _id, held, body, _kind in entries_of(till)
        }
        for epoch, seq, held, body in rows:
            mine = own.get((epoch, seq))
            if till.name in world.promises.lost_disks and mine != (held, body):
                continue  # the hub has what this disk has lost
            expect(mine == (held, body), f"I4: {till.name} {epoch}.{seq} is another at the hub")


def i05_acks_are_equal(world: World) -> None:
    """I5: when all is calm a till has the hub's word for everything, and for the same."""
    for till in world.tills:
        files = till.sync.files
        if files is None or till.stopped:
            continue
        epoch, seq, held = world.seen.heads.get(till.device, (0, 0, b""))
        expect(epoch == files.identity.epoch, f"I5: {till.name} lives in {files.identity.epoch}")
        expect(files.acked() == seq, f"I5: {till.name} believes {files.acked()}, it is {seq}")
        own = files.journal.hash_at(epoch, seq)
        expect(own == held.hex(), f"I5: {till.name} {epoch}.{seq} is another at the hub")


def i06_numbers_are_unique(world: World) -> None:
    """I6: no receipt number stands for two documents, and a re-print is what was printed."""
    rows = world.hub.ask(
        "SELECT document.doc_no, event.id, event.device FROM document JOIN event USING (n)"
    )
    lost = {till.device for till in world.tills if till.name in world.promises.lost_disks}
    numbers: dict[str, str] = {}
    for number, fact_id, device in rows:
        if device in lost:
            continue  # what an image of a whole machine does before it hears of itself is flagged
        first = numbers.setdefault(number, fact_id)
        expect(first == fact_id, f"I6: {number} is {first} and {fact_id}")
    for till in world.tills:
        ledger = till.window.ledger
        if ledger is None or till.name in world.promises.lost_disks:
            continue
        for printed in world.promises.of(till.name):
            if printed.hash:
                again = ledger.hash_of(printed.fact_id)
                expect(again == printed.hash, f"I6: {printed.doc_no} would be printed otherwise")


def i25_fenced_is_fenced(world: World) -> None:
    """I25: an epoch that was ended never grows: only the present one of a device is its head."""
    rows = world.hub.ask("SELECT device, epoch, last_seq FROM device")
    for device, epoch, last_seq in rows:
        newest = world.hub.ask(
            "SELECT max(epoch), max(seq) FROM event WHERE device = ? AND epoch >= ?",
            *(device, epoch),
        )
        expect((newest[0][0] or epoch) == epoch, f"I25: {device} has entries beyond epoch {epoch}")
        expect((newest[0][1] or 0) == last_seq, f"I25: {device} ends at {last_seq}")
