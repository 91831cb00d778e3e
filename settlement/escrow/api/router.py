"""Where this wing's routes are hung."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1", tags=["settlements"])
