"""The words everyone uses (a closed list) and the transaction.

Pure: `money`, `ids`, `instant`, `calendar`, `errors`, `canonical`, `cause`.
Shell: `clock`, `db`, `unit`, `answers`, `web`.
"""
