"""Verifiers that know nothing of us hold our record: they accept what we write and refuse what somebody altered."""
