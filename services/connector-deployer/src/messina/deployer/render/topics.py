"""How the topics of a pipeline are set up."""

from messina.deployer.render.sizes import MEBIBYTE, message_bytes
from messina.pipeline import PipelineSpec

_DAY_MS = 24 * 3600 * 1000

# Compaction leaves the segment alone that is being written to: a week long, by Kafka's own default.
WATERMARKS_TOPIC = {"cleanup.policy": "compact", "segment.ms": str(10 * 60 * 1000)}

# A gap may be due in weeks, and a signal must not be gone before a source that is away is back.
LASTING_TOPIC = {"cleanup.policy": "delete", "retention.ms": str(30 * _DAY_MS)}

# One answer for each slice under the same key, so that it must not be compacted.
ANSWERS_TOPIC = {"cleanup.policy": "delete", "retention.ms": str(7 * _DAY_MS)}


def data_topic(spec: PipelineSpec) -> dict[str, str]:
    """Return the settings of a topic with change events.

    A sink that stands still for longer than its records are kept has to be filled anew.
    """
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(7 * _DAY_MS),
        "max.message.bytes": str(message_bytes(spec)),
    }


def dead_letters_topic(spec: PipelineSpec) -> dict[str, str]:
    """Return the settings of a topic with what Postgres rejected: there is a month to look at it.

    The reason stands in headers, beside the record itself.
    """
    return {**LASTING_TOPIC, "max.message.bytes": str(message_bytes(spec) + MEBIBYTE)}


def dead_letters_state_topic() -> dict[str, str]:
    """Return the settings of the topic that says what became of dead letters.

    What it says of a row is of use as long as there are letters of it: a month, and the time that
    a record may have lain in its own topic before.
    """
    return {
        "cleanup.policy": "compact,delete",
        "retention.ms": str(60 * _DAY_MS),
        "segment.ms": str(24 * 3600 * 1000),
    }
