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

/** Any answer will do but a server's error: who may ask what is the converter's business. */
final class HttpProbe implements RegistryGate.Probe {

  private static final Duration PATIENCE = Duration.ofSeconds(2);
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
