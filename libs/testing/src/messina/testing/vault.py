"""The Vault of a test's stack."""

import os
from pathlib import Path

import hvac
import pytest

from messina.stack.layout import Layout
from messina.stack.vault_build import why_no_vault
from messina.stack.vault_setup import MOUNT, token_file
from messina.testing.stack import Stack


class StackVault:
    """The running stack's Vault, with its root's rights.

    Attributes:
        url: its REST API.
        token_file: the file with the root's token.
        client: hvac's, logged in.
    """

    def __init__(self, layout: Layout) -> None:
        self.url = f"http://{layout.address('vault')}"
        self.token_file: Path = token_file(layout)
        self.client = hvac.Client(self.url, token=self.token_file.read_text(), verify=True)

    def put(self, path: str, **values: str) -> int:
        """Write a new version of a secret in the stack's engine; its number."""
        answer = self.client.secrets.kv.v2.create_or_update_secret(path, values, mount_point=MOUNT)
        return int(answer["data"]["version"])

    def delete(self, path: str) -> None:
        """Delete a secret with all its versions."""
        self.client.secrets.kv.v2.delete_metadata_and_all_versions(path, mount_point=MOUNT)

    def ref(self, path: str, key: str) -> str:
        """What a spec says in place of the secret."""
        return f"vault:{MOUNT}/{path}#{key}"


def vault_of(stack: Stack) -> StackVault:
    """Its Vault; a stack of this run gets one, another's is taken as it is.

    Where there is no way to have one, the test is skipped with the reason.
    """
    if "vault" not in stack.layout.extras:
        if not stack.ours:
            pytest.skip(f"no Vault in {stack.layout.home}; start it with: messina up --with vault")
        # Minutes of both cores: built here only where that is asked for.
        build = os.environ.get("MESSINA_TEST_VAULT") == "build"
        if (problem := why_no_vault(stack.layout.checkout, build=build)) is not None:
            pytest.skip(problem)
        stack.add("vault")
    return StackVault(stack.layout)
