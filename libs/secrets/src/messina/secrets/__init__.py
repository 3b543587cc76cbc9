"""Secrets: references everywhere, values only in the process that uses them.

SecretsError                 a reference can't be used; says which, never what it holds
  ├ SecretNotFound           nothing is there
  ├ SecretUnreadable         something is there, but no usable text, or it is not for us
  └ SecretUnreachable        who keeps it (Vault) does not answer
"""

from messina.pipeline import SecretRef
from messina.secrets.errors import (
    SecretNotFound,
    SecretsError,
    SecretUnreachable,
    SecretUnreadable,
)
from messina.secrets.placeholders import connect_placeholder
from messina.secrets.resolution import line_end, resolve
from messina.secrets.value import MASK, SecretValue

__all__ = [
    "SecretRef",
    "SecretValue",
    "MASK",
    "resolve",
    "line_end",
    "connect_placeholder",
    "SecretsError",
    "SecretNotFound",
    "SecretUnreadable",
    "SecretUnreachable",
]
