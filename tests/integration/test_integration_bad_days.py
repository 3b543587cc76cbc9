"""Bad days of the source connector: what it rides out, what it says, and how it ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from days import TABLE, make_table, told, write
from lone_source import LoneSource
from secured_standin import DAY, Certificates, Identity, SecuredCql, secured_session

from messina.kafka import ConnectRefused
from messina.scylla import Session
from messina.secrets import connect_placeholder
from messina.testing import LoneStandin, Stack, running_standin, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_SECRET = "s3cret-of-the-reader"


@pytest.fixture(scope="module")
def standin(stack: Stack) -> Iterator[LoneStandin]:
    """A CQL server beside the stack, so that the other tests keep theirs."""
    with running_standin() as running, running.connect() as session:
        make_table(session)
        yield running


@pytest.fixture()
def session(standin: LoneStandin) -> Iterator[Session]:
    """A session with that server."""
    with standin.connect() as opened:
        yield opened


def test_the_bound_of_retries_ends_the_task(
    stack: Stack, standin: LoneStandin, session: Session
) -> None:
    """A bound exceeded: FAILED, naming table, stream, window and next step; a restart reads on."""
    source = LoneSource(stack, standin.address, TABLE, retry_timeout_ms="4000")
    try:
        source.start()
        source.await_ids(write(session, 5), within=60)
        standin.kill()
        error = source.failure(within=60)
        before = source.offsets()
        standin.start()
        with standin.connect() as opened:
            ids = write(opened, 5)
        assert source.offsets() == before
        source.restart()
        source.await_ids(ids, within=60)
    finally:
        source.delete()
    first = error.splitlines()[0]
    for part in (
        TABLE,
        "window",
        "stream",
        "retry.timeout.ms=4000",
        "offsets were kept",
        f"POST /connectors/{source.name}/restart",
    ):
        assert part in first, first


def test_a_table_that_is_dropped_ends_the_task_at_once(
    stack: Stack, standin: LoneStandin, session: Session
) -> None:
    """A dropped table needs a person: its task fails within seconds, and says which table."""
    session.execute("CREATE TABLE days.gone (id int PRIMARY KEY) WITH cdc = {'enabled': true}")
    source = LoneSource(stack, standin.address, "days.gone")
    try:
        source.start()
        session.execute("DROP TABLE days.gone")
        error = source.failure(within=30).splitlines()[0]
    finally:
        source.delete()
    assert "days.gone" in error and "offsets were kept" in error, error


class Secured:
    """A server with passwords and TLS, and a source that reads it as `reader`."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.certificates = Certificates(folder)
        self.good = self.issue("good", "127.0.0.1")
        self.client = self.issue("client", "reader")
        self.cql = SecuredCql(self.certificates.ca, self.good)
        self.stack = stack

    def issue(self, file: str, name: str, ends: int = 7) -> Identity:
        """A certificate that ends so many days from now."""
        return self.certificates.issue(file, name, begins=-9 * DAY, ends=ends * DAY)

    def settings(self, password: str) -> dict[str, str]:
        """How a source reads it."""
        return {
            "scylla_tls": "true",
            "scylla_tls_ca_file": str(self.certificates.ca),
            "scylla_tls_certificate_file": str(self.client.certificate),
            "scylla_tls_key_file": str(self.client.key),
            "scylla_user": "reader",
            "scylla_password": password,
        }

    def session(self, port: int, user: str, password: str) -> Any:
        """A session as a user."""
        return secured_session(port, self.certificates.ca, self.client, user, password)


