"""The ticker process."""

from .. import tasks, ticker
from ..opening import gauge, units
from . import part


def main() -> None:
    """Tick until told to stop."""
    site = part.begin()
    celery = tasks.application(site.broker, queue=site.queue)
    opened = units(site.database.api, connections=2)
    measured = gauge(site.database.api, opened)
    ticker.run(
        opened,
        send_pack=tasks.pack_sender(celery),
        send_proof=tasks.proof_sender(celery),
        stop=part.stopped(),
        require_sound_time=measured.require_bounded if measured else lambda: None,
    )


if __name__ == "__main__":
    main()
