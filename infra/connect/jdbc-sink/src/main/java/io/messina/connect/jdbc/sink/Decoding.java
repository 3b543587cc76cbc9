package io.messina.connect.jdbc.sink;

import io.messina.connect.jdbc.avro.AvroDecoder;
import io.messina.connect.jdbc.avro.SchemaNotYetException;
import io.messina.connect.jdbc.avro.UndecodableException;
import io.messina.connect.jdbc.sink.Bisection.Rejected;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A batch, decoded.
 *
 * @param decoded its records
 * @param undecodable those that are no records of their schemas
 */
record Decoding(List<Decoded> decoded, List<Rejected<SinkRecord>> undecodable) {

  /**
   * Decodes a batch.
   *
   * @throws io.messina.connect.jdbc.avro.RegistryUnavailableException if it can't be said now; of
   *     schemas that may still come only once all of the batch's were asked for: they are waited
   *     for together
   */
  static Decoding of(Collection<SinkRecord> batch, AvroDecoder decoder, Renames renames) {
    List<Decoded> decoded = new ArrayList<>(batch.size());
    List<Rejected<SinkRecord>> undecodable = new ArrayList<>();
    SchemaNotYetException notYet = null;
    for (SinkRecord raw : batch) {
      try {
        decoded.add(Decoded.of(raw, decoder, renames));
      } catch (SchemaNotYetException e) {
        notYet = e;
      } catch (UndecodableException e) {
        Failure failure = new Failure(Failure.Kind.DATA, null, e.getMessage(), null, null, null);
        undecodable.add(new Rejected<>(raw, failure));
      }
    }
    if (notYet != null) {
      throw notYet;
    }
    return new Decoding(decoded, undecodable);
  }
}
