package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.SourceConfig;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** One exchange with a node without the driver, to hear why it ends connections. */
final class Handshake {

  /** The OPTIONS request of protocol 4, which any client may send first. */
  private static final byte[] OPTIONS = {4, 0, 0, 0, 5, 0, 0, 0, 0};

  private Handshake() {}

  /** What the node, or this side, has against the other in terms of TLS. */
  static Optional<SSLException> refusal(SourceConfig config, InetSocketAddress node) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(node.getHostString(), node.getPort()),
          config.connectTimeoutMillis());
      socket.setSoTimeout(config.connectTimeoutMillis());
      Optional<Tls> tls = Tls.of(config);
      if (tls.isPresent()) {
        encrypted(tls.get(), socket);
        return Optional.empty();
      }
      return ask(socket) < 0 && speaksTls(config, node)
          ? Optional.of(new SSLException("TLS is wanted"))
          : Optional.empty();
    } catch (SSLException e) {
      return Optional.of(e);
    } catch (IOException | RefusedException e) {
      return Optional.empty();
    }
  }

  /** Whether it shows a certificate where it is asked for one. */
  private static boolean speaksTls(SourceConfig config, InetSocketAddress node) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(node.getHostString(), node.getPort()),
          config.connectTimeoutMillis());
      socket.setSoTimeout(config.connectTimeoutMillis());
      encrypted(Tls.trustingJava(), socket);
      return true;
    } catch (SSLException e) {
      return !(e.getCause() instanceof EOFException);
    }
  }

  private static void encrypted(Tls tls, Socket socket) throws IOException {
    String host = ((InetSocketAddress) socket.getRemoteSocketAddress()).getHostString();
    try (SSLSocket secured =
        (SSLSocket)
            tls.context().getSocketFactory().createSocket(socket, host, socket.getPort(), true)) {
      secured.setSSLParameters(tls.parameters(secured.getSSLParameters()));
      secured.startHandshake();
      // With TLS 1.3 the other side's refusal comes only after the handshake.
      ask(secured);
    }
  }

  private static int ask(Socket socket) throws IOException {
    socket.getOutputStream().write(OPTIONS);
    socket.getOutputStream().flush();
    return socket.getInputStream().read();
  }
}
