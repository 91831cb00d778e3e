"""Seeded mutations of a day's entries: which share each wing finds in its own subjects, and which only the whole shows.

The cheat has the real key: every mutated log is chained and signed anew, so structure gives nothing away. What a
mutation leaves unfound is looked at too: it may only be one of the things that the record does not show.
"""

import copy
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ledger.kernel import instant
from tests.make_days import alone, assured, subjects, whole_day

Log = list[dict[str, Any]]

WHOLE = whole_day().entries
SHARDS, PER_SHARD = 10, 40


def number_again(log: Log) -> Log:
    """Close the gaps, as a cheat who signs anew would."""
    seqs: Counter[str] = Counter()
    for index, entry in enumerate(log):
        entry["index"], entry["seq"] = index, seqs[entry["subject"]]
        seqs[entry["subject"]] += 1
    return log


def fields_of(log: Log, wanted: Callable[[str, object], bool]) -> list[tuple[dict[str, Any], str]]:
    """Every (mapping, name) in the public data, however deep, whose value is wanted."""
    found: list[tuple[dict[str, Any], str]] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            found.extend((value, name) for name, inner in value.items() if wanted(name, inner))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                walk(inner)

    for entry in log:
        walk(entry["data"])
    return found


def change_an_amount(log: Log, rng: random.Random) -> Log:
    where, name = rng.choice(fields_of(log, lambda name, value: name.endswith("_fen") and isinstance(value, str)))
    where[name] = str(max(0, int(where[name]) + rng.choice([-1, 1, 100, -100, 1_000_000])))
    return log


def change_an_instant(log: Log, rng: random.Random) -> Log:
    where, name = rng.choice(fields_of(log, lambda name, value: name.endswith(("_at", "_by")) and value is not None))
    where[name] = instant.render(instant.parse(where[name]) + timedelta(seconds=rng.choice([-86_400, -1, 1, 3_600])))
    return log


def change_a_name(log: Log, rng: random.Random) -> Log:
    """Put another name of the same kind in one place."""
    prefixes = ("org_", "lot_", "lst_", "ctr_", "stl_", "prg_", "ast_", "trf_")
    where, name = rng.choice(fields_of(log, lambda _, value: isinstance(value, str) and value.startswith(prefixes)))
    kind = where[name][:4]
    others = {value[name] for value, name in fields_of(log, lambda _, value: str(value).startswith(kind))}
    where[name] = rng.choice(sorted(others - {where[name]}) or [f"{kind}{'9' * 26}"])
    return log


def change_a_code(log: Log, rng: random.Random) -> Log:
    where, name = rng.choice(fields_of(log, lambda name, _: name == "code"))
    where[name] = rng.choice([value["code"] for value, _ in fields_of(log, lambda name, _: name == "code")])
    return log


def drop_an_entry(log: Log, rng: random.Random) -> Log:
    del log[rng.randrange(len(log))]
    return number_again(log)


def repeat_an_entry(log: Log, rng: random.Random) -> Log:
    log.insert(rng.randrange(len(log)), copy.deepcopy(rng.choice(log)))
    return number_again(log)


def move_an_entry(log: Log, rng: random.Random) -> Log:
    """Give an entry to another subject of its kind."""
    entry = rng.choice([one for one in log if one["seq"]])
    kin = {one["subject"] for one in log if one["subject"][:4] == entry["subject"][:4]} - {entry["subject"]}
    entry["subject"] = rng.choice(sorted(kin) or [entry["subject"][:4] + "9" * 26])
    return number_again(log)


def hide_a_subject(log: Log, rng: random.Random) -> Log:
    hidden = rng.choice(sorted({one["subject"] for one in log}))
    return number_again([one for one in log if one["subject"] != hidden])


def hide_the_end_of_a_subject(log: Log, rng: random.Random) -> Log:
    own = rng.choice(sorted({one["subject"] for one in log}))
    last = max(one["seq"] for one in log if one["subject"] == own)
    since = rng.randint(0, last)
    return number_again([one for one in log if one["subject"] != own or one["seq"] < since])


def rewrite_an_amount_in_a_subject(log: Log, rng: random.Random) -> Log:
    """Put another amount wherever a subject tells of one."""
    own = rng.choice(sorted({one["subject"] for one in log}))
    mine = fields_of([one for one in log if one["subject"] == own], lambda name, _: name.endswith("_fen"))
    told = sorted({where[name] for where, name in mine if isinstance(where[name], str) and int(where[name]) > 0})
    if told:
        old, by = rng.choice(told), rng.choice([-1, 1, 1_000_000])
        for where, name in mine:
            if where[name] == old:
                where[name] = str(int(old) + by)
    return log


