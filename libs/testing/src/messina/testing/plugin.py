"""The fixtures, as a pytest plugin; the conftest.py at the top of the checkout loads it."""

from collections.abc import Iterator

import pytest
from cassandra.cluster import Session

from messina.pipeline import Endpoints
from messina.scylla import connect
from messina.secrets import resolve
from messina.testing.keyspaces import await_server, new_keyspace
from messina.testing.options import OPTIONS, OptionProblem, Options, read_options
from messina.testing.stack import Stack, running_stack
from messina.testing.vault import StackVault, vault_of


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


@pytest.fixture(scope="session")
def options(pytestconfig: pytest.Config) -> Options:
    """What this run was told."""
    try:
        return read_options(lambda option: pytestconfig.getoption(option.name))
    except OptionProblem as problem:
        raise pytest.UsageError(str(problem)) from None


@pytest.fixture(scope="session")
def stack(options: Options) -> Iterator[Stack]:
    """The one stack of this test run; a test that breaks it mends it (`stack.up()`)."""
    with running_stack(options) as running:
        yield running


@pytest.fixture()
def endpoints(stack: Stack) -> Endpoints:
    """Where the stack's parts are."""
    return stack.endpoints


@pytest.fixture(scope="session")
def vault(stack: Stack) -> StackVault:
    """The stack's Vault, added on first use; skips where Vault can't be built."""
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
