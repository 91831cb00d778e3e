"""A pack in a stranger's hands: what is said of an honest one, and which check names which kind of cheating."""

import hashlib

import pytest
from click.testing import CliRunner

from exchange.app.evidence import archive, evidence, verify
from exchange.contracts import checks, rules
from exchange.contracts.model import PACK_BUILT
from exchange.contracts.service import zipped
from ledger.log import policy as policies
from ledger.log.signers import COSIGNATURE, ED25519, NotAKey, generate, parse_vkey
from tests import make_achievements as listings
from tests import make_auctions as lots
from tests import make_contracts as make
from tests.make_auctions import LOT
from tests.make_log import OTHER_SIGNER, VKEY, Log, rewritten
from tests.vectors.make_record_pack import FILE

OTHER_VKEY = str(OTHER_SIGNER.key)


@pytest.fixture(scope="module")
def ledger():
    return make.story()


@pytest.fixture(scope="module")
def files(ledger):
    return ledger.files()


@pytest.fixture
def said(tmp_path):
    """What is said of a pack of these files."""

    def said(files, *, vkey=VKEY, against=None):
        return verify(make.pack_file(tmp_path, files), vkey=vkey, against=against)

    return said


def failed(verdict):
    """The checks that failed, in order."""
    assert not verdict.ok
    return list(dict.fromkeys(line.split()[0] for line in verdict.lines if " FAILED  " in line))


def text(verdict):
    return "\n".join(verdict.lines)


