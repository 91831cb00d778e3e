"""`python -m exchange.app`: the command line, without needing the script on the path."""

from .cli import main

main()
