"""Breakers as people ask for them: of some connectors, with the watchers that look after them."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence

from messina.deployer.errors import DeployerError
from messina.deployer.inventory import Deployed
from messina.deployer.resources import Value
from messina.deployer.watching.journal import look
from messina.deployer.watching.model import Breaker, Lead, Remembered, Word
from messina.deployer.watching.saying import tell, watch_topic, words
from messina.pipeline import Endpoints, PipelineSpec
from messina.secrets.vault_settings import SettingsError, VaultSettings

SILENT_S = 30.0
"""Seconds after which a watcher that says nothing is taken for gone."""


class Listed(Value):
    """The breakers of connectors, and by pipeline its watcher.

    Attributes:
        breakers: one for each connector; times are seconds since 1970.
        watchers: by pipeline, who leads; none where no watcher ever ran.
    """

    breakers: tuple[Breaker, ...] = ()
    watchers: Mapping[str, Lead] = {}


def listed(endpoints: Endpoints, there: Iterable[Deployed]) -> Listed:
    """Return the breakers of these connectors.

    Raises:
        BrokerProblem: if the brokers do not answer.
    """
    by_pipeline: dict[str, list[Deployed]] = {}
    for one in there:
        by_pipeline.setdefault(one.pipeline, []).append(one)
    breakers: list[Breaker] = []
    watchers: dict[str, Lead] = {}
    for pipeline, connectors in sorted(by_pipeline.items()):
        known = look(endpoints.kafka, watch_topic(pipeline)) or Remembered()
        breakers += [as_said(known, one.name) for one in connectors]
        if known.lead is not None:
            watchers[pipeline] = known.lead
    return Listed(breakers=tuple(breakers), watchers=watchers)


def as_said(known: Remembered, connector: str) -> Breaker:
    """Return the breaker of a connector, with a person's word that no watcher has heard yet."""
    breaker = known.breakers.get(connector, Breaker(connector=connector))
    word = known.words.get(connector)
    if word is None or word.id == breaker.heard:
        return breaker
    return _after(breaker, word)


def _after(breaker: Breaker, word: Word) -> Breaker:
    if word.saying == "trial":
        return breaker
    if word.saying == "release":
        return Breaker(connector=breaker.connector, since=word.at)
    return Breaker(
        connector=breaker.connector,
        state="open",
        owner="human",
        by=word.by,
        reason=f"{word.verb}: {word.reason}" if word.reason else word.verb,
        since=word.at,
    )


def try_again(endpoints: Endpoints, found: Listed) -> Listed:
    """Ask watchers for a trial of what is open among these; return what was asked for.

    Raises:
        DeployerError: if nothing of it is open, or it could not be asked for.
    """
    open_ones = [one for one in found.breakers if one.state == "open"]
    if not open_ones:
        raise DeployerError(
            "no breaker of these is open; nothing was changed; next: messina deploy breaker list"
        )
    for pipeline, names in _by_pipeline(open_ones).items():
        why = tell(endpoints.kafka, pipeline, words(names, "trial", "breaker trial"))
        if why is not None:
            raise DeployerError(f"no trial was asked for: {why}")
    return found.model_copy(update={"breakers": tuple(open_ones)})


def _by_pipeline(breakers: Sequence[Breaker]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in breakers:
        found.setdefault(one.connector.partition(".")[0], []).append(one.connector)
    return found


def vault_of(spec: PipelineSpec, endpoints: Endpoints) -> str | None:
    """Return the address of the Vault that a pipeline's secrets are in; None if none are."""
    said = endpoints.under(spec).model_dump(mode="json", exclude={"vault"})
    if '"vault:' not in json.dumps([said, spec.model_dump(mode="json")]):
        return None
    try:
        return VaultSettings.of(os.environ).address
    except SettingsError:
        return None
