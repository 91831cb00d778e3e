"""`mengkeju`, or `python -m exchange.app`: the command line.

Reading it in takes a second or more. Whoever leaves meanwhile leaves at once: there is nothing to put away yet.
"""

import signal


def main() -> None:
    """Read the command line in, and run it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli import main as command  # noqa: PLC0415 - see above

    signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


if __name__ == "__main__":
    main()
