"""What a deal's page says in words: none of machines, deadlines as people count, sums that can be redone."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from exchange.auctions import model as auctions
from exchange.contracts import model as contracts
from exchange.contracts import rules
from exchange.contracts.rules import labels, markup, reading
from exchange.contracts.rules.deal import bidding, details, funds, money, style
from exchange.contracts.rules.deal import incentive as incentives
from ledger.log.model import EventKind
from listings.achievements import model as achievements
from settlement.escrow import model as escrow
from settlement.subsidies import model as subsidies
from tests import make_deals as make
from tests.make_auctions import LOT

ALL = {end: make.deal(end) for end in make.ENDS}
OF_OTHERS = {
    "contract.pack_built",
    "subsidy.programme_opened",
    *(kind.name for kind in auctions.VERSION_KINDS),
}  # their subjects are in no pack


def page(end, **changes):
    return rules.assemble(replace(ALL[end].pack(), **changes))["index.html"].decode()


def record(end):
    return reading.read(ALL[end].pack())


def line(kind, data):
    return reading.Line(7, reading.Said({"kind": kind, "subject": "x", "data": data}), reading.Said({}))


def charged(price_fen, fee_fen, *, lost_fen=None, bands=((0, 150), (100_000_000, 100), (1_000_000_000, 50))):
    """What the fee is computed on, of a settlement that says these numbers and nothing else."""
    published = [{"from_fen": str(start), "rate_bp": rate} for start, rate in bands]
    ended = {"fee_fen": str(fee_fen)} | ({} if lost_fen is None else {"amount_fen": str(lost_fen)})
    told = [
        line(escrow.SETTLEMENT_OPENED.name, {"terms": {"fee_bands": published}}),
        line(escrow.AWARDED.name, {"price_fen": str(price_fen)}),
        line(escrow.SETTLED.name if lost_fen is None else escrow.DEPOSIT_FORFEITED.name, ended),
    ]
    return money.charge(reading.Record(lot="l", settlement="x", lines=tuple(told)))


class TestLabels:
    def test_name_whatever_can_happen_to_a_subject_of_a_pack(self):
        wings = (auctions, achievements, contracts, escrow, subsidies)
        kinds = {one.name for wing in wings for one in vars(wing).values() if isinstance(one, EventKind)}

        assert len(kinds) > 40
        assert {kind for kind in kinds - OF_OTHERS if labels.event(kind) == (kind, kind)} == set()

    @pytest.mark.parametrize(("fault", "shown"), [("buyer", "受让方"), ("seller", "让与方")])
    def test_say_of_a_sale_that_fell_through_whose_it_was_and_whose_fault(self, fault, shown):
        fell = line(auctions.SALE_FELL_THROUGH.name, {"code": "8032", "fault": fault})

        assert labels.event(fell.kind)[0] == "成交后未履约，交易未成"
        assert details.deal_detail(fell).startswith(f"竞买代码 8032 · 责任方 {shown}")

    def test_say_which_round_began_and_until_when(self):
        begun = line(auctions.ROUND_BEGUN.name, {"round": 2, "bid": "bid_1", "ends_at": "2026-03-03T12:09:00.000000Z"})

        assert labels.event(begun.kind) == ("新一轮限时报价开始", "Timed round begun")
        assert details.deal_detail(begun).startswith("第 2 轮 · 截止 ")

    def test_say_which_lot_a_listing_waits_for(self):
        told = details.deal_detail(line(achievements.LISTING_RESERVED.name, {"deal": "lot_1"}))

        assert told == "标的 <code>lot_1</code>"


class TestBefore:
    @pytest.mark.parametrize(
        ("at", "shown"),
        [
            (datetime(2026, 4, 10, 16, 0, tzinfo=UTC), "2026-04-10 24:00:00 前"),
            (datetime(2026, 4, 10, 15, 59, 59, tzinfo=UTC), "2026-04-10 23:59:59 前"),
            (datetime(2026, 4, 10, 16, 0, 0, 1, tzinfo=UTC), "2026-04-11 00:00:00.000001 前"),
            (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "2025-12-31 24:00:00 前"),
            (None, "—"),
        ],
    )
    def test_writes_midnight_as_the_end_of_the_last_day(self, at, shown):
        assert markup.before(at) == shown

    def test_is_how_a_deal_tells_its_deadlines(self):
        told = page("unpaid")
        pay_by = markup.before(ALL["unpaid"].settlement.pay_by)

        assert pay_by.endswith("24:00:00 前")
        assert f"须于 {pay_by}付清" in told
        assert f"<dd>{pay_by}</dd>" in told


class TestSignatures:
    @pytest.mark.parametrize(("end", "missing"), [("unsigned", 1), ("due", 0), ("unpaid", 0), ("unwritten", 0)])
    def test_show_who_has_not_signed(self, end, missing):
        assert page(end).count("未签署 <span") == missing

    def test_name_the_party_that_is_missing(self):
        told = page("unsigned")
        row = told[: told.index("未签署 <span")].rsplit("<tr", 1)[1]

        assert "受让方" in row


class TestRules:
    def test_say_in_words_what_the_bidding_was_held_to(self):
        told = {chinese: value for chinese, _, value in bidding.rules_of(record("settled"))}

        assert told == {
            "竞价规则": "<code>judicial-2016@1</code>2017-01-01 起施行",
            "披露规则": "<code>disclosure-2026@1</code>",
            "加价幅度": told["加价幅度"],
            "竞价时间": "不少于 24 小时",
            "延时": "截止前 5 分钟内有效出价的，截止时间顺延至该次出价后 5 分钟",
            "待定": "截止后 2 秒内到达的出价先待定，再依到达时间决定",
            "起拍价": "不低于评估价的 70%",
            "保证金": "起拍价的 5% 至 20%",
            "须有": "保证金、加价幅度、挂牌披露",
            "最高出价者": '不得再加价 <span class="en">may not raise</span>',
        }
        assert "起每次不少于 ¥" in told["加价幅度"]

    @pytest.mark.parametrize(
        ("numbers", "shown"),
        [
            ({}, []),
            ({"rounds_most": 12}, ["至多 12 轮"]),
            ({"must_bid_free": True}, ["自由报价期内未有效报价的，不得参加"]),
            ({"must_bid_free": True, "rounds_most": 12}, ["至多 12 轮；自由报价期内未有效报价的，不得参加"]),
        ],
    )
    def test_say_what_rounds_were_held_to_where_there_were_any(self, numbers, shown):
        announced = line(auctions.LOT_ANNOUNCED.name, {"profile": {"format": "rounds"} | numbers})
        told = bidding.rules_of(reading.Record(lot="x", lines=(announced,)))

        assert [value for chinese, _, value in told if chinese == "限时报价"] == shown
        assert [value for chinese, _, value in told if chinese == "竞价方式"] == [
            '自由报价期、限时报价期 <span class="en">free period, then timed rounds</span>'
        ]

    def test_leave_no_number_of_a_version_untold(self):
        told = bidding.rules_of(record("settled"))

        assert {one.name for one in fields(auctions.Profile)} == bidding.TOLD
        assert [one for one in told if one[0] == "其他参数"] == []

    def test_show_a_number_unknown_here_as_it_is_written(self):
        profile = {"moon": "full", "extension_s": 0, "grace_ms": 0, "leader_may_raise": True}
        announced = line(auctions.LOT_ANNOUNCED.name, {"profile": profile})
        told = bidding.rules_of(reading.Record(lot="x", lines=(announced,)))

        assert told[-1] == ("其他参数", "moon", '<span class="wide">full</span>')
        assert [value for chinese, _, value in told if chinese in {"延时", "待定", "最高出价者"}] == [
            '不延时 <span class="en">none</span>',
            '无 <span class="en">none</span>',
            '可以再加价 <span class="en">may raise</span>',
        ]

    @pytest.mark.parametrize(
        ("milliseconds", "shown"),
        [
            (1, "1 毫秒"),
            (999, "999 毫秒"),
            (1_000, "1 秒"),
            (1_500, "1500 毫秒"),
            (59_000, "59 秒"),
            (60_000, "1 分钟"),
            (90_000, "90 秒"),
            (3_600_000, "1 小时"),
            (86_400_000, "24 小时"),
        ],
    )
    def test_write_a_time_in_the_largest_whole_unit(self, milliseconds, shown):
        assert bidding.duration(milliseconds) == shown

    @pytest.mark.parametrize("end", make.ENDS)
    def test_are_told_without_the_names_of_fields(self, end):
        told = page(end)

        for name in ("deposit_max_bp", "extension_s", "leader_may_raise", "auction.", "escrow.", "subsidy."):
            assert name not in told

    def test_of_the_fee_say_which_part_of_a_price_has_which_rate(self):
        told = {chinese: value for chinese, _, value in funds.rules_of(record("settled"))}

        assert told["平台服务费"] == (
            "¥0.00 至 ¥1,000,000.00 部分 1.5%；¥1,000,000.00 至 ¥10,000,000.00 部分 1%；¥10,000,000.00 以上部分 0.5%"
        )


class TestCharge:
    @pytest.mark.parametrize(
        ("price_fen", "fee_fen", "slices"),
        [
            (440_000_000, 4_900_000, ((100_000_000, 150), (340_000_000, 100))),
            (126_000_000, 1_760_000, ((100_000_000, 150), (26_000_000, 100))),
            (100_000_000, 1_500_000, ((100_000_000, 150),)),
            (99_999_999, 1_500_000, ((99_999_999, 150),)),
            (100_000_001, 1_500_000, ((100_000_000, 150), (1, 100))),
            (1_200_000_000, 11_500_000, ((100_000_000, 150), (900_000_000, 100), (200_000_000, 50))),
            (33, 0, ((33, 150),)),
            (34, 1, ((34, 150),)),
            (0, 0, ()),
        ],
    )
    def test_is_made_of_each_bands_part_of_the_price(self, price_fen, fee_fen, slices):
        one = charged(price_fen, fee_fen)

        assert one.slices == slices
        assert one.holds
        assert not replace(one, fee_fen=fee_fen + 1).holds

    @pytest.mark.parametrize(
        ("lost_fen", "fee_fen", "holds"), [(6_000_000, 1_170_000, True), (100, 100, True), (100, 99, False)]
    )
    def test_of_a_lost_deposit_is_no_more_than_that(self, lost_fen, fee_fen, holds):
        assert charged(78_000_000, fee_fen, lost_fen=lost_fen).holds is holds

    def test_is_none_while_nothing_was_taken(self):
        assert {end for end in make.ENDS if money.charge(record(end)) is None} == {"awarded", "due", "unwritten"}

    @pytest.mark.parametrize("end", ["settled", "unsigned", "unpaid"])
    def test_is_on_the_page_as_an_equation(self, end):
        assert "<b>¥11,100.00</b> × 1.5%" in page(end)
        assert ("以保证金 ¥1,000.00 为限" in page(end)) is (end != "settled")

    def test_of_terms_without_bands_does_not_hold(self):
        assert not charged(78_000_000, 5, bands=()).holds


class TestCameIn:
    @pytest.mark.parametrize(
        ("end", "parts"),
        [
            ("due", [200_000, 0, 100_000]),
            ("settled", [1_293_350, 16_650, 0]),
            ("unsigned", [283_350, 16_650, 0]),
            ("unwritten", [300_000, 0, 0]),
        ],
    )
    def test_says_apart_what_was_ordered_out_and_what_the_exchange_kept(self, end, parts):
        last = list(money.sums(record(end)))[-1]

        assert [fen for _, fen in last.parts] == parts
        assert [label[0] for label, _ in last.parts] == ["付款指令", "平台服务费", "仍在托管"]


class TestIncentive:
    def test_says_what_the_clause_asks_that_refused_it(self):
        assert '第5条(3) <span class="en">art. 5 (3)</span> 非关联交易' in page("refused")

    def test_says_that_what_was_assessed_is_not_paid_yet(self):
        facts = ALL["subsidised"].pack()
        unpaid = tuple(one for one in facts.exhibits if b'"subsidy.claim_paid"' not in one.entry)

        assert "截至本版未拨付" in page("subsidised", exhibits=unpaid)
        assert "截至本版未拨付" not in page("subsidised")
        assert "截至本版未拨付" not in page("refused")

    def test_names_no_clause_that_the_rule_does_not_have(self):
        claim = reading.Said({"clause": "art. 9"})

        assert incentives.grounds(("第9条", "art. 9"), claim, reading.Said({})) == (
            '第9条 <span class="en">art. 9</span>'
        )


class TestVerdict:
    @pytest.mark.parametrize("end", ["unsigned", "unwritten", "unpaid"])
    def test_points_to_the_entry_that_ended_the_deal(self, end):
        told = record(end)
        ended = told.last("contract.lapsed", "contract.rescinded")

        assert f"(条目 #{ended.index})" in page(end)

    @pytest.mark.parametrize("end", ["unsigned", "unpaid"])
    def test_points_to_the_entry_that_took_the_deposit(self, end):
        lost = money.forfeited(record(end))

        assert f"归让与方(条目 #{lost.index})。" in page(end)


class TestFoot:
    def test_says_on_every_sheet_which_deal_and_which_edition(self):
        assert f'@bottom-left{{content:"{LOT} · 第 2 版 edition 2"' in page("settled")
        assert "counter(page)" in page("settled")

    def test_lets_no_name_out_of_its_string(self):
        hostile = reading.Record(lot='x"}</style><script>y', lines=())

        assert 'content:"xstylescripty · ' in style.style_of(hostile, 1)

    def test_is_not_in_a_lots_pack(self):
        page = rules.assemble(ALL["settled"].lot_pack())["index.html"]

        assert b"@bottom-left" not in page

    def test_leaves_the_timeline_the_same_words(self):
        events = json.loads(ALL["unpaid"].files()["timeline.json"])["events"]

        assert all(one["title"] != one["kind"] for one in events)
