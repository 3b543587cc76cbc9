"""A reference to a secret: where its value lives, never the value."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

_ENV = r"env:[A-Za-z_][A-Za-z0-9_]*"
# No colon or brace in a path: in a connector's configuration they are syntax.
_FILE = r"file:/[^\x00-\x1f:{}]*[^\x00-\x1f:{}/]"
# No name begins with a dot: `..` in a URL would lead to another secret.
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_VAULT = rf"vault:{_NAME}(/{_NAME})+#{_NAME}"
_ANY = rf"{_ENV}|{_FILE}|{_VAULT}"

Scheme = Literal["env", "file", "vault"]


class VaultPlace(NamedTuple):
    """Where a secret lies in Vault: an engine's mount, a path below it, a key of what is there."""

    mount: str
    path: str
    key: str


@dataclass(frozen=True)
class SecretRef:
    """`env:NAME`, `file:/absolute/path` or `vault:mount/path#key`.

    Errors don't repeat what was there instead.
    """

    scheme: Scheme
    name: str

    PATTERN: ClassVar[str] = rf"^({_ANY})$"
    EXPECTED: ClassVar[str] = "a reference: env:NAME, file:/absolute/path or vault:mount/path#key"

    @classmethod
    def parse(cls, text: str) -> "SecretRef":
        """Read a reference; `ValueError` for anything else."""
        if re.fullmatch(_ANY, text) is None:
            raise ValueError(
                f"not a secret reference (got text that is not shown; expected {cls.EXPECTED})"
            )
        scheme, _, name = text.partition(":")
        return cls(cast(Scheme, scheme), name)

    def vault_place(self) -> VaultPlace:
        """Where in Vault it points: the mount is the first name, the rest is below it.

        Raises:
            ValueError: it does not point into Vault.
        """
        if self.scheme != "vault":
            raise ValueError(f"{self} is no place in Vault")
        place, _, key = self.name.partition("#")
        mount, _, path = place.partition("/")
        return VaultPlace(mount, path, key)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"

    @classmethod
    def _validate(cls, value: object) -> "SecretRef":
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            try:
                return cls.parse(value)
            except ValueError:
                pass
        raise PydanticCustomError(
            "secret_reference",
            "a secret must be a reference, not a value",
            {"expected": cls.EXPECTED, "got": "something that is not shown"},
        )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": cls.PATTERN}
