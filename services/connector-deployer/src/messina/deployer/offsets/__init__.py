"""Where a pipeline's connectors stand: shown, kept in files, put back, set to a time, forgotten.

`positions` has the forms of offsets, `reading` asks Connect and Kafka, `rewinding` and `restoring`
say what is to be altered (a frozen value), `altering` carries that out.
"""
