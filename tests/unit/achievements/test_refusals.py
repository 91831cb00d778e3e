"""Every way this wing says no has its own code and two titles."""

import importlib
import pkgutil

from ledger.kernel.errors import Refusal
from listings.achievements import model, rules


def declared():
    for package in (model, rules):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, Refusal) and value.__module__ == module.name:
                    yield value


REFUSALS = list(declared())


def test_refusals_have_distinct_codes_and_titles_in_two_languages():
    assert len({refusal.code() for refusal in REFUSALS}) == len(REFUSALS)
    assert len({refusal.title() for refusal in REFUSALS}) == len(REFUSALS)
    assert len({refusal.zh for refusal in REFUSALS}) == len(REFUSALS)
    assert all(refusal.__doc__ and refusal.kind for refusal in REFUSALS)
    assert all(refusal.code().startswith("achievements/") for refusal in REFUSALS)


def test_the_tuples_name_every_refusal_of_the_rules():
    named = {*rules.REFUSALS, *rules.ASSET_REFUSALS}

    assert named == {refusal for refusal in REFUSALS if refusal.__module__.startswith(rules.__name__)}
