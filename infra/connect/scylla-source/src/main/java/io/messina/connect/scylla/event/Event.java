package io.messina.connect.scylla.event;

import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.look.Change;
import io.messina.connect.scylla.offset.SliceId;

/**
 * A change event before it is written for Kafka.
 *
 * @param slice where its key lives
 * @param change what the log said
 * @param row what the table told
 */
public record Event(SliceId slice, Change change, RowState row) {}