class TestVerify:
    def test_says_of_an_honest_pack_what_it_holds(self, files, said):
        verdict = said(files)

        assert verdict.ok
        assert [line.split()[0] for line in verdict.lines] == [
            *("zip", "files", "signature", "proofs", "chains", "opened", "pages", "outcome", "evidence:")
        ]
        assert "outcome    ok      sold at 11100.00 yuan, code 0013, after 5 bids" in verdict.lines
        assert verdict.lines[-1] == f"evidence: ok lot={LOT} entries=21 log_size=23"

    def test_ends_with_a_warning_without_a_key(self, files, said):
        verdict = said(files, vkey=None)

        assert verdict.ok
        assert verdict.lines[-2:] == (f"evidence: ok lot={LOT} entries=21 log_size=23", "key not pinned")

    def test_refuses_a_key_that_is_none(self, files, said):
        with pytest.raises(NotAKey):
            said(files, vkey="nothing")

    def test_names_another_key(self, files, said):
        verdict = said(files, vkey=OTHER_VKEY)

        assert failed(verdict) == ["signature", "proofs"]
        assert f"key {OTHER_SIGNER.key.id.hex()}" in text(verdict)

    def test_names_a_pack_whose_own_key_did_not_sign(self, ledger, said):
        facts = ledger.facts([LOT, listings.LISTING, listings.ASSET])
        other = rules.assemble(make.replace(facts, vkey=OTHER_VKEY))

        assert failed(said(other)) == ["signature"]
        assert failed(said(other, vkey=None)) == ["signature", "proofs"]

    @pytest.mark.parametrize("again", [False, True])
    @pytest.mark.parametrize(
        ("kind", "old", "new", "at_least"),
        [
            (
                "auction.bid_accepted",
                b'"amount_fen":"1000000"',
                b'"amount_fen":"1000001"',
                {"proofs", "chains", "pages"},
            ),
            ("auction.lot_sold", b'"price_fen":"1110000"', b'"price_fen":"1120000"', {"proofs", "pages", "outcome"}),
            (
                "auction.lot_announced",
                b'"has_reserve":true',
                b'"has_reserve":false',
                {"proofs", "chains", "pages", "outcome"},
            ),
            ("listing.disclosed", b'"disclosure_days":20', b'"disclosure_days":10', {"proofs", "chains", "pages"}),
        ],
    )
    def test_names_a_changed_entry(self, files, said, kind, old, new, at_least, again):
        name = make.entry_file(files, kind)
        assert old in files[name]
        changed = {**files, name: files[name].replace(old, new)}
        verdict = said(make.relisted(changed) if again else changed)

        assert at_least | ({"files"} if not again else set()) <= set(failed(verdict))
        assert name in text(verdict)

    def test_names_a_whole_pack_made_up_anew(self, ledger, files, said):
        """Entries rewritten, proofs kept: the forger has no key."""
        index = next(number for number, one in enumerate(ledger.contents) if b'"amount_fen":"1020000"' in one)
        forged = rewritten(ledger, index, b"1020000", b"990000")
        facts = ledger.facts([LOT, listings.LISTING, listings.ASSET])
        exhibits = tuple(make.replace(one, entry=forged.contents[one.index]) for one in facts.exhibits)

        assert failed(said(rules.assemble(make.replace(facts, exhibits=exhibits)))) == ["proofs", "outcome"]

    def test_names_an_unlawful_result_that_the_operator_signed(self, said):
        """Everything is consistent and signed, but the lot went below its own increment."""
        ledger = make.story()
        index = next(number for number, one in enumerate(ledger.contents) if b'"amount_fen":"1020000"' in one)
        cheat = make.Ledger.__new__(make.Ledger)
        cheat.__dict__.update(rewritten(ledger, index, b"1020000", b"1000001").__dict__)
        verdict = said(cheat.files())

        assert failed(verdict) == ["outcome"]
        assert "entry 5 (auction.bid_accepted) accepts bid_" in text(verdict)

    @pytest.mark.parametrize(
        ("name", "check"),
        [
            ("proofs/000000009.tlog-proof", "proofs"),
            ("index.html", "pages"),
            ("timeline.json", "pages"),
            ("README.txt", "pages"),
            ("checkpoint", "signature"),
        ],
    )
    def test_names_each_file_that_was_touched(self, files, said, name, check):
        content = files[name]
        at = content.index(b"\n\n") - 3 if b"\n\n" in content and name != "README.txt" else len(content) // 2
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        verdict = said(make.relisted({**files, name: changed}))

        assert check in failed(verdict) or "files" in failed(verdict)
        assert name.split("/")[0] in text(verdict)

    def test_names_a_loser_given_away(self, ledger, said):
        facts = ledger.facts([LOT, listings.LISTING, listings.ASSET])
        losers = [one for one in ledger.disclosures if one.field == "bidder" and one not in facts.disclosures]
        verdict = said(rules.assemble(make.replace(facts, disclosures=(*facts.disclosures, *losers))))

        assert failed(verdict) == ["opened"]
        assert "is not the seller's to see" in text(verdict)

    def test_names_a_buyer_who_never_bid(self, said):
        """The exchange itself cheats: it seals a stranger as the buyer, signs, proves and opens it."""
        stranger = make.OrganisationId.from_number(500)
        forged = make.story(buyer=stranger)
        verdict = said(forged.files())

        assert failed(verdict) == ["outcome"]
        assert "(auction.lot_sold) puts a second organisation behind code 0013" in text(verdict)

    def test_prints_nothing_that_moves_the_cursor(self, files, said):
        verdict = said(
            {**files, "pack.json": b'{"format":"mengkeju/record-pack","v":1,"files":[{"name":"\\u001b[2J"}]}'}
        )

        assert not verdict.ok
        assert all(line.isprintable() for line in verdict.lines)

    def test_stops_telling_at_some_point(self, files, said):
        verdict = said({name: content for name, content in files.items() if not name.startswith("proofs/")})

        assert sum(line.startswith("files ") for line in verdict.lines) == 21
        assert "files      FAILED  … and more" in verdict.lines

    def test_never_raises_whatever_byte_is_flipped(self, files, tmp_path):
        whole = zipped(files)
        file = tmp_path / "pack.zip"
        for at in range(0, len(whole), 997):
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
            verify(file, vkey=VKEY)

    def test_never_raises_wherever_it_is_cut(self, files, tmp_path):
        whole = zipped(files)
        file = tmp_path / "pack.zip"
        for at in range(0, len(whole), 4_999):
            file.write_bytes(whole[:at])
            assert failed(verify(file, vkey=VKEY)) == ["zip"]


class TestGolden:
    """Packs are kept for decades: what version 1 wrote must be found sound for ever."""

    def test_is_still_found_sound(self):
        assert verify(FILE, vkey=VKEY).ok

    def test_is_still_computed_to_the_same_bytes(self):
        files = archive.unpack(FILE)

        assert zipped(rules.assemble(checks.facts(files))) == FILE.read_bytes()


def built(lot, files):
    """The entry that records these files as the pack of a lot."""
    return PACK_BUILT(
        "pck_" + "0" * 26, lot=lot, edition=1, sha256=hashlib.sha256(zipped(files)).hexdigest(), log_size=23
    )


