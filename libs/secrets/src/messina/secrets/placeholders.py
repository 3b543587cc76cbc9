"""How a connector's configuration names a secret: Connect's config providers fill it in."""

from pathlib import PurePosixPath

from messina.pipeline import SecretRef


def connect_placeholder(ref: SecretRef | str) -> str:
    """The reference as Connect's worker resolves it.

    `${env:NAME}`, `${directory:/dir:name}` or `${vault:mount/path:key}`.
    """
    ref = SecretRef.parse(ref) if isinstance(ref, str) else ref
    if ref.scheme == "env":
        return f"${{env:{ref.name}}}"
    if ref.scheme == "vault":
        mount, path, key = ref.vault_place()
        return f"${{vault:{mount}/{path}:{key}}}"
    file = PurePosixPath(ref.name)
    return f"${{directory:{file.parent}:{file.name}}}"
