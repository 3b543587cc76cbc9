package io.messina.connect.scylla.kafka;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds records back while the schema registry is away that it would have to be told the schema of.
 *
 * <p>The converter behind a task asks the registry for each schema once, and a registry that does
 * not answer then fails the task. So the first records of a schema wait here until it answers;
 * those of schemas that have gone through go on all the while.
 *
 * <p>They wait before their transaction begins: the brokers end one that stands open for long, and
 * with it the task.
 */
public final class RegistryGate {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryGate.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final long SAY_NANOS = Duration.ofSeconds(10).toNanos();

  /** Asks a registry whether it is there: null, or why it is not. */
  interface Probe {
    String problem() throws InterruptedException;
  }

  private final Probe probe;
  private final Set<Schemas> known = new HashSet<>();
  private long since;
  private long said;
  private boolean waiting;

  /**
   * A gate before a registry.
   *
   * @param url the root of its API; empty for a gate that is always open
   */
  public static RegistryGate of(String url) {
    return new RegistryGate(url.isEmpty() ? () -> null : new HttpProbe(URI.create(url)));
  }

  RegistryGate(Probe probe) {
    this.probe = probe;
  }

  /**
   * Whether these records may go on now.
   *
   * @param records which ones
   * @param ahead records of the schemas of all that follow in the transaction that they begin
   */
  public boolean isOpenFor(List<SourceRecord> records, List<SourceRecord> ahead)
      throws InterruptedException {
    List<Schemas> fresh = fresh(records);
    List<Schemas> later = fresh(ahead);
    if (fresh.isEmpty() && later.isEmpty()) {
      return true;
    }
    String problem = probe.problem();
    if (problem != null) {
      say((fresh.isEmpty() ? later : fresh).get(0).topic(), problem);
      return false;
    }
    // what is ahead has not gone through: it is asked for again when it comes
    known.addAll(fresh);
    if (waiting) {
      LOG.info("The registry answers again, after {} s", seconds());
      waiting = false;
    }
    return true;
  }

  private List<Schemas> fresh(List<SourceRecord> records) {
    List<Schemas> fresh = new ArrayList<>();
    Schemas last = null;
    for (SourceRecord record : records) {
      // neighbours mostly share their schemas, as the very objects
      if (last == null || !last.areOf(record)) {
        last = new Schemas(record.topic(), record.keySchema(), record.valueSchema());
        if (!last.none() && !known.contains(last)) {
          fresh.add(last);
        }
      }
    }
    return fresh;
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

  private record Schemas(String topic, Schema key, Schema value) {

    boolean areOf(SourceRecord record) {
      return topic.equals(record.topic())
          && key == record.keySchema()
          && value == record.valueSchema();
    }

    boolean none() {
      return key == null && value == null;
    }
  }

  /** Any answer will do but a server's error: who may ask what is the converter's business. */
  private static final class HttpProbe implements Probe {

    private static final int SERVER_ERROR = 500;

    private final URI url;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    HttpProbe(URI url) {
      this.url = url;
    }

    @Override
    public String problem() throws InterruptedException {
      try {
        return "https".equals(url.getScheme()) ? connected() : answered();
      } catch (IOException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return url + ": " + message;
      }
    }

    private String answered() throws IOException, InterruptedException {
      HttpRequest request = HttpRequest.newBuilder(url).timeout(PATIENCE).GET().build();
      HttpResponse<Void> answer = http.send(request, BodyHandlers.discarding());
      int status = answer.statusCode();
      return status >= SERVER_ERROR ? url + ": status " + status : null;
    }

    /** Whom to trust is the converter's business, too: here a connection is enough. */
    private String connected() throws IOException {
      int port = url.getPort() < 0 ? 443 : url.getPort();
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(url.getHost(), port), (int) PATIENCE.toMillis());
        return null;
      }
    }
  }
}
