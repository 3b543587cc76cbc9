"""Rows that differ are asked for again, and looked at once the sink has taken them.

plan       what would be done, and whether the limits allow it
mending    batches: stored as meant, asked for, awaited, looked at, and stored as they came out
asking     what ways of asking take and give: signalling of signals, and, with ScyllaDB's own
           connector, intents: rows are written as it writes them
form       how it writes them, learning where that is seen; writing, wire the way to Kafka
taken      how far sinks are, where nobody writes watermarks
blame      why a row is not cured
opening    a pipeline opened for it
"""
