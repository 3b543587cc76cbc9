"""Service manifests for plugins that have none, by Kafka's own ConnectPluginPath (KIP-898)."""

import subprocess
from pathlib import Path

from messina.artifacts import java_environment
from messina.stack.component import last_lines
from messina.stack.errors import ComponentFailed
from messina.stack.jvm import jvm


def write_manifests(folder: Path, kafka: tuple[Path, ...]) -> None:
    """Completes the manifests of the plugins in a folder, each in a folder of its own.

    Raises:
        ComponentFailed: the tool failed.
    """
    command = jvm(
        "org.apache.kafka.tools.ConnectPluginPath",
        kafka,
        *("sync-manifests", "--plugin-path", str(folder)),
        heap="512m",
        flags=("-XX:TieredStopAtLevel=1",),
    )
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=java_environment()
    )
    if done.returncode != 0:
        raise ComponentFailed(
            "the plugin manifests could not be written; nothing was kept:\n"
            f"{last_lines(done.stdout + done.stderr)}"
        )
