"""The schema registry: Apicurio, with H2 on disk so that schemas survive a restart."""

from pathlib import Path

from messina.artifacts import Listener, ensure, java_binary
from messina.stack.component import Command, locked_version
from messina.stack.layout import HOST, Layout
from messina.stack.probe import http_unready
from messina.stack.unpack import extract_tar, once

_SET = Path("infra/stack/registry")


class Registry:
    """The embedded schema registry."""

    name = "registry"
    after: tuple[str, ...] = ()
    start_seconds = 120

    def version(self, layout: Layout) -> str:
        """Apicurio's version."""
        return locked_version(layout.checkout / _SET, "apicurio-registry-app")

    def ports(self) -> tuple[str, ...]:
        """REST."""
        return ("registry",)

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """Unpacks the application once; its data is one H2 file."""
        (archive,) = ensure(layout.checkout / _SET, listener)
        version = self.version(layout)
        app = once(f"apicurio-{version}", lambda folder: extract_tar(archive, folder))
        data = layout.data(self.name)
        data.mkdir(parents=True, exist_ok=True)
        # WRITE_DELAY=0: what the registry acknowledged is on disk before it answers.
        url = f"jdbc:h2:file:{data}/registry;WRITE_DELAY=0"
        argv = (
            str(java_binary()),
            "-Xmx320m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            f"-Dquarkus.http.host={HOST}",
            f"-Dquarkus.http.port={layout.port('registry')}",
            "-Dquarkus.log.console.json=false",
            "-Dapicurio.storage.kind=sql",
            "-Dapicurio.storage.sql.kind=h2",
            f"-Dapicurio.datasource.url={url}",
            "-Dapicurio.datasource.username=sa",
            "-jar",
            str(app / f"apicurio-registry-app-{version}-runner.jar"),
        )
        return Command(argv)

    def unready(self, layout: Layout) -> str | None:
        """Ready when the Confluent-compatible API answers."""
        return http_unready(f"http://{layout.address('registry')}/apis/ccompat/v7/subjects")

    def settle(self, layout: Layout) -> None:
        """Nothing to do."""
