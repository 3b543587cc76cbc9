"""Gaps: what the log shows and a re-read of one row can't cure, healed when it is due.

values    a gap as the table `messina.gaps` has it
intake    from the topic into the table
places    a range of clustering keys, in CQL's order
reading   both sides' rows of such a range, and of keys
healing   batches of due gaps: compared, signalled, verified, closed
service   all of it, for as long as nobody says stop
"""
