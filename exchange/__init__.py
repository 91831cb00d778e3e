"""Trade: how an offer becomes a deal. The top package; it may import all the others."""
