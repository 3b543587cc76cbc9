package io.messina.connect.vault;

import io.github.jopenlibs.vault.json.Json;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Connect's REST API. A provider can tell Connect no other way that a value changed: Connect does
 * not subscribe to providers, and a time to live restarts connectors whether something changed or
 * not, and not their tasks (KAFKA-17627).
 */
final class ConnectRest implements Connectors {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  // As Connect's own ConfigTransformer has it.
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}:]*:([^}]*?):([^}]*?)}");
  private static final String RELOAD_ACTION = "config.action.reload";
  // What runs or is to stand still. Who was to be restarted and could not, for want of a secret,
  // stays RESTARTING: Connect 4.1 calls that no failure.
  private static final Set<String> WELL = Set.of("RUNNING", "PAUSED");

  private final URI url;
  private final String workerId;
  private final HttpClient http;

  /**
   * Asks a worker.
   *
   * @param url its REST API, with a slash at its end
   * @param workerId only connectors that run on this worker are ours to restart; empty for all
   */
  ConnectRest(URI url, String workerId) {
    this.url = url;
    this.workerId = workerId;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
  }

  @Override
  public List<User> users() throws IOException, InterruptedException {
    HttpResponse<String> answer =
        send(HttpRequest.newBuilder(url.resolve("connectors?expand=info&expand=status")).GET());
    if (answer.statusCode() != 200) {
      throw new IOException("HTTP " + answer.statusCode());
    }
    List<User> found = new ArrayList<>();
    for (JsonObject.Member connector : Json.parse(answer.body()).asObject()) {
      JsonObject about = connector.getValue().asObject();
      if (about.get("info") == null || about.get("status") == null) {
        // Made or deleted this moment: it reads what is there now.
        continue;
      }
      JsonObject config = about.get("info").asObject().get("config").asObject();
      JsonObject status = about.get("status").asObject();
      if (wantsReloads(config) && isOurs(status)) {
        found.add(new User(connector.getName(), failed(status), keys(config)));
      }
    }
    return found;
  }

  @Override
  public boolean restart(String connector) throws IOException, InterruptedException {
    String name = URLEncoder.encode(connector, StandardCharsets.UTF_8).replace("+", "%20");
    URI target =
        url.resolve("connectors/" + name + "/restart?includeTasks=true&onlyFailed=false");
    int status =
        send(HttpRequest.newBuilder(target).POST(HttpRequest.BodyPublishers.noBody()))
            .statusCode();
    // 409: Connect is rebalancing.
    return status / 100 == 2 || status == 404;
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(
        request.timeout(TIMEOUT).header("Accept", "application/json").build(),
        HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private static boolean wantsReloads(JsonObject config) {
    JsonValue action = config.get(RELOAD_ACTION);
    return action == null || !action.isString() || !action.asString().equalsIgnoreCase("none");
  }

  private static Map<String, Set<String>> keys(JsonObject config) {
    Map<String, Set<String>> keys = new HashMap<>();
    for (JsonObject.Member entry : config) {
      if (entry.getValue().isString()) {
        Matcher placeholder = PLACEHOLDER.matcher(entry.getValue().asString());
        while (placeholder.find()) {
          keys.computeIfAbsent(placeholder.group(1), any -> new HashSet<>())
              .add(placeholder.group(2));
        }
      }
    }
    return keys;
  }

  private boolean isOurs(JsonObject about) {
    JsonObject status = about.get("connector").asObject();
    // One that is stopped has no tasks: it reads its secrets when it is resumed.
    return !status.getString("state", "").equals("STOPPED")
        && (workerId.isEmpty() || status.getString("worker_id", "").equals(workerId));
  }

  private static boolean failed(JsonObject about) {
    if (!WELL.contains(about.get("connector").asObject().getString("state", ""))) {
      return true;
    }
    for (JsonValue task : about.get("tasks").asArray()) {
      if (!WELL.contains(task.asObject().getString("state", ""))) {
        return true;
      }
    }
    return false;
  }
}
