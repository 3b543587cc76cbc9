"""The CQL stand-in: Cassandra that writes ScyllaDB's CDC log (infra/standin)."""

from messina.artifacts import Listener, build, java_binary
from messina.stack.component import Command, locked_version, write_if_changed
from messina.stack.layout import HOST, Layout
from messina.stack.probe import cql_unready, tls_unready
from messina.stack.standin_options import StandinOptions, standin_options

ROOM = "infra/standin"


class Cql:
    """The embedded CQL server.

    Attributes:
        options: what it is told at its start; None asks the environment.
    """

    name = "cql"
    after: tuple[str, ...] = ()
    start_seconds = 180
    options: StandinOptions | None = None

    def __init__(self, options: StandinOptions | None = None) -> None:
        self.options = options

    def version(self, layout: Layout) -> str:
        """The version of the Cassandra inside."""
        return locked_version(layout.checkout / ROOM, "cassandra-all")

    def ports(self) -> tuple[str, ...]:
        """CQL, and the storage port that Cassandra insists on."""
        return ("cql", "cql-storage")

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """Compiles the stand-in and renders its configuration."""
        built = build(layout.checkout, ROOM, listener)
        data = layout.data(self.name)
        data.mkdir(parents=True, exist_ok=True)
        conf = layout.checkout / ROOM / "conf"
        values = {
            "@HOME@": str(data),
            "@HOST@": HOST,
            "@CQL_PORT@": str(layout.port("cql")),
            "@STORAGE_PORT@": str(layout.port("cql-storage")),
        }
        config = layout.config(self.name) / "cassandra.yaml"
        write_if_changed(config, _fill((conf / "cassandra.yaml.template").read_text(), values))
        flags = _fill((conf / "jvm.flags").read_text(), values).splitlines()
        argv = (
            str(java_binary()),
            *(flag for flag in flags if flag and not flag.startswith("#")),
            f"-Dcassandra.config=file://{config}",
            f"-Dcassandra.storagedir={data}",
            *self._options().flags,
            "-cp",
            ":".join(map(str, built.classpath)),
            "io.messina.standin.Main",
        )
        return Command(argv)

    def unready(self, layout: Layout) -> str | None:
        """Ready when it speaks CQL."""
        port = layout.port("cql")
        if self._options().tls_certificate is not None:
            return tls_unready(HOST, port)
        return cql_unready(HOST, port)

    def settle(self, layout: Layout) -> None:
        """Nothing to do."""

    def _options(self) -> StandinOptions:
        return standin_options() if self.options is None else self.options


def _fill(text: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text
