"""The `messina` command: the stack, the demo, and the services' own commands as subcommands."""

__all__ = ["__version__"]

__version__ = "0.1.0"
