"""The auditor's second implementation of what moves money (复核): what no subject of the log shows by itself.

The checks of each wing take one subject. Here every subject is read once more, and what it says of the others is held
against what they say: that a contract is of a lot that was sold at its price, that deposits and bidders are the same
ones, that a lot is held under rules which two people put into force, that a subsidy rests on what happened, that all
transfers of the whole log add up. Models are imported, and never rules.

    assurance = Assurance()
    for entries in subjects:  # one subject's at a time, in whatever order
        assurance.take(entries)
    assurance.findings()

An entry is the mapping parsed from its JSON, with two more members: `index`, its place in the log, and, if it was
opened, `opened`: field -> value, each checked against its digest. Holds for a log that ends with a whole transaction.

Left out, because the record does not show it: whether an officer tells the truth about the bank, who is verified, of
which region a party is, and whether a seller owes its inventors what it owes. What stands in a subject alone, unlawful
order and wrong sums, is its wing's to find; what cannot be read is passed over here.
"""

from .figures import Figures
from .whole import Assurance

__all__ = ["Assurance", "Figures"]
