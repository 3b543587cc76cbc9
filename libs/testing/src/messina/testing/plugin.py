"""The fixtures, as a pytest plugin; the conftest.py at the top of the checkout loads it.

Where several files are to run at once, pytest-xdist distributes them over processes. Then the
first process, which runs no test, starts the stack for all of them, and ends it.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session

from messina.pipeline import Endpoints
from messina.scylla import connect
from messina.secrets import resolve
from messina.testing.ending import end_with_parent
from messina.testing.keyspaces import await_server, new_keyspace
from messina.testing.options import OPTIONS, OptionProblem, Options, read_options
from messina.testing.stack import Stack, joined_stack, running_stack
from messina.testing.turns import TURNS
from messina.testing.vault import StackVault, vault_of

_HOME = "messina_stack_home"
_running = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run; each has a twin in the environment."""
    group = parser.getgroup("messina")
    for option in OPTIONS:
        group.addoption(
            option.flag,
            dest=option.name,
            metavar=option.metavar,
            help=f"{option.help} [{option.variable}]",
        )


def _told(config: pytest.Config) -> Options:
    try:
        return read_options(lambda option: config.getoption(option.name))
    except OptionProblem as problem:
        raise pytest.UsageError(str(problem)) from None


def _joined(config: pytest.Config) -> Path | None:
    """The home of the stack that another process has started for this one."""
    home = getattr(config, "workerinput", {}).get(_HOME)
    return None if home is None else Path(home)


def pytest_configure(config: pytest.Config) -> None:
    """Have no process of several outlive the first one."""
    if hasattr(config, "workerinput"):
        end_with_parent()


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int | None, int | None]:
    """Have several processes where several files are to run at once; xdist reads it behind us."""
    several = config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput")
    if several and (at_once := _told(config).at_once) > 1 and not _one_file(config):
        config.option.numprocesses = at_once
        config.option.dist = "loadfile"
        config.option.loadscopereorder = False
    return (yield)


def _one_file(config: pytest.Config) -> bool:
    return len(config.args) == 1 and not Path(config.args[0]).is_dir()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process that is about to start where the stack is; start that for the first."""
    config: pytest.Config = node.config
    if _running not in config.stash:
        ends = ExitStack()
        config.add_cleanup(ends.close)
        running = ends.enter_context(running_stack(_told(config)))
        config.stash[_running] = str(running.layout.home)
    node.workerinput[_HOME] = config.stash[_running]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where files run at once, the gentle ones come first, the long ones among them first."""
    if _joined(config) is not None:
        items.sort(key=lambda item: (not _gentle(item), not item.nodeid.startswith("tests/")))


def _gentle(node: pytest.Item | pytest.Collector) -> bool:
    module = node.getparent(pytest.Module)
    return module is not None and module.get_closest_marker("gentle") is not None


@pytest.fixture(scope="module", autouse=True)
def _turn(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[None]:
    """A file's turn at the stack: a gentle one's beside others, any other one's alone."""
    with TURNS.turn(_joined(pytestconfig), gentle=_gentle(request.node)):
        yield


@pytest.fixture(scope="session")
def options(pytestconfig: pytest.Config) -> Options:
    """What this run was told."""
    return _told(pytestconfig)


@pytest.fixture(scope="session")
def stack(options: Options, pytestconfig: pytest.Config) -> Iterator[Stack]:
    """The one stack of this test run; a test that breaks it mends it (`stack.up()`)."""
    if (home := _joined(pytestconfig)) is not None:
        yield joined_stack(home, ours=options.stack is None)
        return
    with running_stack(options) as running:
        yield running


@pytest.fixture()
def endpoints(stack: Stack) -> Endpoints:
    """Where the stack's parts are."""
    return stack.endpoints


@pytest.fixture(scope="module")
def vault(stack: Stack) -> StackVault:
    """The stack's Vault, added on first use; skips where Vault can't be built.

    Of a module, so that it is added when its turn has come.
    """
    return vault_of(stack)


@pytest.fixture(scope="session")
def shared_session(stack: Stack) -> Iterator[Session]:
    """The session behind `cql`, for fixtures that outlive a test."""
    scylla = stack.endpoints.scylla
    with connect(scylla.contact_points, scylla.local_datacenter) as session:
        yield session.driver


@pytest.fixture()
def cql(shared_session: Session) -> Session:
    """The driver's own session with the CQL server: one a run, since connecting takes a second."""
    await_server(shared_session)
    return shared_session


@pytest.fixture()
def keyspace(stack: Stack, cql: Session) -> Iterator[str]:
    """The name of a keyspace that is this test's own."""
    with new_keyspace(stack, cql) as name:
        yield name


@pytest.fixture(scope="module")
def module_keyspace(stack: Stack, shared_session: Session) -> Iterator[str]:
    """The name of a keyspace that the tests of one module share."""
    await_server(shared_session)
    with new_keyspace(stack, shared_session) as name:
        yield name


@pytest.fixture(scope="session")
def postgres_dsn(stack: Stack) -> str:
    """A connection string for the warehouse."""
    postgres = stack.endpoints.postgres
    assert postgres.password is not None
    password = resolve(postgres.password).reveal()
    return (
        f"host={postgres.host} port={postgres.port} dbname={postgres.database} "
        f"user={postgres.user} password={password}"
    )
