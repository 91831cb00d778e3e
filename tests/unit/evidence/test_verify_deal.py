"""A deal's pack in a stranger's hands: what is said of each end, and which check names which kind of cheating."""

import hashlib
import json

import pytest

from exchange.app.evidence import archive, verify
from exchange.contracts import checks, rules
from exchange.contracts.model import PACK_BUILT
from exchange.contracts.service import zipped
from tests import make_auctions as lots
from tests import make_contracts
from tests import make_deals as make
from tests.make_auctions import LOT
from tests.make_deals import STRANGER, forging, without
from tests.make_log import VKEY, rewritten
from tests.vectors.make_deal_pack import FILE

CHECKS = [
    *("zip", "files", "signature", "proofs", "chains", "opened", "pages", "outcome", "contract", "money", "incentive"),
    "evidence:",
]


@pytest.fixture(scope="module")
def ledger():
    return make.deal("subsidised")


@pytest.fixture(scope="module")
def files(ledger):
    return ledger.files()


@pytest.fixture
def said(tmp_path):
    """What is said of a pack of these files."""

    def said(files, *, vkey=VKEY, against=None):
        return verify(make_contracts.pack_file(tmp_path, files), vkey=vkey, against=against)

    return said


def failed(verdict):
    """The checks that failed, in order."""
    assert not verdict.ok
    return list(dict.fromkeys(line.split()[0] for line in verdict.lines if " FAILED  " in line))


def text(verdict):
    return "\n".join(verdict.lines)


def built(lot, files, edition, log_size=41, named="0" * 26):
    """The entry that records these files as an edition of the pack of a lot."""
    sha256 = hashlib.sha256(zipped(files)).hexdigest()
    return PACK_BUILT("pck_" + named, lot=lot, edition=edition, sha256=sha256, log_size=log_size)


def grown(*events):
    """The same log, later."""
    later = make.deal("subsidised")
    later.happen(lots.clock(later.now), events)
    return later


