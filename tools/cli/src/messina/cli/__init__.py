"""The `messina` command: the stack, the demo, and the services' own commands as subcommands."""
