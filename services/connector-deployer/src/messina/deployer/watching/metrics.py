"""What a watcher knows, as Prometheus's metrics. Its core knows nothing of them."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from messina.deployer.watching.view import View

_REASON = 120
"""Characters of a reason, which is a label."""
_STATES = ("closed", "half-open", "open")


def registry_of(view: View) -> CollectorRegistry:
    """Return a registry with a watcher's metrics."""
    registry = CollectorRegistry()
    registry.register(_Metrics(view))
    return registry


class _Metrics(Collector):
    def __init__(self, view: View) -> None:
        self._view = view

    def collect(self) -> Iterator[Metric]:
        view = self._view
        with view.lock:
            breakers, seen = view.breakers, view.seen
            dependencies, acts, events = view.dependencies, view.acts.copy(), view.events.copy()
        labels = ["pipeline", "connector"]
        own = [view.pipeline]
        now = time.time()

        lead = GaugeMetricFamily(
            "messina_watch_leader", "1 where this watcher leads.", labels=["pipeline"]
        )
        lead.add_metric(own, float(view.role == "leader"))
        yield lead

        state = GaugeMetricFamily(
            "messina_breaker_state",
            "1 for the state that the connector's breaker is in, with who opened it.",
            labels=[*labels, "state", "owner"],
        )
        since = GaugeMetricFamily(
            "messina_breaker_since_seconds", "For how long it is in that state.", labels=labels
        )
        restarts = GaugeMetricFamily(
            "messina_watch_attempts",
            "Restarts since the connector last ran quietly.",
            labels=labels,
        )
        waits = GaugeMetricFamily(
            "messina_watch_waits_for",
            "1 for the dependency by which the connector's failures are explained.",
            labels=[*labels, "dependency"],
        )
        for name, one in sorted(breakers.items()):
            for each in _STATES:
                there = float(one.state == each)
                owner = (one.owner or "") if there else ""
                state.add_metric([*own, name, each, owner], there)
            since.add_metric([*own, name], max(0.0, now - one.since))
            restarts.add_metric([*own, name], one.attempts)
            if one.waits_for is not None:
                waits.add_metric([*own, name, one.waits_for], 1)
        yield from (state, since, restarts, waits)

        well = GaugeMetricFamily(
            "messina_connector_well", "1 where all of its tasks run.", labels=labels
        )
        letters = GaugeMetricFamily(
            "messina_dead_letters",
            "Records in the sink's dead letters, settled or not.",
            labels=labels,
        )
        recent = GaugeMetricFamily(
            "messina_dead_letters_last_minute", "Those that came in a minute.", labels=labels
        )
        for name, how in sorted(seen.items()):
            well.add_metric([*own, name], float(how.well))
            if how.letters is not None and how.letters_end is not None:
                letters.add_metric([*own, name], how.letters_end)
                recent.add_metric([*own, name], how.letters)
        yield from (well, letters, recent)

        stands = GaugeMetricFamily(
            "messina_sink_waits_seconds",
            "For how long a sink that runs could not write its batch, with what it waits for.",
            labels=[*labels, "reason"],
        )
        for name, how in sorted(seen.items()):
            if how.waits is not None:
                stands.add_metric([*own, name, how.waits.why[:_REASON]], how.waits.seconds)
            elif name.endswith(".sink"):
                stands.add_metric([*own, name, ""], 0)
        yield stands

        up = GaugeMetricFamily(
            "messina_dependency_up", "1 where it answers.", labels=["pipeline", "dependency"]
        )
        for name, dependency in sorted(dependencies.items()):
            if dependency.up is not None:
                up.add_metric([*own, name], float(dependency.up))
        up.add_metric([*own, "connect"], float(not view.is_blind))
        yield up

        done = CounterMetricFamily(
            "messina_watch_acts", "What was done to connectors.", labels=[*labels, "deed", "result"]
        )
        for (connector, deed, result), number in sorted(acts.items()):
            done.add_metric([*own, connector, deed, result], number)
        yield done

        happened = CounterMetricFamily(
            "messina_watch_events", "What happened to connectors.", labels=[*labels, "event"]
        )
        for (connector, event), number in sorted(events.items()):
            happened.add_metric([*own, connector, event], number)
        yield happened

        for name, text, value in (
            ("messina_watch_fenced", "Times that another watcher took over.", view.fenced),
            (
                "messina_watch_connect_stuck",
                "Calls refused as Connect's leader lost its right to write: restart that worker.",
                view.stuck,
            ),
        ):
            counter = CounterMetricFamily(name, text, labels=["pipeline"])
            counter.add_metric(own, value)
            yield counter
