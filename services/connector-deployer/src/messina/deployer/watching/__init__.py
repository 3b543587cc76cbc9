"""Watching pipelines: what has failed is restarted, and what keeps failing is stopped.

`deciding` is pure: what is remembered of a connector, what is seen of it and the time give what to
do, as a frozen value. `journal` keeps what is remembered in Kafka, `leading` says which of several
watchers acts, `probes` looks at what a pipeline needs, `acting` calls Kafka Connect, `watcher` goes
round.
"""
