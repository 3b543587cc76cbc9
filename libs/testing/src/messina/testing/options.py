"""What a test run is told on its command line, or by the environment."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from messina.pipeline import ScyllaEndpoint, SpecError

SourceName = Literal["messina", "scylladb"]
# Each has ports of its own, below those that the kernel gives out.
_MOST_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its flag, its twin in the environment (Pants passes no flags on), its help."""

    flag: str
    variable: str
    metavar: str
    help: str

    @property
    def name(self) -> str:
        """Pytest's name for its value."""
        return f"messina_{self.flag.removeprefix('--').replace('-', '_')}"


STACK = Option(
    "--stack", "MESSINA_TEST_STACK", "HOME", "use the running stack in HOME instead of a fresh one"
)
CQL = Option(
    "--cql",
    "MESSINA_TEST_CQL",
    "HOST:PORT",
    "use this CQL server instead of the stand-in, such as a real ScyllaDB",
)
SOURCE = Option(
    "--source",
    "MESSINA_TEST_SOURCE",
    "messina|scylladb",
    "which source connector tests/contract tries",
)
SOURCE_PLUGIN = Option(
    "--source-plugin",
    "MESSINA_TEST_PLUGIN",
    "DIR",
    "a folder of Kafka Connect plugins that the stack's worker has too: the official connector",
)
AT_ONCE = Option(
    "--at-once",
    "MESSINA_TEST_AT_ONCE",
    "N",
    "run up to N gentle test files at once on the one stack; 1 unless stated",
)
OPTIONS = (STACK, CQL, SOURCE, SOURCE_PLUGIN, AT_ONCE)


class OptionProblem(ValueError):
    """An option can't be followed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a run.

    Attributes:
        stack: the home of a running stack to use; None starts one.
        cql: the address of a CQL server to use; None is the stand-in.
        source: the source connector that the contract is tried with.
        source_plugin: a folder with further plugins for Connect.
        at_once: how many test files run at the same time, as far as they are gentle.
    """

    stack: Path | None = None
    cql: str | None = None
    source: SourceName = "messina"
    source_plugin: Path | None = None
    at_once: int = 1


def read_options(
    stated: Callable[[Option], str | None], environ: Mapping[str, str] | None = None
) -> Options:
    """The options from what was stated; what was not comes from the environment.

    Raises:
        OptionProblem: a folder is not there, an address is none, or two options exclude each other.
    """
    environ = os.environ if environ is None else environ

    def value(option: Option) -> str | None:
        return stated(option) or environ.get(option.variable) or None

    stack, cql, plugin = value(STACK), value(CQL), value(SOURCE_PLUGIN)
    source = value(SOURCE) or "messina"
    if source not in get_args(SourceName):
        raise OptionProblem(f"{SOURCE.flag} {source}: it is one of {SOURCE.metavar}")
    if stack is not None and (cql is not None or plugin is not None):
        raise OptionProblem(
            f"{STACK.flag} takes a stack as it runs: {CQL.flag} and {SOURCE_PLUGIN.flag} are for "
            "one that is started; leave them out, or start the stack with them: `messina up`"
        )
    if stack is not None and not (Path(stack) / "endpoints.json").is_file():
        raise OptionProblem(f"{STACK.flag} {stack}: no stack runs there; next: `messina up`")
    if plugin is not None and not any(Path(plugin).rglob("*.jar")):
        raise OptionProblem(f"{SOURCE_PLUGIN.flag} {plugin}: there is no jar in that folder")
    if source == "scylladb" and plugin is None and stack is None:
        raise OptionProblem(
            f"{SOURCE.flag} scylladb needs the official connector: name the folder with its jars "
            f"with {SOURCE_PLUGIN.flag}"
        )
    at_once = value(AT_ONCE) or "1"
    if not (at_once.isdecimal() and 1 <= int(at_once) <= _MOST_AT_ONCE):
        raise OptionProblem(
            f"{AT_ONCE.flag} {at_once}: it is a number of processes from 1 to {_MOST_AT_ONCE}"
        )
    if cql is not None:
        try:
            ScyllaEndpoint(contact_points=(cql,), local_datacenter="any")
        except (ValueError, SpecError):
            raise OptionProblem(f"{CQL.flag} {cql}: not an address; it is HOST:PORT") from None
    return Options(
        stack=Path(stack).resolve() if stack else None,
        cql=cql,
        source=cast(SourceName, source),
        source_plugin=Path(plugin).resolve() if plugin else None,
        at_once=int(at_once),
    )
