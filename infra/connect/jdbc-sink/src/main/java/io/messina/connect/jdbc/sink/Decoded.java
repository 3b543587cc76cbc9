package io.messina.connect.jdbc.sink;

import io.messina.connect.jdbc.avro.AvroDecoder;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record, as it came and as Debezium's writer takes it.
 *
 * @param raw bytes
 * @param record key and value as structures
 */
record Decoded(SinkRecord raw, SinkRecord record) {

  /**
   * Decodes a record.
   *
   * @throws io.messina.connect.jdbc.avro.UndecodableException if it is no record of its schema
   * @throws io.messina.connect.jdbc.avro.RegistryUnavailableException if it can't be said now
   */
  static Decoded of(SinkRecord raw, AvroDecoder decoder, Renames renames) {
    Part key = part(decoder.decode((byte[]) raw.key()));
    Part value = part(decoder.decode((byte[]) raw.value()));
    Struct renamedKey = renames.key(raw.originalTopic(), key.struct());
    Struct renamedValue = renames.envelope(raw.originalTopic(), value.struct());
    SinkRecord record =
        new SinkRecord(
            raw.topic(),
            raw.kafkaPartition(),
            renamedKey == null ? key.schema() : renamedKey.schema(),
            renamedKey == null ? key.value() : renamedKey,
            renamedValue == null ? value.schema() : renamedValue.schema(),
            renamedValue == null ? value.value() : renamedValue,
            raw.kafkaOffset(),
            raw.timestamp(),
            raw.timestampType(),
            null,
            raw.originalTopic(),
            raw.originalKafkaPartition(),
            raw.originalKafkaOffset());
    return new Decoded(raw, record);
  }

  /** What row it is about; a record without a key is about none but its own. */
  Object key() {
    return record.key() == null ? this : new RowKey(record.topic(), record.key());
  }

  private static Part part(SchemaAndValue decoded) {
    Struct struct = decoded.value() instanceof Struct one ? one : null;
    return new Part(decoded.schema(), decoded.value(), struct);
  }

  private record Part(Schema schema, Object value, Struct struct) {}

  private record RowKey(String topic, Object key) {}
}