def rewrite_a_name_in_a_subject(log: Log, rng: random.Random) -> Log:
    """Put another name wherever a subject names a party, a lot, a listing, a contract, opened values too."""
    own = rng.choice(sorted({one["subject"] for one in log}))
    entries = [one for one in log if one["subject"] == own]
    prefixes = ("org_", "lot_", "lst_", "ctr_", "prg_")
    mine = fields_of(entries, lambda _, value: isinstance(value, str) and value.startswith(prefixes))
    mine += [
        (one["opened"], name)
        for one in entries
        for name, value in one["opened"].items()
        if isinstance(value, str) and value.startswith(prefixes)
    ]
    if mine:
        old = rng.choice(sorted({where[name] for where, name in mine}))
        others = sorted({one["subject"] for one in log if one["subject"].startswith(old[:4])} - {old})
        new = rng.choice(others or [f"{old[:4]}{'9' * 26}"])
        for where, name in mine:
            where[name] = new if where[name] == old else where[name]
    return log


def swap_two_subjects(log: Log, rng: random.Random) -> Log:
    """Exchange the names of two subjects of a kind, so that each tells the other's story."""
    kind = rng.choice(["lot_", "ctr_", "stl_", "lst_"])
    one, other = rng.sample(sorted({entry["subject"] for entry in log if entry["subject"].startswith(kind)}), 2)
    for entry in log:
        entry["subject"] = {one: other, other: one}.get(entry["subject"], entry["subject"])
    return log


MUTATIONS = {
    change_an_amount: 6, change_an_instant: 4, change_a_name: 6, change_a_code: 2, drop_an_entry: 4,
    repeat_an_entry: 2, move_an_entry: 2, hide_a_subject: 4, hide_the_end_of_a_subject: 4,
    rewrite_an_amount_in_a_subject: 4, rewrite_a_name_in_a_subject: 4, swap_two_subjects: 4,
}  # fmt: skip


def unshown(log: Log) -> bool:
    """Whether a mutated log is another honest day, as far as any record can show.

    What a seller asks for is its own word: prices asked, steps and starting prices that the bids allow, the hours of
    bidding. And what is left out at the end of a subject, or with all of it, may not have happened, if nothing follows.
    """
    told = {name: [(one["kind"], one["data"]) for one in own] for name, own in subjects(log).items()}
    for name, own in subjects(WHOLE).items():
        for (kind, data), before in zip(told.get(name, []), own, strict=False):
            changed = {field for field in data if data[field] != before["data"].get(field)}
            if kind != before["kind"] or changed - {"asking_fen", "increments", "start_price_fen", "opens_at"}:
                return False
    return True


def campaign(shard: int) -> Counter[str]:
    """How many mutations are found by the wings alone, by the whole beyond them, and how many are no lie or missed."""
    rng = random.Random(shard)
    found: Counter[str] = Counter()
    known = subjects(WHOLE)
    for mutate in rng.choices(list(MUTATIONS), list(MUTATIONS.values()), k=PER_SHARD):
        log = mutate(copy.deepcopy(WHOLE), rng)
        if log == WHOLE:
            continue
        if any(alone(own) for name, own in subjects(log).items() if own != known.get(name)):
            found["alone"] += 1
        elif assured(log):
            found["beyond"] += 1
        else:
            found["no lie" if unshown(log) else f"missed {mutate.__name__}"] += 1
    return found


class TestCampaign:
    def test_begins_with_a_day_on_which_nothing_is_wrong(self):
        assert alone(WHOLE) == assured(WHOLE) == []

    @pytest.mark.parametrize("shard", range(SHARDS))
    def test_leaves_nothing_unfound_but_what_no_record_shows(self, shard):
        found = campaign(shard)

        assert not [what for what in found if what.startswith("missed")]

    def test_finds_a_fifth_of_all_only_in_the_whole(self, record_property):
        total = sum((campaign(shard) for shard in range(SHARDS)), Counter())
        shares = {what: f"{count / total.total():.1%}" for what, count in total.items()}
        record_property("shares", shares)
        print("mutations:", total.total(), shares)  # noqa: T201 - what the campaign is for; shown with -rP

        assert total["alone"] > 0.6 * total.total()
        assert total["beyond"] > 0.2 * total.total()
        assert total["no lie"] < 0.1 * total.total()
