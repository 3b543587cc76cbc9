"""Secrets in Vault: a pipeline that logs in with them, their rotation, and where they never are."""

import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest
from cassandra.cluster import Session
from leaks import Leaks
from road import Road
from untouched import Log, trail_of
from vaulted import Login, marked, source_with_password, vaulted_road

from messina.deployer.checks_connect import handed_on
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.kafka import ConnectClient, ConnectRefused
from messina.pipeline import endpoints_stated
from messina.secrets import resolve
from messina.testing import LoneStandin, Stack, StackVault, Traffic, until

_RESTARTED = "is restarted with its tasks: a secret changed"


@dataclass
class Pipelines:
    """Two pipelines of one worker, each with logins of its own.

    Attributes:
        one: reads a server that asks for a password; everything lies in Vault.
        other: reads the stack's own server.
    """

    one: Road
    one_login: Login
    other: Road
    other_login: Login
    standin: LoneStandin
    session: Session
    scylla_password: str


@pytest.fixture(scope="module")
def pipelines(
    stack: Stack,
    vault: StackVault,
    module_keyspace: str,
    shared_session: Session,
    postgres_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pipelines]:
    """Both, applied, with a row each that has arrived."""
    folder = tmp_path_factory.mktemp("secrets")
    table = "t (id bigint PRIMARY KEY, word text) WITH cdc = {'enabled': true}"
    shared_session.execute(f"CREATE TABLE {module_keyspace}.{table}")
    with ExitStack() as ends:
        standin, password, ref = ends.enter_context(source_with_password(vault, folder))
        session = ends.enter_context(standin.connect()).driver
        keyspace = f"{module_keyspace}_v"
        session.execute(
            f"CREATE KEYSPACE {keyspace} WITH replication = "
            "{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"
        )
        session.execute(f"CREATE TABLE {keyspace}.{table}")
        logins = [Login(vault, postgres_dsn) for _ in range(2)]
        for login in logins:
            ends.callback(login.drop)
        scylla = {
            "contact_points": [standin.address],
            "local_datacenter": "datacenter1",
            "user": "reader",
            "password": ref,
        }
        one = vaulted_road(stack, keyspace, folder / "one", scylla, logins[0])
        other = vaulted_road(stack, module_keyspace, folder / "other", None, logins[1])
        for road in (one, other):
            applied = road.apply()
            assert applied.code == 0, applied.output
            ends.callback(road.destroy)
        made = Pipelines(one, logins[0], other, logins[1], standin, session, password)
        session.execute(f"INSERT INTO {keyspace}.t (id, word) VALUES (-1, 'first')")
        shared_session.execute(f"INSERT INTO {module_keyspace}.t (id, word) VALUES (-1, 'first')")
        for road in (one, other):
            _await_row(road, postgres_dsn, -1)
        yield made


def _await_row(road: Road, dsn: str, key: int, within: float = 60) -> None:
    until(
        lambda: road.rows(dsn, f"SELECT 1 FROM {{schema}}.t WHERE id = {key}"),
        within=within,
        what=f"row {key} of {road.name} arrives",
    )


def test_a_rotation_loses_nothing_and_touches_nobody_else(
    pipelines: Pipelines,
    stack: Stack,
    vault: StackVault,
    postgres_dsn: str,
    record_property: Callable[[str, object], None],
) -> None:
    """A new password in Postgres and Vault under 200 changes/s: its sink alone is restarted."""
    one, login = pipelines.one, pipelines.one_login
    keyspace = one.keyspace
    other = trail_of(stack, pipelines.other)
    assert other.states
    assert other.members
    log = Log(stack)

    def operation(session: Session, chance: random.Random) -> None:
        key = chance.randrange(10**12)
        session.execute(f"INSERT INTO {keyspace}.t (id, word) VALUES ({key}, 'w')")

    with Traffic(pipelines.session, operation, rate=200) as traffic:
        until(lambda: traffic.done > 400, within=60, what="400 writes before the rotation")
        rotated = monotonic()
        old = login.rotate()
        assert not login.accepts(old)
        assert login.accepts(login.password)
        until(
            lambda: f"{one.name}.t.sink {_RESTARTED}" in log.text(),
            within=60,
            what="the sink is restarted with the new password",
        )
        noticed = monotonic() - rotated
        until(lambda: f"{one.name}.t.sink-0" in log.starts(one), within=60, what="its task too")
        # Whatever still has a session of the old password's time.
        login.cut_off()
        after = traffic.done
        until(lambda: traffic.done > after + 1000, within=90, what="1000 writes after the rotation")
    answer = one.reconcile(settle="90s")
    assert answer.code == 0, answer.output
    (row,) = one.rows(postgres_dsn, "SELECT count(*) FROM {schema}.t")
    assert row == (traffic.done + 1,)
    starts = log.starts(one)
    assert set(starts) == {f"{one.name}.t.sink", f"{one.name}.t.sink-0"}, starts
    assert log.starts(pipelines.other) == []
    assert trail_of(stack, pipelines.other) == other
    assert one.status().code == 0
    # poll.ms is 5 s in a stack; a task stops and starts meanwhile.
    assert noticed < 30, noticed
    record_property("noticed_seconds", round(noticed, 1))
    record_property("changes", traffic.done)


