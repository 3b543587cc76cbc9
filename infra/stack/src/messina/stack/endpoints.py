"""`endpoints.json`: how others find the parts of a running stack."""

import json

from messina.stack.component import write_if_changed
from messina.stack.layout import HOST, Layout
from messina.stack.passwords import password_file
from messina.stack.postgres import DATABASE, USER
from messina.stack.standin_options import standin_options
from messina.stack.vault_setup import token_file


def write_endpoints(layout: Layout) -> None:
    """Writes `endpoints.json` (`messina.pipeline.Endpoints`), with secrets as references."""
    document: dict[str, object] = {
        "version": 1,
        "kafka": {"bootstrap_servers": layout.address("kafka")},
        "connect": {"url": f"http://{layout.address('connect')}"},
        "registry": {"url": f"http://{layout.address('registry')}", "kind": "apicurio"},
        "postgres": {
            "host": HOST,
            "port": layout.port("postgres"),
            "database": DATABASE,
            "user": USER,
            "password": f"file:{password_file(layout)}",
        },
        "scylla": _scylla(layout),
    }
    if "vault" in layout.extras:
        document["vault"] = {
            "url": f"http://{layout.address('vault')}",
            "token_file": str(token_file(layout)),
        }
    write_if_changed(layout.endpoints, json.dumps(document, indent=2) + "\n")


def _scylla(layout: Layout) -> dict[str, object]:
    if (external := layout.cql) is not None:
        return {
            "contact_points": [external.address],
            "local_datacenter": external.datacenter,
            "engine": external.engine,
        }
    return {
        "contact_points": [layout.address("cql")],
        "local_datacenter": "datacenter1",
        "engine": "stand-in",
        **standin_options().access,
    }
