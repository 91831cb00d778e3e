"""The page of a deal: what it says of each end, fen by fen, and what it says of nobody."""

import json
from dataclasses import replace
from xml.dom import minidom

import pytest

from exchange.contracts import model as contracts
from exchange.contracts import rules
from exchange.contracts.rules import reading
from exchange.contracts.rules.deal import codes, flow, found, money, outcome
from exchange.contracts.service import zipped
from settlement.escrow import model as escrow
from settlement.subsidies.model import Condition
from tests import make_achievements as listings
from tests import make_deals as make
from tests.make_auctions import ANN, BEN, CAI, LOT

ALL = {end: make.deal(end) for end in make.ENDS}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {end: ledger.files()["index.html"].decode() for end, ledger in ALL.items()}


def record(end):
    return reading.read(ALL[end].pack())


class TestAssemble:
    def test_makes_the_same_bytes_of_the_same_deal(self):
        assert zipped(make.deal("subsidised").files()) == zipped(ALL["subsidised"].files())

    def test_says_in_the_manifest_what_the_pack_is_about(self):
        manifest = json.loads(ALL["refused"].files()["pack.json"])

        assert (manifest["v"], manifest["edition"]) == (2, 2)
        assert [manifest[name] for name in ("lot", "listing", "asset", "contract", "settlement", "claims")] == [
            *(LOT, listings.LISTING, listings.ASSET, make.CONTRACT, make.SETTLEMENT),
            [make.CLAIM, make.SECOND_CLAIM],
        ]

    def test_leaves_the_lots_pack_as_it_was(self):
        manifest = json.loads(rules.assemble(ALL["settled"].lot_pack())["pack.json"])

        assert manifest["v"] == 1
        assert "edition" not in manifest
        assert "contract" not in manifest

    def test_holds_every_subject_whole_from_its_first_entry(self):
        entries = [json.loads(one.entry) for one in ALL["subsidised"].pack().exhibits]

        assert {one["subject"] for one in entries} == {
            *(LOT, listings.LISTING, listings.ASSET, make.CONTRACT, make.SETTLEMENT, make.CLAIM)
        }
        assert [one["kind"] for one in entries if one["subject"] == make.CONTRACT] == [
            *("contract.opened", "contract.written", "contract.signed", "contract.signed", "contract.registered")
        ]


