"""Extreme values at every door of the money: each is answered or refused, and nothing fails on our side."""

from urllib.parse import quote

import pytest

from ledger.kernel import instant
from tests.http.test_doors import DOORS, A, E, R, U
from tests.http.test_misdirected import find
from tests.http.test_plans import Sale
from tests.http.test_royalties import Selling
from tests.market import sha256, yuan

OFFICER = "operator"
MONEYS = ("settlements", "plans", "royalties", "invoices", "freezes", "misdirected", "payouts", "accounts", "claims")
WRITTEN: list[object] = [
    *("", "\x00", "ᠮᠣᠩᠭᠣᠯ", "名" * 500, "9" * 30, "mis_2026-0042", f"mis_{'1' * 26}/1", "0.00"),
    *("9999-12-31", "0001-01-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "99999999999999", "100"),
    *(0, -1, 80, 2**31, 2**63, 10**30, 1.5, True, None, [], {}),
]
"""What is written in place of each value of a body."""
ADDRESSED = (
    *("%00", "x%00", "-1", "0", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 30, "1e9", "NaN"),
    *("9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "%ff", "%ed%a0%80", "%F0%9F%98%80", "%25"),
    *(quote("ᠮᠣᠩᠭᠣᠯ"), quote("名" * 60), "a:b", "..", "custody:bank"),
)
"""What is asked for in place of each value of an address."""
EVERY = 7
"""Of all these requests, one in so many is sent; 1 sends them all, which takes a minute or two."""


class Doors:
    """A market with something at every door; each door with a body that it takes, or refuses for its state alone."""

    def __init__(self, market):
        self.market = market
        beside, earning, sale = Selling(market), Selling(market), Sale(market)
        sale.agree()
        due = Sale(market)  # the last: its time to pay is short
        royalty = earning.agreed(starts_on=sale.day(0)[:8] + "28")["id"]
        found = find(market, "190000")
        regulator, agent = market.member(R), market.member(A)
        today = market.now().date().isoformat()
        money, paper = yuan("1"), sha256("paper")
        paid = {"amount": money, "payment_reference": "回单-一"}
        shares = {"reward_percent": "50", "shares": [{"inventor": 1, "weight": 1}]}
        shares["broker"] = {"organisation": agent.id, "commission_percent": "1"}
        costs = [{"kind": "tax", "amount": money, "evidence_sha256": paper}]
        divided = {"costs": costs, "withheld": [{"inventor": 1, "amount": money}]}
        invoice = {"occasion": "price", "payment_of": earning.settlement, "payment": 0, "issued_on": today}
        invoice |= {"number": "26150000000000000001", "amount": money, "tax": yuan("0.01"), "document_sha256": paper}
        order = {"authority": "court", "order_number": "一", "document_sha256": paper, "reason": "保全"}
        later = {"trial_until": instant.render(market.now())}
        rates = {"cap": yuan("100000"), "starts_on": today[:8] + "28"}
        plan, own = sale.plan.rpartition("/")[2], due.settlement["id"]
        self.bodies = {
            "POST /v1/lots/{lot}/deposits": {**paid, "organisation": due.buyer.id},
            "POST /v1/lots/{lot}/deposits/requests": {"source_account": "6222-0211-7788"},
            "POST /v1/settlements/{settlement}/payments": paid,
            "POST /v1/settlements/{settlement}/settle": {**shares, **divided},
            "POST /v1/settlements/{settlement}/plan": {**due.body(**later), **shares},
            "POST /v1/settlements/{settlement}/royalties": {**beside.body(**rates), **shares},
            "POST /v1/settlements/{settlement}/invoices": invoice,
            "POST /v1/settlements/{settlement}/freezes": order,
            "POST /v1/plans/{plan}/agree": {"terms_sha256": paper},
            "POST /v1/plans/{plan}/parts/{part}/payments": paid,
            "POST /v1/plans/{plan}/parts/{part}/release": {"evidence_sha256": paper},
            "POST /v1/plans/{plan}/parts/{part}/dispute": {"reason": "未达指标"},
            "POST /v1/plans/{plan}/parts/{part}/resolve": {"outcome": "returned", "document_sha256": paper},
            "POST /v1/plans/{plan}/parts/{part}/judgment": {"outcome": "returned", "document_sha256": paper},
            "POST /v1/plans/{plan}/parts/{part}/divide": divided,
            "POST /v1/royalties/{royalty}/agree": {"terms_sha256": paper},
            "POST /v1/royalties/{royalty}/periods/{period}/statement": {"sales": money, "statement_sha256": paper},
            "POST /v1/royalties/{royalty}/periods/{period}/payments": paid,
            "POST /v1/royalties/{royalty}/periods/{period}/findings": {
                "sales": money,
                "cost": money,
                "document_sha256": paper,
            },
            "POST /v1/royalties/{royalty}/periods/{period}/divide": divided,
            "POST /v1/freezes/{freeze}/lift": {"document_sha256": paper},
            "POST /v1/invoices/{invoice}/reverse": {**invoice, "number": "26150000000000000002"},
            "POST /v1/misdirected": {**paid, "note": "附言"},
            "POST /v1/misdirected/{misdirected}/assign": {"amount": money, "to": {"plan": plan, "part": 1}},
            "POST /v1/misdirected/{misdirected}/return": {"amount": money},
            "POST /v1/clock": {"to": "2026-03-01T00:00:00Z"},
        }
        for name in ("occasion", "payment_of", "payment", "amount", "tax"):
            self.bodies["POST /v1/invoices/{invoice}/reverse"].pop(name)
        self.names = {"plan": plan, "royalty": royalty, "misdirected": found["id"], "part": "1", "period": "1"}
        self.names |= {"settlement": own, "lot": due.lot, "name": f"{own}:escrow", "freeze": f"frz_{'1' * 26}"}
        path = f"/v1/settlements/{earning.settlement}/invoices"
        self.names["invoice"] = market.done("POST", path, earning.seller, {**invoice, "payment_of": None})["id"]
        self.instead = {
            "POST /v1/settlements/{settlement}/royalties": {"settlement": beside.settlement},
            "POST /v1/settlements/{settlement}/invoices": {"settlement": earning.settlement},
        }
        self.acts = {
            **dict.fromkeys([one for one in DOORS if OFFICER in DOORS[one]], market.operator),
            **{one: regulator for one in DOORS if DOORS[one] == {R}},
            **{one: sale.seller if "{plan}" in one else earning.seller for one in DOORS if DOORS[one] == {U, E}},
            **{one: due.buyer for one in DOORS if DOORS[one] == {E}},
            "POST /v1/settlements/{settlement}/settle": due.seller,
            "POST /v1/settlements/{settlement}/plan": due.seller,
            "POST /v1/settlements/{settlement}/royalties": beside.seller,
            "POST /v1/settlements/{settlement}/invoices": earning.seller,
            "POST /v1/invoices/{invoice}/reverse": earning.seller,
            "POST /v1/plans/{plan}/parts/{part}/dispute": sale.buyer,
            "POST /v1/royalties/{royalty}/periods/{period}/statement": earning.buyer,
        }
        self.wrong = []

    def by(self, door):
        """Return who may do there what is asked for."""
        return self.acts.get(door, self.market.operator)

    def ask(self, door, by, body=None, query="", **names):
        """Send one request, and keep it if it fails on our side; take a proposal back, to make room for the next."""
        method, path = door.split(" ")
        for name, value in (self.names | self.instead.get(door, {}) | names).items():
            path = path.replace(f"{{{name}}}", str(value))
        try:
            answer = self.market.call(method, path + query, by, body)
        except Exception as failed:  # noqa: BLE001 - whatever it is, it is what is looked for
            self.wrong.append((door, query, names, body, repr(failed)))
            return
        if answer.status_code >= 500:
            self.wrong.append((door, query, names, body, answer.text))
        if method == "POST" and answer.status_code == 201 and path.endswith(("/plan", "/royalties")):
            made = answer.json()["id"]
            kind = "plans" if made.startswith("pln") else "royalties"
            self.market.done("POST", f"/v1/{kind}/{made}/withdraw", by)


def changed(body):
    """Yield a body with each of its values, and each of its parts, replaced by every extreme one."""
    for name, value in body.items() if isinstance(body, dict) else enumerate(body):
        for other in (*WRITTEN, *(({"amount": "9" * 18, "currency": "CNY"},) if name in {"amount", "sales"} else ())):
            yield _with(body, name, other)
        if isinstance(value, dict | list) and value:
            for inner in changed(value):
                yield _with(body, name, inner)


def _with(body, name, value):
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[name] = value
    return copy


@pytest.fixture
def doors(market):
    return Doors(market)


def doors_of_money(method):
    return [one for one in DOORS if one.startswith(method) and one.split("/")[2:3] and one.split("/")[2] in MONEYS]


def test_extremes_are_answered_or_refused_in_addresses_queries_and_bodies(doors, market):
    described = market.client.get("/openapi.json").json()["paths"]
    asked = [
        *(
            (door, {"body": doors.bodies.get(door), name: value})
            for door in (*doors_of_money("GET"), *doors_of_money("POST"))
            for name in {one.partition("}")[0]: None for one in door.split("{")[1:]}
            for value in ADDRESSED
        ),
        *(
            (f"GET {path}", {"query": f"?{one['name']}={value}"})
            for path, there in described.items()
            for one in there.get("get", {}).get("parameters", ())
            if one["in"] == "query"
            for value in ADDRESSED
        ),
        *((door, {"body": one}) for door, body in doors.bodies.items() for one in changed(body)),
    ]
    for door, given in asked[::EVERY]:
        doors.ask(door, doors.by(door), **given)

    assert len(asked) > 3_000
    assert doors.wrong == []