def test_a_version_that_changes_nothing_restarts_nobody(
    pipelines: Pipelines, stack: Stack, vault: StackVault
) -> None:
    """The same password as a new version, and a key that nobody uses: no connector is restarted."""
    log = Log(stack)
    login = pipelines.one_login
    one, other = (trail_of(stack, road) for road in (pipelines.one, pipelines.other))
    vault.put(login.path, password=login.password, note="nobody reads this")
    # A change elsewhere is seen later than that one would have been.
    pipelines.other_login.rotate()
    until(
        lambda: f"{pipelines.other.name}.t.sink {_RESTARTED}" in log.text(),
        within=60,
        what="the other pipeline's sink is restarted",
    )
    assert log.starts(pipelines.one) == []
    assert trail_of(stack, pipelines.one) == one
    # What shows that nobody was restarted shows it when somebody was.
    until(
        lambda: trail_of(stack, pipelines.other).members.isdisjoint(other.members),
        within=60,
        what="the other sink's consumers are new ones",
    )
    assert trail_of(stack, pipelines.other).states != other.states


def test_a_wrong_secret_is_cured_by_the_next_version(
    pipelines: Pipelines, stack: Stack, vault: StackVault, postgres_dsn: str
) -> None:
    """A sink that failed by a wrong password runs again by itself when Vault has the right one."""
    one, login = pipelines.one, pipelines.one_login
    sink = f"{one.name}.t.sink"
    log = Log(stack)
    wrong = marked("wrong")
    vault.put(login.path, password=wrong)
    until(lambda: f"{sink} {_RESTARTED}" in log.text(), within=60, what="the wrong one is taken")
    pipelines.session.execute(f"INSERT INTO {one.keyspace}.t (id, word) VALUES (-2, 'w')")
    until(lambda: "password authentication failed" in log.text(), within=60, what="it is refused")
    leaks = Leaks(stack)
    leaks.add("the password that is refused", wrong)
    for command in ("plan", "apply", "status", "health", "describe"):
        leaks.said(f"{command} with a wrong password", one.deploy(command, "--json"))
    for path in ("status", "tasks/0/status", "config"):
        leaks.rest(f"/connectors/{sink}/{path}")
    vault.put(login.path, password=login.password)
    _await_row(one, postgres_dsn, -2, within=90)
    with ConnectClient(stack.endpoints.connect.url) as connect:
        until(
            lambda: (status := connect.status(sink)) is not None and status.healthy(1),
            within=60,
            what="the sink runs",
        )
    leaks.topics()
    leaks.files()
    assert leaks.found == []


def test_vault_may_be_out(pipelines: Pipelines, stack: Stack, postgres_dsn: str) -> None:
    """With Vault stopped, tasks are restarted with what was read last, and changes go on."""
    one = pipelines.one
    vault = stack.status("vault").pid
    assert vault is not None
    log = Log(stack)
    os.kill(vault, signal.SIGSTOP)
    try:
        # What was read before that serves others for a moment, and nobody would have to be told.
        until(
            lambda: "Changes of secrets can't be seen" in log.text(),
            within=60,
            what="Connect notices that Vault is out",
        )
        log = Log(stack)
        with ConnectClient(stack.endpoints.connect.url) as connect:
            connect.restart(f"{one.name}.t.sink", only_failed=False)
        until(lambda: f"{one.name}.t.sink-0" in log.starts(one), within=90, what="a new task")
        pipelines.session.execute(f"INSERT INTO {one.keyspace}.t (id, word) VALUES (-3, 'w')")
        _await_row(one, postgres_dsn, -3)
        assert "is given as it was when it was last read" in log.text()
    finally:
        os.kill(vault, signal.SIGCONT)
    until(lambda: stack.status("vault").ready, within=60, what="Vault answers again")


def test_a_missing_secret_is_waited_for(
    pipelines: Pipelines, stack: Stack, vault: StackVault, postgres_dsn: str
) -> None:
    """A key that is gone stops nobody who runs; who starts without it runs when it is back."""
    one, login = pipelines.one, pipelines.one_login
    sink = f"{one.name}.t.sink"
    log = Log(stack)
    try:
        vault.put(login.path, note="no password")
        pipelines.session.execute(f"INSERT INTO {one.keyspace}.t (id, word) VALUES (-4, 'w')")
        _await_row(one, postgres_dsn, -4)
        with ConnectClient(stack.endpoints.connect.url) as connect:

            def told() -> bool:
                # what was read a moment ago is given without a question: so it is asked again
                with suppress(ConnectRefused):
                    connect.restart(sink, only_failed=False)
                return "no text at its key password" in log.text()

            until(told, within=60, what="it is told", every=3)
            until(
                lambda: (status := connect.status(sink)) is not None and not status.healthy(1),
                within=60,
                what="the sink does not run",
            )
    finally:
        vault.put(login.path, password=login.password)
    until(lambda: f"{sink} {_RESTARTED}" in log.text(), within=60, what="the sink is restarted")
    pipelines.session.execute(f"INSERT INTO {one.keyspace}.t (id, word) VALUES (-5, 'w')")
    _await_row(one, postgres_dsn, -5)


