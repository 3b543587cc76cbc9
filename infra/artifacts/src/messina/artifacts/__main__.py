"""`python -m messina.artifacts`."""

from messina.artifacts.cli import app

app(prog_name="messina artifacts")
