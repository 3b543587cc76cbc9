"""Connectors that a command has in its hands: their watcher leaves them until they are given back.

A command that stops connectors to alter them must not be met by a restart or a trial in the middle.
So it says `hold` as a person does, and in the end `release`, or `trial` of what the breaker held
before. What it does not give back, as it was killed or broke off, stays with the person who ran it:
STOPPED, and shown so by `breaker list`, until somebody lets it go on.
"""

import time
from collections.abc import Iterable, Mapping

from messina.deployer.watching.journal import Journal, create, look, say
from messina.deployer.watching.listing import SILENT_S, as_said
from messina.deployer.watching.model import Breaker, Remembered, Saying, Word
from messina.deployer.watching.saying import tell, watch_topic, words
from messina.kafka import BrokerProblem
from messina.pipeline import KafkaEndpoint
from messina.secrets import SecretsError

HEARD_S = 5.0
"""Seconds that a watcher is given to hear that it is to leave what it may be about to try."""
_LOOK_S = 0.1
_WHY = "under way, or broken off; then: the same command again"


def ending(breaker: Breaker, state: str) -> Saying | None:
    """Return what is to be said of a connector in the end; None where nothing is to be said of it.

    Args:
        breaker: what is known of it.
        state: how it is: RUNNING, STOPPED, PAUSED, FAILED…
    """
    if breaker.held or state == "PAUSED":
        return None
    if breaker.state != "closed":
        return "trial"
    return None if state == "STOPPED" else "release"


class Hands:
    """What a command has taken of a pipeline's connectors.

    Args:
        kafka: where the watcher's topic is.
        pipeline: whose connectors.
        verb: the command, as it is shown: `offsets rewind`.
    """

    def __init__(self, kafka: KafkaEndpoint, pipeline: str, verb: str) -> None:
        self._kafka = kafka
        self._pipeline = pipeline
        self._topic = watch_topic(pipeline)
        self._verb = verb
        self._endings: dict[str, Saying] = {}
        self._doubts: dict[str, None] = {}

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the watcher may not know of it."""
        return tuple(self._doubts)

    @property
    def held(self) -> tuple[str, ...]:
        """What was taken and is not given back."""
        return tuple(sorted(self._endings))

    def tried(self, connector: str) -> bool:
        """Whether a watcher is to try it in the end, as its breaker held it before."""
        return self._endings.get(connector) == "trial"

    def take(self, states: Mapping[str, str]) -> None:
        """Tell the watcher to leave connectors; what a person holds, or let stand, is left already.

        Where the watcher may be about to try one, this waits until it has heard.

        Args:
            states: by connector, how it is.
        """
        try:
            known = look(self._kafka, self._topic, timeout=HEARD_S)
            breakers = {name: as_said(known or Remembered(), name) for name in states}
            endings = {name: ending(breakers[name], states[name]) for name in states}
            taken = {name: one for name, one in endings.items() if one is not None}
            if not taken:
                return
            if known is None:
                # a watcher would have made it
                create(self._kafka, self._topic, timeout=HEARD_S)
            said = words(taken, "hold", self._verb, _WHY)
            say(self._kafka, self._topic, said)
            self._endings |= taken
            trials = [one for one in said if taken[one.connector] == "trial"]
            if trials:
                self._await(trials)
        except (BrokerProblem, SecretsError) as problem:
            self._doubt(f"the watcher is not told that this has its connectors: {problem}")

    def give_back(self, connectors: Iterable[str] | None = None) -> None:
        """Tell the watcher to look after connectors again; None: after all that were taken."""
        names = list(self._endings) if connectors is None else list(connectors)
        ends = {name: self._endings.pop(name) for name in names if name in self._endings}
        said = [
            word
            for saying in sorted(set(ends.values()))
            for word in words((n for n, one in ends.items() if one == saying), saying, self._verb)
        ]
        if said and (why := tell(self._kafka, self._pipeline, said)) is not None:
            self._doubt(f"the watcher is not told that this is over: {why}")

    def _await(self, said: list[Word]) -> None:
        deadline = time.monotonic() + HEARD_S
        with Journal(self._kafka, self._topic) as journal:
            known = journal.catch_up()
            while _watched(known) and not _heard(known, said):
                if time.monotonic() > deadline:
                    self._doubt(f"the watcher has not heard of this within {HEARD_S:g} s")
                    return
                time.sleep(_LOOK_S)
                known = journal.catch_up()

    def _doubt(self, reason: str) -> None:
        self._doubts[reason] = None


def _watched(known: Remembered) -> bool:
    return known.lead is not None and time.time() - known.lead.at <= SILENT_S


def _heard(known: Remembered, said: Iterable[Word]) -> bool:
    # what was decided before is done, or never will be: a watcher acts, and then goes round
    return all(
        one.connector in known.breakers and known.breakers[one.connector].heard == one.id
        for one in said
    )
