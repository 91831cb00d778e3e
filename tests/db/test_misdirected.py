"""Money that nobody expected in a real database: who waits for whom, and what a refusal leaves behind."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.books import service as books
from settlement.escrow import service as escrow
from settlement.escrow.model import Due
from settlement.escrow.service import misdirected
from settlement.escrow.store import misdirected as store
from tests import make_escrow
from tests.db.test_escrow import Escrow


def officer(world):
    return world.cause(make_escrow.OPERATOR, "payments.record")


def at_once(world, *acts):
    """Do all in units of their own, begun at the same time; return what each hears."""
    together = Barrier(len(acts))

    def answer(act):
        together.wait()
        try:
            with world.units.begin() as unit:
                act(unit)
        except Refusal as refusal:
            return refusal.code().removeprefix("escrow/")
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(answer, acts))


class TestAssign:
    def test_pays_a_balance_once_whoever_else_receives_or_sends_back(self, world, tmp_path):
        settlement = Escrow(world).due()
        balance = Fen(settlement.price_fen - settlement.deposit_fen)
        with world.units.begin() as unit:
            found = misdirected.find(unit, officer(world), amount_fen=Fen(2 * balance + 1), reference="bank-9")

        def assign(unit):
            to = Due(subject=settlement.id)
            misdirected.assign(unit, officer(world), found.id, to=to, amount_fen=balance)

        def receive(unit):
            escrow.receive_balance(unit, officer(world), settlement.id, amount_fen=balance, reference="bank-10")

        def send_back(unit):
            misdirected.send_back(unit, officer(world), found.id, amount_fen=Fen(1))

        assert at_once(world, assign, receive, assign, send_back) == ["already-paid", "already-paid", "done", "done"]
        with world.units.read() as unit:
            left = store.load(unit, found.id)
            assert books.prove(unit) == []
        assert (left.left_fen, left.parts) in {(balance, 2), (2 * balance, 1)}
        assert world.check(tmp_path, alone=True) is not None
