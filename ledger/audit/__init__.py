"""The engine that verifies an exported log, with no database and no trust in who exported it."""
