"""What the exchange should do, said a second time and as simply as can be; imports nothing of what it foretells."""
