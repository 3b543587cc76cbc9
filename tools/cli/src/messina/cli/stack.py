"""`messina up | down | status | logs`."""

import dataclasses
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from messina.artifacts import root
from messina.artifacts.cli import bars
from messina.stack import (
    EXTRAS,
    NO_EXTRAS,
    NO_PLUGINS,
    Choices,
    ComponentStatus,
    Event,
    Layout,
    NotRunning,
    components_of,
    default_home,
    down,
    open_layout,
    status,
    tail,
    up,
)
from messina.stack.logs import exists as logged
from messina.stack.vault_setup import token_file

_out = Console()
_err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
PortBase = Annotated[
    int | None,
    typer.Option(help="First of the stack's ports; kept for later commands.", show_default="27100"),
]
Cql = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="A database that is there already, in place of the stand-in; kept for later commands. "
        "`stand-in` goes back.",
    ),
]
PluginPath = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DIR",
        help="A folder with a plugin's jars, or with folders of such, for Kafka Connect; can be "
        "repeated, kept for later commands. `none` goes back.",
    ),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="PART",
        help=f"A part that not every stack has ({', '.join(EXTRAS)}); kept for later commands. "
        "`none` goes back. Vault is built with Go on first use, which takes some minutes.",
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.command("up")(up_command)
    app.command("down")(down_command)
    app.command("status")(status_command)
    app.command("logs")(logs_command)


def current_layout(
    port_base: int | None = None,
    cql: str | None = None,
    plugin_path: Sequence[str] | None = None,
    extras: Sequence[str] | None = None,
) -> Layout:
    """The stack of this checkout, or of `$MESSINA_HOME`."""
    checkout = root()
    folders = None
    if plugin_path:
        folders = [Path(folder) for folder in plugin_path if folder != NO_PLUGINS]
    parts = [part for part in extras if part != NO_EXTRAS] if extras else None
    return open_layout(
        default_home(checkout),
        checkout,
        port_base,
        cql=cql,
        plugin_folders=folders,
        extras=parts,
    )


def bring_up(layout: Layout, quiet: bool = False) -> tuple[ComponentStatus, ...]:
    """`up` with bars and a line for each component."""

    def watch(event: Event) -> None:
        if event.verb == "waiting":
            _err.print("another `messina up` is at work on this stack; waiting for it")
        elif not quiet and event.verb == "ready":
            _err.print(f"  {event.component:<9} ready after {event.seconds:.1f} s", highlight=False)

    with bars() as listener:
        return up(layout, listener=listener, watcher=watch)


def up_command(
    port_base: PortBase = None,
    cql: Cql = None,
    plugin_path: PluginPath = None,
    extras: With = None,
    as_json: Json = False,
) -> None:
    """Starts the stack: broker, Connect, registry, Postgres, CQL stand-in.

    Harmless on a running stack; brings back what was killed, with its data.

    Examples: messina up · messina up --port-base 28100 · messina up --cql 10.0.0.11:9042
    · messina up --plugin-path ~/scylla-cdc-source-connector · messina up --with vault
    """
    before = Choices.of(default_home(root()))
    layout = current_layout(port_base, cql, plugin_path, extras)
    found = bring_up(layout)
    for line in chosen(before, layout):
        _err.print(line, highlight=False, soft_wrap=True, markup=False)
    _show(layout, found, as_json)


def chosen(before: Choices, now: Layout) -> list[str]:
    """What to tell of a stack's choices: what has changed, and what a plain `up` has kept."""
    lines = []
    old = before.cql.address if before.cql else "the stand-in"
    new = now.cql.address if now.cql else "the stand-in"
    if before.port_base is not None and old != new:
        lines.append(
            f"the CQL server is {new} now; it was {old}, which keeps its data. Pipelines go on "
            f"reading {old} until they are applied again: messina deploy apply FILE"
        )
    elif now.cql is not None:
        lines.append(
            f"the CQL server is {new}, data centre {now.cql.datacenter}, not of this stack; back "
            "to the stand-in: messina up --cql stand-in"
        )
    folders = ", ".join(map(str, now.plugin_folders)) or "none"
    if before.plugin_folders != now.plugin_folders:
        was = ", ".join(map(str, before.plugin_folders)) or "none"
        lines.append(f"Kafka Connect has plugins from {folders} now; before: {was}")
    elif now.plugin_folders:
        lines.append(f"Kafka Connect has plugins from {folders}; without: --plugin-path none")
    if "vault" in now.extras:
        url, token = f"http://{now.address('vault')}", token_file(now)
        lines.append(
            f"Vault is at {url}, its token in {token}; for its own tools: export VAULT_ADDR={url} "
            f'VAULT_TOKEN="$(cat {token})". Without: messina up --with none'
        )
    elif before.extras:
        lines.append("the stack has no Vault any more; what it held stays in data/vault")
    return lines


def down_command(as_json: Json = False) -> None:
    """Stops the stack and keeps its data. Fine when nothing runs.

    Example: messina down
    """
    layout = current_layout()
    stopped = down(layout)
    if as_json:
        typer.echo(json.dumps({"stopped": stopped, "home": str(layout.home)}))
    else:
        said = "stopped; its data is in" if stopped else "nothing was running for"
        typer.echo(f"messina: {said} {layout.home}")


def status_command(as_json: Json = False) -> None:
    """Shows every component. Exit code 1 when one is not ready.

    Examples: messina status · messina status --json
    """
    layout = current_layout()
    found = status(layout)
    _show(layout, found, as_json)
    raise typer.Exit(0 if all(entry.ready for entry in found) else 1)


def logs_command(
    name: Annotated[str, typer.Argument(help="A component, or `supervisor`.")],
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as it grows.")] = False,
    lines: Annotated[
        int, typer.Option("-n", "--lines", min=0, help="How many of the last lines.")
    ] = 50,
    as_json: Json = False,
) -> None:
    """Shows a component's log.

    Examples: messina logs connect · messina logs cql -f
    """
    layout = current_layout()
    known = [component.name for component in components_of(layout)] + ["supervisor"]
    if name not in known:
        raise typer.BadParameter(f"there is no component {name}; there are {', '.join(known)}")
    if follow and as_json:
        raise typer.BadParameter("--json prints one document, so it cannot follow; leave out -f")
    path = layout.log(name)
    if not logged(path):
        raise NotRunning(f"{name} has no log yet in {layout.home}; start the stack: `messina up`")
    if follow:
        # coreutils' tail knows about rotation: -F goes on with the new file.
        subprocess.run(["tail", "-n", str(lines), "-F", str(path)], check=False)
        return
    text = tail(path, lines)
    if as_json:
        typer.echo(json.dumps({"component": name, "lines": text.splitlines()}))
    elif text:
        typer.echo(text)


def _show(layout: Layout, found: tuple[ComponentStatus, ...], as_json: bool) -> None:
    if as_json:
        document = {
            "home": str(layout.home),
            "port_base": layout.port_base,
            "ready": all(entry.ready for entry in found),
            "components": [dataclasses.asdict(entry) for entry in found],
        }
        typer.echo(json.dumps(document))
        return
    table = Table("component", "version", "pid", "port", "memory", "health", box=None)
    for entry in found:
        memory = f"{entry.memory_bytes / 1e6:.0f} MB" if entry.memory_bytes else "-"
        health = entry.health if entry.pid else entry.state.lower()
        if entry.address is not None:
            health = f"external at {entry.address}: {entry.health}"
        table.add_row(
            entry.component, entry.version, str(entry.pid or "-"), str(entry.port), memory, health
        )
    _out.print(table)
