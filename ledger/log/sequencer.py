"""The sequencer: takes frozen entries from the outbox, gives each its index, grows the tree, signs, publishes.

One step, at one journal and under one lock of the database at a time:

    1  one transaction: entries, tiles, head                                     from its commit on, placed and durable
    2  the journal: the key will sign this size and root, and nothing against it          durable before any signature
    3  every key of the ring signs
    4  one transaction: signed, and with no witnesses to wait for published too

Whatever dies in between, or only seems to, is found again: a step believes nothing but what it reads, and signs what is
placed and not signed even when nothing new waits. What one transaction recorded stands under one checkpoint. It adds
nothing to an entry but its index.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger.kernel.cause import TIME, Cause
from ledger.kernel.clock import real_now
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.unit import Unit, Units

from . import checkpoints, merkle, notes, service, store, testimony, tiles
from .checkpoints import Checkpoint
from .journal import Journal
from .model import Entry, Head, event_kind
from .notes import Note
from .signers import Signer, VerifierKey, parse_vkey
from .store import Standing, Tree, Waiting
from .tiles import ReadTile

log = logging.getLogger(__name__)

BATCH: Final = 1000
SUBJECT: Final = "log"
LOG_OPENED = event_kind("log.opened", public="origin keys")
LOG_KEY_ROTATED = event_kind("log.key_rotated", public="keys")
DECLARING: Final = (LOG_OPENED.name, LOG_KEY_ROTATED.name)


class EdgeBroken(Refusal):
    """What is stored does not lead to what is signed."""

    kind = Kind.CONFLICT
    zh = "日志存储内容与已签名的根不一致"


class WrongKey(Refusal):
    """The log was not signed by this key."""

    kind = Kind.CONFLICT
    zh = "日志不是由该密钥签名"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the first transaction of a step left: how the log stands, how much is new, and roots it has verified."""

    standing: Standing
    placed: int
    roots: Mapping[int, bytes]


