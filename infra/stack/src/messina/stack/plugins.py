"""The Connect worker's plugin path: one folder a plugin, made once per content.

`plugin.discovery=service_load` starts the worker in 12 s where the scan of all classes takes 48 s,
but it finds only plugins with a service manifest; Kafka's own ConnectPluginPath writes those
(KIP-898).
"""

import hashlib
import shutil
from pathlib import Path

from messina.artifacts import Listener, Progress, build, ensure
from messina.artifacts.sets import LOCK
from messina.stack.broker import KAFKA_SET
from messina.stack.manifests import write_manifests
from messina.stack.unpack import extract_tar, link_or_copy, once

PLUGIN_SETS = Path("infra/connect/plugins")
SOURCE_ROOM = "infra/connect/scylla-source"
SINK_ROOM = "infra/connect/jdbc-sink"
PREDICATES_ROOM = "infra/connect/predicates"
VAULT_ROOM = "infra/connect/vault-provider"
# Debezium's plugin folder, and our jar's name in it: the first dialect by file name is taken.
_SINK_PLUGIN = "debezium-jdbc"
_SINK_JAR = "0-messina-jdbc-sink.jar"
# Drivers of other databases (one under a licence of its own), and what the worker has anyway.
_LEFT_OUT = (
    "ojdbc",
    "mssql-jdbc",
    "mysql-connector",
    "mariadb-java-client",
    "kafka-clients",
    "connect-api",
    "slf4j-api",
    "zstd-jni",
    "snappy-java",
    "lz4-java",
)


def plugin_path(checkout: Path, listener: Listener) -> Path:
    """The folder for the worker's `plugin.path`."""
    source = build(checkout, SOURCE_ROOM, listener)
    sink = build(checkout, SINK_ROOM, listener)
    predicates = build(checkout, PREDICATES_ROOM, listener)
    vault = build(checkout, VAULT_ROOM, listener)
    sets = sorted(path.parent for path in (checkout / PLUGIN_SETS).glob(f"*/{LOCK}"))
    files = {folder.name: ensure(folder, listener) for folder in sets}
    digest = hashlib.sha256(
        f"{source.jar} {sink.jar} {predicates.jar} {vault.jar} {_LEFT_OUT}".encode()
    )
    for folder in sets:
        digest.update((folder / LOCK).read_bytes())
    for library in (*source.libraries, *vault.libraries):
        digest.update(str(library).encode())
    kafka = ensure(checkout / KAFKA_SET, listener)

    def make(folder: Path) -> None:
        listener(Progress("assembling Connect plugins", 0, 1, "steps"))
        _place(folder / "scylla-source", source.classpath)
        _place(folder / "predicates", predicates.classpath)
        _place(folder / "vault-provider", vault.classpath)
        for name, paths in files.items():
            _place(folder / name, paths)
        link_or_copy(sink.jar, folder / _SINK_PLUGIN / _SINK_JAR)
        write_manifests(folder, kafka)
        listener(Progress("assembling Connect plugins", 1, 1, "steps"))

    return once(f"plugins-{digest.hexdigest()[:16]}", make)


def _place(folder: Path, files: tuple[Path, ...]) -> None:
    folder.mkdir()
    for file in files:
        if file.name.endswith(".tar.gz"):
            unpacked = folder / "unpacked"
            extract_tar(file, unpacked)
            for jar in unpacked.rglob("*.jar"):
                if not jar.name.startswith(_LEFT_OUT):
                    jar.rename(folder / jar.name)
            shutil.rmtree(unpacked)
        elif not file.name.startswith(_LEFT_OUT):
            link_or_copy(file, folder / file.name)
