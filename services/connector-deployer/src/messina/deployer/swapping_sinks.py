"""Swapping sinks for those of another class, in their places.

A sink's place is its consumer group's, whatever its class: the new one goes on at the record where
the old one was. The old one commits what it has written when it stops. One that is still writing
keeps its partitions until it is done, as the group waits for it: never do both write.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from messina.deployer.offsets.members import state_of
from messina.deployer.replacing import Swapped
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.deployer.watching.hands import Hands
from messina.kafka import ConnectProblem, ConnectTimeout

AT_ONCE = 8
"""Sinks that are swapped at the same time."""
ADVICE = "nothing: it goes on at the record where the old one was"


def swap_sinks(
    site: Site, sinks: Sequence[ConnectorResource], hands: Hands | None = None
) -> Iterator[Swapped]:
    """Swap sinks for another class under the same names. It can be repeated, at any line.

    The events are made while the work is done. The new connectors are not waited for.

    Args:
        site: where they are.
        sinks: the connectors as they are to be.
        hands: tell the pipeline's watcher; None: nobody is told.

    Raises:
        ConnectProblem: if one can't be swapped; all go on then, each with the class that it has.
    """
    site.open("connect")
    names = [one.name for one in sinks]

    def change(sink: ConnectorResource) -> None:
        site.connect.stop(sink.name)
        site.connect.put(sink.name, sink.config, until_known=False)

    if hands is not None:
        statuses = site.connect.statuses()
        hands.take({name: state_of(statuses.get(name)) for name in names})
    try:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sinks") as pool:
            # all are asked before the first is waited for: the workers rebalance less often
            list(pool.map(lambda name: site.connect.stop(name, until_stopped=False), names))
            list(pool.map(change, sinks))
    except ConnectProblem:
        # the other tables must not stand still for the sake of one
        _go_on_as_they_are(site, names, hands)
        raise
    if hands is not None:
        hands.give_back(names)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sinks") as pool:
        list(pool.map(site.connect.resume, names))
    yield from (Swapped(connector=name, since=None, advice=ADVICE) for name in names)


def _go_on_as_they_are(site: Site, names: Sequence[str], hands: Hands | None) -> None:
    """Resume what can be: its place is the same with either class. The rest stays in hand."""
    for name in names:
        try:
            site.connect.resume(name)
        except ConnectTimeout:
            # nobody answers: each of the rest would be waited for as long
            return
        except ConnectProblem:
            continue
        if hands is not None:
            hands.give_back([name])
