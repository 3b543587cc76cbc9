"""Connector configurations from a spec: one file for each kind of connector."""
