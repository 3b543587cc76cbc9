"""The numbers that promises are made with. What was measured, was on the embedded stack: 2 cores,
Kafka Connect 4.1.2, Java 17, SerialGC; docs/scaling.md says how."""

SECOND_LOOK_MS = 1_000
"""The second look reads a second at a time, or a window where that is longer. (From its code.)"""
ROAD_MS = 200
"""From the end of the wait to the row in Postgres, for 95 of 100 changes. (Measured: the demo's 772
ms at 200 changes a second, less 600 ms of window and confidence.)"""

WORKER_BYTES = 300 * 2**20
"""A worker without connectors, warm. (Measured.)"""
SOURCE_TASK_BYTES = 9 * 2**19
"""A source task with its connector: producer, consumers, converters. (Measured: 200 idle tasks.)"""
SINK_TASK_BYTES = 9 * 2**19
"""A sink task with its connector: consumer, pool, Hibernate, converters. (Measured: as above.)"""

RECORD_BYTES = 350
"""What an event is larger than its row: the key once more, `source`, headers, the deletion of what
was before. (Estimate.)"""
ROW_BYTES = 200
"""A row whose size is not stated. (Estimate.)"""
IDLE_BYTES_PER_SECOND = 400
"""What a slice writes each second when nothing changes: a watermark, an offset, the markers of a
transaction. (Measured: 100 idle tables of one slice, 39 kB/s.)"""
LOG_ROW_BYTES = 100
"""What a row of the log is larger than what was written: stream, time, operation. (Estimate.)"""
DAY_SECONDS = 86_400
