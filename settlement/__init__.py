"""Money: computed, held, moved, proved. Knows the record; takes parties and facts as values."""
