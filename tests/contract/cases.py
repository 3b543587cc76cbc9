"""All cases, and the tables they need."""

from typing import Final

import cases_collections
import cases_gaps
import cases_rows
import cases_statics
import cases_writes
from case import Case, Table
from tables import EMPTY

CASES: Final[tuple[Case, ...]] = (
    *cases_rows.CASES,
    *cases_writes.CASES,
    *cases_collections.CASES,
    *cases_statics.CASES,
    *cases_gaps.CASES,
)

TABLES: Final[tuple[Table, ...]] = (
    *{table.name: table for case in CASES for table in (case.table, *case.others)}.values(),
    EMPTY,
)
