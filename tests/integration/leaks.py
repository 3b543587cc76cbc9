"""Looks for secrets where none may be."""

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic

import httpx
import psutil
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from messina.stack.processes import processes
from messina.testing import Stack

_COMMAND_S = 180
_TOPICS = ("_connect-configs", "_connect-status", "_connect-offsets")


class Leaks:
    """Secrets, and each place that was looked at, with what was found there.

    Attributes:
        looked: how many places.
        found: a line for each secret in each place.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._secrets: list[tuple[str, bytes, tuple[Path, ...], tuple[str, ...]]] = []
        self.looked = 0
        self.found: list[str] = []

    def add(self, name: str, secret: str, *places: Path, environ: tuple[str, ...] = ()) -> None:
        """A secret.

        Args:
            name: what it is called when it is found.
            secret: its value, which is not shown.
            places: the files that it may be in.
            environ: words of the command lines in whose environment it may be.
        """
        self._secrets.append((name, secret.encode(), places, environ))

    def said(self, where: str, text: str | bytes) -> None:
        """Look at what a command or a server said."""
        data = text.encode() if isinstance(text, str) else text
        assert data, f"nothing was said by {where}"
        self._look(where, data, [name for name, secret, _, _ in self._secrets if secret in data])

    def command(self, service: str, *arguments: str) -> None:
        """Run a command in a process of its own, with all that it can log, and look at it.

        At what it says and, while it runs, at its command line and environment.
        """
        command = [sys.executable, "-m", "messina.cli", service, "--log-level", "debug"]
        where = " ".join(arguments)
        with tempfile.TemporaryFile() as said:
            with subprocess.Popen(
                [*command, *arguments],
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            ) as process:
                seen: set[bytes] = set()
                deadline = monotonic() + _COMMAND_S
                try:
                    while process.poll() is None:
                        assert monotonic() < deadline, f"{where} runs for {_COMMAND_S} s"
                        seen |= _words(psutil.Process(process.pid))
                        try:
                            process.wait(0.1)
                        except subprocess.TimeoutExpired:
                            continue
                finally:
                    process.kill()
            assert seen, f"{where} was not seen"
            for words in seen:
                found = [n for n, secret, _, env in self._secrets if not env and secret in words]
                self._look(f"a process of {where}", words, found)
            said.seek(0)
            self.said(where, said.read())
            assert process.returncode == 0, f"{where}: {process.returncode}"

    def rest(self, path: str) -> None:
        """Look at what Connect's REST API answers."""
        answer = httpx.get(f"{self._stack.endpoints.connect.url}{path}", trust_env=False)
        self.said(f"GET {path}", answer.content)

    def topics(self) -> None:
        """Look at every record of Connect's own topics."""
        consumer = Consumer(
            {
                "bootstrap.servers": self._stack.endpoints.kafka.bootstrap_servers,
                "group.id": "leaks",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        try:
            known = consumer.list_topics(timeout=30).topics
            for topic in _TOPICS:
                self.said(topic, b"".join(_records(consumer, topic, len(known[topic].partitions))))
        finally:
            consumer.close()

    def files(self) -> None:
        """Look at every file of the stack but PostgreSQL's data: logs, configuration, topics."""
        for folder, _, names in os.walk(self._stack.layout.home):
            for name in names:
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink():
                    data = path.read_bytes()
                    found = [
                        n for n, s, places, _ in self._secrets if path not in places and s in data
                    ]
                    self._look(str(path), data, found)

    def processes(self) -> None:
        """Look at every process's command line, and at the environment of the stack's."""
        for process in psutil.process_iter():
            try:
                words = "\0".join(process.cmdline()).encode()
            except psutil.Error:
                continue
            found = [name for name, secret, _, _ in self._secrets if secret in words]
            self._look(f"the command line of {process.pid}", words, found)
        ours = processes(self._stack.layout)
        assert len(ours) > 4
        for process in ours:
            data = "\0".join(process.environ().values()).encode()
            line = " ".join(process.cmdline())
            found = [
                name
                for name, secret, _, users in self._secrets
                if secret in data and not any(user in line for user in users)
            ]
            self._look(f"the environment of {process.name()}", data, found)

    def _look(self, where: str, data: bytes, found: list[str]) -> None:
        self.looked += 1
        self.found += [f"{name} is in {where} ({len(data)} bytes)" for name in found]


def _words(process: psutil.Process) -> set[bytes]:
    """The command line and the environment of a process and of what it has started."""
    found = set()
    with suppress(psutil.Error):
        for one in (process, *process.children(recursive=True)):
            found.add("\0".join([*one.cmdline(), *one.environ().values()]).encode())
    return found


def _records(consumer: Consumer, topic: str, partitions: int) -> list[bytes]:
    consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in range(partitions)])
    records: list[bytes] = []
    ended = 0
    while ended < partitions:
        message = consumer.poll(30)
        assert message is not None, f"{topic} was not read to its end"
        if (error := message.error()) is not None:
            assert error.code() == KafkaError._PARTITION_EOF, error
            ended += 1
        else:
            records += [message.key() or b"", message.value() or b""]
    return records
