"""Parts of what is paid, held against the register of assets: whoever has one, in every subject that tells of it."""

import pytest

from exchange.assurance import shares
from exchange.assurance.facts import Facts, Listing, Lot, Plan, Royalty, Settlement

AST, LST, LOT, STL, PLN, RTY = (f"{prefix}_{'1' * 26}" for prefix in ("ast", "lst", "lot", "stl", "pln", "rty"))
UNIVERSITY, INSTITUTE, STRANGER = (f"org_{one * 26}" for one in "uis")
HELD = [(UNIVERSITY, 6_000), (INSTITUTE, 4_000)]
NAMES = ("甲", "乙", "丙")
AGREED = {PLN: "escrow.plan_proposed", RTY: "escrow.royalty_proposed"}


def holders(*told):
    return [{"organisation": one, "share_bp": share} for one, share in told]


def inventors(*told):
    return [{"inventor": place, "name": name, "weight": 1} for place, name in told]


class Whole:
    """One deal of a registered asset, and entries written down by hand, each with its place in the log."""

    def __init__(self, held=HELD, names=NAMES):
        self.facts, self.index = Facts(), 0
        deal = {"deal": LOT, "seller": UNIVERSITY}
        self.facts.lots[LOT] = Lot(id=LOT, index=0, listing=LST, seller=UNIVERSITY, deposit_fen=1)
        self.facts.listings[LST] = Listing(id=LST, asset=AST)
        self.facts.settlements[STL] = Settlement(id=STL, index=0, deposit_fen=1, **deal)
        beside = {"index": 0, "settlement": STL, "buyer": None, "reward_min_bp": 0} | deal
        self.facts.plans[PLN] = Plan(id=PLN, price_fen=2, deposit_fen=1, **beside)
        self.facts.royalties[RTY] = Royalty(id=RTY, **beside)
        if held:
            entry = {"kind": "asset.registered", "subject": AST, "data": {"holders": holders(*held)}}
            shares.read_asset(self.facts, entry | ({"opened": {"inventors": list(names)}} if names else {}))

    def tell(self, kind, subject, **opened):
        self.index += 1
        entry = {"kind": kind, "subject": subject, "data": {}} | ({"opened": opened} if opened else {})
        shares.read_shares(self.facts, entry, self.index)
        return self

    def agree(self, subject, held=HELD, named=((1, "甲"),)):
        sharing = {"owners": holders(*held), "broker": None, "inventors": inventors(*named)}
        return self.tell(AGREED[subject], subject, sharing=sharing)

    def settle(self, named=((1, "甲"),), subject=STL):
        return self.tell("escrow.settled", subject, split=inventors(*named))

    def share(self, held=HELD, subject=STL):
        return self.tell("escrow.shared", subject, owners=holders(*held))

    def finds(self):
        return [(one.what, one.entry) for one in shares.findings(self.facts)]


@pytest.fixture
def whole():
    return Whole()


OTHERWISE = {
    "a fen's part more for one": [(UNIVERSITY, 6_001), (INSTITUTE, 3_999)],
    "all for the seller": [(UNIVERSITY, 10_000)],
    "a stranger in one's place": [(UNIVERSITY, 6_000), (STRANGER, 4_000)],
    "one more": [(UNIVERSITY, 6_000), (INSTITUTE, 3_000), (STRANGER, 1_000)],
    "each the other's": [(UNIVERSITY, 4_000), (INSTITUTE, 6_000)],
}
NOT_THEIRS = {
    "another name": [(1, "丁")],
    "another's place": [(1, "乙"), (2, "甲")],
    "one more": [(1, "甲"), (2, "乙"), (3, "丙"), (4, "丁")],
    "nobody's place": [(0, "甲")],
}


class TestHolders:
    @pytest.mark.parametrize("subject", AGREED)
    @pytest.mark.parametrize("what", OTHERWISE)
    def test_of_an_agreement_are_the_registers(self, whole, subject, what):
        assert whole.agree(subject).agree(subject, OTHERWISE[what]).finds() == [
            (f"{subject}: shares otherwise than {AST} is held", 2)
        ]

    @pytest.mark.parametrize("what", OTHERWISE)
    def test_of_a_settlement_are_the_registers(self, whole, what):
        assert whole.settle().share(OTHERWISE[what]).finds() == [(f"{STL}: shares otherwise than {AST} is held", 2)]

    def test_may_all_be_paid(self, whole):
        assert whole.agree(PLN).agree(RTY).settle().share().finds() == []

    def test_are_not_asked_for_where_nothing_is_opened_or_registered(self):
        sealed = Whole().tell("escrow.plan_proposed", PLN).tell("escrow.settled", STL).tell("escrow.shared", STL)
        unknown = Whole(held=()).agree(PLN, OTHERWISE["one more"]).settle().share([(STRANGER, 10_000)])

        assert sealed.finds() == unknown.finds() == []

    def test_of_another_deal_are_another_matter(self, whole):
        whole.share([(STRANGER, 10_000)], subject=f"stl_{'2' * 26}")

        assert whole.finds() == []


class TestSellerAlone:
    OTHER = f"stl_{'2' * 26}"

    def test_is_not_paid_what_several_hold(self, whole):
        assert whole.tell("escrow.shared", self.OTHER).tell("escrow.settled", STL).finds() == [
            (f"{STL}: pays its seller alone, and {AST} has other holders", 2)
        ]

    def test_was_paid_before_the_log_knew_of_others(self, whole):
        assert whole.tell("escrow.settled", STL).tell("escrow.shared", self.OTHER).finds() == []

    def test_is_paid_what_it_holds_alone(self):
        whole = Whole(held=[(UNIVERSITY, 10_000)])

        assert whole.tell("escrow.shared", self.OTHER).tell("escrow.settled", STL).finds() == []


class TestInventors:
    @pytest.mark.parametrize("subject", AGREED)
    @pytest.mark.parametrize("what", NOT_THEIRS)
    def test_of_an_agreement_are_the_registers(self, whole, subject, what):
        assert whole.agree(subject, named=NOT_THEIRS[what]).finds() == [
            (f"{subject}: rewards others than the inventors of {AST}", 1)
        ]

    @pytest.mark.parametrize("what", NOT_THEIRS)
    def test_of_a_settlement_are_the_registers(self, whole, what):
        assert whole.settle(NOT_THEIRS[what]).share().finds() == [
            (f"{STL}: rewards others than the inventors of {AST}", 1)
        ]

    @pytest.mark.parametrize("named", [[], [(3, "丙")], [(2, "乙"), (1, "甲")]])
    def test_may_be_any_of_them(self, whole, named):
        assert whole.agree(PLN, named=named).agree(RTY, named=named).settle(named).share().finds() == []

    def test_are_not_asked_for_where_the_registers_are_sealed(self):
        assert Whole(names=()).agree(PLN, named=NOT_THEIRS["one more"]).finds() == []
