"""When the whole books were proven last, and whether they held."""

from ledger.kernel.unit import Unit

from ..model import Proof
from ..store import proofs as store


def keep_proof(unit: Unit, *, findings: int) -> None:
    """Keep for good that the books were proven, by the machine's clock, and how much was found wrong."""
    store.keep(unit, Proof(at=unit.real_now(), findings=findings))


def last_proof(unit: Unit) -> Proof | None:
    """Return the last proof; None where the books were never proven."""
    return store.last(unit)
