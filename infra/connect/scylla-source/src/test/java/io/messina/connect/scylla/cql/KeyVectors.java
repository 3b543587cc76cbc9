package io.messina.connect.scylla.cql;

import com.fasterxml.jackson.databind.JsonNode;
import io.messina.connect.scylla.types.CqlType;
import io.messina.connect.scylla.types.VectorFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** The keys of {@code libs/types/vectors.json}, which Python runs too: serialized, and as JSON. */
public final class KeyVectors {

  /**
   * One key, or the beginning of one.
   *
   * @param table a table that has such keys: all columns are its partition key
   */
  public record Vector(String id, TableSchema table, List<ByteBuffer> bytes, String json) {
    @Override
    public String toString() {
      return id;
    }
  }

  private KeyVectors() {}

  /** All of them. */
  public static Stream<Vector> all() throws IOException {
    JsonNode file = VectorFiles.read("vectors.json");
    List<Vector> vectors = new ArrayList<>();
    for (JsonNode key : file.get("keys")) {
      List<Column> columns = new ArrayList<>();
      for (JsonNode column : key.get("columns")) {
        CqlType type = CqlType.parse(column.get(1).asText());
        columns.add(
            new Column(
                column.get(0).asText(), type, Column.Kind.PARTITION_KEY, columns.size()));
      }
      List<ByteBuffer> bytes = new ArrayList<>();
      key.get("bytes").forEach(hex -> bytes.add(VectorFiles.bytes(hex)));
      TableSchema table =
          new TableSchema(Tables.ID, new UUID(0, 1), columns, VectorFiles.userTypes(file));
      vectors.add(new Vector(key.get("id").asText(), table, bytes, key.get("json").asText()));
    }
    return vectors.stream();
  }
}
