"""Idempotency: the same key from the same organisation hears the same answer, and the act happens once.

A refusal is an answer too: everything its act did is undone and the refusal itself is kept. Malformed requests, and
those asked to come again later, keep nothing. What is stored never holds a sealed value: an answer says ids, states
and public amounts.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from .canonical import Json
from .cause import Cause
from .db import Instant, metadata
from .errors import Kind, Refusal
from .unit import Unit

answer = sa.Table(
    "answer",
    metadata,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("status", sa.SmallInteger),
    sa.Column("body", sa.Text),
    sa.Column("refused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("at", Instant, nullable=False),
    sa.CheckConstraint("char_length(key) BETWEEN 1 AND 200", name="key_length"),
)

KEPT = frozenset({Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.CONFLICT})


class KeyReused(Refusal):
    """This Idempotency-Key was used for another request."""

    kind = Kind.CONFLICT
    zh = "该幂等键已用于另一请求"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a command answers: a status, a public body, and what is `shown_once` and never stored."""

    status: int
    body: Mapping[str, Json]
    shown_once: Mapping[str, Json] = field(default_factory=dict)
    replayed: bool = False


class Refused(Exception):  # noqa: N818 - carries an answer
    """A refusal that has been kept, in the words it was first given."""

    def __init__(self, words: Mapping[str, Json]) -> None:
        super().__init__(str(words["detail"]))
        self.words = words


def words(refusal: Refusal) -> dict[str, Json]:
    """Return everything a refusal says, ready to keep or to render."""
    return {
        "code": refusal.code(),
        "kind": refusal.kind.value,
        "title": refusal.title(),
        "zh": refusal.zh,
        "detail": refusal.detail,
        "facts": dict(refusal.facts),
    }


def once(unit: Unit, cause: Cause, *, key: str, fingerprint: str, act: Callable[[], Reply]) -> Reply | Refused:
    """Run `act` unless this key already has an answer; keep and return the answer. The caller commits.

    Refuses `KeyReused` when the key came with another request. A refusal that may pass (malformed, unavailable) is
    raised, so that the unit rolls back and the key stays free.
    """
    kept = _claim(unit, cause, key, fingerprint)
    if kept is not None:
        return kept
    try:
        with unit.savepoint():
            reply = act()
    except Refusal as refusal:
        if refusal.kind not in KEPT:
            raise
        refused = Refused(words(refusal))
        _keep(unit, cause.actor.organisation, key, status=None, body=refused.words)
        return refused
    _keep(unit, cause.actor.organisation, key, status=reply.status, body=reply.body)
    return reply


def _claim(unit: Unit, cause: Cause, key: str, fingerprint: str) -> Reply | Refused | None:
    claimed = unit.connection.execute(
        sa.dialects.postgresql.insert(answer)
        .values(organisation=cause.actor.organisation, key=key, fingerprint=fingerprint, at=cause.at)
        .on_conflict_do_nothing()
        .returning(answer.c.key)  # an INSERT's rowcount is -1
    )
    if claimed.one_or_none() is not None:
        return None
    row = unit.connection.execute(
        sa.select(answer).where(answer.c.organisation == cause.actor.organisation, answer.c.key == key)
    ).one()
    if row.fingerprint != fingerprint:
        raise KeyReused("use a new Idempotency-Key for a new request", key=key)
    body = json.loads(row.body)
    return Refused(body) if row.refused else Reply(status=row.status, body=body, replayed=True)


def _keep(unit: Unit, organisation: str, key: str, *, status: int | None, body: Mapping[str, Json]) -> None:
    unit.connection.execute(
        sa.update(answer)
        .where(answer.c.organisation == organisation, answer.c.key == key)
        .values(status=status, body=json.dumps(body, ensure_ascii=False), refused=status is None)
    )
