"""Auctions (竞价): one lot, many bidders who know each other by code alone, and a price that only rises.

The open ascending format. Money is not moved here, listings are opaque, and nothing here reads a clock.
"""
