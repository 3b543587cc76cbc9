package io.messina.connect.vault;

import java.io.IOException;
import java.util.List;

/** Connect's connectors, as far as secrets concern them. */
interface Connectors {

  /**
   * Which connectors there are that are ours to restart.
   *
   * @throws IOException when Connect does not say
   */
  List<User> users() throws IOException, InterruptedException;

  /**
   * Restarts a connector and its tasks.
   *
   * @return whether that is settled: it is asked for, or there is no such connector any more
   */
  boolean restart(String connector) throws IOException, InterruptedException;
}
