"""Endpoints where nobody answers, for tests that ask nobody."""

from messina.pipeline import Endpoints

ENDPOINTS = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:2"},
        "registry": {"url": "http://127.0.0.1:3"},
        "postgres": {"host": "127.0.0.1", "port": 4, "database": "d", "user": "u"},
        "scylla": {"contact_points": ["127.0.0.1:5"], "local_datacenter": "dc"},
    }
)
