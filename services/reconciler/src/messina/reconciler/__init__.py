"""reconciler: says whether source and sink are equal, row by row, while both are moving.

`compare` is the whole of it as a function; `messina.reconciler.cli` is the command line around it.
"""

from messina.reconciler.comparing import compare
from messina.reconciler.errors import ReconcilerError, SinkTableMissing, TableNotInSpec
from messina.reconciler.report import (
    ColumnDifference,
    Discrepancy,
    Kind,
    Progress,
    Report,
    TableReport,
)

__all__ = [
    "compare",
    "Report",
    "TableReport",
    "Discrepancy",
    "ColumnDifference",
    "Kind",
    "Progress",
    "ReconcilerError",
    "SinkTableMissing",
    "TableNotInSpec",
]
