"""Kafka Connect: one distributed worker, exactly-once for sources enabled (KIP-618)."""

from messina.artifacts import Listener, ensure
from messina.stack.broker import KAFKA_SET, LOG4J2
from messina.stack.component import Command, locked_version, write_if_changed
from messina.stack.extra_plugins import extra_plugins
from messina.stack.jvm import jvm
from messina.stack.layout import HOST, Layout
from messina.stack.passwords import password_file
from messina.stack.plugins import plugin_path
from messina.stack.probe import http_unready
from messina.stack.vault_setup import role_files

# Sessions of 6 s: a worker that died is noticed in seconds. It costs a heartbeat every 2 s.
# producer.transaction.timeout.ms: a worker that was killed leaves transactions open in the topic of
# offsets, which the next worker reads to the end before it starts anything: it waits for so long.
# offset.flush.interval.ms: sinks commit each second, so that "applied up to" is that fresh.
_CONFIG = """\
bootstrap.servers={broker}
group.id=messina-connect
listeners=http://{host}:{port}
rest.advertised.host.name={host}
rest.advertised.port={port}
config.storage.topic=_connect-configs
config.storage.replication.factor=1
offset.storage.topic=_connect-offsets
offset.storage.replication.factor=1
offset.storage.partitions=1
status.storage.topic=_connect-status
status.storage.replication.factor=1
status.storage.partitions=1
exactly.once.source.support=enabled
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
connector.client.config.override.policy=All
plugin.path={plugins}
plugin.discovery=service_load
config.providers={providers}
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
config.providers.env.param.allowlist.pattern=MESSINA_SECRET_.*
config.providers.directory.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider
config.providers.directory.param.allowed.paths={secrets}
offset.flush.interval.ms=1000
session.timeout.ms=6000
heartbeat.interval.ms=2000
scheduled.rebalance.max.delay.ms=0
task.shutdown.graceful.timeout.ms=5000
producer.transaction.timeout.ms=20000
"""
# A changed secret is noticed within poll.ms; who uses it is restarted through the REST API.
_VAULT = """\
config.providers.vault.class=io.messina.connect.vault.VaultConfigProvider
config.providers.vault.param.vault.addr=http://{vault}
config.providers.vault.param.vault.role.id.file={role_id}
config.providers.vault.param.vault.secret.id.file={secret_id}
config.providers.vault.param.poll.ms=5000
config.providers.vault.param.connect.url=http://{connect}
"""


class Connect:
    """The embedded Connect worker."""

    name = "connect"
    after = ("kafka", "registry", "vault")
    start_seconds = 180

    def version(self, layout: Layout) -> str:
        """Kafka Connect's version."""
        return locked_version(layout.checkout / KAFKA_SET, "connect-runtime")

    def ports(self) -> tuple[str, ...]:
        """REST."""
        return ("connect",)

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """Builds our source connector and puts the plugins in place."""
        jars = ensure(layout.checkout / KAFKA_SET, listener)
        own = plugin_path(layout.checkout, listener)
        plugins = (own, *extra_plugins(layout.plugin_folders, jars, listener))
        password_file(layout)
        config = layout.config(self.name) / "connect.properties"
        vault = "vault" in layout.extras
        write_if_changed(
            config,
            _CONFIG.format(
                broker=layout.address("kafka"),
                host=HOST,
                port=layout.port("connect"),
                plugins=",".join(map(str, plugins)),
                secrets=layout.secrets,
                providers="env,directory,vault" if vault else "env,directory",
            )
            + (_vault(layout) if vault else ""),
        )
        logging = layout.config(self.name) / "log4j2.properties"
        write_if_changed(logging, LOG4J2)
        argv = jvm(
            "org.apache.kafka.connect.cli.ConnectDistributed",
            jars,
            str(config),
            heap="1536m",
            # UTC: Debezium's sink binds `time` values through the JVM's own zone.
            flags=(
                f"-Dlog4j2.configurationFile={logging}",
                "-Duser.timezone=UTC",
                # The Vault driver reads answers by it.
                "-Dfile.encoding=UTF-8",
            ),
        )
        # For what connectors refer to as ${env:…}.
        return Command(argv, secrets=True)

    def unready(self, layout: Layout) -> str | None:
        """Ready when the worker has joined its group and lists connectors."""
        return http_unready(f"http://{layout.address('connect')}/connectors")

    def settle(self, layout: Layout) -> None:
        """Nothing to do."""


def _vault(layout: Layout) -> str:
    role_id, secret_id = role_files(layout)
    return _VAULT.format(
        vault=layout.address("vault"),
        role_id=role_id,
        secret_id=secret_id,
        connect=layout.address("connect"),
    )
