"""Becomes Vault, and has it initialised and unsealed as soon as it listens.

Used as a script, by path and without our environment, as guard.py is: whoever starts Vault again
after it died (the supervisor) also starts the one who unseals it.

Usage: vault_main.py ADDRESS KEYS_FILE DATA_FOLDER PROGRAM [ARGUMENT...]
"""

import json
import os
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from typing import Any

_SECONDS = 150.0
_POLL_SECONDS = 0.1
_PATIENT_SECONDS = 120


def main() -> None:
    """Leaves somebody behind who unseals, then becomes the program."""
    address, keys, data, *argv = sys.argv[1:]
    if not os.path.exists(keys):
        # The key of what is there was never kept, so that nothing was ever stored with it.
        shutil.rmtree(data, ignore_errors=True)
        os.mkdir(data, 0o700)
    vault = os.getpid()
    child = os.fork()
    if child == 0:
        # A child of init: Vault would not take notice of its end.
        if os.fork() == 0:
            _unseal_soon(address, keys, vault)
        os._exit(0)
    os.waitpid(child, 0)
    os.execv(argv[0], argv)


def _unseal_soon(address: str, keys: str, vault: int) -> None:
    deadline = time.monotonic() + _SECONDS
    said = "it did not listen"
    while time.monotonic() < deadline and os.path.exists(f"/proc/{vault}"):
        try:
            state = _ask(address, "GET", "sys/seal-status")
            if not state["initialized"]:
                _initialise(address, keys)
            elif not state["sealed"]:
                return
            _unseal(address, keys)
            return
        except (OSError, ValueError, KeyError) as error:
            # Of the kind only: what Vault answers to an initialisation is its keys.
            said = type(error).__name__
            time.sleep(_POLL_SECONDS)
        if not os.path.exists(keys) and _initialised(address):
            # The answer with the key is lost: begin anew.
            break
    sys.stdout.write(f"vault_main: Vault was not unsealed ({said}); it is started again\n")
    sys.stdout.flush()
    os.kill(vault, signal.SIGTERM)


def _initialised(address: str) -> bool:
    try:
        return bool(_ask(address, "GET", "sys/seal-status")["initialized"])
    except (OSError, ValueError, KeyError):
        return False


def _initialise(address: str, keys: str) -> None:
    made = _ask(address, "PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
    _keep(keys, {"unseal_key": made["keys_base64"][0], "root_token": made["root_token"]})


def _unseal(address: str, keys: str) -> None:
    with open(keys, encoding="utf-8") as handle:
        key = json.load(handle)["unseal_key"]
    if _ask(address, "PUT", "sys/unseal", {"key": key})["sealed"]:
        raise ValueError


def _keep(path: str, document: dict[str, str]) -> None:
    descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(document, handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.rename(f"{path}.new", path)


def _ask(address: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}/v1/{path}", data, method=method)
    # Loopback, whatever proxies the environment knows.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_PATIENT_SECONDS) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    main()
