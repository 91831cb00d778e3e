"""`python -m ledger.witness`: the witness alone, without anything of the exchange."""

from .commands import witness

if __name__ == "__main__":
    witness()
