"""The routes of no one wing: what spans wings, and what is the exchange's own."""

from fastapi import APIRouter

from . import deals, general, replays

router = APIRouter()
for one in (deals, general, replays):
    router.include_router(one.router)
