"""A worker that has no provider for references to Vault is found out by plan."""

import json
from types import SimpleNamespace
from typing import Any, cast

import httpx

from messina.deployer.checks_connect import unfilled
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.kafka import ConnectClient
from messina.pipeline import parse_spec

SPEC = parse_spec(
    "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]\n", "p.yaml"
)
VAULT = {"connection.password": "${vault:kv/a:password}"}


def sink(**config: str) -> ConnectorResource:
    given = {"connector.class": "a.b.Sink", "tasks.max": "1", **config}
    return ConnectorResource(name="p.t.sink", role="sink", tasks=1, config=given)


class Worker:
    """Answers a validation as Connect 4.1 was seen to, and remembers what it was asked."""

    def __init__(self, *, provider: bool) -> None:
        self.asked: list[dict[str, str]] = []

        def answer(request: httpx.Request) -> httpx.Response:
            config = json.loads(request.content)
            self.asked.append(config)
            if provider:
                message = "org.apache.kafka.common.config.ConfigException: a placeholder of the …"
                return httpx.Response(500, json={"error_code": 500, "message": message})
            text = f"Invalid value {config['tasks.max']} for configuration tasks.max: Not a number"
            value = {"name": "tasks.max", "errors": [text]}
            return httpx.Response(200, json={"configs": [{"value": value}]})

        transport = httpx.MockTransport(answer)
        connect: Any = ConnectClient("http://c", transport=transport)
        self.site = cast(Site, SimpleNamespace(connect=connect))


def test_a_worker_without_the_provider_is_refused() -> None:
    """It takes the reference for a value: told with what to do, and asked once for all."""
    worker = Worker(provider=False)
    (problem,) = unfilled(worker.site, SPEC, [sink(), sink(**VAULT), sink(**VAULT)])
    assert "p.yaml:1:11: Kafka Connect at http://c has no provider `vault`" in str(problem)
    assert "messina up --with vault" in str(problem)
    (asked,) = worker.asked
    # No reference but the one to nowhere: a validation repeats values that it refuses.
    assert asked == {"connector.class": "a.b.Sink", "tasks.max": "${vault:probe:none}"}


def test_a_worker_with_the_provider_is_fine() -> None:
    """It refuses a place that can't be."""
    worker = Worker(provider=True)
    assert unfilled(worker.site, SPEC, [sink(**VAULT)]) == []
    assert len(worker.asked) == 1


def test_who_refers_to_no_vault_asks_nothing() -> None:
    """Most pipelines have no reference to Vault."""
    worker = Worker(provider=False)
    assert unfilled(worker.site, SPEC, [sink(), sink(**{"a": "${env:MESSINA_SECRET_A}"})]) == []
    assert worker.asked == []
