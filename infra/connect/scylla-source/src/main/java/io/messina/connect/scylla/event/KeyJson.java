package io.messina.connect.scylla.event;

import com.fasterxml.jackson.core.JsonGenerator;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.types.CanonicalJson;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.util.List;

/** Keys, and parts of keys, as JSON: {@code {"id":7,"day":"2026-11-23"}}. */
final class KeyJson {

  private KeyJson() {}

  /**
   * The values of some key columns, one after the other.
   *
   * @param first the place of the first of them in the primary key
   * @throws RuntimeException where bytes are no value of their column's type
   */
  static String text(TableSchema table, int first, List<ByteBuffer> values) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = CanonicalJson.generator(text)) {
      out.writeStartObject();
      for (int i = 0; i < values.size(); i++) {
        Column column = table.key().get(first + i);
        out.writeFieldName(column.name());
        table.codec(column).json(values.get(i), out);
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return text.toString();
  }
}