def test_a_worker_that_knows_a_provider_is_told_from_one_that_does_not(
    pipelines: Pipelines, stack: Stack
) -> None:
    """What plan asks before it hands references to Vault to a worker, of a real one."""
    name = f"{pipelines.one.name}.t.sink"
    with Site(stack.endpoints) as site:
        there = site.connect.get(name)
        assert there is not None
        config = {k: v for k, v in there.config.items() if v is not None}
        sink = ConnectorResource(name=name, role="sink", tasks=1, config=config)
        assert not handed_on(site, sink, "vault")
        assert handed_on(site, sink, "nobody")


def test_no_secret_is_anywhere_but_in_its_place(
    pipelines: Pipelines, stack: Stack, vault: StackVault, tmp_path: Path
) -> None:
    """Marked secrets of Vault, a file and the environment: in no log, answer, topic or process."""
    one, login = pipelines.one, pipelines.one_login
    hidden = marked("file")
    file = stack.layout.secrets / "leak-test"
    file.write_text(hidden)
    leaks = Leaks(stack)
    leaks.add("Vault's Postgres password", login.password)
    leaks.add("Vault's ScyllaDB password", pipelines.scylla_password)
    leaks.add("the other pipeline's password", pipelines.other_login.password)
    leaks.add("a file's password", hidden, file)
    for name in ("token", "keys.json", "connect-secret-id"):
        place = stack.layout.vault / name
        values = json.loads(place.read_text()) if name == "keys.json" else {"": place.read_text()}
        for key, value in values.items():
            if key != "root_token":
                leaks.add(f"Vault's {name}{key}", value, place, stack.layout.vault / "keys.json")
    if variable := os.environ.get("MESSINA_SECRET_TEST"):
        leaks.add("a variable's secret", variable, environ=("ConnectDistributed", "supervisord"))
    try:
        # A pipeline that is refused in several ways: each says why, and none says what.
        spec = json.loads(one.file.read_text())
        spec["pipeline"] = "leaks"
        bad = tmp_path / "pipeline.yaml"
        for ref in (f"file:{file}", "env:MESSINA_SECRET_TEST", vault.ref(login.path, "none")):
            spec["sink"]["postgres"]["password"] = ref
            bad.write_text(json.dumps(spec))
            for options in ((), ("--json",)):
                leaks.said(f"plan with {ref}", one.deploy("plan", *options, file=bad))
        for command in ("plan", "status", "health", "describe", "apply", "offsets show"):
            for options in ((), ("--json",)):
                leaks.said(f"{command} {options}", one.deploy(*command.split(), *options))
        leaks.said("reconcile", one.reconcile().output)
        there = ("--endpoints", str(stack.layout.endpoints))
        for command in ("deploy plan", "deploy apply", "deploy status", "reconcile run"):
            leaks.command(*command.split(), str(one.file), *there)
        plan, backup = tmp_path / "plan.json", tmp_path / "backup.json"
        leaks.command("deploy", "plan", str(one.file), "--out", str(plan), *there)
        leaks.command("deploy", "offsets", "backup", str(one.file), "--out", str(backup), *there)
        for file_of_ours in (plan, backup, stack.layout.endpoints):
            leaks.said(file_of_ours.name, file_of_ours.read_bytes())
        with ConnectClient(stack.endpoints.connect.url) as connect:
            good = connect.get(f"{one.name}.t.sink")
            assert good is not None
            for ref in (
                f"${{directory:{file.parent}:{file.name}}}",
                "${env:MESSINA_SECRET_TEST}",
                f"${{{login.ref.replace('#', ':')}}}",
            ):
                config = {k: v for k, v in good.config.items() if v is not None}
                config["connection.password"] = ref
                errors = connect.validate(config)
                leaks.said(f"validation with {ref}", repr(errors))
        leaks.rest("/connectors?expand=info&expand=status")
        for road in (one, pipelines.other):
            for role in ("source", "sink"):
                at = f"/connectors/{road.name}.t.{role}"
                for path in ("", "/config", "/tasks", "/tasks-config", "/status", "/offsets"):
                    leaks.rest(at + path)
        leaks.topics()
        leaks.files()
        leaks.processes()
        assert leaks.looked > 30
        assert leaks.found == []
        with endpoints_stated(stack.layout.endpoints):
            assert resolve(login.ref).reveal() == login.password
    finally:
        file.unlink()
