package io.messina.connect.scylla.event;

import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;

/**
 * A change event before it is written for Kafka.
 *
 * @param slice where its key lives
 * @param request why the row was read
 * @param row what the table told
 * @param readAt when it did, in microseconds since 1970
 */
public record Event(SliceId slice, Request request, RowState row, long readAt) {

  /** The write time of the newest log entry behind it; where there is none, when it was read. */
  public long micros() {
    return request.newest().map(entry -> entry.micros()).orElse(readAt);
  }

  /** The id of what it came of: the newest log entry's time, else the first signal's id. */
  public String correlation() {
    return request
        .newest()
        .map(entry -> entry.time().toString())
        .orElseGet(() -> request.signals().get(0));
  }
}
