package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.event.WatermarkRecords;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;

/** The watermark records that are due, each of which carries its slice's offset as well. */
public final class Heartbeat {

  private final Watermarks watermarks;
  private final WatermarkRecords records;

  /**
   * Makes a task's watermark records.
   *
   * @param epoch tells the runs of a task apart: a later run has a higher one
   */
  public Heartbeat(SourceConfig config, Watermarks watermarks, long epoch) {
    this.watermarks = watermarks;
    this.records = new WatermarkRecords(config.watermarksTopic(), epoch);
  }

  /** A record for each slice whose time it is, with these offsets. */
  public List<SourceRecord> due(Map<SliceId, SliceOffset> offsets) {
    long nanoTime = System.nanoTime();
    List<SourceRecord> due = new ArrayList<>();
    offsets.forEach(
        (slice, offset) ->
            watermarks
                .due(slice, nanoTime)
                .ifPresent(mark -> due.add(records.record(slice, mark, offset))));
    return due;
  }

  /** The slice has come so far, with so many data records that wait for their commit. */
  void emitted(SliceId slice, SliceOffset offset, int dataRecords) {
    watermarks.emitted(slice, offset, dataRecords);
  }
}
