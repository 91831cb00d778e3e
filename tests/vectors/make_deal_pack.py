"""Write `deal_pack_v2.zip`, the deal's pack that every later program must still find sound.

Never run again once released.

python -m tests.vectors.make_deal_pack
"""

from pathlib import Path

from exchange.contracts.service import zipped
from tests import make_deals as make

FILE = Path(__file__).with_name("deal_pack_v2.zip")

if __name__ == "__main__":
    FILE.write_bytes(zipped(make.deal("subsidised").files()))
