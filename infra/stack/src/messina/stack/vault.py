"""HashiCorp Vault, where a stack was asked for one: one node that keeps its data in files."""

import sys
from pathlib import Path

from messina.artifacts import Listener
from messina.stack.component import Command, write_if_changed
from messina.stack.layout import Layout
from messina.stack.probe import http_unready
from messina.stack.vault_build import vault_binary, vault_version
from messina.stack.vault_setup import keys_file, set_up

_MAIN = Path(__file__).with_name("vault_main.py")
_CONFIG = """\
storage "raft" {{
  path = "{data}"
  node_id = "one"
}}
listener "tcp" {{
  address = "{address}"
  tls_disable = true
}}
api_addr = "http://{address}"
cluster_addr = "https://{cluster}"
disable_mlock = true
ui = false
"""


class Vault:
    """The embedded Vault."""

    name = "vault"
    after: tuple[str, ...] = ()
    start_seconds = 180

    def version(self, layout: Layout) -> str:
        """Vault's version."""
        return vault_version(layout.checkout)

    def ports(self) -> tuple[str, ...]:
        """Its REST API, and the port for further nodes that Raft insists on."""
        return ("vault", "vault-cluster")

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """Builds the program once on this machine, and writes its configuration."""
        binary = vault_binary(layout.checkout, listener)
        for folder in (layout.data(self.name), layout.vault):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        address = layout.address("vault")
        config = layout.config(self.name) / "vault.hcl"
        cluster = layout.address("vault-cluster")
        text = _CONFIG.format(data=layout.data(self.name), address=address, cluster=cluster)
        write_if_changed(config, text)
        argv = (
            *(sys.executable, "-I", str(_MAIN), f"http://{address}", str(keys_file(layout))),
            str(layout.data(self.name)),
            *(str(binary), "server", f"-config={config}", "-log-level=warn"),
        )
        return Command(argv)

    def unready(self, layout: Layout) -> str | None:
        """Ready when it is unsealed."""
        return http_unready(f"http://{layout.address('vault')}/v1/sys/health")

    def settle(self, layout: Layout) -> None:
        """Makes the KV engine, and Connect's role."""
        set_up(layout)
