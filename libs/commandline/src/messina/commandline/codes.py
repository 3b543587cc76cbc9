"""Exit codes, besides 0 (fine) and 1 (an error)."""

DIFFERENCES = 2
"""Differences or drift were found, or there is something to do."""
WRONG_USAGE = 64
"""The command line was wrong; not Click's 2, which means differences here (sysexits, EX_USAGE)."""
INTERRUPTED = 130
"""Ended by ctrl-C, as shells have it: 128 and the signal's number."""
