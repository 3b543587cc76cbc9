package io.messina.connect.scylla.types;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The files of vectors in {@code libs/types}, which the Python side runs too. */
public final class VectorFiles {

  private static final String FOLDER = "libs/types";

  private VectorFiles() {}

  /** The document in a file. */
  public static JsonNode read(String name) throws IOException {
    String root = System.getProperty("messina.root");
    Path folder = Path.of(root == null ? System.getProperty("user.dir") : root).toAbsolutePath();
    while (!Files.exists(folder.resolve(FOLDER).resolve(name))) {
      folder = folder.getParent();
    }
    return new ObjectMapper().readTree(folder.resolve(FOLDER).resolve(name).toFile());
  }

  /** The user types that its vectors speak of. */
  public static UserTypes userTypes(JsonNode file) {
    Map<String, List<UserTypes.Field>> types = new HashMap<>();
    file.get("user_types")
        .fields()
        .forEachRemaining(
            type -> {
              List<UserTypes.Field> fields = new ArrayList<>();
              type.getValue()
                  .forEach(
                      field ->
                          fields.add(
                              new UserTypes.Field(
                                  field.get(0).asText(), CqlType.parse(field.get(1).asText()))));
              types.put(type.getKey(), fields);
            });
    return new UserTypes(types);
  }

  /** Bytes in hexadecimal. */
  public static ByteBuffer bytes(JsonNode hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex.asText()));
  }
}
