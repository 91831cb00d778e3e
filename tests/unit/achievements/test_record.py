"""What stands on the record: enough for a record pack, no name, no floor price; and never too long for an entry."""

import hashlib
from datetime import timedelta

import pytest

from ledger.kernel.cause import TIME, Cause
from ledger.kernel.ids import EntryId
from ledger.log.model import MAX_ENTRY_BYTES, Disclosure, Link, freeze
from listings.achievements import model, rules
from listings.achievements.model import State
from tests import make_achievements as make

OFFER = {
    "asset": make.ASSET,
    "owner": make.OWNER,
    "mode": "assignment",
    "industry": "3240",
    "region": "1502",
    "documents": [{"sha256": f"{1:064x}", "media_type": "application/pdf", "size_bytes": 4096}],
    "approval_sha256": "a" * 64,
    "approval_on": "2026-02-25",
    "method": "listing",
    "asking_fen": "100000000",
    "disclosure_days": 20,
}
PRIVATE = {
    "document_names": ["说明书 1.pdf"],
    "approval_number": "内大校发〔2026〕12号",
    "approval_body": "校长办公会",
    "floor_fen": "90000000",
}
BY_OWNER = {"organisation": make.OWNER, "person": make.by_owner().actor.person}
BY_OFFICER = {"organisation": make.OPERATOR, "person": make.by_officer().actor.person}


def recorded(state, command, cause):
    listing = make.listing(state=state)
    (event,) = rules.decide(listing, command, cause, asset=make.asset_of(listing)).events
    assert event.subject == make.LISTING
    return event


class TestEvents:
    def test_of_a_submission_seal_the_words(self):
        event = recorded(State.DRAFT, model.Submit(), make.by_owner())

        assert (event.kind, event.rule) == ("listing.submitted", None)
        assert event.data == OFFER | {"state": "submitted", "previous": None}
        assert event.sealed == PRIVATE | {
            "title": "稀土永磁制备技术",
            "abstract": "以白云鄂博矿为原料。\n已完成中试。",
            "by": BY_OWNER,
        }

    def test_of_a_disclosure_publish_the_title_and_the_hash_of_the_abstract(self):
        event = recorded(State.ACCEPTED, model.Publish(), make.by_owner())

        assert (event.kind, event.rule) == ("listing.disclosed", "disclosure-2026@1")
        assert event.data == OFFER | {
            "state": "disclosed",
            "title": "稀土永磁制备技术",
            "abstract_sha256": hashlib.sha256("以白云鄂博矿为原料。\n已完成中试。".encode()).hexdigest(),
            "disclosed_at": "2026-03-02T01:00:00.000000Z",
            "disclosure_ends_at": "2026-03-30T16:00:00.000000Z",
        }
        assert event.sealed == PRIVATE | {"by": BY_OWNER}

    def test_of_a_revision_publish_the_whole_offer_anew(self):
        terms = make.terms(price=make.price(asking_fen=950_000_00))

        event = recorded(State.DISCLOSED, model.Revise(terms=terms), make.by_owner(make.MONDAY + timedelta(days=1)))

        assert (event.kind, event.rule, event.data["asking_fen"]) == (
            "listing.revised",
            "disclosure-2026@1",
            "95000000",
        )
        assert event.data["disclosure_ends_at"] == "2026-03-31T16:00:00.000000Z"

    def test_of_an_enterprise_say_that_there_is_no_approval(self):
        listing = make.listing(approval_required=False, terms=make.terms(approval=None))

        (event,) = rules.decide(listing, model.Submit(), make.by_owner(), asset=make.asset()).events

        assert (event.data["approval_sha256"], event.data["approval_on"]) == (None, None)
        assert (event.sealed["approval_number"], event.sealed["approval_body"]) == (None, None)

    @pytest.mark.parametrize(
        ("state", "command", "cause", "kind", "data", "sealed"),
        [
            (
                State.SUBMITTED,
                model.Return(reasons=("请补充权属证明",)),
                make.by_officer(),
                "listing.returned",
                {"state": "returned", "reviewer": make.OPERATOR},
                {"reasons": ("请补充权属证明",), "by": BY_OFFICER},
            ),
            (
                State.SUBMITTED,
                model.Accept(),
                make.by_officer(),
                "listing.accepted",
                {"state": "accepted", "reviewer": make.OPERATOR},
                {"by": BY_OFFICER},
            ),
            (
                State.DISCLOSED,
                model.Tick(),
                Cause(actor=TIME, at=make.DISCLOSURE_ENDS, request_id="tick"),
                "listing.opened",
                {"state": "open", "disclosure_ends_at": "2026-03-30T16:00:00.000000Z"},
                {},
            ),
            (
                State.OPEN,
                model.Reserve(deal=make.LOT),
                make.by_owner(),
                "listing.reserved",
                {"state": "reserved", "asset": make.ASSET, "deal": make.LOT},
                {"by": BY_OWNER},
            ),
            (
                State.RESERVED,
                model.Release(deal=make.LOT),
                make.by_owner(),
                "listing.released",
                {"state": "open", "asset": make.ASSET, "deal": make.LOT},
                {"by": BY_OWNER},
            ),
            (
                State.RESERVED,
                model.Award(deal=make.LOT),
                make.by_owner(),
                "listing.awarded",
                {"state": "awarded", "asset": make.ASSET, "deal": make.LOT},
                {"by": BY_OWNER},
            ),
            (
                State.OPEN,
                model.Withdraw(reason="另有安排"),
                make.by_owner(),
                "listing.withdrawn",
                {"state": "withdrawn"},
                {"reason": "另有安排", "by": BY_OWNER},
            ),
        ],
    )
    def test_of_a_move_say_where_it_went_and_seal_who(self, state, command, cause, kind, data, sealed):
        event = recorded(state, command, cause)

        assert (event.kind, event.data, event.sealed) == (kind, data, sealed)

    def test_are_none_for_a_draft(self):
        for command in (model.Revise(terms=make.terms(title="另一项")), model.Withdraw(reason="不再转让")):
            assert not rules.decide(make.listing(), command, make.by_owner(), asset=make.asset()).events


def test_the_longest_listing_fits_an_entry():
    """Four bytes a character, every list full, every number at its largest."""
    wide = "\U00020000"
    terms = make.terms(
        title=wide * 200,
        abstract=wide * 5_000,
        documents=tuple(
            make.document(n, name=wide * 200, media_type=f"{'a' * 63}/{'b' * 64}", size_bytes=200 * 2**20)
            for n in range(50)
        ),
        approval=make.approval(number=wide * 200, body=wide * 200),
        price=make.price(asking_fen=10**15, floor_fen=10**15),
        disclosure_days=120,
    )
    longest = make.listing(state=State.ACCEPTED, terms=terms, previous=model.ListingId.from_number(2**128 - 1))

    (event,) = rules.decide(longest, model.Publish(), make.by_owner(), asset=make.asset()).events
    entry = freeze(
        event,
        id=EntryId.from_number(2**128 - 1),
        link=Link(seq=2**53 - 1, prev="f" * 64),
        arrived_at=make.MONDAY,
        recorded_at=make.MONDAY,
        disclosures=tuple(
            Disclosure(entry=EntryId.from_number(1), field=field, salt="0" * 32, value=value)
            for field, value in event.sealed.items()
        ),
        nonce="0" * 32,
    )

    assert len(entry.content) < MAX_ENTRY_BYTES / 2
