"""The log over HTTP: for anyone, with or without a token."""

from . import entries, files, stamps

ROUTERS = (files.router, entries.router, stamps.router)
