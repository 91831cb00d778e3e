"""Checking a record pack with no network, no database and no trust in whom it came from.

1. zip         it is sound, of a lawful size, and holds nothing but files of a pack
2. files       they are those that `pack.json` lists, and can be read
3. signature   the pinned key signed the checkpoint (without one: the key that lies in the pack, which pins nothing)
   witnesses   with a policy instead of a key: a log key that it names signed, and its quorum has seen the checkpoint
   proofs      every entry stands in the log that the checkpoint signs
4. chains      lot, listing and asset, of a deal contract, settlement and claims too, are there from their first entry,
               and the lot has its result
   opened      opened values fit the digests in the entries, and are none but the seller's to see
   pages       `index.html`, `timeline.json` and the rest say what the entries say
5. outcome     the result of the lot, computed again from its bids
   contract    of a deal's pack: type, parts, signatures, deadlines, number, and that it is this sale's
   money       of a deal's pack: every transfer and every sum, and that they are this contract's
   incentive   of a deal's pack: every clause and every step of each claim, and that its facts are this deal's
6. copy        with a copy of the log: its entries are those of the pack, it continues the pack's checkpoint, and it
               records no other file as this edition of the lot's pack

What cannot be known without a copy of the log: whether the log was rewritten after the pack was made, and whether the
record went on about the same subjects after the pack's last entry, or knows of a claim that is left out.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import click

from exchange.auctions import checks as auctions
from exchange.auctions.model import State
from exchange.contracts import checks
from exchange.contracts.model import CHECKPOINT, DEAL_VERSION, VKEY, Facts
from ledger.audit.folder import read_plain
from ledger.audit.report import Wrong, printable
from ledger.kernel.canonical import Json
from ledger.kernel.errors import Refusal
from ledger.kernel.money import format_yuan
from ledger.log import checkpoints, notes, signers
from ledger.log.policy import Policy
from ledger.log.signers import VerifierKey

from ..ledgers.showing import FILE, read_policy
from . import archive, deal
from .against import compare

MAX_FINDINGS: Final = 20  # of one check that are told
MAX_KEY_BYTES: Final = 8192
NOT_PINNED: Final = "key not pinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification says, line by line, and whether everything it checked holds."""

    lines: tuple[str, ...]
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    directory: Path
    sha256: str  # of the pack's file, which the copy may record


@dataclass(frozen=True, slots=True)
class _Trust:
    key: VerifierKey | None
    policy: Policy | None