class TestPage:
    @pytest.mark.parametrize("end", make.ENDS)
    def test_is_well_formed_and_runs_nothing(self, pages, end):
        page = pages[end]

        minidom.parseString(page[page.index("<main>") : page.index("</main>") + len("</main>")])
        assert "default-src &#x27;none&#x27;" in page
        assert "<script" not in page
        assert "http://" not in page
        assert "https://" not in page

    @pytest.mark.parametrize(
        ("end", "shown"),
        [
            ("awarded", ("已成交，待签约", "合同未拟定", "双方均未签署", "截至本版未申请激励")),
            ("due", ("合同已生效，待付款", "技术转让合同", "与合同一致", "专利权及技术资料", "¥9,600.00")),
            ("settled", ("已结清", "¥5,780.53", "¥5,152.97", "¥166.50", "乌云其其格", "¥3,468.32", "¥2,312.21")),
            ("settled", ("净收入 ¥10,510.05 × 55%", "不低于法定 50%", "评估费", "¥300.00", "b" * 64)),
            ("subsidised", ("2026150201000007", "已拨付", "¥111.00", "示例规则，非现行规定", "¥11,100.00 × 1%")),
            ("refused", ("不予支持", "第5条(3)", "✗ 不符合", "申报为关联交易", "未计算金额")),
            ("unsigned", ("合同未签，已失效", "受让方未在期限内签署", "¥1,000.00 不予退还", "¥833.50 归让与方")),
            ("unwritten", ("让与方未在期限内拟定并签署合同", "受让方的保证金 ¥1,000.00 已全额退还")),
            ("unpaid", ("合同已解除", "受让方未在付款期限内付清价款", "¥166.50 抵平台服务费")),
            ("unpaid", ("成交后未履约，交易未成", "Sale fell through", "竞买代码 0013 · 责任方 受让方", "退出交易")),
            ("unwritten", ("成交后未履约，交易未成", "Sale fell through", "竞买代码 0013 · 责任方 让与方", "退出交易")),
        ],
    )
    def test_says_plainly_how_each_deal_ended(self, pages, end, shown):
        for one in shown:
            assert one in pages[end]

    @pytest.mark.parametrize("end", ["awarded", "due", "settled", "subsidised", "refused"])
    def test_speaks_of_no_failure_where_there_is_none(self, pages, end):
        assert 'class="verdict"' not in pages[end]
        assert "成交后交易未成" not in pages[end]

    @pytest.mark.parametrize("end", make.ENDS)
    def test_finds_every_sum_to_hold(self, pages, end):
        assert "✗ 不符" not in pages[end].replace("✗ 不符合", "")

    def test_shows_a_sum_that_does_not_hold(self):
        facts = ALL["settled"].pack()
        forged = tuple(
            replace(one, entry=one.entry.replace(b'"fee_fen":"16650"', b'"fee_fen":"16651"')) for one in facts.exhibits
        )
        page = rules.assemble(replace(facts, exhibits=forged))["index.html"].decode()

        assert page.count("✗ 不符") == 3  # the price twice, and the fee by its rates

    def test_shows_terms_that_are_not_those_signed(self):
        facts = ALL["due"].pack()
        forged = tuple(
            replace(one, entry=one.entry.replace(b'"terms_sha256":"', b'"terms_sha256":"x'))
            if b'"contract.written"' in one.entry
            else one
            for one in facts.exhibits
        )

        assert "与合同不符" in rules.assemble(replace(facts, exhibits=forged))["index.html"].decode()

    @pytest.mark.parametrize("end", make.ENDS)
    def test_says_nothing_of_the_losers_nor_of_any_bank_reference(self, end):
        whole = b"".join(ALL[end].files().values())

        for hidden in (str(ANN), str(BEN), "回单", "拨款 1"):
            assert hidden.encode() not in whole
        assert str(CAI).encode() in whole

    @pytest.mark.parametrize("end", ["awarded", "due", "unsigned", "unwritten", "unpaid"])
    def test_names_no_inventor_before_the_seller_did(self, end):
        assert "乌云其其格".encode() not in b"".join(ALL[end].files().values())

    def test_can_be_drawn_with_everything_sealed(self):
        page = rules.assemble(replace(ALL["subsidised"].pack(), disclosures=()))["index.html"].decode()

        assert "价款构成未公开" in page
        assert "✗ 不符" not in page
        assert "张伟" not in page

    def test_can_be_drawn_of_entries_without_sense(self):
        facts = ALL["subsidised"].pack()
        for field in (b'"data":{', b'"sealed":{'):
            for junk in (
                b'"data":[],"x":{',
                b'"data":{"transfers":[1,{}],"trace":3,"terms":[],"facts":1,"price_fen":5},"x":{',
            ):
                broken = tuple(replace(one, entry=one.entry.replace(field, junk)) for one in facts.exhibits)
                assert rules.assemble(replace(facts, exhibits=broken))["index.html"]

    def test_keeps_a_hostile_name_text(self):
        def forge(event):
            if event.kind == "contract.written":
                parts = [{"kind": "<b>", "name": "<img src=x>", "amount_fen": "1"}]
                return replace(event, sealed={**event.sealed, "parts": parts})
            if event.kind == "escrow.settled":
                split = [{"inventor": 1, "name": "<script>x</script>", "weight": 1, "amount_fen": "1"}]
                return replace(event, sealed={**event.sealed, "split": split})
            if event.kind == "subsidy.claim_assessed":
                return replace(event, data={**event.data, "terms": {"title": "<iframe>", "illustrative": True}})
            return event

        page = make.deal("subsidised", forge=forge).files()["index.html"]
        for written, markup in (
            (b"&lt;img src=x&gt;", b"<img"),
            (b"&lt;script&gt;", b"<script"),
            (b"&lt;iframe&gt;", b"<iframe"),
        ):
            assert written in page
            assert markup not in page
        assert b"&lt;b&gt;" in page

    def test_is_laid_out_for_paper(self, pages):
        assert "@page{size:A4" in pages["settled"]


