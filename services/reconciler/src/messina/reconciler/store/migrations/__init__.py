"""The schema's migrations: one file for each, never changed once it is released."""

from messina.reconciler.store.migrations import m0001_runs

MIGRATIONS = (m0001_runs.MIGRATION,)
"""All, in order."""
