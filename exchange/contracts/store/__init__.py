"""Every statement on the contracts wing's tables; each of its services takes the module of its own nouns."""
