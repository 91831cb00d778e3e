"""The ground: settings, set-up, and servers that are really started and really killed."""
