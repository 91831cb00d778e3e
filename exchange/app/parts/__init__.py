"""What each process of a running exchange does; each part is a module run on its own.

A part imports only what it needs, so that one that was killed is back in a moment. It learns everything
from the site's file.
"""
