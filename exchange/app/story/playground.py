"""A market to play with."""

from ..site import Site


def seed(site: Site) -> None:
    """Seed."""
