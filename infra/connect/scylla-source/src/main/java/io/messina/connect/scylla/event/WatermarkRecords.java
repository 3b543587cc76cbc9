package io.messina.connect.scylla.event;

import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks.Mark;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/** Writes watermarks as Connect records, keyed by table and slice. */
public final class WatermarkRecords {

  private static final Schema KEY =
      SchemaBuilder.struct()
          .name("io.messina.connect.scylla.WatermarkKey")
          .field("keyspace", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .field("slice", Schema.INT32_SCHEMA)
          .build();

  private static final Schema VALUE =
      SchemaBuilder.struct()
          .name("io.messina.connect.scylla.Watermark")
          .field("epoch", Schema.INT64_SCHEMA)
          .field("fast_until_us", Schema.INT64_SCHEMA)
          .field("swept_until_us", Schema.INT64_SCHEMA)
          .field("last_offset", Schema.OPTIONAL_INT64_SCHEMA)
          .field("static_last_offset", Schema.OPTIONAL_INT64_SCHEMA)
          .build();

  private final String topic;
  private final long epoch;

  /**
   * Watermarks for a topic.
   *
   * @param epoch tells the runs of a task apart: a later run has a higher one
   */
  public WatermarkRecords(String topic, long epoch) {
    this.topic = topic;
    this.epoch = epoch;
  }

  /** A mark as a record that also carries the slice's offset. */
  public SourceRecord record(SliceId slice, Mark mark, SliceOffset offset) {
    Struct key =
        new Struct(KEY)
            .put("keyspace", slice.table().keyspace())
            .put("table", slice.table().name())
            .put("slice", slice.slice());
    Struct value =
        new Struct(VALUE)
            .put("epoch", epoch)
            .put("fast_until_us", mark.upTo().fastUntil())
            .put("swept_until_us", mark.upTo().sweptUntil())
            .put("last_offset", mark.lastOffset())
            .put("static_last_offset", mark.staticLastOffset());
    return new SourceRecord(slice.toMap(), offset.toMap(), topic, null, KEY, key, VALUE, value);
  }
}