@pytest.fixture(scope="module")
def secured(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Secured:
    """The certificates and settings of a secured server."""
    return Secured(stack, tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def fortress(secured: Secured) -> Iterator[LoneStandin]:
    """The secured server itself, with the user `reader`, who may read the tables."""
    with running_standin(secured.cql) as running:
        with secured.session(running.port, "cassandra", "cassandra") as session:
            make_table(session)
            session.execute(f"CREATE ROLE reader WITH PASSWORD = '{_SECRET}' AND LOGIN = true")
            # The last is the stand-in's own: ScyllaDB lets everybody read what it stands for.
            for keyspace in ("days", "system_distributed", "messina_standin_state"):
                session.execute(f"GRANT SELECT ON KEYSPACE {keyspace} TO reader")
        yield running


@pytest.fixture()
def reader(secured: Secured, fortress: LoneStandin) -> Iterator[LoneSource]:
    """A source whose password is a reference to a file."""
    file = secured.stack.layout.secrets / "reader"
    file.write_text(_SECRET)
    settings = secured.settings(connect_placeholder(f"file:{file}"))
    made = LoneSource(secured.stack, fortress.address, TABLE, **settings)
    yield made
    made.delete()


def test_tls_and_password_work_and_no_secret_is_shown(
    reader: LoneSource, secured: Secured, fortress: LoneStandin
) -> None:
    """Events come over TLS with password and certificate; neither REST nor the log shows either."""
    reader.start()
    with secured.session(fortress.port, "cassandra", "cassandra") as session:
        reader.await_ids(write(session, 10), within=60)
    wrong = reader.validate(scylla_password="not-" + _SECRET, slices="0")
    assert set(wrong) == {"scylla.user", "slices"}
    assert _SECRET not in reader.shown()
    assert _SECRET not in "\n".join(reader.log())


def test_what_is_refused_is_told_before_anything_runs(reader: LoneSource, secured: Secured) -> None:
    """Validation says in a line which of password, certificates and rights is refused, and why."""
    old = secured.issue("old", "reader", ends=-1)
    cases = {
        "scylla.user": ({"scylla_password": "wrong"}, "refused the user 'reader'"),
        "scylla.tls": ({"scylla_tls_ca_file": str(secured.client.certificate)}, "not signed by"),
        "scylla.tls.ca.file": ({"scylla_tls_ca_file": "/no/ca.pem"}, "does not exist"),
        "scylla.tls.certificate.file": (
            {
                "scylla_tls_certificate_file": str(old.certificate),
                "scylla_tls_key_file": str(old.key),
            },
            "renew it",
        ),
        "scylla.tls.key.file": (
            {"scylla_tls_key_file": str(secured.good.key)},
            "another key",
        ),
        "scylla.local.datacenter": (
            {"scylla_local_datacenter": "dc9"},
            "there are: datacenter1",
        ),
    }
    for setting, (changed, text) in cases.items():
        errors = reader.validate(**changed)
        assert list(errors) == [setting], errors
        assert text in errors[setting][0], errors
        assert "\n" not in errors[setting][0]


def test_a_wrong_password_makes_no_connector(reader: LoneSource) -> None:
    """A connector with a wrong password is refused, with the setting's name and no secret."""
    reader.config["scylla.password"] = "wrong-" + _SECRET
    with pytest.raises(ConnectRefused, match="refused the user 'reader'") as refusal:
        reader.start()
    assert _SECRET not in str(refusal.value)


def test_a_password_that_changes_and_comes_back(
    reader: LoneSource, secured: Secured, fortress: LoneStandin
) -> None:
    """A password that was good is tried for a minute: it came back, and the task had not failed."""
    reader.start()
    with secured.session(fortress.port, "cassandra", "cassandra") as session:
        # A password that was never good is refused at once.
        reader.await_ids(write(session, 5), within=60)
        session.execute("ALTER ROLE reader WITH PASSWORD = 'another'")
    fortress.kill()
    fortress.start()
    until(lambda: told(reader, "refused the user 'reader'"), within=40, what="it is told")
    with secured.session(fortress.port, "cassandra", "cassandra") as session:
        session.execute(f"ALTER ROLE reader WITH PASSWORD = '{_SECRET}'")
        reader.await_ids(write(session, 5), within=60)
    assert reader.status().healthy(1)


def test_an_expired_certificate_ends_the_task(
    reader: LoneSource, secured: Secured, fortress: LoneStandin
) -> None:
    """A server comes back with an expired certificate: FAILED, saying so; renewed, it goes on."""
    reader.start()
    with secured.session(fortress.port, "cassandra", "cassandra") as session:
        reader.await_ids(write(session, 5), within=60)
    fortress.stop()
    secured.cql.identity = secured.issue("expired", "127.0.0.1", ends=-1)
    fortress.start()
    error = reader.failure(within=60).splitlines()[0]
    assert "its certificate has expired" in error and "offsets were kept" in error, error
    fortress.stop()
    secured.cql.identity = secured.good
    fortress.start()
    reader.restart()
    with secured.session(fortress.port, "cassandra", "cassandra") as session:
        reader.await_ids(write(session, 5), within=60)
