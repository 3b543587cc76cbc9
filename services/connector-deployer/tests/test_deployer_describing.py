"""What is shown of a configuration and of errors: everything but secrets."""

import pytest

from messina.deployer.secrecy import hidden


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("connection.password", "${directory:/s:pw}", "${directory:/s:pw}"),
        ("connection.password", "${vault:kv/data/pg:password}", "${vault:kv/data/pg:password}"),
        ("connection.password", "hunter2", "***"),
        ("connection.password", "x${env:PW}", "***"),
        ("connection.password", "", ""),
        ("producer.override.sasl.jaas.config", 'Plain required password="hunter2";', "***"),
        ("ssl.keystore.key", "-----BEGIN", "***"),
        ("key.converter", "io.Avro", "io.Avro"),
        ("tasks.max", "1", "1"),
        ("connection.url", "jdbc:postgresql://u:hunter2@h/d", "jdbc:postgresql://u:***@h/d"),
        (
            "connection.url",
            "jdbc:postgresql://h/d?password=hunter2&a=b",
            "jdbc:postgresql://h/d?password=***&a=b",
        ),
        (
            "connection.url",
            "jdbc:postgresql://h/d?password=${env:A}&a=b",
            "jdbc:postgresql://h/d?password=${env:A}&a=b",
        ),
        (
            "connection.url",
            "jdbc:postgresql://h/d?password=${env:A}hunter2&a=b",
            "jdbc:postgresql://h/d?password=***&a=b",
        ),
        ("extra", '{"user": "u", "password": "hun ter2"}', '{"user": "u", "password": ***}'),
        ("extra", "{password='hun ter2', a=b}", "{password=***, a=b}"),
    ],
)
def test_secrets_are_hidden_and_references_shown(name: str, value: str, shown: str) -> None:
    """A secret is hidden wherever it stands in a configuration; what only names one is shown."""
    assert hidden({name: value}) == {name: shown}


def test_a_connectors_own_word_counts() -> None:
    """What the connector's class declares to be a secret is hidden, whatever it is called."""
    assert hidden({"pin": "1234", "a": None}, ["pin"]) == {"a": "", "pin": "***"}
