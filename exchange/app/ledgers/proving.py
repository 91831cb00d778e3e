"""Checking one entry's proof, offline: a file from the exchange, a policy from somebody you trust, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from ledger.audit import entries
from ledger.audit.report import printable
from ledger.kernel import instant
from ledger.kernel.errors import Refusal
from ledger.log import merkle, notes, page, proofs
from ledger.log.policy import Policy, Verdict
from ledger.log.proofs import MAX_PROOF_BYTES, Proof
from ledger.log.signers import VerifierKey
from ledger.log.tiles import MAX_ENTRY_BYTES

from .showing import FILE, read_policy

UNWITNESSED: Final = "UNWITNESSED"


@click.command("verify")
@click.argument("file", type=FILE)
@click.option("--policy", "trusted", type=FILE, required=True, help="Whom you believe (C2SP tlog-policy).")
@click.option("--entry", "kept", type=FILE, help="The entry's bytes, where the proof does not carry them.")
@click.option("--show", is_flag=True, help="Also print the entry.")
def verify_command(file: Path, trusted: Path, kept: Path | None, show: bool) -> None:
    """Verify a .tlog-proof with no database and no network; exit 1 and say what does not hold.

    The log and its witnesses are believed as far as the policy says; take that from somebody you trust, not from
    whoever hands you the proof.
    """
    policy = read_policy(trusted)
    try:
        for line in verify_proof(file, policy, kept):
            click.echo(line)
    except Refusal as refusal:
        click.echo(f"verify: FAILED {refusal.title()}: {printable(refusal.detail)}")
        raise SystemExit(1) from refusal
    if show:
        click.echo(_pretty(_entry(proofs.parse(_read(file, MAX_PROOF_BYTES)), kept) or b""))


@click.command("page")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def page_command(file: Path) -> None:
    """Write the page that verifies proofs in any browser, without a server, to FILE."""
    file.write_bytes(page.html())
    click.echo(f"open {file} in a browser; it needs no network")


def verify_proof(file: Path, policy: Policy, kept: Path | None = None) -> list[str]:
    """Return what is proven by the proof in a file, line by line. Refuses what `proofs.verify_under` does."""
    proof = proofs.parse(_read(file, MAX_PROOF_BYTES))
    entry = _entry(proof, kept)
    verdict = proofs.verify_under(proof, policy=policy, entry=entry)
    assert entry is not None  # or it had been refused
    return list(told(proof, verdict, policy, entry))


def told(proof: Proof, verdict: Verdict, policy: Policy, entry: bytes) -> Iterator[str]:
    """Yield what was proven, line by line, the last one for a machine."""
    checkpoint, note = verdict.checkpoint, notes.parse(proof.checkpoint)
    yield f"log        ok      {printable(checkpoint.origin)}, {checkpoint.size} entries"
    for key in verdict.logs:
        yield f"signed     ok      by the log: {key.title}{_time(note, key)}"
    for witness in verdict.witnesses:
        yield f"witnessed  ok      by {printable(witness.name)}: {witness.key.title}{_time(note, witness.key)}"
    if policy.quorum is None:
        yield f"witnessed  {UNWITNESSED}: the policy asks for no witness, so another history may be shown to others"
    else:
        yield f"quorum     ok      {printable(policy.quorum)}"
    yield f"in tree    ok      entry {proof.index} of {checkpoint.size}, {len(proof.path)} hashes up to the signed root"
    yield f"says               {_gist(entry)}"
    witnessed = "none" if policy.quorum is None else printable(policy.quorum)
    leaf = merkle.leaf_hash(entry).hex()
    yield f"verify: ok index={proof.index} size={checkpoint.size} quorum={witnessed} leaf={leaf}"


def _entry(proof: Proof, kept: Path | None) -> bytes | None:
    return _read(kept, MAX_ENTRY_BYTES) if kept else proof.extra


def _gist(entry: bytes) -> str:
    try:
        said = entries.read(entry)
    except entries.NotAnEntry:
        return f"{len(entry)} bytes that are no entry of this exchange's kind"
    return printable(f"{said['kind']} of {said['subject']}, recorded {said['recorded_at']}")


def _pretty(entry: bytes) -> str:
    try:
        lines = json.dumps(json.loads(entry), ensure_ascii=False, indent=2).splitlines()
    except (ValueError, RecursionError):
        lines = [repr(entry)]
    return "\n".join(printable(line) for line in lines)


def _time(note: notes.Note, key: VerifierKey) -> str:
    at = next((notes.signed_at(key, one) for one in note.signatures if one.claims(key)), None)
    return f" at {instant.render(at)}" if at else ""


def _read(file: Path, limit: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(limit + 1)
