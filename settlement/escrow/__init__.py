"""Money of a deal in custody: deposits, the price, the fee, the inventors' reward, the seller's proceeds."""
