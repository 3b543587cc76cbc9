"""The schema's migrations: one file for each, never changed once it is released."""

from messina.reconciler.store.migrations import (
    m0001_runs,
    m0002_gaps,
    m0003_gaps_by_table,
    m0004_gaps_by_slice,
    m0005_gaps_pressing,
)

MIGRATIONS = (
    m0001_runs.MIGRATION,
    m0002_gaps.MIGRATION,
    m0003_gaps_by_table.MIGRATION,
    m0004_gaps_by_slice.MIGRATION,
    m0005_gaps_pressing.MIGRATION,
)
"""All, in order."""
