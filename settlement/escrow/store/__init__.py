"""Every statement on escrow's tables; each of its services takes the module of its own nouns."""
