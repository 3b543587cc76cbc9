"""How the parts of a stack are spoken to in secret, and as whom.

Certificates are PEM files. Services, and Kafka Connect's workers, read them at the same paths.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from messina.pipeline.models import Model, misplaced
from messina.pipeline.scalars import FilePath
from messina.pipeline.secret_ref import SecretRef


class KafkaSecurity(Model):
    """How the brokers are spoken to: encrypted or not, as a user or not."""

    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "SASL_SSL"
    """Kafka's word for it: SSL is encrypted, SASL has a user."""
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    """How a user shows who it is; SCRAM-SHA-512 when left out."""
    user: Annotated[str, Field(min_length=1, pattern=r'^[^"\\\x00-\x1f]*$')] | None = None
    """The user, with SASL."""
    password: SecretRef | None = None
    """Where the user's password is."""
    ca: FilePath | None = None
    """Certificates of who signs for the brokers, with SSL; those of the system when left out."""
    verify_hostname: bool = True
    """Whether a broker's certificate must name the broker."""

    @property
    def encrypted(self) -> bool:
        """Whether connections use TLS."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def sasl(self) -> str | None:
        """How the user shows who it is, or None without a user."""
        asked = self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")
        return (self.mechanism or "SCRAM-SHA-512") if asked else None

    @model_validator(mode="after")
    def _fits_the_protocol(self) -> Self:
        user_and_password(self.user, self.password)
        if self.sasl is not None and self.user is None:
            raise misplaced(
                f"there is no user, as whom {self.protocol} is spoken",
                ("protocol",),
                expected="user and password, or a protocol without SASL",
            )
        for field in ("user", "mechanism"):
            if self.sasl is None and getattr(self, field) is not None:
                what = f"{field} has no meaning for {self.protocol}"
                raise misplaced(what, (field,), expected="a protocol with SASL")
        if self.ca is not None and not self.encrypted:
            what = f"ca has no meaning for {self.protocol}"
            raise misplaced(what, ("ca",), expected="a protocol with SSL")
        return self


class PostgresTls(Model):
    """How connections to the sink's database are encrypted."""

    mode: Literal["require", "verify-ca", "verify-full"] = "verify-full"
    """Postgres' word for it: encrypted; and signed by `ca`; and of the host that was asked."""
    ca: FilePath | None = None
    """Certificates of who signs for the server."""

    @model_validator(mode="after")
    def _verified_by_somebody(self) -> Self:
        if self.mode != "require" and self.ca is None:
            raise misplaced(
                f"the mode {self.mode} verifies who signs for the server",
                ("mode",),
                expected="ca: a file of certificates, or the mode require",
            )
        return self


class ScyllaTls(Model):
    """How the source's database is spoken to in secret: PEM files, where the connector runs."""

    ca: FilePath | None = None
    """Certificates of who signs for the nodes; those of the Java runtime when left out."""
    certificate: FilePath | None = None
    """The client's own certificate, where the nodes ask for one."""
    key: FilePath | None = None
    """The private key of that certificate."""
    verify_hostname: bool = True
    """Whether a node's certificate must name the node."""

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise PydanticCustomError(
                "pair", "certificate and key go together", {"expected": "both or neither"}
            )
        return self


def user_and_password(user: str | None, password: SecretRef | None) -> None:
    """Raise if there is a user without a password, or the other way round."""
    if (user is None) != (password is None):
        raise PydanticCustomError(
            "pair", "user and password go together", {"expected": "both or neither"}
        )
