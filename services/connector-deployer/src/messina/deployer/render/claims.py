"""The table in which the tasks of a pipeline's sinks claim partitions before they write."""

from messina.deployer.resources import ColumnValue, TableResource

SCHEMA = "messina_claims"
"""Apart from the rows, as nobody who reads those wants to meet it."""


def claims_table(pipeline: str) -> TableResource:
    """Return a pipeline's table of claims, as the sink's task writes it (`Claims` in Java)."""
    return TableResource(
        schema_name=SCHEMA,
        table=pipeline,
        columns=(
            ColumnValue(name="connector", type="text", nullable=False),
            ColumnValue(name="topic", type="text", nullable=False),
            ColumnValue(name="partition", type="integer", nullable=False),
            ColumnValue(name="claim", type="bigint"),
            ColumnValue(name="taken_at", type="timestamp with time zone"),
            ColumnValue(name="taken_by", type="text"),
        ),
        primary_key=("connector", "topic", "partition"),
    )
