"""Which connectors are ours, by their names and configurations, and which of them are meant."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from messina.deployer.errors import DeployerError
from messina.deployer.resources import Value
from messina.kafka import Connector, ConnectorStatus
from messina.pipeline import STATIC

Role = Literal["source", "sink"]

_TABLES = ("tables", "scylla.table.names")
"""Settings in which source connectors name their tables, each with its keyspace."""


class Deployed(Value):
    """A connector of ours, as Kafka Connect has it.

    Attributes:
        name: `<pipeline>.<what it carries>.<role>`.
        pipeline: whose it is.
        role: whether it reads or writes.
        tables: the source tables that it carries; one with `__static` is what partitions share.
        topics: the topics that a sink reads.
        expected: how many tasks it should have.
        config: its configuration, with references where secrets stand.
        status: how it is; None for one that was made this moment.
    """

    name: str
    pipeline: str
    role: Role
    tables: tuple[str, ...]
    topics: tuple[str, ...] = ()
    expected: int
    config: Mapping[str, str | None]
    status: ConnectorStatus | None = None


class Selection(Value):
    """Which connectors are meant; all of the conditions hold together.

    Attributes:
        targets: names or patterns (`*`, `?`, `[…]`) of pipelines or of connectors; none: all.
        tables: names or patterns of tables; none: all.
        role: source or sink connectors only.
    """

    targets: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    role: Role | None = None

    def has(self, one: Deployed) -> bool:
        """Whether a connector is meant."""
        return (
            (
                not self.targets
                or any(
                    fnmatchcase(name, target)
                    for target in self.targets
                    for name in (one.pipeline, one.name)
                )
            )
            and (
                not self.tables
                or any(
                    fnmatchcase(table.removesuffix(STATIC), pattern) or fnmatchcase(table, pattern)
                    for pattern in self.tables
                    for table in one.tables
                )
            )
            and self.role in (None, one.role)
        )

    def words(self) -> str:
        """Return what is meant, in words."""
        parts = [", ".join(self.targets) or "any pipeline"]
        parts += [f"table {', '.join(self.tables)}"] if self.tables else []
        parts += [f"{self.role} connectors only"] if self.role else []
        return "; ".join(parts)


class NothingSelected(DeployerError):
    """No connector of ours is what was meant."""

    def __init__(self, selection: Selection, there: Sequence[Deployed]) -> None:
        self.selection = selection
        known = sorted({one.pipeline for one in there} | {one.name for one in there})
        near = [
            name
            for target in selection.targets
            for name in difflib.get_close_matches(target, known, n=2)
        ]
        pipelines = sorted({one.pipeline for one in there})
        hint = f"did you mean {' or '.join(dict.fromkeys(near))}? " if near else ""
        those = f"there are pipelines {', '.join(pipelines)}" if pipelines else "there is none"
        super().__init__(
            f"no connector matches {selection.words()}; {hint}{those}; nothing was changed; "
            "next: messina deploy get"
        )


def deployed(
    found: Mapping[str, tuple[Connector, ConnectorStatus | None]],
) -> tuple[Deployed, ...]:
    """Return those connectors that are ours, in the order of their names."""
    ours = (_deployed(connector, status) for _, (connector, status) in sorted(found.items()))
    return tuple(one for one in ours if one is not None)


def select(there: Iterable[Deployed], selection: Selection) -> tuple[Deployed, ...]:
    """Return the connectors that are meant.

    Raises:
        NothingSelected: if there is none.
    """
    all_of_them = tuple(there)
    chosen = tuple(one for one in all_of_them if selection.has(one))
    if not chosen:
        raise NothingSelected(selection, all_of_them)
    return chosen


def _deployed(connector: Connector, status: ConnectorStatus | None) -> Deployed | None:
    """A connector of ours is named as ours are, and carries the topics of that pipeline."""
    pipeline, _, rest = connector.name.partition(".")
    _, _, role = rest.rpartition(".")
    config = connector.config
    topics = listed(config.get("topics"))
    if role == "source" and config.get("topic.prefix") == pipeline:
        named = next((config[key] for key in _TABLES if config.get(key)), None)
        tables = listed(named)
    elif role == "sink" and topics and all(t.startswith(f"{pipeline}.") for t in topics):
        tables = topics
    else:
        return None
    return Deployed(
        name=connector.name,
        pipeline=pipeline,
        role="source" if role == "source" else "sink",
        tables=tuple(table.rpartition(".")[2] for table in tables),
        topics=topics if role == "sink" else (),
        expected=_number(config.get("tasks.max")),
        config=config,
        status=status,
    )


def listed(text: str | None) -> tuple[str, ...]:
    """Return the parts of a setting that is a list with commas."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 1
