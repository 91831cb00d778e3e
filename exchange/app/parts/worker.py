"""The Celery worker process: builds what is asked for, one thing at a time."""

from .. import tasks
from ..opening import gate
from . import part


def main() -> None:
    """Work until told to stop."""
    site = part.begin()
    opened = gate(site.database.api, site, connections=2)
    celery = tasks.application(site.broker, queue=site.queue, gate=opened)
    celery.worker_main(["worker", "--pool=solo", "--loglevel=WARNING", "--without-gossip", "--without-mingle"])


if __name__ == "__main__":
    main()
