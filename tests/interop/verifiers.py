"""The verifiers, each under the same few questions, and their verdicts.

Not every verifier answers every question: Sigstore's client knows inclusion proofs only. `ours` is here to show that
the others and we agree on each altered copy.
"""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from ledger.audit import structure
from ledger.audit.folder import Folder
from ledger.audit.report import Wrong
from ledger.kernel.errors import Refusal
from ledger.log import checkpoints, merkle, notes, proofs, submissions
from ledger.log.checkpoints import Checkpoint
from ledger.log.signers import parse_vkey
from tests.interop import prepare
from tests.interop.logs import VKEY, VKEYS

GO, SIGSTORE, SCALES, OURS = "x/mod", "sigstore", "tlog-scales", "ours"
OF_EXPORTS = [GO, SCALES, OURS]
OF_PROOFS = [GO, SIGSTORE, SCALES, OURS]
OF_CONSISTENCY = [GO, SCALES, OURS]


@dataclass(frozen=True)
class Verdict:
    accepts: bool
    said: str


class Verifier(Protocol):
    def export(self, folder: Path) -> Verdict: ...

    def proofs(self, files: Sequence[Path]) -> Mapping[Path, Verdict]: ...

    def consistency(self, file: Path, old: Path) -> Verdict: ...


class XMod:
    """Our Go program over golang.org/x/mod's `note` and `tlog`."""

    def __init__(self) -> None:
        self.binary = prepare.verify_log()
        if not self.binary.exists():
            pytest.skip("the Go program is not built: make interop builds it")

    def export(self, folder: Path) -> Verdict:
        return self.run(str(folder), VKEY)[f"export {folder}"]

    def proofs(self, files: Sequence[Path], export: Path | str = "-") -> Mapping[Path, Verdict]:
        said = self.run(str(export), VKEY, "--proof", *map(str, files))
        return {one: said[f"proof {one}"] for one in files}

    def consistency(self, file: Path, old: Path, export: Path | str = "-") -> Verdict:
        said = self.run(str(export), VKEY, "--old", str(old), "--consistency", str(file))
        about = [said[f"old {old}"], said[f"consistency {file}"]]
        return Verdict(all(one.accepts for one in about), " · ".join(one.said for one in about))

    def run(self, *arguments: str) -> Mapping[str, Verdict]:
        return _asked([str(self.binary), *arguments])


class Sigstore:
    """The Merkle and checkpoint code of Sigstore's JavaScript client."""

    def __init__(self) -> None:
        if not prepare.NODE_STAMP.exists() or prepare.NODE_STAMP.read_text() != prepare.node_modules_wanted():
            pytest.skip("npm's packages are not installed: make interop installs them")

    def export(self, folder: Path) -> Verdict:
        raise NotImplementedError

    def proofs(self, files: Sequence[Path]) -> Mapping[Path, Verdict]:
        said = _asked(["node", str(prepare.NODE / "verify-proof.js"), VKEY, *map(str, files)])
        return {one: said[f"proof {one}"] for one in files}

    def consistency(self, file: Path, old: Path) -> Verdict:
        raise NotImplementedError


class Scales:
    """PyPI's tlog-scales, which also holds the ML-DSA-44 signature of the log against each checkpoint."""

    def __init__(self) -> None:
        pytest.importorskip("tlog_scales", reason="tlog-scales is not installed: make setup installs it")
        from tests.interop import scales

        self.scales = scales

    def export(self, folder: Path) -> Verdict:
        return self._verdict(lambda: self.scales.verify_export(folder, VKEYS))

    def proofs(self, files: Sequence[Path]) -> Mapping[Path, Verdict]:
        return {
            one: self._verdict(lambda one=one: self.scales.verify_proof(one.read_bytes(), VKEYS))  # type: ignore[misc]
            for one in files
        }

    def consistency(self, file: Path, old: Path) -> Verdict:
        return self._verdict(lambda: self.scales.verify_consistency(file.read_bytes(), old.read_bytes(), VKEYS))

    def reader(self, folder: Path):
        """Return tlog-scales' own reader of an export."""
        reader = self.scales.TilesReader(self.scales.LocalBackend(folder))
        reader.get_checkpoint()
        return reader

    def _verdict(self, check) -> Verdict:
        try:
            return Verdict(accepts=True, said=check())
        except self.scales.NO as reason:
            return Verdict(accepts=False, said=repr(reason))


class Ours:
    """The record's own code."""

    def __init__(self) -> None:
        self.keys = [parse_vkey(one) for one in VKEYS]

    def export(self, folder: Path) -> Verdict:
        return _verdict(lambda: self._export(folder))

    def proofs(self, files: Sequence[Path]) -> Mapping[Path, Verdict]:
        return {one: _verdict(lambda one=one: self._proof(one.read_bytes())) for one in files}  # type: ignore[misc]

    def consistency(self, file: Path, old: Path) -> Verdict:
        return _verdict(lambda: self._consistency(file.read_bytes(), self._open(old.read_bytes())))

    def _export(self, folder: Path) -> str:
        signed, read = self._open((folder / "checkpoint").read_bytes()), Folder(folder)
        read.require_layout(signed.size)
        structure.prove(read, signed, lambda _done, _total: None)
        return str(signed)

    def _proof(self, content: bytes) -> str:
        proof = proofs.parse(content)
        self._open(proof.checkpoint)
        _require(proof.extra is not None)
        return str(proofs.verify(proof, entry=proof.extra or b"", keys=self.keys))

    def _consistency(self, content: bytes, old: Checkpoint) -> str:
        asked = submissions.parse(content)
        _require(asked.old_size == old.size)
        newer = self._open(asked.checkpoint)
        merkle.verify_consistency(
            old_size=old.size,
            old_root=old.root,
            size=newer.size,
            root=newer.root,
            proof=asked.proof,
        )
        return str(newer)

    def _open(self, content: bytes) -> Checkpoint:
        note = notes.parse(content)
        notes.verify_each(note, self.keys)
        return checkpoints.parse(note.text)


MAKERS = {GO: XMod, SIGSTORE: Sigstore, SCALES: Scales, OURS: Ours}


def _asked(command: list[str]) -> Mapping[str, Verdict]:
    """Run a verifier and read what it says, one line a thing; its exit code must say the same."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert not done.stderr
    said = {}
    for line in done.stdout.splitlines():
        word, _, rest = line.partition(" ")
        subject, _, found = rest.strip().partition(": ")
        said[subject] = Verdict(word == "ok", found)
    assert (done.returncode == 0) == all(one.accepts for one in said.values()), done.stdout
    return said


def _verdict(check) -> Verdict:
    try:
        return Verdict(accepts=True, said=check())
    except (Refusal, Wrong, ValueError) as reason:
        return Verdict(accepts=False, said=repr(reason))


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("it differs")