class _Telling:
    """Runs checks one after the other and keeps what is to be told of each."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.failed: list[str] = []

    def check(self, name: str, findings: Callable[[], Iterable[str]], fine: Callable[[], str]) -> bool:
        """Tell what `findings` finds, or that all is well and what `fine` says; return which."""
        found: list[str] = []
        try:
            found.extend(islice(findings(), MAX_FINDINGS + 1))
        except (Wrong, Refusal, checks.NotAPack) as wrong:
            found.append(str(wrong))
        except RecursionError:
            found.append("something is nested too deeply")
        found = list(dict.fromkeys(found))
        if not found:
            self.lines.append(printable(f"{name:<10} ok      {fine()}"))
            return True
        self.failed.append(name)
        self.lines += [f"{name:<10} FAILED  {printable(one)}" for one in found[:MAX_FINDINGS]]
        self.lines += [f"{name:<10} FAILED  … and more"] * (len(found) > MAX_FINDINGS)
        return False


def verify(
    file: Path, *, vkey: str | None = None, policy: Policy | None = None, against: Path | None = None
) -> Verdict:
    """Check the pack in `file`; see above for the checks. Refuses `NotAKey` for `vkey` itself, and nothing else."""
    pinned = signers.parse_vkey(vkey) if vkey is not None else None
    telling = _Telling()
    facts = _pack(telling, file, _Trust(pinned, policy), against)
    if telling.failed:
        telling.lines.append(f"evidence: FAILED {', '.join(telling.failed)}")
    elif facts is not None:
        size = checkpoints.parse(notes.parse(facts.checkpoint).text).size
        compared = " against=ok" if against else ""
        telling.lines.append(f"evidence: ok lot={facts.lot} entries={len(facts.exhibits)} log_size={size}{compared}")
    if pinned is None and policy is None:
        telling.lines.append(NOT_PINNED)
    return Verdict(lines=tuple(telling.lines), ok=not telling.failed)


def _pack(telling: _Telling, file: Path, trust: _Trust, against: Path | None) -> Facts | None:
    files: dict[str, bytes] = {}
    read: list[Facts] = []

    def unpacked() -> Iterator[str]:
        files.update(archive.unpack(file))
        yield from ()

    def readable() -> Iterator[str]:
        yield from checks.manifest(files)
        read.append(checks.facts(files))

    total = f"{file.stat().st_size:,} bytes" if file.is_file() else ""
    if not telling.check("zip", unpacked, lambda: f"{len(files)} files, {total}"):
        return None
    telling.check("files", readable, lambda: "those that pack.json lists")
    copy = _Copy(directory=against, sha256=archive.sha256(file)) if against else None
    for facts in read:
        _facts(telling, files, facts, trust, copy)
    return read[0] if read else None


def _facts(telling: _Telling, files: dict[str, bytes], facts: Facts, trust: _Trust, copy: _Copy | None) -> None:
    keys = [trust.key or signers.parse_vkey(facts.vkey)]
    count = len(facts.exhibits)
    if (policy := trust.policy) is not None:
        telling.check("witnesses", lambda: _witnessed(facts, policy), lambda: _seen_by(facts, policy))
    telling.check("signature", lambda: _signature(facts, keys), lambda: f"of {keys[0].name}, key {keys[0].id.hex()}")
    telling.check("proofs", lambda: checks.proven(facts, keys), lambda: f"{count} entries stand in the log")
    subjects = ", ".join(checks.about(facts).subjects)
    telling.check("chains", lambda: checks.chains(facts), lambda: f"whole: {subjects}")
    opened = len(facts.disclosures)
    telling.check("opened", lambda: checks.disclosed(facts), lambda: f"{opened} sealed values fit their digests")
    telling.check("pages", lambda: checks.derived(files, facts), lambda: "index.html and timeline.json say the same")
    entries = checks.entries_of(facts, facts.lot)
    telling.check("outcome", lambda: _outcome(facts, entries), lambda: _result(entries))
    if facts.version == DEAL_VERSION:
        telling.check("contract", lambda: deal.contract(facts), lambda: deal.contract_told(facts))
        telling.check("money", lambda: deal.money(facts), lambda: deal.money_told(facts))
        telling.check("incentive", lambda: deal.incentive(facts), lambda: deal.incentive_told(facts))
    if copy is not None:
        where, sha256 = copy.directory, copy.sha256
        telling.check("copy", lambda: compare(facts, sha256, where, keys), lambda: f"{where} holds the same entries")


def _witnessed(facts: Facts, policy: Policy) -> Iterator[str]:
    """Yield nothing: what the policy does not accept, it refuses."""
    policy.verify(notes.parse(facts.checkpoint))
    yield from ()


def _seen_by(facts: Facts, policy: Policy) -> str:
    if policy.quorum is None:
        return "UNWITNESSED: the policy asks for no witness"
    return ", ".join(one.name for one in policy.verify(notes.parse(facts.checkpoint)).witnesses)


def _signature(facts: Facts, keys: list[VerifierKey]) -> Iterator[str]:
    """Yield why the checkpoint is not signed by the trusted key, or the key shown in the pack is not one of its own."""
    note = notes.parse(facts.checkpoint)
    for key in dict.fromkeys((*keys, signers.parse_vkey(facts.vkey))):
        where = CHECKPOINT if key in keys else VKEY
        try:
            notes.verify(note, [key])
        except Refusal as refusal:
            yield f"{where}: key {key.id.hex()} of {key.name} did not sign the checkpoint: {refusal.title()}"


def _outcome(facts: Facts, entries: list[dict[str, Json]]) -> Iterator[str]:
    yield from auctions.check(entries)
    fold = auctions.fold(entries)
    if fold is None or fold.state is State.ANNOUNCED:
        yield f"{facts.lot} has no result that could be computed again"


def _result(entries: list[dict[str, Json]]) -> str:
    fold = auctions.fold(entries)
    if fold is None or fold.price_fen is None:
        return f"{fold.state if fold else ''} with no bid, computed again"
    came_to = "sold, and fell through," if fold.state is State.FELL_THROUGH else fold.state.value
    return f"{came_to} at {format_yuan(fold.price_fen)} yuan, code {fold.leader_code}, after {fold.bid_count} bids"


@click.group()
def evidence() -> None:
    """Check record packs offline."""


@evidence.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--vkey", metavar="KEY", help="The log's key, from a source you trust: its text, or a file holding it.")
@click.option("--policy", "trusted", type=FILE, help="Instead of a key: the policy you trust, with its witnesses.")
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="A copy of the log, as `ledger export` writes it.",
)
def verify_command(file: Path, vkey: str | None, trusted: Path | None, against: Path | None) -> None:
    """Check the record pack in FILE: what it says, who signed it, whether the log still says the same.

    Exits 0 when everything holds, 1 when something does not. Without --vkey or --policy the last line is `key not
    pinned`.
    """
    if vkey is not None and trusted is not None:
        raise click.UsageError("name what you trust: --vkey KEY, or --policy FILE")
    policy = read_policy(trusted) if trusted else None
    try:
        verdict = verify(file, vkey=_key(vkey) if vkey is not None else None, policy=policy, against=against)
    except (signers.NotAKey, Wrong, UnicodeDecodeError, OSError) as error:
        raise click.BadParameter(str(error), param_hint="--vkey") from error
    for line in verdict.lines:
        click.echo(line)
    raise SystemExit(0 if verdict.ok else 1)


def _key(given: str) -> str:
    """Return the key that was given as text or as the name of a file."""
    if "+" in given or not Path(given).exists():
        return given.strip()
    return read_plain(Path(given).resolve(), given, MAX_KEY_BYTES).decode().strip()
