"""Rows that differ are asked for again, and looked at once the sink has taken them.

plan       what would be done, and whether the limits allow it
mending    batches: stored as meant, signalled, awaited, looked at, and stored as they came out
blame      why a row is not cured
opening    a pipeline opened for it
"""