def checked(files):
    """The subjects of a pack of these files."""
    return checks.about(checks.facts(files)).subjects


class TestAgainst:
    def test_finds_the_same_entries_in_an_honest_copy(self, ledger, files, said, tmp_path):
        verdict = said(files, against=ledger.write(tmp_path / "copy"))

        assert verdict.ok
        assert verdict.lines[-1] == f"evidence: ok lot={LOT} entries=21 log_size=23 against=ok"

    def test_finds_them_in_a_copy_that_has_grown(self, files, said, tmp_path):
        later = make.story()
        for number in range(300):
            later.record(f"lot_{number}", "auction.bid_accepted", {"number": number})

        assert said(files, against=later.write(tmp_path / "copy")).ok

    def test_names_the_rewritten_entry_of_a_copy_signed_by_the_real_key(self, ledger, files, said, tmp_path):
        index = next(number for number, one in enumerate(ledger.contents) if b'"amount_fen":"1020000"' in one)
        cheat = rewritten(ledger, index, b"1020000", b"990000")
        verdict = said(files, against=cheat.write(tmp_path / "copy"))

        assert failed(verdict) == ["copy"]
        told = [line.removeprefix("copy       FAILED  ") for line in verdict.lines if line.startswith("copy")]
        assert told[0] == (
            f"entry {index} auction.bid_accepted of {LOT} differs:"
            ' data.amount_fen "1020000" in the pack, "990000" in the copy,'
            ' data.price_fen "1020000" in the pack, "990000" in the copy'
        )
        assert told[1] == "6 later entries differ in prev alone: they were chained anew to what was rewritten"
        assert told[2].startswith("checkpoint: fork: for the first 23 entries")

    def test_names_a_sealed_value_that_was_rewritten(self, ledger, files, said, tmp_path):
        sold = next(number for number, one in enumerate(ledger.contents) if b'"auction.lot_sold"' in one)
        digest = rules.parse(ledger.contents[sold])["sealed"]["buyer"]
        cheat = rewritten(ledger, sold, digest.encode(), b"0" * 64)
        verdict = said(files, against=cheat.write(tmp_path / "copy"))

        assert f'sealed.buyer "{digest}" in the pack, "{"0" * 64}" in the copy' in text(verdict)

    def test_names_a_pack_that_leaves_an_entry_out(self, ledger, said, tmp_path):
        """The chain of the asset is whole as far as it goes; only the log knows that it goes on."""
        longer = make.story()
        longer.record(listings.ASSET, "asset.encumbered", {"kind": "pledge"})
        facts = longer.facts([LOT, listings.LISTING, listings.ASSET])
        hidden = rules.assemble(make.replace(facts, exhibits=facts.exhibits[:-1]))

        assert said(hidden).ok
        verdict = said(hidden, against=longer.write(tmp_path / "copy"))
        assert failed(verdict) == ["copy"]
        assert f"entry 23 of {listings.ASSET} stands in the copy and is left out of the pack" in text(verdict)

    @pytest.mark.parametrize("lot", [LOT, "lot_" + "7" * 26])
    def test_knows_the_file_that_the_copy_records_as_the_pack(self, files, said, tmp_path, lot):
        """Another lot's pack on the record says nothing of this file."""
        later = make.story()
        recorded = files if lot == LOT else {**files, "README.txt": b"another"}
        later.happen(lots.clock(later.now), [built(lot, recorded)])

        assert said(files, against=later.write(tmp_path / "copy")).ok

    def test_names_a_file_that_is_not_the_recorded_pack(self, ledger, files, said, tmp_path):
        """Sound in itself, with nothing opened of what the recorded one opens."""
        later = make.story()
        later.happen(lots.clock(later.now), [built(LOT, files)])
        repacked = rules.assemble(make.replace(ledger.facts(checked(files)), disclosures=()))
        verdict = said(repacked, against=later.write(tmp_path / "copy"))

        assert said(repacked).ok
        assert failed(verdict) == ["copy"]
        recorded, this = (hashlib.sha256(zipped(one)).hexdigest() for one in (files, repacked))
        assert f"entry 23 records the pack of {LOT} as {recorded}, and this file is {this}" in text(verdict)

    def test_names_a_copy_that_is_too_old(self, ledger, files, said, tmp_path):
        old = Log.__new__(make.Ledger)
        old.__dict__.update(ledger.__dict__ | {"contents": ledger.contents[:20]})
        verdict = said(files, against=old.write(tmp_path / "copy"))

        assert failed(verdict) == ["copy"]
        assert "the copy has 20 entries where the pack's checkpoint signs 23: it is older, or cut" in text(verdict)

    def test_names_a_copy_of_another_key(self, ledger, files, said, tmp_path):
        other = Log.__new__(make.Ledger)
        other.__dict__.update(ledger.__dict__ | {"signers": [OTHER_SIGNER]})

        assert "the copy's checkpoint" in text(said(files, against=other.write(tmp_path / "copy")))

    @pytest.mark.parametrize("name", ["checkpoint", "tile/entries/000.p/23", "tile/0/000.p/23"])
    def test_names_what_is_broken_in_the_copy(self, ledger, files, said, tmp_path, name):
        copy = ledger.write(tmp_path / "copy")
        (copy / name).write_bytes((copy / name).read_bytes()[:-9])

        assert failed(said(files, against=copy)) == ["copy"]
        (copy / name).unlink()
        assert failed(said(files, against=copy)) == ["copy"]

    def test_names_a_folder_that_is_no_copy(self, files, said, tmp_path):
        assert "checkpoint: is missing" in text(said(files, against=tmp_path))