class TestMovements:
    def test_follow_the_money_from_the_bank_to_each_inventor(self):
        told = [(one.kind, one.amount_fen, one.held_fen) for one in money.movements(record("settled"))]

        assert told == [
            *(("move", 100_000, 100_000), ("hold", 100_000, 100_000)),
            *(("move", 100_000, 200_000), ("hold", 100_000, 200_000)),
            *(("move", 100_000, 300_000), ("hold", 100_000, 300_000)),
            *(("void", 100_000, 300_000), ("move", 100_000, 200_000)),
            *(("void", 100_000, 200_000), ("move", 100_000, 100_000)),
            *(("post", 100_000, 100_000), ("move", 1_010_000, 1_110_000), ("move", 1_010_000, 1_110_000)),
            *(("move", 16_650, 1_093_350), ("move", 578_053, 1_093_350)),
            *(("move", 515_297, 1_093_350), ("move", 515_297, 578_053)),
            *(("move", 346_832, 578_053), ("move", 346_832, 231_221)),
            *(("move", 231_221, 231_221), ("move", 231_221, 0)),
        ]

    @pytest.mark.parametrize("end", ["settled", "subsidised", "refused", "unsigned", "unwritten", "unpaid"])
    def test_leave_nothing_behind_when_a_deal_has_ended(self, end):
        assert money.movements(record(end))[-1].held_fen == 0

    def test_keep_the_reward_where_the_payouts_stay_sealed(self):
        sealed = reading.read(replace(ALL["settled"].pack(), disclosures=()))

        assert money.movements(sealed)[-1].held_fen == 578_053


class TestSums:
    @pytest.mark.parametrize(
        ("end", "wholes"),
        [
            ("awarded", [300_000, 300_000]),
            ("due", [300_000, 300_000]),
            ("settled", [300_000, 1_110_000, 1_110_000, 1_110_000, 578_053, 1_310_000]),
            ("unsigned", [300_000, 100_000, 300_000]),
            ("unwritten", [300_000, 300_000]),
            ("unpaid", [300_000, 100_000, 300_000]),
        ],
    )
    def test_are_those_of_how_far_the_deal_came(self, end, wholes):
        told = list(money.sums(record(end)))

        assert [one.whole_fen for one in told] == wholes
        assert all(one.holds for one in told)

    def test_of_deposits_say_what_became_of_each(self):
        parts = {end: [fen for _, fen in next(money.sums(record(end))).parts] for end in make.ENDS}

        assert parts == {
            "awarded": [200_000, 0, 0, 100_000],
            "due": [200_000, 0, 0, 100_000],
            "settled": [200_000, 100_000, 0, 0],
            "subsidised": [200_000, 100_000, 0, 0],
            "refused": [200_000, 100_000, 0, 0],
            "unsigned": [200_000, 0, 100_000, 0],
            "unwritten": [300_000, 0, 0, 0],
            "unpaid": [200_000, 0, 100_000, 0],
        }


class TestFlow:
    @pytest.mark.parametrize(
        ("end", "keys"),
        [
            ("awarded", ["won", "lost", "held", "back"]),
            (
                "settled",
                ["balance", "won", "lost", "price", "seller", "reward", "fee", "inventor 0", "inventor 1", "back"],
            ),
            ("unsigned", ["won", "lost", "gone", "seller", "fee", "back"]),
            ("unwritten", ["won", "lost", "back"]),
        ],
    )
    def test_shows_where_the_money_was(self, end, keys):
        nodes, _ = flow.streams(record(end))

        assert [node.key for node in nodes] == keys

    @pytest.mark.parametrize("end", make.ENDS)
    def test_loses_nothing_on_the_way(self, end):
        """What flows into a place is what is there, and what flows out is no more."""
        nodes, bands = flow.streams(record(end))
        for node in nodes:
            into = sum(band.amount_fen for band in bands if band.target == node.key)
            out = sum(band.amount_fen for band in bands if band.source == node.key)
            assert node.column == 0 or into == node.amount_fen
            assert out in {0, node.amount_fen}

    def test_puts_many_inventors_together(self):
        def forge(event):
            if event.kind != "escrow.settled":
                return event
            split = [{"inventor": n, "name": "某", "weight": 1, "amount_fen": "11561"} for n in range(1, 51)]
            return replace(event, sealed={**event.sealed, "split": split})

        nodes, _ = flow.streams(reading.read(make.deal("settled", forge=forge).pack()))
        inventors = [node for node in nodes if node.column == 3]
        assert len(inventors) == flow.MOST_INVENTORS
        assert inventors[-1].label == ("其余 43 人", "others")
        assert sum(node.amount_fen for node in inventors) == 50 * 11_561

    def test_draws_nothing_where_no_money_came(self):
        nothing = reading.read(replace(ALL["settled"].pack(), exhibits=()))

        assert flow.flow(nothing) == ""