class Sequencer:
    """Places entries in one log and signs it. With `gated`, a signed checkpoint waits for who publishes it."""

    def __init__(
        self, units: Units, *, origin: str, signers: Sequence[Signer], journal: Journal, gated: bool = False
    ) -> None:
        self._units = units
        self._origin = origin
        self._signers = signers
        self._keys = [str(one.key) for one in signers]
        self._journal = journal
        self._gated = gated

    def check(self) -> int:
        """Verify the whole right edge before the first step; return how many entries are placed.

        The tiles lead to the head; the last entries are those the tiles have; what is signed and published verifies by
        the keys the log declared at its size, and is what the tiles have; the journal agrees, and what witnesses have
        shown of our own signatures; the clock is not back. Refuses `EdgeBroken`, `WrongKey`, and as the journal does.
        """
        with self._journal.alone(), self._units.read() as unit:
            standing = store.read_standing(unit)
            if standing.tree is not None:
                _require_edge(unit, standing.tree)
            self._agree(unit, standing, {})
            self._journal.moment(unit.real_now())
            if standing.tree is None:
                return 0
            for head in (standing.signed, standing.published):
                if head is not None:
                    self._require_ours(unit, head)
            self._declared_anew(unit, standing)
            return standing.tree.size

    def hear(self, shown: Mapping[str, Note]) -> None:
        """Take in what witnesses show of this log, by their addresses; `check` and `step` refuse what contradicts it.

        What was kept of them earlier and contradicts nothing any more is forgotten.
        """
        with self._units.begin() as unit:
            keys = self._known_keys(unit, store.read_standing(unit).size)
            testimony.forget(unit, origin=self._origin, keys=keys)
            for url, note in shown.items():
                testimony.hear(unit, url, note, origin=self._origin, keys=keys, at=unit.real_now())

    def step(self, limit: int = BATCH) -> int:
        """Place the oldest `limit` waiting entries (and entry 0 in an empty log), sign, publish; return how many.

        More come with them where a transaction has more: a checkpoint signs whole transactions. What an earlier step
        placed and did not sign is signed now. Refuses as `check` does, with nothing signed.
        """
        with self._journal.alone():
            done = self._extend(limit)
            tree, signed, published = done.standing.tree, done.standing.signed, done.standing.published
            if tree is not None and (signed is None or signed.size < tree.size):
                self._sign(tree, done.roots)
            elif signed is not None and not self._gated and (published is None or published.size < signed.size):
                self._publish(signed)
            return done.placed

    def _extend(self, limit: int) -> Step:
        """Place what waits, in one transaction. It verifies what it grows from: nothing else is remembered."""
        with self._units.begin() as unit:
            standing = store.read_standing(unit, alone=True)
            size, edges = standing.size, _edges(standing)
            root = _root_of(size, edges)
            if standing.tree and root != standing.tree.root:
                raise EdgeBroken(_edge_broken("the tiles do not lead to the root of what is placed"), size=size)
            roots = self._agree(unit, standing, {size: root})
            own, waiting = self._of_its_own(unit, standing), store.oldest(unit, limit)
            if own or waiting:
                standing = replace(standing, tree=_place(unit, size, edges, own, waiting))
        return Step(standing=standing, placed=len(own) + len(waiting), roots=roots)

    def _sign(self, tree: Tree, roots: Mapping[int, bytes]) -> None:
        """Have the journal allow it, sign, and keep the signed checkpoint: all of it over what is durable."""
        checkpoint = Checkpoint(origin=self._origin, size=tree.size, root=tree.root)
        at = self._journal.authorise(checkpoint, at=real_now(), root_at=roots.__getitem__)
        note = notes.sign_checkpoint(checkpoint, self._signers, at=at)
        head = Head(size=tree.size, root=tree.root, note=note, at=at)
        with self._units.begin() as unit:
            invariant(store.save_signed(unit, head, shown=not self._gated), "what was just placed is placed")

    def _publish(self, signed: Head) -> None:
        """Show what is signed and was waiting for witnesses that nobody asks for any more."""
        with self._units.begin() as unit:
            store.save_published(unit, replace(signed, at=unit.real_now()))

    def _agree(self, unit: Unit, standing: Standing, known: Mapping[int, bytes]) -> dict[int, bytes]:
        """Hold the log against the journal, and against what witnesses have shown; return the roots the tiles have.

        Those are the `known` ones, and that at the journal's size. A journal that says less than the newest checkpoint
        our keys signed, or that is not there yet, adopts that one.
        """
        roots = dict(known)

        def root_at(size: int) -> bytes:
            if size not in roots:
                roots[size] = tiles.root_at(_reader(unit), size)
            return roots[size]

        last, signed = self._journal.review(origin=self._origin, size=standing.size, root_at=root_at), standing.signed
        if signed is not None and (last is None or last.checkpoint.size < signed.size):
            self._require_ours(unit, signed)
            self._journal.adopt(Checkpoint(origin=self._origin, size=signed.size, root=signed.root), at=signed.at)
            root_at(signed.size)
            log.warning("the journal %s begins with the checkpoint of %d entries", self._journal.path, signed.size)
        if standing.accused:
            testimony.review(unit, origin=self._origin, keys=self._known_keys(unit, standing.size))
        return roots

    def _known_keys(self, unit: Unit, size: int) -> list[VerifierKey]:
        """Return the keys that may have signed this log as far as we know: our ring, and what it declared last."""
        return [*(one.key for one in self._signers), *(parse_vkey(one) for one in _declared(unit, size))]

    def _of_its_own(self, unit: Unit, standing: Standing) -> list[Entry]:
        """Return the entry that declares the keys: entry 0 of a new log, or a rotation where the ring has changed."""
        if standing.size == 0:
            event = LOG_OPENED(SUBJECT, origin=self._origin, keys=self._keys)
        elif self._declared_anew(unit, standing):
            event = LOG_KEY_ROTATED(SUBJECT, keys=self._keys)
        else:
            return []
        return service.fix(unit, [(Cause(actor=TIME, at=unit.now(), request_id="log"), event)])

    def _declared_anew(self, unit: Unit, standing: Standing) -> bool:
        """Whether our ring is not the one the log declared last.

        Refuses `WrongKey`: they have no key in common; or, where it is another, none in common with what signed the
        newest signed or published checkpoint. What is only placed has told nobody about a new key yet.
        """
        keys = _keys_in(standing.own) if standing.own else None
        ours, declared = set(self._keys), set(keys or _declared(unit, standing.size))
        if ours == declared:
            return False
        heads = [one for one in (standing.signed, standing.published) if one is not None]
        for known in (declared, *(set(_declared(unit, head.size)) for head in heads)):
            if not ours & known:
                raise WrongKey(_wrong_key(sorted(known)), size=standing.size)
        return True

    def _require_ours(self, unit: Unit, head: Head) -> None:
        """Refuse `WrongKey`, `EdgeBroken` unless a checkpoint is this log's, by the keys it had declared by then."""
        declared = _declared(unit, head.size)
        try:
            note = notes.parse(head.note)
            notes.verify_each(note, [parse_vkey(one) for one in declared])
            said = checkpoints.parse(note.text)
        except Refusal as refusal:
            raise WrongKey(_wrong_key(declared), size=head.size) from refusal
        if said != Checkpoint(origin=self._origin, size=head.size, root=head.root):
            raise EdgeBroken(_edge_broken("a checkpoint does not say what is kept beside it"), size=head.size)
        if _root_at(unit, head.size) != head.root:
            raise EdgeBroken(_edge_broken("the tiles do not lead to what a checkpoint signs"), size=head.size)


