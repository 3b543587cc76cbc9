"""What a campaign has measured: one line of JSON a trial, kept whatever becomes of the campaign."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Trial:
    """One fault, and how it went.

    Attributes:
        sink: the kind of sink connector.
        part: what was broken.
        fault: "kill", "freeze" or "away".
        down: seconds from the fault to the part being back.
        flowing: seconds from then until a row that was written after was committed in Postgres;
            None if it was not within the bound.
        from_fault: the same from the fault on.
        written: seconds from the part being back until that row was written in CQL.
        failed: tasks that were FAILED at some time, `connector/task`.
        restarted: those that the campaign restarted, as nobody else did within the bound.
        dead_letters: records in the dead letters afterwards.
        watched: whether a watcher ran.
        load: of the machine, averaged over the minute before the trial's end.
        at: when, in seconds since the epoch.
        slowest: where rows are to go on meanwhile, the seconds that the slowest of those took
            that were written while the part was away.
        running: where tasks had failed to start, the seconds from the part being back until
            Connect said that all of them ran.
    """

    sink: str
    part: str
    fault: str
    down: float
    flowing: float | None
    from_fault: float | None
    written: float
    failed: tuple[str, ...]
    restarted: tuple[str, ...]
    dead_letters: int
    watched: bool
    load: float
    at: float
    slowest: float | None = None
    running: float | None = None


class Ledger:
    """The trials of a sink, in a file that grows line by line."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)

    def trials(self) -> list[Trial]:
        """All trials so far; a line that a kill cut off is none."""
        found = []
        for line in self._file.read_text().splitlines() if self._file.exists() else ():
            try:
                told = json.loads(line)
            except ValueError:
                continue
            told |= {name: tuple(told[name]) for name in ("failed", "restarted")}
            found.append(Trial(**told))
        return found

    def add(self, trial: Trial) -> None:
        """Append a trial."""
        before = self._file.read_bytes() if self._file.exists() else b""
        cut = "" if not before or before.endswith(b"\n") else "\n"
        with self._file.open("a") as out:
            out.write(cut + json.dumps(asdict(trial)) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed; of few values, the nearest one above."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))]


def summary(trials: Iterable[Trial]) -> list[dict[str, object]]:
    """One entry for each sink, part and fault: how often, and p50, p95, max of its seconds."""
    kinds: dict[tuple[str, str, str], list[Trial]] = {}
    for trial in trials:
        kinds.setdefault((trial.sink, trial.part, trial.fault), []).append(trial)
    return [
        {
            "sink": sink,
            "part": part,
            "fault": fault,
            "trials": len(ones),
            "without_help": sum(one.flowing is not None for one in ones),
            "with_failed_tasks": sum(bool(one.failed) for one in ones),
            "dead_letters": sum(one.dead_letters for one in ones),
            "flowing": _figures([one.flowing for one in ones if one.flowing is not None]),
            "from_fault": _figures([one.from_fault for one in ones if one.from_fault is not None]),
            "slowest": max((one.slowest for one in ones if one.slowest is not None), default=None),
            "running": _figures([one.running for one in ones if one.running is not None]),
            "load": round(statistics.mean(one.load for one in ones), 1),
        }
        for (sink, part, fault), ones in sorted(kinds.items())
    ]


def table(entries: Iterable[dict[str, object]]) -> str:
    """The same as lines of Markdown."""
    lines = [
        "| sink | part | fault | trials | went on by itself | a task failed | back → rows"
        " p50 / p95 / max | fault → rows p50 / p95 / max | load |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in entries:
        cells = [one[name] for name in ("sink", "part", "fault", "trials", "without_help")]
        cells += [one["with_failed_tasks"], _shown(one["flowing"]), _shown(one["from_fault"])]
        lines.append("| " + " | ".join(map(str, [*cells, one["load"]])) + " |")
    return "\n".join(lines)


def _figures(values: Sequence[float]) -> list[float]:
    if not values:
        return []
    shares = (percentile(values, 0.5), percentile(values, 0.95), max(values))
    return [round(value, 1) for value in shares]


def _shown(figures: object) -> str:
    assert isinstance(figures, list)
    return " / ".join(f"{one} s" for one in figures) or "–"
