"""What to do about a connector: a pure function of what is remembered, what is seen, and the time.

::

               failures, or dead letters             cooldown over
    closed ──────────────────────────────▶ open ──────────────────────▶ half-open
       ▲                                     ▲         it failed, in trial   │
       │                                     └───────────────────────────────┤
       └─────────────────────── it ran quietly ──────────────────────────────┘

A person's word, or a connector that somebody else PAUSED or STOPPED, makes it open with the owner
`human`: then nothing is done to it until that person lets it go on. Each connector is decided on by
itself: no other one's state comes into it.
"""

from messina.deployer.watching.model import Act, Breaker, Brief, Decision, Event, Seen, Word
from messina.deployer.watching.rules import LETTERS_WITHIN_S, Rules


def decide(
    breaker: Breaker, brief: Brief, seen: Seen, now: float, rules: Rules, roll: float
) -> Decision:
    """Return what to remember and do.

    Args:
        breaker: what is remembered of the connector.
        brief: what this process has noticed of it.
        seen: how it is.
        now: the time.
        rules: the numbers.
        roll: chance, from 0 to 1: which part of the backoff is waited.
    """
    one = _One(_in_time(breaker, now, rules), brief, seen, now, rules, roll)
    one.hear()
    if not seen.missing:
        one.notice()
        {"closed": one.closed, "open": one.opened, "half-open": one.on_trial}[one.it.state]()
    return one.decision()


def _in_time(breaker: Breaker, now: float, rules: Rules) -> Breaker:
    """What is remembered with no time of it in the future, or further off than the rules say.

    Clocks are set, and another machine's may be ahead: nothing waits longer for that.
    """

    def past(at: float | None) -> float | None:
        return None if at is None else min(at, now)

    def soon(at: float | None, within: float) -> float | None:
        return None if at is None else min(at, now + within)

    return breaker.model_copy(
        update={
            "since": min(breaker.since, now),
            "until": soon(breaker.until, rules.longest_cooldown),
            "retry_at": soon(breaker.retry_at, rules.longest_wait),
            "restarted_at": past(breaker.restarted_at),
            "acted_at": past(breaker.acted_at),
            "failures": tuple(
                at for at in (min(at, now) for at in breaker.failures) if now - at < rules.window
            ),
        }
    )


