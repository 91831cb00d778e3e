"""Idempotency: the same key from the same organisation hears the same answer, and the act happens once.

A refusal is an answer too: everything its act did is undone and the refusal itself is kept. Malformed requests, and
those asked to come again later, keep nothing. What is stored never holds a sealed value: an answer says ids, states
and public amounts.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from .canonical import Json
from .cause import Cause
from .db import Instant, metadata
from .errors import Kind, Refusal, invariant
from .unit import Unit, Units

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

ENTRIES = "entries"
KEPT = frozenset({Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.CONFLICT})


class KeyReused(Refusal):
    """This Idempotency-Key was used for another request."""

    kind = Kind.CONFLICT
    zh = "该幂等键已用于另一请求"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a command answers: a status, a public body, and what is `shown_once` and never stored.

    `entries` are the ids of what it recorded; `once` fills them in, and keeps those that `again` adds.
    """

    status: int
    body: Mapping[str, Json]
    shown_once: Mapping[str, Json] = field(default_factory=dict)
    entries: tuple[str, ...] = ()
    replayed: bool = False


class Refused(Exception):  # noqa: N818 - carries an answer
    """A refusal that has been kept, in the words it was first given."""

    def __init__(self, words: Mapping[str, Json], *, replayed: bool = False) -> None:
        super().__init__(str(words["detail"]))
        self.words = words
        self.replayed = replayed


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


def once(
    units: Units,
    cause: Cause,
    *,
    key: str,
    fingerprint: str,
    act: Callable[[Unit], Reply],
    again: Callable[[Unit, Reply], Reply] | None = None,
) -> Reply | Refused:
    """Run `act` in one unit unless this key already has an answer; keep and return the answer.

    `again` turns a repeated reply into what holds now. Refuses `KeyReused` when the key came with another request. A
    refusal that may pass (malformed, unavailable) is raised and keeps nothing, so the key stays free.
    """
    asked = _Asked(organisation=cause.actor.organisation, key=key, fingerprint=fingerprint, at=cause.at)
    try:
        with units.begin() as unit:
            if not _claim(unit, asked):
                kept = _kept(unit, asked)
                if again is None or isinstance(kept, Refused):
                    return kept
                reply = again(unit, kept)
                entries = tuple(dict.fromkeys((*kept.entries, *reply.entries)))
                return replace(reply, entries=entries, replayed=True)
            reply = replace(_answered(unit, act), entries=tuple(unit.recorded))
            invariant(ENTRIES not in reply.body, "a body leaves this name to the record")
            body = _text({**reply.body, ENTRIES: list(reply.entries)})
            unit.write(_ANSWER, {"of": asked.organisation, "under": key, "status": reply.status, "body": body})
            return reply
    except _Declined as declined:
        refusal = declined.refusal
    with units.begin() as unit:  # everything the act did is undone; the refusal is kept by itself
        refused = Refused(words(refusal))
        return refused if _claim(unit, asked, refused) else _kept(unit, asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Whose request it is, under which key, what it asks and when it arrived."""

    organisation: str
    key: str
    fingerprint: str
    at: datetime


class _Declined(Exception):  # noqa: N818 - rolls the unit back
    """The act was refused, for good."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def _answered(unit: Unit, act: Callable[[Unit], Reply]) -> Reply:
    try:
        return act(unit)
    except Refusal as refusal:
        if refusal.kind in KEPT or refusal.final:
            raise _Declined(refusal) from refusal
        raise


def _claim(unit: Unit, asked: _Asked, refused: Refused | None = None) -> bool:
    """Take the key, with its answer when that is a refusal; say whether it was free.

    A rival that holds it is waited for.
    """
    row = {
        "organisation": asked.organisation,
        "key": asked.key,
        "fingerprint": asked.fingerprint,
        "at": asked.at,
        "refused": refused is not None,
        "body": _text(refused.words) if refused else None,
    }
    return unit.connection.execute(_CLAIM, row).one_or_none() is not None


def _kept(unit: Unit, asked: _Asked) -> Reply | Refused:
    row = unit.connection.execute(_KEPT_ANSWER, {"of": asked.organisation, "under": asked.key}).one()
    if row.fingerprint != asked.fingerprint:
        raise KeyReused("use a new Idempotency-Key for a new request", key=asked.key)
    body = json.loads(row.body)
    if row.refused:
        return Refused(body, replayed=True)
    entries = tuple(body.pop(ENTRIES, ()))  # what was answered before answers named them names none
    return Reply(status=row.status, body=body, entries=entries, replayed=True)


def _text(body: Mapping[str, Json]) -> str:
    return json.dumps(body, ensure_ascii=False)


_MINE = sa.and_(answer.c.organisation == sa.bindparam("of"), answer.c.key == sa.bindparam("under"))
_KEPT_ANSWER = sa.select(answer).where(_MINE)
_ANSWER = sa.update(answer).where(_MINE).values(status=sa.bindparam("status"), body=sa.bindparam("body"))
_CLAIM = postgresql.insert(answer).on_conflict_do_nothing().returning(answer.c.key)  # an INSERT's rowcount is -1
