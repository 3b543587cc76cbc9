"""heal: cure what the log shows and a re-read of one row can't, when it is due."""

import signal
import threading
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from messina.commandline import (
    DIFFERENCES,
    AsJson,
    EndpointsPath,
    EnvName,
    Listen,
    SpecFile,
    print_json,
    told,
)
from messina.kafka import KafkaProblem
from messina.pipeline import Endpoints, SpecError, load_spec
from messina.postgres import PostgresError
from messina.reconciler.errors import ReconcilerError
from messina.reconciler.gaps.service import Healed
from messina.reconciler.gaps.service import heal as heal_gaps
from messina.scylla import ScyllaError
from messina.secrets import SecretsError
from messina.telemetry import get_logger
from messina.telemetry.serving import ServingError, serving

if TYPE_CHECKING:
    from messina.reconciler.gaps.metrics import Watched

EXPECTED = (SpecError, ReconcilerError, ScyllaError, PostgresError, KafkaProblem, SecretsError)

EPILOG = (
    "Examples:\n\n  messina reconcile heal examples/flights.yaml\n\n"
    "  messina reconcile heal examples/flights.yaml --once --json\n\n"
    "  messina reconcile heal examples/flights.yaml --listen :9465\n\n"
    "  messina reconcile --log-format json --log-level info heal examples/flights.yaml"
)


def heal(
    file: SpecFile,
    once: Annotated[
        bool, typer.Option("--once", help="End when all that is due has been tried.")
    ] = False,
    listen: Listen = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Heal gaps when they are due: deleted ranges and partitions, expired rows, lost log.

    Runs until SIGTERM or ctrl-C, and can be killed at any moment; several may run at a time. With
    --once: exit 0 if nothing that is due is left, 2 if something could not be healed.
    """
    log = get_logger(__name__)
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }

    def tell(healed: Healed) -> None:
        log.info("healing", **_flat(healed))

    try:
        with told((*EXPECTED, ServingError), as_json), ExitStack() as opened:
            spec = load_spec(file, env)
            where = Endpoints.load(endpoints)
            watched = None if listen is None else _served(opened, listen, spec.pipeline)
            result = heal_gaps(spec, where, stop, once=once, healed=tell, watched=watched)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    tell(result)
    if as_json:
        print_json(_flat(result))
    else:
        sums = result.sums
        Console(highlight=False).print(
            f"{result.closed:,} gaps healed, {result.rearmed:,} put to a later time, "
            f"{result.put_off:,} tries in vain; {sums.open:,} open, of which {sums.due:,} are due "
            f"and {sums.for_people:,} need a person"
        )
    if once and (result.sums.due or result.sums.for_people):
        raise typer.Exit(DIFFERENCES)


def _served(opened: ExitStack, listen: str, pipeline: str) -> "Watched":
    """Serve what is known of healing."""
    # who does not serve does not wait for its import
    from messina.reconciler.gaps.metrics import Watched

    watched = Watched(pipeline)
    url = opened.enter_context(
        serving(listen, healthz=watched.beat, readyz=watched.ready, registry=watched.registry)
    )
    get_logger(__name__).info("serving", url=f"{url}/healthz, /readyz, /metrics")
    return watched


def _flat(healed: Healed) -> dict[str, int | None]:
    """The numbers as one object."""
    numbers = asdict(healed)
    return {**{name: value for name, value in numbers.items() if name != "sums"}, **numbers["sums"]}
