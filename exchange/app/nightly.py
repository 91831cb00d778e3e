"""The proof of the books every night: what `mengkeju books verify` does, in one snapshot, and an alarm if it fails.

The ticker asks for it, a worker does it, and what came of it stands in a row that /healthz and /metrics read. The night
is the machine's, also where the exchange's clock is virtual. Findings name accounts and entries, so they stand in the
worker's log alone; health, which everybody reads, says how many there are.
"""

import logging
from datetime import datetime, time, timedelta
from typing import Final

from celery import current_app, shared_task

from ledger.kernel import instant
from ledger.kernel.calendar import CHINA
from ledger.kernel.unit import Unit, Units
from ledger.kernel.web import Gate
from settlement.books import service as books

from .verifying import Verdict, verify

log = logging.getLogger(__name__)

PROVE: Final = "books.prove"
AT: Final = time(3, tzinfo=CHINA)  # when few trade; a night that was missed is made up for at once
MISSED: Final = timedelta(days=1)  # a proof that breaks off keeps nothing: silence is an alarm too, after a night


def is_due(unit: Unit) -> bool:
    """Whether the books have not been proven since three in the morning."""
    last = books.last_proof(unit)
    return last is None or last.at < night_before(unit.real_now())


def night_before(at: datetime) -> datetime:
    """Return when the night's proof was last due at or before an instant."""
    today = datetime.combine(at.astimezone(CHINA).date(), AT)
    return today if today <= at else today - timedelta(days=1)


def prove(units: Units) -> Verdict | None:
    """Prove the books if that is due, keep what came of it, and say aloud what is wrong; None where it is not due."""
    with units.read() as unit:
        if not is_due(unit):
            return None
        verdict = verify(unit, tell=_quietly)
    with units.begin() as unit:
        books.keep_proof(unit, findings=len(verdict.findings))
    for finding in verdict.findings:
        log.critical("%s", finding)
    log.log(logging.CRITICAL if verdict.findings else logging.INFO, "%s", verdict.line)
    return verdict


def alarm(unit: Unit) -> tuple[str, datetime] | None:
    """Return what is to be done where a proof failed or is missing, with no account named, and since when."""
    last = books.last_proof(unit)
    if last is None:
        return None
    at = instant.render(last.at)
    if last.at < night_before(unit.real_now()) - MISSED:
        return f"the books were last proven at {at}; see worker.log, and run `mengkeju books verify`", last.at
    if not last.findings:
        return None
    said = f"the books do not add up: the proof of {at} found {last.findings} faults; see worker.log"
    return f"{said}, and run `mengkeju books verify`", last.at


@shared_task(name=PROVE, acks_late=False, ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def prove_books() -> None:
    """Prove the books, unless another worker has. A message that is lost is sent again: nothing waits for it."""
    gate: Gate = current_app.conf["gate"]
    prove(gate.units)


def _quietly(_done: int, _total: int) -> None:
    """Tell nobody how far it is."""
