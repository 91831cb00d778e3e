"""The record: ordered, append-only, signed, provable. The bottom package; it imports none of the others."""
