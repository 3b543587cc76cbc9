"""What can be wrong with a reference. No message holds a value."""

from messina.pipeline import SecretRef


class SecretsError(Exception):
    """A reference can't be used. `ref` says which; no message holds a value."""

    def __init__(self, ref: SecretRef, what: str, next_step: str) -> None:
        self.ref = ref
        super().__init__(f"secret {ref}: {what}. Next: {next_step}")


class SecretNotFound(SecretsError):
    """Nothing is where the reference points."""


class SecretUnreadable(SecretsError):
    """What is where the reference points is no usable text, or is not for us."""


class SecretUnreachable(SecretsError):
    """Who keeps the secret does not answer, or we are not told where that is."""