class TestVerify:
    @pytest.mark.parametrize(
        ("end", "contract", "money", "incentive"),
        [
            ("awarded", "awarded", "awarded, 3 deposits", "nothing was claimed"),
            (
                "settled",
                (
                    "effective, 9600.00 of 11100.00 yuan for technology, signed by the seller on 2026-04-03,"
                    " signed by the buyer on 2026-04-04"
                ),
                "settled, 11100.00 = 166.50 fee + 5780.53 reward + 5152.97 seller",
                "nothing was claimed",
            ),
            (
                "subsidised",
                (
                    "registered, 9600.00 of 11100.00 yuan for technology, signed by the seller on 2026-04-03,"
                    " signed by the buyer on 2026-04-04, number 2026150201000007"
                ),
                "settled, 11100.00 = 166.50 fee + 5780.53 reward + 5152.97 seller",
                "1 claimed, 0 refused, 111.00 yuan assessed, 111.00 paid",
            ),
            (
                "refused",
                (
                    "registered, 9600.00 of 11100.00 yuan for technology, signed by the seller on 2026-04-03,"
                    " signed by the buyer on 2026-04-04, number 2026150201000007"
                ),
                "settled, 11100.00 = 166.50 fee + 5780.53 reward + 5152.97 seller",
                "2 claimed, 2 refused, 0.00 yuan assessed, 0.00 paid",
            ),
            (
                "unsigned",
                (
                    "lapsed, through the fault of the buyer, 9600.00 of 11100.00 yuan for technology,"
                    " signed by the seller on 2026-04-03"
                ),
                "forfeited, 166.50 to the exchange, 833.50 to the seller",
                "nothing was claimed",
            ),
            ("unwritten", "lapsed, through the fault of the seller", "returned, 3 deposits", "nothing was claimed"),
            (
                "unpaid",
                (
                    "rescinded, through the fault of the buyer, 9600.00 of 11100.00 yuan for technology,"
                    " signed by the seller on 2026-04-03, signed by the buyer on 2026-04-04"
                ),
                "forfeited, 166.50 to the exchange, 833.50 to the seller",
                "nothing was claimed",
            ),
        ],
    )
    def test_says_of_each_end_what_it_came_to(self, said, end, contract, money, incentive):
        verdict = said(make.deal(end).files())

        assert verdict.ok
        assert [line.split()[0] for line in verdict.lines] == CHECKS
        told = {line.split()[0]: line for line in verdict.lines}
        assert told["contract"] == f"contract   ok      {contract}"
        assert told["money"] == f"money      ok      {money}"
        assert told["incentive"] == f"incentive  ok      {incentive}"

    def test_says_nothing_of_money_in_a_lots_pack(self, ledger, said):
        verdict = said(rules.assemble(ledger.lot_pack()))

        assert verdict.ok
        assert [line.split()[0] for line in verdict.lines] == [*CHECKS[:8], "evidence:"]

    @pytest.mark.parametrize(
        ("forge", "checks_"),
        [
            (forging("contract.signed", terms_sha256="0" * 64), ["contract"]),
            (forging("contract.opened", "sealed", buyer=STRANGER), ["contract"]),
            (forging("contract.written", total_fen="1"), ["contract"]),
            (forging("escrow.settled", fee_fen="16651"), ["money"]),
            (forging("escrow.settled", "sealed", payouts=[]), ["money"]),
            (forging("escrow.balance_paid", "sealed", payer=STRANGER), ["contract", "money"]),
            (forging("escrow.deposit_refunded", amount_fen="99999"), ["money"]),
            (forging("subsidy.claim_assessed", amount_fen="11101"), ["incentive"]),
            (forging("subsidy.claim_assessed", "sealed", by={"organisation": STRANGER, "person": None}), ["opened"]),
            (forging("auction.lot_sold", price_fen="1120000"), ["outcome", "contract", "money"]),
        ],
    )
    def test_names_what_the_operator_made_up_and_signed(self, said, forge, checks_):
        assert failed(said(make.deal("subsidised", forge=forge).files())) == checks_

    @pytest.mark.parametrize("end", ["unsigned", "unwritten", "unpaid"])
    @pytest.mark.parametrize(
        ("changes", "checks_"),
        [
            ({"fault": "everybody"}, ["outcome", "contract", "money"]),
            ({"fault": "nobody"}, ["contract", "money"]),
            ({"code": "0011"}, ["outcome", "contract", "money"]),
        ],
    )
    def test_names_what_was_made_up_of_a_sale_that_fell_through(self, said, end, changes, checks_):
        forge = forging("auction.sale_fell_through", **changes)

        assert failed(said(make.deal(end, forge=forge).files())) == checks_

    @pytest.mark.parametrize("end", ["unsigned", "unwritten", "unpaid"])
    def test_says_that_the_sale_fell_through(self, said, end):
        (outcome,) = (line for line in said(make.deal(end).files()).lines if line.startswith("outcome"))

        assert outcome.startswith(
            "outcome    ok      sold, and fell through, at 11100.00 yuan, code 0013, after 5 bids"
        )

    @pytest.mark.parametrize("kind", ["contract.signed", "escrow.settled", "escrow.balance_paid", "subsidy.claim_paid"])
    def test_names_a_changed_entry(self, files, said, kind):
        name = make_contracts.entry_file(files, kind)
        changed = files[name].replace(b'"nonce":"0', b'"nonce":"1')
        verdict = said(make_contracts.relisted({**files, name: changed}))

        assert "proofs" in failed(verdict)
        assert name in text(verdict)

    @pytest.mark.parametrize("subject", [make.CONTRACT, make.SETTLEMENT])
    def test_names_a_subject_that_is_left_out(self, ledger, said, subject):
        verdict = said(rules.assemble(without(ledger.pack(), subject)))

        assert "chains" in failed(verdict)
        assert f"{LOT}: was sold, and no " in text(verdict)

    def test_never_raises_whatever_byte_is_flipped(self, files, tmp_path):
        whole = zipped(files)
        file = tmp_path / "pack.zip"
        for at in range(0, len(whole), 1_997):
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
            verify(file, vkey=VKEY)

    def test_never_raises_whatever_is_written_into_an_entry(self, files, said):
        for name in [name for name in files if name.startswith("entries/")]:
            entry = json.loads(files[name])
            for data in ({}, {"transfers": [{"amount_fen": 1}], "trace": 1, "terms": [], "deal": LOT, "lot": LOT}):
                junk = rules.canonical.encode({**entry, "data": data})
                assert not said(make_contracts.relisted({**files, name: junk})).ok