class TestOutcome:
    def test_names_each_end(self):
        assert {end: outcome.badge(record(end))[0][1] for end in make.ENDS} == {
            "awarded": "Sold, to be signed",
            "due": "In effect, payment due",
            "settled": "Settled",
            "subsidised": "Settled",
            "refused": "Settled",
            "unsigned": "Lapsed",
            "unwritten": "Lapsed",
            "unpaid": "Rescinded",
        }

    @pytest.mark.parametrize(
        ("end", "steps"),
        [
            ("awarded", "disclosed sold - - - - -"),
            ("due", "disclosed sold signed - - - -"),
            ("settled", "disclosed sold signed paid settled - -"),
            ("subsidised", "disclosed sold signed paid settled registered subsidised"),
            ("refused", "disclosed sold signed paid settled registered refused!"),
            ("unsigned", "disclosed sold lapsed! - - - -"),
            ("unwritten", "disclosed sold lapsed! - - - -"),
            ("unpaid", "disclosed sold signed rescinded! - - -"),
        ],
    )
    def test_tells_how_far_a_deal_came(self, end, steps):
        told = [(one.label[1] if one.at else "-") + "!" * one.failed for one in outcome.stages(record(end))]

        assert " ".join(told) == steps


class TestPlanned:
    """A settlement that was left to a payment plan, whose own entries no pack has."""

    PLAN = "pln_" + "0" * 25 + "1"

    def deal(self, *, trial, fault=None):
        ledger = make.deal("due")
        at = ledger.contract.effective_at + make.HOUR
        ledger.money(escrow.Adopt(plan=self.PLAN, trial=trial), make.by(make.BUYER, at))
        if fault:
            cause = (make.tick if fault is contracts.Fault.NOBODY else make.officer)(at + make.HOUR)
            ledger.agree(contracts.Rescind(fault=fault), cause)
            ledger.fall_through(fault, cause)
        return ledger

    @pytest.mark.parametrize("trial", [False, True])
    def test_is_what_the_deal_has_come_to(self, trial):
        told = reading.read(self.deal(trial=trial).pack())
        assert outcome.badge(told)[0] == ("按付款计划付款", "Paid by a plan")

    @pytest.mark.parametrize("fault", [contracts.Fault.BUYER, contracts.Fault.NOBODY])
    def test_is_said_with_its_entry_where_the_deal_fell_through(self, fault):
        ledger = self.deal(trial=fault is contracts.Fault.NOBODY, fault=fault)
        told = reading.read(ledger.pack())
        planned = told.last("escrow.planned")
        page = ledger.files()["index.html"].decode()
        assert f"价款及保证金已转入付款计划 {self.PLAN}，由该计划处理(条目 #{planned.index})。" in page
        assert f"were left to the payment plan {self.PLAN}" in page
        assert "尚未处理" not in page
        assert outcome.badge(told)[0][1] == "Rescinded"


class TestFound:
    @pytest.mark.parametrize("condition", list(Condition))
    def test_says_in_chinese_what_every_condition_looked_at(self, condition):
        claim = record("subsidised").of(make.CLAIM)[0].data
        said = found.found(condition, claim.inside("facts"), claim.inside("terms"), "formula")

        assert said != "formula"
        assert "不详" not in said
        assert "None" not in said

    def test_says_what_the_entry_says_of_a_condition_unknown_here(self):
        nothing = reading.Said({})

        assert found.found("moon-is-full", nothing, nothing, "the moon is full") == "the moon is full"

    @pytest.mark.parametrize(
        ("number", "shown"),
        [
            ("art. 4 (1)", ("第4条(1)", "art. 4 (1)")),
            ("art. 6", ("第6条", "art. 6")),
            ("§ 3", ("§ 3", "§ 3")),
            (None, None),
            ("", None),
        ],
    )
    def test_calls_clauses_as_the_rule_does(self, number, shown):
        assert found.article(number) == shown


class TestCodes:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("custody:bank", "存管银行"),
            ("stl_1:bidder:0042", "竞买人 0042"),
            ("stl_1:inventor:2", "发明人 2"),
            ("stl_1:escrow", "托管价款"),
            ("a:b:c", "a:b:c"),
            ("bare", "bare"),
        ],
    )
    def test_call_an_account_by_whose_it_is(self, name, shown):
        assert codes.account(name)[0] == shown

    @pytest.mark.parametrize(
        ("basis_points", "shown"),
        [
            (0, "0%"),
            (1, "0.01%"),
            (50, "0.5%"),
            (100, "1%"),
            (150, "1.5%"),
            (5_000, "50%"),
            (10_000, "100%"),
            (None, None),
        ],
    )
    def test_write_basis_points_as_per_cent(self, basis_points, shown):
        assert codes.percent(basis_points) == shown