def _place(unit: Unit, size: int, edges: Mapping[int, bytes], own: Sequence[Entry], waiting: Sequence[Waiting]) -> Tree:
    """Append entries to a log of `size`; return what is placed then."""
    store.insert(unit, size, own)
    with store.moving(unit, size + len(own), waiting) as write:
        leaves = [*(one.leaf for one in own), *(merkle.leaf_hash(one.content) for one in waiting)]
        growth = tiles.grow(size, edges, leaves)
        grown = Tree(size=growth.size, root=growth.root)
        write(grown, growth.tiles)
    return grown


def _require_edge(unit: Unit, tree: Tree) -> None:
    """Refuse `EdgeBroken` unless the last entries and every tile above them lead to the root of what is placed."""
    if _root_at(unit, tree.size) != tree.root:
        raise EdgeBroken(_edge_broken("the tiles do not lead to the root of what is placed"), size=tree.size)
    first = (tree.size - 1) // tiles.WIDTH * tiles.WIDTH
    leaves = [merkle.leaf_hash(one) for one in store.read_entries(unit, first, first + tiles.WIDTH)]
    read_tile = _reader(unit)
    if len(leaves) != tree.size - first or b"".join(leaves) != read_tile(0, first // tiles.WIDTH):
        raise EdgeBroken(_edge_broken("the last entries are not those that the tiles have"), size=tree.size)
    path = tiles.prove_inclusion(read_tile, tree.size - 1, tree.size)
    try:
        merkle.verify_inclusion(leaf=leaves[-1], index=tree.size - 1, size=tree.size, proof=path, root=tree.root)
    except merkle.NotProven as refusal:
        raise EdgeBroken(_edge_broken("the tiles above the last entries contradict them"), size=tree.size) from refusal


def _root_of(size: int, edges: Mapping[int, bytes]) -> bytes:
    """Return the root from the edges as they are stored; a short one leads to no root anybody signed."""
    try:
        return tiles.root_of(size, edges)
    except tiles.NotATile:
        return b""


def _root_at(unit: Unit, size: int) -> bytes | None:
    """Return the root that the tiles have at a size, or None where they do not reach so far."""
    try:
        return tiles.root_at(_reader(unit), size)
    except tiles.NotATile:
        return None


def _reader(unit: Unit) -> ReadTile:
    return lambda level, index: store.read_tile(unit, level, index) or b""


def _edges(standing: Standing) -> dict[int, bytes]:
    """Return the right-most partial tile of every level, as far as the size fills it."""
    return {
        one.level: standing.edges.get(one.level, b"")[: one.width * merkle.HASH_BYTES]
        for one in tiles.edge_of(standing.size)
    }


def _declared(unit: Unit, size: int) -> list[str]:
    """Return the vkeys that the log declares at `size`."""
    newest = store.newest_of(unit, SUBJECT, DECLARING, before=size)
    return (_keys_in(newest) if newest else None) or []


def _keys_in(content: bytes) -> list[str] | None:
    """Return the vkeys that an entry of the log's own chain declares, or None where it is about something else."""
    entry = json.loads(content)
    return [str(one) for one in entry["data"]["keys"]] if entry["kind"] in DECLARING else None


def _edge_broken(what: str) -> str:
    return (
        f"{what}: the database is damaged or was changed by hand; refusing to sign on top of it. Nothing was signed.\n"
        "1. Stop the exchange and keep a copy of the database as it is: somebody will have to explain it.\n"
        "2. Audit the newest export (`mengkeju ledger audit`): it tells which state was sound.\n"
        "3. Restore the newest backup that agrees with it, and replay the archived WAL up to now.\n"
        "4. Start again. Do not delete log.signed: it refuses a backup that is too old."
    )


def _wrong_key(declared: Sequence[str]) -> str:
    names = ", ".join("+".join(one.split("+", 2)[:2]) for one in declared) or "nobody we know"
    return (
        f"the log is signed by {names}, and the key file holds none of these keys. Nothing was signed.\n"
        "1. If the key file was lost or replaced, bring the one of this database back, with its log.signed.\n"
        "2. To change keys, keep the old beside the new (`mengkeju ledger keys add`) and start, until a checkpoint\n"
        "   that both signed is published; only then take the old away (`mengkeju ledger keys retire`), start again.\n"
        "3. If no old key is left, this log ends here: keep its last checkpoint and exports, and start a new log with\n"
        "   another MENGKEJU_ORIGIN."
    )