class TestGolden:
    """Packs are kept for decades: what version 2 wrote must be found sound for ever."""

    def test_is_still_found_sound(self):
        assert verify(FILE, vkey=VKEY).ok

    def test_is_still_computed_to_the_same_bytes(self):
        files = archive.unpack(FILE)

        assert zipped(rules.assemble(checks.facts(files))) == FILE.read_bytes()


class TestAgainst:
    def test_finds_the_same_entries_in_an_honest_copy(self, ledger, files, said, tmp_path):
        verdict = said(files, against=ledger.write(tmp_path / "copy"))

        assert verdict.ok
        assert verdict.lines[-1].endswith("against=ok")

    def test_names_a_claim_that_is_left_out(self, said, tmp_path):
        """Whoever was refused would rather not show it: in itself the pack is sound."""
        ledger = make.deal("refused")
        hidden = rules.assemble(without(ledger.pack(), make.CLAIM, make.SECOND_CLAIM))

        assert said(hidden).ok
        verdict = said(hidden, against=ledger.write(tmp_path / "copy"))
        assert failed(verdict) == ["copy"]
        assert text(verdict).count("a subsidy.claim_refused of this deal, stands in the copy and is left out") == 2

    def test_names_the_entry_of_the_money_that_was_rewritten(self, ledger, files, said, tmp_path):
        index = next(number for number, one in enumerate(ledger.contents) if b'"escrow.settled"' in one)
        cheat = rewritten(ledger, index, b'"fee_fen":"16650"', b'"fee_fen":"66650"')
        verdict = said(files, against=cheat.write(tmp_path / "copy"))

        assert f'entry {index} escrow.settled of {make.SETTLEMENT} differs: data.fee_fen "16650"' in text(verdict)

    def test_holds_a_file_against_the_record_of_its_own_edition(self, ledger, files, said, tmp_path):
        lots_own = rules.assemble(ledger.lot_pack())
        later = grown(
            built(LOT, lots_own, 1, named="1" * 26),
            built(LOT, files, 2, named="2" * 26),
            built(LOT, {**files, "README.txt": b"later"}, 3, named="3" * 26),
        ).write(tmp_path / "copy")

        assert said(files, against=later).ok
        assert said(lots_own, against=later).ok

    def test_reads_a_record_without_an_edition_as_the_first(self, ledger, said, tmp_path):
        """As it was written before there were editions."""
        lots_own = rules.assemble(ledger.lot_pack())
        for recorded, ok in ((lots_own, True), ({**lots_own, "README.txt": b"another"}, False)):
            later = make.deal("subsidised")
            sha256 = hashlib.sha256(zipped(recorded)).hexdigest()
            later.record("pck_" + "0" * 26, "contract.pack_built", {"lot": LOT, "sha256": sha256, "log_size": 41})
            assert said(lots_own, against=later.write(tmp_path / f"copy {ok}")).ok is ok

    def test_names_a_file_that_is_not_the_recorded_edition(self, ledger, files, said, tmp_path):
        later = grown(built(LOT, files, 2)).write(tmp_path / "copy")
        repacked = rules.assemble(make_contracts.replace(ledger.pack(), disclosures=()))

        assert said(repacked).ok
        verdict = said(repacked, against=later)
        assert failed(verdict) == ["copy"]
        assert f"records edition 2 of {LOT} as {hashlib.sha256(zipped(files)).hexdigest()}" in text(verdict)

    @pytest.mark.parametrize(
        ("claimed", "recorded", "log_size", "ok"),
        [
            (2, 3, 60, False),  # a later one is recorded, and this one is not
            (7, 3, 60, False),  # one with a smaller number was taken from a larger log
            (7, 3, 20, True),  # this one may be newer than the copy
            (7, 1, 60, True),  # the lot's own may be recorded late
        ],
    )
    def test_names_an_edition_that_was_never_recorded(
        self, ledger, files, said, tmp_path, claimed, recorded, log_size, ok
    ):
        later = grown(built(LOT, files, recorded, log_size)).write(tmp_path / "copy")
        mine = rules.assemble(ledger.pack(edition=claimed))

        assert said(mine).ok
        verdict = said(mine, against=later)
        assert verdict.ok is ok
        assert (f"no entry records edition {claimed} of {LOT}" in text(verdict)) is not ok

    def test_is_not_misled_by_the_pack_of_another_lot(self, files, said, tmp_path):
        other = grown(built("lot_" + "7" * 26, {"README.txt": b"x"}, 3, 99)).write(tmp_path / "copy")

        assert said(files, against=other).ok
