package io.messina.connect.jdbc.avro;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;

/**
 * A schema registry, in the API that Confluent's and Apicurio's share.
 *
 * <p>It is asked here and not by a converter, because Connect hands a converter's failure to the
 * dead letters whatever it was: an outage of the registry would send good records there.
 */
public final class Registry implements SchemaSource {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int NOT_FOUND = 404;

  private final URI root;
  private final Duration timeout;
  private final String authorization;
  private final HttpClient http;

  /**
   * A registry.
   *
   * @param url the root of the API, such as {@code http://registry:8081}
   * @param user who asks, or null
   * @param password of the user, or null
   * @param tls whom to trust, or null for those whom Java trusts
   * @param timeout until a request is given up
   */
  public Registry(String url, String user, String password, SSLContext tls, Duration timeout) {
    this.root = URI.create(url.endsWith("/") ? url : url + "/");
    this.timeout = timeout;
    this.authorization = user == null ? null : "Basic " + encoded(user + ":" + password);
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(timeout);
    if (tls != null) {
      builder.sslContext(tls);
    }
    this.http = builder.build();
  }

  @Override
  public String schema(int id) {
    String what = "schema " + id + " of the registry at " + root;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(root.resolve("schemas/ids/" + id)).timeout(timeout).GET();
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    HttpResponse<String> answer;
    try {
      answer = http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryUnavailableException(what + ": interrupted", e);
    } catch (IOException e) {
      throw new RegistryUnavailableException(what + ": " + reason(e), e);
    }
    if (answer.statusCode() == NOT_FOUND && isTheRegistrys(answer.body())) {
      throw new NoSuchSchemaException(what + " does not exist");
    }
    if (answer.statusCode() / 100 != 2) {
      throw new RegistryUnavailableException(what + ": status " + answer.statusCode(), null);
    }
    return avro(what, answer.body());
  }

  /**
   * Whether it is the registry that says so, as Confluent's and Apicurio's do, and not what stands
   * before it: a proxy whose registry is away may well answer 404.
   */
  private static boolean isTheRegistrys(String body) {
    try {
      return JSON.readTree(body).path("error_code").isIntegralNumber();
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static String avro(String what, String body) {
    JsonNode schema;
    try {
      schema = JSON.readTree(body).path("schema");
    } catch (JsonProcessingException e) {
      // A proxy's page, say: not the registry's word.
      throw new RegistryUnavailableException(what + ": the answer is no JSON", e);
    }
    if (!schema.isTextual()) {
      throw new RegistryUnavailableException(what + ": the answer has no schema", null);
    }
    return schema.textValue();
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private static String encoded(String credentials) {
    return Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
  }
}