class TestCommand:
    def run(self, *arguments):
        return CliRunner().invoke(evidence, ["verify", *map(str, arguments)])

    def test_exits_with_0_for_an_honest_pack(self, files, tmp_path):
        file = make.pack_file(tmp_path, files)
        key = tmp_path / "pinned.vkey"
        key.write_text(f"{VKEY}\n")

        assert self.run(file, "--vkey", VKEY).exit_code == 0
        assert self.run(file, "--vkey", key).exit_code == 0
        unpinned = self.run(file)
        assert unpinned.exit_code == 0
        assert unpinned.output.endswith("\nkey not pinned\n")

    def test_exits_with_1_for_a_false_one(self, files, tmp_path):
        result = self.run(make.pack_file(tmp_path, {**files, "index.html": b"sold"}), "--vkey", VKEY)

        assert result.exit_code == 1
        assert result.output.splitlines()[-1] == "evidence: FAILED files, pages"

    @pytest.mark.parametrize("key", ["nothing", "x" * 5_000, "", "a+b+c"])
    def test_exits_with_2_for_a_key_that_is_none(self, files, tmp_path, key):
        assert self.run(make.pack_file(tmp_path, files), "--vkey", key).exit_code == 2

    def test_exits_with_2_for_a_file_that_is_not_there(self, tmp_path):
        assert self.run(tmp_path / "none.zip").exit_code == 2


class TestPolicy:
    """With a policy instead of a key, the witnesses count too."""

    LOGS = (policies.Log(parse_vkey(VKEY)),)

    def test_names_the_log_and_says_that_nobody_witnessed_it(self, tmp_path, files):
        verdict = verify(make.pack_file(tmp_path, files), policy=policies.Policy(logs=self.LOGS))
        assert verdict.ok
        assert "witnesses  ok      UNWITNESSED: the policy asks for no witness" in verdict.lines
        assert "key not pinned" not in verdict.lines

    def test_that_asks_for_a_witness_is_not_satisfied_without(self, tmp_path, files):
        witness = policies.Witness("w", generate("witness.example/w", COSIGNATURE).key)
        policy = policies.Policy(logs=self.LOGS, witnesses=(witness,), quorum="w")
        verdict = verify(make.pack_file(tmp_path, files), policy=policy)
        assert failed(verdict) == ["witnesses"]
        assert "cosigned by nobody" in text(verdict)

    def test_of_another_log_is_not_satisfied(self, tmp_path, files):
        policy = policies.Policy(logs=(policies.Log(generate("log.example/other", ED25519).key),))
        assert failed(verify(make.pack_file(tmp_path, files), policy=policy)) == ["witnesses"]

    def test_is_taken_from_a_file_instead_of_a_key(self, tmp_path, files):
        (tmp_path / "policy").write_bytes(bytes(policies.Policy(logs=self.LOGS)))
        pack = make.pack_file(tmp_path, files)
        words = ["verify", str(pack), "--policy", str(tmp_path / "policy")]
        assert CliRunner().invoke(evidence, words).exit_code == 0
        assert CliRunner().invoke(evidence, [*words, "--vkey", VKEY]).exit_code == 2
