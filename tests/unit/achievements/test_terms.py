"""What an owner may write: each bound on both sides, and no path, no script, no float."""

from datetime import date

import pytest

from ledger.kernel.errors import Refusal
from listings.achievements import model
from listings.achievements.model import PricingMethod, State
from tests import make_achievements as make

MEBIBYTE = 2**20


def outcome(build, **changes) -> str:
    try:
        build(**changes)
    except Refusal as refusal:
        return refusal.code().removeprefix("achievements/")
    return "ok"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "字" * 200}, "ok"),
        ({"title": "字" * 201}, "unusable-field"),
        ({"title": "one\ntwo"}, "unusable-field"),
        ({"abstract": "字" * 5_000}, "ok"),
        ({"abstract": "字" * 5_001}, "unusable-field"),
        ({"abstract": ""}, "unusable-field"),
        ({"documents": tuple(make.document(n) for n in range(50))}, "ok"),
        ({"documents": tuple(make.document(n) for n in range(51))}, "unusable-field"),
        ({"documents": (make.document(1), make.document(1, name="copy.pdf"))}, "unusable-field"),
        ({"disclosure_days": 0}, "unusable-field"),
        ({"disclosure_days": 1}, "ok"),
        ({"disclosure_days": 120}, "ok"),
        ({"disclosure_days": 121}, "unusable-field"),
    ],
)
def test_terms_are_bounded(changes, expected):
    assert outcome(make.terms, **changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sha256": "A" * 64}, "unusable-field"),
        ({"sha256": "a" * 63}, "unusable-field"),
        ({"sha256": "a" * 64 + "\n"}, "unusable-field"),
        ({"name": "../etc/passwd"}, "unusable-field"),
        ({"name": "a\\b.pdf"}, "unusable-field"),
        ({"name": ".."}, "unusable-field"),
        ({"name": "附件..pdf"}, "ok"),
        ({"name": "字" * 201}, "unusable-field"),
        ({"media_type": "image/svg+xml"}, "ok"),
        ({"media_type": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}, "ok"),
        ({"media_type": f"text/{'b' * 65}"}, "unusable-field"),
        ({"media_type": "pdf"}, "unusable-field"),
        ({"media_type": "text/html; charset=utf-8"}, "unusable-field"),
        ({"size_bytes": 0}, "unusable-field"),
        ({"size_bytes": 1}, "ok"),
        ({"size_bytes": 200 * MEBIBYTE}, "ok"),
        ({"size_bytes": 200 * MEBIBYTE + 1}, "unusable-field"),
    ],
)
def test_a_document_is_a_plain_name_and_a_hash(changes, expected):
    assert outcome(make.document, **changes) == expected


@pytest.mark.parametrize(
    ("asking_fen", "floor_fen", "method", "expected"),
    [
        (1, None, PricingMethod.LISTING, "ok"),
        (0, None, PricingMethod.LISTING, "unusable-field"),
        (-1, None, PricingMethod.LISTING, "unusable-field"),
        (10**15, None, PricingMethod.LISTING, "ok"),
        (10**15 + 1, None, PricingMethod.LISTING, "unusable-field"),
        (100, 0, PricingMethod.LISTING, "unusable-field"),
        (100, 99, PricingMethod.LISTING, "ok"),
        (100, 100, PricingMethod.LISTING, "ok"),
        (100, 101, PricingMethod.LISTING, "floor-above-asking"),
        (100, 101, PricingMethod.AGREEMENT, "floor-above-asking"),
        (100, 101, PricingMethod.AUCTION, "ok"),  # bidding starts below a hidden reserve
    ],
)
def test_a_price_is_positive_and_its_floor_lies_under_it(asking_fen, floor_fen, method, expected):
    assert outcome(make.price, asking_fen=asking_fen, floor_fen=floor_fen, method=method) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"number": ""}, "unusable-field"),
        ({"body": "字" * 201}, "unusable-field"),
        ({"sha256": "x" * 64}, "unusable-field"),
        ({"decided_on": date(1999, 1, 1)}, "ok"),
    ],
)
def test_an_approval_says_which_body_decided_what(changes, expected):
    assert outcome(make.approval, **changes) == expected


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: model.Return(reasons=()), "unusable-field"),
        (lambda: model.Return(reasons=("理由",) * 20), "ok"),
        (lambda: model.Return(reasons=("理由",) * 21), "unusable-field"),
        (lambda: model.Return(reasons=("字" * 501,)), "unusable-field"),
        (lambda: model.Withdraw(reason=" "), "unusable-field"),
        (lambda: model.Withdraw(reason="字" * 500), "ok"),
    ],
)
def test_reasons_are_given_and_bounded(build, expected):
    assert outcome(build) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.OPEN, "deal": make.LOT},
        {"state": State.RESERVED, "deal": None},
        {"state": State.DISCLOSED, "disclosure_ends_at": None},
        {"state": State.RETURNED, "reasons": ()},
        {"state": State.SUBMITTED, "reasons": ("理由",)},
    ],
)
def test_a_listing_never_exists_in_an_impossible_shape(changes):
    with pytest.raises(AssertionError):
        make.listing(**changes)
