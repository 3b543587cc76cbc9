"""A stack's endpoints are found, read strictly, and give way to what a spec says."""

import json
from pathlib import Path
from typing import Any

import pytest

from messina.pipeline import Endpoints, SecretRef, SpecError, endpoints_path, parse_spec

STACK: dict[str, Any] = {
    "version": 1,
    "kafka": {"bootstrap_servers": "127.0.0.1:27100"},
    "connect": {"url": "http://127.0.0.1:27102"},
    "registry": {"url": "http://127.0.0.1:27103/", "kind": "apicurio"},
    "postgres": {
        "host": "127.0.0.1",
        "port": 27104,
        "database": "warehouse",
        "user": "messina",
        "password": "file:/home/me/.messina/secrets/postgres-password",
    },
    "scylla": {
        "contact_points": ["127.0.0.1:27105", "db"],
        "local_datacenter": "datacenter1",
        "engine": "stand-in",
    },
}


def write(tmp_path: Path, value: object) -> Path:
    file = tmp_path / "endpoints.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def test_a_stack_says_where_its_parts_are(tmp_path: Path) -> None:
    """Addresses are complete, URLs end without a slash, the password stays a reference."""
    endpoints = Endpoints.load(write(tmp_path, STACK))
    assert endpoints.scylla.contact_points == ("127.0.0.1:27105", "db:9042")
    assert endpoints.registry.url == "http://127.0.0.1:27103"
    assert endpoints.postgres.password == SecretRef(
        "file", "/home/me/.messina/secrets/postgres-password"
    )
    assert Endpoints.model_validate_json(endpoints.model_dump_json()) == endpoints


def test_what_the_spec_states_wins(tmp_path: Path) -> None:
    """A database named in the spec replaces the stack's; the rest stays."""
    endpoints = Endpoints.load(write(tmp_path, STACK))
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: k}\n"
        "sink: {schema: s, postgres: {host: pg.example, database: d, user: u, password: env:PW}}\n"
        "tables: [{name: t}]"
    )
    merged = endpoints.under(spec)
    assert merged.postgres.host == "pg.example"
    assert merged.scylla == endpoints.scylla


def test_all_of_a_stack_may_stand_in_the_spec(tmp_path: Path) -> None:
    """Kafka, Connect and registry too: a spec with an overlay needs no other file's addresses."""
    endpoints = Endpoints.load(write(tmp_path, STACK))
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]\n"
        "kafka: {bootstrap_servers: 'k:1', security: {protocol: SSL, ca: /ca.pem}}\n"
        "connect: {url: 'http://c:1'}\nregistry: {url: 'http://r:1', kind: confluent}\n"
    )
    merged = endpoints.under(spec)
    assert (merged.kafka.bootstrap_servers, merged.connect.url) == ("k:1", "http://c:1")
    assert merged.kafka.security is not None and merged.kafka.security.ca == "/ca.pem"
    assert merged.registry.kind == "confluent"
    assert merged.postgres == endpoints.postgres


@pytest.mark.parametrize(
    ("security", "part"),
    [
        ("{protocol: SASL_SSL}", "there is no user"),
        ("{protocol: SSL, user: u, password: 'env:P'}", "user has no meaning for SSL"),
        ("{protocol: SSL, mechanism: PLAIN}", "mechanism has no meaning for SSL"),
        ("{protocol: SASL_SSL, user: u}", "user and password go together"),
        ("{protocol: PLAINTEXT, ca: /ca.pem}", "ca has no meaning for PLAINTEXT"),
        ("{protocol: SASL_SSL, user: 'a\"b', password: 'env:P'}", "kafka.security.user"),
        ("{protocol: TLS}", "not a choice"),
        ("{protocol: SASL_SSL, user: u, password: hunter2}", "must be a reference"),
    ],
)
def test_security_that_does_not_fit_is_refused(security: str, part: str) -> None:
    """What a protocol has no use for, or lacks, is told where it stands, without secrets."""
    text = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]\n"
    with pytest.raises(SpecError, match="^f:5:") as caught:
        parse_spec(f"{text}kafka: {{bootstrap_servers: 'k:1', security: {security}}}", "f")
    assert part in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("version", 2),
        ("registry", {"url": "http://r", "ca": "/ca.pem"}),
        ("registry", {"url": "https://r", "user": "u"}),
        (
            "postgres",
            {"host": "h", "database": "d", "user": "u", "tls": {"mode": "verify-full"}},
        ),
        ("connect", {"url": "ftp://x"}),
        ("connect", {"url": "http://u:hunter2@x"}),
        ("kafka", {"bootstrap_servers": "nowhere"}),
        ("kafka", {"bootstrap_servers": "a:1", "extra": 1}),
        ("scylla", {"contact_points": [], "local_datacenter": "d"}),
        ("scylla", {"contact_points": ["a:99999"], "local_datacenter": "d"}),
        ("postgres", {"host": "h", "database": "d", "user": "u", "password": "hunter2"}),
    ],
)
def test_wrong_endpoints_are_refused(tmp_path: Path, part: str, value: object) -> None:
    """The stack's file is checked as strictly as a spec, and no secret in it is repeated."""
    with pytest.raises(SpecError, match=r"endpoints\.json:1:[0-9]+: ") as caught:
        Endpoints.load(write(tmp_path, {**STACK, part: value}))
    assert "hunter2" not in str(caught.value)


def test_without_a_stack_the_next_command_is_named(tmp_path: Path) -> None:
    """No file: the error says which command makes it."""
    with pytest.raises(SpecError, match="messina up"):
        Endpoints.load(tmp_path / "endpoints.json")


@pytest.mark.parametrize(
    ("path", "environ", "found"),
    [
        ("x.json", {"MESSINA_ENDPOINTS": "y.json"}, "x.json"),
        (None, {"MESSINA_ENDPOINTS": "y.json", "MESSINA_HOME": "h"}, "y.json"),
        (None, {"MESSINA_HOME": "h"}, "h/endpoints.json"),
        (None, {}, ".messina/endpoints.json"),
    ],
)
def test_where_the_endpoints_are_looked_for(
    path: str | None, environ: dict[str, str], found: str
) -> None:
    """The option comes before the environment, the environment before the checkout."""
    assert endpoints_path(path, environ) == Path(found)
