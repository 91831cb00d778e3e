"""The ticker process."""

from .. import tasks, ticker
from ..opening import units
from . import part


def main() -> None:
    """Tick until told to stop."""
    site = part.begin()
    celery = tasks.application(site.broker, queue=site.queue)
    ticker.run(
        units(site.database.api, connections=2),
        send_pack=tasks.pack_sender(celery),
        send_proof=tasks.proof_sender(celery),
        stop=part.stopped(),
    )


if __name__ == "__main__":
    main()
