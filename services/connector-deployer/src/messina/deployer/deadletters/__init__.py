"""Dead letters: what they are about, what became of them, asking for their rows again.

reasons     why Postgres did not take a record, in words
letters     a letter as the pipeline sees it: table, reason, which row
cases       what became of a row's letters, and what a replay or a person makes of that (pure)
choosing    which letters are meant
histogram   how many there are, by table and reason
trials      how many rows of a kind are asked for at once (pure)
verdicts    what a replay says of a row (pure)
ledger      what became of them, in a compacted topic
opens       how many are open, for looks again and again
reading     letters out of their topics
showing     one letter, decoded
replaying   rows asked for again, batch by batch
discarding  letters that nobody needs any more
"""
