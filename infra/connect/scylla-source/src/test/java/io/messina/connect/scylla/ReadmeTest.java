package io.messina.connect.scylla;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {

  private static final String BEGIN =
      "<!-- settings: made by MESSINA_WRITE_README=1 messina artifacts junit"
          + " infra/connect/scylla-source -->\n";
  private static final String END = "<!-- end of settings -->\n";

  /** The README's tables of settings are those of the definition. */
  @Test
  void settingsAreInTheReadme() throws IOException {
    Path readme = readme();
    String text = Files.readString(readme);
    int from = text.indexOf(BEGIN) + BEGIN.length();
    int to = text.indexOf(END);
    if (System.getenv("MESSINA_WRITE_README") != null) {
      text = text.substring(0, from) + SettingsTable.markdown() + text.substring(to);
      Files.writeString(readme, text);
      to = text.indexOf(END);
    }
    assertEquals(
        SettingsTable.markdown(),
        text.substring(from, to),
        "The README is stale: MESSINA_WRITE_README=1 messina artifacts junit"
            + " infra/connect/scylla-source");
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
