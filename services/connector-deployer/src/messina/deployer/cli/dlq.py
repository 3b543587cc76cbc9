"""Dead letters: dlq list, show, replay, discard."""

import getpass
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from messina.commandline import (
    DIFFERENCES,
    AsJson,
    EndpointsPath,
    EnvName,
    SpecFile,
    print_json,
    told,
)
from messina.deployer.cli.common import (
    EXPECTED,
    LOOKING_S,
    agreed,
    console,
    inputs,
    logged,
    wide_console,
)
from messina.deployer.console_dlq import (
    reading_bar,
    replaying_bar,
    show_discarded,
    show_histogram,
    show_letter,
    show_notes,
    show_plan,
    show_verdicts,
)
from messina.deployer.deadletters.cases import MAX_ATTEMPTS, STATES, UNSETTLED, Act, State, state_of
from messina.deployer.deadletters.choosing import Choice, address
from messina.deployer.deadletters.discarding import discard as mark
from messina.deployer.deadletters.errors import NoSuchLetter
from messina.deployer.deadletters.histogram import Counting
from messina.deployer.deadletters.letters import Letter, letter_of
from messina.deployer.deadletters.opening import open_replay, refuse_without_signals
from messina.deployer.deadletters.planning import Planning
from messina.deployer.deadletters.reading import Box
from messina.deployer.deadletters.replaying import RATE, How, replayed_states
from messina.deployer.deadletters.showing import Reader
from messina.deployer.deadletters.verdicts import Verdict
from messina.deployer.errors import DeployerError
from messina.deployer.offsets.times import parse_when
from messina.deployer.site import Site
from messina.kafka import AvroDecoder, Record, dead_letter
from messina.kafka.rereading import PATIENCE_S
from messina.telemetry import correlation_id

_START = "messina deploy dlq"
_STATE: dict[str, State] = {state: state for state in STATES}
_KEPT = 1_000
"""So many rows that did not come through are told one by one."""

Tables = Annotated[
    list[str] | None,
    typer.Option(
        "--table", metavar="NAME", help="Only of this table, or of tables like `ev_*`; repeatable."
    ),
]
Reasons = Annotated[
    list[str] | None,
    typer.Option(
        "--reason",
        metavar="REASON",
        help="Only for this: a word that list shows, an SQLSTATE such as 23514, or its class, 23; "
        "repeatable.",
    ),
]


