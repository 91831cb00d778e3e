"""Somebody else's computer: the time stamp authority. Whoever calls it holds no unit."""

from .authority import Authority, AuthorityRefused, AuthorityUnreachable, NoRoots, Stamped, TokenNotValid, verify_token

__all__ = [
    "Authority",
    "AuthorityRefused",
    "AuthorityUnreachable",
    "NoRoots",
    "Stamped",
    "TokenNotValid",
    "verify_token",
]
