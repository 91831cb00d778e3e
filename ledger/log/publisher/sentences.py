"""What is wrong with a witness, in a sentence that names it and says what to do."""

from ..health import Watcher
from ..model import ALARM, Head
from ..remote import Ahead, FastClock, Inconsistent, Lied, NotTrusted, OldTime, OtherKeys, WitnessProblem


def sentence(watcher: Watcher, problem: WitnessProblem, head: Head, *, proven: bool = False) -> str:
    """Say what is wrong with a witness that was asked to cosign `head`. `ALARM` begins what somebody must look into.

    `proven` says that it has shown a checkpoint of our own keys that contradicts this log.
    """
    return printable(_said(watcher, problem, head, proven=proven))


def of_mirror(watcher: Watcher, problem: WitnessProblem) -> str:
    """Say what is wrong with the mirror of a witness, in the same way."""
    alarm = ALARM if isinstance(problem, Lied) else ""
    return printable(f"{alarm}the mirror of {watcher.name} does not take in the log's entries ({problem.detail})")


def printable(text: str) -> str:
    """Spell octets that are not UTF-8, as a policy may have them, so that the sentence can be kept anywhere."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _said(watcher: Watcher, problem: WitnessProblem, head: Head, *, proven: bool) -> str:
    name, said = watcher.name, problem.detail
    if proven:
        return (
            f"{ALARM}{name} shows a checkpoint that this log's own key signed and that contradicts the log as it is"
            f" here, with {head.size} entries: the log was restored from an older copy, or its key is in other hands."
            " Nothing more is signed. Stop the exchange, keep the database and log.signed as they are; what to do is at"
            f" the end of sequencer.log, and what the witness has seen is at {watcher.url}"
        )
    if isinstance(problem, Ahead):
        return (
            f"{ALARM}{name} has cosigned {problem.facts.get('witness_size')} entries of this log, and here are only"
            f" {head.size}: the log was restored from an older copy, or the witness lies. Nothing is published on its"
            " word. Stop the exchange, keep log.signed as it is, and look for the newer copy of the database;"
            f" what the witness has seen is at {watcher.url}"
        )
    if isinstance(problem, Inconsistent):
        return (
            f"{ALARM}{name} says that the checkpoint of {head.size} entries does not continue what it has cosigned:"
            " the log was changed afterwards, or the witness lies. Nothing is published on its word. Stop the exchange,"
            f" keep the database as it is, and hold it against what the witness has seen, at {watcher.url}"
        )
    if isinstance(problem, Lied):
        return f"{ALARM}{name} answers what cannot be so and is not believed ({said}): ask its keeper"
    if isinstance(problem, FastClock | OldTime):
        return f"the clock of {name} is wrong, and what it signs is not taken ({said}): have its keeper set it"
    if isinstance(problem, NotTrusted):
        return (
            f"{name} does not accept this log ({said}): have its keeper add the keys that `mengkeju ledger keys` prints"
        )
    if isinstance(problem, OtherKeys):
        return f"{name} has other keys than the policy says ({said}): ask its keeper, and mend the policy"
    return f"{name} does not answer ({said})"
