package io.messina.connect.scylla;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;

class ReadmeTest {

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z.]+)` \\| (?:`(.*?)` )?\\|");

  /** The README's table of settings has every setting with its default, and no other. */
  @Test
  void settingsAreInTheReadme() throws IOException {
    Map<String, String> told = new TreeMap<>();
    Matcher row = ROW.matcher(Files.readString(readme()));
    while (row.find()) {
      told.put(row.group(1), row.group(2) == null ? "" : row.group(2));
    }
    Map<String, String> defined = new TreeMap<>();
    for (ConfigDef.ConfigKey key : SourceConfig.DEFINITION.configKeys().values()) {
      boolean shown = key.hasDefault() && key.type != ConfigDef.Type.PASSWORD;
      defined.put(key.name, shown ? ConfigDef.convertToString(key.defaultValue, key.type) : "");
    }
    assertEquals(defined, told);
  }

  private static Path readme() {
    String root = System.getProperty("messina.root", System.getProperty("user.dir"));
    Path folder = Path.of(root).toAbsolutePath();
    Path readme = Path.of("infra/connect/scylla-source/README.md");
    while (folder != null && !Files.exists(folder.resolve(readme))) {
      folder = folder.getParent();
    }
    assumeTrue(folder != null, "the README is not in this tree");
    return folder.resolve(readme);
  }
}
