"""A market over HTTP: members, listings and lots made through the API, as its users would."""

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from exchange.app import founding
from exchange.app.auth import AppGate
from exchange.members.model import credit_check
from ledger.kernel import instant
from listings.achievements.model import application_check

_numbers = itertools.count(1)


def credit_code() -> str:
    body = f"91150000{next(_numbers):09d}"
    return body + credit_check(body)


def application_number() -> str:
    body = f"20241{next(_numbers):07d}"
    return f"{body}.{application_check(body)}"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def payment_reference() -> str:
    return f"回单{next(_numbers)}"


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@dataclass(frozen=True)
class Member:
    """An organisation with a token."""

    id: str
    token: str
    person: str = ""


@dataclass
class Market:
    """Drives an application by an HTTP client; every command carries a fresh key unless one is given."""

    client: Any
    gate: AppGate
    operator: Member = field(init=False)
    rules: set[str] = field(default_factory=set)  # what is in force
    tampered: bool = False  # a test that changes rows behind the record's back says so
    alone: bool = False  # and a test of one wing, that acts on facts which no other has recorded

    def __post_init__(self) -> None:
        entered = founding.enter(self.gate.units, **founding.OPERATOR)
        self.operator = Member(entered.organisation, entered.bearer.text, entered.person)

    def call(
        self, method: str, path: str, by: Member | None = None, json: Any = None, *, key: str | None = None, **more
    ):
        headers = {"Authorization": f"Bearer {by.token}"} if by else {}
        if method != "GET":
            headers["Idempotency-Key"] = key or f"key-{next(_numbers)}"
        return self.client.request(method, path, json=json, headers=headers | more.pop("headers", {}), **more)

    def done(self, method: str, path: str, by: Member | None = None, json: Any = None, **more) -> Any:
        """Call, and expect to be obeyed."""
        response = self.call(method, path, by, json, **more)
        assert response.status_code < 300, response.text
        return response.json()

    def refused(self, code: str, method: str, path: str, by: Member | None = None, json: Any = None, **more) -> Any:
        """Call, and expect this refusal."""
        response = self.call(method, path, by, json, **more)
        problem = response.json()
        assert problem.get("type") == f"/problems/{code}", response.text
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["status"] == response.status_code
        return problem

    def member(self, *roles: str, verified: bool = True) -> Member:
        body = {"name": "某单位", "credit_code": credit_code(), "roles": roles, "region": "1501", "person": "某人"}
        by = self.operator if {"regulator", "operator"} & set(roles) else None
        entered = self.done("POST", "/v1/organisations", by, body)
        if verified:
            self.done("POST", f"/v1/organisations/{entered['organisation']}/verify", self.operator)
        return Member(entered["organisation"], entered["token"], entered["person"])

    def colleague(self, of: Member, *scopes: str, name: str = "同事") -> Member:
        """Enter a second person of an organisation, with a token for `scopes`."""
        person = self.done("POST", "/v1/people", of, {"name": name})["id"]
        token = self.done("POST", "/v1/tokens", of, {"person": person, "scopes": scopes})["token"]
        return Member(of.id, token, person)

    @cached_property
    def second(self) -> Member:
        """The operator's second officer."""
        return self.colleague(self.operator, "profiles.manage", name="副值班员")

    def put_into_force(self, *refs: str) -> None:
        """Have two officers put shipped versions of the bidding rules into force, unless they are."""
        for ref in refs:
            if ref not in self.rules:
                self.rules.add(ref)
                self.done("POST", "/v1/profiles", self.operator, {"shipped": ref})
                self.done("POST", f"/v1/profiles/{ref}/activate", self.second)

    def move(self, to: datetime) -> Any:
        return self.done("POST", "/v1/clock", self.operator, {"to": instant.render(to)})

    def now(self) -> datetime:
        return instant.parse(self.done("GET", "/v1/clock")["now"])

    def asset(self, seller: Member, **changes: Any) -> str:
        body = {
            "kind": "invention_patent",
            "title": "一种稀土永磁材料的制备方法",
            "application_number": application_number(),
            "holders": [{"organisation": seller.id, "share_bp": 10_000}],
            "inventors": ["甲", "乙"],
        }
        return self.done("POST", "/v1/assets", seller, body | changes)["id"]

    def terms(self, **changes: Any) -> dict[str, Any]:
        usual = {
            "title": "一种稀土永磁材料的制备方法",
            "abstract": "提高矫顽力。",
            "mode": "assignment",
            "industry": "3240",
            "region": "1502",
            "documents": [
                {
                    "sha256": sha256(f"document {next(_numbers)}"),
                    "name": "说明书.pdf",
                    "media_type": "application/pdf",
                    "size_bytes": 1000,
                }
            ],
            "approval": {
                "number": "校科发〔2026〕1号",
                "body": "校长办公会",
                "decided_on": date(2026, 2, 25).isoformat(),
                "sha256": sha256("approval"),
            },
            "price": {"asking": yuan("100000"), "floor": yuan("90000"), "method": "auction"},
            "disclosure_days": 20,
        }
        return usual | changes

    def draft_listing(self, seller: Member, *, asset: str | None = None, **changes: Any) -> str:
        body = {"asset": asset or self.asset(seller), "terms": self.terms(**changes)}
        return self.done("POST", "/v1/listings", seller, body)["id"]

    def open_listing(self, seller: Member, **changes: Any) -> str:
        listing = self.draft_listing(seller, **changes)
        self.done("POST", f"/v1/listings/{listing}/submit", seller)
        self.done("POST", f"/v1/listings/{listing}/accept", self.operator)
        ends = self.done("POST", f"/v1/listings/{listing}/publish", seller)["disclosure_ends_at"]
        self.move(instant.parse(ends))
        return listing

    def lot_terms(self, **changes: Any) -> dict[str, Any]:
        """Terms that will do under `judicial-2016@1`, which is in force from then on."""
        self.put_into_force("judicial-2016@1")
        opens = self.now() + timedelta(hours=1)
        usual = {
            "start_price": yuan("100000"),
            "increments": [{"from_price": yuan("0"), "increment": yuan("1000")}],
            "deposit": yuan("10000"),
            "opens_at": instant.render(opens),
            "closes_at": instant.render(opens + timedelta(hours=24)),
        }
        return usual | changes

    def draft_lot(self, seller: Member, listing: str, **changes: Any) -> str:
        body = {"listing": listing, "profile": "judicial-2016@1", "terms": self.lot_terms(**changes)}
        return self.done("POST", "/v1/lots", seller, body)["id"]

    def lot(self, seller: Member, listing: str | None = None, **changes: Any) -> str:
        """Announce a lot on an open listing."""
        lot = self.draft_lot(seller, listing or self.open_listing(seller), **changes)
        self.done("POST", f"/v1/lots/{lot}/announce", seller)
        return lot

    def running_lot(self, seller: Member, **changes: Any) -> str:
        """Announce a lot and let its bidding open."""
        lot = self.lot(seller, **changes)
        self.move(instant.parse(self.read_lot(lot)["opens_at"]))
        return lot

    def read_lot(self, lot: str) -> Any:
        return self.done("GET", f"/v1/lots/{lot}")

    def bidder(self, lot: str, amount: str = "10000") -> Member:
        """Return a verified enterprise whose deposit for the lot is confirmed."""
        member = self.member("enterprise")
        self.deposit(lot, member, amount)
        return member

    def deposit(self, lot: str, member: Member, amount: str = "10000", *, rank: int | None = None) -> str:
        body = {"organisation": member.id, "amount": yuan(amount), "payment_reference": payment_reference()}
        body |= {"rank": rank} if rank else {}
        return self.done("POST", f"/v1/lots/{lot}/deposits", self.operator, body)["code"]

    def bid(self, lot: str, by: Member, amount: str, **more: Any) -> Any:
        return self.done("POST", f"/v1/lots/{lot}/bids", by, {"amount": yuan(amount)}, **more)

    def sold_lot(
        self, seller: Member, amount: str = "200000", *, losers: int = 1, **changes: Any
    ) -> tuple[str, Member]:
        """Sell a lot by one bid over the start; return it and its buyer. What falls due at its end has happened."""
        lot = self.running_lot(seller, **changes)
        for _ in range(losers):
            self.bid(lot, self.bidder(lot), self.read_lot(lot)["minimum_next"]["amount"])
        buyer = self.bidder(lot)
        self.bid(lot, buyer, amount)
        self.move(instant.parse(self.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
        return lot, buyer

    def deal(self, lot: str, by: Member | None = None) -> Any:
        return self.done("GET", f"/v1/lots/{lot}/deal", by or self.operator)

    def write_contract(self, lot: str, seller: Member, **changes: Any) -> Any:
        contract = self.deal(lot)["contract"]
        price = Decimal(contract["price"]["amount"])
        usual = {
            "type": "transfer",
            "parts": [
                {"kind": "technology", "name": "专利权", "amount": yuan(f"{price - 10_000:.2f}")},
                {"kind": "equipment", "name": "试验装置", "amount": yuan("10000.00")},
            ],
            "document_sha256": sha256(f"contract of {lot}"),
        }
        return self.done("PUT", f"/v1/contracts/{contract['id']}", seller, usual | changes)

    def sign(self, contract: str, terms_sha256: str, *parties: Member) -> None:
        for party in parties:
            self.done("POST", f"/v1/contracts/{contract}/sign", party, {"terms_sha256": terms_sha256})

    def signed_deal(self, seller: Member, amount: str = "200000", **changes: Any) -> tuple[str, Member]:
        """Sell a lot and have both parties sign its contract."""
        lot, buyer = self.sold_lot(seller, amount, **changes)
        written = self.write_contract(lot, seller)
        self.sign(written["id"], written["terms_sha256"], seller, buyer)
        return lot, buyer

    def pay(self, lot: str, **changes: Any) -> Any:
        """Have the officer record the balance of a deal."""
        settlement = self.deal(lot)["settlement"]
        body = {"amount": settlement["balance"], "payment_reference": payment_reference()} | changes
        return self.done("POST", f"/v1/settlements/{settlement['id']}/payments", self.operator, body)

    def settle(self, lot: str, seller: Member, **changes: Any) -> Any:
        settlement = self.deal(lot)["settlement"]["id"]
        body = {"costs": [], "reward_percent": "50"} | changes
        return self.done("POST", f"/v1/settlements/{settlement}/settle", seller, body)

    def settled_deal(self, seller: Member, amount: str = "200000") -> tuple[str, Member]:
        """Sell a lot, sign, pay and pay out."""
        lot, buyer = self.signed_deal(seller, amount)
        self.pay(lot)
        self.settle(lot, seller)
        return lot, buyer

    def register(self, lot: str) -> Any:
        contract = self.deal(lot)["contract"]["id"]
        return self.done("POST", f"/v1/contracts/{contract}/register", self.operator)

    def programme(self, department: Member, budget: str = "100000") -> str:
        body = {"rule": "mkj-platform-2026@1", "budget": yuan(budget), "payment_reference": payment_reference()}
        return self.done("POST", "/v1/programmes", department, body)["id"]

    def claim_body(self, lot: str, programme: str, **changes: Any) -> dict[str, Any]:
        contract = self.deal(lot)["contract"]["id"]
        return {
            "programme": programme,
            "contract": contract,
            "fiscal_funded": False,
            "related_parties": False,
        } | changes

    def claim(self, lot: str, seller: Member, programme: str, **changes: Any) -> Any:
        return self.done("POST", "/v1/claims", seller, self.claim_body(lot, programme, **changes))
