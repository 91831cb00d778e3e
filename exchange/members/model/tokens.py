"""The nouns of acting: a token as it is kept, and the text its bearer carries."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import ALPHABET, Id, OrganisationId, PersonId
from ledger.log.model import Event, event_kind

from .organisations import Capability, UnusableField


class TokenId(Id, prefix="tok"):
    """Names a token; the middle of its text, never its secret."""


class TokenNotValid(Refusal):
    """This token opens nothing.

    One reason for every cause, so that a stranger does not learn which tokens exist.
    """

    kind = Kind.FORBIDDEN
    zh = "令牌无效"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A right to act for a person (令牌), kept as the hash of its secret. Its instants are the real clock's."""

    id: TokenId
    organisation: OrganisationId
    person: PersonId
    scopes: frozenset[Capability]
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        """Whether it still opens anything at the real instant `at`."""
        return self.revoked_at is None and at < self.expires_at


_BEARER = re.compile(rf"mkj_([{ALPHABET}]{{26}})_([A-Za-z0-9_-]{{43}})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """The text a member carries, `mkj_<26 characters>_<43 characters>`: shown once, never stored.

    The secret is 32 random bytes in base64url, handed in; being random, it needs no slow hash.
    """

    id: TokenId
    secret: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what an `Authorization` header carries. Refuses `TokenNotValid`."""
        match = _BEARER.fullmatch(text)
        if match is None:
            raise TokenNotValid("a token is written mkj_, its identifier and its secret")
        return cls(id=TokenId(f"tok_{match[1]}"), secret=match[2])

    @property
    def text(self) -> str:
        """The whole token, to be shown once."""
        return f"mkj_{self.id.removeprefix('tok_')}_{self.secret}"

    @property
    def secret_hash(self) -> str:
        """What is stored: SHA-256 over the domain, the identifier and the secret, in hex."""
        return hashlib.sha256(f"mengkeju/token/v1\n{self.id}\n{self.secret}".encode()).hexdigest()

    def opens(self, token: Token) -> bool:
        """Whether this is the bearer's half of `token`, compared in constant time."""
        return self.id == token.id and hmac.compare_digest(self.secret_hash, token.secret_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueToken:
    """Give a person a token. `created_at` and `expires_at` are the real clock's, also on a virtual exchange."""

    id: TokenId
    scopes: frozenset[Capability]
    secret_hash: str
    created_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        if not self.scopes:
            raise UnusableField("a token has at least one scope", field="scopes")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeToken:
    """End a token at once; `revoked_at` is the real clock's."""

    revoked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDecision:
    """What accepting a command changes: the token as it is now, and what to record of it."""

    token: Token
    events: tuple[Event, ...]


TOKEN_ISSUED = event_kind("member.token_issued", public="scopes expires_at", sealed="organisation person by")
TOKEN_REISSUED = event_kind("member.token_reissued", public="scopes expires_at", sealed="organisation person by")
TOKEN_REVOKED = event_kind("member.token_revoked", public="revoked_at", sealed="by")
