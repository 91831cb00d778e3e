"""Build orders to freeze a deal; a test overrides only what it is about."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from settlement.escrow import rules
from settlement.escrow.model import Authority, FreezeDecision, FreezeId, Impose, Lift, Settlement
from tests import make_escrow as make

REGULATOR = OrganisationId.from_number(5)
FIRST, SECOND = FreezeId.from_number(1), FreezeId.from_number(2)


def regulator(at: datetime = make.NOON) -> Cause:
    return make.by(REGULATOR, "deals.freeze", "deals.read_all", at=at)


def order(id: FreezeId = FIRST, **changes: Any) -> Impose:
    usual = Impose(
        id=id,
        authority=Authority.COURT,
        order_number=f"(2026)内01财保{int(id.number)}号",
        document_sha256="c" * 64,
        reason="财产保全",
    )
    return replace(usual, **changes)


def lift(**changes: Any) -> Lift:
    return replace(Lift(document_sha256="d" * 64), **changes)


def frozen(settlement: Settlement, *ids: FreezeId) -> Settlement:
    """The settlement as it stands under orders, the first of them if none is named."""
    for one in ids or (FIRST,):
        settlement = imposed(settlement, order(one)).settlement
    return settlement


def imposed(settlement: Settlement, command: Impose | None = None) -> FreezeDecision:
    return rules.impose(settlement, command or order(), regulator())
