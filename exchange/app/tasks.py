"""The Celery application: work that follows from what has been committed.

A message carries one row's id and may vanish or repeat: the ticker's sweep re-sends what is wanted, and the worker
claims the row. So nothing here is kept that Redis could lose.
"""

import logging
from collections.abc import Callable
from typing import Final

from celery import Celery
from kombu.exceptions import OperationalError

from exchange.contracts import tasks as contracts
from ledger.kernel.web import Gate

from . import nightly

log = logging.getLogger(__name__)

VISIBILITY_TIMEOUT_S: Final = 60  # a message whose worker died comes back after this; the sweep is faster anyway


def application(broker: str, *, queue: str, gate: Gate | None = None) -> Celery:
    """Return the application on `broker`; a worker's has the `gate` that its tasks act through."""
    app = Celery("mengkeju", broker=broker)
    app.conf.update(
        task_default_queue=queue,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT_S, "socket_keepalive": True},
        gate=gate,
    )
    app.set_default()
    return app


def pack_sender(app: Celery) -> Callable[[str], None]:
    """Return what sends a pack's id to a worker; where the broker is away, the next sweep tries again."""

    def send(pack: str) -> None:
        try:
            app.send_task(contracts.build_pack.name, args=[pack], retry=False)
        except OperationalError as error:
            log.warning("the broker is away, so pack %s waits: %s", pack, error)

    return send


def proof_sender(app: Celery) -> Callable[[], None]:
    """Return what asks a worker to prove the books; where the broker is away, the ticker asks again later."""

    def send() -> None:
        try:
            app.send_task(nightly.PROVE, retry=False)
        except OperationalError as error:
            log.warning("the broker is away, so the proof of the books waits: %s", error)

    return send