class _One:
    """One connector, while it is decided on."""

    def __init__(
        self, it: Breaker, brief: Brief, seen: Seen, now: float, rules: Rules, roll: float
    ) -> None:
        self.it = it
        self._brief = brief
        self._seen = seen
        self._now = now
        self._rules = rules
        self._roll = roll
        self._acts: list[Act] = []
        self._events: list[Event] = []

    def decision(self) -> Decision:
        return Decision(
            breaker=self.it, brief=self._brief, acts=tuple(self._acts), events=tuple(self._events)
        )

    def hear(self) -> None:
        """Take in what a person said last, once."""
        word = self._seen.word
        if word is None or word.id == self.it.heard:
            return
        self._set(heard=word.id)
        if word.saying == "hold":
            self._hold(f"{word.verb}: {word.reason}" if word.reason else word.verb, word)
        elif word.saying == "release":
            self._release(word.verb, word)
        elif self.it.state == "open":
            self._try(f"{word.verb} by {word.by}")

    def notice(self) -> None:
        """Note since when it is well, or on its way."""
        seen, now = self._seen, self._now
        well = self._brief.well_since if seen.well else None
        moves = not (seen.well or seen.failed or seen.still)
        moving = self._brief.moving_since if moves else None
        self._brief = Brief(
            well_since=(min(well, now) if well is not None else now) if seen.well else None,
            moving_since=(min(moving, now) if moving is not None else now) if moves else None,
            undone=self._brief.undone and not seen.well,
            done=self._brief.done,
        )

    # ---- closed

    def closed(self) -> None:
        """It should run."""
        seen = self._seen
        if seen.still:
            # after a person's `resume` it may stand for a moment more
            if self.it.settled or self._now - self.it.since > self._rules.unheard:
                self._hold(f"it is {seen.state}, and not by the watcher", None)
            return
        self._set(settled=True)
        if self._flooded():
            return
        if seen.well:
            self._calm()
            return
        if self._sick():
            self._fail()

    def _calm(self) -> None:
        if self.it.waits_for is not None:
            self._tell("back", f"it runs again; it had waited for {self.it.waits_for}")
            self._set(waits_for=None, reason=None)
        self._set(retry_at=None)
        if self.it.attempts and self._quiet():
            self._set(attempts=0, reason=None)

    def _fail(self) -> None:
        """Something of it has failed: restart it when that is due, or open its breaker."""
        seen, now, rules = self._seen, self._now, self._rules
        if self.it.waits_for is not None and seen.down is None:
            # at once, and as if for the first time
            self._tell("back", f"{self.it.waits_for} is back")
            self._set(waits_for=None, attempts=0, retry_at=now)
        moves = seen.lost is not None and not seen.failed
        if self.it.retry_at is not None and not moves:
            # no longer one that waits for its worker
            self._set(retry_at=min(self.it.retry_at, now + rules.longest_backoff))
        if self.it.retry_at is not None and now >= self.it.retry_at:
            self._restart()
            return
        if self.it.retry_at is not None:
            if seen.down is not None and self.it.waits_for is None:
                # only now it is known why
                self._wait_for(seen.down)
            return
        if seen.down is not None:
            self._wait_for(seen.down)
            if self.it.attempts == 0:
                self._set(retry_at=now + rules.wait(0, self._roll))
            else:
                self._set(retry_at=now + rules.longest_backoff)
            return
        if moves:
            # Connect gives its tasks to others; and it may run, and be silent to this process only
            self._set(retry_at=now + rules.wait_lost(self.it.attempts), reason=seen.why)
            return
        if self._counts():
            self._set(failures=(*self.it.failures, now)[-rules.failures :])
            self._tell("failed", seen.why, failures=len(self.it.failures))
            if len(self.it.failures) >= rules.failures:
                self._open(f"{rules.failures} failures within {rules.window:g} s: {seen.why}")
                return
        self._set(retry_at=now + rules.wait(self.it.attempts, self._roll), reason=seen.why)

    def _restart(self) -> None:
        seen = self._seen
        self._set(
            retry_at=None,
            restarted_at=self._now,
            attempts=self.it.attempts + 1,
            reason=self.it.reason if self.it.waits_for else seen.why,
        )
        # a task that has not failed is left alone by Connect's `onlyFailed`
        self._act("restart" if seen.failed and self._brief.moving_since is None else "restart all")
        self._brief = Brief()
        self._tell("restarted", seen.why, attempt=self.it.attempts)

    def _wait_for(self, down: str) -> None:
        """Its failures are explained: those since the dependency went away count no more."""
        seen = self._seen
        since = seen.down_since if seen.down_since is not None else self._now
        kept = tuple(at for at in self.it.failures if at < since - self._rules.shaken)
        said = f"waits for {down}" + (f": {seen.down_why}" if seen.down_why else "")
        if self.it.waits_for != down:
            self._tell("waits", said)
        self._set(failures=kept, waits_for=down, reason=said)

    def _counts(self) -> bool:
        """Whether a failure is the connector's own."""
        seen = self._seen
        explained = seen.down is not None or seen.shaken is not None or seen.lost is not None
        return not explained and not self._brief.undone

    # ---- open

    def opened(self) -> None:
        """It should stand still."""
        seen, it, now = self._seen, self.it, self._now
        if it.owner == "human":
            if seen.still:
                self._set(settled=True)
            elif it.settled:
                self._release("it was let go on, and not by the watcher", None)
            elif now - it.since > self._rules.unheard:
                self._release("it was to stand still, and does not", None)
            return
        if seen.state == "PAUSED":
            self._hold("it is PAUSED, and not by the watcher", None)
        elif seen.state == "STOPPED":
            self._set(settled=True)
            if it.until is None or now >= it.until:
                if seen.down is not None:
                    self._set(waits_for=seen.down)
                else:
                    self._try("its cooldown is over")
        elif it.settled or self._undone_by_others():
            self._half_open("it was let go on, and not by the watcher")
        elif self._still_due():
            self._again("stop")

    # ---- half-open

    def on_trial(self) -> None:
        """It runs on trial."""
        seen, it = self._seen, self.it
        if seen.still:
            if it.settled or self._undone_by_others():
                self._hold(f"it is {seen.state}, and not by the watcher", None)
            elif self._still_due():
                self._again("resume")
            return
        self._set(settled=True)
        if self._flooded():
            return
        if seen.well:
            self._set(waits_for=None, retry_at=None)
            if self._quiet() and self._now - it.since >= self._rules.quiet:
                self._close()
        elif self._now - it.since > self._rules.settling and self._sick():
            if self._counts():
                self._open(f"it failed in its trial: {seen.why}", failed_trial=True)
            else:
                self._fail()

    # ---- both

    def _flooded(self) -> bool:
        """Whether too many dead letters came, and so the breaker opens."""
        seen, most = self._seen, self._rules.dead_letters
        if most is None or seen.letters is None:
            return False
        came = seen.letters
        # counted every few seconds: they may be told a little longer
        young = self._now - self.it.since <= 2 * LETTERS_WITHIN_S
        if young and self.it.letters_from is not None and seen.letters_end is not None:
            # those from before its trial are not the trial's; later they are out of the minute, and
            # the topic may have become shorter than it was
            came = min(came, max(0, seen.letters_end - self.it.letters_from))
        if came <= most:
            return False
        said = f"{came} dead letters within a minute, more than {most}"
        self._open(said, failed_trial=self.it.state == "half-open")
        return True

    def _sick(self) -> bool:
        """Whether what is wrong is a failure, and not on its way to be well, or long known."""
        seen, now, rules = self._seen, self._now, self._rules
        restarted = self.it.restarted_at
        if restarted is not None and now - restarted < rules.settling:
            return False
        moving = self._brief.moving_since
        return seen.failed or (moving is not None and now - moving >= rules.moving)

    def _quiet(self) -> bool:
        well = self._brief.well_since
        return well is not None and self._now - well >= self._rules.quiet

    def _still_due(self) -> bool:
        """Whether it is time to do again what is not so."""
        acted = self.it.acted_at
        return not self._brief.done and (acted is None or self._now - acted >= self._rules.settling)

    def _undone_by_others(self) -> bool:
        """Whether Kafka Connect took what was asked, and it is otherwise all the same."""
        acted = self.it.acted_at
        long_ago = acted is not None and self._now - acted >= self._rules.moving
        return self._brief.done and long_ago

    def _again(self, deed: str) -> None:
        self._set(acted_at=self._now)
        self._act(deed)
        self._tell("reasserted", f"{deed} was asked for, and is not so")

    def _open(self, reason: str, *, failed_trial: bool = False) -> None:
        trials = self.it.trials + 1 if failed_trial else 0
        wait = self._rules.cool(trials)
        self._become(
            "open",
            owner="breaker",
            reason=reason,
            until=self._now + wait,
            trials=trials,
            acted_at=self._now,
            settled=False,
        )
        self._act("stop")
        self._tell("opened", reason, trials=trials, cooldown_s=wait)

    def _try(self, reason: str) -> None:
        self._half_open(reason)
        self._set(acted_at=self._now, settled=False)
        self._act("resume")

    def _half_open(self, reason: str) -> None:
        self._become(
            "half-open",
            reason=reason,
            trials=self.it.trials,
            letters_from=self._seen.letters_end,
        )
        self._brief = Brief()
        self._tell("trial", reason, trials=self.it.trials)

    def _close(self) -> None:
        # what came before the trial is still in the last minute
        self._become("closed", letters_from=self.it.letters_from)
        self._tell("closed", "it ran quietly")

    def _hold(self, reason: str, word: Word | None) -> None:
        self._become(
            "open",
            owner="human",
            by=word.by if word else None,
            reason=reason,
            settled=self._seen.still,
        )
        self._tell("held", reason, by=self.it.by)

    def _release(self, reason: str, word: Word | None) -> None:
        self._become("closed", settled=not self._seen.still, letters_from=self._seen.letters_end)
        self._brief = Brief()
        self._tell("released", reason, by=word.by if word else None)

    def _become(self, state: str, **fields: object) -> None:
        """Another state: what belonged to the one before is gone."""
        fresh = {"connector": self.it.connector, "heard": self.it.heard, "since": self._now}
        self.it = Breaker.model_validate({**fresh, "state": state, **fields})

    def _set(self, **fields: object) -> None:
        self.it = self.it.model_copy(update=fields)

    def _act(self, deed: str) -> None:
        self._brief = self._brief.model_copy(update={"done": False})
        self._acts.append(Act.model_validate({"connector": self.it.connector, "deed": deed}))

    def _tell(self, event: str, reason: str | None, **facts: str | int | float | None) -> None:
        self._events.append(
            Event(event=event, connector=self.it.connector, reason=reason, facts=facts)
        )
