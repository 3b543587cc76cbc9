package io.messina.connect.scylla.event;

import io.messina.connect.scylla.offset.SliceId;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The records of one event, or gap, but for their offsets, which depend on what follows in the
 * round.
 *
 * @param slice whose offsets they carry
 * @param topic where they go
 * @param partition into which partition; null where the key decides
 * @param key their key
 * @param value the value of the first
 * @param tombstone whether a record without a value follows
 * @param headers the headers of each
 */
public record Draft(
    SliceId slice,
    String topic,
    Integer partition,
    Struct key,
    Struct value,
    boolean tombstone,
    ConnectHeaders headers) {

  /**
   * The records.
   *
   * @param before Connect's offset for all but the last of them
   * @param after Connect's offset for the last
   */
  public List<SourceRecord> records(Map<String, Object> before, Map<String, Object> after) {
    return tombstone
        ? List.of(record(value, before), record(null, after))
        : List.of(record(value, after));
  }

  private SourceRecord record(Struct content, Map<String, Object> offset) {
    Schema schema = content == null ? null : content.schema();
    return new SourceRecord(
        slice.toMap(),
        offset,
        topic,
        partition,
        key.schema(),
        key,
        schema,
        content,
        null,
        headers.duplicate());
  }
}
