package io.messina.connect.jdbc.avro;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Believes that a registry has no such schema once it has said so for some seconds.
 *
 * <p>A registry of several replicas learns of a schema on one of them first: what another says of
 * it a moment later, when its first records come, is wrong. Not for several threads.
 */
public final class Lasting implements SchemaSource {

  /** How long it must have said so. */
  static final Duration BELIEVED = Duration.ofSeconds(5);

  /** How long its last word is taken for its present one. */
  static final Duration FRESH = Duration.ofMillis(200);

  /** After how long without being asked it begins anew: it may have been registered meanwhile. */
  static final Duration FORGOTTEN = Duration.ofMinutes(1);

  /** So many ids are remembered: what is not ours may carry any. */
  static final int REMEMBERED = 1_000;

  private final SchemaSource registry;
  private final LongSupplier nanos;
  private final Map<Integer, Missing> missing =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Missing> eldest) {
          return size() > REMEMBERED;
        }
      };

  public Lasting(SchemaSource registry) {
    this(registry, System::nanoTime);
  }

  Lasting(SchemaSource registry, LongSupplier nanos) {
    this.registry = registry;
    this.nanos = nanos;
  }

  /**
   * Returns the Avro schema of an id, as JSON.
   *
   * @throws SchemaNotYetException if there is none, and has not been for long
   */
  @Override
  public String schema(int id) {
    Missing known = missing.get(id);
    long now = nanos.getAsLong();
    if (known != null && now - known.last < FRESH.toNanos()) {
      throw known.answer(now);
    }
    try {
      String schema = registry.schema(id);
      missing.remove(id);
      return schema;
    } catch (NoSuchSchemaException e) {
      boolean anew = known == null || now - known.last > FORGOTTEN.toNanos();
      Missing noted = new Missing(e, anew ? now : known.first, now);
      missing.put(id, noted);
      throw noted.answer(now);
    }
  }

  private record Missing(NoSuchSchemaException said, long first, long last) {

    RuntimeException answer(long now) {
      return now - first < BELIEVED.toNanos() ? new SchemaNotYetException(said) : said;
    }
  }
}
