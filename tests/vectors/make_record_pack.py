"""Write `record_pack_v1.zip`, the pack that every later program must still find sound. Never run again once released.

python -m tests.vectors.make_record_pack
"""

from pathlib import Path

from exchange.contracts.service import zipped
from tests import make_contracts as make

FILE = Path(__file__).with_name("record_pack_v1.zip")

if __name__ == "__main__":
    FILE.write_bytes(zipped(make.story().files()))
