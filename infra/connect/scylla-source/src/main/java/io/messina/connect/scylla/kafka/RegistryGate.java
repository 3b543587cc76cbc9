package io.messina.connect.scylla.kafka;

import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the first records of a schema back until the schema registry has been told it.
 *
 * <p>The converter behind a task tells the registry each schema once, and a registry that does not
 * answer then, or refuses, fails the task. So the first records of a schema wait here until it
 * answers, and until converters made as the task's own were told it, which may fail; those of
 * schemas that have gone through go on all the while.
 *
 * <p>They wait before their transaction begins: the brokers end one that stands open for long, and
 * with it the task.
 */
public final class RegistryGate implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryGate.class);
  private static final long SAY_NANOS = Duration.ofSeconds(10).toNanos();

  /** Asks a registry whether it is there: null, or why it is not. */
  interface Probe {
    String problem() throws InterruptedException;
  }

  private final Probe probe;
  private final Teller teller;
  private final Set<Schemas> known = new HashSet<>();
  private long since;
  private long said;
  private boolean waiting;

  /**
   * A gate before a registry.
   *
   * @param url the root of its API; empty for a gate that is always open
   * @param settings the connector's, with its converters and theirs; where it has none, the
   *     registry is told nothing ahead
   */
  public static RegistryGate of(String url, Map<String, String> settings) {
    if (url.isEmpty()) {
      return new RegistryGate(() -> null, null);
    }
    Teller teller =
        Converters.areKnown(settings)
            ? new Teller(() -> new Converters(settings), System::nanoTime)
            : null;
    return new RegistryGate(new HttpProbe(URI.create(url)), teller);
  }

  /** A gate of these; without a teller nothing is told ahead. */
  RegistryGate(Probe probe, Teller teller) {
    this.probe = probe;
    this.teller = teller;
  }

  /**
   * Whether these records may go on now.
   *
   * @param records which ones
   * @param ahead records of the schemas of all that follow in the transaction that they begin
   */
  public boolean isOpenFor(List<SourceRecord> records, List<SourceRecord> ahead)
      throws InterruptedException {
    Map<Schemas, SourceRecord> fresh = Schemas.fresh(records, known);
    Map<Schemas, SourceRecord> all = new LinkedHashMap<>(fresh);
    Schemas.fresh(ahead, known).forEach(all::putIfAbsent);
    if (all.isEmpty()) {
      return true;
    }
    String problem = probe.problem();
    if (problem != null) {
      say(all.keySet().iterator().next().topic(), problem);
      return false;
    }
    if (waiting) {
      LOG.info("The registry answers again, after {} s", seconds());
      waiting = false;
    }
    if (teller != null && !teller.tell(all)) {
      return false;
    }
    // what is ahead has not gone through: it is asked for again when it comes
    known.addAll(fresh.keySet());
    return true;
  }

  @Override
  public void close() {
    if (teller != null) {
      teller.close();
    }
  }

  private void say(String topic, String problem) {
    long now = System.nanoTime();
    if (!waiting) {
      since = now;
    }
    if (!waiting || now - said >= SAY_NANOS) {
      said = now;
      LOG.warn(
          "Records wait for {} s, the first of a schema that the registry was not told yet (topic"
              + " {}): {}",
          seconds(),
          topic,
          problem);
    }
    waiting = true;
  }

  private long seconds() {
    return Duration.ofNanos(System.nanoTime() - since).toSeconds();
  }
}
