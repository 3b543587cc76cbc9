package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/** Rounds over tables in memory: windows of 300 ms, looks after 300 ms and after 5 s, two slices. */
final class RoundsFixture {

  static final long START = 1_000_000_000L;
  static final long MS = 1_000L;

  final Map<TableId, TableSource> tables = new LinkedHashMap<>();
  final Map<String, String> settings = new HashMap<>();
  SignalSource signals = SignalSource.NONE;
  private Rounds rounds;

  RoundsFixture(TableId id, TableSource table) {
    tables.put(id, table);
    settings.put("topic.prefix", "p");
    settings.put("scylla.contact.points", "127.0.0.1:9042");
    settings.put("slices", "2");
    settings.put("window.ms", "300");
    settings.put("confidence.ms", "300");
    settings.put("safe.confidence.ms", "5000");
  }

  /** Begins, again perhaps, with all slices at an offset. */
  void begin(SliceOffset from) {
    settings.put("tables", String.join(",", tables.keySet().stream().map(TableId::toString).toList()));
    SourceConfig config = new SourceConfig(settings);
    Watermarks watermarks = new Watermarks(false);
    Map<SliceId, SliceOffset> progress = new LinkedHashMap<>();
    for (TableId table : tables.keySet()) {
      for (int slice = 0; slice < 2; slice++) {
        progress.put(new SliceId(table, slice), from);
        watermarks.begin(new SliceId(table, slice), from);
      }
    }
    rounds =
        new Rounds(
            config, progress, tables::get, new Heartbeat(config, watermarks, 7), signals);
  }

  Rounds rounds() {
    return rounds;
  }

  /** The records of the round that is due so many milliseconds after the start. */
  List<SourceRecord> round(long millis) throws InterruptedException {
    return rounds.next(START + millis * MS).map(Round::records).orElse(List.of());
  }

  /** Only those of a topic. */
  List<SourceRecord> round(long millis, String topic) throws InterruptedException {
    return only(round(millis), topic);
  }

  static List<SourceRecord> only(List<SourceRecord> records, String topic) {
    return records.stream().filter(record -> record.topic().equals(topic)).toList();
  }

  static Struct value(SourceRecord record) {
    return (Struct) record.value();
  }

  static String header(SourceRecord record, String name) {
    return (String) record.headers().lastWithName(name).value();
  }
}
