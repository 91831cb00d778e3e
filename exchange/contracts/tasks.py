"""Celery doors of the contracts wing. A message holds one id and may vanish or repeat: a sweep sends what is due."""

from typing import Final

from celery import current_app, shared_task

from ledger.kernel.web import Gate

from . import service
from .model import PackId

BUILD_PACK: Final = "contracts.build_pack"


@shared_task(name=BUILD_PACK, acks_late=True, ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def build_pack(pack_id: str) -> None:
    """Build the pack, unless it is built, held by another worker, or waiting for entries on their way to the log."""
    gate: Gate = current_app.conf["gate"]
    service.build(gate.units, PackId(pack_id), vkey=gate.vkey)
