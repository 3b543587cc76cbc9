"""What was chosen for a stack when it was started, and stays chosen: `stack.json` of its home."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from messina.stack.errors import StackError

_STATE = "stack.json"
STAND_IN = "stand-in"
NO_PLUGINS = "none"
NO_EXTRAS = "none"
EXTRAS = ("vault",)


@dataclass(frozen=True, slots=True)
class ExternalCql:
    """A database that is there already, which a stack uses in place of the stand-in.

    Attributes:
        address: `host:port` of one of its nodes.
        datacenter: the data centre of that node.
        engine: what answers there, in the words of `endpoints.json`.
    """

    address: str
    datacenter: str
    engine: str

    @property
    def host(self) -> str:
        """Its host, without the brackets of an IPv6 address."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.address.rpartition(":")[2])


@dataclass(frozen=True, slots=True)
class Choices:
    """What later commands need not be told again.

    Attributes:
        port_base: the first of the stack's ports.
        cql: the database that is used in place of the stand-in.
        plugin_folders: folders with further plugins of Kafka Connect.
        extras: parts that not every stack has.
    """

    port_base: int | None = None
    cql: ExternalCql | None = None
    plugin_folders: tuple[Path, ...] = ()
    extras: tuple[str, ...] = ()

    @classmethod
    def of(cls, home: Path) -> Self:
        """Those of the stack in `home`; none if it was never started.

        Raises:
            StackError: the state file is damaged.
        """
        state = home / _STATE
        try:
            found = json.loads(state.read_text())
            return cls(
                int(found["port_base"]),
                ExternalCql(**found["cql"]) if found.get("cql") else None,
                tuple(Path(folder) for folder in found.get("plugin_folders", ())),
                tuple(str(extra) for extra in found.get("extras", ())),
            )
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StackError(
                f"{state} is damaged ({type(error).__name__}: {error}); the data beside it is "
                "untouched. Remove that file, then `messina up`, with `--port-base N`, `--cql`, "
                "`--plugin-path` and `--with` if the stack had such"
            ) from error

    def keep(self, home: Path) -> None:
        """Writes them into the state folder."""
        home.mkdir(parents=True, exist_ok=True)
        document: dict[str, Any] = {"version": 1, "port_base": self.port_base}
        if (cql := self.cql) is not None:
            document["cql"] = {
                "address": cql.address,
                "datacenter": cql.datacenter,
                "engine": cql.engine,
            }
        if self.plugin_folders:
            document["plugin_folders"] = [str(folder) for folder in self.plugin_folders]
        if self.extras:
            document["extras"] = list(self.extras)
        state = home / _STATE
        temporary = state.with_suffix(".new")
        temporary.write_text(json.dumps(document) + "\n")
        temporary.replace(state)
