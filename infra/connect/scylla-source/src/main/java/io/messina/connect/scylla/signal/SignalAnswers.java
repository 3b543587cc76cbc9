package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/** Writes a slice's answers to signals as Connect records, keyed by the signal's id. */
final class SignalAnswers {

  static final Schema VALUE =
      SchemaBuilder.struct()
          .name("io.messina.connect.scylla.SignalDone")
          .field("id", Schema.STRING_SCHEMA)
          .field("keyspace", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .field("slice", Schema.INT32_SCHEMA)
          .field("slices", Schema.INT32_SCHEMA)
          .field("rows", Schema.INT64_SCHEMA)
          .field("last_offset", Schema.OPTIONAL_INT64_SCHEMA)
          .field("error", Schema.OPTIONAL_STRING_SCHEMA)
          .build();

  private final String topic;

  /** Answers for a topic. */
  SignalAnswers(String topic) {
    this.topic = topic;
  }

  /**
   * An answer that also carries the slice's offset.
   *
   * @param lastOffset where the slice's last event of the signal's kind lies, or null
   */
  SourceRecord record(SliceId slice, Service service, Long lastOffset, SliceOffset offset) {
    SharedSignal signal = service.signal();
    Struct value =
        new Struct(VALUE)
            .put("id", signal.id())
            .put("keyspace", slice.table().keyspace())
            .put("table", slice.table().name())
            .put("slice", slice.slice())
            .put("slices", signal.slices())
            .put("rows", service.rows())
            .put("last_offset", lastOffset)
            .put("error", service.error().orElse(null));
    return new SourceRecord(
        slice.toMap(),
        offset.toMap(),
        topic,
        null,
        Schema.STRING_SCHEMA,
        signal.id(),
        VALUE,
        value);
  }
}
