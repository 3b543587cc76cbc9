package io.messina.connect.scylla;

import org.apache.kafka.common.config.ConfigDef;

/** The README's tables of settings, made of the definition. */
final class SettingsTable {

  private SettingsTable() {}

  /** One table for each group, in the order of the definition. */
  static String markdown() {
    StringBuilder text = new StringBuilder();
    for (String group : SourceConfig.DEFINITION.groups()) {
      text.append("\n**").append(group).append("**\n\n");
      text.append("| key | default | meaning |\n|---|---|---|\n");
      for (ConfigDef.ConfigKey key : SourceConfig.DEFINITION.configKeys().values()) {
        if (key.group.equals(group)) {
          text.append(row(key)).append('\n');
        }
      }
    }
    return text.append('\n').toString();
  }

  private static String row(ConfigDef.ConfigKey key) {
    return "| `" + key.name + "` | " + standard(key) + "| " + key.documentation + " |";
  }

  private static String standard(ConfigDef.ConfigKey key) {
    if (!key.hasDefault()) {
      return "required ";
    }
    boolean shown = key.type != ConfigDef.Type.PASSWORD;
    String value = shown ? ConfigDef.convertToString(key.defaultValue, key.type) : "";
    return value.isEmpty() ? "" : "`" + value + "` ";
  }
}
