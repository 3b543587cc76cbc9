"""The numbers by which decisions are made."""

from messina.deployer.resources import Value
from messina.pipeline import WatchSpec

LETTERS_WITHIN_S = 60.0
"""Seconds in which dead letters are counted: a limit is so many a minute."""


class Rules(Value):
    """A spec's `watch`, in seconds.

    Attributes:
        every: between looks.
        backoff: the first restart comes within this time, the next within twice of it.
        longest_backoff: every restart comes within this time.
        moving: how long a task may be missing or unassigned before that is a failure.
        failures: so many within `window` open the breaker.
        window: in which failures are counted.
        cooldown: between opening and the first trial; doubled by each that failed.
        longest_cooldown: no cooldown is longer.
        quiet: how long a connector must have run to count as well.
        dead_letters: more than this in a minute open the breaker; None: never.
        settling: how long an old state may still be shown after an act.
        shaken: how long after a dependency is back a failure is still put down to it.
        unheard: how long a person's word may wait for its effect.
    """

    every: float = 1.0
    backoff: float = 0.5
    longest_backoff: float = 30.0
    moving: float = 10.0
    failures: int = 5
    window: float = 300.0
    cooldown: float = 30.0
    longest_cooldown: float = 900.0
    quiet: float = 60.0
    dead_letters: int | None = 500
    settling: float = 1.5
    shaken: float = 5.0
    unheard: float = 60.0

    @classmethod
    def of(cls, spec: WatchSpec) -> "Rules":
        """Return the rules of a spec."""
        return cls(
            every=spec.every.total_seconds(),
            backoff=spec.backoff.total_seconds(),
            longest_backoff=spec.longest_backoff.total_seconds(),
            moving=spec.moving.total_seconds(),
            failures=spec.failures,
            window=spec.window.total_seconds(),
            cooldown=spec.cooldown.total_seconds(),
            longest_cooldown=spec.longest_cooldown.total_seconds(),
            quiet=spec.quiet.total_seconds(),
            dead_letters=spec.dead_letters,
        )

    def wait(self, attempts: int, roll: float) -> float:
        """Return after how long to restart: exponential, with full jitter.

        Args:
            attempts: how many restarts there were since it last ran quietly.
            roll: chance, from 0 to 1.
        """
        # 2**60 times anything is beyond the ceiling, and 2.0**10_000 is an error
        return roll * min(self.longest_backoff, self.backoff * 2.0 ** min(attempts, 60))

    def wait_lost(self, attempts: int) -> float:
        """Return after how long to restart what is on a worker that does not answer.

        That cures only what Connect has forgotten to give to others, and hits its other tasks.
        """
        return min(self.longest_wait, self.longest_backoff * 2.0 ** min(attempts, 60))

    @property
    def longest_wait(self) -> float:
        """No wait for a restart is longer."""
        return max(self.longest_backoff, self.longest_cooldown)

    def cool(self, trials: int) -> float:
        """Return how long an open breaker waits after so many trials that failed in a row."""
        return min(self.longest_cooldown, self.cooldown * 2.0 ** min(trials, 60))
