package io.messina.connect.jdbc.avro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistryTest {

  private HttpServer server;
  private int status = 200;
  private String body = "";

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String asked() {
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    return new Registry(url, null, null, null, Duration.ofSeconds(5)).schema(7);
  }

  /** A schema is what the registry says under that name. */
  @Test
  void aSchemaIsReturned() {
    body = "{\"schema\": \"\\\"string\\\"\"}";
    assertEquals("\"string\"", asked());
  }

  /** A schema is not there when the registry says so; a proxy without its registry is waited for. */
  @Test
  void onlyTheRegistrySaysThatThereIsNone() {
    status = 404;
    body = "{\"error_code\": 40403, \"message\": \"Schema not found\"}";
    assertThrows(UndecodableException.class, this::asked);
    for (String page :
        new String[] {"default backend - 404", "", "<html></html>", "{\"message\": \"no route\"}"}) {
      body = page;
      assertThrows(RegistryUnavailableException.class, this::asked, page);
    }
  }

  /** What is busy, or lets nobody in, is waited for. */
  @Test
  void refusalsAreWaitedFor() {
    for (int each : new int[] {401, 403, 429, 500, 503}) {
      status = each;
      assertThrows(RegistryUnavailableException.class, this::asked);
    }
  }
}
