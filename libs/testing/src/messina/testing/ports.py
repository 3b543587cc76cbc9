"""Ports: each of several test processes looks for free ones in a range of its own."""

import os

_APART = 1000


def first_port(base: int) -> int:
    """Where this process begins to look, instead of at `base`.

    Two processes that look in one range at the same moment would find the same port free.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return base + _APART * int(worker.removeprefix("gw"))
