"""Backups of offsets: a file with a version, a checksum, and whose offsets they are."""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from messina.deployer.errors import DeployerError
from messina.deployer.offsets.members import SourceName
from messina.deployer.offsets.positions import Position, out_until
from messina.deployer.resources import Value

VERSION = 1


class BackupProblem(DeployerError):
    """A backup can't be written or read."""


class SourceBackup(Value):
    """Where a table's source stood."""

    connector: str
    kind: SourceName
    state: str
    positions: tuple[Position, ...]


class SinkBackup(Value):
    """Where a sink of a table stood.

    Attributes:
        connector: its name.
        state: what it was.
        positions: what it read next, for each partition that it had ever read.
        filled: the Postgres tables that it writes, and whether they had rows.
    """

    connector: str
    state: str
    positions: tuple[Position, ...]
    filled: Mapping[str, bool] = {}


class TableBackup(Value):
    """A table's offsets.

    Attributes:
        table: the table with its keyspace.
        table_id: the source server's id of it.
        source: where its source stood; None where there was none.
        sinks: where its sinks stood.
        applied: whether they had applied all that the source had put out.
    """

    table: str
    table_id: str
    source: SourceBackup | None
    sinks: tuple[SinkBackup, ...]
    applied: bool

    @property
    def since(self) -> int | None:
        """Up to when everything was out, in microseconds; None where nobody knows."""
        if self.source is None:
            return None
        return out_until(self.source.positions)


class Backup(Value):
    """A backup.

    Attributes:
        version: of this form.
        pipeline: whose offsets these are.
        taken_at: when, in UTC.
        kafka_cluster: the id of the Kafka cluster, where the sinks' offsets mean something.
        topics: the ids of topics there: a topic made anew has another one.
        source_cluster: what the source calls itself; for people only.
        tables: table by table.
    """

    version: Literal[1] = 1
    pipeline: str
    taken_at: datetime
    kafka_cluster: str
    topics: Mapping[str, str]
    source_cluster: str
    tables: tuple[TableBackup, ...]


def checksum(document: Mapping[str, Any]) -> str:
    """Return the checksum of a document, without the one that it may have."""
    rest = {name: value for name, value in document.items() if name != "checksum"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def dumps(backup: Backup) -> str:
    """Return a backup as the text of its file."""
    document = backup.model_dump(mode="json")
    return json.dumps({**document, "checksum": checksum(document)}, indent=1) + "\n"


def loads(text: str, name: str) -> Backup:
    """Read a backup from the text of its file.

    Args:
        text: the file's text.
        name: the file's name, for messages.

    Raises:
        BackupProblem: if it is none, of another version, or was changed.
    """
    other = "nothing was stopped or changed; next: another backup"
    try:
        document = json.loads(text)
    except RecursionError:
        raise BackupProblem(f"{name} is no backup: it is too deep; {other}") from None
    except ValueError as error:
        raise BackupProblem(f"{name} is no backup: it is not JSON ({error}); {other}") from None
    if not isinstance(document, dict) or "version" not in document:
        raise BackupProblem(f"{name} is no backup of offsets; {other}")
    if document["version"] != VERSION:
        raise BackupProblem(
            f"{name} has version {document['version']}, and this Messina reads {VERSION}; nothing "
            "was stopped or changed; next: the Messina that it was taken with"
        )
    if document.get("checksum") != checksum(document):
        raise BackupProblem(
            f"{name} was changed or damaged after it was taken: its checksum does not fit; "
            f"{other}, or messina deploy offsets rewind FILE --to TIME"
        )
    try:
        return Backup.model_validate({k: v for k, v in document.items() if k != "checksum"})
    except ValidationError as error:
        reason = " ".join(str(error).split())
        raise BackupProblem(f"{name} is no backup of offsets: {reason}; {other}") from None


def write(backup: Backup, path: Path, *, force: bool = False) -> None:
    """Write a backup: the whole file or nothing of it.

    Args:
        backup: what to write.
        path: the file.
        force: whether to replace one that is there.

    Raises:
        BackupProblem: if the file is there already, or can't be written.
    """
    refuse_existing(path, force=force)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(dumps(backup), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BackupProblem(
            f"the backup can't be written to {path}: {error.strerror or error}; no file was left; "
            "next: the same command with another --out"
        ) from error


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse to replace a file, unless that is said.

    Raises:
        BackupProblem: if it is there.
    """
    if path.exists() and not force:
        raise BackupProblem(
            f"{path} is there already, and was left; next: another --out, or --force to replace it"
        )


def load(path: Path) -> Backup:
    """Read a backup's file.

    Raises:
        BackupProblem: if it can't be read, or is no backup.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupProblem(
            f"the backup {path} can't be read: {error}; nothing was stopped or changed; "
            "next: name the file that messina deploy offsets backup wrote"
        ) from error
    return loads(text, str(path))


def now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)
