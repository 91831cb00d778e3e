"""Reads that span wings."""

from .deals import Deal, NoStanding, NoSuchDeal, Standing, deal, standing

__all__ = ["Deal", "NoStanding", "NoSuchDeal", "Standing", "deal", "standing"]
