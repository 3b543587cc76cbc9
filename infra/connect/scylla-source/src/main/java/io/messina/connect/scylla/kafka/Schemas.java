package io.messina.connect.scylla.kafka;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;

/** What a registry is told of a record: a topic's schemas of key and value. */
record Schemas(String topic, Schema key, Schema value) {

  /** The schemas of these records that are not among the known, with a record of each. */
  static Map<Schemas, SourceRecord> fresh(Collection<SourceRecord> records, Set<Schemas> known) {
    Map<Schemas, SourceRecord> fresh = new LinkedHashMap<>();
    Schemas last = null;
    for (SourceRecord record : records) {
      // neighbours mostly share their schemas, as the very objects
      if (last == null || !last.areOf(record)) {
        last = new Schemas(record.topic(), record.keySchema(), record.valueSchema());
        if (!last.none() && !known.contains(last)) {
          fresh.putIfAbsent(last, record);
        }
      }
    }
    return fresh;
  }

  private boolean areOf(SourceRecord record) {
    return topic.equals(record.topic())
        && key == record.keySchema()
        && value == record.valueSchema();
  }

  private boolean none() {
    return key == null && value == null;
  }
}
