"""Where the parts of a stack are: `endpoints.json`, or what a spec says itself."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from messina.pipeline.document import read_document
from messina.pipeline.explain import validated
from messina.pipeline.models import Model, Some, misplaced
from messina.pipeline.problems import Position, Problem, SpecError
from messina.pipeline.scalars import BootstrapServers, ContactPoint, FilePath, Host, Url
from messina.pipeline.secret_ref import SecretRef
from messina.pipeline.security import KafkaSecurity, PostgresTls, ScyllaTls, user_and_password

if TYPE_CHECKING:
    from messina.pipeline.spec import PipelineSpec


class KafkaEndpoint(Model):
    """The brokers."""

    bootstrap_servers: BootstrapServers
    """host:port, or several with commas between."""
    security: KafkaSecurity | None = None
    """How the brokers are spoken to; in the open when left out."""


class ConnectEndpoint(Model):
    """Kafka Connect's REST API."""

    url: Url
    """http://host:port of a worker."""


class RegistryEndpoint(Model):
    """The schema registry."""

    url: Url
    """http://host:port of the registry."""
    kind: Literal["apicurio", "confluent"] = "apicurio"
    """Whose registry it is."""
    ca: FilePath | None = None
    """Certificates of who signs for it; those of the system when left out."""
    user: Annotated[str, Field(min_length=1)] | None = None
    """Who reads and registers schemas, where it asks for a user."""
    password: SecretRef | None = None
    """Where the password is."""

    @model_validator(mode="after")
    def _user_and_password(self) -> Self:
        user_and_password(self.user, self.password)
        if self.ca is not None and not self.url.startswith("https:"):
            raise misplaced("a certificate says nothing for an address without TLS", ("ca",))
        return self


class PostgresEndpoint(Model):
    """The sink's database."""

    host: Host
    """Its host name or IP address."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 5432
    """Its port."""
    database: Annotated[str, Field(min_length=1, max_length=63)]
    """The database the tables are in."""
    user: Annotated[str, Field(min_length=1, max_length=63)]
    """Who makes and fills the tables."""
    password: SecretRef | None = None
    """Where the password is; none where the server asks for none."""
    tls: PostgresTls | None = None
    """How connections are encrypted; as the server likes when left out."""


class ScyllaEndpoint(Model):
    """The source's database."""

    contact_points: Some[ContactPoint]
    """Nodes to ask first."""
    local_datacenter: Annotated[str, Field(min_length=1)]
    """The data centre that is read."""
    user: Annotated[str, Field(min_length=1)] | None = None
    """Who reads the tables and their logs."""
    password: SecretRef | None = None
    """Where the password is."""
    tls: ScyllaTls | None = None
    """How connections are encrypted; not at all when left out."""
    engine: Literal["stand-in", "scylla"] = "scylla"
    """What answers there."""

    @model_validator(mode="after")
    def _user_and_password(self) -> Self:
        user_and_password(self.user, self.password)
        return self


class VaultEndpoint(Model):
    """The Vault of a stack that has one."""

    url: Url
    """http://host:port of its REST API."""
    token_file: FilePath
    """The file with a token that reads its secrets."""


class Endpoints(Model):
    """Everything a service needs to find the parts of a stack."""

    version: Literal[1]
    """The version of this file's form."""
    kafka: KafkaEndpoint
    """The brokers."""
    connect: ConnectEndpoint
    """Kafka Connect."""
    registry: RegistryEndpoint
    """The schema registry."""
    postgres: PostgresEndpoint
    """The sink's database."""
    scylla: ScyllaEndpoint
    """The source's database."""
    vault: VaultEndpoint | None = None
    """Where `vault:` references lead when no `VAULT_ADDR` is set; most stacks have none."""

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None) -> Self:
        """Read the file at `path`, or the one `endpoints_path` finds; `SpecError` if wrong."""
        file = endpoints_path(path)
        try:
            data = file.read_bytes()
        except OSError as error:
            problem = Problem(
                Position(str(file), 1, 1),
                "the stack's endpoints can't be read",
                got=error.strerror or type(error).__name__,
                expected="the file that `messina up` writes",
            )
            raise SpecError(
                [problem], "Next: messina up, or name another file with --endpoints"
            ) from None
        return validated(cls, read_document(str(file), data))

    def under(self, spec: "PipelineSpec") -> Self:
        """These endpoints with what the spec states itself put over them."""
        stated = {
            "kafka": spec.kafka,
            "connect": spec.connect,
            "registry": spec.registry,
            "postgres": spec.sink.postgres,
            "scylla": spec.source.scylla,
        }
        return self.model_copy(update={k: v for k, v in stated.items() if v is not None})


_stated: list[Path] = []


@contextmanager
def endpoints_stated(path: Path) -> Iterator[None]:
    """A command was told its endpoints file: within, it goes before what the environment says.

    For what is not handed the file, in every thread: a reference to Vault is read far below.
    """
    _stated.append(path)
    try:
        yield
    finally:
        _stated.remove(path)


def endpoints_path(
    path: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None
) -> Path:
    """The endpoints file: `path`, else the one of `endpoints_stated`, or as the environment says.

    First `$MESSINA_ENDPOINTS`, then `$MESSINA_HOME/endpoints.json`, then `.messina/endpoints.json`.
    """
    environ = os.environ if environ is None else environ
    if path is not None:
        return Path(path)
    if _stated:
        return _stated[-1]
    if named := environ.get("MESSINA_ENDPOINTS"):
        return Path(named)
    return Path(environ.get("MESSINA_HOME") or ".messina") / "endpoints.json"