def _when(text: str) -> int:
    try:
        return parse_when(text, time.time_ns() // 1_000) // 1_000
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Since = Annotated[
    int | None,
    typer.Option(
        parser=_when,
        metavar="TIME",
        help="Only records that came into their topic since then: ISO 8601, or how long ago.",
        show_default=False,
    ),
]
Until = Annotated[
    int | None,
    typer.Option(
        parser=_when, metavar="TIME", help="Only those that came before.", show_default=False
    ),
]


class StateName(StrEnum):
    """What became of a letter."""

    OPEN = "open"
    QUARANTINED = "quarantined"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


States = Annotated[
    list[StateName] | None,
    typer.Option("--state", help="Only letters of which this became; repeatable."),
]
Places = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[LETTER…]",
        help="Where letters lie, as show prints it: TOPIC:PARTITION:OFFSET; without TOPIC where "
        "the pipeline has but one.",
        show_default=False,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(
        name="dlq",
        help="Dead letters: what Postgres rejected. See it, bring it in, or say it is not needed.",
        no_args_is_help=True,
        rich_markup_mode="rich",
    )
    file = "examples/flights.yaml"
    for name, command, examples in (
        (
            "list",
            list_,
            (file, f"{file} --table flights --since 2h", f"{file} --state open --json"),
        ),
        (
            "show",
            show,
            (
                f"{file} --reason not-null --limit 3",
                f"{file} flights.flights.sink.dlq:0:42 --json",
            ),
        ),
        (
            "replay",
            replay,
            (
                f"{file} --dry-run",
                f"{file} --table flights --reason 23514",
                f"{file} --include-quarantined --yes",
            ),
        ),
        (
            "discard",
            discard,
            (
                f"{file} flights.flights.sink.dlq:0:42 --why 'test data of Monday'",
                f"{file} --reason undecodable --why 'not ours' --yes",
            ),
        ),
    ):
        lines = [f"  {_START} {name} {example}" for example in examples]
        group.command(name, epilog="Examples:\n\n" + "\n\n".join(lines))(command)
    app.add_typer(group)


def list_(
    file: SpecFile,
    table: Tables = None,
    reason: Reasons = None,
    since: Since = None,
    until: Until = None,
    state: States = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Say how many there are, by table and reason. Exit 2 if one is open or quarantined, else 0.

    Times are those at which the records came into their topics.
    """
    choice = _choice(table, reason, since, until, state)
    with told(EXPECTED, as_json), _box(file, endpoints, env) as (_, box):
        counting = Counting()
        with reading_bar(_screen()) as progress:
            for letter, became in box.chosen(choice, progress):
                counting.take(letter, became)
        result = counting.result(box.spec.pipeline, box.notes)
        if as_json:
            print_json(
                {
                    **result.model_dump(mode="json"),
                    "open": result.count("open"),
                    "quarantined": result.count("quarantined"),
                }
            )
        else:
            show_histogram(wide_console(), result, str(file))
    if result.unsettled:
        raise typer.Exit(DIFFERENCES)


def show(
    file: SpecFile,
    letters: Places = None,
    table: Tables = None,
    reason: Reasons = None,
    since: Since = None,
    until: Until = None,
    state: States = None,
    limit: Annotated[int, typer.Option(min=1, help="So many letters at most.")] = 20,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Show letters whole: key, row, headers, reason, what was done about them.

    Masked columns are hidden. What can't be decoded is shown in hex, the first 64 bytes of it.
    """
    choice = _choice(table, reason, since, until, state)
    with told(EXPECTED, as_json), _box(file, endpoints, env) as (site, box):
        reader = Reader(box.spec, AvroDecoder(site.registry))
        found = [letter for letter, _ in _named(box, letters, file)] if letters else None
        if found is None:
            found = [letter for letter, _ in islice(box.chosen(choice), limit)]
        shown = []
        for letter in found:
            record = box.record(letter.at)
            if record is None:
                continue  # it expired just now
            entry = box.ledger.entry(letter.case.id)
            became = state_of(entry, letter.case.number)
            shown.append(reader.show(letter, record, became, entry))
        if as_json:
            print_json({"letters": [one.model_dump(mode="json") for one in shown]})
            return
        for one in shown:
            show_letter(console(), one)
        show_notes(console(), box.notes)
        if not shown:
            console().print("there are no such letters")
        elif not letters and len(shown) == limit:
            console().print(f"{limit} are shown: --limit shows more", style="dim")


def replay(
    file: SpecFile,
    table: Tables = None,
    reason: Reasons = None,
    since: Since = None,
    until: Until = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be asked for; exit 2 if any.")
    ] = False,
    include_quarantined: Annotated[
        bool, typer.Option("--include-quarantined", help="Also rows that came back too often.")
    ] = False,
    max_attempts: Annotated[
        int, typer.Option(min=1, help="So often a row may come back until it is quarantined.")
    ] = MAX_ATTEMPTS,
    rate: Annotated[
        float, typer.Option("--max-rows-per-second", min=0.1, help="So many rows a second.")
    ] = RATE,
    timeout: Annotated[
        float,
        typer.Option(min=1.0, help="Seconds that the source, and then the sink, has for a batch."),
    ] = PATIENCE_S,
    yes: Yes = False,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Have the rows of open letters read again at the source, and say what became of each.

    It asks first. No old row is written: each comes as it is now, in its order. Cure the cause
    before. Exit 0 if all came through, 2 if not. Killed or interrupted, run it again.
    """
    if not dry_run:
        _refuse_to_ask(yes, as_json)
    choice = _choice(table, reason, since, until, replayed_states(include_quarantined))
    outcomes: Counter[str] = Counter()
    with told(EXPECTED, as_json), _box(file, endpoints, env) as (site, box):
        refuse_without_signals(box.spec)
        planning = Planning()
        with reading_bar(_screen()) as progress:
            for letter, _ in box.chosen(choice, progress):
                planning.take(letter)
        plan = planning.result()
        if not as_json:
            show_plan(console(), plan, str(file))
        if dry_run or not plan.rows:
            if as_json:
                print_json({"plan": plan.as_json(), "outcomes": {}, "left": []})
            if plan.letters:
                raise typer.Exit(DIFFERENCES)
            return
        if not yes and not agreed(f"Have {plan.rows:,} rows read again?"):
            raise DeployerError("nothing was asked for; next: the same command with --yes")
        how = How(choice, _who(None), correlation_id(), max_attempts, rate)
        left: list[Verdict] = []
        with (
            open_replay(site, box, how, patience=timeout) as doing,
            replaying_bar(_screen(), plan.rows) as settled,
        ):
            for verdict in logged(doing.run()):
                outcomes["quarantined" if verdict.quarantined else verdict.outcome] += 1
                settled()
                if verdict.outcome != "came through" and len(left) < _KEPT:
                    left.append(verdict)
        if as_json:
            rows = [one.model_dump(mode="json", exclude={"case"}) for one in left]
            print_json({"plan": plan.as_json(), "outcomes": dict(outcomes), "left": rows})
        else:
            show_verdicts(console(), outcomes, left, str(file))
    if set(outcomes) - {"came through"} or plan.keyless:
        raise typer.Exit(DIFFERENCES)


def discard(
    file: SpecFile,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why they are not needed.")],
    letters: Places = None,
    table: Tables = None,
    reason: Reasons = None,
    since: Since = None,
    until: Until = None,
    state: States = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAME", help="Who says so. [default: user@host]"),
    ] = None,
    yes: Yes = False,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Mark letters as not needed, with who says so and why. Nothing is deleted from Kafka.

    It asks first. Marked are those that are open or quarantined; a row's later letters are open.
    """
    _refuse_to_ask(yes, as_json)
    if not why.strip():
        raise typer.BadParameter("say why: somebody will want to know", param_hint="--why")
    if not (letters or table or reason or since or until or state):
        raise typer.BadParameter("say which: LETTER…, --table, --reason, --since, --state")
    meant = [one for one in state or UNSETTLED if one in UNSETTLED]
    if not meant:
        raise typer.BadParameter("only open and quarantined letters can be", param_hint="--state")
    choice = _choice(table, reason, since, until, meant)
    with told(EXPECTED, as_json), _box(file, endpoints, env) as (_, box):
        upto = box.ends()  # what comes after the question was asked is not meant

        def chosen() -> Iterator[Letter]:
            pairs = _named(box, letters, file) if letters else box.chosen(choice, upto=upto)
            return (letter for letter, became in pairs if choice.means(letter, became))

        counting = Counting()
        for letter in chosen():
            counting.take(letter, state_of(box.ledger.entry(letter.case.id), letter.case.number))
        found = counting.result(box.spec.pipeline, box.notes)
        if not as_json:
            show_histogram(wide_console(), found, str(file), further=False)
        question = f"Mark {found.unsettled:,} letters as not needed?"
        if found.unsettled and not yes and not agreed(question):
            raise DeployerError("nothing was marked; next: the same command with --yes")
        act = Act(
            at_ms=time.time_ns() // 1_000_000,
            by=_who(by),
            what="discarded",
            why=why.strip(),
            correlation_id=correlation_id(),
        )
        marked = sum(mark(box.ledger, chosen(), act)) if found.unsettled else 0
        if as_json:
            print_json({"discarded": marked, "by": act.by, "why": act.why})
        else:
            show_discarded(console(), marked)


def _choice(
    tables: list[str] | None,
    reasons: list[str] | None,
    since: int | None,
    until: int | None,
    states: Sequence[State | StateName] | None,
) -> Choice:
    return Choice(
        tables=tuple(tables or ()),
        reasons=tuple(reasons or ()),
        states=tuple(_STATE[one] for one in states or ()),
        since_ms=since,
        until_ms=until,
    )


@contextmanager
def _box(file: Path, endpoints: Path | None, env: str | None) -> Iterator[tuple[Site, Box]]:
    spec, where = inputs(file, endpoints, env)
    with Site(where.under(spec), patience=LOOKING_S) as site:
        yield site, Box(site, spec)


def _named(box: Box, places: list[str], file: Path) -> Iterator[tuple[Letter, State]]:
    """The letters at places that were named, and what became of them."""
    for said in places:
        try:
            at = address(said, box.topics)
        except ValueError as error:
            raise NoSuchLetter(said, str(error), str(file)) from None
        record: Record | None = box.record(at)
        letter = None if record is None else letter_of(dead_letter(record), box.prefix)
        if letter is None:
            reason = "nothing lies there, or not any more, or it is another pipeline's"
            raise NoSuchLetter(said, reason, str(file))
        yield letter, state_of(box.ledger.entry(letter.case.id), letter.case.number)


def _who(said: str | None) -> str:
    if said:
        return said
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def _refuse_to_ask(yes: bool, as_json: bool) -> None:
    """Refuse what would have to ask where nobody can answer, before all work."""
    if not yes and (as_json or not sys.stdin.isatty()):
        raise typer.BadParameter("it asks before it does it, and nobody can answer here: add --yes")


def _screen() -> Console:
    return Console(stderr=True, highlight=False)
