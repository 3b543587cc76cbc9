"""The schema's migrations: one file for each, never changed once it is released."""

from messina.reconciler.store.migrations import m0001_runs, m0002_gaps

MIGRATIONS = (m0001_runs.MIGRATION, m0002_gaps.MIGRATION)
"""All, in order."""
