package io.messina.connect.scylla.round;

import java.util.List;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * What one round emits, in order: all of it becomes visible at once.
 *
 * @param records its records; empty where nothing happened and no watermark was due
 */
public record Round(List<SourceRecord> records) {}
