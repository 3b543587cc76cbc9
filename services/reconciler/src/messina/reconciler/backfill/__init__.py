"""Backfill: a sink is filled from a table that has data already, while changes flow.

pace      how many rows a second, and how long it will take: plain numbers
filling   ranges of tokens signalled, answered, in Postgres: a bounded number on their way
running   a run from its plan to its end, kept in Postgres, gone on with where it stopped
"""
