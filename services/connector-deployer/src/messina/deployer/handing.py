"""Connectors that go on with tables which others have now.

What is handed over stands still from the first step to the last, so nothing is read or written
twice at a time. At each moment a table's name stands in the configuration of a connector that has
its offsets: a run that was cut off can be repeated.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from messina.deployer.kinds.connector import TABLES, item_of, listed_in
from messina.deployer.offsets.members import state_of
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.deployer.watching.hands import Hands
from messina.kafka import Offset

_AT_ONCE = 8


@dataclass(frozen=True)
class Taker:
    """A connector as it is to be, and whose tables it takes.

    Attributes:
        wanted: the connector.
        takes: its tables or topics that others have now, by what it is: whose.
    """

    wanted: ConnectorResource
    takes: Mapping[str, str]


def hand_over(site: Site, takers: Sequence[Taker], hands: Hands | None = None) -> None:
    """Make or change connectors that go on where others stand with some of their tables.

    Several may take from each other. Those that only give stay STOPPED, as they are.

    Args:
        site: where they are.
        takers: who takes what.
        hands: tell the pipeline's watcher, to whom takers are given back; None: nobody is told.
    """
    site.open("connect")
    existing = {name: one.config for name, one in site.connect.connectors().items()}
    givers = sorted({other for taker in takers for other in taker.takes.values()})
    there = [taker for taker in takers if taker.wanted.name in existing]
    new = [taker for taker in takers if taker.wanted.name not in existing]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="handing") as pool:
        still = sorted({*givers, *(taker.wanted.name for taker in there)})
        if hands is not None:
            statuses = site.connect.statuses()
            hands.take({name: state_of(statuses.get(name)) for name in still})
        # all are asked before the first is waited for: the workers rebalance less often
        list(pool.map(lambda name: site.connect.stop(name, until_stopped=False), still))
        list(pool.map(site.connect.stop, still))
        stood = dict(zip(givers, pool.map(site.connect.offsets, givers), strict=True))

        def ready(taker: Taker) -> None:
            name = taker.wanted.name
            if name not in existing:
                site.connect.create_stopped(name, taker.wanted.config)
            elif taker.wanted.role == "source":
                # it is asked whose tables the offsets are; what it gives others have to find
                site.connect.put(name, both(taker.wanted, existing[name]))
            if offsets := handed(taker, stood):
                site.connect.alter_offsets(name, offsets)

        list(pool.map(ready, [*new, *there]))
        list(pool.map(lambda one: site.connect.put(one.wanted.name, one.wanted.config), there))
        if hands is not None:
            hands.give_back(taker.wanted.name for taker in takers)
        list(pool.map(lambda one: site.connect.resume(one.wanted.name), takers))


def handed(taker: Taker, stood: Mapping[str, Iterable[Offset]]) -> list[Offset]:
    """Return the offsets that a connector takes over, out of those of all that give."""
    return [
        offset
        for giver in sorted({*taker.takes.values()})
        for offset in stood[giver]
        if taker.takes.get(item_of(offset)) == giver
    ]


def both(wanted: ConnectorResource, config: Mapping[str, str | None]) -> dict[str, str]:
    """Return a source's configuration with the tables that it has and those that it is to have."""
    return {
        **wanted.config,
        **{
            name: ",".join(dict.fromkeys([*listed_in(wanted.config[name]), *listed_in(had)]))
            for name in TABLES
            if name in wanted.config and (had := config.get(name))
        },
    }
