"""A thousand seeded mutations of one export: every one is caught, and the finding names what was mutated.

Each mutation returns where the finding may be: the file it touched, or the consequence written beside it.
"""

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.audit.engine import audit
from ledger.log import tiles
from tests.make_log import OTHER_SIGNER, VKEY, Log, rewritten

from .findings import finding

SIZE = 700
SHARDS, PER_SHARD = 20, 50
LOG = Log().trade(SIZE)
OLD = LOG.checkpoint_at(650)


def flip(folder: Path, rng: random.Random) -> set[str]:
    path = any_file(folder, rng)
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    return {name(folder, path)}


def drop(folder: Path, rng: random.Random) -> set[str]:
    path = any_file(folder, rng)
    path.unlink()
    return {name(folder, path), name(folder, path.parent)}  # a folder left empty is no part of the log either


def swap(folder: Path, rng: random.Random) -> set[str]:
    one, other = rng.sample(all_files(folder), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    return {name(folder, one), name(folder, other)}


def truncate(folder: Path, rng: random.Random) -> set[str]:
    path = any_file(folder, rng)
    path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size)])
    return {name(folder, path)}


def append(folder: Path, rng: random.Random) -> set[str]:
    path = any_file(folder, rng)
    path.write_bytes(path.read_bytes() + rng.randbytes(rng.choice([1, 2, 32, 64, 500])))
    return {name(folder, path)}


def stray(folder: Path, rng: random.Random) -> set[str]:
    path = rng.choice([one for one in folder.rglob("*") if one.is_dir()] + [folder]) / f"{rng.randrange(1000):03d}"
    if path.exists():
        path = path.with_name(f"{path.name}.bak")
    path.write_bytes(rng.randbytes(8))
    return {name(folder, path)}


def rename(folder: Path, rng: random.Random) -> set[str]:
    path = any_file(folder, rng)
    path.rename(path.with_name(f"{path.name}9"))
    return {name(folder, path), name(folder, path.with_name(f"{path.name}9"))}


def swap_entries(folder: Path, rng: random.Random) -> set[str]:
    path, first, entries = any_bundle(folder, rng)
    one, other = rng.sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]
    path.write_bytes(tiles.encode_bundle(entries))
    return {f"{name(folder, path)} {first + min(one, other)}"}


def rewrite_entry(folder: Path, rng: random.Random) -> set[str]:
    path, first, entries = any_bundle(folder, rng)
    at = rng.randrange(len(entries))
    entries[at] = bytes([*entries[at][:-1], entries[at][-1] ^ 1])
    path.write_bytes(tiles.encode_bundle(entries))
    return {f"{name(folder, path)} {first + at}"}


def drop_entry(folder: Path, rng: random.Random) -> set[str]:
    path, _, entries = any_bundle(folder, rng)
    del entries[rng.randrange(len(entries))]
    path.write_bytes(tiles.encode_bundle(entries))
    return {name(folder, path)}


def rebuild_without_the_key(folder: Path, rng: random.Random) -> set[str]:
    signed = (folder / "checkpoint").read_bytes()
    replace(folder, forge(rng))
    (folder / "checkpoint").write_bytes(signed)
    return {"checkpoint"}  # every file fits every other, but none of them the signature


def sign_with_another_key(folder: Path, rng: random.Random) -> set[str]:
    forged = forge(rng) if rng.random() < 0.5 else Log([OTHER_SIGNER]).trade(SIZE)
    forged.signers = [OTHER_SIGNER]
    replace(folder, forged)
    return {"checkpoint"}


MUTATIONS = {
    flip: 12, drop: 4, swap: 6, truncate: 6, append: 6, stray: 4, rename: 2,
    swap_entries: 4, rewrite_entry: 4, drop_entry: 2, rebuild_without_the_key: 1, sign_with_another_key: 1,
}  # fmt: skip


def replace(folder: Path, log: Log) -> None:
    shutil.rmtree(folder)  # an export would refuse to go on with another past
    log.write(folder)


def forge(rng: random.Random) -> Log:
    index = rng.randrange(1, 650)
    return rewritten(LOG, index, f'"{index * 100}"'.encode(), b'"%d"' % rng.randrange(10**6, 10**9))


def all_files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file())


def any_file(folder: Path, rng: random.Random) -> Path:
    return rng.choice(all_files(folder))


def any_bundle(folder: Path, rng: random.Random) -> tuple[Path, int, list[bytes]]:
    """Return a bundle's path, the index of its first entry, and its entries."""
    bundle = rng.choice(list(tiles.bundles_of(SIZE)))
    path = folder / bundle.path
    return path, bundle.index * 256, tiles.decode_bundle(path.read_bytes())


def name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


@pytest.fixture(scope="module")
def sound() -> Iterator[Path]:
    memory = Path("/dev/shm")  # a thousand copies need no disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as room:
        folder = LOG.write(Path(room) / "sound")
        assert audit(folder, vkey=VKEY, since=OLD).entries == SIZE
        assert {"tile/1/000.p/2", "tile/0/002.p/188"} <= {name(folder, one) for one in all_files(folder)}
        yield folder


class TestAudit:
    @pytest.mark.parametrize("shard", range(SHARDS))
    def test_catches_and_locates_every_mutation(self, sound, shard):
        rng = random.Random(shard)
        for mutate in rng.choices(list(MUTATIONS), list(MUTATIONS.values()), k=PER_SHARD):
            folder = sound.with_name("copy")
            shutil.copytree(sound, folder)
            places = mutate(folder, rng)
            found = finding(folder)

            assert {found.where, f"{found.where} {found.entry}"} & places, f"{mutate.__name__} at {places}: {found}"
            shutil.rmtree(folder)

    @pytest.mark.parametrize("seed", range(10))
    def test_is_told_of_a_rewrite_with_the_real_key_by_an_old_checkpoint(self, tmp_path, seed):
        folder = forge(random.Random(seed)).write(tmp_path / "forged")

        assert audit(folder, vkey=VKEY).entries == SIZE  # nothing in the copy itself gives it away
        found = finding(folder, since=OLD)
        assert found.where == "checkpoint"
        assert found.what.startswith("fork: for the first 650 entries ")
