"""What can go wrong with a comparison.

ReconcilerError
  ├ TableNotInSpec      a table was asked for that the pipeline does not carry
  ├ TableNotCarried     a source table has a column that can't be compared
  ├ SinkTableMissing    Postgres has no such table, or one with another key
  ├ KeyTextUnknown      a row of Postgres has a key that the source connector never writes
  ├ NotApplied          Kafka lacks what the pipeline's connectors write to
  ├ SpecChanged         a run was planned for other tables than the pipeline has now
  ├ NotWritten          a file can't be written: what is spilled, or a report
  ├ KeyNotRead          a text is no key of a table
  ├ SignalsNotServed    the pipeline's source connector reads no rows again when it is asked to
  ├ GapNotOpen          a gap was to be closed that is not open
  └ BackfillStands      nothing of a backfill moved for too long
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class ReconcilerError(Exception):
    """Anything that this service raises on purpose."""


class TableNotInSpec(ReconcilerError):
    """A table was asked for that the pipeline does not carry."""

    def __init__(self, table: str, known: Iterable[str]) -> None:
        self.table = table
        names = list(known)
        near = get_close_matches(table, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}"
        super().__init__(f"table {table} is not in the pipeline ({hint}); nothing was done")


class KeyTextUnknown(ReconcilerError):
    """A row of Postgres has a text in its key that the source connector never writes."""

    def __init__(self, table: str, column: str, text: str) -> None:
        super().__init__(
            f"a row of {table} in Postgres has {text[:60]!r} in column {column} of its key, which "
            "the source connector writes in another form, or not at all: it could be taken for "
            "another row; no row was changed; next: delete it from Postgres"
        )


class NotApplied(ReconcilerError):
    """Kafka lacks topics that a pipeline's connectors write to, or read."""

    def __init__(self, pipeline: str, topics: Sequence[str], argument: str) -> None:
        more = f" and {len(topics) - 3} more" if len(topics) > 3 else ""
        super().__init__(
            f"pipeline {pipeline} was never applied, or not as it is now: Kafka has no topic "
            f"{', '.join(topics[:3])}{more}; nothing was changed; "
            f"next: messina deploy apply {argument}"
        )


class SpecChanged(ReconcilerError):
    """A run that is to be resumed was planned for other tables than the pipeline has now."""

    def __init__(self, run_id: str, gone: Iterable[str], added: Iterable[str]) -> None:
        parts = [f"{name} is gone" for name in gone] + [f"{name} is new" for name in added]
        super().__init__(
            f"run {run_id} can't be gone on with: the pipeline's tables are others than when it "
            f"began ({', '.join(parts)}); nothing was changed; next: the same command without "
            "--resume and --run, which begins a new one"
        )


class NotWritten(ReconcilerError):
    """A file can't be written."""

    def __init__(self, what: str, file: object, error: OSError, next_step: str) -> None:
        reason = error.strerror or type(error).__name__
        super().__init__(
            f"{what} can't be written to {file}: {reason}; no row was changed; next: {next_step}"
        )


class TableNotCarried(ReconcilerError):
    """A source table has a column that can't be compared."""

    def __init__(self, table: str, column: str, reason: str) -> None:
        super().__init__(
            f"column {column} of {table} can't be compared: {reason}; nothing was compared; "
            "next: take the table out of the pipeline, or name the others with --table"
        )


class SinkTableMissing(ReconcilerError):
    """Postgres has no such table, or one with another key."""

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(
            f"Postgres table {table}: {reason}; nothing was compared; "
            "next: messina deploy apply FILE"
        )


class KeyNotRead(ReconcilerError):
    """A text is no key of a table."""

    def __init__(self, text: str, table: str, columns: str, reason: str) -> None:
        super().__init__(
            f"{text[:80]!r} is no key of {table}: {reason}; nothing was read; next: the key is "
            f"({columns}), as JSON: '{{\"column\": value, …}}' or '[value, …]'"
        )


class SignalsNotServed(ReconcilerError):
    """The pipeline's source connector reads no rows again when it is asked to."""

    def __init__(self, connector: str) -> None:
        super().__init__(
            f"source.connector {connector} serves no signals, and tells no gaps; nothing was "
            "changed; next: messina reconcile run FILE shows what differs; cured it is with "
            "source.connector: messina"
        )


class GapNotOpen(ReconcilerError):
    """A gap was to be closed that is not open."""

    def __init__(self, idents: Iterable[str]) -> None:
        super().__init__(
            f"no such gap is open: {', '.join(idents)}; others that were named are closed, if "
            "they were read; "
            "next: messina reconcile gaps FILE"
        )


class BackfillStands(ReconcilerError):
    """Nothing of a backfill moved for too long."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(
            f"nothing moved for {seconds:.0f} s: {reason}; what is done is kept; "
            "next: messina deploy status FILE, then messina reconcile backfill FILE --resume"
        )
