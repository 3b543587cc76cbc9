package io.messina.connect.predicates;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.components.Versioned;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/**
 * True for a record whose key has a field that is null.
 *
 * <p>ScyllaDB's own connector writes a static column's change as a record with a null clustering
 * key: no row has that key, and the sink would stop at it. Kafka Connect's own predicates look at
 * topic, headers and tombstones only.
 */
public final class NullInKey<R extends ConnectRecord<R>> implements Predicate<R>, Versioned {

  @Override
  public boolean test(R connectRecord) {
    if (!(connectRecord.key() instanceof Struct key)) {
      return false;
    }
    for (Field field : key.schema().fields()) {
      if (key.getWithoutDefault(field.name()) == null) {
        return true;
      }
    }
    return false;
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef();
  }

  @Override
  public void configure(Map<String, ?> settings) {
    // there is nothing to set
  }

  @Override
  public void close() {
    // nothing is open
  }

  @Override
  public String version() {
    return "1";
  }
}
